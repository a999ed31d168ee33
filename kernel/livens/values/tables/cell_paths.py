"""From a cell of a table to the steps of a path that lead to it.

A table is read by row and column, whatever it is made of. Its cell is a value below it all the
same: of a frame the item of a column, of a matrix the item of a row.
"""

from __future__ import annotations

from typing import Any

from livens.exceptions import NotAllowed, VariableNotFound
from livens.protocol.types import Key
from livens.values.passive import class_name
from livens.values.tables.opening import shown_table
from livens.values.tables.sources import loaded_class


def steps_to_cell(table: Any, row: int, column: int) -> list[Key]:
    """Return the steps from a table to one of its cells, by its position in the whole table.

    Raises
    ------
    NotAllowed
        If it is no table, or what is in it has no path.
    VariableNotFound
        If it has no such row or column.

    Examples
    --------
    >>> steps_to_cell([{"a": 1, "b": 2}], 0, 1), steps_to_cell(["x", "y"], 1, 0)
    ([['index', 0], ['key', 'str', 'b']], [['index', 1]])
    """
    source = shown_table(table)
    rows, columns = source.shape
    if row >= rows or column >= columns:
        raise VariableNotFound(
            f"The table has no cell in row {row} and column {column}",
            expected=f"one of {rows} rows and {columns} columns",
            remedy="The table may have changed: ask for it again.",
        )
    if type(table) in (list, tuple):
        return [["index", row], *_in_record(table[row], source.label(column))]
    cls = type(table)
    if any(loaded_class(library, "DataFrame") is cls for library in ("pandas", "polars")):
        return [["column", column], ["index", row]]
    if any(loaded_class(library, "Series") is cls for library in ("pandas", "polars")):
        return [["index", row]]
    if loaded_class("numpy", "ndarray") is cls:
        if table.dtype.names:
            return [["column", column], ["index", row]]
        return [["index", row], ["index", column]] if table.ndim == 2 else [["index", row]]
    raise NotAllowed(
        f"A cell of a '{class_name(type(table))[:100]}' cannot be looked at by itself",
        expected="a frame or series of pandas or polars, an array of numpy, or a list",
    )


def _in_record(record: Any, label: Any) -> list[Key]:
    if type(record) is dict:
        return [["key", "None" if label is None else type(label).__name__, str(label)]]
    return [["index", label]] if type(record) in (list, tuple) and type(label) is int else []
