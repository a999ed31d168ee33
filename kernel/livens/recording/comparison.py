"""What differs between two recorded runs.

Two runs of one notebook are compared in two ways. At the end: the variables that are in one only,
or differ. Along the way: where the runs diverge first, by cell and line. For that the last state
of each variable after each cell is compared, cells in the order in which they ran, because how
often a loop was looked at differs from run to run.

`livens.recording.value_comparison` says whether two values are the same. Of what it does not know,
`Comparison.unknown` has the name and the reason.
"""

from __future__ import annotations

import math
from itertools import zip_longest

import msgspec

from livens.protocol.types import Digest, Variable
from livens.recording.frames import RecordedChange
from livens.recording.reading import Record
from livens.recording.record import Changes
from livens.recording.value_comparison import Held, Tolerance, compare_values


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One variable that is not the same in both runs.

    Attributes
    ----------
    name : str
        The variable.
    a, b : str
        What it was in either run; empty where it was not there.
    columns : list of str
        Which of its columns differ, and how.
    number : int, optional
        The cell, of a difference along the way.
    line : int, optional
        The line that changed it, if it was seen in either run.
    code : str
        That line.
    """

    name: str
    a: str
    b: str
    columns: list[str] = []
    number: int | None = None
    line: int | None = None
    code: str = ""


class Unknown(msgspec.Struct, frozen=True):
    """A variable of which it is not known whether it is the same in both runs.

    Attributes
    ----------
    name : str
        The variable.
    reason : str
        Why not.
    """

    name: str
    reason: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two runs.

    Attributes
    ----------
    cells : list of str
        Cells that are in one run only, have another source or ended in another way; sentences.
    first : Difference, optional
        Where the variables diverge first.
    final : list of Difference
        The variables that differ at the end.
    unknown : list of Unknown
        The variables at the end that could not be compared, or not wholly.
    compared : int
        How many variables at the end were compared.
    """

    cells: list[str]
    first: Difference | None
    final: list[Difference]
    unknown: list[Unknown] = []
    compared: int = 0

    @property
    def differs(self) -> bool:
        """Whether anything is known to differ."""
        return bool(self.cells or self.first or self.final)

    @property
    def is_same(self) -> bool:
        """Whether everything was compared, and nothing differs."""
        return not (self.differs or self.unknown)


def compare(a: Record, b: Record, tolerance: Tolerance | None = None) -> Comparison:
    """Return what differs between two runs."""
    tolerance = tolerance or Tolerance()
    runs = _States(a), _States(b)
    first = _first(*runs, tolerance)
    final, unknown, compared = _final(*runs, tolerance)
    return Comparison(
        cells=_cells(a, b), first=first, final=final, unknown=unknown, compared=compared
    )


def _cells(a: Record, b: Record) -> list[str]:
    found = []
    for number, (x, y) in enumerate(zip_longest(a.cells, b.cells), 1):
        if x is None or y is None:
            where = "B" if x is None else "A"
            many = abs(len(a.cells) - len(b.cells))
            what = "1 cell" if many == 1 else f"{many} cells"
            found.append(f"{what} ran only in {where}, from cell {number} on")
            break
        if x.started.sha256 != y.started.sha256:
            found.append(f"Cell {number} has another source")
        if x.status != y.status:
            found.append(f"Cell {number} ended as {x.status} in A, as {y.status} in B")
    return found


class _States:
    """What the variables of one run were, cell after cell."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.changes: dict[str, RecordedChange] = {}
        self._digests: dict[str, Digest] = {}
        self._by_cell: dict[int, dict[str, RecordedChange]] = {}
        self._doubts: dict[int | None, set[str]] = {}
        for told in record.lines:
            if isinstance(told, Changes):
                names = {unevaluated.name for unevaluated in told.unevaluated}
                if told.number is None:  # between two cells
                    names.update(variable.name for variable in told.changed)
                self._doubts.setdefault(told.number, set()).update(names)
        for change in record.changes:
            if change.number is not None:
                self._by_cell.setdefault(change.number, {})[change.name] = change

    def go_to(self, number: int) -> set[str]:
        """Take in what a cell changed; returns the names."""
        changed = self._by_cell.get(number, {})
        self.changes |= changed
        for name in {*changed, *self._doubts.get(number, ())}:
            self._digests.pop(name, None)
        read = self.record.digests.get(number, {})
        self._digests |= read
        return {*changed, *read}

    def held(self, name: str) -> Held:
        """Return what is known of a variable after the last cell that was taken in."""
        change = self.changes.get(name)
        variable = change.variable if change is not None else None
        return Held(variable, self._digests.get(name))

    def finally_held(self, name: str) -> Held:
        """Return what is known of a variable at the end; after the last cell."""
        read = self.record.digests.get(None, {}).get(name)
        if read is None and name not in self._doubts.get(None, ()):
            read = self._digests.get(name)
        return Held(self.record.final.get(name), read)


def _first(a: _States, b: _States, tolerance: Tolerance) -> Difference | None:
    """Return the first difference: of the first cell after which one is, the first line."""
    first: Difference | None = None
    for number in range(1, max(len(a.record.cells), len(b.record.cells)) + 1):
        touched = a.go_to(number) | b.go_to(number)
        is_in_both = number <= min(len(a.record.cells), len(b.record.cells))
        if first is not None or not is_in_both:
            continue
        found = [_difference(a, b, name, number, tolerance) for name in sorted(touched)]
        first = min(
            (difference for difference in found if difference is not None),
            key=lambda difference: difference.line or math.inf,
            default=None,
        )
    return first


def _difference(
    a: _States, b: _States, name: str, number: int, tolerance: Tolerance
) -> Difference | None:
    x, y = a.held(name), b.held(name)
    verdict = compare_values(x, y, tolerance)
    if not verdict.differs:
        return None
    changes = [run.changes[name] for run in (a, b) if name in run.changes]
    line = next((change.line for change in changes if change.line), None)
    return Difference(
        name=name,
        a=describe(x.variable),
        b=describe(y.variable),
        columns=verdict.columns,
        number=number,
        line=line,
        code=_code(a.record, number, line) or _code(b.record, number, line),
    )


def _code(record: Record, number: int, line: int | None) -> str:
    """Return a line of a cell, if the record has the source."""
    if line is None:
        return ""
    lines = record.cells[number - 1].started.source.splitlines()
    return lines[line - 1].strip() if line <= len(lines) else ""


def _final(
    a: _States, b: _States, tolerance: Tolerance
) -> tuple[list[Difference], list[Unknown], int]:
    found, unknown = [], []
    names = sorted(a.record.final.keys() | b.record.final.keys())
    for name in names:
        x, y = a.finally_held(name), b.finally_held(name)
        verdict = compare_values(x, y, tolerance)
        if verdict.differs:
            found.append(
                Difference(
                    name=name,
                    a=describe(x.variable),
                    b=describe(y.variable),
                    columns=verdict.columns,
                )
            )
        elif verdict.reason:
            unknown.append(Unknown(name, verdict.reason))
    return found, unknown, len(names) - len(unknown)


def describe(variable: Variable | None) -> str:
    """Return the text of a value, with its type where the text does not show it.

    Examples
    --------
    >>> describe(Variable("a", [], "array", "ndarray", preview="[1, 2]", shape=[2]))
    'ndarray (2,) [1, 2]'
    """
    if variable is None:
        return ""
    if variable.shape is not None:
        return f"{variable.type} {tuple(variable.shape)} {variable.preview}"
    if variable.kind in ("number", "text", "bool", "none"):
        return variable.preview
    return f"{variable.type} {variable.preview}"
