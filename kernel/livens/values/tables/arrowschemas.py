"""Arrow's C data interface: whether a schema has extension types, without making any of them."""

from __future__ import annotations

import ctypes
from typing import Any

from livens.values.passive import qualified_name

_KEY = b"ARROW:extension:name"
_WITH_SCHEMA = ("pyarrow.lib.Table", "pyarrow.lib.RecordBatch")
_MAX_FIELDS = 500
"""Fields of a schema that are looked at, nested ones too; one with more counts as foreign."""


class _Schema(ctypes.Structure):
    """``struct ArrowSchema`` of the C data interface."""


_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.POINTER(_Schema)),
    ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
    ("private_data", ctypes.c_void_p),
]


class _Stream(ctypes.Structure):
    """``struct ArrowArrayStream`` of the C stream interface."""

    _fields_ = (
        ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)),
        ("get_next", ctypes.c_void_p),
        ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


def has_extensions(value: Any) -> bool:
    """Return whether a type, a schema, a table, a batch or a chunked array has extension types."""
    name = qualified_name(type(value))
    if name != "pyarrow.lib.ChunkedArray":
        schema = value.schema if name in _WITH_SCHEMA else value
        capsule = schema.__arrow_c_schema__()  # which sees to it that it is released
        return _is_extended(_at(capsule, b"arrow_schema", _Schema), [_MAX_FIELDS])
    capsule = value.slice(0, 0).__arrow_c_stream__()
    stream = _at(capsule, b"arrow_array_stream", _Stream)
    found = _Schema()
    if stream.get_schema(ctypes.addressof(stream), ctypes.addressof(found)):
        return True
    try:
        return _is_extended(found, [_MAX_FIELDS])
    finally:
        found.release(ctypes.addressof(found))


def _at(capsule: object, name: bytes, struct: Any) -> Any:
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return struct.from_address(pointer(capsule, name))


def _is_extended(schema: Any, left: list[int]) -> bool:
    left[0] -= 1 + schema.n_children
    if left[0] < 0 or (schema.metadata and _names_extension(schema.metadata)):
        return True
    if schema.dictionary and _is_extended(schema.dictionary.contents, left):
        return True
    return any(_is_extended(schema.children[n].contents, left) for n in range(schema.n_children))


def _names_extension(address: int) -> bool:
    """Return whether metadata have the key of an extension: a count, then keys and values."""
    count = ctypes.c_int32.from_address(address).value
    address += 4
    for number in range(2 * count):
        size = ctypes.c_int32.from_address(address).value
        if number % 2 == 0 and ctypes.string_at(address + 4, size) == _KEY:
            return True
        address += 4 + size
    return False
