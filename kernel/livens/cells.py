"""Cells while they run: who they are, where they are, and what their code mentions."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from types import CodeType
from typing import Any

from livens.events import Cell, Origin
from livens.mentions import add_names, functions_among, reachable_names, touched_names

_BY_ANY_NAME = frozenset({"globals", "vars", "locals", "exec", "eval", "setattr", "__dict__"})
"""Code that uses one of these may store what it does not name."""


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
        self.thread_id = threading.get_ident()
        self.names: set[str] = set()
        self._codes: list[CodeType] = []
        self.lines: dict[str, int | None] = {}
        self.filename = ""
        self.coroutine: object = None
        """What runs the cell, where it awaits: its functions are on no stack then."""
        self._origin: Origin | None = None
        self._mentioned: frozenset[str] = frozenset()
        self._names_seen = 0
        self.ran_unread_code = False

    def starts(self, code: CodeType) -> None:
        """Take note of the statement that runs next."""
        self.filename = code.co_filename
        add_names(code, self.names)
        self._codes.append(code)

    def mentioned(self, namespace: Mapping[str, Any], *, anew: bool = False) -> frozenset[str]:
        """Return the names that the cell's code may touch, as far as it has run.

        They are followed through functions when there are new names, or when asked to.
        """
        if anew or len(self.names) != self._names_seen:
            self._names_seen = len(self.names)
            self._mentioned = reachable_names(list(self.names), namespace)
        return self._mentioned

    def may_store_any(self, namespace: Mapping[str, Any]) -> bool:
        """Tell whether the code that has run may have stored names that it does not mention."""
        return self.ran_unread_code or not _BY_ANY_NAME.isdisjoint(self.mentioned(namespace))

    def touched(self, namespace: Mapping[str, Any]) -> frozenset[str]:
        """Return those of the mentioned names whose values the code may have changed in place."""
        codes = [*self._codes, *functions_among(self.mentioned(namespace), namespace)]
        return frozenset(name for code in codes for name in touched_names(code))

    def origin(self, line: int | None) -> Origin:
        """Say where a change was made."""
        place = self._in_cell(line)
        last = self._origin  # of a loop that makes 10,000 variables, all have the same
        if last is None or last.line != place or last.execution_count != self.execution_count:
            last = self._origin = Origin(self.execution_count, self.cell_id, place)
        return last

    def cell(self, is_running: bool) -> Cell:
        """Say which cell an update belongs to."""
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
        return Origin(client=self._client)
