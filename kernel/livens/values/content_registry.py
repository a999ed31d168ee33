"""Which reader a value has, by its class: `content_of`.

Builtin containers and instances are read as `livens.values.builtin_contents` does. Classes of other
libraries, and those of the standard library whose state is hidden, have readers in
`livens.values.readers`, which register themselves here.

How deep: into builtin containers, into what has a reader, and into instances of classes that the
user defined in the notebook. Other objects *within* a value are compared by identity; whether
that leaves something unseen says `gap_of`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import MemberDescriptorType
from typing import Any, NamedTuple

from livens.exceptions import reason_of
from livens.values import instances, passive
from livens.values.builtin_contents import (
    BUILTIN,
    INHERITED,
    defined,
    facts_of,
    instance,
    with_attributes,
)
from livens.values.content import PLAIN, Content, Reader, nothing
from livens.values.marks import has_value

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
    builtin = BUILTIN.get(id(cls))
    if builtin is not None:
        return builtin(value)
    if id(cls) in PLAIN:
        return None if is_nested else defined(value)
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
        inherited = INHERITED.get(id(base)) or _by_base.get(passive.qualified_name(base))
        if inherited is not None:
            package = instances.package_of(base)
            if instances.package_of(cls) == package != "":
                return _plan_by(inherited, inherited)
            return _plan_by(with_attributes(inherited, cls, package), inherited)
        if id(base) in _states and _hides_state(base):
            hidden = passive.class_name(base)
    if any(base is type for base in passive.class_mro(cls)):
        return _Plan(defined, None, None)  # a class that has a metaclass
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
    facts = facts_of(cls)

    def is_own(name: Any) -> bool:
        return type(name) is not str or not (name in cached or (is_public and name.startswith("_")))

    def read(value: object) -> Content | None:
        found = instance(value, is_own if cached or is_public else None)
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
