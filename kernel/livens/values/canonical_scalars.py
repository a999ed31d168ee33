"""Single values as bytes that are equal in every process: numbers, texts, times and the like.

`scalar_bytes` returns them for exact classes of Python, numpy and pandas whose text or bytes say
all about the value, and None for everything else.
"""

from __future__ import annotations

import array
import datetime
import math
import pathlib
import struct
import sys
from collections.abc import Callable
from typing import Any

from livens.values import passive
from livens.values.marks import value_mark
from livens.values.tables.cell_values import is_plain_time

LONG_TEXT = 1 << 18
"""From so many characters or bytes on a text is not a scalar: it is read in pieces."""

_INT64 = 8


def scalar_bytes(value: Any) -> bytes | None:
    """Return the bytes of a single value; None if it is none, or long.

    Examples
    --------
    >>> scalar_bytes(1), scalar_bytes(True), scalar_bytes(1.0), scalar_bytes([1])
    (b'i1;', b'T', b'f\\x00\\x00\\x00\\x00\\x00\\x00\\xf0?', None)
    """
    write = _BY_CLASS.get(id(type(value)))
    if write is not None:
        return write(value)
    cls = type(value)
    name = passive.qualified_name(cls)
    if name in _BY_MARK:
        mark = value_mark(value)
        return None if mark is None else _named(name, repr(mark[1]))
    if name in _TIMESTAMPS:
        return _timestamp(value)
    if passive.class_module(cls) == "numpy" and _is_numpy_scalar(cls):
        return _numpy_scalar(value)
    return None


def packed(values: list[Any]) -> tuple[bytes, bytes] | None:
    """Return a type and the bytes of a list of nothing but floats, small integers, or texts.

    Examples
    --------
    >>> packed([1, 2])[0], packed([1.5])[0], packed(["a"])[0], packed([1, 2.5])
    (b'q', b'd', b'u', None)
    """
    classes = set(map(id, map(type, values)))
    if classes == {id(str)}:
        text = "".join(values).encode("utf-8", "surrogatepass")
        return b"u", _packed("q", list(map(len, values))) + text
    if classes == {id(float)}:
        return b"d", _packed("d", values)
    if classes == {id(passive.module_contents("numpy").get("float64"))}:
        return b"n", _packed("d", values)
    if classes == {id(int)}:
        try:
            return b"q", _packed("q", values)
        except OverflowError:
            return None
    return None


def _packed(kind: str, values: list[Any]) -> bytes:
    found = array.array(kind, values)
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes()


def _named(name: str, text: str) -> bytes:
    data = f"{name}\0{text}".encode("utf-8", "surrogatepass")
    return b"n%d;" % len(data) + data


def _float(value: float) -> bytes:
    return b"f" + struct.pack("<d", math.nan if math.isnan(value) else value)


def _int(value: int) -> bytes:
    if value.bit_length() <= _INT64 * 8:
        return b"i%d;" % value
    size = value.bit_length() // 8 + 1
    return b"I%d;" % size + value.to_bytes(size, "little", signed=True)


def _str(value: str) -> bytes | None:
    if len(value) >= LONG_TEXT:
        return None
    data = value.encode("utf-8", "surrogatepass")
    return b"s%d;" % len(data) + data


def _bytes(value: bytes) -> bytes | None:
    return None if len(value) >= LONG_TEXT else b"y%d;" % len(value) + value


def _moment(value: datetime.datetime) -> bytes | None:
    if not is_plain_time(value):
        return None  # the methods of its zone are anybody's
    return _named("datetime", f"{value.isoformat()} {value.fold} {_zone(value.tzinfo)}")


def _time(value: datetime.time) -> bytes | None:
    return _named("time", value.isoformat()) if value.tzinfo is None else None


def _zone(zone: Any) -> str:
    return "" if zone is None else str(zone)


def _path(value: Any) -> bytes:
    return _named("path", str(value))


def _range(value: range) -> bytes:
    return _named("range", repr((value.start, value.stop, value.step)))


def _slice(value: slice) -> bytes | None:
    parts = [scalar_bytes(part) for part in (value.start, value.stop, value.step)]
    return None if None in parts else b"z" + b"".join(part for part in parts if part)


def _is_numpy_scalar(cls: type) -> bool:
    is_own = passive.module_contents("numpy").get(passive.class_name(cls)) is cls
    return bool(is_own) and passive.base_named(cls, "numpy.generic") is not None


def _numpy_scalar(value: Any) -> bytes | None:
    dtype = getattr(value, "dtype", None)
    if dtype is None or dtype.kind not in "biufcmMSU" or has_padding(dtype):
        return None
    return _named(f"numpy.{dtype.str}", value.tobytes().hex())


def has_padding(dtype: Any) -> bool:
    """Return whether numbers of a dtype of numpy have bytes without a meaning."""
    longest = {"f": 8, "c": 16}.get(dtype.kind)
    return longest is not None and bool(dtype.itemsize > longest)


def _timestamp(value: Any) -> bytes | None:
    if value.tzinfo is None or passive.qualified_name(type(value.tzinfo)) in _ZONES:
        return _named("Timestamp", f"{value._value} {value.unit} {_zone(value.tzinfo)}")
    return None


_ZONES = ("datetime.timezone", "zoneinfo.ZoneInfo")
_TIMESTAMPS = ("pandas.Timestamp", "pandas._libs.tslibs.timestamps.Timestamp")
_BY_MARK = frozenset(
    ("decimal.Decimal", "fractions.Fraction", "uuid.UUID",
     "pandas.Timedelta", "pandas._libs.tslibs.timedeltas.Timedelta",
     "pandas.Period", "pandas._libs.tslibs.period.Period",
     "pandas.api.typing.NaTType", "pandas._libs.tslibs.nattype.NaTType",
     "pandas.api.typing.NAType", "pandas._libs.missing.NAType")
)  # fmt: skip
"""Classes whose mark (`livens.values.marks`) has no identity in it, and no hash with a seed."""

_BY_CLASS: dict[int, Callable[[Any], bytes | None]] = {
    id(type(None)): lambda value: b"N",
    id(bool): lambda value: b"T" if value else b"F",
    id(int): _int,
    id(float): _float,
    id(complex): lambda value: b"c" + _float(value.real) + _float(value.imag),
    id(str): _str,
    id(bytes): _bytes,
    id(datetime.datetime): _moment,
    id(datetime.date): lambda value: _named("date", value.isoformat()),
    id(datetime.time): _time,
    id(datetime.timedelta): lambda value: _named("timedelta", repr(value)),
    id(range): _range,
    id(slice): _slice,
    id(type(Ellipsis)): lambda value: b"E",
    id(pathlib.PosixPath): _path,
    id(pathlib.WindowsPath): _path,
}
"""What writes values of Python's own classes, by the id of the class."""
