"""Lists and tuples, as many a query or JSON file gives them; exact classes only.

Of dicts the columns are the keys, of tuples and lists the positions. Any other list has one column:
its items. It is shown as a table (`any_list`); only what consists of records is one for conditions
and digests (`TABLES`).
"""

from __future__ import annotations

from typing import Any

from livens.exceptions import NotAllowed
from livens.values.passive import copied_items
from livens.values.tables.columns import ColumnKind, ColumnValues, kind_of
from livens.values.tables.sources import Maker, RowPositions, Source

_LOOKED_AT = 100
"""Rows that tell which columns there are."""

_MAX_COLUMNS = 1_000
"""What is wider is no row of a table, but a value."""

_KEY_TYPES = (str, int, float, bool, type(None))

ITEMS = "value"
"""The label of the one column of a list of other things."""


class RecordsSource:
    """A list of dicts, whose columns are the keys of the first ones, of rows, or of anything."""

    def __init__(self, records: list[Any] | tuple[Any, ...]) -> None:
        first = records[:_LOOKED_AT]
        if not first:
            raise NotAllowed(
                "This list is empty, and an empty list is no table",
                expected="at least one item",
                remedy="Look at it with 'inspect'.",
            )
        self._records = records
        self._is_flat = False
        found = _keys(first) if all(type(record) is dict for record in first) else None
        if found is None:
            found = _positions(first)
        if found is None:
            self._is_flat, found = True, [ITEMS]
        self._labels = found
        self.shape: tuple[int, int] = (len(records), len(self._labels))

    def label(self, column: int) -> object:
        """Return the key, the position in the rows, or ``value``."""
        return self._labels[column]

    def dtype(self, column: int) -> str:
        """Return ``object``: each value has a type of its own."""
        return "object"

    def kind(self, column: int) -> ColumnKind:
        """Return in a word what the first values are."""
        return kind_of(self.piece(column, range(min(_LOOKED_AT, self.shape[0]))).values)

    def piece(self, column: int, rows: RowPositions) -> ColumnValues:
        """Return some values of a column; where there is none, it is missing."""
        label = self._labels[column]
        records = self._records
        if self._is_flat:
            return ColumnValues([records[row] for row in map(int, rows)])
        return ColumnValues([_field(records[row], label) for row in map(int, rows)])

    def index(self, rows: RowPositions) -> ColumnValues:
        """Return the positions of the rows."""
        return ColumnValues(list(map(int, rows)))

    def index_names(self) -> list[object]:
        """Return nothing: lists have no labels."""
        return []


def _keys(records: Any) -> list[Any] | None:
    """Return the keys of some dicts; None where one is of a type that is no label."""
    found: dict[tuple[type, Any], None] = {}
    for record in records:
        for key, _ in copied_items(record, 0, _MAX_COLUMNS):
            if type(key) not in _KEY_TYPES:
                return None
            found.setdefault((type(key), key))
    return [key for _, key in found] or None


def _positions(records: Any) -> list[int] | None:
    """Return the positions in some rows; None where these are no rows."""
    if not all(type(record) is tuple or type(record) is list for record in records):
        return None
    width = max(map(len, records))
    return list(range(width)) if 0 < width <= _MAX_COLUMNS else None


def _field(record: Any, label: Any) -> Any:
    """Look a key up by comparing plain keys: another key's `__eq__` must not run."""
    if type(record) is dict:
        for key, value in copied_items(record):
            if type(key) is type(label) and key == label:
                return value
        return None
    if (type(record) is tuple or type(record) is list) and type(label) is int:
        return record[label] if label < len(record) else None
    return None


def any_list(value: list[Any] | tuple[Any, ...]) -> Source:
    """Open any list or tuple, to be looked at as a table.

    Examples
    --------
    >>> source = any_list([3, "x"])
    >>> source.shape, source.piece(0, range(2)).values
    ((2, 1), [3, 'x'])
    """
    return RecordsSource(value)


def _records(value: Any) -> Source:
    first = value[:_LOOKED_AT]
    are_dicts = all(
        type(record) is dict
        and all(type(key) is str for key, _ in copied_items(record, 0, _MAX_COLUMNS))
        for record in first
    )
    if not first or not (are_dicts or all(type(record) is tuple for record in first)):
        raise NotAllowed(
            "This list is no table",
            expected="dicts whose keys are text, or tuples, of these exact classes",
            remedy="Look at it with 'inspect'.",
        )
    return RecordsSource(value)


TABLES: list[tuple[str, str, Maker]] = [("builtins", "list", _records)]
