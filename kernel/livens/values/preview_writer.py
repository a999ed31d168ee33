"""Writes a value as a short text, its containers with what is in them, within limits.

Exact builtin types are read by their own C methods, real subclasses of builtin containers by those
of the builtin; what an adapter knows, it writes; of everything else the class's name and the
attributes of the instance that `livens.values.passive` can read. What no rule covers is shown by
its type alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from livens.protocol.redaction import WriteText, unmasked
from livens.protocol.types import REDACTED, Kind
from livens.values import instances, passive, registry
from livens.values.bounds import MAX_NUMBER, checked
from livens.values.containers import container_of, copied, field_names, ordered_items
from livens.values.summaries import Limits, Summary


def scalar(value: Any) -> tuple[str, bool]:
    """Write a value whose repr is C code and short, but for a large int; say if it was cut."""
    if type(value) is int and value.bit_length() > _MAX_INT_BITS:
        return f"{'-' if value < 0 else ''}int of {value.bit_length()} bits", True
    return repr(value), False


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
_MISSING: Any = object()
_BEYOND = 400
"""How far a text is searched for secrets beyond where it is cut: a key that begins before may be
recognised by what comes after."""

_MAX_INT_BITS = 2_000
"""Beyond it, turning an int into digits takes time that grows with the square of its length."""


class PreviewWriter:
    """Writes one value; knows how deep it is and how many characters are left.

    Parameters
    ----------
    limits : Limits
        How much to show.
    hides : callable
        Tells by a name whether its value is not shown.
    masked : callable
        Returns a text without the secrets in it.

    Attributes
    ----------
    is_truncated, is_redacted : bool
        Whether something was left out, because of the limits or because it is a secret.
    """

    def __init__(
        self,
        limits: Limits,
        hides: Callable[[str], bool],
        masked: WriteText = unmasked,
    ) -> None:
        self.limits = limits
        self._hides = hides
        self._masked = masked
        self.chars_left = limits.chars
        self.is_truncated = False
        self.is_redacted = False
        self._open: list[int] = []  # the containers around, for those that contain themselves

    def summary(self, value: object) -> Summary:
        """Summarise the outermost value."""
        cls = type(value)
        if id(cls) not in _BRACKETS and id(cls) not in _TEXTS:
            adapter = registry.adapter_of(cls)
            if adapter is not None:
                found = checked(adapter(value, self.limits, self), cls, self.limits.chars)
                return self._without_secrets(found)
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

    def __call__(self, value: object, /) -> str:
        """Write a value; with `field` and `hides` this is what adapters get as `Preview`."""
        return self.text(value)

    def hides(self, name: str, /) -> bool:
        """Return whether what is called *name* is to be hidden."""
        if self._hides(name):
            self.is_redacted = True  # who asks leaves it out
            return True
        return False

    def _without_secrets(self, found: Summary) -> Summary:
        """Return what an adapter wrote, which may be of a text that it read by itself."""
        text = self._masked(found.preview)
        if text == found.preview:
            return found
        self.is_redacted = True
        return found._replace(preview=text)

    def text(self, value: object) -> str:
        """Write a value in what is left of the budget."""
        text = self._text(value)
        self.chars_left -= len(text)
        return text

    def _text(self, value: object) -> str:
        cls = type(value)
        if id(cls) in SIMPLE or id(cls) in _SAFE_REPR:
            text, is_cut = scalar(value)
            self.is_truncated |= is_cut
            return text
        if cls is range:
            return self._range(value)
        if id(cls) in _TEXTS:
            return self._quoted(value)
        container = container_of(value)
        if container is not None:
            return self._container(value, container)
        if passive.is_real_instance(value, type):
            return _class_text(value)  # type: ignore[arg-type]
        adapter = registry.adapter_of(cls)
        if adapter is None:
            return self._instance(value)
        if id(value) in self._open or len(self._open) > self.limits.depth + 3:
            return f"<{passive.class_name(cls)}>"
        self._open.append(id(value))
        try:
            found = adapter(value, Limits(self._chars(), 5, 0), self)
        finally:
            self._open.pop()
        found = self._without_secrets(checked(found, cls, self._chars()))
        self.is_truncated |= found.truncated
        return found.preview

    def _chars(self) -> int:
        return max(8, self.chars_left)

    def _range(self, value: Any) -> str:
        ends = (
            [value.start, value.stop] if value.step == 1 else [value.start, value.stop, value.step]
        )
        return f"range({', '.join(map(self.text, ends))})"

    def _quoted(self, value: Any) -> str:
        room = self._chars()
        is_cut = len(value) > room
        shown = value[: room + _BEYOND] if is_cut else value
        if self._masked is not unmasked:
            shown = self._text_without_secrets(shown)
        if not is_cut:
            return repr(shown)
        self.is_truncated = True
        return repr(shown[:room]) + "…"

    def _text_without_secrets(self, value: Any) -> Any:
        text = value if type(value) is str else value.decode("latin-1")
        masked = self._masked(text)
        if masked == text:
            return value
        self.is_redacted = True
        return masked if type(value) is str else type(value)(masked.encode("latin-1"))

    def _container(self, value: Any, base: Any) -> str:
        opening, closing, _ = _BRACKETS[id(base)]
        if base is not type(value):
            if base is tuple and field_names(type(value)):
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
        comma = "," if base is tuple and size == 1 and not field_names(type(value)) else ""
        return f"{opening}{', '.join(parts)}{comma}{closing}"

    def _parts(self, value: Any, base: Any) -> list[str]:
        """Write the items, or the fields of a named tuple, as far as the budget goes."""
        limit = max(3, self.limits.items >> (len(self._open) - 1))
        parts: list[str] = []
        size = base.__len__(value)
        if base is dict:
            written: Iterator[str] = map(self._entry, ordered_items(value, 0, limit))
        elif base is tuple and (fields := field_names(type(value))):
            written = map(self.field, fields, islice(tuple.__iter__(value), limit))
        else:
            written = map(self.text, copied(base, value, 0, limit))
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
        name = passive.name_of(key)
        if name is not None and self.hides(name):
            return f"{self._quoted(name)}: {REDACTED}"
        return f"{self.text(key)}: {self.text(value)}"

    def field(self, name: str, value: object, /) -> str:
        """Write ``name=value``, or ``name=redacted``."""
        return f"{name}={REDACTED if self.hides(name) else self.text(value)}"

    def _instance(self, value: object) -> str:
        cls = type(value)
        name = passive.class_name(cls)
        found = instances.attributes(value)
        if "_name_" in found and "_value_" in found and "_member_map_" in _names(cls):
            return self._member(name, found)
        if passive.is_real_instance(value, BaseException):
            args = _exception_args(value)
            return f"{name}({', '.join(map(self.text, args[:3]))})"
        scalar = _scalar_of(value, self._chars() + _BEYOND)
        if scalar is not None:
            text = self.text(scalar)
            return f"{name}{text}" if text.startswith("(") else f"{name}({text})"
        found.pop("_sa_instance_state", None)  # where SQLAlchemy keeps its own
        declared = instances.declared_fields(cls)
        fields = declared or list(found)
        if not fields or id(value) in self._open or len(self._open) > self.limits.depth:
            return f"<{name}>"
        self._open.append(id(value))
        try:
            parts = []
            for field in islice(fields, self.limits.items):
                held = found.get(field, _MISSING)
                if held is _MISSING:
                    held = instances.default_of(cls, field, _MISSING)
                if held is not _MISSING and self.chars_left > 0:
                    parts.append(self.field(field, held))
        finally:
            self._open.pop()
        if len(parts) < len(fields):
            self.is_truncated = True
            parts.append("…")
        joined = ", ".join(parts)
        return f"{name}({joined})" if declared else f"<{name} {joined}>"

    def _member(self, name: str, found: dict[str, Any]) -> str:
        """Write a member of an enum; what a flag has no name for is told by its value."""
        label = found["_name_"]
        if passive.is_real_instance(label, str) and str.__len__(label):
            return f"{name}.{passive.exact_text(label)}"
        return f"{name}({self.text(found['_value_'])})"


SIMPLE: dict[int, tuple[Kind, str]] = {
    id(int): ("number", "int"),
    id(float): ("number", "float"),
    id(complex): ("number", "complex"),
    id(bool): ("bool", "bool"),
    id(type(None)): ("none", "NoneType"),
}
"""The types that most changes are of: no adapter, no size, nothing below them."""

_SAFE_REPR = frozenset(map(id, (type(...), type(NotImplemented))))
"""Exact types whose repr is short, written in C, and calls nothing of anybody's."""


_KINDS: dict[int, Kind] = {
    id(int): "number",
    id(float): "number",
    id(complex): "number",
    id(bool): "bool",
    id(str): "text",
    id(bytes): "bytes",
    id(bytearray): "bytes",
    id(type(None)): "none",
}


def _range_length(value: Any) -> int | None:
    """Return how many items a range has; None where `len` would not take it."""
    start, stop, step = value.start, value.stop, value.step
    length = (stop - start + step - 1) // step if step > 0 else (start - stop - step - 1) // -step
    return None if length > MAX_NUMBER else max(0, length)


def _class_text(cls: type) -> str:
    bases = [base for base in passive.class_bases(cls) if base is not object]
    inherits = f"({', '.join(map(passive.class_name, bases[:3]))})" if bases else ""
    return f"class {passive.qualified_name(cls)}{inherits}"


def _scalar_of(value: Any, chars: int) -> Any:
    """Return the number inside a subclass of a builtin one, or the start of the text.

    By the builtin's methods; of a text longer than *chars*, one character more.
    """
    base = _scalar_base(value)
    if base is int:
        return int.__int__(value)
    if base is float:
        return float.__float__(value)
    if base is complex:
        return complex.__complex__(value)
    if base is None:
        return None
    start = base.__getitem__(value, slice(chars + 1))
    return bytes(start) if base is bytearray else start


def _scalar_base(value: object) -> Any:
    """Return the builtin number or text that the class of *value* really inherits from."""
    for base in passive.class_mro(type(value))[1:]:
        if id(base) in _SCALAR_BASES:
            return base
    return None


_SCALAR_BASES = frozenset(map(id, (int, float, complex, str, bytes, bytearray)))


_exception_args: Callable[[object], tuple[Any, ...]] = BaseException.__dict__["args"].__get__


def _names(cls: type) -> Iterable[str]:
    return passive.class_dict(cls)


def _shape_of(value: object) -> tuple[Kind, int | None, bool, int | None]:
    """Return kind, length, whether it has children, and the bytes of the data."""
    cls = type(value)
    base = container_of(value)
    if base is not None:
        length = base.__len__(value)
        return _BRACKETS[id(base)][2], length, length > 0, None
    if id(cls) in _TEXTS:
        length = len(value)  # type: ignore[arg-type]
        return _KINDS[id(cls)], length, False, None if cls is str else length
    if cls is range:
        return "sequence", _range_length(value), False, None
    if id(cls) in _KINDS:
        return _KINDS[id(cls)], None, False, None
    if passive.is_real_instance(value, type):
        return "class", None, True, None
    base = _scalar_base(value)
    if base is not None:
        length = base.__len__(value) if id(base) in _TEXTS else None
        return _KINDS[id(base)], length, False, None if base is str else length
    return "object", None, bool(instances.attributes(value)), None
