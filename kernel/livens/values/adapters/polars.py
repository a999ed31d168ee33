"""polars: frames by shape, columns and dtypes; series by dtype and first items; lazy by class.

The header of a frame and of a series (``shape``, ``columns``, ``dtypes``) is kept in Rust and
read from there. The first items of a series are a slice, which copies nothing; they are shown
for plain dtypes only, since one item of a list or struct may be of any size. A `LazyFrame` and an
`Expr` are told by their class: even the columns of a lazy frame have to be worked out.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_name
from livens.values.summaries import Adapter, Limits, Preview, Summary
from livens.values.table_text import SHOWN_COLUMNS, frame_summary, item_text, short_name

_ITEMS = 5

_PLAIN = frozenset(
    ("Int8", "Int16", "Int32", "Int64", "Int128", "UInt8", "UInt16", "UInt32", "UInt64",
     "UInt128", "Float16", "Float32", "Float64", "Boolean", "Date", "Time", "Duration", "Null")
)  # fmt: skip
"""Dtypes whose items are small."""

_TEXTS = frozenset(("String", "Categorical", "Enum"))

_MAX_TEXT_BYTES = 1_000_000
"""Texts are shown where all of them together take no more: one item alone may be huge."""


def _frame(value: Any, limits: Limits, preview: Preview) -> Summary:
    rows, width = value.shape
    dtypes = value.dtypes
    named = [
        f"{short_name(name)} {short_name(str(dtype))}"
        for name, dtype in zip(value.columns[:SHOWN_COLUMNS], dtypes[:SHOWN_COLUMNS], strict=True)
    ]
    nbytes = int(value.estimated_size()) if width <= 1_000 else None
    return frame_summary(rows, width, named, nbytes)


def _series(value: Any, limits: Limits, preview: Preview) -> Summary:
    length, dtype = value.len(), value.dtype
    nbytes = int(value.estimated_size())
    kind = class_name(type(dtype))
    name = f"{short_name(value.name)}: " if value.name else ""
    if preview.hides(value.name):
        text = f"{name}redacted"
    elif kind in _PLAIN or (kind in _TEXTS and nbytes <= _MAX_TEXT_BYTES):
        first = ", ".join(item_text(item, preview) for item in value.head(_ITEMS).to_list())
        text = f"{name}[{first}{', …' if length > _ITEMS else ''}]"
    else:
        text = f"{name}{length} items"
    return Summary(
        "table",
        text,
        length=length,
        shape=[length],
        dtype=short_name(str(dtype)),
        nbytes=nbytes,
        truncated=length > _ITEMS,
    )


def _lazy(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("lazy", f"{class_name(type(value))}, not collected")


ADAPTERS: dict[str, Adapter] = {
    "polars.dataframe.frame.DataFrame": _frame,
    "polars.series.series.Series": _series,
    "polars.dataframe.group_by.GroupBy": _lazy,
}

BASES: dict[str, Adapter] = {
    "polars.lazyframe.frame.LazyFrame": _lazy,
    "polars.lazyframe.group_by.LazyGroupBy": _lazy,
    "polars.expr.expr.Expr": _lazy,
}
