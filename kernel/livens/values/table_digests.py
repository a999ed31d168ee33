"""Tables in a digest: frames, series and indexes of pandas and polars, tables of pyarrow.

Each column has a hash of its own: of its dtype, its values, and which of them are missing. The hash
of the table is of those, of the labels of the columns, and of the index of pandas with its names.
pandas' ``attrs`` and flags do not count, and neither does how the memory is divided (blocks,
chunks). Of more than `MAX_ELEMENTS` numbers, or `MAX_ITEMS` other values, evenly spaced rows are
read.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Callable
from typing import Any

from livens.protocol.types import ColumnDigest
from livens.values.array_digests import MAX_ELEMENTS, add_elements, step_for
from livens.values.canonical import MAX_ITEMS, Canonical
from livens.values.passive import class_name, qualified_name
from livens.values.tables.axes import fields, unread_labels
from livens.values.tables.cell_values import Unread, cell, cut, is_missing
from livens.values.tables.columns import ColumnValues, is_array, listed, loaded_numpy
from livens.values.tables.comparing import NotComparable, comparable
from livens.values.tables.pace import Pace
from livens.values.tables.sources import Source

MAX_COLUMNS = 1_000
"""So many columns are read; the first ones."""

TOLD_COLUMNS = 50
"""So many columns come with their figures."""

_TYPECODES = {
    "int8": "b", "int16": "h", "int32": "i", "int64": "q", "uint8": "B", "uint16": "H",
    "uint32": "I", "uint64": "Q", "float32": "f", "float64": "d", "float": "f", "double": "d",
}  # fmt: skip
"""Of the numbers of polars and pyarrow, what their bytes are in numpy."""


class TableReader:
    """Adds a table to a hash, and keeps what is told of its columns.

    Parameters
    ----------
    table : object
        The value.
    source : Source
        What reads it.
    hides : callable
        Told the labels of the columns; where it says yes, the column is left out.

    Attributes
    ----------
    columns : list of ColumnDigest
        Of the first columns.
    step : int
        How far apart the rows are that were read.
    """

    def __init__(self, table: Any, source: Source, hides: Callable[[str], bool]) -> None:
        self.columns: list[ColumnDigest] = []
        self.step = 1
        self._table = table
        self._source = source
        self._hides = hides

    def add_to(self, canonical: Canonical) -> None:
        """Read the table."""
        total, there = self._source.shape
        count = min(there, MAX_COLUMNS)
        canonical.write(b"%s %d %d;" % (class_name(type(self._table)).encode(), total, there))
        if there > count:
            canonical.leave_out(f"columns after the first {MAX_COLUMNS:,} are not read")
        index = self._index()
        has_labels = index is not None and "_range" not in fields(index)
        self.step = self._step(total, count, has_labels=has_labels)
        if index is not None:
            self._add_index(canonical, index)
        for column in range(count):
            canonical.check()
            self._add_column(canonical, column)

    def _step(self, total: int, count: int, *, has_labels: bool) -> int:
        """Return how far apart the rows have to be that are read."""
        first = range(min(total, 1))
        pieces = [self._source.piece(column, first) for column in range(count)]
        if has_labels:
            pieces.append(self._source.index(first))
        fast = sum(is_array(piece.values) for piece in pieces)
        slow = len(pieces) - fast
        return max(step_for(total * fast, MAX_ELEMENTS), step_for(total * slow, MAX_ITEMS))

    # -- the index of pandas ---------------------------------------------------------------

    def _index(self) -> Any:
        """Return the index of a frame or series of pandas, unless it is a range of numbers."""
        if not qualified_name(type(self._table)).startswith("pandas."):
            return None
        return getattr(self._table, "index", None)

    def _add_index(self, canonical: Canonical, index: Any) -> None:
        canonical.write(class_name(type(index)).encode())
        canonical.add_all(self._source.index_names())
        numbers = fields(index).get("_range")
        if type(numbers) is range:
            canonical.add(numbers)
            return
        gap = unread_labels(index)
        if gap:
            canonical.leave_out(gap)
            return
        add_values(canonical, self._source.index(range(0, self._source.shape[0], self.step)))

    # -- columns ---------------------------------------------------------------------------

    def _add_column(self, canonical: Canonical, column: int) -> None:
        source = self._source
        label = source.label(column)
        shown = cut(label) if type(label) is str else str(cell(label, _no_preview))
        canonical.add(label)
        if self._hides(shown):
            canonical.leave_out("a redacted column is not read")
            return
        piece = source.piece(column, range(0, source.shape[0], self.step))
        dtype = source.dtype(column)
        own = Canonical(canonical.check, max_items=MAX_ITEMS * 2)
        own.write(dtype.encode("utf-8", "replace") + b";")
        add_values(own, piece, dtype)
        canonical.write(own.hexdigest().encode())
        for reason in own.gaps:
            canonical.leave_out(reason)
        if len(self.columns) < TOLD_COLUMNS:
            told = figures(shown, dtype, piece, canonical.check)
            told.hash = own.hexdigest()[:16]
            self.columns.append(told)


def add_values(canonical: Canonical, piece: ColumnValues, dtype: str = "") -> None:
    """Add some values of a column; what is below a missing value does not count."""
    values, nulls = piece.values, piece.nulls
    if nulls is not None and not any_of(nulls):
        nulls = None
    if piece.labels is not None:
        canonical.add(piece.labels)
    canonical.write(str(piece.zone).encode() if piece.zone is not None else b"-")
    if is_array(values):
        if nulls is not None:
            values = values.copy()
            values[nulls] = 0
        canonical.write(values.dtype.str.encode())
        add_elements(canonical, values)
    else:
        if nulls is not None:
            pairs = zip(values, listed(nulls), strict=True)
            values = [None if is_null else value for value, is_null in pairs]
        nulls = _add_listed(canonical, values, dtype.lower())
    if nulls is not None:
        canonical.write(bytes(listed(nulls)))


def _add_listed(canonical: Canonical, values: list[Any], dtype: str) -> list[bool] | None:
    """Add values that are objects; returns which are missing, where that is not in the hash."""
    code = _TYPECODES.get(dtype)
    if code is not None and loaded_numpy() is None:  # as they are added with numpy
        nulls = [value is None for value in values]
        numbers = [0 if value is None else value for value in values]
        packed = array.array(code, numbers)
        kind = "f" if code in "fd" else "i" if code.islower() else "u"
        size = packed.itemsize
        canonical.write((f"<{kind}{size}" if size > 1 else f"|{kind}1").encode())
        if sys.byteorder == "big":
            packed.byteswap()
        canonical.write(packed.tobytes())
        return nulls if any(nulls) else None
    if any(type(value) is Unread for value in values[:1]):
        canonical.leave_out(f"an array of class '{values[0].name}' is not read")
        return None
    classes = set(map(id, map(type, values)))
    if classes == {id(str), id(type(None))}:
        nulls = [value is None for value in values]
        canonical.add_list(["" if value is None else value for value in values])
        return nulls
    canonical.add_list(values)
    return None


def any_of(nulls: Any) -> bool:
    """Return whether any of the values is missing."""
    return bool(nulls.any()) if is_array(nulls) else any(nulls)


def figures(label: str, dtype: str, piece: ColumnValues, check: Callable[[], None]) -> ColumnDigest:
    """Return what is told of a column: its missing values, its ends, its mean."""
    told = ColumnDigest(label, dtype)
    check()  # a piece is small enough to be read in one go
    try:
        found = comparable(piece, Pace()).figures(0, _no_preview)
    except NotComparable:
        nulls = sum(map(is_missing, piece.values)) if type(piece.values) is list else 0
        told.nulls = nulls if type(piece.values) is list else None
        return told
    told.nulls, told.min, told.max, told.mean = found[:4]
    return told


def _no_preview(value: object) -> str:
    return f"<{class_name(type(value))}>"
