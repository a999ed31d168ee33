"""Functions: what a module has under a name by that name, all others as source and values.

Of a function of the user's the text of its definition is kept, without decorators, defaults and
annotations. Those have been evaluated. They are kept as the values that they gave, with the
variables around the function, its attributes and its texts. So nothing is called to make it again,
and what functions share, such as a counter of a closure, stays shared. Its globals are those of the
namespace it is restored into. Byte code is never kept.
"""

from __future__ import annotations

import functools
from types import (
    BuiltinFunctionType,
    CellType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding import origins
from livens.state.encoding.class_plans import is_defined_by_statement
from livens.state.encoding.origins import MAIN, found_by_name, imported, mark_of
from livens.state.encoding.sources import (
    compiled,
    remember,
    requalified,
    source_of,
    written,
)
from livens.state.plain.containers import copied, mapping_fill, pairs
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Encoder, NeverKept, Refused, Writer
from livens.values import passive

_qualname = type.__dict__["__qualname__"].__get__


def named(writer: Writer, value: Any, module: Any, qualname: Any) -> Node | None:
    """Return the node of what is found by its name in a module; None if it is not found there."""
    if type(module) is not str or type(qualname) is not str or module == MAIN:
        return None
    if not found_by_name(value, module, qualname):
        return None
    return Node("import", data=[module, qualname, mark_of(writer, module)])


def need_plain_source(writer: Writer, source: str) -> None:
    """Refuse a source in which the redaction finds a secret."""
    redactor = writer.options.redactor
    if redactor is not None and redactor.masked(source) != source:
        raise NeverKept("there is a secret in its source")


def _function(writer: Writer, value: FunctionType) -> Node:
    found = named(writer, value, value.__module__, value.__qualname__)
    found = found or _member(writer, value)
    if found is not None:
        return found
    code = value.__code__
    home = value.__globals__.get("__name__")
    if type(home) is not str or not _is_of_module(value.__globals__, home):
        raise Refused(f"function {code.co_name} has globals of its own, of no module")
    if getattr(value, "__type_params__", ()):
        raise Refused(f"function {code.co_name} has type parameters")
    source, around = source_of(code)
    need_plain_source(writer, source)
    writer.need_shown(code.co_freevars)
    writer.count_nbytes(len(source))
    args = [writer.ref(cell) for cell in value.__closure__ or ()]
    own = copied((passive.instance_dict(value) or {}).items())
    fill = [writer.ref(part) for part in (
        value.__defaults__, value.__kwdefaults__, value.__annotations__, value.__doc__,
        value.__name__, value.__qualname__, value.__module__)]  # fmt: skip
    data = {
        "source": writer.ref(source), "around": around, "free": list(code.co_freevars),
        "flags": code.co_flags, "qualname": code.co_qualname, "home": home,
        "mark": mark_of(writer, home),
    }  # fmt: skip
    return Node("function", args, [*fill, *map(writer.ref, _flat(writer, own))], data)


def _is_of_module(globals_: Any, home: str) -> bool:
    """Return whether globals are those of a module, or the namespace that stands for them."""
    contents = passive.module_contents(home)
    if globals_ is contents:
        return True
    return type(globals_) is not dict and passive.attributes(globals_).get("target") is contents


def _flat(writer: Writer, items: list[tuple[Any, Any]]) -> list[Any]:
    """Return all keys, and then all values."""
    writer.need_shown(key for key, _ in items)
    return [key for key, _ in items] + [value for _, value in items]


def _member(writer: Writer, value: FunctionType) -> Node | None:
    """Return the node of a method of a class of the user's, as the class has it."""
    outer, dot, name = value.__qualname__.rpartition(".")
    if not dot or value.__module__ != MAIN or "<locals>" in outer:
        return None
    first, *rest = outer.split(".")
    found: Any = passive.module_contents(MAIN).get(first)
    home: Any = None
    for step in [*rest, name]:
        if not passive.is_real_instance(found, type):
            return None
        home, found = found, passive.class_dict(found).get(step)
    if found is not value or not (rest or is_defined_by_statement(writer, home, name)):
        return None
    return Node("member", [writer.ref(home)], data=name)


def _cell(writer: Writer, value: CellType) -> Node:
    try:
        return Node("cell", fill=[writer.ref(value.cell_contents)])
    except ValueError:  # it is empty
        return Node("cell")


def _method(writer: Writer, value: MethodType) -> Node:
    function, owner = value.__func__, value.__self__
    found = _of_module_object(writer, value, owner, function.__name__)
    if found is not None:
        return found
    if type(function) is FunctionType:
        for cls in passive.class_mro(type(owner)):
            name = function.__name__
            if passive.class_dict(cls).get(name) is function and _is_of_class(writer, cls, name):
                member = [writer.ref(cls), writer.ref(owner)]
                return Node("boundmember", member, data=function.__name__)
    return Node("method", [writer.ref(function), writer.ref(owner)])


def _is_of_class(writer: Writer, cls: type, name: str) -> bool:
    if passive.class_module(cls) != MAIN or "." in _qualname(cls):
        return True
    return is_defined_by_statement(writer, cls, name)


def _builtin(writer: Writer, value: BuiltinFunctionType) -> Node:
    owner = value.__self__
    if owner is None or type(owner) is ModuleType:
        module = value.__module__ or "builtins"
        found = named(writer, value, module, value.__qualname__)
        if found is None:
            raise Refused(f"builtin function {value.__name__} is not found in module {module}")
        return found
    found = _of_module_object(writer, value, owner, value.__name__)
    return found or Node("boundbuiltin", [writer.ref(owner)], data=value.__name__)


def _of_module_object(writer: Writer, value: Any, owner: Any, name: Any) -> Node | None:
    """Return the node of a method that a module offers as its function, as `random.random`."""
    return named(writer, value, passive.class_module(type(owner)), name)


def _descriptor(writer: Writer, value: Any) -> Node:
    cls, name = value.__objclass__, value.__name__
    if passive.class_dict(cls).get(name) is not value:
        raise Refused(f"a descriptor that its class no longer has: {name[:50]}")
    return Node("member", [writer.ref(cls)], data=name)


def _partial(writer: Writer, value: Any) -> Node:
    if passive.instance_dict(value):
        raise Refused("a partial with attributes of its own")
    return Node("partial", [writer.ref(p) for p in (value.func, value.args, value.keywords)])


def _cached(writer: Writer, value: Any) -> Node:
    parameters = value.cache_parameters()
    own = passive.instance_dict(value) or {}
    items = [item for item in copied(own.items()) if item[0] != "cache_parameters"]
    data = [parameters["maxsize"], parameters["typed"]]
    found = None
    if own.get("__module__") != MAIN:
        found = named(writer, value, own.get("__module__"), own.get("__qualname__"))
    fill = mapping_fill(writer, items)
    return found or Node("lru_cache", [writer.ref(own["__wrapped__"])], fill, data)


def _property(writer: Writer, value: property) -> Node:
    parts = (value.fget, value.fset, value.fdel, value.__doc__)
    return Node("property", [writer.ref(part) for part in parts])


def _wrapped(writer: Writer, value: Any) -> Node:
    return Node(type(value).__name__, [writer.ref(value.__func__)])


def _cached_property(writer: Writer, value: Any) -> Node:
    return Node("cached_property", [writer.ref(value.func), writer.ref(value.attrname)])


def _partialmethod(writer: Writer, value: Any) -> Node:
    return Node("partialmethod", [writer.ref(p) for p in (value.func, value.args, value.keywords)])


_lru_cache_wrapper = type(functools.lru_cache(len))

ENCODERS: dict[int, Encoder] = {
    id(FunctionType): _function, id(CellType): _cell, id(MethodType): _method,
    id(BuiltinFunctionType): _builtin, id(functools.partial): _partial,
    id(_lru_cache_wrapper): _cached, id(property): _property, id(staticmethod): _wrapped,
    id(classmethod): _wrapped, id(functools.cached_property): _cached_property,
    id(functools.partialmethod): _partialmethod,
    **dict.fromkeys(map(id, (
        MethodDescriptorType, WrapperDescriptorType, ClassMethodDescriptorType,
        GetSetDescriptorType, MemberDescriptorType)), _descriptor),
}  # fmt: skip


# -- back ------------------------------------------------------------------------------------


def _make_import(reader: Reader, node: Node, _args: list[Any]) -> Any:
    module, qualname, mark = node.data
    found: Any = imported(module, mark)
    for name in qualname.split("."):
        found = _attribute(found, name, module)
    return found


def _attribute(owner: Any, name: str, module: str) -> Any:
    """Return what a module or class has under a name, as it stands there."""
    missing = DocumentUnreadable(f"module {module} has no {name} here")
    if passive.is_real_instance(owner, type):
        found = passive.class_dict(owner).get(name, missing)
    else:
        found = getattr(owner, name, missing)
    if found is missing:
        raise missing
    return found


def _make_function(reader: Reader, node: Node, args: list[Any]) -> FunctionType:
    data = node.data
    home, source = data["home"], reader.value(data["source"])
    if home == MAIN:
        globals_ = reader.context["namespace"]
    else:
        document = reader.document
        origins.need_same_version(home, document.python, document.packages)
        globals_ = vars(imported(home, data["mark"]))
    free = tuple(data["free"])
    filename = remember(data["qualname"].rpartition(".")[2], written(source), data["around"])
    code = compiled(source, data["around"], free, data["flags"], filename)
    code = requalified(code, code.co_qualname, data["qualname"])
    code = code.replace(co_flags=(code.co_flags & ~0x10) | (data["flags"] & 0x10))
    if set(code.co_freevars) != set(free) or len(args) != len(free):
        raise DocumentUnreadable("a function in it uses other variables around it in this Python")
    cells = dict(zip(free, args, strict=True))
    closure = tuple(cells[name] for name in code.co_freevars)
    return FunctionType(code, globals_, closure=closure or None)


def _fill_function(_reader: Reader, made: Any, _node: Node, fill: list[Any]) -> None:
    made.__defaults__, made.__kwdefaults__, annotations, made.__doc__ = fill[:4]
    made.__annotations__ = annotations
    made.__name__, made.__qualname__, made.__module__ = fill[4:7]
    made.__dict__.update(pairs(fill[7:]))


def _fill_cell(_reader: Reader, cell: Any, _node: Node, fill: list[Any]) -> None:
    if fill:
        [cell.cell_contents] = fill


def _make_member(_reader: Reader, node: Node, args: list[Any]) -> Any:
    return _attribute(args[0], node.data, passive.class_name(args[0]))


def _make_bound_member(_reader: Reader, node: Node, args: list[Any]) -> Any:
    return MethodType(_attribute(args[0], node.data, passive.class_name(args[0])), args[1])


def _make_bound_builtin(_reader: Reader, node: Node, args: list[Any]) -> Any:
    found = getattr(args[0], node.data)
    if type(found) is not BuiltinFunctionType:
        raise DocumentUnreadable(f"{node.data[:50]} is no builtin method here")
    return found


def _make_cached(_reader: Reader, node: Node, args: list[Any]) -> Any:
    maxsize, typed = node.data
    return functools.lru_cache(maxsize, typed)(args[0])


def _fill_cached(_reader: Reader, made: Any, _node: Node, fill: list[Any]) -> None:
    made.__dict__.update(pairs(fill))


def _make_cached_property(_reader: Reader, _node: Node, args: list[Any]) -> Any:
    made: Any = functools.cached_property(args[0])
    made.attrname = args[1]
    return made


def _make_partialmethod(_reader: Reader, _node: Node, args: list[Any]) -> Any:
    return functools.partialmethod(args[0], *args[1], **args[2])


KINDS: dict[str, Kind] = {
    "import": Kind(_make_import),
    "function": Kind(_make_function, _fill_function),
    "cell": Kind(lambda *_: CellType(), _fill_cell),
    "member": Kind(_make_member),
    "boundmember": Kind(_make_bound_member),
    "method": Kind(lambda _r, _n, args: MethodType(*args)),
    "boundbuiltin": Kind(_make_bound_builtin),
    "partial": Kind(lambda _r, _n, args: functools.partial(args[0], *args[1], **args[2])),
    "lru_cache": Kind(_make_cached, _fill_cached),
    "property": Kind(lambda _r, _n, args: property(*args)),
    "staticmethod": Kind(lambda _r, _n, args: staticmethod(args[0])),
    "classmethod": Kind(lambda _r, _n, args: classmethod(args[0])),
    "cached_property": Kind(_make_cached_property),
    "partialmethod": Kind(_make_partialmethod),
}
