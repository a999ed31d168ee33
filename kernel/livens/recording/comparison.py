"""What differs between two recorded runs.

Two runs of one notebook are compared in two ways. At the end: the variables that are in one only,
or differ. Along the way: where the runs diverge first, by cell and line. For that the last state
of each variable after each cell is compared, cells in the order in which they ran, because how
often a loop was looked at differs from run to run.

Numbers may differ within a tolerance, also where they stand in a preview. What differs in every
run is left out: object addresses in previews.
"""

from __future__ import annotations

import math
import re
from itertools import zip_longest

import msgspec

from livens.protocol.types import Variable
from livens.recording.reading import Record, RecordedChange

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


class Tolerance(msgspec.Struct, frozen=True):
    """How far numbers may be apart, as in `math.isclose`.

    Attributes
    ----------
    rel : float
        Relative to the larger one.
    abs : float
        In any case.
    """

    rel: float = 0.0
    abs: float = 0.0

    def allows(self, a: float, b: float) -> bool:
        """Return whether two numbers count as the same; not-a-number is the same as itself."""
        both_nan = math.isnan(a) and math.isnan(b)
        return both_nan or math.isclose(a, b, rel_tol=self.rel, abs_tol=self.abs)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One variable that is not the same in both runs.

    Attributes
    ----------
    name : str
        The variable.
    a, b : str
        What it was in either run; empty where it was not there.
    number : int, optional
        The cell, of a difference along the way.
    line : int, optional
        The line that changed it, if it was seen in either run.
    """

    name: str
    a: str
    b: str
    number: int | None = None
    line: int | None = None


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
    """

    cells: list[str]
    first: Difference | None
    final: list[Difference]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.cells or self.first or self.final)


def compare(a: Record, b: Record, tolerance: Tolerance | None = None) -> Comparison:
    """Return what differs between two runs."""
    tolerance = tolerance or Tolerance()
    return Comparison(
        cells=_cells(a, b), first=_first(a, b, tolerance), final=_final(a, b, tolerance)
    )


def is_same(a: Variable | None, b: Variable | None, tolerance: Tolerance) -> bool:
    """Return whether two descriptions show the same value.

    Examples
    --------
    >>> x, y = (Variable("x", [], "array", "ndarray", preview=f"[1, {n}]") for n in (2.0, 2.001))
    >>> is_same(x, y, Tolerance(rel=0.01)), is_same(x, y, Tolerance())
    (True, False)
    """
    if a is None or b is None:
        return a is b
    sizes = ("kind", "type", "length", "shape", "dtype")
    if any(getattr(a, size) != getattr(b, size) for size in sizes):
        return False
    return same_text(a.preview, b.preview, tolerance)


def same_text(a: str, b: str, tolerance: Tolerance) -> bool:
    """Return whether two texts are the same but for numbers within the tolerance.

    Examples
    --------
    >>> same_text("<A at 0x7f0001>", "<A at 0x7f0002>", Tolerance())
    True
    """
    a, b = _ADDRESS.sub("0x", a), _ADDRESS.sub("0x", b)
    if a == b:
        return True
    if _NUMBER.split(a) != _NUMBER.split(b):
        return False
    pairs = zip(_NUMBER.findall(a), _NUMBER.findall(b), strict=True)
    return all(x == y or tolerance.allows(float(x), float(y)) for x, y in pairs)


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


def _first(a: Record, b: Record, tolerance: Tolerance) -> Difference | None:
    """Return the first difference: of the first cell after which one is, the first line."""
    ours, theirs = _by_cell(a), _by_cell(b)
    state_a: dict[str, RecordedChange] = {}
    state_b: dict[str, RecordedChange] = {}
    for number in range(1, min(len(a.cells), len(b.cells)) + 1):
        touched = ours.get(number, {}) | theirs.get(number, {})
        state_a |= ours.get(number, {})
        state_b |= theirs.get(number, {})
        found = []
        for name in touched:
            x, y = state_a.get(name), state_b.get(name)
            if not is_same(_variable(x), _variable(y), tolerance):
                lines = [change.line for change in (x, y) if change and change.line]
                line = lines[0] if lines else None
                found.append(
                    Difference(name=name, a=_text(x), b=_text(y), number=number, line=line)
                )
        if found:
            return min(found, key=lambda difference: difference.line or math.inf)
    return None


def _by_cell(record: Record) -> dict[int, dict[str, RecordedChange]]:
    """Return the last change of each variable in each cell."""
    found: dict[int, dict[str, RecordedChange]] = {}
    for change in record.changes:
        if change.number is not None:
            found.setdefault(change.number, {})[change.name] = change
    return found


def _variable(change: RecordedChange | None) -> Variable | None:
    return change.variable if change is not None else None


def _text(change: RecordedChange | None) -> str:
    return describe(_variable(change))


def _final(a: Record, b: Record, tolerance: Tolerance) -> list[Difference]:
    return [
        Difference(name=name, a=describe(x), b=describe(y), line=None)
        for name in sorted(a.final.keys() | b.final.keys())
        if not is_same(x := a.final.get(name), y := b.final.get(name), tolerance)
    ]


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
