"""Instances of classes: what they hold, read and written past the code of their class.

An instance is its class, its ``__dict__``, its ``__slots__``, and what the builtin class that it
extends holds. It is made by the ``__new__`` of that builtin class, and its attributes are put where
they were. So neither ``__init__`` nor a property nor ``__setattr__`` of the class runs.

A class that says itself how its instances are made or copied (``__new__``, ``__reduce__``,
``__getstate__``, …) knows something that its attributes do not show. Its instances are refused.
"""

from __future__ import annotations

import enum
from collections import Counter, OrderedDict, defaultdict, deque
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding import origins
from livens.state.plain.containers import copied, own_order, pairs
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

_HEAP_TYPE = 1 << 9
_flags = type.__dict__["__flags__"].__get__

_OWN_WAYS = (
    *("__new__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__"),
    *("__getnewargs__", "__getnewargs_ex__"),
)

_SEQUENCES: tuple[Any, ...] = (list, set, deque)
_MADE_OF_ITEMS: tuple[Any, ...] = (tuple, frozenset)
_SCALARS = (int, float, complex, str, bytes, bytearray)
_HASHING = ("dict", "defaultdict", "OrderedDict", "set")
_MAPPINGS = (dict, defaultdict, Counter, OrderedDict)


def solid_base(cls: type) -> type:
    """Return the class in C whose memory instances of a class extend.

    Examples
    --------
    >>> solid_base(type("Own", (dict,), {})), solid_base(Counter)
    (<class 'dict'>, <class 'dict'>)
    """
    for base in passive.class_mro(cls):
        if not _flags(base) & _HEAP_TYPE:
            return base
    return object


def is_made_at_run_time(cls: type) -> bool:
    """Return whether a class is from a class statement, or is a type in C made like one."""
    return bool(_flags(cls) & _HEAP_TYPE)


def need_no_ways_of_its_own(cls: type) -> None:
    """Refuse a class that says itself how its instances are made or copied.

    What `dataclasses`, `enum` and named tuples put into a class is no such thing.
    """
    for base in passive.class_mro(cls):
        if not _flags(base) & _HEAP_TYPE:
            continue
        own = passive.class_dict(base)
        for name in _OWN_WAYS:
            if name in own and not _is_generated(base, own[name]):
                raise Refused(f"class {passive.class_name(base)} has a {name} of its own")


_GENERATORS = frozenset(
    {"dataclasses", "enum", "collections", "typing", "abc", "functools", "types"}
)


def _is_generated(base: type, item: Any) -> bool:
    function = item.__func__ if type(item) is staticmethod else item
    if type(function) is not FunctionType:
        return passive.class_module(base) in _GENERATORS
    home = function.__globals__.get("__name__")
    if type(home) is not str:
        return False
    is_tuple = bool(passive.class_dict(base).get("_fields"))
    return home in _GENERATORS or (is_tuple and home.startswith("namedtuple_"))


# -- encoding --------------------------------------------------------------------------------


def encode_instance(writer: Writer, value: Any) -> Node:
    """Return the node of an instance of a class that is made at run time.

    Raises
    ------
    Refused
        If it holds more than can be read and written.
    """
    cls = type(value)
    if passive.is_real_instance(cls, enum.EnumMeta):
        return _member(writer, value)
    base = solid_base(cls)
    need_no_ways_of_its_own(cls)
    fill, args, form = _content(writer, value, base)
    slots = passive.slot_values(value)
    own = copied((passive.instance_dict(value) or {}).items())
    writer.need_shown([*slots, *(name for name, _ in own)])
    if any(type(name) is not str for name, _ in own):
        raise Refused("it has an attribute whose name is no text")
    state = [*slots.values(), *(name for name, _ in own), *(held for _, held in own)]
    refs = [writer.ref(part) for part in state]
    module = passive.class_module(cls)
    data = [form, len(args), list(slots), len(own), module]
    kind = "hashinstance" if form in _HASHING else "instance"
    return Node(kind, [writer.ref(cls), *args], [*refs, *fill], data)


def _content(writer: Writer, value: Any, base: type) -> tuple[list[Any], list[Any], str]:
    """Return what a builtin base holds: to be filled in, and to be made of."""
    if base is object:
        return [], [], "object"
    if passive.is_real_instance(value, BaseException):
        return _of_exception(writer, value, base)
    if base is OrderedDict:
        return _one_by_one(writer, own_order(value)), [], "OrderedDict"
    if base is defaultdict:
        factory = defaultdict.__dict__["default_factory"].__get__(value)
        items = _one_by_one(writer, copied(dict.items(value)))
        return items, [writer.ref(factory)], "defaultdict"
    if base is dict:
        return _one_by_one(writer, copied(dict.items(value))), [], "dict"
    for kind in _SEQUENCES:
        if base is kind:
            items = _items(base, value)
            writer.count(len(items))
            maxlen = [deque.__dict__["maxlen"].__get__(value)] if kind is deque else []
            return [writer.ref(item) for item in items], maxlen, kind.__name__
    for kind in _MADE_OF_ITEMS:
        if base is kind:
            items = _items(base, value)
            writer.count(len(items))
            return [], [writer.ref(item) for item in items], kind.__name__
    for scalar in _SCALARS:
        if base is scalar:
            return [], [writer.ref(_plain(scalar, value))], scalar.__name__
    raise Refused(f"class {passive.class_name(type(value))} extends {passive.class_name(base)}")


def _items(base: Any, value: Any) -> list[Any]:
    return copied(base.__iter__(value))


def _one_by_one(writer: Writer, items: list[tuple[Any, Any]]) -> list[Any]:
    keys = [key for key, _ in items]
    writer.need_shown(keys)
    writer.count(2 * len(items))
    return [writer.ref(part) for part in [*keys, *(held for _, held in items)]]


def _plain(base: Any, value: Any) -> Any:
    """Return a copy of exactly the builtin class, by its own methods."""
    if base is int:
        return int.__int__(value)
    if base is float:
        return float.__float__(value)
    if base is complex:
        real, imag = complex.__dict__["real"], complex.__dict__["imag"]
        return complex(real.__get__(value), imag.__get__(value))
    if base is str:
        return str.__str__(value)
    return (
        base.__getitem__(value, slice(None))
        if base is bytes
        else bytearray(bytearray.__getitem__(value, slice(None)))
    )


def _of_exception(writer: Writer, value: Any, base: type) -> tuple[list[Any], list[Any], str]:
    """Return the args of an exception, and the fields of its builtin class.

    Its traceback is left out: that is made of frames. What it was raised from is kept.
    """
    args = BaseException.__dict__["args"].__get__(value)
    fields = {}
    for name, field in exception_fields(base).items():
        try:
            fields[name] = field.__get__(value)
        except (AttributeError, TypeError):
            continue
    for name in ("__cause__", "__context__"):
        fields[name] = BaseException.__dict__[name].__get__(value)
    fields["__suppress_context__"] = BaseException.__dict__["__suppress_context__"].__get__(value)
    parts = [*fields, *fields.values()]
    return [writer.ref(part) for part in parts], [writer.ref(args)], "exception"


def exception_fields(base: type) -> dict[str, Any]:
    """Return the fields that a builtin class of exceptions has of its own, by name."""
    return {
        name: item
        for parent in passive.class_mro(base)
        if parent is not BaseException and not _flags(parent) & _HEAP_TYPE
        for name, item in passive.class_dict(parent).items()
        if type(item) in (MemberDescriptorType, GetSetDescriptorType) and not name.startswith("__")
    }


def _member(writer: Writer, value: Any) -> Node:
    cls = type(value)
    own = passive.instance_dict(value) or {}
    name = own.get("_name_")
    members = passive.class_attribute(cls, "_member_map_")
    if type(name) is str and type(members) is dict and members.get(name) is value:
        return Node("enummember", [writer.ref(cls)], data=name)
    if passive.is_real_instance(value, enum.Flag):
        return Node("enumflag", [writer.ref(cls), writer.ref(own.get("_value_"))])
    raise Refused(f"a member that enum {passive.class_name(cls)} does not have")


# -- back ------------------------------------------------------------------------------------

_BASES: dict[str, Any] = {
    cls.__name__: cls for cls in (object, *_MAPPINGS, *_SEQUENCES, *_MADE_OF_ITEMS, *_SCALARS)
}


def _make_instance(reader: Reader, node: Node, args: list[Any]) -> Any:
    form, _, _, _, module = node.data
    cls, *content = args
    document = reader.document
    if module != origins.MAIN and not origins.own_file(module):
        origins.need_same_version(module, document.python, document.packages)
    if form == "exception":
        return solid_base(cls).__new__(cls, *content[0])
    base = _BASES[form]
    if not issubclass(cls, base) or solid_base(cls) is not (dict if base is Counter else base):
        raise DocumentUnreadable(f"class {cls.__name__} no longer extends {form} alone")
    if base in _MADE_OF_ITEMS:
        return base.__new__(cls, content)
    if base in _SCALARS:
        made = base.__new__(cls, *content)
        if base is bytearray:
            bytearray.extend(made, content[0])
        return made
    made = base.__new__(cls)
    if base is defaultdict:
        defaultdict.__init__(made, content[0])
    elif base is deque:
        deque.__init__(made, (), content[0])
    elif base is OrderedDict:
        OrderedDict.__init__(made)
    return made


def _fill_instance(_reader: Reader, made: Any, node: Node, fill: list[Any]) -> None:
    form, _, slots, size, _ = node.data
    values = iter(fill)
    for name in slots:
        _put_in_slot(made, name, next(values))
    names = [next(values) for _ in range(size)]
    own = passive.instance_dict(made)
    if names and own is None:
        raise DocumentUnreadable("its class has no attributes of instances any more")
    for name in names:
        own[name] = next(values)  # type: ignore[index]
    content = list(values)
    if form == "exception":
        for name, value in pairs(content):
            _put_in_field(made, name, value)
    elif form in ("dict", "defaultdict", "OrderedDict"):
        put = _BASES[form].__setitem__
        for key, value in pairs(content):
            put(made, key, value)
    elif form in ("list", "deque"):
        _BASES[form].extend(made, content)
    elif form == "set":
        set.update(made, content)


def _put_in_slot(made: Any, name: str, value: Any) -> None:
    for base in passive.class_mro(type(made)):
        member = passive.class_dict(base).get(name)
        if type(member) is MemberDescriptorType:
            member.__set__(made, value)
            return
    raise DocumentUnreadable(f"its class has no slot {name[:50]} any more")


def _put_in_field(made: Any, name: str, value: Any) -> None:
    field = exception_fields(solid_base(type(made))).get(name)
    field = field or BaseException.__dict__[name]
    if field.__get__(made) is not value:
        field.__set__(made, value)


def _make_member(_reader: Reader, node: Node, args: list[Any]) -> Any:
    found = args[0]._member_map_.get(node.data)
    if found is None:
        raise DocumentUnreadable(f"enum {args[0].__name__} has no member {node.data[:50]} here")
    return found


def _make_flag(_reader: Reader, _node: Node, args: list[Any]) -> Any:
    if not passive.is_real_instance(args[0], enum.EnumMeta):
        raise DocumentUnreadable("the class of a flag is no enum; the document is damaged")
    return args[0](args[1])


KINDS: dict[str, Kind] = {
    "instance": Kind(_make_instance, _fill_instance),
    "hashinstance": Kind(_make_instance, _fill_instance, hashes=True),
    "enummember": Kind(_make_member),
    "enumflag": Kind(_make_flag),
}
