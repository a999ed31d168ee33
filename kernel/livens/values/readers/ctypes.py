"""ctypes: numbers, structures and arrays by the bytes of their own memory.

Only memory that ctypes keeps for the object is read: its own, that of the object that it is part
of, or a buffer that it was made from. What a pointer points to, or lies at an address, is not: only
whoever gave the address knows whether that memory is still there.
"""

from __future__ import annotations

import sys
from typing import Any

from livens.values.content import Content, Reader, state
from livens.values.passive import class_attribute, class_dict, class_mro, class_name

_MAX_BASES = 20


def _memory(value: Any) -> Content:
    if not _is_kept(value):
        return state(gap="memory that ctypes does not keep is not read")
    ctypes: Any = sys.modules["ctypes"]  # not imported: a file of the user's may have its name
    address, size = ctypes.addressof(value), ctypes.sizeof(value)
    length = class_attribute(type(value), "_length_")
    part = size
    if type(length) is int and length > 0:
        part = size // length
    elif class_attribute(type(value), "_fields_") is not None:
        part = 1
    part = max(1, part)

    def read(start: int, stop: int, owner: Any = value) -> bytes:
        stop = min(stop, size // part)
        found: bytes = ctypes.string_at(address + start * part, max(0, stop - start) * part)
        return found

    return Content("text" if part == 1 else "cells", (), size // part, read, part)


def _is_kept(value: Any) -> bool:
    """Return whether the memory of an object is there as long as the object is."""
    of_data = next(
        (class_dict(base) for base in class_mro(type(value)) if class_name(base) == "_CData"), None
    )
    if of_data is None:
        return False
    for _ in range(_MAX_BASES):
        if of_data["_b_needsfree_"].__get__(value):
            return True
        base = of_data["_b_base_"].__get__(value)
        if base is None:
            kept = of_data["_objects"].__get__(value)
            kept = tuple(kept.values()) if type(kept) is dict else (kept,)
            return any(type(each) is memoryview for each in kept)
        if any(class_name(cls) == "_Pointer" for cls in class_mro(type(base))):
            return False
        value = base
    return False


def _pointer(value: Any) -> Content:
    return _memory(value)._replace(gap="what a pointer points to is not read")


BASES: dict[str, Reader] = {
    "_ctypes._SimpleCData": _memory,
    "_ctypes.Structure": _memory,
    "_ctypes.Union": _memory,
    "_ctypes.Array": _memory,
    "_ctypes._Pointer": _pointer,
}
