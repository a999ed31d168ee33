"""polars: frames and series by their values, read part by part.

Operations of polars make new frames; what changes one in place (``frame[0, "a"] = 1``,
``insert_column``, ``extend``) is compared by the values. ``slice``, ``to_series`` and
``to_physical`` share memory, ``to_list`` copies the part that is asked for, as objects of its own.
A lazy frame has no content: nothing is collected.
"""

from __future__ import annotations

from typing import Any

from livens.values.content import Content, Reader, state

_MAX_ROW_BYTES = 8_192
"""Bytes up to which a list in a series is copied: a thousand numbers, so 64 of them in 1 ms."""


def _frame(value: Any) -> Content:
    names = value.columns
    rows, count = value.shape

    def read(start: int, stop: int) -> Any:
        numbers = range(start, min(stop, count))
        return names[start:stop], [value.to_series(number) for number in numbers]

    return Content("columns", ("frame", rows, count), count, read, is_made=True)


def _series(value: Any) -> Content:
    length = len(value)
    # Dates and decimals are objects that `to_list` makes anew; what they are stored as are numbers.
    stored = value.to_physical()

    is_nested = stored.dtype.is_nested()

    def read(start: int, stop: int) -> Any:
        some = stored.slice(start, stop - start)
        if not is_nested or some.estimated_size() <= _MAX_ROW_BYTES:
            return None, some.to_list()
        return None, [_row(some.slice(number, 1)) for number in range(len(some))]

    # Of categories the names count as well: the numbers stand for them.
    dtype = str(value.dtype)
    facts: tuple[tuple[str, Any], ...] = (("dtype", dtype), ("name", value.name))
    # Only a column of Python's objects hands out the very ones that it holds.
    return Content("items", (), length, read, facts=facts, is_made=dtype != "Object")


def _row(row: Any) -> Any:
    """Return the item of a series of one; of a long list only how long it is."""
    size = row.estimated_size()
    if size > _MAX_ROW_BYTES:
        return state(("_size", size), gap="long lists in a series are not read")
    return row.to_list()[0]


READERS: dict[str, Reader] = {
    "polars.dataframe.frame.DataFrame": _frame,
    "polars.series.series.Series": _series,
}
"""A subclass may define what these ask: it is read by its attributes only."""
