"""`Worker`: the thread that owns the archive, and takes what the ends of cells had no time for.

In this order: it writes drafts; it notes what was overtaken; between cells it goes on with tasks,
in steps, and rests after each for as long as the step took; in a long cell it makes a commit each
`interval_s` of what is safe to read; it merges what is too much for the archive.

Whatever fails is noted in the `Report`, and tried again later, with everything taken anew. Nothing
of it reaches the user's code.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from livens.exceptions import ArchiveFailed
from livens.state.archive import file, liveness
from livens.state.archive.merging import ArchiveLimits, Merger
from livens.state.archive.reading import ArchiveReader
from livens.state.archive.records import Identity, NewCommit, NewEntry
from livens.state.archive.writing import ArchiveWriter, ChunksMissing
from livens.state.keeping.drafts import Draft
from livens.state.keeping.host import Host
from livens.state.keeping.keeper import Keeper
from livens.state.keeping.report import Report
from livens.state.keeping.steps import Steps
from livens.state.keeping.tasks import Task

logger = logging.getLogger(__name__)

_SETTLE_S = 1.0
"""So long a draft waits for the watcher to have compared everything after its cell."""

_FIRST_RETRY_S, _LAST_RETRY_S = 1.0, 60.0
"""So long nothing is tried after a failure: at first, and at the most."""

_QUIET_S = 0.02
"""So long after a cell nothing is written: the kernel is about to say that the cell has ended, and
the next one often comes at once."""

_OLDEST_S = 0.25
"""But nothing that was taken waits longer than this for a moment of quiet."""

_REST_S = 0.05
"""So long nothing is read after a cell: the next one often comes at once, and would be held up."""

_BETWEEN_S = 0.05
"""So long what changes between cells is collected."""


class Worker:
    """Writes what a `Keeper` takes to an archive, in a thread.

    Parameters
    ----------
    keeper : Keeper
        What is to be kept.
    path : pathlib.Path
        The archive.
    identity : Identity
        What the session is found by again.
    limits : ArchiveLimits
        How large and old the archive may become.
    interval_s : float
        How often something is kept of a long cell.
    host : Host
        Where the namespace is.

    Attributes
    ----------
    report : Report
        What was kept.
    session : int, optional
        The number of the session in the archive; None before something was written.
    """

    def __init__(
        self,
        keeper: Keeper,
        path: Path,
        *,
        identity: Identity,
        limits: ArchiveLimits,
        interval_s: float,
        host: Host,
    ) -> None:
        self.report = Report()
        self.session: int | None = None
        self.path = path
        self._keeper = keeper
        self._identity = identity
        self._process = liveness.this_process()
        self._limits = limits
        self._interval_s = interval_s
        self._is_owing, self._is_busy = host.is_owing, host.running
        self._wake = threading.Event()
        self._progress = threading.Condition()
        self._is_stopping = False
        self._is_working = False
        self._is_resting = False
        self._thread: threading.Thread | None = None
        self._writer: ArchiveWriter | None = None
        self._file: tuple[int, int] | None = None
        self._merger: Merger | None = None
        self._retry_at, self._retry_s = 0.0, _FIRST_RETRY_S
        self._during_at = float("inf")
        self._steps = Steps(keeper, host, lambda: self._opened().put, self._taken)
        self._tags: list[str] = []
        self._commits: dict[int, NewCommit] = {}

    # -- its life ----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        thread = threading.Thread(target=self._run, name="livens-keeping", daemon=True)
        # As the driver's: the debugger does not stop it at a breakpoint.
        thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
        thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
        self._thread = thread
        thread.start()

    def wake(self) -> None:
        """Have the worker look for something to do, which it does soon if it is resting."""
        if not self._is_resting:
            self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Write what is taken, end the session and the thread, and wait for that."""
        self._is_stopping = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def abandon(self) -> None:
        """Do nothing any more: this is a child process, and the archive is the parent's."""
        self._is_stopping = True
        self._thread = None
        self._writer = None

    def wait(self, timeout_s: float) -> bool:
        """Wait until everything is written, or failed; return whether it was."""
        until = time.monotonic() + timeout_s
        self._wake.set()
        with self._progress:
            while self._has_work() and not self.report.failure:
                left = until - time.monotonic()
                if left <= 0 or self._thread is None or not self._thread.is_alive():
                    return False
                self._progress.wait(min(left, 0.1))
                self._wake.set()
        return not self.report.failure

    def _has_work(self) -> bool:
        # In this order: what is read is no task any more, and not written yet.
        return bool(self._tags) or not self._keeper.is_done or self._is_working

    def tag(self, tag: str) -> None:
        """Give the last commit a name; the thread does so."""
        self._tags.append(tag)
        self.wake()

    # -- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._is_stopping:
            self._is_working = True
            try:
                pause_s = self._work()
            except ArchiveFailed as err:
                self._fail(str(err))
                pause_s = 0.0
            except Exception as err:
                # A border: the thread lives on whatever it ran into.
                logger.exception("livens could not keep the state")
                self._fail(f"{type(err).__name__}: {err}")
                pause_s = 0.0
            self._is_working = False
            with self._progress:
                self._progress.notify_all()
            if pause_s != 0.0:
                self._is_resting = pause_s <= _REST_S
                self._wake.wait(pause_s)
                self._is_resting = False
                self._wake.clear()
        self._end()

    def _work(self) -> float:
        """Do what comes next; return how long to rest."""
        now = time.monotonic()
        keeper = self._keeper
        if self.report.failure:
            if now < self._retry_at:
                return self._retry_at - now
            keeper.is_suspended = False
        draft = keeper.next_draft()
        if draft is not None:
            wait_s = self._until_quiet(draft, now)
            if wait_s > 0:
                return wait_s
            self._settle(draft)
            self._write(draft)
            return 0.0
        while self._tags and self.report.last_commit is not None:
            self._opened().tag(self.report.last_commit, self._tags.pop(0))
        if self._is_busy() and not keeper.is_waited_for:
            return min(self._during(now), self._steps.beside(now - keeper.ended_at))
        self._during_at = float("inf")
        rest_s = keeper.ended_at + _REST_S - now
        if rest_s > 0 and not keeper.is_waited_for:
            return rest_s
        if keeper.overtaken:
            for commit, entries in keeper.take_overtaken().items():
                self._amend(commit, entries)
            return 0.0
        if keeper.has_news or self.report.failure:
            return self._between()
        if keeper.unread or keeper.tasks:
            return self._steps.between()
        self._commits.clear()
        return self._merge()

    def _until_quiet(self, draft: Draft, now: float) -> float:
        """Return how long to wait before a draft is written."""
        if self._keeper.is_waited_for or self._tags:
            return 0.0
        age_s = time.time() - draft.commit.at
        return min(self._keeper.ended_at + _QUIET_S - now, _OLDEST_S - age_s)

    def _settle(self, draft: Draft) -> None:
        """Wait until all that the cell of a draft has changed is in it."""
        if draft.commit.kind != "cell":
            return
        until = time.monotonic() + _SETTLE_S
        while self._is_owing() and not self._is_busy() and time.monotonic() < until:
            time.sleep(0.002)
        if not self._is_busy():
            self._keeper.absorb(draft)

    def _write(self, draft: Draft) -> None:
        writer = self._opened()
        entries = draft.commit.entries
        for task in draft.copied:
            while not task.step(writer.put, _go_on):
                pass
            entries.update(task.entries)
        try:
            number = writer.commit(draft.commit)
        except ChunksMissing:
            self._keeper.all_may_have_changed()
            return
        self._commits[number] = draft.commit
        self.report.wrote(draft.commit, entries, number)
        self._keeper.written(draft, number)
        self._recovered()

    def _amend(self, number: int, entries: dict[str, NewEntry]) -> None:
        commit = self._commits.get(number) or NewCommit("cell", time.time())
        self._opened().amend(number, entries)
        self.report.wrote(commit, entries, self.report.last_commit or number)

    def _taken(self, tasks: list[Task]) -> None:
        """Write what tasks have taken, all for one commit at once."""
        found: dict[int, dict[str, NewEntry]] = {}
        for task in tasks:
            assert task.commit is not None
            found.setdefault(task.commit, {}).update(task.entries)
        for commit, entries in found.items():
            try:
                self._amend(commit, entries)
            except ChunksMissing:
                self._keeper.noted(entries)

    def _during(self, now: float) -> float:
        """In a long cell, keep what is safe to read each interval."""
        if self._during_at == float("inf"):
            self._during_at = now + self._interval_s
        if now >= self._during_at:
            self._during_at = now + self._interval_s
            self._keeper.take_during()
            return 0.0
        return self._during_at - now

    def _between(self) -> float:
        if not self._keeper.is_waited_for:
            time.sleep(_BETWEEN_S)
        if self._keeper.is_waited_for or not self._is_busy():
            self._keeper.between()
            if self.report.failure and not self._keeper.drafts:
                self._opened()
                self._recovered()
        return 0.0

    # -- the archive -------------------------------------------------------------------------

    def _opened(self) -> ArchiveWriter:
        if self._writer is None:
            writer = ArchiveWriter(self.path)
            try:
                if self.session is None or not writer.resume(self.session):
                    self.session = writer.begin(self._identity, self._process)
            except BaseException:
                writer.close()
                raise
            self._writer, self._file = writer, file.which(self.path)
            self._merger = Merger(writer, self._limits, self._running)
        return self._writer

    def _running(self) -> set[int]:
        with ArchiveReader(self.path) as reader:
            return liveness.running(reader.sessions(), time.time())

    def _merge(self) -> float:
        """Do a step of merging, if it is due; else sleep until somebody wakes the thread.

        Nobody does when a cell begins: a long one is found by looking now and then.
        """
        if self._merger is None:
            return self._interval_s
        with file.telling(self.path):
            if not self._merger.is_due:
                return self._interval_s
            self._merger.step()
        return 0.001

    def _fail(self, reason: str) -> None:
        logger.warning("livens keeps nothing: %s", reason)
        self.report.failed(reason, time.time())
        if self._file is not None and file.which(self.path) != self._file:
            self.report.forget()  # what was kept is gone with the file
        self._retry_at = time.monotonic() + self._retry_s
        self._retry_s = min(2 * self._retry_s, _LAST_RETRY_S)
        self._keeper.is_suspended = True
        self._keeper.all_may_have_changed()
        writer, self._writer, self._merger = self._writer, None, None
        if writer is not None:
            writer.close()

    def _recovered(self) -> None:
        if self.report.failure:
            self.report.recovered()
            self._retry_s = _FIRST_RETRY_S

    def _end(self) -> None:
        """Write what is left that need not be read, and end the session."""
        try:
            while (draft := self._keeper.next_draft()) is not None and not self.report.failure:
                self._write(draft)
            if self._writer is not None:
                self._writer.end()
        except Exception:
            # A border: the kernel goes down, whatever the file says.
            logger.exception("livens could not end the session in the archive")
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


def _go_on() -> None:
    """End no work: what is read is a copy."""
