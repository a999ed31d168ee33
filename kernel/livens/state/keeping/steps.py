"""`Steps`: reading what the ends of cells had no time for, a little at a time.

Between cells everything may be read: the thread rests after each slice for as long as that took.
While a cell runs, only groups are read of which the cell mentions no name, with a rest of ten times
as long. After each step it is asked again whether that still holds; if not, what was read is thrown
away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Set

from livens.state.archive.content import PutChunk
from livens.state.keeping.host import Host
from livens.state.keeping.keeper import Keeper
from livens.state.keeping.tasks import Task

_SLICE_S = 0.002
"""How long is read between two rests."""

_BESIDE_AFTER_S = 0.5
"""So long a cell has to run before anything is read beside it: most are over then."""

_REST_TIMES = 10
"""Beside a cell, a rest is so many times as long as what was read before it."""

_NEVER_S = 3600.0


class Steps:
    """Go on with the tasks of a keeper.

    Parameters
    ----------
    keeper : Keeper
        Has the tasks.
    host : Host
        Knows what runs.
    find_put : callable
        Returns what takes chunks.
    taken : callable
        Gets the tasks that are over and count, after each slice of time.
    """

    def __init__(
        self,
        keeper: Keeper,
        host: Host,
        find_put: Callable[[], PutChunk],
        taken: Callable[[list[Task]], None],
    ) -> None:
        self._keeper, self._host = keeper, host
        self._find_put, self._taken = find_put, taken
        self._generation = 0
        self._since = 0.0
        self._times = 1.0
        self._names: Set[str] = frozenset()
        self._over: list[Task] = []

    def between(self) -> float:
        """Read for a slice of time between cells; return how long to rest."""
        self._begin(1.0)
        keeper = self._keeper
        try:
            while self._has_time():
                self._names = frozenset()
                if not self._may_read():
                    break
                work = keeper.next_work()
                if work is None:
                    break
                if isinstance(work, str):
                    keeper.regroup(work)
                else:
                    self._step(work)
        except keeper.codec.given_up:
            return 0.001
        finally:
            self._hand_on()
        return self._rest_s()

    def beside(self, cell_s: float) -> float:
        """Read for a slice of time what the running cells do not touch; return how long to rest.

        Parameters
        ----------
        cell_s : float
            How long ago the last cell ended.
        """
        if cell_s < _BESIDE_AFTER_S:
            return _BESIDE_AFTER_S - cell_s
        self._begin(_REST_TIMES)
        try:
            while self._has_time():
                if not self._step_beside():
                    return _BESIDE_AFTER_S if self._keeper.tasks else _NEVER_S
        except self._keeper.codec.given_up:
            return _SLICE_S
        finally:
            self._hand_on()
        return self._rest_s()

    def _step_beside(self) -> bool:
        for work in self._keeper.all_work():
            names = {work} if isinstance(work, str) else work.names
            if not self._host.is_untouched(names):
                continue
            if isinstance(work, str):
                self._keeper.regroup(work, is_beside=True)
            else:
                self._names = names
                self._step(work)
            return True
        return False

    def _begin(self, times: float) -> None:
        self._generation = self._keeper.generation
        self._since = time.perf_counter()
        self._times = times

    def _has_time(self) -> bool:
        return time.perf_counter() - self._since < _SLICE_S

    def _rest_s(self) -> float:
        took_s = time.perf_counter() - self._since
        return 0.0 if self._keeper.is_waited_for else max(0.0005, took_s * self._times)

    def _may_read(self) -> bool:
        if self._names and self._generation == self._keeper.generation:
            return self._host.is_untouched(self._names)
        return self._keeper.may_read(self._generation)

    def _hand_on(self) -> None:
        over, self._over = self._over, []
        if over:
            self._taken(over)

    def _step(self, task: Task) -> None:
        self._keeper.tasks.begin(task)
        try:
            is_over = task.step(self._find_put(), self._check)
        except self._keeper.codec.given_up:
            if self._may_read():
                task.interrupted()  # another thread changes the value all the time
            raise
        if not self._may_read():
            task.restart()  # a cell has begun in the middle of the step
        elif is_over and self._keeper.finish(task, is_beside=bool(self._names)):
            self._over.append(task)

    def _check(self) -> None:
        """Rest in the middle of a long step, and end it if a cell has begun."""
        if not self._has_time() and not self._keeper.is_waited_for:
            time.sleep(self._rest_s())
            self._since = time.perf_counter()
        if not self._may_read():
            raise self._keeper.codec.given_up[0]("a cell has begun")
