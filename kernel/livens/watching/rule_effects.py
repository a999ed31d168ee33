"""What follows when a rule has fired.

A rule tells clients, calls a function, or stops the running cell. Which rules there are and when
they fire is the `RuleBook`'s, how a cell is stopped from anywhere is the matter of
`livens.watching.interrupts`; here the one has its effect through the other. What fails in here
never reaches the user's statement.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping

from livens.protocol.types import Origin
from livens.rules.rulebook import FiredRule, OnFired, RuleBook, stop_text
from livens.watching.cells import Cells
from livens.watching.running import Running

logger = logging.getLogger(__name__)

AT_END_S = 0.1
"""How long a cell may be held up at its end by rules about data; what is left is done after it."""

RESTS = 20
"""How many times as long as it took the driver does nothing more about data."""


class RuleEffects:
    """Check the rules of names that changed, and see to it that what fired has its effect.

    Parameters
    ----------
    rules : RuleBook
        The rules.
    cells : Cells
        What is running.
    clock : callable
        Seconds.
    """

    def __init__(self, rules: RuleBook, cells: Cells, clock: Callable[[], float]) -> None:
        self._rules = rules
        self._cells = cells
        self._clock = clock
        self._rests_until = float("-inf")
        self._calls: deque[tuple[OnFired, FiredRule]] = deque()

    def fired_by(self, changed: Mapping[str, Origin | None]) -> list[FiredRule]:
        """Return the rules that fire by names that changed, and where."""
        names = self._rules.names
        if not names:
            return []
        fired: list[FiredRule] = []
        for name, origin in changed.items():
            if name in names:
                fired += self._check(name, origin)
        return fired

    def _check(self, name: str, origin: Origin | None) -> list[FiredRule]:
        try:
            return self._rules.check(name, origin)
        except Exception:
            # A border: whatever fails in here must not reach the user's statement.
            logger.exception("livens could not check the rules of %r", name)
            return []

    def work_out(self, *, is_end: bool = False) -> list[FiredRule]:
        """Work out the rules about data that are due, and return those that fire.

        The driver does it beside a cell and then rests, so that it takes a share of the time only.
        At the end of a cell it is done by the thread of the cell, for a time that is bounded.
        """
        started = self._clock()
        if not self._rules.is_due or (started < self._rests_until and not is_end):
            return []
        try:
            fired = self._rules.work_out(self._clock, started + (AT_END_S if is_end else 0))
        except Exception:
            # A border: whatever fails in here must not reach the user's cell.
            logger.exception("livens could not work out the rules about data")
            fired = []
        now = self._clock()
        self._rests_until = now + RESTS * (now - started)
        return fired

    def due_at(self) -> float:
        """Return when there are rules about data to work out; infinity if there are none."""
        return self._rests_until if self._rules.is_due else float("inf")

    def stop(self, fired: list[FiredRule], here: Running | None) -> str:
        """Stop the running cell if a rule says so, or return why *here* is to stop itself."""
        reason = stop_text(fired)
        if here is not None:
            return reason
        running = self._cells.first()
        if reason and running is not None:
            self._cells.interrupts.stop(running, reason)
        return ""

    def take(self, now: float, *, is_end: bool) -> list[FiredRule]:
        """Hand over what fired and is to be told now; its function is called by `run_calls`."""
        taken = self._rules.take(now, is_end=is_end)
        self._calls += [(call, fired) for fired, call in taken if call is not None]
        return [fired for fired, _ in taken]

    def run_calls(self) -> None:
        """Call the functions of rules that fired: by the driver, without any lock."""
        while self._calls:
            call, fired = self._calls.popleft()
            try:
                call(fired)
            except Exception:
                # A border: the function is the user's.
                logger.exception("The function of the rule %r raised", fired.rule.condition)
