"""ctypes: numbers, arrays and structures by what lies in their own memory.

Read by the descriptors of ctypes' own classes, since users derive from them. A pointer is told by
its address and never followed, neither is a ``char *``: what lies there may be gone. For the same
reason an object is only read whose memory is its own, or that of an object that it is a part of:
``from_address`` and ``from_buffer`` put one anywhere. A part of a class with a ``__del__`` is not
taken out, for that would run when it goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from livens.values.passive import (
    base_named,
    class_attribute,
    class_dict,
    class_mro,
    class_name,
    is_real_instance,
    qualified_name,
)
from livens.values.summaries import Adapter, Limits, Preview, Summary

_ADDRESSES = ("z", "Z", "X")
"""The codes of simple types whose value is what they point to."""

_POINTERS = ("_ctypes._Pointer", "_ctypes.CFuncPtr", "_ctypes.PyCFuncPtr")
_MAX_OWNERS = 20


def _has_own_memory(value: Any) -> bool:
    read = class_dict(base_named(type(value), "_ctypes._CData"))
    for _ in range(_MAX_OWNERS):
        owner = read["_b_base_"].__get__(value)
        if owner is None:
            return bool(read["_b_needsfree_"].__get__(value))
        if base_named(type(owner), *_POINTERS) is not None:
            return False  # it lies where that points to
        value = owner
    return False


def _code(cls: type) -> str:
    code = class_attribute(cls, "_type_")
    return code if type(code) is str else ""


def _can_be_taken(cls: object) -> bool:
    """Return whether an item or a field of a class of ctypes is read without running anything."""
    if not is_real_instance(cls, type) or class_attribute(cls, "__del__") is not None:  # type: ignore[arg-type]
        return False
    return base_named(cls, "_ctypes._SimpleCData") is None or _code(cls) not in _ADDRESSES  # type: ignore[arg-type]


def _address(value: Any) -> str:
    if not _has_own_memory(value):
        return "not read"
    address = int.from_bytes(memoryview(value).tobytes(), _order())
    return f"0x{address:x}" if address else "NULL"


def _order() -> Any:
    import sys

    return sys.byteorder


def _simple(value: Any, limits: Limits, preview: Preview) -> Summary:
    cls = type(value)
    code = _code(cls)
    if code in _ADDRESSES:
        return Summary("other", f"{class_name(cls)}({_address(value)})")
    if not _has_own_memory(value):
        return _elsewhere(value)
    try:
        held = class_dict(base_named(cls, "_ctypes._SimpleCData"))["value"].__get__(value)
    except ValueError:  # a `py_object` without an object
        return Summary("other", f"{class_name(cls)}(NULL)")
    kind: Any = "bool" if type(held) is bool else "other"
    if type(held) is int or type(held) is float:
        kind = "number"
    return Summary(kind, f"{class_name(cls)}({preview(held)})")


def _elsewhere(value: Any) -> Summary:
    return Summary("other", f"{class_name(type(value))}, not read: the memory is not its own")


def _array(value: Any, limits: Limits, preview: Preview) -> Summary:
    base = base_named(type(value), "_ctypes.Array")
    length = base.__len__(value)
    element = class_attribute(type(value), "_type_")
    known = _can_be_taken(element)
    name = class_name(type(value))
    shown = min(length, limits.items)
    if not _has_own_memory(value):
        text = f"{name}, not read: the memory is not its own"
    elif _code(element) in ("c", "u"):
        text, shown = f"{name}({preview(base.__getitem__(value, slice(0, 1_000)))})", length
    elif known:
        items = [preview(base.__getitem__(value, n)) for n in range(shown)]
        text = f"{name}({', '.join(items)}{', …' if shown < length else ''})"
    else:
        text = f"{name} of {class_name(element)}"
    return Summary(
        "array",
        text,
        length=length,
        shape=[length],
        dtype=class_name(element),
        nbytes=memoryview(value).nbytes,
        truncated=shown < length,
    )


def _structure(value: Any, limits: Limits, preview: Preview) -> Summary:
    name = class_name(type(value))
    if not _has_own_memory(value):
        return _elsewhere(value)
    parts: list[str] = []
    is_cut = False
    for field, cls, descriptor in _fields(type(value)):
        if len(parts) == limits.items:
            parts.append("…")
            is_cut = True
            break
        if preview.hides(field) or _can_be_taken(cls):
            parts.append(_field(value, field, descriptor, preview))
        else:
            parts.append(f"{field}=<{class_name(cls)}>")
    return Summary("object", f"{name}({', '.join(parts)})", truncated=is_cut)


def _field(value: Any, field: str, descriptor: Any, preview: Preview) -> str:
    if preview.hides(field):
        return f"{field}=redacted"
    try:
        return preview.field(field, descriptor.__get__(value))
    except ValueError:  # a `py_object` without an object
        return f"{field}=NULL"


def _fields(cls: type) -> Iterator[tuple[str, type, Any]]:
    """Yield the fields of a structure, those of the class that it inherits from first."""
    for base in reversed(class_mro(cls)):
        contents = class_dict(base)
        declared = contents.get("_fields_")
        if type(declared) is not list and type(declared) is not tuple:
            continue
        for field in declared:
            if type(field) is not tuple or len(field) < 2 or type(field[0]) is not str:
                continue
            descriptor = contents.get(field[0])
            is_field = qualified_name(type(descriptor)) == "_ctypes.CField"
            if is_field and is_real_instance(field[1], type):
                yield field[0], field[1], descriptor


def _pointer(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", f"{class_name(type(value))}({_address(value)})")


ADAPTERS: dict[str, Adapter] = {}

BASES: dict[str, Adapter] = {
    "_ctypes._SimpleCData": _simple,
    "_ctypes.Array": _array,
    "_ctypes.Structure": _structure,
    "_ctypes.Union": _structure,
    **dict.fromkeys(_POINTERS, _pointer),
}
