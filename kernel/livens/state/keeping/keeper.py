"""`Keeper`: what is to be kept of one namespace, and what of it is taken at the end of a cell.

`noted` is told which names changed. `cell_ended` takes what can be taken in `BUDGET_S`, on the
thread of the user's code, which is the only moment at which nothing changes. The rest becomes
tasks for the worker, who goes on between cells. When a cell begins, nothing of the user's is held
any more (`cell_began`).

A lock guards the lists; nobody holds it for longer than a cell's own share. Times come in by a
clock. No file is known in here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from livens.state.archive.records import CommitKind, NewCommit, NewEntry
from livens.state.keeping.drafts import CellEnd, Draft
from livens.state.keeping.host import Host, is_ipythons
from livens.state.keeping.taking import FAR, UNREAD, Taker
from livens.state.keeping.task_lists import TaskList
from livens.state.keeping.tasks import Codec, Task
from livens.values import clocks

BUDGET_S = 0.0015
"""How long the user's thread may work at the end of a cell for taking values, at the most."""

EARNED_S, EARNED_SHARE = 0.0003, 0.01
"""Each cell earns so much of that, and the time since the last one so great a part of it: where
cells with much to be taken come at once, they take no more on average."""

_MOST_DRAFTS = 200
"""So many commits may wait to be written; what changes then goes into the next."""

OVERTAKEN = "it changed again before it was read"
TOO_FAR = f"it reaches more than {FAR:,} objects"


class Keeper:
    """Note what changes in a namespace, and take it.

    Parameters
    ----------
    namespace : dict
        The exact dict with the user's variables.
    host : Host
        Where the namespace is.
    codec : Codec
        What knows values.
    clock, wall_clock : callable
        Seconds: of this thread's work, and since the epoch.

    Attributes
    ----------
    drafts : list of Draft
        What is to be written, in order.
    overtaken : list
        Names and the commit that waits for them in vain.
    ended_at : float
        When the last cell ended, on the clock of `time.monotonic`.
    """

    def __init__(
        self,
        namespace: dict[Any, Any],
        host: Host,
        codec: Codec,
        clock: Callable[[], float] = clocks.thread_time,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._taker = Taker(namespace, codec, clock)
        self.codec = codec
        self.drafts: list[Draft] = []
        self.overtaken: list[tuple[int, str]] = []
        self.tasks = TaskList()
        self.unread: dict[str, int] = {}
        self.is_waited_for = False
        self.is_suspended = False
        self._host = host
        self._clock, self._wall_clock = clock, wall_clock
        self._lock = threading.RLock()
        self._dirty: dict[str, None] = {}
        self._is_unsure = True
        self._known: set[str] = set()
        self._beside: list[tuple[int, frozenset[str]]] = []
        self._has_begun = False
        self._account_s = BUDGET_S
        self.ended_at = float("-inf")
        self._late: dict[str, None] = {}
        self._last = CellEnd(None, None, "")
        self._generation = 0
        self._just_taken: set[str] = set()

    # -- what changed ------------------------------------------------------------------------

    def noted(self, names: Iterable[str]) -> None:
        """Note that names changed, or may have."""
        with self._lock:
            self._dirty.update(dict.fromkeys(names))

    def noted_of_cell(self, names: Iterable[str]) -> None:
        """Note names that a cell changed, or may have.

        If it has ended, and they were taken at its end, there is nothing new about them.
        """
        with self._lock:
            if self._host.running():
                self._dirty.update(dict.fromkeys(names))
            else:
                self._late.update((name, None) for name in names if name not in self._just_taken)

    def all_may_have_changed(self) -> None:
        """Take everything again: nobody knows what changed, or what was taken is lost."""
        with self._lock:
            self._is_unsure = True
            for draft in self.drafts:
                self._known.update(draft.commit.entries)  # that a name is gone is lost as well
            self.drafts.clear()
            self.overtaken.clear()
            self.unread.clear()
            self._drop(list(self.tasks))
            self.overtaken.clear()

    @property
    def has_news(self) -> bool:
        """Whether there is something that is not in any draft."""
        return bool(self._dirty or self._late) or self._is_unsure

    @property
    def is_done(self) -> bool:
        """Whether everything is written, or failed."""
        with self._lock:
            return not (self.has_news or self.drafts or self.overtaken or self.tasks or self.unread)

    @property
    def namespace(self) -> dict[Any, Any]:
        """The exact dict with the user's variables."""
        return self._taker.namespace

    @namespace.setter
    def namespace(self, namespace: dict[Any, Any]) -> None:
        if namespace is not self._taker.namespace:
            self._taker = Taker(namespace, self.codec, self._clock)

    # -- which moment it is ------------------------------------------------------------------

    @property
    def generation(self) -> int:
        """A number that changes whenever values may have changed."""
        return self._generation

    def may_read(self, generation: int) -> bool:
        """Return whether nothing has run since a generation, and nothing runs."""
        is_quiet = self.is_waited_for or not self._host.running()
        return is_quiet and generation == self._generation

    def cell_began(self) -> None:
        """Let go of all values: a cell begins."""
        self.tasks.release()

    def cell_ended(self, cell: CellEnd) -> None:
        """Take what a cell changed, as far as the budget goes; the rest is for the worker."""
        with self._lock:
            self._generation += 1
            self._earn()
            self._just_taken = set()
            self._last = cell
            if self.is_suspended:
                self._is_unsure = True
            elif self.has_news and len(self.drafts) < _MOST_DRAFTS:
                began = self._clock()
                is_alone = self._host.running() <= 1
                deadline = began + self._account_s if is_alone else float("-inf")
                self._add_draft("cell", cell, deadline)
                self._account_s -= self._clock() - began

    def _earn(self) -> None:
        """Add to what may be spent what a cell, and the time since the last one, have earned."""
        before, self.ended_at = self.ended_at, time.monotonic()
        earned_s = EARNED_S + EARNED_SHARE * (self.ended_at - before)
        self._account_s = min(BUDGET_S, self._account_s + earned_s)

    def between(self) -> None:
        """Make a draft of what changed beside the cells: all of it is for the worker."""
        with self._lock:
            if self.has_news and self._host.running():
                self._add_draft("during", self._host.current(), float("-inf"))
            elif self._dirty or self._is_unsure:
                self._add_draft("between", CellEnd(None, None, ""), float("-inf"))
            elif self._late:
                self._add_draft("cell", self._last, float("-inf"))

    def absorb(self, draft: Draft) -> None:
        """Add to a draft what was found to be the doing of its cell after that had ended."""
        with self._lock:
            if self._late and not self._is_unsure:
                beside, self._dirty = self._dirty, {}
                self._fill(draft, float("-inf"))
                self._just_taken.update(draft.commit.entries)
                self._dirty.update(beside)

    # -- taking ------------------------------------------------------------------------------

    def _add_draft(self, kind: CommitKind, cell: CellEnd, deadline: float) -> None:
        draft = Draft(NewCommit(kind, self._wall_clock(), *cell))
        try:
            self._fill(draft, deadline)
        except BaseException:
            self._is_unsure = True  # an interrupt: what was taken so far is lost
            raise
        if draft.commit.entries or not self._has_begun:
            self._has_begun = True  # the first one says what there was before all others
            self.drafts.append(draft)
        if kind == "cell":
            self._just_taken.update(draft.commit.entries)

    def _fill(self, draft: Draft, deadline: float) -> None:
        """Take what changed into a draft until the deadline; what is left over is pending."""
        names = self._take_dirty()
        entries = draft.commit.entries
        read: list[str] = []
        for name in sorted(names, key=self._taker.order):
            if self._is_not_kept(name):
                self._forget(name, entries)
            elif self._taker.regroup(name, deadline):
                read.append(name)
            else:
                draft.unread[name] = None
        for group in self._taker.groups.around(read):
            if draft.unread.keys().isdisjoint(group):
                self._taker.take(group, draft, deadline)
                self._known |= group
            else:
                draft.unread.update(dict.fromkeys(group))
        for name in draft.unread:
            entries[name] = NewEntry("pending", reason=UNREAD)
            self._known.add(name)

    def _take_dirty(self) -> list[str]:
        """Return, once, all names that are to be taken again."""
        if self._is_unsure:
            self._is_unsure = False
            names = [name for name in list(self.namespace) if type(name) is str]
            self._dirty.update(dict.fromkeys((*names, *self._known)))
        self._dirty.update(self._late)
        self._late.clear()
        self._drop(self.tasks.touching(self._dirty))
        for name in list(self._dirty):
            commit = self.unread.pop(name, None)
            if commit is not None:
                self.overtaken.append((commit, name))
        for commit, group in self._beside:
            if not self._dirty.keys().isdisjoint(group):
                self.overtaken += [(commit, name) for name in group]
                self._dirty.update(dict.fromkeys(group))
        self._beside.clear()
        for draft in self.drafts:
            self._withdraw(draft)
        names, self._dirty = list(self._dirty), {}
        return names

    def _withdraw(self, draft: Draft) -> None:
        """Take back from a draft what waits for names that have changed again."""
        for task in draft.tasks.touching(self._dirty):
            task.is_dropped = True
            draft.tasks.remove(task)
            self._dirty.update(dict.fromkeys(task.names))
        entries = draft.commit.entries
        for name in self._dirty:
            draft.unread.pop(name, None)
            entry = entries.get(name)
            if entry is None or entry.kind != "pending":
                continue
            if not draft.tasks.touching((name,)) and not draft.copied.touching((name,)):
                entries[name] = NewEntry("not kept", reason=OVERTAKEN)

    def _drop(self, tasks: list[Task]) -> None:
        for task in tasks:
            task.is_dropped = True
            self._dirty.update(dict.fromkeys(task.names))
            if task.commit is not None:
                self.overtaken += [(task.commit, name) for name in task.names]
            self.tasks.remove(task)

    def _is_not_kept(self, name: str) -> bool:
        return self._host.is_hidden(name) or is_ipythons(name)

    def _forget(self, name: str, entries: dict[str, NewEntry]) -> None:
        self._taker.forget(name)
        if name in self._known:
            self._known.discard(name)
            entries[name] = NewEntry("gone")

    # -- for the worker ----------------------------------------------------------------------

    def next_draft(self) -> Draft | None:
        """Return the draft that is to be written next; it stays until `written`."""
        with self._lock:
            return self.drafts[0] if self.drafts else None

    def written(self, draft: Draft, commit: int) -> None:
        """Note that a draft is written: what it waits for amends that commit."""
        with self._lock:
            if draft not in self.drafts:
                return  # everything is taken again
            self.drafts.remove(draft)
            for task in draft.tasks:
                task.commit = commit
                self.tasks.append(task)
            for name in draft.unread:
                self.unread[name] = commit
            for name, entry in draft.commit.entries.items():
                if entry.reason == OVERTAKEN:  # while it was being written
                    self.overtaken.append((commit, name))

    def next_work(self) -> str | Task | None:
        """Return what is to be read next: a name whose group nobody knows, or a task."""
        with self._lock:
            return next(iter(self.unread), None) or self.tasks.first()

    def all_work(self) -> list[str | Task]:
        """Return everything that is to be read, in order."""
        with self._lock:
            return [*self.unread, *self.tasks]

    def regroup(self, name: str, *, is_beside: bool = False) -> None:
        """Find out what a name reaches that took too long before; then it can be taken.

        Parameters
        ----------
        name : str
            The name.
        is_beside : bool
            Whether a cell runs that does not mention it.
        """
        generation = self._generation
        reach = self._taker.far_reach(name)
        with self._lock:
            commit = self.unread.get(name)
            is_right = self.may_read(generation)
            if is_beside and generation == self._generation:
                is_right = self._host.is_untouched({name})
            if commit is None or not is_right:
                return
            del self.unread[name]
            if reach is None:
                task = Task(frozenset([name]), self.namespace, self.codec)
                task.entries = {name: NewEntry("not kept", reason=TOO_FAR)}
            elif name not in self.namespace:
                return
            else:
                self._taker.note_reach(name, reach)
                task = self._joined(name, commit)
            task.commit = commit
            self.tasks.append(task)

    def _joined(self, name: str, commit: int) -> Task:
        """Return a task for the group of a name, in the place of tasks for parts of it."""
        (group,) = self._taker.groups.around([name])
        for task in self.tasks.touching(group):
            task.is_dropped = True
            self.tasks.remove(task)
            group |= task.names
            if task.commit is not None and task.commit != commit:
                self.overtaken += [(task.commit, other) for other in task.names]
        self._known |= group
        return Task(group, self.namespace, self.codec)

    def take_during(self) -> Draft | None:
        """Make a draft of what can be read while a cell runs: what nothing can change.

        All values are looked up at once. Names with other values are listed as not kept, and
        everything is taken again at the end of the cell.
        """
        with self._lock:
            names = [name for name in self._dirty if not is_ipythons(name)]
            values = dict(zip(names, list(map(self.namespace.get, names)), strict=True))
            commit = NewCommit("during", self._wall_clock(), *self._host.current())
            draft = Draft(commit)
            for name, value in values.items():
                if not self._host.is_hidden(name):
                    self._taker.take_constant(name, value, draft)
            if not draft.copied:
                return None
            self._known |= commit.entries.keys()
            self.drafts.append(draft)
            return draft

    def finish(self, task: Task, *, is_beside: bool = False) -> bool:
        """Take a task from the list; return whether what it has taken counts.

        What was taken beside a cell does not count any more, should it turn out at the end of the
        cell that it has changed after all.
        """
        with self._lock:
            if task.is_dropped or task not in self.tasks:
                return False
            self.tasks.remove(task)
            if is_beside and task.commit is not None:
                self._beside.append((task.commit, task.names))
            self._taker.note_cost(task.names, task.cost_s)
            return True

    def take_overtaken(self) -> dict[int, dict[str, NewEntry]]:
        """Return, once, what is not kept at earlier commits, because it changed again."""
        with self._lock:
            taken, self.overtaken = self.overtaken, []
        found: dict[int, dict[str, NewEntry]] = {}
        for commit, name in taken:
            found.setdefault(commit, {})[name] = NewEntry("not kept", reason=OVERTAKEN)
        return found
