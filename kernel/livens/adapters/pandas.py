"""pandas: frames by shape, columns and dtypes; series and indexes by dtype and first items.

Only exact classes are asked anything; their subclasses (geopandas and others) are told by the
frame that they keep their data in. Nothing is sorted, grouped, converted or cached on the
object. Labels and items are read a few at a time, by position. dtypes and sizes are read from
the blocks (``_mgr``), because the public ways build a Series for each question, which takes
400 µs and leaves caches behind; where pandas moves them, the preview shows less and nothing
breaks. A grouping is told by what it groups: it has computed nothing yet.
"""

from __future__ import annotations

import datetime
from itertools import islice
from typing import Any

from livens.events import Kind
from livens.passive import class_name, exact_text, instance_dict, qualified_name
from livens.points import Gauge, Reading
from livens.summaries import Adapter, Limits, Preview, Summary
from livens.tables.dtypes import masked_dtype

_COLUMNS = 8
"""Columns that a preview names."""

_ITEMS = 5
"""Items of a series or an index that a preview shows."""

_MAX_BLOCKS = 1_000
"""Blocks of a frame that are looked at; a frame in more pieces has no size in bytes."""

_ZONES = ("datetime.", "zoneinfo.", "pytz.", "dateutil.", "pandas.")
"""Where a time zone may be from for its code to be run."""


def _frame(value: Any, limits: Limits, preview: Preview) -> Summary:
    manager = instance_dict(value)["_mgr"]  # type: ignore[index]
    if not all(map(_is_known, manager.axes)):
        return _frame_subclass(value, limits, preview)
    columns, index = manager.axes
    rows, width = len(index), len(columns)
    shown = min(width, _COLUMNS)
    dtypes, nbytes = _blocks(manager.blocks, shown)
    named = [
        f"{label} {dtype}".rstrip()
        for label, dtype in zip(_labels(columns, shown, preview), dtypes, strict=True)
    ]
    more = width > shown
    told = f": {', '.join(named)}{', …' if more else ''}" if named else ""
    return Summary(
        "table",
        f"{rows} rows × {width} columns{told}",
        length=rows,
        shape=[rows, width],
        nbytes=nbytes,
        truncated=more,
    )


def _blocks(blocks: Any, shown: int) -> tuple[list[str], int | None]:
    """Return the dtypes of the first columns, and the bytes of all of them."""
    dtypes, nbytes = [""] * shown, 0
    for block in islice(blocks, _MAX_BLOCKS):
        values = block.values
        nbytes += _nbytes(values)
        where = block.mgr_locs.indexer
        if type(where) is slice:
            positions = islice(range(*where.indices(1 << 62)), shown)
        else:
            positions = where[:1_000].tolist()
        dtype = ""
        for position in positions:
            if position < shown:
                dtype = dtype or _dtype(values)
                dtypes[position] = dtype
    return dtypes, nbytes if len(blocks) <= _MAX_BLOCKS else None


def _is_own(thing: object) -> bool:
    """Tell an array or dtype of pandas or numpy from one that somebody else wrote."""
    return qualified_name(type(thing)).startswith(("pandas.", "numpy."))


def _is_known(axis: object) -> bool:
    """Tell an index of pandas from a subclass, which may answer anything."""
    return qualified_name(type(axis)) in ADAPTERS


def _nbytes(values: Any) -> int:
    return int(values.nbytes) if _is_own(values) else 0


def _dtype(values: Any) -> str:
    own = (instance_dict(values) or {}) if _is_own(values) else {}
    if "_mask" in own:  # it would keep its dtype in a cache, to be asked for it
        return masked_dtype(own["_data"].dtype.name)
    dtype = values.dtype if _is_own(values) else None
    text = str(dtype) if _is_own(dtype) else class_name(type(values))
    return text if len(text) <= 100 else f"{text[:99]}…"


def _labels(columns: Any, shown: int, preview: Preview) -> list[str]:
    return [
        label if type(label) is str and len(label) <= 100 else _item(label, preview)
        for label in _held(columns)[:shown].tolist()
    ]


def _held(index: Any) -> Any:
    """Return the array that an index holds; the index itself where it has ranges or levels.

    A slice of an index is noted in it, and its dtype kept in its cache.
    """
    found = (instance_dict(index) or {}).get("_data")
    return found if _is_own(found) else index


def _series(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    manager = found["_mgr"]
    if not all(map(_is_known, manager.axes)):
        return _frame_subclass(value, limits, preview)
    values, length = manager.blocks[0].values, len(manager.axes[0])
    label = found.get("_name")
    is_hidden = type(label) is str and preview.hides(label)
    name = (
        "" if label is None else f"{exact_text(label) if type(label) is str else preview(label)}: "
    )
    return Summary(
        "table",
        f"{name}redacted" if is_hidden else name + _items(values, length, preview),
        length=length,
        shape=[length],
        dtype=_dtype(values),
        nbytes=_nbytes(values),
        truncated=length > _ITEMS,
    )


def _items(values: Any, length: int, preview: Preview) -> str:
    if not _is_own(values):
        return f"{length} items of {class_name(type(values))}"
    if qualified_name(type(values)).startswith("numpy."):
        return preview(values)  # which knows of memory maps
    first = ", ".join(_item(item, preview) for item in values[:_ITEMS].tolist())
    return f"[{first}{', …' if length > _ITEMS else ''}]"


def _item(item: object, preview: Preview) -> str:
    return f"{item:.6g}" if type(item) is float else preview(item)


def _index(value: Any, limits: Limits, preview: Preview) -> Summary:
    length, held = len(value), _held(value)
    text = f"{class_name(type(value))}({_items(held, length, preview)})"
    return Summary(
        "sequence",
        text,
        length=length,
        shape=[length],
        dtype="object" if held is value else _dtype(held),
        truncated=length > _ITEMS,
    )


def _range(value: Any, limits: Limits, preview: Preview) -> Summary:
    length = len(value)
    text = f"RangeIndex({value.start}, {value.stop}, {value.step})"
    return Summary("sequence", text, length=length, shape=[length], dtype="int64")


def _extension_array(value: Any, limits: Limits, preview: Preview) -> Summary:
    length = len(value)
    text = f"{class_name(type(value))}({_items(value, length, preview)})"
    return Summary(
        "array",
        text,
        length=length,
        shape=[length],
        dtype=_dtype(value),
        nbytes=_nbytes(value),
        truncated=length > _ITEMS,
    )


def _timedelta(value: Any, limits: Limits, preview: Preview) -> Summary:
    # Its text works out days, hours and so on, and keeps them; so another one is asked.
    return Summary("other", str(+value))


def _text(kind: Kind) -> Adapter:
    def adapter(value: Any, limits: Limits, preview: Preview) -> Summary:
        return Summary(kind, str(value))

    return adapter


def _timestamp(value: Any, limits: Limits, preview: Preview) -> Summary:
    zone = value.tzinfo
    if zone is None or qualified_name(type(zone)).startswith(_ZONES):
        return Summary("other", str(value))
    fields = (value.year, value.month, value.day, value.hour, value.minute, value.second)
    naive = datetime.datetime(*fields, value.microsecond)
    return Summary("other", f"{naive} in {qualified_name(type(zone))}")


def _interval(value: Any, limits: Limits, preview: Preview) -> Summary:
    opening = "[" if value.closed in ("left", "both") else "("
    closing = "]" if value.closed in ("right", "both") else ")"
    return Summary("other", f"{opening}{preview(value.left)}, {preview(value.right)}{closing}")


def _grouping(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    by = found.get("keys")
    told = "" if by is None else f" by {preview(by)}"
    return Summary("lazy", f"{class_name(type(value))}{told} of {_told(found.get('obj'), preview)}")


def _told(behind: object, preview: Preview) -> str:
    return preview(behind) if _is_known(behind) else class_name(type(behind))


def _frame_subclass(value: Any, limits: Limits, preview: Preview) -> Summary:
    name = class_name(type(value))
    manager: Any = (instance_dict(value) or {}).get("_mgr")
    if not _is_own(manager):
        return Summary("table", name)
    shape = [len(axis) for axis in reversed(manager.axes) if _is_known(axis)]
    size = " × ".join(map(str, shape))
    return Summary("table", f"{name}, {size}", length=shape[0] if shape else None, shape=shape)


_INDEXES = {
    "base": "Index", "multi": "MultiIndex", "datetimes": "DatetimeIndex",
    "timedeltas": "TimedeltaIndex", "period": "PeriodIndex", "category": "CategoricalIndex",
    "interval": "IntervalIndex",
}  # fmt: skip

_ARRAYS = {
    "categorical": "Categorical", "integer": "IntegerArray", "floating": "FloatingArray",
    "boolean": "BooleanArray", "string_": "StringArray", "datetimes": "DatetimeArray",
    "timedeltas": "TimedeltaArray", "period": "PeriodArray", "interval": "IntervalArray",
    "string_arrow": "ArrowStringArray", "arrow.array": "ArrowExtensionArray",
    "sparse.array": "SparseArray", "numpy_": "NumpyExtensionArray",
}  # fmt: skip

# pandas 3 names its classes by the public module, pandas 2 by the private one.
ADAPTERS: dict[str, Adapter] = {
    "pandas.DataFrame": _frame,
    "pandas.core.frame.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.core.series.Series": _series,
    "pandas.RangeIndex": _range,
    "pandas.core.indexes.range.RangeIndex": _range,
    **{f"pandas.{name}": _index for name in _INDEXES.values()},
    **{f"pandas.core.indexes.{module}.{name}": _index for module, name in _INDEXES.items()},
    "pandas.Categorical": _extension_array,
    **{f"pandas.arrays.{name}": _extension_array for name in _ARRAYS.values()},
    **{f"pandas.core.arrays.{module}.{name}": _extension_array for module, name in _ARRAYS.items()},
    "pandas.Timestamp": _timestamp,
    "pandas._libs.tslibs.timestamps.Timestamp": _timestamp,
    "pandas.Timedelta": _timedelta,
    "pandas._libs.tslibs.timedeltas.Timedelta": _timedelta,
    "pandas.Period": _text("other"),
    "pandas._libs.tslibs.period.Period": _text("other"),
    "pandas.Interval": _interval,
    "pandas._libs.interval.Interval": _interval,
    "pandas.api.typing.NaTType": _text("none"),
    "pandas._libs.tslibs.nattype.NaTType": _text("none"),
    "pandas.api.typing.NAType": _text("none"),
    "pandas._libs.missing.NAType": _text("none"),
}

BASES: dict[str, Adapter] = {
    "pandas.DataFrame": _frame_subclass,
    "pandas.core.frame.DataFrame": _frame_subclass,
    "pandas.Series": _frame_subclass,
    "pandas.core.series.Series": _frame_subclass,
    "pandas.core.groupby.groupby.BaseGroupBy": _grouping,
    "pandas.core.window.rolling.BaseWindow": _grouping,
}


def _measured(value: Any) -> Reading:
    # Without the bytes, which would take several times as long.
    return Reading(None, list(value.shape))


def _measured_series(value: Any) -> Reading:
    return Reading(None, [len(value)])  # its shape is worked out by a cache that it would fill


GAUGES: dict[str, Gauge] = {
    "pandas.DataFrame": _measured,
    "pandas.Series": _measured_series,
    "pandas.core.frame.DataFrame": _measured,
    "pandas.core.series.Series": _measured_series,
}
