"""numpy: arrays of one and of two dimensions, and structured ones, of the exact class.

Of an array of more dimensions a table is a slice: two axes run along it, all others are cut.

A column is a view on the array; only the rows that are asked for are copied. A memory map is of
a class of its own and thereby no table: reading it could read a disk, or a file that is cut off.
"""

from __future__ import annotations

from typing import Any

from livens.exceptions import InvalidParams, NotAllowed
from livens.protocol.table_requests import Slice
from livens.values.tables.columns import ColumnKind, ColumnValues, is_array, kind_of
from livens.values.tables.sources import Maker, RowPositions, Source, as_slice


class ArraySource:
    """An array; columns are those of a matrix, the fields of records, or the one there is."""

    def __init__(self, array: Any) -> None:
        fields = array.dtype.names
        if array.ndim not in (1, 2) or (fields and array.ndim != 1):
            raise NotAllowed(
                f"An array of {array.ndim} dimensions is no table",
                expected="one or two dimensions, or one of records",
                remedy="Ask for a 'slice' of it.",
            )
        self._array = array
        self._fields = fields
        columns = len(fields) if fields else array.shape[1] if array.ndim == 2 else 1
        self.shape: tuple[int, int] = (array.shape[0], columns)

    def label(self, column: int) -> object:
        """Return the name of a field, else the position."""
        return self._fields[column] if self._fields else column

    def dtype(self, column: int) -> str:
        """Return the dtype."""
        dtype = self._column(column).dtype
        # Without what stands for a missing text, which may be any object.
        return "StringDType" if dtype.kind == "T" else str(dtype)

    def kind(self, column: int) -> ColumnKind:
        """Return the dtype in a word; of objects, what the first ones are."""
        return kind_of(plain(self._column(column)[:1_000]).values)

    def piece(self, column: int, rows: RowPositions) -> ColumnValues:
        """Return a view or a copy of some items."""
        return plain(taken(self._column(column), rows))

    def index(self, rows: RowPositions) -> ColumnValues:
        """Return the positions of the rows."""
        return ColumnValues(list(map(int, rows)))

    def index_names(self) -> list[object]:
        """Return nothing: arrays have no labels."""
        return []

    @property
    def all_values(self) -> Any:
        """The array, whose values are all of one column; None of an array of records."""
        return None if self._fields else self._array

    def some_of_all(self, every: int) -> ColumnValues:
        """Return each so many-th of all values; they are copied if they do not lie in a row."""
        return plain(in_a_row(self._array, every))

    def _column(self, column: int) -> Any:
        if self._fields:
            return self._array[self._fields[column]]
        return self._array[:, column] if self._array.ndim == 2 else self._array


class WholeArray(ArraySource):
    """All values of an array of any dimensions, which are no table."""

    def __init__(self, array: Any) -> None:
        self._array, self._fields = array, array.dtype.names
        self.shape = (array.size, 1)

    def kind(self, column: int) -> ColumnKind:
        """Return the dtype in a word; of objects, what the first ones are."""
        return kind_of(plain(self._array.flat[:1_000]).values)


def sliced(value: Any, part: Slice) -> ArraySource:
    """Open a part of an array.

    Raises
    ------
    NotAllowed
        If it is no array of numpy of more than two dimensions.
    InvalidParams
        If there is no such part.
    """
    if not is_array(value) or value.ndim < 3 or value.dtype.names:
        raise NotAllowed(
            "This has no slices",
            expected="an array of numpy, of that exact class, with more than two dimensions",
        )
    axes = range(value.ndim)
    if part.rows == part.columns or part.rows not in axes or part.columns not in axes:
        raise InvalidParams(
            f"Rows and columns cannot run along the axes {part.rows} and {part.columns}",
            expected=f"two different axes, of 0 to {value.ndim - 1}",
        )
    if len(part.at) != value.ndim:
        raise InvalidParams(
            f"The slice has {len(part.at)} positions", expected=f"{value.ndim}, one for each axis"
        )
    cut: list[Any] = []
    for axis, (position, length) in enumerate(zip(part.at, value.shape, strict=True)):
        if axis in (part.rows, part.columns):
            cut.append(slice(None))
        elif position < length:
            cut.append(position)
        else:
            raise InvalidParams(
                f"Axis {axis} has no position {position}",
                expected=f"0 to {length - 1}" if length else "an axis that is not empty",
            )
    found = value[tuple(cut)]
    return ArraySource(found.T if part.rows > part.columns else found)


def in_a_row(array: Any, every: int) -> Any:
    """Return each so many-th value in one dimension: a view where they lie without gaps."""
    if array.flags.f_contiguous:
        array = array.T
    return array.reshape(-1)[::every] if array.flags.c_contiguous else array.flat[::every]


def taken(array: Any, rows: RowPositions) -> Any:
    """Return some items of an array, or of something that is indexed in the same way."""
    if type(rows) is range:
        return array[as_slice(rows)]
    if not len(rows):
        return array[:0]  # pyarrow takes an empty list for one of floats
    # numpy's own `take` would copy the whole of an array whose items do not lie side by side.
    return array[rows] if is_array(array) else array.take(rows)


def plain(array: Any) -> ColumnValues:
    """Return an array in which numpy compares itself, else a list of its items."""
    if array.ndim == 1 and array.dtype.kind in "biufmM":
        if array.dtype.itemsize > 8:  # longer floats than Python has
            array = array.astype("f8")
        return ColumnValues(array, missing="NaT")
    return ColumnValues(array.tolist())


def _source(value: Any) -> Source:
    return ArraySource(value)


TABLES: list[tuple[str, str, Maker]] = [("numpy", "ndarray", _source)]
