"""A client of any host: it keeps what comes, and checks it."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Any

from conformance.hosts import TIMEOUT_S, Host, Line
from livens.client.replica import Replica
from livens.protocol import messages
from livens.protocol.types import Variable


class Client:
    """One client; every message that it gets is valid, and follows the one before.

    Attributes
    ----------
    replica : Replica
        The copy of the variables.
    updates : list of UpdateParams
        The updates, oldest first.
    events : list of EventParams
        The events.
    first : dict
        The data of the very first message.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.replica = Replica()
        self.updates: list[messages.UpdateParams] = []
        self.events: list[messages.EventParams] = []
        self.first: dict[str, Any] = {}
        self._answers: dict[Any, messages.Result | messages.Failure] = {}
        self._numbers = count(1_000)

    def next(self, timeout_s: float = TIMEOUT_S) -> bool:
        """Take the next message; returns whether one came."""
        data = self.line.next(timeout_s)
        if data is None:
            return False
        self.first = self.first or data
        message = messages.decode_message(data)
        if isinstance(message, messages.Result | messages.Failure):
            self._answers[message.id] = message
        elif not isinstance(message, messages.Progress):
            self._take(message)
        return True

    def _take(self, message: messages.Notification) -> None:
        self.replica.apply(message)
        if isinstance(message, messages.Update):
            self.updates.append(message.params)
        elif isinstance(message, messages.Event):
            self.events.append(message.params)

    def wait_for(self, condition: Callable[[], Any]) -> Any:
        """Take messages until a condition gives something true; returns that."""
        until = time.monotonic() + TIMEOUT_S
        while not (found := condition()):
            came = self.next(max(0.0, until - time.monotonic()))
            assert came, f"not within {TIMEOUT_S} s; known: {self.previews}"
        return found

    def shows(self, **previews: str) -> None:
        """Wait until variables have these previews."""
        self.wait_for(lambda: previews.items() <= self.previews.items())

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request; returns its result, or the `messages.ErrorInfo` of its failure."""
        return self.ask_data({"method": method, "params": params, "id": next(self._numbers)})

    def ask_data(self, data: dict[str, Any]) -> Any:
        """Send anything with an id as a request, and wait for the answer."""
        self.line.send(data)
        answer = self.wait_for(lambda: self._answers.get(data["id"]))
        if isinstance(answer, messages.Failure):
            return answer.error
        messages.decode_result(data["method"], answer.result)
        return answer.result

    def stray_error(self) -> messages.ErrorInfo:
        """Wait for an error that answers no request with an id."""
        self.wait_for(lambda: None in self._answers)
        failure = self._answers.pop(None)
        assert isinstance(failure, messages.Failure)
        return failure.error

    @property
    def variables(self) -> dict[str, Variable]:
        """What was told: the variables by name."""
        return self.replica.variables

    @property
    def previews(self) -> dict[str, str]:
        """What was told: the preview of each variable."""
        return {name: variable.preview for name, variable in self.variables.items()}

    def seen(self, name: str) -> list[str]:
        """Return the previews of a variable in the order in which they were told."""
        changed = [variable for update in self.updates for variable in update.changed]
        return [variable.preview for variable in changed if variable.name == name]


class Clients:
    """Opens clients of a host for one test, and closes them at its end."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._open: list[Client] = []

    def __call__(self, **subscription: Any) -> Client:
        """Open a client, which has the whole state."""
        client = Client(self._host.open(subscription))
        self._open.append(client)
        client.wait_for(lambda: client.replica.seq and client.replica.epoch)
        return client

    def close(self, client: Client) -> None:
        """Close one."""
        self._open.remove(client)
        client.line.close()

    def close_all(self) -> None:
        """Close those that are open."""
        for client in list(self._open):
            self.close(client)
