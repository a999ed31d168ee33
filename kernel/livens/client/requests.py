"""The requests: what a client may ask of a kernel, with the params built in one place.

Each is an action, as those of `livens.client.connection`: a generator that yields where it has to
wait, so that `livens.client.blocking` offers it in its two ways. What the params mean is said
there, in `Watch`.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from livens.client.connection import Connection, Waits
from livens.protocol import requests
from livens.protocol.types import Rule, Variable

T = TypeVar("T", bound=msgspec.Struct)


class Requests:
    """The requests to one kernel.

    Parameters
    ----------
    line : Connection
        The connection.
    """

    def __init__(self, line: Connection) -> None:
        self._line = line

    def history(
        self, name: str, since: float, limit: int, timeout: float | None
    ) -> Waits[requests.History]:
        """Fetch the points of a variable."""
        params = {"name": name, "since": since, "limit": limit}
        return (yield from self._answer(requests.History, "history", params, timeout))

    def set(
        self, name: str, expression: str, when_busy: requests.WhenBusy, timeout: float | None
    ) -> Waits[Variable]:
        """Bind a name to the value of an expression."""
        params = {"name": name, "expression": expression, "when_busy": when_busy}
        return (yield from self._answer(requests.SetDone, "set", params, timeout)).variable

    def delete(
        self, names: tuple[str, ...], when_busy: requests.WhenBusy, timeout: float | None
    ) -> Waits[None]:
        """Delete variables."""
        params = {"names": list(names), "when_busy": when_busy}
        yield from self._answer(requests.Deleted, "delete", params, timeout)

    def rename(
        self, name: str, to: str, when_busy: requests.WhenBusy, timeout: float | None
    ) -> Waits[Variable]:
        """Give a variable another name."""
        params = {"name": name, "to": to, "when_busy": when_busy}
        return (yield from self._answer(requests.Renamed, "rename", params, timeout)).variable

    def add_rule(
        self, condition: str, action: str, timeout: float | None
    ) -> Waits[requests.RuleAdded]:
        """Add a rule."""
        params = {"condition": condition, "action": action}
        return (yield from self._answer(requests.RuleAdded, "rule.add", params, timeout))

    def remove_rule(self, rule: Rule | str, timeout: float | None) -> Waits[None]:
        """Remove a rule."""
        params = {"id": rule if isinstance(rule, str) else rule.id}
        yield from self._answer(requests.RuleRemoved, "rule.remove", params, timeout)

    def refresh(self, timeout: float | None) -> Waits[None]:
        """Fetch the whole state."""
        yield from self._answer(requests.Subscribed, "refresh", {}, timeout)

    def _answer(
        self, kind: type[T], method: str, params: dict[str, Any], timeout: float | None
    ) -> Waits[T]:
        answer = yield from self._line.answer(method, params, timeout)
        assert isinstance(answer, kind)
        return answer
