"""Types with brackets and bars: ``list[int]``, ``int | None``, and what `typing` makes.

Written by us from the origin and the arguments that such an object keeps. Its own text asks the
classes in it for their names, and an argument may be anything; what an alias of ``type X = …``
stands for is not worked out before somebody asks for it, and not by us.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

from livens.values.passive import (
    attributes,
    class_attribute,
    class_name,
    exact_text,
    instance_dict,
    is_exactly,
    is_real_instance,
    qualified_name,
)
from livens.values.summaries import Adapter, Limits, Preview, Summary

_MAX_PARTS = 40
_MAX_DEPTH = 6

_origin = types.GenericAlias.__dict__["__origin__"].__get__
_arguments = types.GenericAlias.__dict__["__args__"].__get__
_choices = types.UnionType.__dict__["__args__"].__get__


class _Writer:
    """Writes one type; counts the parts that it has written."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._parts = 0
        self.is_cut = False

    def text(self, item: object, depth: int = 0) -> str:
        """Write a type, or what stands in the brackets of one."""
        self._parts += 1
        if self._parts > _MAX_PARTS or depth > _MAX_DEPTH:
            self.is_cut = True
            return "…"
        if item is None or item is type(None):
            return "None"
        if item is ...:
            return "..."
        if is_real_instance(item, types.UnionType):
            return self._joined(" | ", _choices(item), depth)
        if is_real_instance(item, types.GenericAlias):
            return self._applied(_word(_origin(item)), _arguments(item), depth)
        if is_real_instance(item, type):
            return qualified_name(item)  # type: ignore[arg-type]
        if type(item) is list or type(item) is tuple:
            return f"[{self._joined(', ', item, depth)}]"
        adapter = ADAPTERS.get(qualified_name(type(item)))
        return self._preview(item) if adapter is None else self._of_typing(item, depth)

    def _joined(self, sign: str, items: Iterable[object], depth: int) -> str:
        return sign.join(self.text(item, depth + 1) for item in items)

    def _applied(self, name: str, arguments: tuple[object, ...], depth: int) -> str:
        if name.rpartition(".")[2] == "Callable" and arguments:
            *taken, returned = arguments
            if not (len(taken) == 1 and _stands_for_many(taken[0])):
                arguments = (taken, returned)
        inside = self._joined(", ", arguments, depth) if arguments else "()"
        return f"{name}[{inside}]"

    def _of_typing(self, item: object, depth: int) -> str:
        found = attributes(item)
        kind, name = class_name(type(item)), found.get("_name")
        arguments = found.get("__args__")
        if kind in _PARAMETERS:
            return _parameter_name(item, found) or kind
        if kind == "ForwardRef":
            return repr(found.get("__forward_arg__", found.get("__arg__", "?")))
        if kind == "_AnnotatedAlias":
            notes = found.get("__metadata__")
            described = map(self._preview, notes[:3] if type(notes) is tuple else ())
            inside = [self.text(found.get("__origin__"), depth + 1), *described]
            return f"Annotated[{', '.join(inside)}]"
        if type(arguments) is not tuple:
            return exact_text(name) if is_real_instance(name, str) else kind  # type: ignore[arg-type]
        if kind == "_UnionGenericAlias":
            return self._joined(" | ", arguments, depth)
        if kind == "_LiteralGenericAlias":
            return f"Literal[{', '.join(map(self._preview, arguments[:_MAX_PARTS]))}]"
        word = exact_text(name) if is_real_instance(name, str) else _word(found.get("__origin__"))  # type: ignore[arg-type]
        return self._applied(word, arguments, depth)


def _stands_for_many(argument: object) -> bool:
    """Return whether one argument stands for all parameters: ``...``, a `typing.ParamSpec`."""
    return argument is ... or class_name(type(argument)) in (
        "ParamSpec", "_ConcatenateGenericAlias",
    )  # fmt: skip


def _word(origin: object) -> str:
    if is_real_instance(origin, type):
        return qualified_name(origin)  # type: ignore[arg-type]
    found = attributes(origin)
    name = found.get("_name")
    if type(name) is str:
        return name
    kind = class_name(type(origin))
    return (_parameter_name(origin, found) or kind) if kind in _PARAMETERS else kind


_PARAMETERS = ("TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "TypeAliasType")


def _parameter_name(item: object, found: dict[str, Any]) -> str:
    """Return the name of a type variable or of an alias, from its dict or its field in C."""
    name = found.get("__name__")
    if name is None:
        field = class_attribute(type(item), "__name__")
        is_field = is_exactly(field, types.MemberDescriptorType, types.GetSetDescriptorType)
        name = field.__get__(item) if is_field else None
    return exact_text(name) if is_real_instance(name, str) else ""  # type: ignore[arg-type]


def _annotation(value: Any, limits: Limits, preview: Preview) -> Summary:
    writer = _Writer(preview)
    text = writer.text(value)
    return Summary("other", text, truncated=writer.is_cut)


def _parameter(value: Any, limits: Limits, preview: Preview) -> Summary:
    name = _parameter_name(value, instance_dict(value) or {})
    return Summary("other", f"{class_name(type(value))} {name}".rstrip())


ADAPTERS: dict[str, Adapter] = {
    "types.GenericAlias": _annotation,
    "types.UnionType": _annotation,
    "typing.Union": _annotation,  # what `int | None` is from Python 3.14 on
    "collections.abc._CallableGenericAlias": _annotation,
    **{
        f"typing.{name}": _annotation
        for name in (
            "_GenericAlias", "_UnionGenericAlias", "_LiteralGenericAlias", "_AnnotatedAlias",
            "_CallableGenericAlias", "_ConcatenateGenericAlias", "_UnpackGenericAlias",
            "_SpecialGenericAlias", "_DeprecatedGenericAlias", "_CallableType", "_TupleType",
            "_SpecialForm", "_TypedCacheSpecialForm", "_LiteralSpecialForm", "ForwardRef",
        )
    },
    "annotationlib.ForwardRef": _annotation,
    **{f"typing.{name}": _parameter for name in _PARAMETERS},
}  # fmt: skip
