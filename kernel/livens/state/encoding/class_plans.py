"""`plan_of`: how a class of the user's is made again, and what of it is kept as values."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any

from livens.state.encoding.class_bodies import (
    DEFINITIONS,
    computed,
    decorators_of_user,
    inner_functions,
    is_of_library,
    names_in,
    names_needed,
    need_definitions,
    need_same,
    reduce,
    targets,
)
from livens.state.encoding.class_statements import (
    ANNOTATIONS,
    Statement,
    flags_of,
    own_codes,
    statement_of,
)
from livens.state.encoding.origins import MAIN, is_installed
from livens.state.encoding.sources import text_of
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

PARTS = ("__defaults__", "__kwdefaults__", "__annotations__", "__dict__")
"""What of a method is put into it when it has been defined again."""

_MACHINERY = frozenset({
    "__dict__", "__weakref__", "__doc__", "__module__", "__qualname__", "__annotations__",
    "__orig_bases__", "__parameters__", "__slots__", "__abstractmethods__", "_abc_impl",
    "__dataclass_fields__", "__dataclass_params__", "__match_args__", "__static_attributes__",
    "__firstlineno__", "__classcell__", "__annotate__", "__type_params__",
    "__final__", "__protocol_attrs__", "__non_callable_proto_members__", "_is_protocol",
    "_is_runtime_protocol",
})  # fmt: skip
"""What the statement, or a metaclass, puts into a class by itself."""

_ATOMS = (type(None), bool, int, float, str, bytes)
_META_WAYS = frozenset({"__new__", "__init__", "__prepare__", "__call__"})


_GENERATED = "<attrs generated "
"""How attrs begins the names of the texts that it writes, and shows in tracebacks."""


@dataclass
class Plan:
    """How a class is made again.

    Attributes
    ----------
    source : str
        Its statement.
    flags : int
        Those of its code.
    plan : dict
        What of the statement is left out, as `livens.state.encoding.class_bodies.reduce` says.
    needs : dict
        What the statement looks up.
    kept : dict
        Attributes that are put into the class.
    functions : dict
        For each method that the statement defines its parts, as in `PARTS`.
    gone : list of str
        Attributes that the statement gives and the class no longer has.
    """

    source: str
    flags: int
    plan: dict[str, Any]
    needs: dict[str, Any]
    kept: dict[str, Any]
    functions: dict[str, list[Any]]
    gone: list[str]


def is_defined_by_statement(writer: Writer, cls: type, name: str) -> bool:
    """Return whether an attribute of a class of the user's comes from its statement.

    What is kept as a value is put into the class late, and is not to be looked up in it before.
    """
    known: dict[int, tuple[type, Plan | None]] = writer.notes.setdefault("plans", {})
    if id(cls) not in known:
        try:
            known[id(cls)] = cls, plan_of(cls, passive.module_contents(MAIN))
        except Refused:
            known[id(cls)] = cls, None
    plan = known[id(cls)][1]
    return plan is not None and name not in plan.kept


def plan_of(cls: type, main: dict[str, Any]) -> Plan:
    """Return how a class of the user's is made again.

    Raises
    ------
    Refused
        If it cannot be, or its statement would do more than to define it.
    """
    statement = statement_of(cls)
    node = statement.node
    need_definitions(node)
    if getattr(node, "type_params", ()):
        raise Refused(f"class {node.name} has type parameters")
    meta = type(cls)
    if passive.class_module(meta) == MAIN and not _META_WAYS.isdisjoint(passive.class_dict(meta)):
        raise Refused(f"class {node.name} has a metaclass that says how classes are made")
    own = passive.class_dict(cls)
    plan: dict[str, Any] = {"replaced": [], "bare": [], "undecorated": {}}
    for item in [node, *(s for s in node.body if isinstance(s, DEFINITIONS))]:
        places = decorators_of_user(item, main)
        if places:
            plan["undecorated"]["" if item is node else item.name] = places
    dropped = plan["undecorated"]
    is_declared = len(node.decorator_list) > len(dropped.get("", ())) or (
        passive.qualified_name(meta) not in ("type", "abc.ABCMeta") or "_fields" in own
    )
    kept = dict(_kept(cls, statement, dropped, is_declared))
    if not is_declared:
        names = [n for item in node.body if computed(item) for n in targets(item)]
        plan["replaced"] = sorted(n for n in names if n in kept or n not in own)
    functions = dict(_functions(own, statement, kept))
    plan["bare"] = sorted([*functions, *(name for name in dropped if name)])
    gone = [] if is_declared else sorted(statement.bound() - own.keys())
    tree = ast.parse(statement.source)
    reduce(tree, plan)
    reduced = tree.body[0].body[0] if isinstance(tree.body[0], ast.If) else tree.body[0]
    _need_known(cls, reduced, main, is_declared=is_declared)
    flags = flags_of(statement, cls)
    names = names_needed(reduced, are_annotations_texts=bool(flags & ANNOTATIONS))
    needs = _looked_up(cls, statement, names, main)
    gone = [name for name in gone if not name.startswith("__")]
    return Plan(statement.source, flags, plan, needs, kept, functions, gone)


def _kept(
    cls: type, statement: Statement, dropped: dict[str, Any], is_declared: bool
) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a class that are kept as values."""
    own = passive.class_dict(cls)
    is_dataclass = "__dataclass_fields__" in own and type(cls) is type
    is_enum = passive.is_real_instance(cls, enum.EnumMeta)
    defined = {item.name: item for item in statement.node.body if isinstance(item, DEFINITIONS)}
    for name, item in list(own.items()):
        is_descriptor = type(item) in (MemberDescriptorType, GetSetDescriptorType)
        if name in _MACHINERY or is_descriptor or (name == "__hash__" and item is None):
            continue
        codes = list(own_codes(item))
        node = defined.get(name)
        if name in dropped:
            yield name, item
        elif isinstance(node, ast.ClassDef) and passive.is_real_instance(item, type):
            need_same(node, item, statement.has)
        elif codes:
            if not statement.has(codes) and not (is_declared and _is_made(codes)):
                yield name, item
        elif node is not None or name in (own.get("_fields") or ()):
            continue
        elif not is_declared:
            yield name, item
        elif name.startswith("_") or (is_enum and type(item) not in _ATOMS):
            continue
        elif is_dataclass or name not in statement.bound():
            yield name, item


def _is_made(codes: list[Any]) -> bool:
    """Return whether functions are of no text that is known: a library has made them."""
    files = {code.co_filename for code in codes}
    return all(
        is_installed(file) or file.startswith(_GENERATED) or not text_of(file) for file in files
    )


def _functions(
    own: Any, statement: Statement, kept: dict[str, Any]
) -> Iterator[tuple[str, list[Any]]]:
    """Yield the methods that the statement defines, with what is put into them."""
    for item in statement.node.body:
        if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) or item.name in kept:
            continue
        functions = inner_functions(own.get(item.name))
        if functions:
            yield item.name, [part for function in functions for part in _parts(function)]
        elif item.name in own and not _has_constant_defaults(item):
            raise Refused(f"method {item.name} has a decorator that hides its defaults")


def _parts(function: FunctionType | None) -> list[Any]:
    if function is None:
        return [None] * len(PARTS)
    own = dict(passive.copied_items(passive.instance_dict(function) or {}))
    own.pop("__wrapped__", None)
    annotations = function.__annotations__
    return [function.__defaults__, function.__kwdefaults__, annotations or None, own or None]


def put_parts(function: FunctionType, parts: list[Any]) -> None:
    """Put what was kept of a method into the one that was defined again."""
    function.__defaults__, function.__kwdefaults__ = parts[:2]
    if parts[2]:
        function.__annotations__ = parts[2]
    function.__dict__.update(parts[3] or {})


def _has_constant_defaults(node: Any) -> bool:
    defaults = [*node.args.defaults, *node.args.kw_defaults]
    return all(item is None or isinstance(item, ast.Constant) for item in defaults)


# -- what the statement looks up -------------------------------------------------------------


def _need_known(cls: type, node: Any, main: dict[str, Any], *, is_declared: bool) -> None:
    """Refuse a class whose statement uses data that may be another one than when it was run."""
    for item in node.body:
        value = getattr(item, "value", None)
        if not isinstance(item, ast.Assign | ast.AnnAssign) or value is None:
            continue
        for name in names_in(value):
            if name not in main or _is_definition(main[name]):
                continue
            for target in targets(item):
                if not is_declared or not _is_from(cls, target, value, main[name]):
                    raise Refused(f"class {node.name} was defined with {name}, as that was then")
    outside = [*node.decorator_list, *(keyword.value for keyword in node.keywords)]
    for name in [name for part in outside for name in names_in(part)]:
        if name in main and not _is_definition(main[name]):
            raise Refused(f"class {node.name} was defined with {name}, as that was then")


def _is_definition(value: Any) -> bool:
    return is_of_library(value) or passive.is_real_instance(value, type, FunctionType)


def _is_from(cls: type, target: str, expression: ast.expr, value: Any) -> bool:
    """Return whether a field or member of a class still has the value that a name has now."""
    own = passive.class_dict(cls)
    fields = own.get("__dataclass_fields__")
    if type(fields) is dict and target in fields:
        field = fields[target]
        return _is_same(value, field.default) or value is field.default_factory
    if not isinstance(expression, ast.Name):
        return False
    members = own.get("_member_map_")
    if type(members) is dict and target in members:
        return _is_same(value, (passive.instance_dict(members[target]) or {}).get("_value_"))
    defaults = own.get("_field_defaults")
    return type(defaults) is dict and _is_same(value, defaults.get(target, cls))


def _is_same(value: Any, other: Any) -> bool:
    """Return whether two values are one; numbers and texts have no identity that counts."""
    if value is other:
        return True
    return type(value) is type(other) and type(value) in _ATOMS and bool(value == other)


def _looked_up(
    cls: type, statement: Statement, names: list[str], main: dict[str, Any]
) -> dict[str, Any]:
    """Return what the statement has to find under the names that it looks up.

    A base or an annotation is the class that it was, if the name is another one now.
    """
    bound = statement.bound()
    then = dict(_classes_then(cls, statement))
    found: dict[str, Any] = {}
    for name in names:
        if name in then and passive.is_real_instance(main.get(name, cls), type):
            found[name] = then[name]
        elif name in main:
            found[name] = main[name]
        elif name not in bound and name != passive.class_name(cls):
            raise Refused(
                f"class {passive.class_name(cls)} needs {name} to be defined again, which is gone"
            )
    return {name: value for name, value in found.items() if value is not cls}


def _classes_then(cls: type, statement: Statement) -> Iterator[tuple[str, Any]]:
    own = passive.class_dict(cls)
    annotations = own.get("__annotations__", {})
    for item in statement.node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            value = annotations.get(item.target.id)
            if isinstance(item.annotation, ast.Name) and passive.is_real_instance(value, type):
                yield item.annotation.id, value
    bases = own.get("__orig_bases__") or passive.class_bases(cls)
    if len(bases) == len(statement.node.bases):
        for node, base in zip(statement.node.bases, bases, strict=True):
            if isinstance(node, ast.Name):
                yield node.id, base
