"""`Budget`: how long the user's thread may work at the end of a cell for taking values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

BUDGET_S = 0.0015
"""The most for one cell."""

EARNED_S, EARNED_SHARE = 0.0003, 0.01
"""Each cell earns so much of that, and the time since the last one so great a part of it: where
cells with much to be taken come at once, they take no more on average."""


class Budget:
    """What cells have earned, and not spent yet.

    Parameters
    ----------
    clock : callable
        Seconds of the thread's work.

    Attributes
    ----------
    ended_at : float
        When the last cell ended, on the clock of `time.monotonic`.

    Examples
    --------
    >>> budget = Budget(lambda: 5.0)
    >>> with budget.spending() as deadline:
    ...     deadline
    5.0015
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.ended_at = float("-inf")
        self._clock = clock
        self._left_s = BUDGET_S

    def earn(self) -> None:
        """Add what a cell that has just ended, and the time since the last one, have earned."""
        before, self.ended_at = self.ended_at, time.monotonic()
        earned_s = EARNED_S + EARNED_SHARE * (self.ended_at - before)
        self._left_s = min(BUDGET_S, self._left_s + earned_s)

    @contextmanager
    def spending(self) -> Iterator[float]:
        """Give the deadline of some work, and count how long that takes."""
        began = self._clock()
        try:
            yield began + self._left_s
        finally:
            self._left_s -= self._clock() - began
