"""Single values of exact classes of Python's own: numbers, bytes, times, paths and the like."""

from __future__ import annotations

import array
import datetime
import decimal
import fractions
import pathlib
import re
import struct
import sys
import uuid
import warnings
import zoneinfo
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.plain.blobs import Data, Resizable
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Encoder, Refused, Writer

_LONG_BYTEARRAY = 1 << 16


def _float(_writer: Writer, value: Any) -> Node:
    """Encode what is not a number; its identity matters, since it equals nothing."""
    return Node("nan", data=struct.pack(">d", value).hex())


def _complex(_writer: Writer, value: Any) -> Node:
    return Node("complex", data=struct.pack(">dd", value.real, value.imag).hex())


def _bytes(writer: Writer, value: Any) -> Node:
    return Node("bytes", data=writer.blob(Data(value)))


def _bytearray(writer: Writer, value: Any) -> Node:
    size = len(value)
    blob = Data(bytes(value)) if size <= _LONG_BYTEARRAY else Resizable(value, size, 1)
    return Node("bytearray", data=writer.blob(blob))


def _array(writer: Writer, value: Any) -> Node:
    if value.typecode in "uw":
        return Node("array", [value.tounicode()], data=[value.typecode, 0, sys.byteorder])
    blob = Resizable(value, len(value) * value.itemsize, value.itemsize)
    if blob.nbytes <= _LONG_BYTEARRAY:
        data = writer.blob(Data(value.tobytes()))
    else:
        data = writer.blob(_ArrayBytes(value, blob.nbytes, value.itemsize))
    return Node("array", data=[value.typecode, value.itemsize, sys.byteorder, data])


class _ArrayBytes(Resizable):
    """As `Resizable`; a slice of an array becomes bytes by a method of its own."""

    def read(self, start: int, stop: int) -> bytes:
        size = self._itemsize
        first = start // size
        piece = self._value[first : -(-stop // size)].tobytes()
        self.need_size()
        return bytes(piece[start - first * size : stop - first * size])


def _object(_writer: Writer, _value: Any) -> Node:
    """Encode what is nothing but an identity, such as ``missing = object()``."""
    return Node("object")


def _singleton(_writer: Writer, value: Any) -> Node:
    return Node("singleton", data=repr(value))


def _builtin_type(_writer: Writer, value: Any) -> Node:
    name = _TYPE_NAMES.get(id(value))
    if name is None:
        raise Refused("a class is not plain data")
    return Node("type", data=name)


def _decimal(_writer: Writer, value: Any) -> Node:
    return Node("Decimal", data=str(value))


def _fraction(writer: Writer, value: Any) -> Node:
    return Node("Fraction", [writer.ref(value.numerator), writer.ref(value.denominator)])


def _uuid(_writer: Writer, value: Any) -> Node:
    return Node("UUID", data=[value.hex, value.is_safe.name])


def _path(writer: Writer, value: Any) -> Node:
    return Node("path", [writer.ref(str(value))], data=type(value).__name__)


def _pattern(writer: Writer, value: Any) -> Node:
    return Node("re.Pattern", [writer.ref(value.pattern)], data=value.flags)


def _date(_writer: Writer, value: Any) -> Node:
    return Node("date", data=[value.year, value.month, value.day])


def _datetime(writer: Writer, value: Any) -> Node:
    data = [value.year, value.month, value.day, *_clock(value)]
    return Node("datetime", [writer.ref(value.tzinfo)], data=data)


def _time(writer: Writer, value: Any) -> Node:
    return Node("time", [writer.ref(value.tzinfo)], data=_clock(value))


def _clock(value: Any) -> list[int]:
    return [value.hour, value.minute, value.second, value.microsecond, value.fold]


def _timedelta(_writer: Writer, value: Any) -> Node:
    return Node("timedelta", data=[value.days, value.seconds, value.microseconds])


def _timezone(writer: Writer, value: Any) -> Node:
    if value is datetime.UTC:
        return Node("utc")
    return Node("timezone", [writer.ref(part) for part in value.__getinitargs__()])


def _zone(writer: Writer, value: Any) -> Node:
    if type(value.key) is not str:
        raise Refused("a time zone without a key, which was read from a file")
    return Node("ZoneInfo", [writer.ref(value.key)])


_PATHS = {
    cls.__name__: cls
    for cls in (
        *(pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath),
        pathlib.PureWindowsPath,
    )
}
_SINGLETONS = {repr(value): value for value in (..., NotImplemented)}
_TYPES: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        *(bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset),
        *(object, type, range, slice, type(None)),
    )
}
_TYPE_NAMES = {id(cls): name for name, cls in _TYPES.items()}

ENCODERS: dict[int, Encoder] = {
    id(object): _object,
    id(float): _float, id(complex): _complex, id(bytes): _bytes, id(bytearray): _bytearray,
    id(array.array): _array, id(type(...)): _singleton, id(type(NotImplemented)): _singleton,
    id(type): _builtin_type, id(decimal.Decimal): _decimal, id(fractions.Fraction): _fraction,
    id(uuid.UUID): _uuid, id(re.Pattern): _pattern, id(datetime.date): _date,
    id(datetime.datetime): _datetime, id(datetime.time): _time,
    id(datetime.timedelta): _timedelta, id(datetime.timezone): _timezone,
    id(zoneinfo.ZoneInfo): _zone, **dict.fromkeys(map(id, _PATHS.values()), _path),
}  # fmt: skip


# -- back ------------------------------------------------------------------------------------


def _make_path(_reader: Reader, node: Node, args: list[Any]) -> Any:
    cls = _PATHS.get(node.data)
    if cls is None:
        raise DocumentUnreadable("a path of an unknown class; the document is damaged")
    return cls(args[0])


def _make_text_array(code: str, text: str) -> Any:
    """Return an array of ``w``, or of ``u`` where there is no ``w`` (before Python 3.13)."""
    if sys.version_info < (3, 13):
        code = "u"
    with warnings.catch_warnings():
        # The user chose ``u``, which is deprecated, and was told when the array was made.
        warnings.simplefilter("ignore", DeprecationWarning)
        return array.array(code, text)


def _make_array(reader: Reader, node: Node, args: list[Any]) -> Any:
    code, itemsize, byteorder, *data = node.data
    if args:
        return _make_text_array(code, args[0])
    made = array.array(code)
    if made.itemsize != itemsize:
        raise DocumentUnreadable(f"arrays of code {code!r} have another size on this machine")
    made.frombytes(reader.blob(data[0]))
    if byteorder != sys.byteorder:
        made.byteswap()
    return made


def _make_uuid(_reader: Reader, node: Node, _args: list[Any]) -> uuid.UUID:
    return uuid.UUID(hex=node.data[0], is_safe=uuid.SafeUUID[node.data[1]])


def _make_datetime(_reader: Reader, node: Node, args: list[Any]) -> datetime.datetime:
    *parts, fold = node.data
    return datetime.datetime(*parts).replace(tzinfo=args[0], fold=fold)


def _make_time(_reader: Reader, node: Node, args: list[Any]) -> datetime.time:
    *parts, fold = node.data
    return datetime.time(*parts).replace(tzinfo=args[0], fold=fold)


KINDS: dict[str, Kind] = {
    "object": Kind(lambda *_: object()),
    "nan": Kind(lambda _r, node, _a: struct.unpack(">d", bytes.fromhex(node.data))[0]),
    "complex": Kind(lambda _r, node, _a: complex(*struct.unpack(">dd", bytes.fromhex(node.data)))),
    "bytes": Kind(lambda reader, node, _a: bytes(reader.blob(node.data))),
    "bytearray": Kind(lambda reader, node, _a: bytearray(reader.blob(node.data))),
    "array": Kind(_make_array),
    "singleton": Kind(lambda _r, node, _a: _SINGLETONS[node.data]),
    "type": Kind(lambda _r, node, _a: _TYPES[node.data]),
    "Decimal": Kind(lambda _r, node, _a: decimal.Decimal(node.data)),
    "Fraction": Kind(lambda _r, _n, args: fractions.Fraction(*args)),
    "UUID": Kind(_make_uuid),
    "path": Kind(_make_path),
    "re.Pattern": Kind(lambda _r, node, args: re.compile(args[0], node.data)),
    "date": Kind(lambda _r, node, _a: datetime.date(*node.data)),
    "datetime": Kind(_make_datetime),
    "time": Kind(_make_time),
    "timedelta": Kind(lambda _r, node, _a: datetime.timedelta(*node.data)),
    "utc": Kind(lambda *_: datetime.UTC),
    "timezone": Kind(lambda _r, _n, args: datetime.timezone(*args)),
    "ZoneInfo": Kind(lambda _r, _n, args: zoneinfo.ZoneInfo(args[0])),
}
