"""Summaries: from a value to its `Variable`, bounded in time and size, running no user code.

Three ways, tried in this order (as in house style 5, third-party types are looked up by their
qualified name and never imported):

1. exact builtin types, read by their own C methods;
2. an adapter that was registered for the qualified name of the exact class;
3. everything else by what `livens.passive` can read: the class's name and the instance's
   attributes. Real subclasses of builtin containers are read by the builtin's methods.

What no rule covers is shown by its type alone. `describe` raises what an adapter raises; the
watcher sets such a variable aside (`livens.watcher`).
"""

from __future__ import annotations

import array
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from livens import passive
from livens.events import Key, Kind, Variable


class Limits(NamedTuple):
    """How much of a value a preview shows.

    Attributes
    ----------
    chars : int
        The length of the whole preview.
    items : int
        Items of the outermost container; each level below shows half of it.
    depth : int
        Levels of containers within the outermost one.
    """

    chars: int = 200
    items: int = 20
    depth: int = 2


class Summary(NamedTuple):
    """What an adapter tells of a value; the fields are those of `Variable`."""

    kind: Kind
    preview: str
    length: int | None = None
    shape: list[int] | None = None
    dtype: str | None = None
    nbytes: int | None = None
    device: str | None = None
    has_children: bool = False
    truncated: bool = False


Preview = Callable[[Any], str]
"""Renders a value that is nested in another one; adapters get it to call for their items."""

Adapter = Callable[[Any, Limits, Preview], Summary]
"""From a value of a known type to its summary. It must not compute, copy or change the value."""

_adapters: dict[str, Adapter] = {}


def register_adapter(qualified_name: str, adapter: Adapter) -> None:
    """Tell how values of one class are summarised.

    Parameters
    ----------
    qualified_name : str
        ``module.qualname`` of the exact class, such as ``"numpy.ndarray"``; subclasses are not
        meant, they may do anything.
    adapter : callable
        Takes the value, the `Limits`, and a function that previews nested values.

    Examples
    --------
    >>> class Celsius:
    ...     def __init__(self, degrees):
    ...         self.degrees = degrees
    >>> name = passive.qualified_name(Celsius)
    >>> register_adapter(name, lambda v, limits, preview: Summary("number", f"{v.degrees} °C"))
    >>> describe("t", Celsius(21)).preview
    '21 °C'
    """
    _adapters[qualified_name] = adapter


def describe(
    name: str,
    value: object,
    *,
    path: list[Key] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - a tuple, nothing can change it
    hides: Callable[[str], bool] = lambda name: False,
) -> Variable:
    """Describe a value without running the user's code.

    Parameters
    ----------
    name : str
        What it is called.
    value : object
        Anything; it is not kept.
    path : list of Key, optional
        Where it is; by default the variable *name*.
    limits : Limits
        How much to show.
    hides : callable
        Told the names of attributes and keys; where it says yes, no value is shown.

    Examples
    --------
    >>> describe("prices", [1.5, 2.5]).preview
    '[1.5, 2.5]'
    """
    cls = type(value)
    name = passive.sendable_text(name)
    where = [["name", name]] if path is None else path
    simple = _SIMPLE.get(id(cls))
    if simple is not None and not hides(name):
        text, is_truncated = _scalar(value)
        preview, cut = _cut(text, limits.chars)
        return Variable(name, where, *simple, preview=preview, truncated=cut or is_truncated)
    type_name, module = passive.class_name(cls), passive.class_module(cls)
    if hides(name):
        return Variable(name, where, "other", type_name, module, "redacted", reason="redacted")
    summary = _Writer(limits, hides).summary(value)
    preview, cut = _cut(passive.sendable_text(summary.preview), limits.chars)
    return Variable(
        name,
        where,
        summary.kind,
        type_name,
        module,
        preview,
        summary.length,
        summary.shape,
        summary.dtype,
        summary.nbytes,
        summary.device,
        summary.has_children,
        summary.truncated or cut,
    )


def is_simple(value: object) -> bool:
    """Tell whether describing *value* takes no time worth measuring: a number, a bool, None."""
    return id(type(value)) in _SIMPLE


def _scalar(value: Any) -> tuple[str, bool]:
    """Write a value whose repr is C code and short, but for a large int; say if it was cut."""
    if type(value) is int and value.bit_length() > _MAX_INT_BITS:
        return f"{'-' if value < 0 else ''}int of {value.bit_length()} bits", True
    return repr(value), False


def _cut(text: str, chars: int) -> tuple[str, bool]:
    return (text, False) if len(text) <= chars else (text[: chars - 1] + "…", True)


# All tables are by the id of the class: a class as a key of a dict is hashed and compared by its
# metaclass, which may be the user's. These classes are never freed, so their ids stay theirs.
_BRACKETS: dict[int, tuple[str, str, Kind]] = {
    id(list): ("[", "]", "sequence"),
    id(tuple): ("(", ")", "sequence"),
    id(dict): ("{", "}", "mapping"),
    id(set): ("{", "}", "set"),
    id(frozenset): ("frozenset({", "})", "set"),
    id(deque): ("deque([", "])", "sequence"),
}
_TEXTS = frozenset(map(id, (str, bytes, bytearray)))
_MAX_INT_BITS = 2_000
"""Beyond it, turning an int into digits takes time that grows with the square of its length."""


class _Writer:
    """Writes one value; knows how deep it is and how many characters are left."""

    def __init__(self, limits: Limits, hides: Callable[[str], bool]) -> None:
        self.limits = limits
        self.hides = hides
        self.chars_left = limits.chars
        self.is_truncated = False
        self._open: list[int] = []  # the containers around, for those that contain themselves

    def summary(self, value: object) -> Summary:
        """Summarise the outermost value."""
        cls = type(value)
        adapter = _adapters.get(passive.qualified_name(cls))
        if adapter is not None:
            return adapter(value, self.limits, self.text)
        text = self.text(value)
        kind, length, has_children, nbytes = _shape_of(value)
        return Summary(
            kind,
            text,
            length=length,
            nbytes=nbytes,
            has_children=has_children,
            truncated=self.is_truncated,
        )

    def text(self, value: object) -> str:
        """Write a value in what is left of the budget."""
        text = self._text(value)
        self.chars_left -= len(text)
        return text

    def _text(self, value: object) -> str:
        cls = type(value)
        if id(cls) in _SIMPLE or id(cls) in _SAFE_REPR:
            text, cut = _scalar(value)
            self.is_truncated |= cut
            return text
        if id(cls) in _TEXTS:
            return self._quoted(value)
        container = _container_of(value)
        if container is not None:
            return self._container(value, container)
        if passive.is_real_instance(value, type):
            return f"class {passive.qualified_name(value)}"  # type: ignore[arg-type]
        named = _NAMED.get(id(cls))
        if named is not None:
            return named(value)
        adapter = _adapters.get(passive.qualified_name(cls))
        if adapter is not None:
            return adapter(value, Limits(self._chars(), 5, 0), self.text).preview
        return self._instance(value)

    def _chars(self) -> int:
        return max(8, self.chars_left)

    def _quoted(self, value: Any) -> str:
        room = self._chars()
        if len(value) <= room:
            return repr(value)
        self.is_truncated = True
        return repr(value[:room]) + "…"

    def _container(self, value: Any, base: Any) -> str:
        opening, closing, _ = _BRACKETS[id(base)]
        if base is not type(value):
            if base is tuple and _field_names(type(value)):
                opening = closing = ""
            opening, closing = f"{passive.class_name(type(value))}({opening}", f"{closing})"
        if id(value) in self._open:
            return f"{opening}...{closing}"
        size = base.__len__(value)
        if len(self._open) > self.limits.depth and size:
            self.is_truncated = True
            return f"{opening}…{closing}"
        self._open.append(id(value))
        try:
            parts = self._parts(value, base)
        finally:
            self._open.pop()
        if base is set and not size:
            return f"{passive.class_name(type(value))}()"
        comma = "," if type(value) is tuple and size == 1 else ""
        return f"{opening}{', '.join(parts)}{comma}{closing}"

    def _parts(self, value: Any, base: Any) -> list[str]:
        """Write the items, or the fields of a named tuple, as far as the budget goes."""
        limit = max(3, self.limits.items >> (len(self._open) - 1))
        parts: list[str] = []
        size = base.__len__(value)
        if base is dict:
            written: Iterator[str] = map(self._entry, passive.copied_items(value, limit))
        elif base is tuple and (fields := _field_names(type(value))):
            written = map(
                self._field, zip(fields, islice(tuple.__iter__(value), limit), strict=False)
            )
        else:
            written = map(self.text, _copied(base, value, limit))
        for part in written:
            parts.append(part)
            if self.chars_left <= 0:
                break
        if len(parts) < size:
            self.is_truncated = True
            parts.append("…")
        return parts

    def _entry(self, item: tuple[Any, Any]) -> str:
        key, value = item
        if type(key) is str and self.hides(key):
            return f"{self._quoted(key)}: redacted"
        return f"{self.text(key)}: {self.text(value)}"

    def _field(self, item: tuple[str, Any]) -> str:
        name, value = item
        return f"{name}=redacted" if self.hides(name) else f"{name}={self.text(value)}"

    def _instance(self, value: object) -> str:
        cls = type(value)
        name = passive.class_name(cls)
        found = passive.attributes(value)
        if "_name_" in found and "_value_" in found and "_member_map_" in _names(cls):
            return f"{name}.{passive.exact_text(found['_name_'])}"
        if passive.is_real_instance(value, BaseException):
            args = _exception_args(value)
            return f"{name}({', '.join(map(self.text, args[:3]))})"
        scalar = _scalar_of(value)
        if scalar is not None:
            return f"{name}({self.text(scalar)})"
        fields = _dataclass_fields(cls) or list(found)
        if not fields or id(value) in self._open or len(self._open) > self.limits.depth:
            return f"<{name}>"
        self._open.append(id(value))
        try:
            parts = []
            for field in islice(fields, self.limits.items):
                if field in found and self.chars_left > 0:
                    parts.append(self._field((field, found[field])))
        finally:
            self._open.pop()
        if len(parts) < len(fields):
            self.is_truncated = True
            parts.append("…")
        joined = ", ".join(parts)
        return f"{name}({joined})" if _dataclass_fields(cls) else f"<{name} {joined}>"


_SIMPLE: dict[int, tuple[Kind, str]] = {
    id(int): ("number", "int"),
    id(float): ("number", "float"),
    id(complex): ("number", "complex"),
    id(bool): ("bool", "bool"),
    id(type(None)): ("none", "NoneType"),
}
"""The types that most changes are of: no adapter, no size, nothing below them."""

_SAFE_REPR = frozenset(map(id, (range, type(...), type(NotImplemented))))
"""Exact types whose repr is short, written in C, and calls nothing of anybody's."""


def _function(value: Any) -> str:
    return f"def {passive.exact_text(value.__name__)}"


_NAMED: dict[int, Callable[[Any], str]] = {
    id(types.FunctionType): _function,
    id(types.BuiltinFunctionType): lambda value: f"builtin {value.__name__}",
    id(types.MethodType): lambda value: f"method {_method_name(value)}",
    id(types.ModuleType): lambda value: f"module {_module_name(value)}",
    id(types.GeneratorType): lambda value: f"generator {value.__name__}",
    id(types.CoroutineType): lambda value: f"coroutine {value.__name__}",
    id(memoryview): lambda value: f"memoryview of {value.nbytes} bytes",
    id(array.array): lambda value: f"array({value.typecode!r}) of {len(value)}",
}
"""Exact types that are told by a name."""

_KINDS: dict[int, Kind] = {
    id(int): "number",
    id(float): "number",
    id(complex): "number",
    id(bool): "bool",
    id(str): "text",
    id(bytes): "bytes",
    id(bytearray): "bytes",
    id(type(None)): "none",
    id(range): "sequence",
    id(memoryview): "bytes",
    id(array.array): "array",
    id(types.FunctionType): "function",
    id(types.BuiltinFunctionType): "function",
    id(types.MethodType): "function",
    id(types.ModuleType): "module",
    id(types.GeneratorType): "lazy",
    id(types.CoroutineType): "lazy",
}


def _method_name(value: types.MethodType) -> str:
    function = value.__func__
    return function.__name__ if type(function) is types.FunctionType else "?"


def _module_name(value: types.ModuleType) -> str:
    name = (passive.instance_dict(value) or {}).get("__name__")
    return name if type(name) is str else "?"


def _container_of(value: object) -> Any:
    """Return the builtin container that *value* is, or really inherits from."""
    for base in passive.class_mro(type(value)):
        if id(base) in _BRACKETS:
            return base
    return None


def _copied(base: Any, value: Any, limit: int) -> list[Any]:
    """Copy the first items of a sequence or set by the builtin's own iterator."""
    for _ in range(5):
        try:
            return list(islice(base.__iter__(value), limit))
        except RuntimeError:  # changed while it was iterated
            continue
    return []


def _scalar_of(value: Any) -> Any:
    """Return the number or text inside a subclass of a builtin one, by the builtin's methods."""
    for base in passive.class_mro(type(value))[1:]:
        if base is int:
            return int.__int__(value)
        if base is float:
            return float.__float__(value)
        if base is str:
            return str.__str__(value)
        if base is bytes:
            return bytes.__getitem__(value, slice(None))
    return None


_exception_args: Callable[[object], tuple[Any, ...]] = BaseException.__dict__["args"].__get__


def _names(cls: type) -> Iterable[str]:
    return passive.class_dict(cls)


def _field_names(cls: type) -> tuple[str, ...] | None:
    """Return the fields of a named tuple."""
    fields = passive.class_attribute(cls, "_fields")
    if type(fields) is tuple and all(type(field) is str for field in fields):
        return fields
    return None


def _dataclass_fields(cls: type) -> list[str]:
    fields = passive.class_attribute(cls, "__dataclass_fields__")
    return [name for name in fields if type(name) is str] if type(fields) is dict else []


def _shape_of(value: object) -> tuple[Kind, int | None, bool, int | None]:
    """Return kind, length, whether it has children, and the bytes of the data."""
    cls = type(value)
    base = _container_of(value)
    if base is not None:
        length = base.__len__(value)
        return _BRACKETS[id(base)][2], length, length > 0, None
    if id(cls) in _TEXTS or cls is range:
        length = len(value)  # type: ignore[arg-type]
        nbytes = None if cls is str or cls is range else length
        return _KINDS[id(cls)], length, False, nbytes
    if id(cls) in _KINDS:
        return _KINDS[id(cls)], None, cls is types.ModuleType, None
    if passive.is_real_instance(value, type):
        return "class", None, True, None
    scalar = _scalar_of(value)
    if scalar is not None:
        return _KINDS[id(type(scalar))], None, False, None
    return "object", None, bool(passive.attributes(value)), None
