"""Branches: what is below a table or an array, for paths: its columns or its items.

A frame has columns, an array of records has fields, a dataset of xarray has variables: all of
them by position, since labels may occur twice. Other arrays and series have items. What is
below is made when it is asked for, as a view where the library can, so it is not the same
object each time. Lazy frames, memory maps and subclasses have no branches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from livens.values.passive import copied_items, slot_values
from livens.values.tables.axes import items
from livens.values.tables.dtypes import makes_foreign_items
from livens.values.tables.pandas import array_of, column_of, is_own_array, label_at, lengths
from livens.values.tables.sources import loaded_class


class Branches(NamedTuple):
    """What is below one value.

    Attributes
    ----------
    tag : {"column", "index"}
        Of the keys.
    total : int
        How many there are.
    label : callable
        Returns the label of one, by position.
    value : callable
        Returns the value of one, by position.
    """

    tag: str
    total: int
    label: Callable[[int], Any]
    value: Callable[[int], Any]


def branches_of(value: Any) -> Branches | None:
    """Return what is below a value of one of these libraries; None for any other.

    Examples
    --------
    >>> branches_of([1, 2]) is None
    True
    """
    cls = type(value)
    for library, name, make in _MAKERS:
        if loaded_class(library, name) is cls:
            return make(value)
    return None


def _array(array: Any) -> Branches | None:
    names = array.dtype.names
    if names:
        return Branches("column", len(names), names.__getitem__, lambda n: array[names[n]])
    if not array.ndim or array.dtype.kind == "V":
        return None
    return Branches("index", array.shape[0], int, array.__getitem__)


def _frame(frame: Any) -> Branches | None:
    columns, sizes = frame.columns, lengths(frame)
    if sizes is None:
        return None
    return Branches(
        "column",
        sizes[1],
        lambda n: label_at(columns, n),
        lambda n: column_of(frame, n),
    )


def _series(series: Any) -> Branches | None:
    array = array_of(series)
    sizes = lengths(series)
    if sizes is None or not is_own_array(array) or makes_foreign_items(array):
        return None
    index = series.index
    return Branches(
        "index", sizes[0], lambda n: label_at(index, n), lambda n: items(array, n, n + 1)[0]
    )


def _polars_frame(frame: Any) -> Branches:
    return Branches("column", frame.width, frame.columns.__getitem__, frame.to_series)


def _polars_series(series: Any) -> Branches:
    return Branches("index", series.len(), int, series.__getitem__)


def _dataset(dataset: Any) -> Branches:
    # The dict that it keeps: looking a variable up would hash its name, which may be anything.
    variables = copied_items(slot_values(dataset).get("_variables") or {})
    return Branches("column", len(variables), lambda n: variables[n][0], lambda n: variables[n][1])


_MAKERS: list[tuple[str, str, Callable[[Any], Branches | None]]] = [
    ("numpy", "ndarray", _array),
    ("pandas", "DataFrame", _frame),
    ("pandas", "Series", _series),
    ("polars", "DataFrame", _polars_frame),
    ("polars", "Series", _polars_series),
    ("xarray", "Dataset", _dataset),
]
