"""Pace: what long work on a table does between two pieces of it.

Work on a million rows takes seconds, in a thread beside the user's cell. Its pieces are a few
milliseconds of Python, or one call of a library that releases the GIL. After each piece the work
asks whether anybody still wants it, tells how far it is, and lets a running cell have the GIL for
most of the time. Where the processors are taken, it leaves them to the cell in the same way.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from livens.values import clocks

Clock = Callable[[], float]
Tell = Callable[[str, float], None]
"""Gets what is being done, and which part of the whole work is done: 0 to 1, estimated."""

_SHARE = 0.03
"""The part of its time that a running cell may lose."""

_CROWDED = 1.15
"""Where a piece takes so many times as long as it computes, no processor is free for it."""

_SHORTEST_PIECE_S = 0.005
"""Shorter pieces are looked at together: their times say little."""

_LONGEST_REST_S = 0.25
"""So soon the work looks again whether it is wanted, and whether the cell still runs."""

_TELL_S = 0.2
"""The shortest time between two tellings, and until the first one."""


class OutOfTime(Exception):
    """The work of one attempt took longer than was estimated."""


class NotWanted(Exception):
    """Nobody waits for the result any more."""


def never() -> bool:
    """Return False."""
    return False


class Pace:
    """Keep the work on one page in bounds.

    Parameters
    ----------
    clock : callable
        Seconds.
    is_busy : callable
        Whether a cell runs.
    is_over : callable
        Whether nobody waits for the result any more.
    tell : callable, optional
        Told the progress now and then.
    cpu_clock : callable
        The seconds of the processor that this thread has had.
    sleep : callable
        Waits so many seconds.

    Attributes
    ----------
    until : float
        When `OutOfTime` is raised, by the clock.

    Examples
    --------
    >>> pace = Pace(time.perf_counter, tell=lambda doing, done: print(doing, done))
    >>> pace.start(total=10.0)
    >>> with pace.part("sorting", 4.0):
    ...     pace.step(0.5)
    """

    def __init__(
        self,
        clock: Clock = time.perf_counter,
        *,
        is_busy: Callable[[], bool] = never,
        is_over: Callable[[], bool] = never,
        tell: Tell | None = None,
        cpu_clock: Clock = clocks.thread_time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.until = float("inf")
        self._clock = clock
        self._is_busy = is_busy
        self._is_over = is_over
        self._tell = tell
        self._cpu_clock = cpu_clock
        self._sleep = sleep
        self._told_at = clock()
        self._total, self._finished, self._weight, self._doing = 1.0, 0.0, 0.0, ""
        self._aside_cpu_s, self._aside_s = 0.0, 0.0
        self._note_start()

    @property
    def slowness(self) -> float:
        """How many times as long work with the GIL takes now as it would alone."""
        return 1 / _SHARE if self._is_busy() else 1.0

    # -- what there is to do ---------------------------------------------------------------

    def start(self, total: float) -> None:
        """Begin an attempt whose parts have so much weight in all."""
        self._total, self._finished = max(total, 1e-9), 0.0
        self._note_start()

    def part(self, doing: str, weight: float) -> Part:
        """Return a context in which the steps are those of one part of the work."""
        return Part(self, doing, weight)

    def enter(self, doing: str, weight: float) -> None:
        """Begin a part."""
        self._doing, self._weight = doing, weight

    def leave(self) -> None:
        """End the part that was begun."""
        self._finished, self._weight = self._finished + self._weight, 0.0

    # -- between two pieces ----------------------------------------------------------------

    def step(self, done: float = 0.0) -> None:
        """End a piece of Python, which kept the GIL from the user's code.

        Parameters
        ----------
        done : float
            Which part of the current part is done, 0 to 1.

        Raises
        ------
        NotWanted
            If nobody waits for the result any more.
        OutOfTime
            If the time for this attempt is over.
        """
        # The processor's time of this thread: what it waited for the GIL is not counted.
        self._rest(self._cpu_clock() - self._cpu_since, done)

    def step_aside(self, done: float = 0.0) -> None:
        """End a piece of which most ran without the GIL, as `step` does; see there.

        The cell is owed nothing for it if there was a processor for both.
        """
        self._aside_cpu_s += self._cpu_clock() - self._cpu_since
        self._aside_s += self._clock() - self._since
        owed_s = 0.0
        if self._aside_cpu_s >= _SHORTEST_PIECE_S:
            if self._aside_s > _CROWDED * self._aside_cpu_s:
                owed_s = self._aside_cpu_s
            self._aside_cpu_s, self._aside_s = 0.0, 0.0
        self._rest(owed_s, done)

    def _rest(self, worked_s: float, done: float) -> None:
        """Leave a running cell alone for so long that it loses only its share."""
        self._check(done)
        left_s = worked_s / _SHARE
        while left_s > 0 and self._is_busy():
            rest_s = min(left_s, _LONGEST_REST_S)
            self._sleep(rest_s)
            left_s -= rest_s
            self._check(done)
        self._note_start()

    def _note_start(self) -> None:
        self._cpu_since, self._since = self._cpu_clock(), self._clock()

    def _check(self, done: float) -> None:
        if self._is_over():
            raise NotWanted
        now = self._clock()
        if now > self.until:
            raise OutOfTime
        if self._tell is not None and now - self._told_at >= _TELL_S:
            self._told_at = now
            part = self._finished + self._weight * min(max(done, 0.0), 1.0)
            self._tell(self._doing, min(part / self._total, 1.0))


class Part:
    """One part of the work; `Pace.part` makes it."""

    def __init__(self, pace: Pace, doing: str, weight: float) -> None:
        self._pace = pace
        self._doing, self._weight = doing, weight

    def __enter__(self) -> None:
        self._pace.enter(self._doing, self._weight)

    def __exit__(self, *failure: object) -> None:
        self._pace.leave()
