"""Classes that a call has made instead of a statement: named tuples, and enums of plain members."""

from __future__ import annotations

import enum
from collections import namedtuple
from types import FunctionType
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding.origins import MAIN
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Writer
from livens.values import passive

_OF_TUPLES = frozenset({
    "__doc__", "__slots__", "_fields", "_field_defaults", "__new__", "_make", "_replace",
    "__replace__", "__repr__", "_asdict", "__getnewargs__", "__match_args__", "__module__",
    "__annotations__", "__orig_bases__", "__static_attributes__", "__firstlineno__",
    "__annotations_cache__", "__annotate_func__", "__annotate__",
})  # fmt: skip
_ENUMS = {
    cls.__name__: cls for cls in (enum.Enum, enum.IntEnum, enum.StrEnum, enum.Flag, enum.IntFlag)
}
_qualname = type.__dict__["__qualname__"].__get__


def encode(writer: Writer, cls: type) -> Node | None:
    """Return the node of a class that a call has made; None of any other."""
    if passive.class_bases(cls) == (tuple,) and type(cls) is type:
        return _named_tuple(writer, cls)
    if type(cls) is enum.EnumMeta:
        return _enum(writer, cls)
    return None


def _named_tuple(writer: Writer, cls: type) -> Node | None:
    own = passive.class_dict(cls)
    fields, defaults = own.get("_fields"), own.get("_field_defaults")
    if type(fields) is not tuple or type(defaults) is not dict:
        return None
    if not own.keys() <= _OF_TUPLES.union(fields):
        return None
    new = own.get("__new__")
    function = getattr(new, "__func__", new)
    home = getattr(function, "__globals__", {}).get("__name__")
    if home != f"namedtuple_{passive.class_name(cls)}":
        return None
    writer.need_shown(fields)
    noted = (own.get("__annotations__"), own.get("__orig_bases__"))
    parts = (own.get("__doc__"), *noted, *defaults.values())
    data = [passive.class_name(cls), _qualname(cls), own["__module__"], list(fields)]
    return Node("namedtuple", [writer.ref(part) for part in parts], data=data)


def _enum(writer: Writer, cls: type) -> Node | None:
    bases = [base for name, base in _ENUMS.items() if passive.class_bases(cls)[-1] is base]
    own = passive.class_dict(cls)
    members: dict[str, Any] = own["_member_map_"]
    if not bases or len(passive.class_bases(cls)) != 1:
        return None
    others = [name for name in own if name not in members and not name.startswith("_")]
    functions = [item for item in list(own.values()) if _is_of_user(item)]
    if others or functions or own.get("__doc__") or own.get("__annotations__"):
        return None
    writer.need_shown(members)
    values = [(passive.instance_dict(member) or {}).get("_value_") for member in members.values()]
    names = [bases[0].__name__, passive.class_name(cls), _qualname(cls), own["__module__"]]
    return Node("enum", [writer.ref(value) for value in values], data=[*names, list(members)])


def _is_of_user(item: Any) -> bool:
    function = getattr(item, "__func__", item) if type(item) in _WRAPPERS else item
    return type(function) is FunctionType and function.__module__ == MAIN


_WRAPPERS = (staticmethod, classmethod)


# -- back ------------------------------------------------------------------------------------


def _make_named_tuple(_reader: Reader, node: Node, args: list[Any]) -> Any:
    name, qualname, module, fields = node.data
    doc, annotations, bases, *defaults = args
    make: Any = namedtuple
    made = make(name, fields, defaults=defaults, module=module)
    made.__qualname__, made.__doc__ = qualname, doc
    if annotations is not None:
        made.__annotations__ = annotations
    if bases is not None:
        made.__orig_bases__ = bases
    return made


def _make_enum(_reader: Reader, node: Node, args: list[Any]) -> Any:
    base, name, qualname, module, members = node.data
    make: Any = _ENUMS.get(base)
    if make is None:
        raise DocumentUnreadable("an enum of an unknown class; the document is damaged")
    pairs = list(zip(members, args, strict=True))
    return make(name, pairs, module=module, qualname=qualname)


KINDS: dict[str, Kind] = {"namedtuple": Kind(_make_named_tuple), "enum": Kind(_make_enum)}
