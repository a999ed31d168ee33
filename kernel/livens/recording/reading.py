"""Reading a record: `read_record` returns what is in one, whole or as far as it goes.

A run that was killed leaves a record without an end, maybe with half a line. That is read up to
there, and `Record.problems` says what is missing. What is no record, two in one file, or one of a
newer version is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from livens.exceptions import RecordUnreadable
from livens.protocol.previews import number_of
from livens.protocol.types import Digest, Origin, Point, Variable
from livens.recording import frames, record
from livens.recording.file import is_being_written, read_lines
from livens.recording.frames import FrameOf, RecordedCell, RecordedChange, without_end


class Record:
    """What is in a record.

    Attributes
    ----------
    path : Path
        The file.
    header : Header
        What wrote it, and of which notebook.
    cells : list of RecordedCell
        The cells that were executed, in order.
    changes : list of RecordedChange
        All changes, in order.
    events : list of EventTold
        Rules that fired, variables that were set aside.
    cuts : list of Cut
        What the limits left out.
    expectations : list of Expected
        What was expected at the end, and whether it was so.
    digests : dict
        What values can be compared by: for each cell by its number, and for the end of the run
        (None), a dict of the variables' names to `livens.protocol.types.Digest`.
    environment : EnvironmentTold, optional
        Where the code ran; absent if the kernel did not say, or died.
    final : dict of str to Variable
        The variables at the end, or as of the last change if the end is missing.
    footer : Footer, optional
        How the run ended; absent if it goes on, or was killed.
    is_running : bool, optional
        Whether the record was being written when it was read; None where that cannot be known.
    problems : list of str
        What is wrong with the file, in sentences; empty if all is well.
    lines : list
        All of it as it was written, but for the header, of the types in `livens.recording.record`.
    """

    def __init__(self, path: Path, header: record.Header) -> None:
        self.path = path
        self.header = header
        self.cells: list[RecordedCell] = []
        self.changes: list[RecordedChange] = []
        self.events: list[record.EventTold] = []
        self.cuts: list[record.Cut] = []
        self.expectations: list[record.Expected] = []
        self.digests: dict[int | None, dict[str, Digest]] = {}
        self.environment: record.EnvironmentTold | None = None
        self.final: dict[str, Variable] = {}
        self.footer: record.Footer | None = None
        self.is_running: bool | None = False
        self.problems: list[str] = []
        self.lines: list[record.RecordLine] = []
        self._points: dict[str, list[Point]] = {}
        self._described: dict[str, list[Point]] = {}
        self._numbers: dict[int, int] = {}

    def __repr__(self) -> str:
        return f"<Record of {self.header.notebook!r}: {len(self.cells)} cells, {self.status}>"

    @property
    def status(self) -> str:
        """How the run ended; if that is not recorded ``running``, ``cut off`` or ``no end``."""
        return self.footer.status if self.footer is not None else without_end(self.is_running)

    @property
    def names(self) -> list[str]:
        """The variables that were ever seen, in order of name."""
        return sorted({change.name for change in self.changes} | self.final.keys())

    def points(self, name: str) -> list[Point]:
        """Return what a variable held over time.

        The points that the kernel kept, if it did; else the numbers that are in its descriptions.
        """
        return list(self._points.get(name, self._described.get(name, ())))

    # -- frames ----------------------------------------------------------------------------

    def to_pandas(self, what: FrameOf = "changes") -> Any:
        """Return a DataFrame of pandas: a row for each change, point or cell."""
        return frames.to_pandas(self._rows(what), what)

    def to_polars(self, what: FrameOf = "changes") -> Any:
        """Return a DataFrame of polars: a row for each change, point or cell."""
        return frames.to_polars(self._rows(what), what)

    def _rows(self, what: FrameOf) -> Iterable[tuple[Any, ...]]:
        if what == "changes":
            return map(frames.change_row, self.changes)
        if what == "cells":
            return map(frames.cell_row, self.cells)
        points = {name: self.points(name) for name in self.names}
        return frames.point_rows(points)

    # -- lines -----------------------------------------------------------------------------

    def add(self, record_line: record.RecordLine) -> None:
        """Add the next line."""
        self.lines.append(record_line)
        match record_line:
            case record.CellStarted():
                self.cells.append(RecordedCell(started=record_line))
            case record.Changes():
                self._add_changes(record_line)
            case record.CellEnded():
                self._end_cell(record_line)
            case record.EventTold():
                self.events.append(record_line)
            case record.DigestsTold():
                known = self.digests.setdefault(record_line.number, {})
                known.update((digest.name, digest) for digest in record_line.digests)
            case record.EnvironmentTold():
                self.environment = record_line
            case record.Cut():
                self.cuts.append(record_line)
            case record.Expected():
                self.expectations.append(record_line)
            case record.Final() if record_line.length == len(record_line.variables):
                self.final = {variable.name: variable for variable in record_line.variables}
            case record.Footer():
                self.footer = record_line

    def _end_cell(self, ended: record.CellEnded) -> None:
        for cell in reversed(self.cells):
            if cell.started.number == ended.number:
                cell.ended = ended
                break
        if ended.execution_count is not None:
            self._numbers[ended.execution_count] = ended.number

    def _add_changes(self, changes: record.Changes) -> None:
        for variable in changes.changed:
            self.final[variable.name] = variable
            number, line = self._place(variable.changed_by, changes.number)
            at = variable.changed_at or changes.at
            value = number_of(variable)
            if value is not None:
                origin = variable.changed_by
                cell = origin.execution_count if origin is not None else None
                self._described.setdefault(variable.name, []).append(Point(at, value, cell))
            self.changes.append(
                RecordedChange(
                    at=at,
                    name=variable.name,
                    number=number,
                    line=line,
                    variable=variable,
                )
            )
        for name in changes.removed:
            self.final.pop(name, None)
            number, line = self._place(changes.origins.get(name), changes.number)
            self.changes.append(RecordedChange(at=changes.at, name=name, number=number, line=line))
        for name, points in changes.points.items():
            self._points.setdefault(name, []).extend(points)

    def _place(self, origin: Origin | None, number: int | None) -> tuple[int | None, int | None]:
        """Return which cell and line an origin means, by our count of cells."""
        if origin is None:
            return number, None
        return self._numbers.get(origin.execution_count or 0, number), origin.line


_decoder: msgspec.json.Decoder[record.RecordLine] = msgspec.json.Decoder(record.RecordLine)


class _Unknown(msgspec.Struct):
    """A line of a later livens, of the same version of the format."""

    type: str


def read_record(path: str | os.PathLike[str]) -> Record:
    """Read a record, compressed or not.

    Parameters
    ----------
    path : path
        A file that was written by ``jupyter livens run --record``, by papermill's engine
        ``livens``, or by `livens.recorder.RecordingNotebookClient`.

    Returns
    -------
    Record
        What is in it. Of a run that was killed, everything up to there.

    Raises
    ------
    RecordUnreadable
        If it is none, more than one, or of a newer version.

    Examples
    --------
    ::

        record = livens.read_record("run.livens.jsonl")
        record.final["loss"].preview
        [point.value for point in record.points("loss")]
        record.to_pandas()
    """
    file = Path(path)
    found: Record | None = None
    for number, line in enumerate(read_lines(file), 1):
        if found is None:
            found = Record(file, header_of(line, file))
            continue
        parsed = _parse(line, number, found)
        if isinstance(parsed, record.Header):
            raise RecordUnreadable(
                f"Line {number} of {file} begins another record; expected one record in a file. "
                f"Split it there, or write each run to a file of its own."
            )
        if parsed is not None:
            found.add(parsed)
    if found is None:
        raise RecordUnreadable(f"{file} is empty; expected a record, which begins with a header")
    if found.footer is None:
        found.is_running = is_being_written(file)
        found.problems.append(_WITHOUT_END[found.is_running])
        if found.cells:
            found.cells[-1].is_running = bool(found.is_running)
    return found


_WITHOUT_END = {
    True: "The run goes on: the record is as of now.",
    False: "The record has no end: the run was killed, or its disk was full.",
    None: "The record has no end: the run goes on, was killed, or its disk was full.",
}
"""What is said of a record without an end, by whether it is being written; None: not known."""


def header_of(line: bytes, file: Path) -> record.Header:
    """Return the header, if we can read the other lines.

    Raises
    ------
    RecordUnreadable
        If it is none, or of a newer version.
    """

    class Format(msgspec.Struct):
        format: str
        version: int
        livens: str = ""

    try:
        head = msgspec.json.decode(line, type=Format)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        head = Format("", 0)
    if head.format != record.FORMAT:
        raise RecordUnreadable(
            f"{file} is no record of livens; expected a first line with "
            f'"format":"{record.FORMAT}", as `jupyter livens run --record` writes it'
        )
    if head.version > record.VERSION:
        raise RecordUnreadable(
            f"{file} is a record of version {head.version}, written by livens "
            f"{head.livens or 'of a later version'}; this livens reads up to version "
            f"{record.VERSION}. Update livens here: python -m pip install --upgrade livens"
        )
    try:
        return msgspec.json.decode(line, type=record.Header)
    except msgspec.DecodeError as err:
        raise RecordUnreadable(f"The header of {file} does not fit: {err}") from None


def _parse(line: bytes, number: int, found: Record) -> record.RecordLine | None:
    """Return a line; note one that cannot be read, and pass over it."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as err:
        problem = str(err)
    if not line.endswith(b"\n"):
        found.problems.append(f"Line {number}, the last, is cut off.")
        return None
    try:
        kind = msgspec.json.decode(line, type=_Unknown).type
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        kind = ""
    if not kind or kind in {str(cls.__struct_config__.tag) for cls in record.LINES}:
        found.problems.append(f"Line {number} cannot be read: {problem}.")
    return None
