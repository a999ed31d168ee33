"""Places below a variable, and how a value is put there: as a plain assignment does.

The way to the place is read passively (`livens.values.paths`). What then runs is what
``parent[key] = value`` or ``parent.name = value`` runs in a cell, and nothing else: a
``__setitem__`` or ``__setattr__`` of the user's class, the setter of a property, ``__hash__`` and
``__eq__`` of a key that is of the user's class. Cells of frames and arrays are set by their
library. An assignment there may change what is assigned (``a[0] = 1.5`` in whole numbers), so a
value that the cell cannot hold is refused (`livens.kernel.fitting`).
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from livens.exceptions import NotAllowed
from livens.kernel.fitting import need_fit, need_pandas_fit, need_polars_fit
from livens.protocol.types import Key
from livens.values.containers import container_of
from livens.values.passive import class_name
from livens.values.paths import key_at
from livens.values.tables.pandas import array_of, column_of
from livens.values.tables.sources import loaded_class

Store = Callable[[Any], None]
"""Puts a value into a place."""


def store_of(values: list[Any], path: list[Key]) -> Store:
    """Return what puts a value into the place at the end of a path.

    Parameters
    ----------
    values : list
        What is at each step of the path.
    path : list of Key
        A plain path of at least two steps.

    Raises
    ------
    NotAllowed
        If nothing can be put there, with what can be done instead.

    Examples
    --------
    >>> config = {"lr": 0.1}
    >>> store_of([config, 0.1], [["name", "config"], ["key", "str", "lr"]])(0.2)
    >>> config
    {'lr': 0.2}
    """
    parent, key = values[-2], path[-1]
    if key[0] == "attribute":
        return partial(setattr, parent, key[1])
    if container_of(parent) is not None:
        return _in_container(parent, key)
    if _is(parent, "numpy", "ndarray") and key[0] == "index":
        return _in_array(parent, key[1])
    for library, in_cell in (("pandas", _in_pandas), ("polars", _in_polars)):
        if _is(parent, library, "Series") and key[0] == "index":
            is_column = path[-2][0] == "column" and _is(values[-3], library, "DataFrame")
            holder, column = (values[-3], path[-2][1]) if is_column else (parent, None)
            return in_cell(holder, column, key[1])
    raise NotAllowed(
        f"What is below a '{class_name(type(parent))[:100]}' at this place cannot be set by itself",
        expected="an item, a value of a mapping, an attribute, or a cell of a frame or an array",
        remedy="Set the variable as a whole.",
    )


def _is(value: object, library: str, name: str) -> bool:
    return loaded_class(library, name) is type(value)


def _in_container(parent: Any, key: Key) -> Store:
    base = container_of(parent)
    if base is dict:
        return partial(operator.setitem, parent, key_at(parent, key))
    if base is list or base is deque:
        return partial(operator.setitem, parent, key[1])
    raise NotAllowed(
        f"The items of a '{class_name(type(parent))[:100]}' cannot be changed",
        expected="an item of a list or a deque, or a value of a mapping",
        remedy="Set the variable, or what it is in, as a whole.",
    )


def _in_array(array: Any, position: int) -> Store:
    if array.ndim != 1 or array.dtype.names:
        raise NotAllowed(
            "This is a part of an array, which has several elements",
            expected="the path of one element",
        )
    if not array.flags.writeable:
        raise NotAllowed(
            "The array is read-only", remedy="Set the variable to a copy of it: x.copy()."
        )

    def store(value: Any) -> None:
        need_fit(array.dtype, value)
        array[position] = value

    return store


def _in_pandas(holder: Any, column: int | None, row: int) -> Store:
    """Return what sets a cell by ``iat``: a series of the column could not keep it from others."""

    def store(value: Any) -> None:
        array = array_of(holder if column is None else column_of(holder, column))
        need_pandas_fit(array, row, value)
        holder.iat[row if column is None else (row, column)] = value

    return store


def _in_polars(holder: Any, column: int | None, row: int) -> Store:
    def store(value: Any) -> None:
        series = holder if column is None else holder.to_series(column).clone()
        need_polars_fit(series, row, value)
        series[row] = value
        if column is not None:
            holder.replace_column(column, series)

    return store
