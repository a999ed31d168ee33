"""The standard library's values: dates, exact numbers, paths, patterns, small containers.

The text of these exact classes is made by code of the standard library from their own data. A
`datetime` with a time zone is shown in full only when the zone is the standard library's as
well: its text calls the zone's methods.
"""

from __future__ import annotations

import array
import datetime
import weakref
from typing import Any

from livens.protocol.types import Kind
from livens.values.passive import class_name, exact_text, instance_dict, qualified_name, slot_values
from livens.values.summaries import Adapter, Limits, Preview, Summary

_ZONES = ("datetime.timezone", "zoneinfo.ZoneInfo")


def _decimal(value: Any, limits: Limits, preview: Preview) -> Summary:
    if value.__sizeof__() <= _MAX_DECIMAL_BYTES:
        return Summary("number", str(value))
    import decimal

    first = decimal.Context(
        limits.chars, decimal.ROUND_DOWN, decimal.MIN_EMIN, decimal.MAX_EMAX, traps=[]
    ).plus(value)
    digits, sign, exponent = str(first).partition("E")
    digits = digits[: max(8, limits.chars - len(sign + exponent) - 1)]
    return Summary("number", f"{digits}…{sign}{exponent}", truncated=True)


_MAX_DECIMAL_BYTES = 1_000
"""A decimal of some 2,000 digits; of a longer one the first digits are written."""


def _fraction(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("number", f"{preview(value._numerator)}/{preview(value._denominator)}")


def _text(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", str(value))


def _path(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", _path_text(value) or class_name(type(value)))


def _path_text(value: Any) -> str:
    """Write a path, which keeps its text when it is asked for it: so another one is asked."""
    found = slot_values(value)
    known, given, parts = found.get("_str"), found.get("_raw_paths"), found.get("_parts")
    if type(known) is str:
        return known
    if type(given) is list:  # from Python 3.12 on
        return str(type(value)(*(exact_text(part) for part in given)))
    if type(parts) is list:
        return str(value._from_parsed_parts(found.get("_drv"), found.get("_root"), list(parts)))
    return ""


def _pattern(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", f"re.compile({preview(value.pattern)})")


def _match(value: Any, limits: Limits, preview: Preview) -> Summary:
    start, end = value.span()
    return Summary("other", f"match of {preview(value.re.pattern)} at {start}–{end}")


def _datetime(value: Any, limits: Limits, preview: Preview) -> Summary:
    zone = value.tzinfo
    if zone is None or qualified_name(type(zone)) in _ZONES:
        return Summary("other", str(value))
    naive = value.replace(tzinfo=None)
    return Summary("other", f"{naive} in {qualified_name(type(zone))}")


def _time(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", str(value.replace(tzinfo=None)))


def _zone(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", f"time zone {value.key}")


def _reference(value: Any, limits: Limits, preview: Preview) -> Summary:
    target = value()  # a strong reference, for as long as its class is read
    text = "dead" if target is None else f"to {class_name(type(target))}"
    del target
    return Summary("other", f"weak reference {text}")


def _chain(value: Any, limits: Limits, preview: Preview) -> Summary:
    maps = (instance_dict(value) or {}).get("maps")
    layers = maps[: limits.items] if type(maps) is list else []
    text = ", ".join(map(preview, layers))
    return Summary("mapping", f"ChainMap({text})", has_children=bool(layers))


def _wrapper(value: Any, limits: Limits, preview: Preview) -> Summary:
    data = (instance_dict(value) or {}).get("data")
    text = f"{class_name(type(value))}({preview(data)})"
    kind = _WRAPPED.get(id(type(data)))
    if kind is None:
        return Summary("other", text)
    return Summary(kind, text, length=len(data))  # type: ignore[arg-type]


_WRAPPED: dict[int, Kind] = {id(dict): "mapping", id(list): "sequence", id(str): "text"}


def _memory(value: Any, limits: Limits, preview: Preview) -> Summary:
    try:
        nbytes = value.nbytes
    except ValueError:
        return Summary("bytes", "memoryview, released")
    return Summary("bytes", f"memoryview of {nbytes} bytes", length=nbytes, nbytes=nbytes)


def _array(value: Any, limits: Limits, preview: Preview) -> Summary:
    length = len(value)
    first = ", ".join(map(preview, value[: limits.items].tolist()))
    more = ", …" if length > limits.items else ""
    return Summary(
        "array",
        f"[{first}{more}]",
        length=length,
        shape=[length],
        dtype=value.typecode,
        nbytes=length * value.itemsize,
        truncated=bool(more),
    )


def _temporary_folder(value: Any, limits: Limits, preview: Preview) -> Summary:
    name = (instance_dict(value) or {}).get("name")
    return Summary("other", f"temporary folder {preview(name)}")


def _context_variable(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", f"context variable {exact_text(value.name)}")


CLASSES: dict[type, Adapter] = {
    memoryview: _memory,
    array.array: _array,
    weakref.ref: _reference,
    datetime.datetime: _datetime,
    datetime.date: _text,
    datetime.time: _time,
    datetime.timedelta: _text,
    datetime.timezone: _text,
}

ADAPTERS: dict[str, Adapter] = {
    "decimal.Decimal": _decimal,
    "fractions.Fraction": _fraction,
    "zoneinfo.ZoneInfo": _zone,
    "uuid.UUID": _text,
    **{
        f"ipaddress.IPv{version}{part}": _text
        for version in (4, 6)
        for part in ("Address", "Network", "Interface")
    },
    **{
        f"{module}.{name}": _path
        for module in ("pathlib", "pathlib._local")  # CPython 3.13 keeps them in the second
        for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")
    },
    "re.Pattern": _pattern,
    "re.Match": _match,
    "collections.ChainMap": _chain,
    "collections.UserDict": _wrapper,
    "collections.UserList": _wrapper,
    "collections.UserString": _wrapper,
    "tempfile.TemporaryDirectory": _temporary_folder,
    "_contextvars.ContextVar": _context_variable,
}
