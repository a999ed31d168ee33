"""The cells that run in one shell, and who is told of them.

`Cells` is what a shell tells of the code that it runs. A kernel has it from its start; whoever
watches (`livens.watching.watcher`) takes ten times as long to load, comes with the first who asks,
and finds here what has begun before: a client may subscribe in the middle of a cell. So nothing in
this module needs the protocol, nor anything else that only watching needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager
from threading import get_ident
from types import CodeType
from typing import Any, Protocol

from livens.watching.bytecode import has_loop, imports_all, stored_names
from livens.watching.interrupts import Interrupts
from livens.watching.running import Running

_MAX_FILES = 10_000
"""So many cells are remembered by the file name of their code."""


class CellListener(Protocol):
    """Who is told of what runs: `livens.watching.watcher.Watcher`."""

    @property
    def is_watched(self) -> bool:
        """Whether anybody is to be told what changes."""

    @property
    def keeps_origins(self) -> bool:
        """Whether it is noted where changes are made, although nobody watches."""

    def attach(self, namespace: Any, hidden: Mapping[str, Any] | None = None) -> None:
        """Take another namespace for that in which the cells run."""

    def cell_starts(self) -> None:
        """Make ready for a cell that is about to run."""

    def cell_started(self) -> None:
        """Begin a cell, which counts as running from now on."""

    def statement_starts(self, cell: Running) -> None:
        """Look at what the next statement of a cell that is early may change."""

    def cell_ends(self, cell: Running) -> None:
        """End a cell, which has run and still counts as running: what it changed goes out."""

    @property
    def ruled_names(self) -> Set[str]:
        """The names of which every store counts."""

    def just_stored(self, lines: Mapping[str, int | None], is_new: bool = False) -> None:
        """Look at names that this thread has just stored or deleted, at these lines.

        Those that hold what they held are no change, unless they were not bound in between.
        Raises `KeyboardInterrupt` to stop the cell.
        """

    def stored(self, lines: Mapping[str, int | None], cell: Running | None) -> None:
        """Look closely at names that a statement may have stored again and again."""

    def may_have_stored_any(self) -> None:
        """Have every name compared by the next look: code may have stored any, unseen."""

    def forget_history(self) -> None:
        """Forget what the variables were: the namespace was cleared."""


class Cells:
    """The cells that run in one shell.

    Attributes
    ----------
    active : dict of Running to None
        The cells that run, the outermost first; several threads may have one.
    files : dict of str to tuple
        The number of a cell and how many lines are above its code, by the file name of that.
    listener : CellListener, optional
        Who watches, as soon as anybody asked for it.
    interrupts : Interrupts
        Which cell is to be stopped.
    known_stores : tuple
        The last statement that was compiled, and what it stores where, if that is plain from its
        syntax: reading the byte code takes four times as long.

    Examples
    --------
    >>> cells = Cells()
    >>> with cells.running(Running("the id of a request", 7)):
    ...     with cells.statement(compile("x = 1", "<cell>", "exec")):
    ...         x = 1
    ...     cells.here().execution_count, cells.here().names
    (7, {'x'})
    >>> cells.is_busy
    False
    """

    def __init__(self) -> None:
        self.active: dict[Running, None] = {}
        self.files: dict[str, tuple[int | None, int]] = {}
        self.listener: CellListener | None = None
        self.interrupts = Interrupts()
        self.known_stores: tuple[CodeType | None, dict[str, int | None]] = (None, {})
        self._in_thread: dict[int, Running] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a cell is running."""
        return bool(self.active)

    def here(self) -> Running | None:
        """Return the cell that this thread runs."""
        return self._in_thread.get(get_ident())

    def first(self) -> Running | None:
        """Return the cell that has been running for longest."""
        for cell in list(self.active):
            return cell
        return None

    def first_told(self) -> dict[str, Any] | None:
        """Return what a kernel says, to whoever asks, of the cell that `first` returns."""
        cell = self.first()
        if cell is None:
            return None
        return {"execution_count": cell.execution_count, "started_at": cell.started_at}

    def current(self) -> Running | None:
        """Return the cell that this thread runs, else the first: the driver's thread runs none."""
        return self.here() or self.first()

    # -- told by the shell -------------------------------------------------------------------

    @contextmanager
    def running(self, cell: Running) -> Iterator[None]:
        """Note that a cell runs inside; at its end everything that waits is sent."""
        outer = self._in_thread.get(cell.thread_id)
        if self.listener is not None:
            self.listener.cell_starts()
        self.active[cell] = None
        self._in_thread[cell.thread_id] = cell
        try:
            if self.listener is not None:
                self.listener.cell_started()
            yield
        finally:
            try:
                if self.listener is not None:
                    self.listener.cell_ends(cell)
            finally:
                self._end(cell, outer)

    def _end(self, cell: Running, outer: Running | None) -> None:
        self.active.pop(cell, None)
        self.interrupts.forget(cell)
        if outer is not None:
            self._in_thread[cell.thread_id] = outer
        else:
            self._in_thread.pop(cell.thread_id, None)

    def statement(self, code: CodeType, coroutine: object = None) -> AbstractContextManager[object]:
        """Note that a statement starts, and which coroutine it is, if one.

        Returns
        -------
        context manager
            To enter while it runs: in there a rule may stop it.
        """
        running = self._in_thread.get(get_ident())
        if running is not None:
            if code.co_filename != running.filename:
                self._note_file(code.co_filename, running)
            running.starts(code)
            if coroutine is not None:
                running.coroutine = coroutine
            if running.is_early and self.listener is not None:
                self.listener.statement_starts(running)
        return self.interrupts.statement(running)

    def _note_file(self, filename: str, running: Running) -> None:
        if len(self.files) >= _MAX_FILES:
            self.files.clear()
        self.files[filename] = running.execution_count, running.lines_above

    def statement_ended(self, code: CodeType) -> None:
        """Note that a statement has run, and tell what it stored, with the line.

        The dict that it runs on tells no store.
        """
        listener = self.listener
        if listener is None:
            return
        if not listener.is_watched:
            running = self.here() if listener.keeps_origins else None
            if running is not None:
                running.ran(code)
            return
        known, lines = self.known_stores
        if known is code:
            listener.just_stored(lines)
            return
        lines = stored_names(code)
        if lines and has_loop(code):
            listener.stored(lines, self.here())
        elif lines:
            listener.just_stored(lines)
        if imports_all(code):
            listener.may_have_stored_any()

    def statement_failed(self) -> None:
        """Note that the statement that ended last has raised."""
        running = self.here()
        if running is not None:
            running.failed()

    @property
    def is_watched(self) -> bool:
        """Whether anybody is to be told what changes."""
        return self.listener is not None and self.listener.is_watched

    @property
    def ruled_names(self) -> Set[str]:
        """The names of which every store counts."""
        return self.listener.ruled_names if self.listener is not None else frozenset()

    def just_stored(self, lines: Mapping[str, int | None], is_new: bool = False) -> None:
        """Tell the listener that names were stored at these lines, in the middle of a statement."""
        if self.listener is not None and self.is_watched:
            self.listener.just_stored(lines, is_new)

    def stop_reason(self) -> str:
        """Return, once, which rule interrupted the running cell; empty if none did."""
        return self.interrupts.reason(self.here())

    def unread_code_ran(self) -> None:
        """Note that code ran whose names are not known, such as a magic's."""
        listener = self.listener
        if listener is not None and (listener.is_watched or listener.keeps_origins):
            running = self.here()
            if running is not None:
                running.ran_unread_code = True
            listener.may_have_stored_any()
