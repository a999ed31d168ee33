"""How values of Python's own types are read, and instances of what the user defined.

Builtin containers are read by the C methods of the exact type, instances by their ``__dict__`` and
slots.
"""

from __future__ import annotations

import array
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from livens.values import instances, passive
from livens.values.containers import own_order
from livens.values.content import CONTENT, PLAIN, Content, Pause, Reader, no_pause, state
from livens.values.marks import short

_ORDERED_KEYS = 64
"""So many keys from either end say in which order an `OrderedDict` is."""

_SKIPPED_ITEMS = 50_000
"""So many items of a dict or a set are passed over before others may have the time: 0.3 ms."""


def facts_of(cls: type) -> tuple[tuple[str, Any], ...]:
    """Return that the class of an object counts too: it can be exchanged."""
    return (("class", id(cls)),)


def defined(value: Any) -> Content | None:
    """Read what the user defined: a function with its defaults and closure, a class, a method."""
    if type(value) is FunctionType:
        module = value.__module__
        if type(module) is not str or module != "__main__":
            return None
        own = passive.instance_dict(value) or {}
        around = dict(_closure_of(value))
        parts = [value.__defaults__, value.__kwdefaults__, *around.values(), *own.values()]
        labels = ["__defaults__", "__kwdefaults__", *around, *own]
        return Content(
            "attributes",
            (),
            len(labels),
            lambda start, stop: (labels[start:stop], parts[start:stop]),
            facts=(
                ("_code", id(value.__code__)),
                ("name", short(passive.exact_text(value.__name__))),
            ),
        )
    if type(value) is ModuleType:
        return state(*_facts_of_module(value))
    if type(value) is BuiltinFunctionType:
        return bound_to(value.__self__)
    if passive.is_real_instance(value, type) and passive.class_module(value) == "__main__":
        return _class(value)
    return None


def _closure_of(value: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the variables around a function that have a value."""
    for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
        try:
            yield f"__closure__.{name}", cell.cell_contents
        except ValueError:  # it is empty
            continue


def _facts_of_module(value: ModuleType) -> list[tuple[str, Any]]:
    """Read what a module says of itself: its variables are compared where they are variables."""
    held = passive.instance_dict(value) or {}
    found = [(noun, held.get(f"__{noun}__")) for noun in ("name", "version")]
    return [(noun, short(text)) for noun, text in found if type(text) is str]


def bound_to(owner: object) -> Content | None:
    """Return the content of a method of this object: the object, if it is the user's."""
    if is_container(owner) or passive.class_module(type(owner)) == "__main__":
        return state(parts=(owner,))
    return None


def _class(value: type) -> Content:
    """Read the attributes of a class; of what is no plain value or container its identity."""
    found = [
        (key, item if id(type(item)) in PLAIN or is_container(item) else id(item))
        for key, item in list(passive.class_dict(value).items())
        if type(key) is str and not key.startswith(("__", "_abc_"))
    ]
    return Content(
        "attributes",
        (),
        len(found),
        lambda start, stop: (
            [key for key, _ in found[start:stop]],
            [item for _, item in found[start:stop]],
        ),
    )


def is_container(value: object) -> bool:
    """Return whether a value is one of Python's containers, of the exact type."""
    return id(type(value)) in BUILTIN


def _sequence(value: Any) -> Content:
    kind = list if passive.is_real_instance(value, list) else tuple
    get: Any = kind.__getitem__
    return Content(
        "items",
        (),
        kind.__len__(value),
        lambda start, stop: (None, list(get(value, slice(start, stop)))),
    )


def _mapping(value: Any) -> Content:
    length = dict.__len__(value)

    def read(start: int, stop: int, pause: Pause = no_pause) -> Any:
        if start and start == length - 1:
            newest = next(reversed(dict.items(value)), None)
            if newest is None:
                raise RuntimeError("it was emptied while it was read")
            return [newest[0]], [newest[1]]
        keys = _from(dict.__iter__(value), start, stop, pause)
        return keys, _from(iter(dict.values(value)), start, stop, pause)

    return Content("keys", (), length, read, is_indexed=False)


def _from(items: Iterator[Any], start: int, stop: int, pause: Pause) -> list[Any]:
    """Read from a start to a stop, with pauses on the way to the start."""
    passed = 0
    while start - passed > _SKIPPED_ITEMS:
        next(islice(items, _SKIPPED_ITEMS - 1, None), None)
        passed += _SKIPPED_ITEMS
        pause()
    return list(islice(items, start - passed, stop - passed))


def _members(value: Any) -> Content:
    base: Any = set if passive.is_real_instance(value, set) else frozenset
    if passive.is_real_instance(value, deque):
        base = deque
    return Content(
        "items" if base is deque else "members",
        (),
        base.__len__(value),
        lambda start, stop, pause=no_pause: (
            None,
            _from(base.__iter__(value), start, stop, pause),
        ),
        is_indexed=False,
    )


def _text(value: Any) -> Content:
    """Read a `bytearray`; a slice, for a buffer that is shown to us could not be resized."""
    return Content(
        "text",
        (),
        bytearray.__len__(value),
        lambda start, stop: bytes(bytearray.__getitem__(value, slice(start, stop))),
        1,
    )


_array_code = array.array.__dict__["typecode"].__get__
_array_size = array.array.__dict__["itemsize"].__get__


def _array(value: Any) -> Content:
    get: Any = array.array.__getitem__
    return Content(
        "cells",
        (),
        array.array.__len__(value),
        lambda start, stop: get(value, slice(start, stop)).tobytes(),
        _array_size(value),
        facts=(("dtype", _array_code(value)),),
    )


def _memoryview(value: Any) -> Content:
    try:
        owner = value.obj
    except ValueError:
        return state(("state", "released"))
    if passive.qualified_name(type(owner)) in ("mmap.mmap", "numpy.memmap"):
        return state(("state", "held"), gap="a memory map is not read")
    try:
        flat = value if value.ndim == 1 else value.cast("B")
        length, size = len(flat), flat.itemsize
        flat[:0].tobytes()
    except (TypeError, ValueError, NotImplementedError):  # not in one row, or of odd items
        return state(("state", "held"), gap="a memory view that is not in one row is not read")
    return Content(
        "cells",
        tuple(value.shape),
        length,
        lambda start, stop: flat[start:stop].tobytes(),
        size,
        facts=(("dtype", value.format), ("state", "read-only" if value.readonly else "writable")),
    )


def instance(value: object, is_own: Callable[[Any], bool] | None = None) -> Content | None:
    """Read the attributes and slots of an instance, all or its own; None if it has none."""
    attributes = passive.instance_dict(value)
    slots = passive.slot_values(value)
    if is_own is not None:
        slots = {key: item for key, item in slots.items() if is_own(key)}
        if attributes is not None:
            pairs = passive.copied_items(attributes)
            attributes = {key: item for key, item in pairs if is_own(key)} or None
    if attributes is None and not slots:
        return None
    own = _mapping(attributes or {})._replace(form="attributes")
    if not slots:
        return own
    names, held, many = list(slots), list(slots.values()), len(slots)

    def read(start: int, stop: int, pause: Pause = no_pause) -> Any:
        labels, parts = names[start:stop], held[start:stop]
        if stop > many:
            more = own.read(max(0, start - many), stop - many, pause)
            labels, parts = labels + more[0], parts + more[1]
        return labels, parts

    return own._replace(length=many + own.length, read=read)


def with_attributes(reader: Reader, cls: type, package: str) -> Reader:
    """Add the attributes that an instance of a subclass has of its own.

    What the package of the base class keeps there for itself is left out.
    """
    hidden = instances.caches_of(cls)
    mro = passive.class_mro(cls)
    if package:
        hidden |= instances.private_names(
            base for base in mro if instances.package_of(base) == package
        )
    slots = instances.slots_of(base for base in mro if instances.package_of(base) != package)
    own_facts = facts_of(cls)

    def read(value: Any) -> Content | None:
        content = reader(value)
        if content is None:
            return content
        pairs = passive.copied_items(passive.instance_dict(value) or {})
        pairs = [(key, item) for key, item in pairs if type(key) is str and key not in hidden]
        if slots:
            in_slots = passive.slot_values(value).items()
            pairs += [(key, item) for key, item in in_slots if key in slots]
        if not pairs:
            return content._replace(facts=(*content.facts, *own_facts))
        known: list[Any] = [CONTENT]
        held: list[Any] = [content]
        facts = own_facts
        if content.form == "attributes":
            known, held = content.read(0, content.length)
            facts = (*content.facts, *own_facts)
        names = {label for label in known if type(label) is str}
        pairs = [(key, item) for key, item in pairs if key not in names]
        labels = [*known, *(key for key, _ in pairs)]
        parts = [*held, *(item for _, item in pairs)]
        return Content(
            "attributes",
            (),
            len(parts),
            lambda start, stop: (labels[start:stop], parts[start:stop]),
            gap=content.gap,
            facts=facts,
        )

    return read


def _ordered(value: Any) -> Content:
    """Read an `OrderedDict`, whose order is not the one in which it keeps its entries."""
    keys = own_order(value)
    if keys is None:
        return _mapping(value)._replace(gap="the order of its keys cannot be read")
    ends = [keys[:_ORDERED_KEYS], keys[_ORDERED_KEYS:][-_ORDERED_KEYS:]]
    order = tuple(tuple(map(short, end)) for end in ends)
    return _mapping(value)._replace(facts=(("order", order),))


_default_factory = defaultdict.__dict__["default_factory"].__get__


def _defaulting(value: Any) -> Content:
    return _mapping(value)._replace(facts=(("default_factory", short(_default_factory(value))),))


_exception_args = BaseException.__dict__["args"].__get__


def _exception(value: Any) -> Content:
    return state(parts=(_exception_args(value),))


BUILTIN: dict[int, Callable[[Any], Content | None]] = {
    id(list): _sequence,
    id(tuple): _sequence,
    id(dict): _mapping,
    id(set): _members,
    id(frozenset): _members,
    id(deque): _members,
    id(bytearray): _text,
    id(array.array): _array,
    id(memoryview): _memoryview,
    id(OrderedDict): _ordered,
    id(defaultdict): _defaulting,
}
"""The readers of the exact types, by their id."""

INHERITED: dict[int, Callable[[Any], Content | None]] = {**BUILTIN, id(BaseException): _exception}
"""The same for what classes inherit from."""
