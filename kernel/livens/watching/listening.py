"""`ChangeListener`: who is told which names changed, and nothing of their values.

It stands in the list of subscribers, so that the namespace is watched while it listens. It gets no
messages: nothing is described for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol

from livens.protocol import messages, requests
from livens.protocol.capabilities import ALL
from livens.protocol.types import Cell, Frame, Origin
from livens.rules.rulebook import FiredRule
from livens.watching.subscriber import Describe, Subscriber

_INTERVAL_MS = 60_000
"""Nobody waits for a message."""


class Listener(Protocol):
    """What hears of changes. The calls come from any thread, one at a time, and must be short."""

    def changed(self, origins: Mapping[str, Origin | None]) -> None:
        """Take names that changed, each with where; None where that is not known."""

    def may_have_changed(self, names: Iterable[str]) -> None:
        """Take names that the last cell has touched, of which nobody knows whether they changed."""

    def any_may_have_changed(self) -> None:
        """Take note that changes may have been missed."""

    def cell_began(self) -> None:
        """Take note that a cell begins, on its thread and before its first statement."""

    def cell_ended(self, cell: Cell) -> None:
        """Take note that a cell has ended, on its thread and before anything else runs there."""


class ChangeListener(Subscriber):
    """Hands on to a listener what the publisher says of names.

    Parameters
    ----------
    listener : Listener
        Who is told.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        subscription = requests.Subscription(interval_ms=_INTERVAL_MS)
        super().__init__(subscription, "", lambda message, cell: None)

    @property
    def must_refresh(self) -> bool:
        """Whether messages were lost: none are sent."""
        return False

    @must_refresh.setter
    def must_refresh(self, value: bool) -> None:
        if value:
            self._listener.any_may_have_changed()

    @property
    def has_news(self) -> bool:
        """Whether there is something to send: never."""
        return False

    @property
    def wants_frames(self) -> bool:
        """Whether the functions that run are to be told: no."""
        return False

    def note(self, changed: Mapping[str, Origin | None]) -> None:
        """Hand on that names changed."""
        self._listener.changed(changed)

    def note_again(self, names: Iterable[str]) -> None:
        """Hand on that names may have gone on to change after they were told."""
        self._listener.may_have_changed(names)

    def note_doubtful(self, names: Iterable[str]) -> None:
        """Hand on that names may have changed, and are compared later."""
        self._listener.may_have_changed(names)

    def note_unevaluated(self, reasons: Mapping[str, str]) -> None:
        """Hand on that names may have changed."""
        self._listener.may_have_changed(reasons)

    def note_frames(self, stacks: list[list[Frame]]) -> None:
        """Do nothing: nobody wants frames."""

    def begin_cell(self, now: float) -> None:
        """Do nothing: `cell_began` has said so."""

    def cell_began(self) -> None:
        """Hand on that a cell begins."""
        self._listener.cell_began()

    def end_cell(self, cell: Cell) -> None:
        """Hand on that a cell has ended."""
        self._listener.cell_ended(cell)

    def refresh(
        self,
        names: list[str],
        describe: Describe,
        mode: messages.Mode = "full",
        capabilities: Mapping[str, int] = ALL,
    ) -> None:
        """Hand on that it is another namespace, or the beginning."""
        self._listener.any_may_have_changed()

    def flush(self, *args: Any, **kwargs: Any) -> bool:
        """Send nothing."""
        return False

    def tell(
        self,
        name: str,
        message: str,
        cell: Cell | None,
        kind: Literal["set-aside", "sharing"] = "set-aside",
    ) -> None:
        """Do nothing: that a value cannot be described does not concern a listener."""

    def tell_rule(self, fired: FiredRule, cell: Cell | None) -> None:
        """Do nothing: rules do not concern a listener."""
