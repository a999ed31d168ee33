"""polars: eager frames and series of the exact classes. A lazy frame is never computed here."""

from __future__ import annotations

from typing import Any

from livens.values.tables.columns import ColumnKind, ColumnValues, kind_of, loaded_numpy
from livens.values.tables.sources import Maker, RowPositions, Source

_ARRAY_LIKE = (
    "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64",
    "Float32", "Float64", "Boolean",
)  # fmt: skip
_TIMES = ("Date", "Datetime", "Duration")


class PolarsSource:
    """A frame, or the one column of a series."""

    def __init__(self, columns: list[Any], rows: int) -> None:
        self._columns = columns
        self.shape: tuple[int, int] = (rows, len(columns))

    def label(self, column: int) -> object:
        """Return the name of a column."""
        name: object = self._columns[column].name
        return name

    def dtype(self, column: int) -> str:
        """Return the dtype of a column."""
        return str(self._columns[column].dtype)

    def kind(self, column: int) -> ColumnKind:
        """Return the dtype in a word; of objects, what the first ones are."""
        name = type(self._columns[column].dtype).__name__
        if name in _ARRAY_LIKE:
            return "bool" if name == "Boolean" else "number"
        if name in _TIMES:
            return "time"
        return kind_of(self.piece(column, range(min(1_000, self.shape[0]))).values)

    def piece(self, column: int, rows: RowPositions) -> ColumnValues:
        """Return some values of a column."""
        some = _taken(self._columns[column], rows)
        name = type(some.dtype).__name__
        if loaded_numpy() is None or name not in (*_ARRAY_LIKE, *_TIMES):
            return ColumnValues(some.to_list())
        nulls = some.is_null().to_numpy() if some.null_count() else None
        if name in _TIMES:
            return ColumnValues(some.to_numpy(), zone=_zone(some.dtype))
        if nulls is not None:
            some = some.fill_null(False if name == "Boolean" else 0)
        return ColumnValues(some.to_numpy(), nulls)

    def index(self, rows: RowPositions) -> ColumnValues:
        """Return the positions of the rows."""
        return ColumnValues(list(map(int, rows)))

    def index_names(self) -> list[object]:
        """Return nothing: polars has no labels of rows."""
        return []


def _taken(series: Any, rows: RowPositions) -> Any:
    if type(rows) is not range:
        return series.gather(rows)
    if rows.step == 1:
        return series.slice(rows.start, len(rows))
    return series.gather_every(rows.step, rows.start)[: len(rows)]


def _zone(dtype: Any) -> Any:
    """Return the zone of a column, whose values are kept in UTC."""
    name = getattr(dtype, "time_zone", None)
    if type(name) is not str:
        return None
    import zoneinfo

    return zoneinfo.ZoneInfo(name)


def _frame(value: Any) -> Source:
    return PolarsSource(value.get_columns(), value.height)


def _series(value: Any) -> Source:
    return PolarsSource([value], value.len())


TABLES: list[tuple[str, str, Maker]] = [
    ("polars", "DataFrame", _frame),
    ("polars", "Series", _series),
]
