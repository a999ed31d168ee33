"""numpy: arrays by shape, dtype and their first items; scalars by their value.

Only exact classes are meant. ``shape``, ``dtype``, ``nbytes`` and ``flat`` of an exact `ndarray`
are C code that reads the header or a few items; a subclass could run anything in
``__array_finalize__``, and a memory map could read a disk, so those show their class only.
"""

from __future__ import annotations

from typing import Any

from livens.events import Kind
from livens.points import Gauge, Reading, number
from livens.summaries import Adapter, Limits, Preview, Summary


def _array(value: Any, limits: Limits, preview: Preview) -> Summary:
    shape = list(value.shape)
    first = value.flat[: limits.items].tolist()
    items = ", ".join(_item(item, preview) for item in first)
    more = ", …" if value.size > len(first) else ""
    text = f"[{items}{more}]" if shape else items
    return Summary(
        "array",
        text,
        length=shape[0] if shape else None,
        shape=shape,
        dtype=str(value.dtype),
        nbytes=value.nbytes,
        has_children=False,
        truncated=bool(more),
    )


def _item(item: object, preview: Preview) -> str:
    return f"{item:.6g}" if type(item) is float else preview(item)


def _scalar(value: Any, limits: Limits, preview: Preview) -> Summary:
    item = value.item()
    kind: Kind = "bool" if type(item) is bool else "text" if type(item) is str else "number"
    return Summary(kind, preview(item), dtype=str(value.dtype), nbytes=value.nbytes)


_SCALARS = (
    "bool", "bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "longlong", "ulonglong", "float16", "float32", "float64", "complex64", "complex128", "str_",
)  # fmt: skip

ADAPTERS: dict[str, Adapter] = {
    "numpy.ndarray": _array,
    **{f"numpy.{name}": _scalar for name in _SCALARS},
}


def _measured_array(value: Any) -> Reading:
    return Reading(None, list(value.shape), value.nbytes)


def _measured_scalar(value: Any) -> Reading:
    return Reading(number(value.item()))


GAUGES: dict[str, Gauge] = {
    "numpy.ndarray": _measured_array,
    **{
        f"numpy.{name}": _measured_scalar
        for name in _SCALARS
        if not name.startswith(("complex", "str"))
    },
}
