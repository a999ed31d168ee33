"""What a host is, and those that are Jupyter kernels."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Protocol

from jupyter_client.blocking.client import BlockingKernelClient
from kernels import started

from livens.protocol import TARGET
from livens.testing import validate

TIMEOUT_S = 60.0
"""How long a message may take until it counts as missing; generous, for busy machines."""


class Ran(NamedTuple):
    """How code ended: the name of the exception, and its message; both empty if it raised none."""

    ename: str = ""
    evalue: str = ""


class Line(Protocol):
    """Carries the messages of one client."""

    def send(self, data: Any) -> None:
        """Send anything as the data of a message."""

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        """Wait for the data of the next message; None if none came."""

    def close(self) -> None:
        """End the subscription; the host has done so when this returns."""


class Host(Protocol):
    """A place where Python code runs, and that tells its variables."""

    def execute(self, code: str) -> Ran:
        """Run code to its end; messages that come meanwhile wait in their lines."""

    def start(self, code: str) -> Callable[[], Ran]:
        """Start to run code; returns what waits for its end."""

    def open(self, subscription: dict[str, Any]) -> Line:
        """Subscribe, on a line of its own."""


Start = Callable[[], AbstractContextManager[Host]]
"""Starts a host, and ends it."""


class _KernelLine:
    """A comm on the control channel, over a connection of its own."""

    def __init__(self, connections: list[Any], client: Any, subscription: dict[str, Any]) -> None:
        self._connections, self._client = connections, client
        self._comm_id = uuid.uuid4().hex
        content = {"comm_id": self._comm_id, "target_name": TARGET, "data": subscription}
        self._say("comm_open", content)

    def _say(self, kind: str, content: dict[str, Any]) -> str:
        message = self._client.session.msg(kind, content)
        self._client.control_channel.send(message)
        return str(message["header"]["msg_id"])

    def send(self, data: Any) -> None:
        self._say("comm_msg", {"comm_id": self._comm_id, "data": data})

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        until = time.monotonic() + timeout_s
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                return None
            content = message["content"]
            if message["msg_type"] == "comm_msg" and content["comm_id"] == self._comm_id:
                validate(content["data"])
                return dict(content["data"])

    def close(self) -> None:
        msg_id = self._say("comm_close", {"comm_id": self._comm_id, "data": {}})
        is_done = False
        while not is_done:
            message = self._client.get_iopub_msg(timeout=TIMEOUT_S)
            is_idle = message["content"].get("execution_state") == "idle"
            is_done = is_idle and message["parent_header"].get("msg_id") == msg_id
        self._connections.append(self._client)


class KernelHost:
    """A Jupyter kernel.

    Parameters
    ----------
    manager : jupyter_client.KernelManager
        Of the kernel, which runs.
    client : BlockingKernelClient
        Its channels are started.
    """

    def __init__(self, manager: Any, client: Any) -> None:
        self._manager, self._client = manager, client
        self._connections: list[Any] = []  # that no line uses: to connect takes a moment

    def start(self, code: str) -> Callable[[], Ran]:
        # Or what follows an error at once would be aborted with it.
        msg_id = self._client.execute(code, stop_on_error=False)
        return lambda: self._ended(msg_id)

    def execute(self, code: str) -> Ran:
        return self.start(code)()

    def open(self, subscription: dict[str, Any]) -> Line:
        client = self._connections.pop() if self._connections else self._connect()
        return _KernelLine(self._connections, client, subscription)

    def close(self) -> None:
        """Close the connections of its lines."""
        while self._connections:
            self._connections.pop().stop_channels()

    def _connect(self) -> Any:
        client = BlockingKernelClient()
        client.load_connection_info(self._manager.get_connection_info(session=False))
        client.start_channels()
        # `wait_for_ready` takes a kernel for dead whose heart is late, as on a busy machine.
        while not self._hears(client, client.kernel_info()):
            pass
        return client

    def _hears(self, client: Any, msg_id: str) -> bool:
        """Return whether a connection gets what the kernel publishes."""
        client.get_shell_msg(timeout=TIMEOUT_S)
        with suppress(Empty):
            while True:
                message = client.get_iopub_msg(timeout=1)
                if message["parent_header"].get("msg_id") == msg_id:
                    return True
        return False

    def _ended(self, msg_id: str) -> Ran:
        while True:
            reply = self._client.get_shell_msg(timeout=TIMEOUT_S)
            if reply["parent_header"].get("msg_id") == msg_id:
                content = reply["content"]
                assert content["status"] in ("ok", "error"), content
                return Ran(content.get("ename", ""), content.get("evalue", ""))


def kernel(kernel_name: str, first: str = "") -> Start:
    """Return what starts a kernel by the name of its spec.

    Parameters
    ----------
    kernel_name : str
        As `jupyter kernelspec list` shows it.
    first : str
        What the kernel runs before it can be watched.
    """

    @contextmanager
    def start() -> Iterator[Host]:
        with TemporaryDirectory() as folder, started(kernel_name) as (manager, client):
            host = KernelHost(manager, client.client)
            # What a client has kept goes there.
            assert (
                host.execute(f"__import__('os').environ['JUPYTER_DATA_DIR'] = {folder!r}") == Ran()
            )
            if first:
                assert host.execute(first) == Ran()
            try:
                yield host
            finally:
                host.close()

    return start


LIVENS = kernel("livens")
STOCK = kernel("python3", "%load_ext livens")
