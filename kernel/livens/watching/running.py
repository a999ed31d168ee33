"""A cell while it runs: who it is, where it is, and what its code mentions.

A kernel notes it from its start, long before anybody watches. So nothing in this module needs the
protocol before it is asked for, nor anything else that only watching needs.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from threading import get_ident
from types import CodeType
from typing import TYPE_CHECKING, Any

from livens.watching.bytecode import (
    add_names,
    functions_among,
    has_jump,
    imports_all,
    may_touch,
    positions_in,
    reachable_names,
    stored_names,
    touched_names,
)

if TYPE_CHECKING:
    from livens.protocol.types import Cell, Origin

_BY_ANY_NAME = frozenset({"globals", "vars", "locals", "exec", "eval", "setattr", "__dict__"})
"""Code that uses one of these may store what it does not name."""

_MOST_STATEMENTS = 1_000
"""So many statements of a cell, the last ones, are kept for the lines of their stores."""

_MAX_POSITIONS = 32
"""So many positions are looked at before a statement that may change a value of unknown content."""


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
    client : str
        The client that runs it, if it said so.
    """

    def __init__(
        self,
        msg_id: str,
        execution_count: int | None = None,
        cell_id: str | None = None,
        first_line: int = 1,
        client: str = "",
    ) -> None:
        self.msg_id = msg_id
        self.started_at = time.time()
        self.execution_count = execution_count
        self.cell_id = cell_id
        self.lines_above = first_line - 1
        self.client = client
        self.thread_id = get_ident()
        self.is_on_main_thread = self.thread_id == threading.main_thread().ident
        self._names: set[str] = set()
        self._codes: list[CodeType] = []
        self._codes_read = 0
        self._newest: CodeType | None = None
        self._ran: deque[CodeType] | None = None
        self._failed: CodeType | None = None
        self._stored_by: tuple[CodeType | None, dict[str, int | None]] = (None, {})
        self.filename = ""
        self.coroutine: object = None
        """What runs the cell, where it awaits: its functions are on no stack then."""
        self.cancel: Callable[[], object] | None = None
        """Ends the cell while it awaits, where there is no thread that could interrupt it."""
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

    def ran(self, code: CodeType) -> None:
        """Take note of a statement that has run, for `stored_lines`; while nobody watches."""
        if self._ran is None:
            self._ran = deque(maxlen=_MOST_STATEMENTS)
        self._ran.append(code)

    def failed(self) -> None:
        """Note that the last statement has failed: what it was to store may not be stored."""
        if self._ran:
            self._failed = self._ran[-1]

    def stored_lines(self) -> dict[str, int | None]:
        """Return the names that statements have stored, each with its line where that is sure.

        Whether a statement that jumps or fails has come to a store is not known: if an earlier
        statement stored the name too, the line is either's.
        """
        found: dict[str, int | None] = {}
        for code in self._ran or ():
            lines = stored_names(code)
            if lines and (code is self._failed or has_jump(code)):
                lines = {name: None if name in found else line for name, line in lines.items()}
            found |= lines
        return found

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
        """Return whether the code that has run may have stored names that it does not mention."""
        if any(imports_all(code) for code in self._ran or ()):
            return True
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
        """Return where a change was made."""
        place = self._in_cell(line)
        last = self._origin  # of a loop that makes 10,000 variables, all have the same
        if last is None or last.line != place or last.execution_count != self.execution_count:
            from livens.protocol.types import Origin

            last = self._origin = Origin(self.execution_count, self.cell_id, place, self.client)
        return last

    def cell(self, is_running: bool) -> Cell:
        """Return the cell that an update belongs to."""
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
    """Somebody else who changes variables: what is stored so is their doing.

    Parameters
    ----------
    client : str
        What they call themselves.
    store : str
        The store that the change came from; empty if it was a client's.
    """

    execution_count = None
    """Of no cell."""

    def __init__(self, client: str, store: str = "") -> None:
        self._client, self._store = client, store

    def origin(self, line: int | None) -> Origin:
        """Return who made a change."""
        from livens.protocol.types import Origin

        return Origin(client=self._client, store=self._store)
