"""pandas: frames, series and indexes of the exact classes.

A column is taken by position, so labels may occur twice; its array is read where it lies. The
frame's methods that sort, look up or convert are not called: they would cache on it, or copy it.
Columns of array classes that are not pandas' own show as objects, since their methods are
anybody's.
"""

from __future__ import annotations

from typing import Any

from livens.exceptions import NotAllowed
from livens.values.passive import class_name, instance_dict, module_contents, qualified_name
from livens.values.tables.arrow import chunked_piece, is_number
from livens.values.tables.axes import fields, items, labels, length_of, unread_labels
from livens.values.tables.cell_values import Unread
from livens.values.tables.columns import (
    ColumnKind,
    ColumnValues,
    is_array,
    kind_of,
    listed,
    written,
)
from livens.values.tables.dtypes import array_dtype, foreign_parts, makes_foreign_items
from livens.values.tables.numpy import plain, taken
from livens.values.tables.sources import Maker, RowPositions, Source, loaded_class

_ZONES = ("zoneinfo.ZoneInfo", "datetime.timezone")


class FrameSource:
    """A data frame."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._index = frame.index
        rows, columns = _need_lengths(frame)
        self.shape: tuple[int, int] = (rows, columns)

    def label(self, column: int) -> object:
        """Return the label of a column."""
        return label_at(self._frame.columns, column)

    def dtype(self, column: int) -> str:
        """Return the dtype of a column."""
        return dtype_text(self._array(column))

    def kind(self, column: int) -> ColumnKind:
        """Return the dtype in a word; of objects, what the first ones are."""
        piece = array_piece(self._array(column), range(min(1_000, self.shape[0])))
        return kind_of(piece.values if piece.labels is None else piece.labels)

    def piece(self, column: int, rows: RowPositions) -> ColumnValues:
        """Return some values of a column."""
        return array_piece(self._array(column), rows)

    def index(self, rows: RowPositions) -> ColumnValues:
        """Return the labels of some rows."""
        return index_piece(self._index, rows)

    @property
    def index_object(self) -> Any:
        """The index of the rows."""
        return self._index

    @property
    def columns_object(self) -> Any:
        """The index of the columns; None where there is none."""
        return self._frame.columns

    def index_names(self) -> list[object]:
        """Return the names of the index, one for each level."""
        own = fields(self._index)
        return [] if not _is_known_index(self._index) else list(own.get("_names") or [own["_name"]])

    def _array(self, column: int) -> Any:
        foreign = _foreign_column(self._frame, column)
        return array_of(column_of(self._frame, column)) if foreign is None else foreign


def lengths(holder: Any) -> list[int] | None:
    """Return the lengths of the axes of a frame or a series: of the rows, of the columns.

    None where an axis is of another class than pandas' own, whose length is anybody's.
    """
    axes = (instance_dict(holder) or {})["_mgr"].axes
    found = [length_of(axis) for axis in reversed(axes) if _is_known_index(axis)]
    known = [length for length in found if length is not None]
    return known if len(known) == len(axes) else None


def _need_lengths(holder: Any) -> list[int]:
    found = lengths(holder)
    if found is None:
        raise NotAllowed(
            "The index of this table is of another library",
            expected="an index of pandas",
            remedy="Look at it with 'inspect'.",
        )
    return found


def _foreign_column(frame: Any, position: int) -> Any:
    """Return the array of a column if it is of another library: pandas would ask it its length."""
    manager = frame._mgr
    values = manager.blocks[manager.blknos[position]].values
    return None if is_array(values) or is_own_array(values) else values


def column_of(frame: Any, position: int) -> Any:
    """Return a column as a series, on the frame's own memory.

    Not by ``iloc``, which copies what is in ``frame.attrs`` deeply, by the methods of whatever
    is there; and a series that pandas knows of would have the next store into the frame copied.
    """
    foreign = _foreign_column(frame, position)
    if foreign is not None:
        raise NotAllowed(f"An array of class {class_name(type(foreign))} is not looked into")
    manager = _one_column(frame._mgr, position)
    series = module_contents("pandas")["Series"]._from_mgr(manager, axes=manager.axes)
    columns = frame.columns
    object.__setattr__(series, "_name", _name(columns, position))
    return series


def _one_column(manager: Any, position: int) -> Any:
    """Return the manager of one column, as ``iget`` does, on the very index that the frame has.

    That would take a view of the index, which a range notes in its cache.
    """
    block = manager.blocks[manager.blknos[position]]
    values = block.iget(manager.blklocs[position])
    place = type(block.mgr_locs)(slice(0, len(values)))
    single = type(block)(values, placement=place, ndim=1, refs=None)
    make = module_contents("pandas.core.internals.managers")["SingleBlockManager"]
    return make(single, manager.axes[1])


def _name(columns: Any, position: int) -> object:
    return position if unread_labels(columns) else labels(columns, position, position + 1)[0]


class SeriesSource(FrameSource):
    """A series: a table of one column."""

    def __init__(self, series: Any) -> None:
        self._series = series
        self._index = series.index
        self.shape = (_need_lengths(series)[0], 1)

    @property
    def columns_object(self) -> Any:
        """None: a series has one column."""
        return None

    def label(self, column: int) -> object:
        """Return the name of the series."""
        name: object = self._series.name
        return "" if name is None else name

    def _array(self, column: int) -> Any:
        return array_of(self._series)


def _need_length(index: Any) -> int:
    length = length_of(index)
    if length is None:
        raise NotAllowed(
            "The array of this index is of another library",
            expected="an index of an array of pandas or numpy",
            remedy="Look at it with 'inspect'.",
        )
    return length


class IndexSource(FrameSource):
    """An index: a table of one column, whose rows have no labels of their own."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.shape = (_need_length(index), 1)

    @property
    def index_object(self) -> Any:
        """None: the labels are the values."""
        return None

    @property
    def columns_object(self) -> Any:
        """None: it is one column."""
        return None

    def label(self, column: int) -> object:
        """Return the name of the index."""
        name = fields(self._index).get("_name")
        return "" if name is None else name

    def dtype(self, column: int) -> str:
        """Return the dtype of the index."""
        if _is(self._index, "RangeIndex"):
            return "int64"
        if _is(self._index, "MultiIndex"):
            return "object"
        return dtype_text(array_of(self._index))

    def kind(self, column: int) -> ColumnKind:
        """Return the dtype in a word."""
        piece = self.piece(0, range(min(1_000, self.shape[0])))
        return kind_of(piece.values if piece.labels is None else piece.labels)

    def piece(self, column: int, rows: RowPositions) -> ColumnValues:
        """Return some of its labels."""
        return index_piece(self._index, rows)

    def index(self, rows: RowPositions) -> ColumnValues:
        """Return the positions of the rows."""
        return ColumnValues(list(map(int, rows)))


def _is(value: object, name: str) -> bool:
    return loaded_class("pandas", name) is type(value)


def array_piece(array: Any, rows: RowPositions) -> ColumnValues:
    """Return some values of one of pandas' arrays."""
    name = _own_class(array)
    if name is None:
        return ColumnValues([Unread(class_name(type(array)))] * len(rows))
    is_sparse = name == "SparseArray" and foreign_parts(array)  # numpy asks what fills it
    if is_sparse or (name != "DatetimeArray" and makes_foreign_items(array)):
        return ColumnValues([Unread(class_name(type(array)))] * len(rows))
    if name in ("NumpyExtensionArray", "PandasArray"):
        return plain(taken(array.to_numpy(), rows))
    some = taken(array, rows)
    if name == "SparseArray":
        return plain(some.to_dense())
    if name == "Categorical":
        return _categories(some)
    if name == "DatetimeArray":
        return _times(some)
    if name == "TimedeltaArray":
        return ColumnValues(some.asi8.view(f"m8[{some.unit}]"), missing="NaT")
    if name in ("IntegerArray", "FloatingArray", "BooleanArray"):
        return _masked(some, some.dtype.numpy_dtype)
    if name == "ArrowExtensionArray" and is_number(some._pa_array.type):
        return chunked_piece(some._pa_array)._replace(missing="<NA>")
    if name in ("StringArray", "ArrowStringArray"):
        missing = "nan" if type(some.dtype.na_value) is float else "<NA>"
        return ColumnValues(some.tolist(), some.isna(), missing=missing)
    found = [_readable(item) for item in items(some, 0, len(some))]
    return ColumnValues(found)


def _masked(some: Any, dtype: Any) -> ColumnValues:
    return ColumnValues(some.to_numpy(dtype=dtype, na_value=0), some.isna(), missing="<NA>")


def _times(some: Any) -> ColumnValues:
    zone = some.tz
    if zone is not None and qualified_name(type(zone)) not in _ZONES:
        import datetime

        zone = datetime.timezone.utc  # noqa: UP017 - the methods of another zone are anybody's
    return ColumnValues(some.asi8.view(f"M8[{some.unit}]"), zone=zone, missing="NaT")


def _categories(some: Any) -> ColumnValues:
    labels = index_piece(some.categories, range(len(some.categories)))
    return ColumnValues(some.codes, labels=listed(labels.values), missing="nan")


_OWN_SCALARS = ("Timestamp", "Timedelta", "Period", "Interval")


def _readable(item: Any) -> Any:
    """Return pandas' own scalars as text: what they are made of is not the user's."""
    if any(_is(item, name) for name in _OWN_SCALARS):
        return str(item)
    return item


def index_piece(index: Any, rows: RowPositions) -> ColumnValues:
    """Return some labels of an index; of an unknown class, their positions."""
    if _is(index, "RangeIndex"):
        numbers = range(index.start, index.stop, index.step)
        return ColumnValues([numbers[row] for row in map(int, rows)])
    if not _is_known_index(index):
        return ColumnValues(list(map(int, rows)))
    if _is(index, "MultiIndex"):
        return ColumnValues(_tuples(index, rows))
    return array_piece(array_of(index), rows)


def _tuples(index: Any, rows: RowPositions) -> list[Any]:
    """Return labels of an index of several levels; a slice of it would fill its cache."""
    if unread_labels(index):
        return list(map(int, rows))
    return [labels(index, row, row + 1)[0] for row in map(int, rows)]


_INDEXES = (
    "Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex",
    "CategoricalIndex", "IntervalIndex",
)  # fmt: skip


def _is_known_index(index: object) -> bool:
    return any(_is(index, name) for name in _INDEXES)


def label_at(index: Any, position: int) -> Any:
    """Return one label of an index or of columns; times come as text."""
    if _is(index, "MultiIndex") and not unread_labels(index):
        return labels(index, position, position + 1)[0]
    if not _is_known_index(index) or unread_labels(index):
        return position
    piece = index_piece(index, range(position, position + 1))
    if type(piece.values) is not list and piece.values.dtype.kind in "mM":
        return written(piece, str)[0]
    first = listed(piece.values)[0]
    return first if piece.labels is None else piece.labels[first]


def array_of(holder: Any) -> Any:
    """Return the array in which a series or an index holds its data, or None.

    As ``holder.array``, which pandas keeps in a cache of the holder; that of a range would be as
    long as the range, and one of several levels has none.
    """
    own = instance_dict(holder) or {}
    found = own.get("_data")
    if "_mgr" in own:
        found = own["_mgr"].blocks[0].values
    return (
        module_contents("pandas.arrays")["NumpyExtensionArray"](found) if is_array(found) else found
    )


def is_own_array(array: object) -> bool:
    """Return whether an array is of a class of pandas' own."""
    return _own_class(array) is not None


def _own_class(array: object) -> str | None:
    """Return the name of the array's class if it is one of pandas' own."""
    classes = module_contents("pandas.arrays")
    if _is(array, "Categorical"):
        return "Categorical"
    return next((name for name, cls in list(classes.items()) if cls is type(array)), None)


def dtype_text(array: Any) -> str:
    """Return the text of a dtype; where the array is not pandas' own, the name of its class."""
    if _own_class(array) is None:
        return class_name(type(array))
    return array_dtype(array)


def _frame(value: Any) -> Source:
    return FrameSource(value)


def _series(value: Any) -> Source:
    return SeriesSource(value)


def _index(value: Any) -> Source:
    return IndexSource(value)


TABLES: list[tuple[str, str, Maker]] = [
    ("pandas", "DataFrame", _frame),
    ("pandas", "Series", _series),
    *(("pandas", name, _index) for name in _INDEXES),
]
