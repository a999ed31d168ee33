"""Values as documents, and back: plain data as JSON that any language reads.

None, booleans, numbers, texts, lists, and dicts with texts for keys stand for themselves. All else
is an object with the key ``"$livens"``, which says what it is:

=================================================== ==============================================
``{"$livens": "tuple", "items": […]}``              a tuple; also ``set`` and ``frozenset``
``{"$livens": "dict", "items": [[key, value], …]}`` a dict with other keys, or with ``"$livens"``
``{"$livens": "float", "text": "nan"}``             what JSON has no number for: nan, inf, -inf
``{"$livens": "int", "text": "12345678901234567"}`` integers that JavaScript would round
``{"$livens": "complex", "items": [1.0, 2.0]}``     a complex number
``{"$livens": "bytes", "base64": "…"}``             bytes; also ``bytearray``
``{"$livens": "text", "base64": "…"}``              a text with lone surrogates
``{"$livens": "group", "base64": "…"}``             all else, see `livens.state.shared_data`
=================================================== ==============================================

All else are other classes of data, such as dates, arrays and frames, and values in which an object
is twice or within itself: JSON would make two of it. No code of anybody's runs, neither here nor
where it is read, and nothing is ever unpickled.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

import msgspec

from livens.exceptions import DocumentUnreadable, NotShared
from livens.protocol.redaction import Redactor

TAG = "$livens"

MAX_BYTES = 10_000_000
"""Larger documents are refused: each change of a value writes all of it, for everybody."""

MAX_DEPTH = 100
"""So deep values may be nested: readers in other languages have limits of their own."""

CHANGES_MEANWHILE = "it changes while it is read"
"""The reason that passes: such a value is read again."""

_EXACT_IN_JAVASCRIPT = 2**53


def encode(value: object, redactor: Redactor | None = None) -> bytes:
    """Return a value as a document.

    Parameters
    ----------
    value : object
        What is shared.
    redactor : Redactor, optional
        A value with a key that it hides is refused.

    Raises
    ------
    NotShared
        If it is no data; the message is the reason, to go on after "not shared: ".

    Examples
    --------
    >>> encode({"lr": 0.1, "steps": [1, 2]}), encode((1, None))
    (b'{"lr":0.1,"steps":[1,2]}', b'{"$livens":"tuple","items":[1,null]}')
    """
    try:
        written = _Writer(redactor).write(value, 0)
    except _NotPlain:
        written = _base64("group", _shared_data().encode(value, redactor, MAX_BYTES))
    document = msgspec.json.encode(written)
    if len(document) > MAX_BYTES:
        raise NotShared(f"it takes {len(document):,} bytes; a store takes {MAX_BYTES:,} at most")
    return document


def _shared_data() -> Any:
    """Load what knows other classes; a server, which only hands documents on, never needs it."""
    return import_module("livens.state.shared_data")


def decode(document: bytes) -> Any:
    """Return the value of a document.

    Raises
    ------
    DocumentUnreadable
        If it is none.

    Examples
    --------
    >>> decode(b'{"$livens": "set", "items": [1, 2]}')
    {1, 2}
    """
    try:
        return _read(msgspec.json.decode(document))
    except (msgspec.DecodeError, RecursionError) as err:
        raise DocumentUnreadable(f"it is no JSON that can be read: {err}") from None


class _NotPlain(Exception):
    """There is something in a value that JSON has no words for."""


def _hides_nothing(_name: str) -> bool:
    return False


class _Writer:
    """Makes JSON of one value."""

    def __init__(self, redactor: Redactor | None) -> None:
        self._hides = redactor.hides if redactor is not None else _hides_nothing
        self._seen: set[int] = set()

    def write(self, value: Any, depth: int) -> Any:
        """Return what stands for a value in JSON."""
        cls = type(value)
        if value is None or cls is bool:
            return value
        if cls in _SCALARS:
            return _SCALARS[cls](value)
        if cls not in (list, tuple, set, frozenset, dict):
            raise _NotPlain
        if depth >= MAX_DEPTH:
            raise NotShared(f"it is nested more than {MAX_DEPTH} deep")
        if cls in (list, set, dict):
            if id(value) in self._seen:
                raise _NotPlain  # it would be two afterwards
            self._seen.add(id(value))
        return self._write_container(cls, value, depth + 1)

    def _write_container(self, cls: type, value: Any, depth: int) -> Any:
        try:
            items = list(value.items()) if cls is dict else list(value)
        except RuntimeError:
            raise NotShared(CHANGES_MEANWHILE) from None
        if cls is not dict:
            written = [self.write(item, depth) for item in items]
            return written if cls is list else {TAG: cls.__name__, "items": written}
        if all(type(key) is str and key != TAG and _is_sendable(key) for key, _ in items):
            return {self._shown(key): self.write(item, depth) for key, item in items}
        pairs = [
            [self.write(self._shown(key), depth), self.write(item, depth)] for key, item in items
        ]
        return {TAG: "dict", "items": pairs}

    def _shown(self, key: Any) -> Any:
        if type(key) is str and self._hides(key):
            raise NotShared(f"its key '{key[:100]}' is redacted")
        return key


def _is_sendable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _write_int(value: int) -> Any:
    if -_EXACT_IN_JAVASCRIPT <= value <= _EXACT_IN_JAVASCRIPT:
        return value
    if value.bit_length() > _MAX_INT_BITS:
        raise NotShared(f"an integer has {value.bit_length():,} bits; a store takes fewer")
    return {TAG: "int", "text": str(value)}


def _write_float(value: float) -> Any:
    return value if math.isfinite(value) else {TAG: "float", "text": str(value)}


def _write_text(value: str) -> Any:
    return value if _is_sendable(value) else _base64("text", value.encode("utf-8", "surrogatepass"))


def _base64(what: str, value: bytes | bytearray) -> Any:
    if len(value) > MAX_BYTES:
        raise NotShared(f"it takes {len(value):,} bytes; a store takes {MAX_BYTES:,} at most")
    return {TAG: what, "base64": base64.b64encode(value).decode()}


_MAX_INT_BITS = 10_000
"""Larger integers have more digits than Python reads without being told to."""

_SCALARS: dict[type, Callable[[Any], Any]] = {
    int: _write_int,
    float: _write_float,
    str: _write_text,
    bytes: lambda value: _base64("bytes", value),
    bytearray: lambda value: _base64("bytearray", bytes(value)),
    complex: lambda value: {
        TAG: "complex",
        "items": [_write_float(value.real), _write_float(value.imag)],
    },
}


def _read(written: Any) -> Any:
    if type(written) is list:
        return [_read(item) for item in written]
    if type(written) is not dict:
        return written
    if TAG not in written:
        return {key: _read(item) for key, item in written.items()}
    what = written[TAG]
    reader = _READERS.get(what) if type(what) is str else None
    if reader is None:
        raise DocumentUnreadable(
            f"it holds a {str(what)[:100]!r}, which this livens does not know; install the one "
            "that wrote it"
        )
    try:
        return reader(written)
    except (KeyError, TypeError, ValueError, binascii.Error) as err:
        raise DocumentUnreadable(f"its {what!r} does not fit: {type(err).__name__}") from None


def _items(written: dict[str, Any]) -> list[Any]:
    items = written["items"]
    if type(items) is not list:
        raise TypeError
    return [_read(item) for item in items]


def _bytes(written: dict[str, Any]) -> bytes:
    return base64.b64decode(written["base64"], validate=True)


_READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "tuple": lambda written: tuple(_items(written)),
    "set": lambda written: set(_items(written)),
    "frozenset": lambda written: frozenset(_items(written)),
    "dict": lambda written: dict(_items(written)),
    "float": lambda written: float(written["text"]),
    "int": lambda written: int(written["text"]),
    "complex": lambda written: complex(*_items(written)),
    "bytes": _bytes,
    "bytearray": lambda written: bytearray(_bytes(written)),
    "text": lambda written: _bytes(written).decode("utf-8", "surrogatepass"),
    "group": lambda written: _shared_data().decode(_bytes(written)),
}
