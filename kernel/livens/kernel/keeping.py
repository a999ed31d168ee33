"""`Keeping`: what connects a kernel with `livens.state.keeping`, while it is switched on.

It listens to the watcher, so that the namespace is compared once and not twice. It says at a cell's
end which cell that was, below it once that nothing is kept any more, and it stops with the kernel.
This module is loaded when keeping is switched on, or when somebody asks for what was kept.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from livens.exceptions import bordered
from livens.kernel.keeping_settings import ATTRIBUTE, KeepingSettings, archive_path
from livens.protocol.types import Cell, Origin
from livens.state.archive.merging import ArchiveLimits
from livens.state.archive.records import Identity
from livens.state.keeping import session
from livens.state.keeping.codec import ValueCodec
from livens.state.keeping.drafts import CellEnd
from livens.state.keeping.keeper import Keeper
from livens.state.keeping.report import NameReport, Report
from livens.state.keeping.worker import Worker
from livens.watching.subscriber import Subscriber
from livens.watching.watcher import Watcher

if TYPE_CHECKING:
    from livens.state.encoding.pickles import Pickles

_WORD = re.compile(r"[^\W\d]\w*")

REDACTED_SOURCE = "# not kept: it mentions a name that is redacted"
"""Stands in the archive for the code of a cell that may hold a secret."""

_PATIENCE_S = 600.0
"""So long somebody who saves waits for a large value to be written."""


_LAST_PATIENCE_S = 1.5
"""So long the end of a kernel waits for that: Jupyter sends SIGTERM after 2.5 s."""


class _Active(NamedTuple):
    """The parts that are there while keeping is on."""

    keeper: Keeper
    worker: Worker
    subscriber: Subscriber


class Keeping:
    """Keeps the variables of one shell.

    Parameters
    ----------
    shell : InteractiveShell
        Has a ``watcher``.
    settings : KeepingSettings
        Where, how much, and under which name.
    """

    def __init__(self, shell: Any, settings: KeepingSettings) -> None:
        self.settings = settings
        self.watcher: Watcher = shell.watcher
        self._shell = shell
        self._active: _Active | None = None
        self._name = settings.name
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    # -- on and off --------------------------------------------------------------------------

    @property
    def is_on(self) -> bool:
        """Whether cells are kept."""
        return self._active is not None

    @property
    def path(self) -> Path:
        """Where the archive is."""
        return archive_path(self.settings)

    @property
    def identity(self) -> Identity:
        """What this session is found by again."""
        return session.identity(
            self._name, os.environ, self.watcher.namespace.target, self._connection_file()
        )

    @property
    def report(self) -> Report:
        """What was kept; empty while keeping is off."""
        return self._active.worker.report if self._active is not None else Report()

    @property
    def session(self) -> int | None:
        """The number of this session in the archive, as soon as it has one."""
        return self._active.worker.session if self._active is not None else None

    def start(self, name: str = "") -> None:
        """Keep what cells change from now on.

        Parameters
        ----------
        name : str
            What the session is found by again, instead of the setting.
        """
        self._name = name or self._name
        if self._active is not None:
            return
        settings, watcher = self.settings, self.watcher
        codec = ValueCodec(watcher.view.redactor, settings.max_bytes, self.pickles())
        keeper = Keeper(watcher.namespace.target, self, codec)
        limits = ArchiveLimits(settings.max_bytes, settings.max_age_days * 86_400)
        worker = Worker(
            keeper,
            self.path,
            identity=self.identity,
            limits=limits,
            interval_s=settings.interval_s,
            host=self,
        )
        listener = _Listener(self, keeper, worker)
        self._active = _Active(keeper, worker, watcher.listen(listener))
        if not self.running():
            keeper.between()  # what there is before the next cell
        worker.start()

    def stop(self) -> None:
        """Keep nothing any more; what is kept stays.

        What is still to be read is read, unless a cell runs or it takes too long.
        """
        active = self._active
        if active is None:
            return
        if not self.running():
            self.watcher.flush()
            self._wait_for(active, _LAST_PATIENCE_S)
        self._active = None
        self.watcher.unsubscribe(active.subscriber)
        active.worker.stop()

    def pickles(self) -> Pickles | None:
        """Return what makes and loads pickles, if that is switched on.

        Raises
        ------
        SecretRefused
            If others can read the secret that signs them.
        """
        if not self.settings.has_pickles:
            return None
        from livens.state.encoding.pickles import Pickles

        return Pickles(self.path.with_name("pickle-secret"))

    def _after_fork(self) -> None:
        active, self._active = self._active, None
        if active is not None:
            active.worker.abandon()

    # -- what is kept ------------------------------------------------------------------------

    def flush(self) -> bool:
        """Keep all that there is now, and wait for it; on the thread of the user's code.

        Returns
        -------
        bool
            Whether it worked; the report says why not.
        """
        active = self._active
        if active is None:
            return False
        self.watcher.flush()
        return self._wait_for(active, _PATIENCE_S)

    def _wait_for(self, active: _Active, timeout_s: float) -> bool:
        active.keeper.is_waited_for = True
        try:
            return active.worker.wait(timeout_s)
        finally:
            active.keeper.is_waited_for = False

    def names(self) -> dict[str, NameReport]:
        """Return what is kept of each variable; those that nothing was said of are not kept yet."""
        found = self.report.names()
        for name in self.watcher.view.variable_names():
            if name not in found and not name.startswith("_"):
                found[name] = NameReport("pending", "not kept yet", None, 0.0, 0)
        return found

    def tag(self, tag: str) -> None:
        """Give the last commit a name."""
        if self._active is not None:
            self._active.worker.tag(tag)

    # -- what the keeper asks ----------------------------------------------------------------

    def is_hidden(self, name: str) -> bool:
        """Return whether a name is not the user's, or not there."""
        return self.watcher.view.is_hidden(name)

    def running(self) -> int:
        """Return how many cells run."""
        return len(self.watcher.cells.active)

    def current(self) -> CellEnd:
        """Return which cell runs."""
        cell = self.watcher.cells.current()
        if cell is None:
            return CellEnd(None, None, "")
        return self.cell_end(cell.execution_count, cell.cell_id)

    def is_untouched(self, names: Set[str]) -> bool:
        """Return whether no running cell mentions any of these names, as far as it has run."""
        namespace = self.watcher.namespace.target
        try:
            return all(
                names.isdisjoint(cell.mentioned(namespace)) and not cell.may_store_any(namespace)
                for cell in list(self.watcher.cells.active)
            )
        except RuntimeError:  # the cell has just begun another statement
            return False

    def is_owing(self) -> bool:
        """Return whether something is still to be compared after the last cell."""
        return self.watcher.is_owing

    def cell_end(self, count: int | None, cell_id: str | None) -> CellEnd:
        """Return a cell with its code; one that is not in the history has no number."""
        history = getattr(self._shell.history_manager, "input_hist_raw", [])
        if count is None or not 0 < count < len(history):
            return CellEnd(None, cell_id, "")
        return CellEnd(count, cell_id, self._shown(str(history[count])))

    def _shown(self, source: str) -> str:
        """Return the code of a cell as it may be kept."""
        redactor = self.watcher.view.redactor
        if redactor.may_hide(source) and any(map(redactor.hides, set(_WORD.findall(source)))):
            return REDACTED_SOURCE
        return redactor.masked(source)

    def _connection_file(self) -> str:
        kernel = getattr(self._shell, "kernel", None)
        return str(getattr(getattr(kernel, "parent", None), "connection_file", "") or "")


def keeping_of(shell: Any) -> Keeping:
    """Return what keeps the variables of a shell; made by the first who asks, and off then."""
    found = getattr(shell, ATTRIBUTE, None)
    if found is None:
        settings = getattr(getattr(shell, "kernel", None), "keeping_settings", KeepingSettings)
        found = Keeping(shell, settings())
        setattr(shell, ATTRIBUTE, found)
    return found


class _Listener:
    """Tells a keeper what the watcher says."""

    def __init__(self, keeping: Keeping, keeper: Keeper, worker: Worker) -> None:
        self._keeping, self._keeper, self._worker = keeping, keeper, worker
        self._namespace = keeper.namespace

    def changed(self, origins: Mapping[str, Origin | None]) -> None:
        """Note names that changed; those of a cell that has ended may be taken already."""
        by_cell = {name for name, o in origins.items() if o and not (o.client or o.store)}
        self._keeper.noted(origins.keys() - by_cell)
        self._keeper.noted_of_cell(by_cell)
        self._wake()

    def may_have_changed(self, names: Iterable[str]) -> None:
        """Note names that the last cell may have changed."""
        self._keeper.noted_of_cell(names)
        self._wake()

    def any_may_have_changed(self) -> None:
        """Have everything taken again; the namespace may be another one."""
        self._keeper.namespace = self._keeping.watcher.namespace.target
        self._keeper.all_may_have_changed()
        self._wake()

    def _wake(self) -> None:
        if not self._keeping.running() and self._keeper.has_news:
            self._worker.wake()

    def cell_began(self) -> None:
        """Let go of what is held of the user's."""
        self._keeper.cell_began()

    def cell_ended(self, cell: Cell) -> None:
        """Take what the cell changed; say so if nothing is kept any more."""
        self._cell_ended(cell)

    @bordered
    def _cell_ended(self, cell: Cell) -> None:
        keeping = self._keeping
        self._keeper.cell_ended(keeping.cell_end(cell.execution_count, cell.cell_id))
        self._worker.wake()
        untold = self._worker.report.take_untold()
        if untold and threading.current_thread() is threading.main_thread():
            print(f"livens keeps nothing now: {untold}. See %state", file=sys.stderr)  # noqa: T201
