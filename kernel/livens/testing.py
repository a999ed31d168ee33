"""Helpers for tests: ours, and those of whoever builds on livens.

`Clock` is pushed by hand, `MessageLog` keeps what a watcher sends, and `KernelClient` talks to a
real kernel, on the channels a front end uses, and checks every message against the schema.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from queue import Empty
from typing import Any

from livens.client.replica import Replica
from livens.protocol import TARGET, messages
from livens.protocol.schema import json_schema
from livens.protocol.types import Cell, Variable

DEFAULT_TIMEOUT_S = 60.0
"""How long to wait for a message before it counts as missing; generous, for busy machines."""


class Clock:
    """A clock that stands still until it is pushed.

    Examples
    --------
    >>> clock = Clock()
    >>> clock.push(0.05)
    >>> clock()
    0.05
    """

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now

    def push(self, seconds: float) -> None:
        """Move the time on."""
        self.now += seconds


class MessageLog:
    """A subscriber's far end: keeps every message, and a replica made from them."""

    def __init__(self) -> None:
        self.messages: list[messages.Notification] = []
        self.replica = Replica()

    def __call__(self, message: messages.Notification, cell: Cell | None) -> None:
        """Keep a message, as `livens.watching.watcher.Send`."""
        validate(messages.encode(message))
        self.messages.append(message)
        self.replica.apply(message)

    @property
    def updates(self) -> list[messages.UpdateParams]:
        """The updates among the messages."""
        return [m.params for m in self.messages if isinstance(m, messages.Update)]

    @property
    def previews(self) -> dict[str, str]:
        """What the client knows: the preview of each variable."""
        return {name: variable.preview for name, variable in self.replica.variables.items()}


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    schema = json_schema()
    return Draft202012Validator({"$ref": "#/$defs/KernelMessage", "$defs": schema["$defs"]})


def validate(data: dict[str, Any]) -> None:
    """Check the data of a message from the kernel against the JSON Schema.

    Raises
    ------
    AssertionError
        If it does not fit, or has a key that nbclient would misread.
    """
    errors = list(_validator().iter_errors(data))
    assert not errors, f"{errors[0].message} in {data!r}"
    assert "state" not in data, "nbclient takes data with a key 'state' for a widget's"


class Run:
    """What came of one execution.

    Attributes
    ----------
    messages : list of dict
        Everything on IOPub until the execution was idle, in order.
    reply : dict
        The content of the ``execute_reply``.
    """

    def __init__(self, msg_id: str, messages: list[dict[str, Any]], reply: dict[str, Any]) -> None:
        self.msg_id = msg_id
        self.messages = messages
        self.reply = reply

    @property
    def stdout(self) -> str:
        """What the code printed."""
        parts = [m["content"] for m in self.messages if m["msg_type"] == "stream"]
        return "".join(part["text"] for part in parts if part["name"] == "stdout")

    @property
    def result(self) -> str | None:
        """The plain text of the cell's result."""
        for message in self.messages:
            if message["msg_type"] == "execute_result":
                return str(message["content"]["data"]["text/plain"])
        return None

    @property
    def error(self) -> str | None:
        """The name of the exception that ended the cell."""
        return self.reply.get("ename")


class KernelClient:
    """A client of a real kernel that keeps what the kernel publishes.

    Parameters
    ----------
    client : jupyter_client.BlockingKernelClient
        With its channels started; this takes its messages.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        self.comm_id = ""
        self.replica = Replica()
        self.notifications: list[messages.Notification] = []
        self.progress: list[messages.ProgressParams] = []
        self.parents: list[dict[str, Any]] = []
        self._answers: dict[Any, Any] = {}
        self._stray: list[messages.Failure] = []

    # -- messages --------------------------------------------------------------------------

    def next_message(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> dict[str, Any]:
        """Wait for the next message on IOPub, and take it in if it is this comm's."""
        message: dict[str, Any] = self.client.get_iopub_msg(timeout=timeout_s)
        content = message["content"]
        if message["msg_type"] == "comm_msg" and content["comm_id"] == self.comm_id:
            validate(content["data"])
            self._take(messages.decode_message(content["data"]), message)
        return message

    def _take(self, message: Any, raw: dict[str, Any]) -> None:
        if isinstance(message, messages.Result):
            self._answers[message.id] = message.result
        elif isinstance(message, messages.Failure):
            if message.id is None:
                self._stray.append(message)
            self._answers[message.id] = message.error
        elif isinstance(message, messages.Progress):
            self.progress.append(message.params)
        else:
            self.notifications.append(message)
            self.parents.append(raw["parent_header"])
            self.replica.apply(message)

    def wait_for(self, condition: Callable[[], Any], timeout_s: float = DEFAULT_TIMEOUT_S) -> Any:
        """Take messages until *condition* gives something true, and return that.

        Raises
        ------
        TimeoutError
            If it does not in time.
        """
        until = time.monotonic() + timeout_s
        while not (found := condition()):
            try:
                self.next_message(max(0.0, until - time.monotonic()))
            except Empty:
                raise TimeoutError(f"not within {timeout_s} s; known: {self.previews}") from None
        return found

    def messages_for(self, seconds: float) -> Iterator[dict[str, Any]]:
        """Take messages until there was none for some seconds; to show that nothing comes."""
        while True:
            try:
                yield self.next_message(seconds)
            except Empty:
                return

    # -- executing -------------------------------------------------------------------------

    def execute(self, code: str, timeout_s: float = DEFAULT_TIMEOUT_S, **options: Any) -> Run:
        """Run code to its end."""
        return self.finish(self.start(code, **options), timeout_s)

    def start(self, code: str, **options: Any) -> str:
        """Start to run code; returns the id of the request."""
        return str(self.client.execute(code, **options))

    def finish(self, msg_id: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> Run:
        """Take messages until the execution is idle."""
        messages = self.wait_until_idle(msg_id, timeout_s)
        while True:
            reply = self.client.get_shell_msg(timeout=timeout_s)
            if reply["parent_header"].get("msg_id") == msg_id:
                return Run(msg_id, messages, reply["content"])

    def wait_until_idle(
        self, msg_id: str, timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> list[dict[str, Any]]:
        """Take messages until a request is done; returns those that it caused."""
        messages: list[dict[str, Any]] = []
        until = time.monotonic() + timeout_s
        while True:
            message = self.next_message(max(0.0, until - time.monotonic()))
            if message["parent_header"].get("msg_id") == msg_id:
                messages.append(message)
                if message["content"].get("execution_state") == "idle":
                    return messages

    # -- watching --------------------------------------------------------------------------

    def open(self, channel: str = "control", header: Any = None, **subscription: Any) -> None:
        """Open the comm, and wait for the first refresh."""
        self.comm_id = uuid.uuid4().hex
        self.replica = Replica()
        content = {
            "comm_id": self.comm_id,
            "target_name": TARGET,
            "data": subscription,
        }
        self.send("comm_open", content, channel, header)
        self.wait_for(lambda: self.replica.seq)

    def close(self, channel: str = "control") -> None:
        """Close the comm, and wait until the kernel has."""
        msg_id = self.send("comm_close", {"comm_id": self.comm_id, "data": {}}, channel)
        self.wait_until_idle(msg_id)

    def send(
        self, kind: str, content: dict[str, Any], channel: str = "control", header: Any = None
    ) -> str:
        """Send a message on a channel, with more for its header if given; returns its id."""
        message = self.client.session.msg(kind, content)
        message["header"].update(header or {})
        getattr(self.client, f"{channel}_channel").send(message)
        return str(message["header"]["msg_id"])

    def send_data(self, data: Any, channel: str = "control", header: Any = None) -> None:
        """Send anything as the data of a ``comm_msg``."""
        self.send("comm_msg", {"comm_id": self.comm_id, "data": data}, channel, header)

    def request(
        self,
        method: str,
        channel: str = "control",
        header: Any = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        **params: Any,
    ) -> Any:
        """Ask, and wait for the answer.

        Returns
        -------
        dict or messages.ErrorInfo
            The result, or the error.
        """
        request_id = uuid.uuid4().hex
        data = {"method": method, "params": params, "id": request_id}
        self.send_data(data, channel, header)
        return self.wait_for(lambda: self._answers.get(request_id), timeout_s)

    def wait_for_error(self) -> messages.ErrorInfo:
        """Wait for an error that answers no request with an id."""
        self.wait_for(lambda: self._stray)
        return self._stray.pop().error

    # -- what is known ---------------------------------------------------------------------

    @property
    def variables(self) -> dict[str, Variable]:
        """What the kernel told: the variables by name."""
        return self.replica.variables

    @property
    def previews(self) -> dict[str, str]:
        """What the kernel told: the preview of each variable."""
        return {name: variable.preview for name, variable in self.variables.items()}

    def misses(self) -> dict[str, tuple[str | None, str | None]]:
        """Compare what was told with what the kernel lists when asked.

        Returns
        -------
        dict
            The variables that differ, as told and as listed; empty if all is well. Only plain
            values are compared by their preview: what an object shows of others that it refers
            to can change without a change of its own.
        """
        told = self.previews
        listed = self.request("list", limit=10_000)["variables"]
        plain = ("number", "bool", "text", "none")
        expected = {
            item["name"]: item["preview"] if item["kind"] in plain else told.get(item["name"], "")
            for item in listed
        }
        return {
            name: (told.get(name), expected.get(name))
            for name in told.keys() | expected.keys()
            if told.get(name) != expected.get(name)
        }

    def seen(self, name: str) -> list[str]:
        """Return the previews of a variable in the order in which they were told."""
        return [
            variable.preview
            for message in self.notifications
            if isinstance(message, messages.Update)
            for variable in message.params.changed
            if variable.name == name
        ]
