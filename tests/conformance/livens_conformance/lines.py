"""What a host is, and a line to it: all that a transport has to provide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

TIMEOUT_S = 60.0
"""How long a message may take until it counts as missing; generous, for busy machines."""


class Ran(NamedTuple):
    """How code ended: the name of the exception, and its message; both empty if it raised none."""

    ename: str = ""
    evalue: str = ""


def parent_id(message: dict[str, Any]) -> str:
    """Return the id of the request that a Jupyter message belongs to; xeus sends null for none."""
    return str((message.get("parent_header") or {}).get("msg_id", ""))


class Line(Protocol):
    """Carries the messages of one client."""

    def send(self, data: Any) -> None:
        """Send anything as the data of a message."""

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        """Wait for the data of the next message; None if none came."""

    def close(self) -> None:
        """End the subscription; the host has done so when this returns."""


class Host(Protocol):
    """A place where code runs, and that tells its variables."""

    def execute(self, code: str) -> Ran:
        """Run code to its end; messages that come meanwhile wait in their lines."""

    def start(self, code: str) -> Callable[[], Ran]:
        """Start to run code; returns what waits for its end."""

    def open(self, subscription: dict[str, Any]) -> Line:
        """Subscribe, on a line of its own."""
