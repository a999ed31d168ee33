"""Content: how a value is read, part by part, without running the user's code.

Builtin containers are read by the C methods of the exact type, instances by their ``__dict__`` and
slots. Classes of other libraries, and those of the standard library whose state is hidden, have
readers in `livens.values.readers`.

How deep: into builtin containers, into what has a reader, and into instances of classes that the
user defined in the notebook. Other objects *within* a value are compared by identity; whether
that leaves something unseen says `gap_of`.
"""

from __future__ import annotations

import array
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any, NamedTuple

from livens.exceptions import reason_of
from livens.values import instances, passive
from livens.values.marks import Part, has_value, short

CONTENT = Part("content")
"""The label of what an instance of a subclass has besides its attributes."""

_ORDERED_KEYS = 64
"""So many keys from either end say in which order an `OrderedDict` is."""

_SKIPPED_ITEMS = 50_000
"""So many items of a dict or a set are passed over before others may have the time: 0.3 ms."""


class Postponed(Exception):
    """Raised by a `pause`: what is being read is to be read another time."""


def no_pause() -> None:
    """Go on without a pause."""


class Content(NamedTuple):
    """How to read the content of one value. It lives as long as the look, for it holds the value.

    Attributes
    ----------
    form : str
        What the parts are: ``items``, ``keys``, ``members``, ``attributes``, ``columns``,
        ``cells`` or ``text``.
    header : tuple
        Of exact numbers, texts and tuples: what must be equal besides the parts.
    length : int
        How many parts there are.
    read : callable
        Reads the parts from a start to a stop: `bytes` for ``cells`` and ``text``, else a list
        of labels (or None, where the position is the label) and a list of the parts.
    part_bytes : int
        Bytes that a part takes; 0 for objects.
    is_indexed : bool
        Whether reading in the middle takes no longer than reading at the start. Where it does,
        `read` takes a third argument, which it calls every third of a millisecond.
    gap : str
        What is not read, and why; empty if all of it can be read.
    facts : tuple of (str, mark)
        What else must be equal, each with a name for the user: ``dtype``, ``state``.
    is_made : bool
        Whether the labels and parts are made for the look: their identity says nothing.
    is_foreign : bool
        Whether it is what another library keeps in its object: locks and the like in there are
        its own affair.
    """

    form: str
    header: tuple[Any, ...]
    length: int
    read: Callable[..., Any]
    part_bytes: int = 0
    is_indexed: bool = True
    gap: str = ""
    facts: tuple[tuple[str, Any], ...] = ()
    is_made: bool = False
    is_foreign: bool = False


Pause = Callable[[], None]
"""Lets other threads run; raises `Postponed` if reading would be in somebody's way."""

Reader = Callable[[Any], Content | None]
"""From a value of a known type to its content. It must not compute or change the value."""

_by_name: dict[str, Reader] = {}
_by_base: dict[str, Reader] = {}
_state_readers: set[Reader] = set()
_states: dict[int, tuple[type, Reader]] = {}  # the class is kept, so that the id stays its own


def register_reader(qualified_name: str, reader: Reader, *, subclasses: bool = False) -> None:
    """Register how the content of values of one class is read.

    Parameters
    ----------
    qualified_name : str
        ``module.qualname`` of the class, as in `summaries.register_adapter`.
    reader : callable
        Takes the value, returns its `Content`.
    subclasses : bool
        Whether it also reads values of subclasses, by nothing that a subclass could define.

    Examples
    --------
    >>> class Cell:
    ...     __slots__ = ("value",)
    >>> name = passive.qualified_name(Cell)
    >>> def read(cell):
    ...     return Content("items", (), 1, lambda start, stop: (None, [cell.value]))
    >>> register_reader(name, read)
    >>> cell = Cell()
    >>> cell.value = 1
    >>> content_of(cell).read(0, 1)
    (None, [1])
    """
    (_by_base if subclasses else _by_name)[qualified_name] = reader
    _plans.clear()


def register_state(cls: type | str, reader: Reader, *, subclasses: bool = False) -> None:
    """Register how the state of values of one class is read, given itself or its qualified name.

    Such is what runs, waits, or stands for something outside: files, locks, iterators. What
    another library keeps of those in its objects is its own affair, and is not looked at.
    """
    if isinstance(cls, str):
        register_reader(cls, reader, subclasses=subclasses)
        _state_readers.add(reader)
    else:
        _states[id(cls)] = (cls, reader)
    _plans.clear()


def state(*facts: tuple[str, Any], parts: tuple[Any, ...] = (), gap: str = "") -> Content:
    """Return a `Content` of a few facts and of what the value holds.

    Examples
    --------
    >>> state(("state", "closed")).facts
    (('state', 'closed'),)
    """
    return Content(
        "state",
        (),
        len(parts),
        lambda start, stop: (None, list(parts[start:stop])),
        gap=gap,
        facts=facts,
    )


PLAIN = frozenset(
    map(
        id,
        (int, float, bool, complex, type(None), str, bytes,
         ModuleType, FunctionType, BuiltinFunctionType, type),
    )
)  # fmt: skip
"""The classes, by id, of what has no content where it is part of something."""


def nothing(start: int, stop: int) -> Any:
    """Read nothing, for a `Content` without parts."""
    return None, []


# -- how values are read -------------------------------------------------------------------


def content_of(value: object, *, is_nested: bool = False, is_inner: bool = False) -> Content | None:
    """Return how the content of a value is read.

    Parameters
    ----------
    value : object
        Anything.
    is_nested : bool
        Whether it is part of another value.
    is_inner : bool
        Whether it is what another library keeps in its own object.

    Returns
    -------
    Content or None
        None if it has none: it cannot change in place, or is known by its identity only, as
        other libraries' objects are when they are nested; `gap_of` tells which.
    """
    cls = type(value)
    builtin = _BUILTIN.get(id(cls))
    if builtin is not None:
        return builtin(value)
    if id(cls) in PLAIN:
        return None if is_nested else _defined(value)
    if cls is Content:
        return value if is_nested else None  # type: ignore[return-value]  # by a reader
    plan = _plan_of(cls)
    reader = plan.inner if is_inner else plan.nested if is_nested else plan.top
    if reader is None:
        return None
    try:
        return reader(value)
    except BaseException as err:
        if not is_nested:
            raise  # the variable is set aside, with the reason
        return _unread(f"a {passive.class_name(cls)} in it: {reason_of(err, 'reading it')}")


def gap_of(value: object, *, is_inner: bool = False) -> str:
    """Return what is not seen of a nested value for which `content_of` is None."""
    plan = _plan_of(type(value))
    return "" if is_inner and plan.is_state else plan.gap


class _Plan(NamedTuple):
    """How values of one class are read: by themselves, in what is the user's, in a library's."""

    top: Reader | None
    nested: Reader | None
    inner: Reader | None
    gap: str = ""
    is_state: bool = False


_MAX_PLANS = 10_000
_plans: dict[int, tuple[weakref.ref[type], _Plan]] = {}
"""What was found out about a class, which is not kept alive by it."""


def _plan_of(cls: type) -> _Plan:
    known = _plans.get(id(cls))
    if known is not None and known[0]() is cls:
        return known[1]
    if len(_plans) >= _MAX_PLANS:
        _plans.clear()
    plan = _make_plan(cls)
    _plans[id(cls)] = (weakref.ref(cls), plan)
    return plan


def _make_plan(cls: type) -> _Plan:
    known = _states.get(id(cls))
    if known is not None:
        return _Plan(known[1], known[1], None, is_state=True)
    reader = _by_name.get(passive.qualified_name(cls))
    if reader is not None:
        return _plan_by(reader, reader)
    hidden = ""
    for base in passive.class_mro(cls):
        inherited = _INHERITED.get(id(base)) or _by_base.get(passive.qualified_name(base))
        if inherited is not None:
            package = instances.package_of(base)
            if instances.package_of(cls) == package != "":
                return _plan_by(inherited, inherited)
            return _plan_by(_with_attributes(inherited, cls, package), inherited)
        if id(base) in _states and _hides_state(base):
            hidden = passive.class_name(base)
    if any(base is type for base in passive.class_mro(cls)):
        return _Plan(_defined, None, None)  # a class that has a metaclass
    return _plan_for_instances(cls, hidden)


def _plan_by(reader: Reader, registered: Reader) -> _Plan:
    is_state = registered in _state_readers
    return _Plan(reader, reader, None if is_state else reader, is_state=is_state)


def _plan_for_instances(cls: type, hidden: str) -> _Plan:
    name = passive.class_name(cls)
    if passive.class_module(cls) == "__main__":
        gap = "only the attributes of a {} are read" if hidden or _hides_state(cls) else ""
        reader = _instances(cls, gap.format(name), is_foreign=False)
        return _Plan(reader, reader, reader)
    if has_value(cls):
        if instances.keeps_its_hash(cls) or not _has_attributes(cls):
            # What such an object keeps in private is what it has worked out of its value.
            return _Plan(_instances(cls, "", is_foreign=True, is_public=True), None, None)
        reader = _instances(cls, "", is_foreign=True)  # a value with attributes of somebody's
        return _Plan(reader, reader, None)
    if not _has_attributes(cls):
        gap = f"nothing of a {name} can be read"
        return _Plan(lambda value: _unread(gap), None, None, gap)
    gap = f"only the attributes of a {name} are read" if hidden or _hides_state(cls) else ""
    reader = _instances(cls, gap, is_foreign=True)
    return _Plan(reader, None, None, f"a {name} in it is not looked into")


def _has_attributes(cls: type) -> bool:
    return passive.class_attribute(cls, "__dict__") is not None or any(
        passive.class_dict(base).get("__slots__") for base in passive.class_mro(cls)
    )


_size_of = type.__dict__["__basicsize__"].__get__
_WORD = object.__basicsize__ // 2


def _hides_state(cls: type) -> bool:
    """Return whether instances have more than attributes: fields that only C code knows.

    Examples
    --------
    >>> import random
    >>> _hides_state(random.Random), _hides_state(type("Own", (), {"__slots__": ("a", "b")}))
    (True, False)
    """
    hiding = [base for base in passive.class_mro(cls) if _size_of(base) > _known_size(base)]
    return bool(hiding) and not has_value(hiding[-1])


def _known_size(cls: type) -> int:
    """Return the bytes that an instance has for its slots, ``__dict__`` and ``__weakref__``."""
    slots = sum(
        1
        for base in passive.class_mro(cls)
        if passive.class_dict(base).get("__slots__")
        for member in passive.class_dict(base).values()
        if type(member) is MemberDescriptorType
    )
    return int(_size_of(object)) + (slots + 2) * _WORD


def _unread(gap: str) -> Content:
    return Content("state", (), 0, nothing, gap=gap)


def _instances(
    cls: type, gap: str, *, is_foreign: bool, is_public: bool = False
) -> Callable[[Any], Content | None]:
    """Make the reader for instances of one class.

    Given *is_public*, attributes that begin with an underscore are left out.
    """
    cached = instances.caches_of(cls) | _names_of_values(cls)
    facts = _facts_of(cls)

    def is_own(name: Any) -> bool:
        return type(name) is not str or not (name in cached or (is_public and name.startswith("_")))

    def read(value: object) -> Content | None:
        found = _instance(value, is_own if cached or is_public else None)
        if found is None and is_public:
            return None
        if found is None:  # another one without attributes is another one all the same
            found = Content("attributes", ("none", id(value)), 0, nothing)
        return found._replace(gap=gap, is_foreign=is_foreign, facts=facts)

    return read


def _names_of_values(cls: type) -> frozenset[str]:
    """Return what a subclass of a library's value, as a path, has in private of the library."""
    return instances.private_names(
        base
        for base in passive.class_mro(cls)
        if base is not object and has_value(base) and instances.keeps_its_hash(base)
    )


def _facts_of(cls: type) -> tuple[tuple[str, Any], ...]:
    """Return that the class of an object counts too: it can be exchanged."""
    return (("class", id(cls)),)


def _defined(value: Any) -> Content | None:
    """Read what the user defined: a function's defaults and attributes, a class, a method."""
    if type(value) is FunctionType:
        module = value.__module__
        if type(module) is not str or module != "__main__":
            return None
        own = passive.instance_dict(value) or {}
        parts = [value.__defaults__, value.__kwdefaults__, *own.values()]
        labels = ["__defaults__", "__kwdefaults__", *own]
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
    return id(type(value)) in _BUILTIN


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


def _instance(value: object, is_own: Callable[[Any], bool] | None = None) -> Content | None:
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


def _with_attributes(reader: Reader, cls: type, package: str) -> Reader:
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
    own_facts = _facts_of(cls)

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
    keys = passive.own_order(value)
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


_BUILTIN: dict[int, Callable[[Any], Content | None]] = {
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
_INHERITED: dict[int, Callable[[Any], Content | None]] = {**_BUILTIN, id(BaseException): _exception}
