"""Time zones of pytz and dateutil: each by what its own library makes it of."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Writer
from livens.values import passive

_PYTZ = ("_p", "_UTC", "FixedOffset")


def encode_pytz(writer: Writer, value: Any) -> Node | None:
    """Return the node of a time zone of pytz; None of anything else."""
    base = passive.module_contents("datetime").get("tzinfo")
    if base is None or not passive.is_real_instance(value, base):
        return None
    call, args = value.__reduce__()
    if call.__name__ not in _PYTZ:
        return None
    return Node("pytz", [writer.ref(part) for part in args], data=call.__name__)


def encode_dateutil(writer: Writer, value: Any) -> Node | None:
    """Return the node of a time zone of dateutil that is not read from a file; None of others."""
    zones = passive.module_contents("dateutil.tz")
    cls = type(value)
    if cls is zones.get("tzutc") or cls is zones.get("tzlocal"):
        return Node("dateutil", data=passive.class_name(cls))
    if cls is zones.get("tzoffset"):
        args = [writer.ref(value._name), writer.ref(value._offset)]
        return Node("dateutil", args, data="tzoffset")
    return None


def _make_pytz(_reader: Reader, node: Node, args: list[Any]) -> Any:
    if node.data not in _PYTZ:
        raise DocumentUnreadable("a time zone of an unknown form; the document is damaged")
    return getattr(import_module("pytz"), node.data)(*args)


def _make_dateutil(_reader: Reader, node: Node, args: list[Any]) -> Any:
    if node.data not in ("tzutc", "tzlocal", "tzoffset"):
        raise DocumentUnreadable("a time zone of an unknown form; the document is damaged")
    return getattr(import_module("dateutil.tz"), node.data)(*args)


KINDS: dict[str, Kind] = {"pytz": Kind(_make_pytz), "dateutil": Kind(_make_dateutil)}
