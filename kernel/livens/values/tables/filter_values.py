"""Filters: what a client wants a column to be compared with, and which rows that leaves."""

from __future__ import annotations

from typing import Any

from livens.exceptions import InvalidParams
from livens.protocol.requests import TableParams
from livens.protocol.table_requests import Comparison, Scalar
from livens.values.tables.comparing import Comparable, Numbers


def comparisons(params: TableParams) -> list[Comparison]:
    """Return each comparison of the filters by itself."""
    return [one for each in params.filters for one in (each, *each.alternatives)]


def mask_of(condition: Comparison, data: Comparable, label: str) -> Any:
    """Return an array or a list that tells for which rows a comparison holds.

    Raises
    ------
    InvalidParams
        If what is compared with does not fit the column, whose label is told.
    """
    nulls: Any = data.null_mask()
    if condition.op == "is null":
        return nulls
    if condition.op == "not null":
        return [not is_null for is_null in nulls] if type(nulls) is list else ~nulls
    wanted = _wanted(condition, data, label)
    try:
        return data.mask(condition.op, wanted)
    except (ValueError, TypeError, OverflowError) as err:
        shown = condition.values if condition.op in ("in", "between") else condition.value
        raise InvalidParams(
            f"Column '{label}' cannot be compared with {str(shown)[:100]!r}: {err}",
            expected="a time in ISO 8601, for spans the seconds",
        ) from None


def either(one: Any, other: Any) -> Any:
    """Return the rows for which one of two masks holds.

    Examples
    --------
    >>> either([True, False, False], [False, False, True])
    [True, False, True]
    """
    if type(one) is list and type(other) is list:
        return [first or second for first, second in zip(one, other, strict=True)]
    return (other | one) if type(one) is list else (one | other)


def _wanted(condition: Comparison, data: Comparable, label: str) -> Any:
    """Return what to compare with: one value, or a list of them."""
    if condition.op not in ("in", "between"):
        return fitting(condition.op, condition.value, data, label)
    values = condition.values
    if condition.op == "between" and len(values) != 2:
        raise InvalidParams(
            f"'between' has {len(values)} values for column '{label}'",
            expected="two: the smallest and the largest",
        )
    if not values:
        raise InvalidParams(f"'in' has no values for column '{label}'", expected="at least one")
    return [fitting("==", value, data, label) for value in values]


def fitting(op: str, value: Scalar, data: Comparable, label: str) -> Any:
    """Return what to compare a column with; numbers that JavaScript cannot hold come as text.

    Raises
    ------
    InvalidParams
        If the value is of another kind than the column's.
    """
    kind = data.kind
    if op == "contains":
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
