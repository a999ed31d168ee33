"""numpy: arrays by the bytes of their elements, whatever their order and strides.

Only exact arrays are meant: ``reshape``, slices, ``flat`` and ``tobytes`` of an exact `ndarray`
are C code, and a subclass could run anything in ``__array_finalize__``. A slice is a view; what
is copied is the part that was asked for. An array whose memory is a file's is not read, for that
could read a disk. Arrays of objects are lists of objects.
"""

from __future__ import annotations

from typing import Any

from livens.fingerprints import Content, Reader, nothing
from livens.passive import is_exactly, qualified_name

_MAPS = frozenset({"mmap.mmap", "numpy.memmap", "numpy.core.memmap.memmap"})


def _array(value: Any) -> Content:
    dtype = value.dtype
    if dtype.kind == "T":
        return _strings(value)
    header = (dtype.str, *value.shape)
    if _is_mapped(value):
        return Content("cells", header, 0, nothing, gap="a memory map is not read")
    if dtype.hasobject:
        return _objects(value, header)
    flags = value.flags
    if flags.c_contiguous or value.ndim == 1:
        flat = value.reshape(-1)
    elif flags.f_contiguous:
        flat = value.T.reshape(-1)
    else:
        flat = value.flat
    if dtype.names is not None and not flags.contiguous:
        # Copying single records leaves the bytes between their fields as they come.
        return _fields(value, header)
    return Content(
        "cells",
        header,
        value.size,
        lambda start, stop: flat[start:stop].tobytes(),
        max(1, dtype.itemsize),
    )


def _strings(value: Any) -> Content:
    """Read an array of `StringDType`, which keeps long texts elsewhere, text by text.

    What stands for a missing one may be any object, which numpy compares and asks for its text.
    """
    header, size = ("StringDType", *value.shape), value.size
    missing = getattr(value.dtype, "na_object", None)
    if missing is not None and not is_exactly(missing, float, str):
        return Content("items", header, 0, nothing, gap="any object stands for a missing text")
    if value.flags.c_contiguous:
        flat = value.reshape(-1)
        return Content("items", header, size, lambda i, j: (None, flat[i:j].tolist()))
    # Not by `flat`, which is broken in numpy for these arrays: longer texts get lost.
    item = value.item
    return Content(
        "items", header, size, lambda i, j: (None, [item(n) for n in range(i, min(j, size))])
    )


def _objects(value: Any, header: tuple[Any, ...]) -> Content:
    if value.dtype.names is not None:
        return _fields(value, header)
    flat = value.reshape(-1) if value.flags.c_contiguous else value.flat
    return Content(
        "items", header, value.size, lambda start, stop: (None, flat[start:stop].tolist())
    )


def _fields(value: Any, header: tuple[Any, ...]) -> Content:
    names = value.dtype.names

    def read(start: int, stop: int) -> Any:
        chosen = names[start:stop]
        return list(chosen), [value[name] for name in chosen]

    return Content("columns", header, len(names), read)


def _is_mapped(value: Any) -> bool:
    """Tell whether the memory of an array is a file's, through any number of views."""
    base = value.base
    for _ in range(20):
        if base is None:
            return False
        name = qualified_name(type(base))
        if name in _MAPS:
            return True
        if name != "numpy.ndarray":
            return False
        base = base.base
    return True


READERS: dict[str, Reader] = {"numpy.ndarray": _array}
