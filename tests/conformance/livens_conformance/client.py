"""A client of any host: it keeps what comes, and checks each message."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Any

from livens_conformance.lines import TIMEOUT_S, Host, Line
from livens_conformance.replica import Replica
from livens_conformance.schema_check import RESULTS, check
from livens_conformance.verdicts import Failed


class Refused(Exception):
    """A request was answered with an error.

    Attributes
    ----------
    code : int
        Its code.
    expected : str
        What it says that would have been right.
    """

    def __init__(self, error: dict[str, Any]) -> None:
        self.code = error["code"]
        self.message = error["message"]
        self.expected = error.get("data", {}).get("expected", "")
        super().__init__(f"{self.code}: {self.message}")


class Client:
    """One client; every message that it gets is valid, and follows the one before.

    Attributes
    ----------
    replica : Replica
        The copy of the variables.
    updates, events : list of dict
        The params of the updates and of the events, the oldest first.
    first : dict
        The very first message.
    notes : set of str
        What was not strict in the messages.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.replica = Replica()
        self.updates: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.first: dict[str, Any] = {}
        self.notes: set[str] = set()
        self._answers: dict[Any, dict[str, Any]] = {}
        self._numbers = count(1_000)

    def next(self, timeout_s: float = TIMEOUT_S) -> bool:
        """Take the next message; returns whether one came."""
        data = self.line.next(timeout_s)
        if data is None:
            return False
        self._note(check(data))
        self.first = self.first or data
        if "method" not in data:
            self._answers[data["id"]] = data
        elif data["method"] != "progress":
            self.replica.apply(data["method"], data["params"])
            kept = {"update": self.updates, "event": self.events}.get(data["method"])
            if kept is not None:
                kept.append(data["params"])
        return True

    def _note(self, text: str) -> None:
        if text:
            self.notes.add(text)

    def wait_for(self, condition: Callable[[], Any], what: str = "") -> Any:
        """Take messages until a condition gives something true; returns that."""
        until = time.monotonic() + TIMEOUT_S
        while not (found := condition()):
            left = until - time.monotonic()
            if left <= 0 or not self.next(left):
                raise Failed(f"not within {TIMEOUT_S:g} s: {what}; known: {self.previews!r:.300}")
        return found

    def shows(self, previews: dict[str, str]) -> None:
        """Wait until variables have these previews."""
        self.wait_for(
            lambda: previews.items() <= self.previews.items(), f"the previews {previews!r:.300}"
        )

    def has(self, *names: str) -> None:
        """Wait until there are variables of these names."""
        self.wait_for(lambda: set(names) <= set(self.variables), f"the variables {names}")

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request; returns its result, or raises `Refused`."""
        return self.ask_data({"method": method, "params": params, "id": next(self._numbers)})

    def ask_data(self, data: dict[str, Any]) -> Any:
        """Send anything with an id as a request, and wait for the answer."""
        self.line.send(data)
        answer = self.wait_for(
            lambda: self._answers.pop(data["id"], None), f"an answer to {data['method']!s:.30}"
        )
        if "error" in answer:
            raise Refused(answer["error"])
        self._note(check(answer["result"], RESULTS[data["method"]]))
        return answer["result"]

    def refusal(self, method: str, **params: Any) -> Refused | None:
        """Send a request; returns how it was refused, or None if it was not."""
        try:
            self.ask(method, **params)
        except Refused as refused:
            return refused
        return None

    def stray_error(self) -> Refused:
        """Wait for an error that answers no request with an id."""
        answer = self.wait_for(lambda: self._answers.pop(None, None), "an error without an id")
        return Refused(answer["error"])

    @property
    def has_stray_answers(self) -> bool:
        """Whether an answer has come that nobody waits for."""
        return bool(self._answers)

    def offers(self, *names: str) -> bool:
        """Return whether the kernel says that it can do all of these."""
        return set(names) <= set(self.replica.capabilities)

    @property
    def variables(self) -> dict[str, dict[str, Any]]:
        """What was told: the variables by name."""
        return self.replica.variables

    @property
    def previews(self) -> dict[str, str]:
        """What was told: the preview of each variable."""
        return {name: variable.get("preview", "") for name, variable in self.variables.items()}

    def seen(self, name: str) -> list[str]:
        """Return the previews of a variable in the order in which they were told."""
        changed = [variable for update in self.updates for variable in update.get("changed", [])]
        return [v.get("preview", "") for v in changed if v["name"] == name]


class Clients:
    """Opens clients of a host for one check, and closes them at its end."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._open: list[Client] = []
        self._all: list[Client] = []

    def __call__(self, **subscription: Any) -> Client:
        """Open a client, which has the beginning of the state."""
        client = Client(self._host.open(subscription))
        self._open.append(client)
        self._all.append(client)
        client.wait_for(lambda: client.replica.epoch, "the first refresh")
        return client

    @property
    def notes(self) -> set[str]:
        """What was not strict in any message of theirs."""
        return {note for client in self._all for note in client.notes}

    def close(self, client: Client) -> None:
        """Close one."""
        self._open.remove(client)
        client.line.close()

    def close_all(self) -> None:
        """Close those that are open."""
        for client in list(self._open):
            self.close(client)
