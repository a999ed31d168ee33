"""pandas: frames by shape, columns and dtypes; series by dtype and their first items.

Only exact classes are meant. What is called reads the index, the columns and at most a few
rows by position; nothing is sorted, grouped, converted or cached on the frame. The size in
memory is the shallow one (``deep=False``): the deep one walks every string.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from livens.passive import class_name
from livens.points import Gauge, Reading
from livens.summaries import Adapter, Limits, Preview, Summary

_COLUMNS = 8
"""Columns that a preview names."""


def _frame(value: Any, limits: Limits, preview: Preview) -> Summary:
    rows, columns = value.shape
    named = [
        f"{preview(label).strip(chr(39))} {dtype}"
        for label, dtype in islice(zip(value.columns, value.dtypes, strict=True), _COLUMNS)
    ]
    more = columns > len(named)
    text = f"{rows} rows × {columns} columns: {', '.join(named)}{', …' if more else ''}"
    return Summary(
        "table",
        text,
        length=rows,
        shape=[rows, columns],
        nbytes=_nbytes(value.memory_usage(index=True, deep=False)) if columns <= 1_000 else None,
        truncated=more,
    )


def _series(value: Any, limits: Limits, preview: Preview) -> Summary:
    length = len(value.index)
    first = ", ".join(preview(item) for item in value.iloc[: min(5, limits.items)].tolist())
    more = ", …" if length > 5 else ""
    name = "" if value.name is None else f"{preview(value.name).strip(chr(39))}: "
    return Summary(
        "table",
        f"{name}[{first}{more}]",
        length=length,
        shape=[length],
        dtype=str(value.dtype),
        nbytes=int(value.memory_usage(index=True, deep=False)),
        truncated=bool(more),
    )


def _index(value: Any, limits: Limits, preview: Preview) -> Summary:
    length = len(value)
    first = ", ".join(preview(item) for item in value[:5].tolist())
    text = f"{class_name(type(value))}([{first}{', …' if length > 5 else ''}])"
    return Summary("sequence", text, length=length, shape=[length], dtype=str(value.dtype))


def _nbytes(usage: Any) -> int:
    return int(usage.sum())


ADAPTERS: dict[str, Adapter] = {
    # pandas 3 names its classes by the public module, pandas 2 by the private one.
    "pandas.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.Index": _index,
    "pandas.RangeIndex": _index,
    "pandas.DatetimeIndex": _index,
    "pandas.core.frame.DataFrame": _frame,
    "pandas.core.series.Series": _series,
    "pandas.core.indexes.base.Index": _index,
    "pandas.core.indexes.range.RangeIndex": _index,
    "pandas.core.indexes.datetimes.DatetimeIndex": _index,
}


def _measured(value: Any) -> Reading:
    # Without the bytes, which take pandas a hundred times as long.
    return Reading(None, list(value.shape))


GAUGES: dict[str, Gauge] = {
    "pandas.DataFrame": _measured,
    "pandas.Series": _measured,
    "pandas.core.frame.DataFrame": _measured,
    "pandas.core.series.Series": _measured,
}
