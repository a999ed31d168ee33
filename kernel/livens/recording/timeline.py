"""Writes the lines of a record while a run goes on, within the limits of its policy.

It knows no file, no notebook and no clock: bytes go to a `Sink`, times come in as arguments. Each
line goes to the sink when it is made, and the sink is told to make it safe (`Sink.sync`) when a
cell has ended: what is killed after that has not taken the cell with it.

What the limits leave out of the middle of a cell is made up for at its end, when the last
description of each variable is written: the state after each cell is always whole, until the
record as a whole is full.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Protocol

import msgspec

from livens.protocol.messages import EventParams
from livens.protocol.requests import Environment
from livens.protocol.types import ChangeSet, Digest, Point, Variable
from livens.recording import record
from livens.recording.masking import Masking
from livens.recording.outcome import Expectation

FIRST_LINE_CHARS = 200
"""Where the first line of a cell is cut."""

MAX_LINES = 20
"""How many lines of a cell are kept for each variable that they changed."""

CELLS_SHARE = 0.8
"""From this part of the limit on, only the cells are written."""

FOOTER_BYTES = 4_000
"""What is left for the footer."""


class Sink(Protocol):
    """Where the lines go."""

    def write(self, data: bytes, /) -> None:
        """Write a line."""

    def sync(self) -> None:
        """Make everything safe that was written."""


class _Cell:
    """The cell that runs, and what is known of it."""

    def __init__(self, number: int, at: float) -> None:
        self.number = number
        self.at = at
        self.changes: dict[str, record.CellChange] = {}
        self.described = 0
        self.dropped = 0
        self.behind: dict[str, Variable] = {}
        self.points: dict[str, int] = {}

    def note(self, variable: Variable) -> None:
        change = self.changes.setdefault(variable.name, record.CellChange(name=variable.name))
        change.count += 1
        change.removed, change.type, change.preview = False, variable.type, variable.preview
        line = variable.changed_by.line if variable.changed_by is not None else None
        if line is not None and line not in change.lines and len(change.lines) < MAX_LINES:
            change.lines.append(line)

    def note_removed(self, name: str, line: int | None) -> None:
        change = record.CellChange(name=name, removed=True)
        if line is not None:
            change.lines.append(line)
        self.changes[name] = change
        self.behind.pop(name, None)


class Timeline:
    """Writes one record.

    Parameters
    ----------
    sink : Sink
        Where the lines go. What it raises is raised from here.
    header : Header
        Is written at once.
    masking : Masking, optional
        Hides secrets in the titles of cells.

    Attributes
    ----------
    number : int
        The cell that runs, or ran last.
    is_full : bool
        Whether only cells are written any more.

    Examples
    --------
    >>> class Lines(list):
    ...     write, sync = list.append, lambda self: None
    >>> lines = Lines()
    >>> header = record.Header(format="livens.record", version=1, protocol=1, livens="0.1.0",
    ...     python="3.13.0", started_at=0.0)
    >>> timeline = Timeline(lines, header)
    >>> timeline.cell_started(0, "x = 1", at=1.0)
    >>> timeline.cell_ended("ok", at=1.5)
    >>> timeline.end("ok", [], at=2.0)
    >>> [msgspec.json.decode(line)["type"] for line in lines]
    ['header', 'cell-started', 'cell-ended', 'final', 'footer']
    """

    def __init__(self, sink: Sink, header: record.Header, masking: Masking | None = None) -> None:
        self.number = 0
        self.is_full = False
        self.cell: _Cell | None = None
        self._sink = sink
        self._masking = masking or Masking()
        self._policy = header.policy
        self._started_at = header.started_at
        self._known: dict[str, Variable] = {}
        self._written = 0
        self._footer = record.Footer(at=0.0, seconds=0.0, status="ok")
        self._write(header, self._policy.max_bytes)
        sink.sync()

    # -- what happens ----------------------------------------------------------------------

    def cell_started(self, index: int, source: str, *, at: float, cell_id: str = "") -> None:
        """Write that the next cell runs."""
        self.number += 1
        self.cell = _Cell(self.number, at)
        self._footer.cells += 1
        started = record.CellStarted(
            number=self.number,
            index=index,
            at=at,
            sha256=hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
            lines=len(source.splitlines()),
            first_line=first_line(self._masking.source(source))[:FIRST_LINE_CHARS],
            cell_id=cell_id,
            source=self._masking.source(source)[: self._policy.max_chars],
        )
        self._write(started, self._policy.max_bytes - FOOTER_BYTES)

    def changed(self, change_set: ChangeSet, *, at: float) -> None:
        """Write what changed, and keep it for the summary of the cell."""
        fresh = [v for v in change_set.changed if self._known.get(v.name) != v]
        removed = [name for name in change_set.removed if self._known.pop(name, None)]
        self._known.update((variable.name, variable) for variable in fresh)
        if self.cell is not None:
            for name in removed:
                origin = change_set.origins.get(name)
                self.cell.note_removed(name, origin.line if origin is not None else None)
        changes = record.Changes(
            at=at,
            number=self.cell.number if self.cell is not None else None,
            changed=self._within_limit(fresh),
            removed=removed,
            unevaluated=change_set.unevaluated,
            origins=change_set.origins,
            points=self._first_points(
                {  # not of names that are never described, such as IPython's own
                    name: points
                    for name, points in change_set.points.items()
                    if name in self._known or name in removed
                }
            ),
        )
        if changes.changed or changes.removed or changes.unevaluated or changes.points:
            self._write_changes(changes)

    def told(self, event: EventParams, *, at: float) -> None:
        """Write an event."""
        told = record.EventTold(
            at=at,
            number=self.cell.number if self.cell is not None else None,
            kind=event.kind,
            name=event.name,
            message=event.message,
            rule=event.rule,
            origin=event.origin,
        )
        self._write(told, self._policy.max_bytes - FOOTER_BYTES)

    def digested(self, digests: list[Digest], number: int | None, *, at: float) -> None:
        """Write what the values of variables can be compared by."""
        shown = digests[: self._policy.max_names]
        if self.is_full or not shown:
            return
        told = record.DigestsTold(at=at, number=number, digests=shown)
        self._write(told, int(self._policy.max_bytes * CELLS_SHARE))

    def environment(self, found: Environment, *, at: float) -> None:
        """Write where the code ran."""
        fields = {name: getattr(found, name) for name in found.__struct_fields__}
        self._write(record.EnvironmentTold(at=at, **fields), self._policy.max_bytes - FOOTER_BYTES)

    def noted(self, text: str, *, at: float) -> None:
        """Write what is wrong with the watch itself."""
        number = self.cell.number if self.cell is not None else None
        told = record.EventTold(at=at, number=number, kind="note", name="", message=text)
        self._write(told, self._policy.max_bytes - FOOTER_BYTES)

    def cell_ended(
        self,
        status: record.EndStatus,
        *,
        at: float,
        execution_count: int | None = None,
        error: record.Error | None = None,
    ) -> None:
        """Write how the cell ended and what it changed, and make it safe."""
        cell = self.cell
        if cell is None:
            return
        self._catch_up(cell, at)
        self.cell = None
        self._footer.failed += status not in ("ok", "stopped")
        changed = list(cell.changes.values())
        if error is not None:
            error = msgspec.structs.replace(
                error,
                evalue=error.evalue[: self._policy.max_chars],
                traceback=error.traceback[-self._policy.max_chars :],
            )
        ended = record.CellEnded(
            number=cell.number,
            at=at,
            seconds=round(at - cell.at, 6),
            status=status,
            execution_count=execution_count,
            error=error,
            changed=[] if self.is_full else changed[: self._policy.max_names],
            more=0 if self.is_full else max(0, len(changed) - self._policy.max_names),
        )
        limit = self._policy.max_bytes - FOOTER_BYTES
        if not self._write(ended, limit):
            ended.changed, ended.more = [], len(changed)
            self._write(ended, limit)
        self._sink.sync()

    def end(
        self,
        status: record.EndStatus,
        variables: Iterable[Variable],
        *,
        at: float,
        reason: str = "",
        expectations: Iterable[Expectation] = (),
        exit_code: int | None = None,
    ) -> None:
        """Write the last lines; a cell that still runs has ended like the run."""
        self.cell_ended(status, at=at)
        for expectation in expectations:
            line = record.Expected(at=at, **expectation._asdict())
            self._write(line, self._policy.max_bytes - FOOTER_BYTES)
        known = list(variables)
        shown = known[: self._policy.max_names]
        if len(shown) < len(known):
            self._cut("names", at, dropped=len(known) - len(shown))
        final = record.Final(at=at, length=len(known), variables=shown)
        if not self._write(final, self._policy.max_bytes - FOOTER_BYTES) and not self.is_full:
            self._cut("record", at)
        footer = self._footer
        footer.at, footer.seconds = at, round(at - self._started_at, 6)
        footer.exit_code = exit_code
        footer.status, footer.reason = status, reason[: FOOTER_BYTES // 8]
        self._write(footer, self._policy.max_bytes)
        self._sink.sync()

    # -- limits ----------------------------------------------------------------------------

    def _within_limit(self, variables: list[Variable]) -> list[Variable]:
        """Return as many of the descriptions as the cell may still have."""
        cell = self.cell
        if cell is None:
            return variables
        for variable in variables:
            cell.note(variable)
        room = max(0, self._policy.max_changes - cell.described)
        kept, late = variables[:room], variables[room:]
        cell.described += len(kept)
        cell.dropped += len(late)
        for variable in kept:
            cell.behind.pop(variable.name, None)
        cell.behind.update((variable.name, variable) for variable in late)
        return kept

    def _first_points(self, points: dict[str, list[Point]]) -> dict[str, list[Point]]:
        """Return as many points of each variable as it may still have in the cell."""
        if self.cell is None:
            return {name: new[: self._policy.max_points] for name, new in points.items()}
        kept = {}
        for name, new in points.items():
            seen = self.cell.points.get(name, 0)
            self.cell.points[name] = seen + len(new)
            first = new[: max(0, self._policy.max_points - seen)]
            if first:
                kept[name] = first
        return kept

    def _catch_up(self, cell: _Cell, at: float) -> None:
        """Write what was left out of a cell, and the last state of its variables."""
        for name, count in cell.points.items():
            if count > self._policy.max_points:
                self._cut("points", at, dropped=count - self._policy.max_points, name=name)
        if cell.dropped:
            self._cut("changes", at, dropped=cell.dropped)
        if cell.behind:
            last = list(cell.behind.values())
            self._write_changes(record.Changes(at=at, number=cell.number, changed=last))

    def _cut(self, what: record.Limit, at: float, *, dropped: int = 0, name: str = "") -> None:
        self._footer.cuts += 1
        number = self.cell.number if self.cell is not None else None
        cut = record.Cut(at=at, what=what, dropped=dropped, number=number, name=name)
        self._write(cut, self._policy.max_bytes - FOOTER_BYTES)

    def _write_changes(self, changes: record.Changes) -> None:
        if self.is_full:
            return
        if not self._write(changes, int(self._policy.max_bytes * CELLS_SHARE)):
            self.is_full = True
            self._cut("record", changes.at)
            return
        self._footer.changes += len(changes.changed) + len(changes.removed)
        self._footer.points += sum(map(len, changes.points.values()))

    def _write(self, record_line: record.RecordLine, limit: int) -> bool:
        """Write a line unless the record gets larger than *limit*; returns whether it did."""
        data = record.encode(record_line)
        if self._written + len(data) > limit:
            return False
        self._written += len(data)
        self._sink.write(data)
        return True


def first_line(source: str) -> str:
    """Return the title of a cell: its first line of code, or its first comment if it has none.

    Examples
    --------
    >>> first_line("# load\\nx = load()")
    'x = load()'
    """
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")
