"""numpy: arrays by shape, dtype and their first items; scalars by their value.

``shape``, ``dtype``, ``nbytes`` and ``flat`` of an exact `ndarray` are C code that reads the
header or a few items. A subclass could run anything in ``__array_finalize__`` or in a property
of its own, so its header is read by the descriptors of `ndarray` itself, and its items are not.
The items of a memory map are on a disk, also where an exact array lies on top of one: those are
not read either.
"""

from __future__ import annotations

import sys
from typing import Any

from livens.protocol.types import Kind
from livens.values.gauges import Gauge, Reading, number
from livens.values.passive import base_named, class_dict, class_name, is_exactly, qualified_name
from livens.values.summaries import Adapter, Limits, Preview, Summary
from livens.values.table_text import item_text

_PLAIN = frozenset("biufcSUmM?")
"""The codes (``dtype.kind``) of items that are no Python objects and have no fields."""

_MAX_ITEM_BYTES = 1_000
"""An item that is larger (a long text) is not turned into an object to be shown."""


def _array(value: Any, limits: Limits, preview: Preview) -> Summary:
    shape, dtype = list(value.shape), value.dtype
    text, more = _items(value, limits, preview)
    return Summary(
        "array",
        text,
        length=shape[0] if shape else None,
        shape=shape,
        dtype=_dtype_text(dtype),
        nbytes=value.nbytes,
        truncated=more,
    )


def _items(value: Any, limits: Limits, preview: Preview) -> tuple[str, bool]:
    """Write the first items; say whether there are more."""
    dtype, size = value.dtype, value.size
    if _lies_on_a_map(value):
        return "not read: a memory map", size > 0
    if dtype.kind == "T":
        return _strings(value, limits, preview)
    if (dtype.kind not in _PLAIN and dtype.kind not in "OV") or dtype.itemsize > _MAX_ITEM_BYTES:
        return "not read", size > 0
    count = 3 if dtype.kind in "OV" else limits.items
    first = value.flat[:count]
    if dtype.kind in "mM":  # as text: `tolist` makes plain ints of nanoseconds
        parts = [str(item) for item in first]
    else:
        parts = [item_text(item, preview) for item in first.tolist()]
    if not value.shape:
        return parts[0], False
    more = size > len(parts)
    return f"[{', '.join(parts)}{', …' if more else ''}]", more


def _strings(value: Any, limits: Limits, preview: Preview) -> tuple[str, bool]:
    """Write the first items of an array of `StringDType`, whose texts lie elsewhere.

    By slices, for ``flat`` of such an array is broken in numpy (2.5: longer texts get lost). What
    stands for a missing one may be any object, which numpy compares, and asks for its text.
    """
    missing, size = getattr(value.dtype, "na_object", None), value.size
    first = value
    while first.ndim > 1 and size:
        first = first[0]
    first = first[: limits.items] if first.ndim else first.reshape(1)
    is_known = missing is None or is_exactly(missing, float, str)
    if not is_known or _characters(first) > _MAX_STRINGS:
        return "not read", size > 0
    parts = list(map(preview, first.tolist()))
    if not value.shape:
        return parts[0], False
    more = size > len(parts)
    return f"[{', '.join(parts)}{', …' if more else ''}]", more


def _characters(strings: Any) -> int:
    """Count the characters of some strings; missing ones have none, and no length either."""
    # `numpy.strings` has it as well, and is imported only when somebody asks numpy 2.0 for it.
    length = vars(sys.modules["numpy._core.umath"])["str_len"]
    total = 0
    for place in range(len(strings)):
        try:
            total += int(length(strings[place : place + 1])[0])
        except ValueError:
            continue
    return total


_MAX_STRINGS = 100_000
"""Characters that the first items of an array of strings may have together to be shown."""


def _lies_on_a_map(value: Any) -> bool:
    owner = value
    for _ in range(10):
        owner = (
            owner.obj
            if type(owner) is memoryview
            else class_dict(base_named(type(owner), "numpy.ndarray"))["base"].__get__(owner)
        )
        if owner is None:
            return False
        name = qualified_name(type(owner))
        if name in ("numpy.memmap", "mmap.mmap"):
            return True
        if type(owner) is not memoryview and base_named(type(owner), "numpy.ndarray") is None:
            return False
    return True


def _dtype_text(dtype: Any) -> str:
    if dtype.kind == "T":
        return "StringDType"  # without what stands for a missing one: any object
    text = str(dtype)
    return text if len(text) <= 200 else f"{text[:199]}…"


def _subclass(value: Any, limits: Limits, preview: Preview) -> Summary:
    header = class_dict(base_named(type(value), "numpy.ndarray"))
    shape = list(header["shape"].__get__(value))
    name = qualified_name(type(value))
    return Summary(
        "array",
        "memory map, not read"
        if name == "numpy.memmap"
        else f"{class_name(type(value))}, not read",
        length=shape[0] if shape else None,
        shape=shape,
        dtype=_dtype_text(header["dtype"].__get__(value)),
        nbytes=header["nbytes"].__get__(value),
        truncated=True,
    )


def _scalar(value: Any, limits: Limits, preview: Preview) -> Summary:
    item = value.item()
    kind: Kind = "number"
    if type(item) is bool:
        kind = "bool"
    elif type(item) is str:
        kind = "text"
    elif type(item) is bytes:
        kind = "bytes"
    return Summary(kind, preview(item), dtype=str(value.dtype), nbytes=value.nbytes)


def _long_scalar(value: Any, limits: Limits, preview: Preview) -> Summary:
    # Its `item` is itself: Python has no number that is as long.
    return Summary("number", str(value), dtype=str(value.dtype), nbytes=value.nbytes)


def _time(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", str(value), dtype=str(value.dtype), nbytes=value.nbytes)


def _void(value: Any, limits: Limits, preview: Preview) -> Summary:
    fields = value.dtype.names
    text = preview(value.item()) if value.nbytes <= _MAX_ITEM_BYTES else "not read"
    told = f"({', '.join(fields)}) " if fields else ""
    return Summary("other", f"{told}{text}", dtype=_dtype_text(value.dtype), nbytes=value.nbytes)


def _dtype(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", f"dtype {_dtype_text(value)}")


def _ufunc(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("function", f"ufunc {class_dict(type(value))['__name__'].__get__(value)}")


_SCALARS = (
    "bool", "bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "longlong", "ulonglong", "float16", "float32", "float64", "complex64", "complex128", "str_",
    "bytes_", "intc", "uintc",
)  # fmt: skip

ADAPTERS: dict[str, Adapter] = {
    "numpy.ndarray": _array,
    **{f"numpy.{name}": _scalar for name in _SCALARS},
    "numpy.longdouble": _long_scalar,
    "numpy.clongdouble": _long_scalar,
    "numpy.datetime64": _time,
    "numpy.timedelta64": _time,
    "numpy.void": _void,
    "numpy.ufunc": _ufunc,
    **{
        f"numpy.dtypes.{name}DType": _dtype
        for name in (
            "Bool", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64",
            "Float16", "Float32", "Float64", "LongDouble", "Complex64", "Complex128", "Object",
            "Str", "Bytes", "Void", "DateTime64", "TimeDelta64", "String",
        )
    },
}  # fmt: skip

BASES: dict[str, Adapter] = {"numpy.ndarray": _subclass}


def _measured_array(value: Any) -> Reading:
    return Reading(None, list(value.shape), value.nbytes)


def _measured_scalar(value: Any) -> Reading:
    return Reading(number(value.item()))


GAUGES: dict[str, Gauge] = {
    "numpy.ndarray": _measured_array,
    **{
        f"numpy.{name}": _measured_scalar
        for name in _SCALARS
        if not name.startswith(("complex", "str", "bytes"))
    },
}
