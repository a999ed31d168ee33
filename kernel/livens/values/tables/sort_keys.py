"""Keys to sort by: what Python holds as exact scalars, in an array that numpy sorts."""

from __future__ import annotations

import datetime
from typing import Any

from livens.values.tables.columns import ColumnKind, loaded_numpy
from livens.values.tables.pace import Pace
from livens.values.tables.sorting import stretches
from livens.values.tables.text_order import text_ranks

_DTYPES = {
    id(int): "i8",
    id(float): "f8",
    id(datetime.datetime): "M8[us]",
    id(datetime.date): "M8[D]",
    id(datetime.timedelta): "m8[us]",
}
"""What numpy keeps exact scalars in without changing them; integers only if they fit."""


def sort_keys(present: list[Any], kind: ColumnKind, pace: Pace) -> Any:
    """Return an array that numpy sorts as Python would sort the values; None if there is none.

    Parameters
    ----------
    present : list
        Exact scalars of one kind, none of them missing.
    kind : str
        What they are, in a word.
    pace : Pace
        Asked between two pieces of the work.
    """
    numpy = loaded_numpy()
    if numpy is None or not present:
        return None
    if kind == "text":
        return text_ranks(present, pace)
    classes = set(map(id, map(type, present)))
    dtype = _DTYPES.get(classes.pop()) if len(classes) == 1 else None
    if dtype is None or (dtype == "M8[us]" and present[0].tzinfo is not None):
        return None
    found = numpy.empty(len(present), dtype=dtype)
    start = 0
    try:
        for stretch in stretches(present, pace):
            found[start : start + len(stretch)] = stretch
            start += len(stretch)
    except OverflowError:
        return None
    return found
