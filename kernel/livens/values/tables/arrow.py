"""pyarrow: tables of the exact class. Their columns never change."""

from __future__ import annotations

from typing import Any

from livens.exceptions import NotAllowed
from livens.values.tables.arrowtypes import may_run_code
from livens.values.tables.columns import ColumnKind, ColumnValues, kind_of, loaded_numpy
from livens.values.tables.sources import Maker, RowPositions, Source

_NUMBERS = (
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double",
)  # fmt: skip


class ArrowSource:
    """A table of pyarrow's."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self.shape: tuple[int, int] = (table.num_rows, table.num_columns)

    def label(self, column: int) -> object:
        """Return the name of a column."""
        name: object = self._table.field(column).name
        return name

    def dtype(self, column: int) -> str:
        """Return the type of a column."""
        return str(self._table.field(column).type)

    def kind(self, column: int) -> ColumnKind:
        """Return the type in a word."""
        name = self.dtype(column)
        if name in _NUMBERS:
            return "number"
        if name == "bool":
            return "bool"
        if name.startswith(("timestamp", "date", "duration")):
            return "time"
        return kind_of(self.piece(column, range(min(1_000, self.shape[0]))).values)

    def piece(self, column: int, rows: RowPositions) -> ColumnValues:
        """Return some values of a column."""
        some = _taken(self._table.column(column), rows)
        if loaded_numpy() is None or not is_number(some.type):
            return ColumnValues(some.to_pylist())
        return chunked_piece(some)

    def index(self, rows: RowPositions) -> ColumnValues:
        """Return the positions of the rows."""
        return ColumnValues(list(map(int, rows)))

    def index_names(self) -> list[object]:
        """Return nothing: pyarrow has no labels of rows."""
        return []


def is_number(dtype: Any) -> bool:
    """Return whether a type is one of numpy's numbers, or boolean."""
    return str(dtype) in (*_NUMBERS, "bool")


def chunked_piece(some: Any) -> ColumnValues:
    """Return the numbers of a chunked array."""
    nulls = some.is_null().to_numpy() if some.null_count else None
    if nulls is not None:
        some = some.fill_null(False if str(some.type) == "bool" else 0)
    return ColumnValues(some.to_numpy(), nulls)


def _taken(column: Any, rows: RowPositions) -> Any:
    if type(rows) is range and rows.step == 1:
        return column.slice(rows.start, len(rows))
    return column.take(list(map(int, rows)))


def _table(value: Any) -> Source:
    if may_run_code(value):
        raise NotAllowed(
            "This table has columns of an extension type, whose methods would run",
            expected="a table of Arrow's own types",
            remedy="Look at it with 'inspect'.",
        )
    return ArrowSource(value)


TABLES: list[tuple[str, str, Maker]] = [("pyarrow", "Table", _table)]
