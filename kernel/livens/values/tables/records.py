"""Lists of dicts or of tuples, as many a query or JSON file gives them; exact classes only."""

from __future__ import annotations

from typing import Any

from livens.exceptions import NotAllowed
from livens.values.passive import copied_items
from livens.values.tables.columns import ColumnKind, ColumnValues, kind_of
from livens.values.tables.sources import Maker, RowPositions, Source

_LOOKED_AT = 100
"""Rows that tell which columns there are."""


class RecordsSource:
    """A list of dicts, whose columns are the keys of the first ones, or of tuples."""

    def __init__(self, records: list[Any]) -> None:
        first = records[:_LOOKED_AT]
        self._records = records
        self._is_dicts = all(type(record) is dict for record in first)
        if not first or not (self._is_dicts or all(type(record) is tuple for record in first)):
            raise NotAllowed(
                "This list is no table",
                expected="dicts, or tuples, of these exact classes",
                remedy="Look at it with 'inspect'.",
            )
        self._labels: list[Any] = (
            _labels(first) if self._is_dicts else list(range(max(map(len, first))))
        )
        self.shape: tuple[int, int] = (len(records), len(self._labels))

    def label(self, column: int) -> object:
        """Return the key, or the position in the tuples."""
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
        read = _entry if self._is_dicts else _item
        return ColumnValues([read(records[row], label) for row in map(int, rows)])

    def index(self, rows: RowPositions) -> ColumnValues:
        """Return the positions of the rows."""
        return ColumnValues(list(map(int, rows)))

    def index_names(self) -> list[object]:
        """Return nothing: lists have no labels."""
        return []


def _labels(records: list[Any]) -> list[Any]:
    found: dict[str, None] = {}
    for record in records:
        for key, _ in copied_items(record, 0, 1_000):
            if type(key) is not str:
                raise NotAllowed(
                    "This list is no table: a dict in it has keys that are no text",
                    remedy="Look at it with 'inspect'.",
                )
            found.setdefault(key)
    return list(found)


def _entry(record: Any, label: Any) -> Any:
    """Look a text up by comparing texts: another key's `__eq__` must not run."""
    if type(record) is not dict:
        return None
    for key, value in copied_items(record):
        if type(key) is str and key == label:
            return value
    return None


def _item(record: Any, position: int) -> Any:
    return record[position] if type(record) is tuple and position < len(record) else None


def _list(value: Any) -> Source:
    return RecordsSource(value)


TABLES: list[tuple[str, str, Maker]] = [("builtins", "list", _list)]
