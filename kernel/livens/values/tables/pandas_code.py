"""Code that sorts and filters a table of pandas in the way that it is shown.

The code keeps the very rows that the table shows, in the same order. Where pandas would compare
otherwise, such as categories by ``<``, there is no code but a reason: code that keeps other rows
would be worse.
"""

from __future__ import annotations

import math
from typing import Any

from livens.exceptions import InvalidParams, NotAllowed
from livens.protocol.table_requests import Comparison, Filter, Scalar, SortKey
from livens.values.tables.axes import labels, unread_labels
from livens.values.tables.cell_values import span_seconds
from livens.values.tables.columns import is_array
from livens.values.tables.filter_values import as_number
from livens.values.tables.pandas import FrameSource, IndexSource, SeriesSource
from livens.values.tables.sources import Source

_EXACT = (str, int, bool, float)


def pandas_code(source: Source, expression: str, sort: list[SortKey], filters: list[Filter]) -> str:
    """Return an expression that has the rows of a table as they are shown.

    Parameters
    ----------
    source : Source
        The table.
    expression : str
        What the table is called in code.
    sort : list of SortKey
        By which columns it is sorted.
    filters : list of Filter
        All of them hold for the rows that are shown.

    Raises
    ------
    NotAllowed
        If the table is of another library, or pandas would give other rows; says why.
    InvalidParams
        If a value does not fit its column.
    """
    if not isinstance(source, FrameSource) or isinstance(source, IndexSource):
        raise NotAllowed("Only frames and series of pandas have such code")
    writer = _Writer(source, expression)
    code = expression
    if filters:
        masks = [writer.filter(one) for one in filters]
        joined = masks[0] if len(masks) == 1 else " & ".join(map(_in_brackets, masks))
        code += f"[{joined}]"
    return code + writer.sort(sort)


def _in_brackets(mask: str) -> str:
    return f"({mask})"


class _Writer:
    """Writes comparisons of the columns of one table."""

    def __init__(self, source: FrameSource, expression: str) -> None:
        self._source = source
        self._expression = expression
        self._is_series = isinstance(source, SeriesSource)

    def filter(self, condition: Filter) -> str:
        """Return a mask for one of the filters."""
        tests = [self._comparison(one) for one in (condition, *condition.alternatives)]
        return tests[0] if len(tests) == 1 else " | ".join(map(_in_brackets, tests))

    def sort(self, keys: list[SortKey]) -> str:
        """Return what sorts; empty where nothing does."""
        if not keys:
            return ""
        for key in keys:
            self._need_dtype(key.column)
        ways = [not key.descending for key in keys]
        if self._is_series:
            by, ascending = "", repr(ways[0])
        elif len(keys) == 1:
            by, ascending = self._label(keys[0].column) + ", ", repr(ways[0])
        else:
            by = f"[{', '.join(self._label(key.column) for key in keys)}], "
            ascending = repr(ways)
        way = "" if all(ways) else f"ascending={ascending}, "
        return f".sort_values({by}{way}kind='stable')"

    def _comparison(self, one: Comparison) -> str:
        column = self._column(one.column)
        op, kind = one.op, self._need_dtype(one.column)
        if op in ("is null", "not null"):
            return f"{column}.{'isna' if op == 'is null' else 'notna'}()"
        if op == "contains":
            text = self._value(one.column, one.value)
            return f"{column}.str.contains({text}, case=False, regex=False, na=False)"
        if op == "in":
            values = ", ".join(self._value(one.column, value) for value in one.values)
            if kind == "time":
                return " | ".join(
                    f"({column} == {self._value(one.column, value)})" for value in one.values
                )
            return f"{column}.isin([{values}])"
        if self._is_category(one.column) and op not in ("==", "!="):
            raise self._no_code(one.column, "pandas does not compare categories as texts")
        if op == "between":
            low, high = (self._value(one.column, value) for value in one.values)
            return f"{column}.between({low}, {high})"
        wanted = self._value(one.column, one.value)
        if op == "!=":  # which holds for missing values in pandas, and not in the table
            return f"({column} != {wanted}) & {column}.notna()"
        return f"{column} {op} {wanted}"

    def _need_dtype(self, position: int) -> str:
        """Return the kind of a column, if pandas compares it as the table does."""
        kind = self._source.kind(position)
        dtype = self._source.dtype(position)
        if dtype == "object" and kind != "text":
            raise self._no_code(position, "its values are objects of Python")
        return kind

    def _is_category(self, position: int) -> bool:
        return self._source.piece(position, range(0)).labels is not None

    def _column(self, position: int) -> str:
        if self._is_series:
            return self._expression
        return f"{self._expression}[{self._label(position)}]"

    def _label(self, position: int) -> str:
        """Return the label of a column as Python reads it."""
        if self._is_series:
            return ""
        columns = self._source.columns_object
        reason = unread_labels(columns)
        if reason:
            raise self._no_code(position, reason)
        written = [_literal(label) for label in labels(columns, 0, self._source.shape[1])]
        found = written[position]
        if found is None:
            raise self._no_code(position, "its label is no text or number, nor a tuple of those")
        if written.count(found) > 1:
            raise self._no_code(position, "another column has the same label")
        return found

    def _value(self, position: int, value: Scalar) -> str:
        kind = self._source.kind(position)
        if kind == "number":
            number = as_number(value)
            if number is None:
                raise InvalidParams(f"{value!r:.100} is no number", expected="a number")
            text = repr(number)
            return text if text[-1].isdigit() else f"float({text!r})"
        if kind == "time":
            return self._time(position, value)
        return repr(value)

    def _time(self, position: int, value: Scalar) -> str:
        values: Any = self._source.piece(position, range(0)).values
        if is_array(values) and values.dtype.kind == "m":
            return repr(f"{span_seconds(value)} seconds")
        return repr(str(value))

    def _no_code(self, position: int, why: str) -> NotAllowed:
        label = _literal(self._source.label(position)) or str(position)
        return NotAllowed(f"There is no code of pandas for column {label[:100]}: {why}")


def _literal(label: object) -> str | None:
    """Return a label as Python reads it; None if it is no exact scalar, or tuple of those.

    Examples
    --------
    >>> _literal("x"), _literal(("a", 1)), _literal(object())
    ("'x'", "('a', 1)", None)
    """
    if type(label) is tuple:
        parts = [_literal(part) for part in label]
        known = [part for part in parts if part is not None]
        comma = "," if len(known) == 1 else ""
        return f"({', '.join(known)}{comma})" if len(known) == len(parts) else None
    is_nan = type(label) is float and math.isnan(label)
    return repr(label) if type(label) in _EXACT and not is_nan else None
