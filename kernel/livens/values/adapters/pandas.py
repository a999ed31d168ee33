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

from livens.protocol.types import Kind
from livens.values.gauges import Gauge, Reading
from livens.values.passive import class_name, exact_text, instance_dict, qualified_name
from livens.values.summaries import Adapter, Limits, Preview, Summary
from livens.values.table_text import SHOWN_COLUMNS, frame_summary, item_text
from livens.values.tables.axes import (
    ARRAYS,
    INDEXES,
    fields,
    is_numpy,
    is_own_array,
    items,
    labels,
    length_of,
    unread_labels,
)
from livens.values.tables.dtypes import array_dtype, is_known_zone, is_own, makes_foreign_items

_ITEMS = 5
"""Items of a series or an index that a preview shows."""

_MAX_BLOCKS = 1_000
"""Blocks of a frame that are looked at; a frame in more pieces has no size in bytes."""


def _frame(value: Any, limits: Limits, preview: Preview) -> Summary:
    manager = instance_dict(value)["_mgr"]  # type: ignore[index]
    columns, index = manager.axes
    rows, width = _length(index), _length(columns)
    if rows is None or width is None:
        return _frame_subclass(value, limits, preview)
    shown = min(width, SHOWN_COLUMNS)
    dtypes, nbytes = _blocks(manager.blocks, shown)
    named = [
        f"{label} {dtype}".rstrip()
        for label, dtype in zip(_labels(columns, shown, preview), dtypes, strict=True)
    ]
    return frame_summary(rows, width, named, nbytes)


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


def _length(axis: object) -> int | None:
    """Return the length of an index of pandas; None of a subclass, which may answer anything."""
    return length_of(axis) if qualified_name(type(axis)) in INDEXES else None


def _nbytes(values: Any) -> int:
    if not is_own(values):
        return 0
    if makes_foreign_items(values):
        held: Any = getattr(values, "_ndarray", None)  # without what is behind the numbers
        return int(held.nbytes) if is_numpy(held) else 0
    return int(values.nbytes)


def _dtype(values: Any) -> str:
    text = array_dtype(values)
    return text if len(text) <= 100 else f"{text[:99]}…"


def _labels(columns: Any, shown: int, preview: Preview) -> list[str]:
    held = _held(columns)
    if unread_labels(columns):
        return ["…"] * shown
    is_plain = is_own(held) and not makes_foreign_items(held)
    is_boxed = is_plain and is_own_array(held)
    found = items(held, 0, shown) if is_boxed else labels(columns, 0, shown)
    return [
        label if type(label) is str and len(label) <= 100 else item_text(label, preview)
        for label in found
    ]


def _held(index: Any) -> Any:
    """Return the array that an index holds, of pandas' or numpy's own; else None."""
    found = fields(index).get("_data")
    return found if is_numpy(found) or is_own_array(found) else None


def _series(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    manager = found["_mgr"]
    values, length = manager.blocks[0].values, _length(manager.axes[0])
    if length is None:
        return _frame_subclass(value, limits, preview)
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
    if qualified_name(type(values)).startswith("numpy."):
        return preview(values)  # which knows of memory maps
    more = ", …" if length > _ITEMS else ""
    if not is_own_array(values):
        return f"{length} items of {class_name(type(values))}"
    if not makes_foreign_items(values):
        first = ", ".join(item_text(item, preview) for item in items(values, 0, _ITEMS))
        return f"[{first}{more}]"
    if class_name(type(values)) == "DatetimeArray":  # kept in UTC, whatever zone they are shown in
        return f"[{', '.join(map(str, values._ndarray[:_ITEMS]))}{more}] in UTC"
    return f"{length} items"


def _index(value: Any, limits: Limits, preview: Preview) -> Summary:
    length, held = length_of(value), _held(value)
    name = class_name(type(value))
    if length is None:
        return Summary("sequence", f"{name} of {_array_class(value)}")
    if held is not None or unread_labels(value):
        told = _items(held, length, preview)
    else:  # of several levels
        found = ", ".join(preview(label) for label in labels(value, 0, _ITEMS))
        told = f"[{found}{', …' if length > _ITEMS else ''}]"
    return Summary(
        "sequence",
        f"{name}({told})",
        length=length,
        shape=[length],
        dtype="object" if held is None else _dtype(held),
        truncated=length > _ITEMS,
    )


def _array_class(index: Any) -> str:
    return class_name(type(fields(index).get("_data")))


def _range(value: Any, limits: Limits, preview: Preview) -> Summary:
    length = length_of(value)
    text = f"RangeIndex({value.start}, {value.stop}, {value.step})"
    return Summary("sequence", text, length=length, shape=[length or 0], dtype="int64")


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
    if is_known_zone(zone):
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
    is_known = qualified_name(type(behind)) in ADAPTERS
    return preview(behind) if is_known else class_name(type(behind))


def _frame_subclass(value: Any, limits: Limits, preview: Preview) -> Summary:
    name = class_name(type(value))
    manager: Any = (instance_dict(value) or {}).get("_mgr")
    if not is_own(manager):
        return Summary("table", name)
    sizes = [length_of(axis) for axis in reversed(manager.axes)]
    shape = [size for size in sizes if size is not None]
    size = " × ".join(map(str, shape))
    return Summary("table", f"{name}, {size}", length=shape[0] if shape else None, shape=shape)


ADAPTERS: dict[str, Adapter] = {
    "pandas.DataFrame": _frame,
    "pandas.core.frame.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.core.series.Series": _series,
    **dict.fromkeys(INDEXES, _index),
    "pandas.RangeIndex": _range,
    "pandas.core.indexes.range.RangeIndex": _range,
    **dict.fromkeys(ARRAYS, _extension_array),
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
    # Without the bytes, which would take several times as long. Its own shape asks the axes.
    sizes = [length_of(axis) for axis in reversed((instance_dict(value) or {})["_mgr"].axes)]
    return Reading(None, [size for size in sizes if size is not None])


GAUGES: dict[str, Gauge] = {
    "pandas.DataFrame": _measured,
    "pandas.Series": _measured,
    "pandas.core.frame.DataFrame": _measured,
    "pandas.core.series.Series": _measured,
}
