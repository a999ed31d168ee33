"""Cells while they run: who they are, where they are, and what their code mentions.

`Cells` is what a shell tells of the code that it runs. A kernel has it from its start; whoever
watches (`livens.watching.watcher`) takes ten times as long to load, comes with the first who asks,
and finds here what has begun before: a client may subscribe in the middle of a cell. So nothing in
this module needs the protocol, nor anything else that only watching needs.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager
from threading import get_ident
from types import CodeType
from typing import TYPE_CHECKING, Any, Protocol

from livens.watching.bytecode import (
    add_names,
    functions_among,
    has_loop,
    imports_all,
    may_touch,
    positions_in,
    reachable_names,
    stored_names,
    touched_names,
)
from livens.watching.interrupts import Interrupts

if TYPE_CHECKING:
    from livens.protocol.types import Cell, Origin

_BY_ANY_NAME = frozenset({"globals", "vars", "locals", "exec", "eval", "setattr", "__dict__"})
"""Code that uses one of these may store what it does not name."""

_MAX_POSITIONS = 32
"""So many positions are looked at before a statement that may change a value of unknown content."""

_MAX_FILES = 10_000
"""So many cells are remembered by the file name of their code."""


class Running:
    """A cell that is running: what updates say of it, and what its code mentions.

    Parameters
    ----------
    msg_id : str
        The id of the request that started it.
    execution_count : int, optional
        Its number; None for silent ones.
    cell_id : str, optional
        The notebook's id of the cell.
    first_line : int
        The line of the cell that its code calls the first: IPython strips empty lines above.
    """

    def __init__(
        self,
        msg_id: str,
        execution_count: int | None = None,
        cell_id: str | None = None,
        first_line: int = 1,
    ) -> None:
        self.msg_id = msg_id
        self.execution_count = execution_count
        self.cell_id = cell_id
        self.lines_above = first_line - 1
        self.thread_id = get_ident()
        self.is_on_main_thread = self.thread_id == threading.main_thread().ident
        self._names: set[str] = set()
        self._codes: list[CodeType] = []
        self._codes_read = 0
        self._newest: CodeType | None = None
        self._stored_by: tuple[CodeType | None, dict[str, int | None]] = (None, {})
        self.filename = ""
        self.coroutine: object = None
        """What runs the cell, where it awaits: its functions are on no stack then."""
        self._origin: Origin | None = None
        self._mentioned: frozenset[str] = frozenset()
        self._names_seen = 0
        self.ran_unread_code = False
        self.is_early = False
        """Whether it began before anybody knew what some large value holds."""

    def starts(self, code: CodeType) -> None:
        """Take note of the statement that runs next."""
        self.filename = code.co_filename
        self._newest = code
        if may_touch(code):
            self._codes.append(code)
        else:  # there is nothing inside: to keep it would take new memory for each statement
            self._names.update(code.co_names)

    @property
    def names(self) -> set[str]:
        """The names in the code that has run; read when somebody wants to know."""
        codes = self._codes
        while self._codes_read < len(codes):
            add_names(codes[self._codes_read], self._names)
            self._codes_read += 1
        return self._names

    def mentioned(self, namespace: Mapping[str, Any], *, anew: bool = False) -> frozenset[str]:
        """Return the names that the cell's code may touch, as far as it has run.

        They are followed through functions when there are new names, or when asked to.
        """
        names = self.names
        if anew or len(names) != self._names_seen:
            self._names_seen = len(names)
            self._mentioned = reachable_names(list(names), namespace)
        return self._mentioned

    def may_store_any(self, namespace: Mapping[str, Any]) -> bool:
        """Tell whether the code that has run may have stored names that it does not mention."""
        return self.ran_unread_code or not _BY_ANY_NAME.isdisjoint(self.mentioned(namespace))

    def touched(self, namespace: Mapping[str, Any]) -> frozenset[str]:
        """Return those of the mentioned names whose values the code may have changed in place."""
        codes = [*self._codes, *functions_among(self.mentioned(namespace), namespace)]
        return frozenset(name for code in codes for name in touched_names(code))

    def targets(self, namespace: Mapping[str, Any]) -> tuple[frozenset[str], list[int]]:
        """Return what the newest code is about to change in place, and at which positions."""
        newest = self._codes[-1:]
        names = reachable_names(newest[0].co_names, namespace) if newest else ()
        codes = [*newest, *functions_among(names, namespace)]
        touched = frozenset(name for code in codes for name in touched_names(code))
        positions = dict.fromkeys(n for code in codes for n in positions_in(code, namespace))
        return touched, list(positions)[:_MAX_POSITIONS]

    def line_of(self, name: str) -> int | None:
        """Return the line at which the newest statement stores a name; None if not one line does.

        For what is found while the statement runs; it is read when somebody finds something.
        """
        return self._stored_now().get(name)

    def stores(self, name: str) -> bool:
        """Return whether the newest statement stores a name itself."""
        return name in self._stored_now()

    def _stored_now(self) -> dict[str, int | None]:
        code, (read, lines) = self._newest, self._stored_by
        if code is not None and read is not code:
            lines = stored_names(code)
            self._stored_by = code, lines
        return lines

    def origin(self, line: int | None) -> Origin:
        """Say where a change was made."""
        place = self._in_cell(line)
        last = self._origin  # of a loop that makes 10,000 variables, all have the same
        if last is None or last.line != place or last.execution_count != self.execution_count:
            from livens.protocol.types import Origin

            last = self._origin = Origin(self.execution_count, self.cell_id, place)
        return last

    def cell(self, is_running: bool) -> Cell:
        """Say which cell an update belongs to."""
        from livens.protocol.types import Cell

        line = self._in_cell(self._current_line()) if is_running else None
        return Cell(self.msg_id, is_running, self.execution_count, self.cell_id, line)

    def _in_cell(self, line: int | None) -> int | None:
        return None if line is None else line + self.lines_above

    def _current_line(self) -> int | None:
        frame = sys._current_frames().get(self.thread_id)
        while frame is not None and frame.f_code.co_filename != self.filename:
            frame = frame.f_back
        return frame.f_lineno if frame is not None else None


class Visitor:
    """A client that changes variables between cells: what it stores is its doing.

    Parameters
    ----------
    client : str
        What it calls itself.
    """

    def __init__(self, client: str) -> None:
        self._client = client

    def origin(self, line: int | None) -> Origin:
        """Say who made a change."""
        from livens.protocol.types import Origin

        return Origin(client=self._client)


class CellListener(Protocol):
    """Who is told of what runs: `livens.watching.watcher.Watcher`."""

    @property
    def is_watched(self) -> bool:
        """Whether anybody is to be told what changes."""

    def attach(self, namespace: Any, hidden: Mapping[str, Any] | None = None) -> None:
        """Take another namespace for that in which the cells run."""

    def cell_starts(self) -> None:
        """Take in that a cell is about to run."""

    def cell_started(self) -> None:
        """Take in that a cell runs from now on."""

    def statement_starts(self, cell: Running) -> None:
        """Take in that a statement of a cell that is early is about to run."""

    def cell_ends(self, cell: Running) -> None:
        """Take in that a cell has run; it still counts as running."""

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
        """Take in that code may have stored any name, unseen."""

    def forget_history(self) -> None:
        """Take in that what was in the namespace is gone."""


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

    def current(self) -> Running | None:
        """Return the cell that this thread runs, else the first: the driver's thread runs none."""
        return self.here() or self.first()

    # -- told by the shell -------------------------------------------------------------------

    @contextmanager
    def running(self, cell: Running) -> Iterator[None]:
        """Say that a cell runs; at the end everything pending goes out."""
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
        """Say that a statement starts, and which coroutine it is, if one.

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
        """Say that a statement has run: what it stored is told with its line.

        The dict that it runs on tells no store.
        """
        listener = self.listener
        if listener is None or not listener.is_watched:
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

    @property
    def is_watched(self) -> bool:
        """Whether anybody is to be told what changes."""
        return self.listener is not None and self.listener.is_watched

    @property
    def ruled_names(self) -> Set[str]:
        """The names of which every store counts."""
        return self.listener.ruled_names if self.listener is not None else frozenset()

    def just_stored(self, lines: Mapping[str, int | None], is_new: bool = False) -> None:
        """Say, in the middle of a statement, that names were stored at these lines."""
        if self.listener is not None and self.is_watched:
            self.listener.just_stored(lines, is_new)

    def stop_reason(self) -> str:
        """Return, once, which rule interrupted the running cell; empty if none did."""
        return self.interrupts.reason(self.here())

    def unread_code_ran(self) -> None:
        """Say that code ran whose names are not known, such as a magic's."""
        if self.listener is not None and self.listener.is_watched:
            running = self.here()
            if running is not None:
                running.ran_unread_code = True
            self.listener.may_have_stored_any()
