"""The values of filters: what a client wants a column to be compared with."""

from __future__ import annotations

from typing import Any

from livens.exceptions import InvalidParams
from livens.protocol import requests
from livens.protocol.requests import Scalar
from livens.values.tables.comparing import Comparable, Numbers


def fitting(condition: requests.Filter, data: Comparable, label: str) -> Any:
    """Return what to compare a column with; numbers that JavaScript cannot hold come as text.

    Raises
    ------
    InvalidParams
        If the value is of another kind than the column's.
    """
    value, kind = condition.value, data.kind
    if condition.op == "contains":
        if kind == "text" and type(value) is str and not isinstance(data, Numbers):
            return value
        raise InvalidParams(f"'contains' needs text, and column '{label}' holds {kind} values")
    if kind == "number":
        number = as_number(value)
        if number is not None:
            return number
    elif kind == "bool":
        if type(value) is bool:
            return value
    elif type(value) is str or (kind == "time" and as_number(value) is not None):
        return value
    elif kind == "other":  # nothing but missing values
        return ""
    raise InvalidParams(
        f"Column '{label}' holds {kind} values, and cannot be compared with {value!r:.100}",
        expected=f"a {kind} value, or 'is null' and 'not null' for missing ones",
    )


def as_number(value: Scalar) -> int | float | None:
    """Read a number, also from text.

    Examples
    --------
    >>> as_number("9007199254740993"), as_number("-inf"), as_number(2), as_number("x")
    (9007199254740993, -inf, 2, None)
    """
    if type(value) is not str:
        return value if isinstance(value, (bool, int, float)) else None
    for read in (int, float):
        try:
            return read(value)
        except ValueError:
            continue
    return None
