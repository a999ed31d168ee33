"""Values with a form of their own that is no plain data: types of `typing`, modules, loggers, …"""

from __future__ import annotations

import functools
import logging
import operator
import random
import types
import typing
from collections.abc import Callable
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding.origins import imported, is_builtin_or_stdlib, mark_of
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Encoder, Refused, Writer
from livens.values import passive


def _module(writer: Writer, value: types.ModuleType) -> Node:
    name = (passive.instance_dict(value) or {}).get("__name__")
    if type(name) is not str or passive.module_contents(name) is not passive.instance_dict(value):
        raise Refused("a module that is not loaded under its name")
    packages = dict(writer.packages)
    node = Node("module", data=[name, mark_of(writer, name)])
    if is_builtin_or_stdlib(name) or not node.data[1]:
        writer.packages = packages  # another version of a package is the same module
    return node


def _alias(writer: Writer, value: Any) -> Node:
    return Node("alias", [writer.ref(value.__origin__), writer.ref(value.__args__)])


def _union(writer: Writer, value: Any) -> Node:
    return Node("union", [writer.ref(part) for part in value.__args__])


def _typing_alias(writer: Writer, value: Any) -> Node | None:
    """Encode what `typing` makes of square brackets, in the way in which it copies it."""
    found = value.__reduce__()
    if type(found) is str:
        return _special_form(writer, value)
    call, args = found[:2]
    if call is operator.getitem:
        return Node("alias", [writer.ref(args[0]), writer.ref(args[1])])
    if call is functools.reduce and args[0] is operator.or_:
        return Node("union", [writer.ref(part) for part in args[1]])
    return None


def _special_form(_writer: Writer, value: Any) -> Node | None:
    name = "NoDefault" if type(value).__name__ == "NoDefaultType" else getattr(value, "_name", None)
    if type(name) is str and passive.module_contents("typing").get(name) is value:
        return Node("import", data=["typing", name, ""])
    return None


def _type_variable(writer: Writer, value: typing.TypeVar) -> Node:
    if getattr(value, "__infer_variance__", False) or (
        hasattr(value, "has_default") and value.has_default()
    ):
        raise Refused("a type variable with a default, or of the new syntax")
    data = [value.__name__, bool(value.__covariant__), bool(value.__contravariant__)]
    parts = [value.__bound__, value.__module__, *value.__constraints__]
    return Node("TypeVar", [writer.ref(part) for part in parts], data=data)


def _new_type(writer: Writer, value: Any) -> Node:
    parts = (value.__supertype__, value.__module__)
    return Node("NewType", [writer.ref(part) for part in parts], data=value.__name__)


def _getter(writer: Writer, value: Any) -> Node:
    """Encode what `operator` makes for ``key=``, by the arguments that it was made of."""
    call, args = value.__reduce__()[:2]
    if not isinstance(call, type):
        raise Refused("a methodcaller with keyword arguments")
    return Node("getter", [writer.ref(arg) for arg in args], data=call.__name__)


def _logger(writer: Writer, value: logging.Logger) -> Node:
    name = value.name
    if name != "root" and logging.Logger.manager.loggerDict.get(name) is not value:
        raise Refused("a logger that is not known by its name")
    return Node("logger", [writer.ref(name)])


def _random(writer: Writer, value: random.Random) -> Node:
    return Node("random", [writer.ref(random.Random.getstate(value))])


_GETTERS = {
    cls.__name__: cls for cls in (operator.itemgetter, operator.attrgetter, operator.methodcaller)
}

ENCODERS: dict[int, Encoder] = {
    id(types.ModuleType): _module, id(types.GenericAlias): _alias, id(types.UnionType): _union,
    id(typing.TypeVar): _type_variable, id(typing.NewType): _new_type,
    id(logging.Logger): _logger, id(logging.RootLogger): _logger, id(random.Random): _random,
    **dict.fromkeys(map(id, _GETTERS.values()), _getter),
}  # fmt: skip


def encode(writer: Writer, value: Any) -> Node | None:
    """Return the node of a value of one of the classes that `typing` keeps for itself."""
    if passive.class_module(type(value)) != "typing":
        return None
    cls = type(value)
    if passive.module_contents("typing").get(passive.class_name(cls)) is not cls:
        return None
    try:
        return _special_form(writer, value) or _typing_alias(writer, value)
    except (AttributeError, TypeError):
        return None


# -- back ------------------------------------------------------------------------------------


def _make_module(_reader: Reader, node: Node, _args: list[Any]) -> Any:
    return imported(*node.data)


def _make_type_variable(_reader: Reader, node: Node, args: list[Any]) -> Any:
    name, is_covariant, is_contravariant = node.data
    bound, module, *constraints = args
    make: Any = typing.TypeVar  # which mypy only wants to see in declarations
    made = make(
        name, *constraints, bound=bound, covariant=is_covariant, contravariant=is_contravariant
    )
    made.__module__ = module
    return made


def _make_new_type(_reader: Reader, node: Node, args: list[Any]) -> Any:
    make: Any = typing.NewType
    made = make(node.data, args[0])
    made.__module__ = args[1]
    return made


def _make_getter(_reader: Reader, node: Node, args: list[Any]) -> Any:
    cls: Callable[..., Any] | None = _GETTERS.get(node.data)
    if cls is None:
        raise DocumentUnreadable("a getter of an unknown class; the document is damaged")
    return cls(*args)


def _make_random(_reader: Reader, _node: Node, args: list[Any]) -> Any:
    made = random.Random()
    made.setstate(args[0])
    return made


KINDS: dict[str, Kind] = {
    "module": Kind(_make_module),
    "alias": Kind(lambda _r, _n, args: operator.getitem(*args)),
    "union": Kind(lambda _r, _n, args: functools.reduce(operator.or_, args)),
    "TypeVar": Kind(_make_type_variable),
    "NewType": Kind(_make_new_type),
    "getter": Kind(_make_getter),
    "logger": Kind(lambda _r, _n, args: logging.getLogger(None if args[0] == "root" else args[0])),
    "random": Kind(_make_random),
}
