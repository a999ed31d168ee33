"""Large values, compared exactly, in steps that are as short as there is time for.

The glance of the snapshot covers small values wholly and large ones by samples. What is left is
compared here, chunk by chunk (`livens.values.checksums`), in this order:

1. *owed*: what the last cell mentioned, soon after it (a little of it before its ``idle``);
2. *baselines*: large values of which it is not yet known what they hold;
3. *in turn*: every large value, now and then, for threads and for views of one array.

While a cell runs, only what it mentions is looked at, within the share of the time that the
poller has, and nothing that takes longer than a millisecond to find its way to. Between two steps
nothing is held but names, and others may run: a cell that starts has the step put off.

A cell may come before a baseline is there: the next one of "run all", say. Then `take_baselines`
takes as much of it as `baseline_ms` allow before the statement that may change the value runs, and
beyond that what is at the positions that the statement names.

A value that the code touched and that could not be compared is not guessed: its name and the
reason are in `unevaluated`. Pure: time comes in as an argument.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from livens.protocol.types import Origin
from livens.values.checksums import ChunkSums
from livens.values.content import Pause, Postponed, no_pause
from livens.watching.budgets import Budgets
from livens.watching.reasons import YET, not_compared
from livens.watching.snapshot import Snapshot

IDLE_SLICE_S = 0.004
"""How long the steps of one tick take between cells, at most; a cell that starts waits for one."""

_REST_S = 0.05
"""So long nothing large is looked at after a cell: the next one often comes at once, and a step
that has begun would hold it up."""

_LONGEST_REST_S = 0.1
"""Where one cell follows the other, a look is taken between two of them so often."""

_LIVE_STEPS = 8
"""So many steps a look at a running cell takes at the most, whatever the clock says they took."""

_IDLE_DUTY = 0.5
"""The part of the time that owed looks and baselines take between cells."""

_BEYOND_DUTY = 0.1
"""The same, for values beyond the budgets."""

_IN_TURN_SHARE = 0.1
"""The part of the poller's share that looks in turn take between cells."""

Changed = dict[str, Origin | None]
"""The names that differ, with the cell that mentioned them; None where none did."""


class LargeValues:
    """Compare large values exactly, as time allows.

    Parameters
    ----------
    snapshot : Snapshot
        Has the checksums of large values.
    budgets : Budgets
        What it may cost.
    cpu_clock : callable
        Seconds of this thread's work.
    sleep : callable
        Called with 0 to let other threads run.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        budgets: Budgets,
        cpu_clock: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sleep = sleep
        self._snapshot = snapshot
        self._budgets = budgets
        self._cpu_clock = cpu_clock
        self._owed: dict[str, bool] = {}  # whether what differs is told already
        self._origin: Origin | None = None
        self._makers: dict[str, Origin] = {}  # where one cell alone can have changed what is owed
        self._unanswered: set[str] = set()
        self._doubtful: list[str] = []
        self._again: dict[str, None] = {}
        self._told: set[str] = set()
        self._live: list[str] = []
        self._turn: list[str] = []
        self._turn_is_told = False
        self._is_in_cell = False
        self._due_at = 0.0
        self._looked_at = 0.0
        self._baseline_left_s: float | None = None
        self._early: set[ChunkSums] = set()  # nobody knew before the cell what these values held

    @property
    def due_at(self) -> float:
        """When to look next: never, as long as there is nothing large."""
        return self._due_at if self._snapshot.has_large or self._owed else float("inf")

    # -- before a cell changes anything --------------------------------------------------------

    def begin_cell(self) -> None:
        """Begin a cell: find out whether `take_baselines` has anything to do. From any thread."""
        self._told.clear()
        self._early = set(self._snapshot.unknown())
        self._baseline_left_s = self._budgets.baseline_ms / 1000 if self._early else None

    @property
    def must_take_baselines(self) -> bool:
        """Whether there are values of which nobody knew what they held when the cell began."""
        return self._baseline_left_s is not None

    def take_baselines(self, names: Iterable[str], positions: Sequence[int]) -> None:
        """Take what is cheap of large values that a statement is about to change.

        Parameters
        ----------
        names : iterable of str
            What the statement may change in place.
        positions : sequence of int
            Where it may, as far as it says so.
        """
        unknown = [name for name in names if self._lacks_baseline(name) and name not in self._told]
        if not unknown or self._baseline_left_s is None:
            return
        for name in unknown:
            self._snapshot.pin(name, positions)
        started = self._cpu_clock()
        for name in unknown:
            sums = self._snapshot.sums(name)
            while self._cpu_clock() - started < self._baseline_left_s:
                if self._step(name, no_pause)[0]:
                    self._early -= {sums}
                    break
        self._baseline_left_s = max(0.0, self._baseline_left_s - (self._cpu_clock() - started))

    def _lacks_baseline(self, name: str) -> bool:
        sums = self._snapshot.sums(name)
        return sums is not None and not sums.is_complete

    # -- while a cell runs -------------------------------------------------------------------

    def told(self, names: Iterable[str]) -> None:
        """Note that names were told as changed in the running cell."""
        self._told.update(names)

    def look_live(self, now: float, mentioned: Iterable[str]) -> list[str]:
        """Look at what the running cell mentions, for a share of the time."""
        if not self._is_in_cell:
            self._is_in_cell = True
            self._live = []
            self._due_at = now
        # What the last looks were too far apart for is made up for, as far as one pause reaches.
        self._due_at = max(self._due_at, now - self._budgets.poll_ms / 1000)
        found: list[str] = []
        for _ in range(_LIVE_STEPS):
            if now < self._due_at:
                break
            self._live = self._live or self._large(mentioned)
            if not self._live:
                self._due_at = now
                break
            started = self._cpu_clock()
            try:
                is_over, names = self._step(self._live[-1], _postpone)
            except Postponed:
                is_over, names = True, []  # at the end of the cell, then
            found += names
            if is_over:
                self._live.pop()
            self._due_at += (self._cpu_clock() - started) / self._budgets.time_share
        return found

    def _large(self, names: Iterable[str]) -> list[str]:
        """Choose the names whose values are large; those with a baseline come first, at the end."""
        large = [name for name in names if self._snapshot.sums(name) is not None]
        return sorted(large, key=self._lacks_baseline, reverse=True)

    # -- at the end of a cell ----------------------------------------------------------------

    def end_cell(
        self,
        now: float,
        mentioned: Iterable[str],
        changed: Collection[str],
        touched: Callable[[], frozenset[str]],
        origin: Origin | None = None,
    ) -> tuple[Changed, dict[str, str]]:
        """Look at what the cell mentioned as long as `settle_ms` allows; the rest is owed.

        Parameters
        ----------
        now : float
            The time.
        mentioned : iterable of str
            What the cell's code may have touched.
        changed : collection of str
            What is being told as changed, as it is now.
        touched : callable
            Asked for what the code stored into or passed on, if there is anything large.
        origin : Origin, optional
            The cell.

        Returns
        -------
        dict of str to Origin
            What differs.
        dict of str to str
            What was touched and cannot be compared now, with the reason.
        """
        self._is_in_cell = False
        self._due_at = max(now, min(now + _REST_S, self._looked_at + _LONGEST_REST_S))
        self._origin = origin
        self._told.update(changed)
        names = list(mentioned)
        large = [name for name in names if self._snapshot.sums(name) is not None]
        found = self._pinned(large)
        unseen = [*large, *filter(self._snapshot.gap, set(names).difference(large))]
        reasons = self._reasons(unseen, touched) if unseen else {}
        reasons = {name: why for name, why in reasons.items() if name not in found}
        self._told.clear()
        if not large:
            return {}, reasons
        for name in large:
            sums = self._snapshot.sums(name)
            if sums is not None:
                sums.restart()
                self._owed[name] = name in changed or name in found
        found |= self._run(self._budgets.settle_ms / 1000)
        reasons = {name: why for name, why in reasons.items() if name not in found}
        self._unanswered |= {name for name, why in reasons.items() if why.startswith(YET)}
        left = [name for name in large if self._owed.get(name) is False]
        self._doubtful = [name for name in left if name in touched()] if left else []
        return found, reasons

    def take_doubtful(self) -> list[str]:
        """Return, once, what the last cell may have changed that there was no time to compare."""
        doubtful, self._doubtful = self._doubtful, []
        return doubtful

    def _pinned(self, large: list[str]) -> Changed:
        """Look at what was pinned down before the cell changed it."""
        found: Changed = {}
        for name in large if self._baseline_left_s is not None else ():
            place = self._snapshot.unpin(name)
            if place and name not in self._told:
                found |= dict.fromkeys(self._snapshot.changed_at(name, place), self._origin)
        self._baseline_left_s = None
        return found

    def _reasons(self, unseen: list[str], touched: Callable[[], frozenset[str]]) -> dict[str, str]:
        names = touched()
        found = {}
        for name in unseen:
            if name not in names:
                continue
            if name in self._told:
                if self._snapshot.gap(name):
                    self._again[name] = None  # it may have gone on to change, unseen
                # What went on in it since it was told, nobody knows without a baseline.
                if self._lacks_baseline(name) or self._snapshot.sums(name) in self._early:
                    self._again[name] = None
                continue
            reason = self._reason(name)
            if reason:
                found[name] = reason
        return found

    def _reason(self, name: str) -> str:
        sums = self._snapshot.sums(name)
        return not_compared(self._snapshot.gap(name), sums, sums in self._early, self._budgets)

    # -- between cells -----------------------------------------------------------------------

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed, and all that is large is known."""
        return not self._owed and not self._unknown()

    def look_idle(self, now: float, is_wanted_elsewhere: Callable[[], bool]) -> Changed:
        """Look for a few milliseconds at what is owed, at what is not yet known, and in turn."""
        if now < self.due_at:
            return {}
        self._looked_at = now
        if not self._owed:
            self._owed.update(dict.fromkeys(self._unknown(), False))
        started = self._cpu_clock()
        if self._owed:
            duty = _BEYOND_DUTY if self._is_beyond(next(iter(self._owed))) else _IDLE_DUTY
            found = self._run(IDLE_SLICE_S, is_wanted_elsewhere)
        else:
            duty = self._budgets.time_share * _IN_TURN_SHARE
            found = dict.fromkeys(self._look_in_turn(self._pause(is_wanted_elsewhere)))
        pause_s = (self._cpu_clock() - started) / duty
        if not self._owed:
            pause_s = max(pause_s, self._budgets.idle_poll_ms / 1000)
        self._due_at = now + pause_s
        return found

    def take_owed(self) -> dict[str, list[Origin]]:
        """Return, once, what was not compared yet, with the cell that may have changed it."""
        owed = [name for name, is_told in self._owed.items() if not is_told]
        self._owed.clear()
        self._unanswered.clear()
        self._told.clear()
        return {name: [self._origin] for name in owed if self._origin is not None}

    def owe(self, makers: Mapping[str, Origin | None]) -> None:
        """Compare what the *makers* may have changed as soon as there is time."""
        self._origin = None
        for name, maker in makers.items():
            sums = self._snapshot.sums(name)
            if sums is None or not sums.is_complete:
                continue
            sums.restart()
            self._owed[name] = False
            self._unanswered.add(name)
            if maker is not None:
                self._makers[name] = maker
        self._due_at = 0.0

    def take_again(self) -> list[str]:
        """Return the names to tell once more as they are, without that being a change.

        Those that went on to change after they were told, and those that were told as not
        compared yet and turned out to be unchanged.
        """
        answered = [name for name in self._unanswered if name not in self._owed]
        self._unanswered.difference_update(answered)
        again, self._again = self._again, {}
        return [*again, *answered]

    def _unknown(self) -> list[str]:
        return list(filter(self._lacks_baseline, self._snapshot.large_names()))

    def _is_beyond(self, name: str) -> bool:
        sums = self._snapshot.sums(name)
        if sums is None:
            return False
        return sums.size > self._budgets.content_bytes or sums.items > self._budgets.content_items

    def _pause(self, is_wanted_elsewhere: Callable[[], bool]) -> Pause:
        def pause() -> None:
            self._sleep(0)
            if is_wanted_elsewhere():
                raise Postponed

        return pause

    def _look_in_turn(self, pause: Pause) -> list[str]:
        if not self._turn:
            self._turn = self._snapshot.large_names()
            self._turn_is_told = False
        if not self._turn:
            return []
        try:
            is_over, found = self._step(self._turn[-1], pause)
        except Postponed:
            return []
        if is_over:
            self._turn.pop()
        was_told = self._turn_is_told
        self._turn_is_told = not is_over and (was_told or bool(found))
        return [] if was_told else found

    def _run(self, seconds: float, stop: Callable[[], bool] | None = None) -> Changed:
        """Make steps at what is owed until the time is up; given *stop*, let others run."""
        pause = no_pause if stop is None else self._pause(stop)
        until = self._cpu_clock() + seconds
        found: Changed = {}
        try:
            while self._owed and self._cpu_clock() < until:
                pause()
                name = next(iter(self._owed))
                is_over, names = self._step(name, pause)
                if names and not self._owed[name]:
                    found |= dict.fromkeys(names, self._makers.get(name, self._origin))
                    self._owed[name] = True
                    self._unanswered.difference_update(names)
                if is_over:
                    del self._owed[name]
                    self._makers.pop(name, None)
        except Postponed:
            pass
        return found

    def _step(self, name: str, pause: Pause) -> tuple[bool, list[str]]:
        step = self._snapshot.step(name, pause)
        if step is None:
            return True, []
        if not step.differs:
            return step.is_over, []
        if step.is_known:
            if not self._owed.get(name):
                self._again[name] = None
            return step.is_over, []
        return step.is_over, self._snapshot.changed_at(name, step.place)


def _postpone() -> None:
    raise Postponed
