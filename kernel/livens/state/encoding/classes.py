"""Classes: those of modules by name, those of the user as the statement that defines them.

What `livens.state.encoding.class_plans` says of the statement runs again when the class is
restored, in the namespace of the user. The names that it looks up are bound to what they are now
for as long as it runs. Everything else is kept as values, and is put into the class past its
metaclass.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding import called_classes, class_plans
from livens.state.encoding.class_bodies import inner_functions, reduce
from livens.state.encoding.functions import named, need_plain_source
from livens.state.encoding.origins import MAIN
from livens.state.encoding.sources import FUTURES, remember
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.scalars import ENCODERS as PLAIN
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

_qualname = type.__dict__["__qualname__"].__get__


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
        is_class = passive.is_real_instance(found, type)
        found = passive.class_dict(found).get(step) if is_class else None
    if not passive.is_real_instance(found, type) or passive.class_dict(found).get(name) is not cls:
        raise Refused(f"class {name} is not found in {outer}")
    return Node("member", [writer.ref(found)], data=name)


def _of_user(writer: Writer, cls: type) -> Node:
    called = called_classes.encode(writer, cls)
    if called is not None:
        return called
    found = class_plans.plan_of(cls, passive.module_contents(MAIN))
    need_plain_source(writer, found.source)
    writer.need_shown(found.kept)
    writer.count_nbytes(len(found.source))
    data = {
        "source": writer.ref(found.source), "name": passive.class_name(cls),
        "flags": found.flags & FUTURES, "plan": found.plan, "needs": list(found.needs),
        "kept": list(found.kept), "gone": found.gone,
        "functions": {name: len(parts) for name, parts in found.functions.items()},
    }  # fmt: skip
    parts = [part for held in found.functions.values() for part in held]
    args = [writer.ref(value) for value in found.needs.values()]
    fill = [writer.ref(value) for value in [*found.kept.values(), *parts]]
    return Node("class", args, fill, data)


# -- back ------------------------------------------------------------------------------------


def _make_class(reader: Reader, node: Node, args: list[Any]) -> Any:
    data, namespace = node.data, reader.context["namespace"]
    source, name = reader.value(data["source"]), data["name"]
    tree = ast.parse(source)
    reduce(tree, data["plan"])
    filename = remember(name, source)
    code = compile(tree, filename, "exec", data["flags"] & FUTURES, dont_inherit=True)
    needed = dict(zip(data["needs"], args, strict=True))
    with _Bound(namespace, {**needed, "__name__": MAIN}, name), _unannounced(args):
        exec(code, namespace)
        made = namespace[name]
    if not passive.is_real_instance(made, type):
        raise DocumentUnreadable(f"the decorators of class {name} returned something else")
    for gone in data["gone"]:
        if gone in passive.class_dict(made):
            type.__delattr__(made, gone)
    return made


@contextmanager
def _unannounced(values: list[Any]) -> Iterator[None]:
    """Let no class of the user know that a subclass is made.

    What ``__init_subclass__`` did when the class was defined is kept: its attributes, and what it
    noted down somewhere. It must not be done again.
    """
    classes = [value for value in values if passive.is_real_instance(value, type)]
    told = {id(base): base for cls in classes for base in passive.class_mro(cls)
            if "__init_subclass__" in passive.class_dict(base)
            and passive.class_module(base) == MAIN}  # fmt: skip
    before = [(base, passive.class_dict(base)["__init_subclass__"]) for base in told.values()]
    for base, _ in before:
        type.__setattr__(base, "__init_subclass__", classmethod(lambda *_, **__: None))
    try:
        yield
    finally:
        for base, own in before:
            type.__setattr__(base, "__init_subclass__", own)


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
    values = iter(fill)
    for name in node.data["kept"]:
        value = next(values)
        if passive.class_dict(made).get(name, node) is not value:
            type.__setattr__(made, name, value)
    for name, count in node.data["functions"].items():
        parts = [next(values) for _ in range(count)]
        functions = inner_functions(passive.class_dict(made)[name])
        if len(functions) * len(class_plans.PARTS) != count:
            raise DocumentUnreadable(f"method {name[:50]} of class {made.__name__} is damaged")
        for n, function in enumerate(functions):
            if function is not None:
                class_plans.put_parts(function, parts[4 * n : 4 * n + 4])


KINDS: dict[str, Kind] = {"class": Kind(_make_class, _fill_class)}
