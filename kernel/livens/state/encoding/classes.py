"""Classes: those of modules by name, those of the user as the statement that defines them.

The statement runs again when the class is restored, in the namespace of the user. The names that it
looks up (bases, decorators, annotations) are bound to what they are now for as long as it runs.
Attributes that hold data, and those that were set after the definition, are kept as values and are
put into the class, past its metaclass. Functions that the statement defines come from it.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding.class_statements import (
    Statement,
    computed,
    names_needed,
    need_definitions,
    own_codes,
    statement_of,
    without_computing,
)
from livens.state.encoding.functions import named, need_plain_source
from livens.state.encoding.origins import MAIN, is_installed
from livens.state.encoding.sources import FUTURES, remember, text_of
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.scalars import ENCODERS as PLAIN
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

_qualname = type.__dict__["__qualname__"].__get__

_MACHINERY = frozenset({
    "__dict__", "__weakref__", "__doc__", "__module__", "__qualname__", "__annotations__",
    "__orig_bases__", "__parameters__", "__slots__", "__abstractmethods__", "_abc_impl",
    "__dataclass_fields__", "__dataclass_params__", "__match_args__", "__static_attributes__",
    "__firstlineno__", "__classcell__", "__annotate__", "__type_params__", "__hash__",
    "__final__", "__protocol_attrs__", "__non_callable_proto_members__", "_is_protocol",
    "_is_runtime_protocol", "__subclasshook__", "__init_subclass__",
})  # fmt: skip
"""What the statement, or the metaclass, puts into a class by itself."""


def encode_class(writer: Writer, cls: type) -> Node:
    """Return the node of a class.

    Raises
    ------
    Refused
        If it is neither found by its name in a module nor by its source in a cell.
    """
    if id(type(cls)) in PLAIN:
        try:
            return PLAIN[id(type)](writer, cls)
        except Refused:
            pass
    module, qualname = passive.class_module(cls) or "builtins", _qualname(cls)
    found = named(writer, cls, module, qualname) or _by_other_name(writer, cls)
    if found is not None:
        return found
    name = passive.class_name(cls)
    if module != MAIN:
        raise Refused(f"class {name} is not found in module {module}")
    if "<locals>" in qualname:
        raise Refused(f"class {name} was defined in a function")
    outer, dot, _ = qualname.rpartition(".")
    if dot:
        return _nested(writer, cls, outer, name)
    return _of_user(writer, cls)


def _by_other_name(writer: Writer, cls: type) -> Node | None:
    """Find what the module `types` has for Python's own classes, such as that of functions."""
    if passive.class_module(cls):
        return None
    for name, found in list(passive.module_contents("types").items()):
        if found is cls:
            return Node("import", data=["types", name, ""])
    return None


def _nested(writer: Writer, cls: type, outer: str, name: str) -> Node:
    first, *rest = outer.split(".")
    found: Any = passive.module_contents(MAIN).get(first)
    for step in rest:
        found = passive.class_dict(found).get(step) if isinstance(found, type) else None
    if not passive.is_real_instance(found, type) or passive.class_dict(found).get(name) is not cls:
        raise Refused(f"class {name} is not found in {outer}")
    return Node("member", [writer.ref(found)], data=name)


def _of_user(writer: Writer, cls: type) -> Node:
    statement = statement_of(cls)
    need_plain_source(writer, statement.source)
    need_definitions(statement.node)
    if getattr(statement.node, "type_params", ()):
        raise Refused(f"class {passive.class_name(cls)} has type parameters")
    own = passive.class_dict(cls)
    kept = dict(_kept(cls, statement))
    writer.need_shown(kept)
    is_declared = is_declared_elsewhere(cls, statement)
    replaced = frozenset(
        name for item in statement.node.body if not is_declared and computed(item)
        for name in _names_of(item) if name in kept or name not in own
    )  # fmt: skip
    gone = [] if is_declared else sorted(statement.bound() - own.keys())
    tree = ast.parse(statement.source)
    without_computing(tree, replaced)
    names = names_needed(tree)
    values = _looked_up(cls, statement, names)
    data = {
        "source": writer.ref(statement.source), "name": passive.class_name(cls),
        "flags": statement.flags & FUTURES, "replaced": sorted(replaced), "needs": list(values),
        "kept": list(kept), "gone": [name for name in gone if not name.startswith("__")],
    }  # fmt: skip
    writer.count_nbytes(len(statement.source))
    args = [writer.ref(value) for value in values.values()]
    return Node("class", args, [writer.ref(value) for value in kept.values()], data)


def _names_of(statement: ast.stmt) -> list[str]:
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def is_declared_elsewhere(cls: type, statement: Statement) -> bool:
    """Return whether the body only declares what a decorator or metaclass makes the class of."""
    return bool(statement.node.decorator_list) or (
        passive.qualified_name(type(cls)) not in ("type", "abc.ABCMeta")
        or "_fields" in passive.class_dict(cls)
    )


def _kept(cls: type, statement: Statement) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a class that are kept as values."""
    own = passive.class_dict(cls)
    is_declared = is_declared_elsewhere(cls, statement)
    is_dataclass = "__dataclass_fields__" in own and type(cls) is type
    is_enum = passive.is_real_instance(cls, enum.EnumMeta)
    defined = {item.name: item for item in statement.node.body if isinstance(item, _DEFINITIONS)}
    for name, item in list(own.items()):
        if name in _MACHINERY or type(item) in (MemberDescriptorType, GetSetDescriptorType):
            continue
        codes = set(own_codes(item))
        if codes:
            is_of_it = not statement.codes.isdisjoint(codes) or (
                name in defined and bool(defined[name].decorator_list)
            )
            if not is_of_it and not (is_declared and _is_made(codes)):
                yield name, item
        elif name in defined or name in (own.get("_fields") or ()):
            continue
        elif not is_declared:
            yield name, item
        elif name.startswith("_") or (is_enum and type(item) not in _ATOMS):
            continue
        elif is_dataclass or name not in statement.bound():
            yield name, item


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ATOMS = (type(None), bool, int, float, str, bytes)


def _is_made(codes: set[Any]) -> bool:
    """Return whether functions are of no text that is known: a library has made them."""
    files = {code.co_filename for code in codes}
    return all(is_installed(file) or not text_of(file) for file in files)


def _looked_up(cls: type, statement: Statement, names: list[str]) -> dict[str, Any]:
    """Return what the statement has to find under the names that it looks up."""
    main = passive.module_contents(MAIN)
    bound = statement.bound()
    given = passive.class_dict(cls).get("__orig_bases__") or passive.class_bases(cls)
    bases = {node.id: base for node, base in zip(statement.node.bases, given, strict=False)
             if isinstance(node, ast.Name)}  # fmt: skip
    found: dict[str, Any] = {}
    for name in names:
        is_base = name in bases and len(given) == len(statement.node.bases)
        if is_base and passive.is_real_instance(main.get(name, cls), type):
            found[name] = bases[name]
        elif name in main:
            found[name] = main[name]
        elif name not in bound and name != passive.class_name(cls):
            raise Refused(
                f"class {passive.class_name(cls)} needs {name} to be defined again, which is gone"
            )
    return {name: value for name, value in found.items() if value is not cls}


# -- back ------------------------------------------------------------------------------------


def _make_class(reader: Reader, node: Node, args: list[Any]) -> Any:
    data, namespace = node.data, reader.context["namespace"]
    source, name = reader.value(data["source"]), data["name"]
    tree = ast.parse(source)
    without_computing(tree, frozenset(data["replaced"]))
    filename = remember(name, source)
    code = compile(tree, filename, "exec", data["flags"] & FUTURES, dont_inherit=True)
    needed = dict(zip(data["needs"], args, strict=True))
    with _Bound(namespace, {**needed, "__name__": MAIN}, name):
        exec(code, namespace)
        made = namespace[name]
    if not passive.is_real_instance(made, type):
        raise DocumentUnreadable(f"the decorators of class {name} returned something else")
    for gone in data["gone"]:
        if gone in passive.class_dict(made):
            type.__delattr__(made, gone)
    return made


class _Bound:
    """Names bound in a namespace for a while; afterwards it is as it was."""

    def __init__(self, namespace: dict[str, Any], values: dict[str, Any], name: str) -> None:
        self._namespace, self._values = namespace, values
        self._names = [*values, name, "__builtins__", "__annotations__"]

    def __enter__(self) -> None:
        space = self._namespace
        self._before = {name: space[name] for name in self._names if name in space}
        for name, value in self._values.items():
            dict.__setitem__(space, name, value)

    def __exit__(self, *exc: object) -> None:
        for name in self._names:
            if name in self._before:
                dict.__setitem__(self._namespace, name, self._before[name])
            elif name != "__builtins__" and name in self._namespace:
                dict.__delitem__(self._namespace, name)


def _fill_class(_reader: Reader, made: Any, node: Node, fill: list[Any]) -> None:
    for name, value in zip(node.data["kept"], fill, strict=True):
        if passive.class_dict(made).get(name, node) is not value:
            type.__setattr__(made, name, value)


KINDS: dict[str, Kind] = {"class": Kind(_make_class, _fill_class)}
