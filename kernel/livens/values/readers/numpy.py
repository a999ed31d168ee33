"""numpy: arrays by the bytes of their elements, whatever their order and strides.

``reshape``, slices, ``flat`` and ``tobytes`` of an exact `ndarray` are C code. A subclass could run
anything in ``__array_finalize__``, so it is read by a view of it as an exact `ndarray`, which
`ndarray.view` itself makes. A slice is a view; what is copied is the part that was asked for. An
array whose memory is a file's is not read, for that could read a disk. Arrays of objects are lists
of objects.
"""

from __future__ import annotations

from typing import Any

from livens.values.content import Content, Reader, nothing
from livens.values.marks import Part
from livens.values.passive import base_named, class_dict, instance_dict, is_exactly, qualified_name

_MAPS = frozenset({"mmap.mmap", "numpy.memmap", "numpy.core.memmap.memmap"})


def _array(value: Any) -> Content:
    dtype, shape, flags = value.dtype, tuple(value.shape), value.flags
    facts = (
        ("dtype", _dtype_text(dtype)),
        ("state", "writable" if flags.writeable else "read-only"),
    )
    if dtype.kind == "T":
        return _strings(value, shape, facts)
    if is_mapped(value):
        return Content("cells", shape, 0, nothing, gap="a memory map is not read", facts=facts)
    if dtype.hasobject:
        return _objects(value, shape, facts)
    if flags.c_contiguous or value.ndim == 1:
        flat = value.reshape(-1)
    elif flags.f_contiguous:
        flat = value.T.reshape(-1)
    else:
        flat = value.flat
    if dtype.names is not None and not flags.contiguous:
        # Copying single records leaves the bytes between their fields as they come.
        return _fields(value, shape, facts)
    return Content(
        "cells",
        shape,
        value.size,
        lambda start, stop: flat[start:stop].tobytes(),
        max(1, dtype.itemsize),
        facts=facts,
    )


def _dtype_text(dtype: Any) -> str:
    """Write a dtype; of records with the names of their fields, which the code leaves out."""
    if dtype.kind == "T":
        return "StringDType"  # its own text has what stands for a missing one
    return str(dtype.str if dtype.names is None else dtype)


def _strings(value: Any, shape: tuple[Any, ...], facts: tuple[Any, ...]) -> Content:
    """Read an array of `StringDType`, which keeps long texts elsewhere, text by text.

    What stands for a missing one may be any object, which numpy compares and asks for its text.
    """
    size = value.size
    missing = getattr(value.dtype, "na_object", None)
    if missing is not None and not is_exactly(missing, float, str):
        gap = "any object stands for a missing text"
        return Content("items", shape, 0, nothing, gap=gap, facts=facts)
    if value.flags.c_contiguous:
        flat = value.reshape(-1)
        return _made(shape, size, lambda i, j: (None, flat[i:j].tolist()), facts)
    # Not by `flat`, which is broken in numpy for these arrays: longer texts get lost.
    item = value.item
    return _made(shape, size, lambda i, j: (None, [item(n) for n in range(i, min(j, size))]), facts)


def _made(shape: tuple[Any, ...], size: int, read: Any, facts: tuple[Any, ...]) -> Content:
    return Content("items", shape, size, read, facts=facts, is_made=True)


def _objects(value: Any, shape: tuple[Any, ...], facts: tuple[Any, ...]) -> Content:
    if value.dtype.names is not None:
        return _fields(value, shape, facts)
    flat = value.reshape(-1) if value.flags.c_contiguous else value.flat
    return Content(
        "items",
        shape,
        value.size,
        lambda start, stop: (None, flat[start:stop].tolist()),
        facts=facts,
    )


def _fields(value: Any, shape: tuple[Any, ...], facts: tuple[Any, ...]) -> Content:
    names = value.dtype.names

    def read(start: int, stop: int) -> Any:
        chosen = names[start:stop]
        return list(chosen), [value[name] for name in chosen]

    return Content("columns", shape, len(names), read, facts=facts)


def is_mapped(value: Any) -> bool:
    """Return whether the memory of an array is a file's, through any number of views."""
    base = value.base
    for _ in range(20):
        if base is None:
            return False
        name = qualified_name(type(base))
        if name in _MAPS:
            return True
        array = base.obj if type(base) is memoryview else base
        cls = base_named(type(array), "numpy.ndarray")
        if cls is None:
            return qualified_name(type(array)) in _MAPS
        base = class_dict(cls)["base"].__get__(array)
    return True


def _subclass(value: Any) -> Content:
    cls = base_named(type(value), "numpy.ndarray")
    return _array(class_dict(cls)["view"](value, cls))


def _masked(value: Any) -> Content:
    """Read a masked array: its data and its mask. What else it keeps changes when it is read."""
    cls = base_named(type(value), "numpy.ndarray")
    data = class_dict(cls)["view"](value, cls)
    own = instance_dict(value) or {}
    mask = own.get("_mask")
    if qualified_name(type(mask)) != "numpy.ndarray":
        mask = None
    parts = [data, mask]
    dtype = _dtype_text(data.dtype)
    return Content(
        "columns",
        tuple(data.shape),
        2,
        lambda start, stop: (
            [Part(name) for name in ("data", "mask")[start:stop]],
            parts[start:stop],
        ),
        facts=(("dtype", dtype), ("hard mask", own.get("_hardmask") is True)),
    )


READERS: dict[str, Reader] = {"numpy.ndarray": _array}

BASES: dict[str, Reader] = {
    "numpy.ma.MaskedArray": _masked,
    "numpy.ma.core.MaskedArray": _masked,
    "numpy.ndarray": _subclass,
}
