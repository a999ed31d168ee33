"""polars: frames and series by their values, read part by part.

Operations of polars make new frames; what changes one in place (``frame[0, "a"] = 1``,
``insert_column``, ``extend``) is compared by the values. ``slice``, ``to_series`` and
``to_physical`` share memory, ``to_list`` copies the part that is asked for, as objects of its own.
A lazy frame has no content: nothing is collected.
"""

from __future__ import annotations

from typing import Any

from livens.content import Content, Reader


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

    def read(start: int, stop: int) -> Any:
        return None, stored.slice(start, stop - start).to_list()

    # Of categories the names count as well: the numbers stand for them.
    dtype = str(value.dtype)
    facts: tuple[tuple[str, Any], ...] = (("dtype", dtype), ("name", value.name))
    # Only a column of Python's objects hands out the very ones that it holds.
    return Content("items", (), length, read, facts=facts, is_made=dtype != "Object")


READERS: dict[str, Reader] = {
    "polars.dataframe.frame.DataFrame": _frame,
    "polars.series.series.Series": _series,
}
"""A subclass may define what these ask: it is read by its attributes only."""
