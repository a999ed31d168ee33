"""What can be read of any object without running a line of its own code.

Python's ways to look at an object (`type`, `getattr`, `len`, `isinstance`, `repr`) call into its
class and its metaclass. The functions here go around them, by the descriptors of `type` and
`object` themselves, in the manner of `inspect.getattr_static`. Everything in livens that looks
at the user's values looks through this module or knows the exact type.
"""

from __future__ import annotations

import types
import weakref
from typing import Any

_type_dict = type.__dict__["__dict__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_type_bases = type.__dict__["__bases__"].__get__
_type_name = type.__dict__["__name__"].__get__
_type_module = type.__dict__["__module__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__
_weakref_offset = type.__dict__["__weakrefoffset__"].__get__


def class_mro(cls: type) -> tuple[type, ...]:
    """Return the classes that *cls* inherits from, itself first."""
    mro: tuple[type, ...] = _type_mro(cls)
    return mro


def class_bases(cls: type) -> tuple[type, ...]:
    """Return the classes that the definition of *cls* names."""
    bases: tuple[type, ...] = _type_bases(cls)
    return bases


def class_dict(cls: type) -> types.MappingProxyType[str, Any]:
    """Return the attributes that *cls* defines itself."""
    attributes: types.MappingProxyType[str, Any] = _type_dict(cls)
    return attributes


def class_attribute(cls: type, name: str) -> Any:
    """Find *name* in the classes of *cls*, as it stands there; None if it is nowhere."""
    for base in _type_mro(cls):
        attributes = _type_dict(base)
        if name in attributes:
            return attributes[name]
    return None


def class_name(cls: type) -> str:
    """Return the bare name of a class."""
    return exact_text(_type_name(cls))


def class_module(cls: type) -> str:
    """Return the module that a class says it is from; empty for builtins or if it says nothing."""
    try:
        module = _type_module(cls)  # whatever the class has under that name
    except AttributeError:
        return ""
    if type(module) is not str:
        if not is_real_instance(module, str):
            return ""
        module = str.__str__(module)
    return "" if module == "builtins" else module


def qualified_name(cls: type) -> str:
    """Return ``module.qualname``, by which adapters are looked up.

    Examples
    --------
    >>> from collections import OrderedDict
    >>> qualified_name(OrderedDict), qualified_name(int)
    ('collections.OrderedDict', 'int')
    """
    known = _names.get(id(cls))
    if known is not None and known[0]() is cls:
        return known[1]
    module = class_module(cls)
    name = exact_text(_type_qualname(cls))
    if module:
        name = f"{module}.{name}"
    if len(_names) >= _MAX_NAMES:
        _names.clear()
    _names[id(cls)] = (weakref.ref(cls), name)
    return name


_names: dict[int, tuple[weakref.ref[type], str]] = {}
"""The names of classes that were asked for, which are not kept alive by it."""

_MAX_NAMES = 10_000


def is_real_instance(value: object, *classes: type) -> bool:
    """Tell whether *value* is of one of *classes* or a real subclass, whatever it claims.

    `isinstance` believes ``value.__class__`` and asks ``__instancecheck__``; this does neither.
    """
    cls = type(value)
    for wanted in classes:
        if cls is wanted:
            return True
    wanted_ids = set(map(id, classes))  # comparing classes may run their metaclass
    return not wanted_ids.isdisjoint(map(id, _type_mro(cls)))


def instance_dict(value: object) -> dict[str, Any] | None:
    """Return the ``__dict__`` of an instance, or None if it has none that is safe to read."""
    declared = class_attribute(type(value), "__dict__")
    if type(declared) not in (types.GetSetDescriptorType, types.MemberDescriptorType):
        return None  # none at all, or a property of the user's that would run
    found = object.__getattribute__(value, "__dict__")
    return found if type(found) is dict else None


def slot_values(value: object) -> dict[str, Any]:
    """Return the values that an instance keeps in ``__slots__``; unset ones are left out."""
    found: dict[str, Any] = {}
    for base in _type_mro(type(value)):
        if not _type_dict(base).get("__slots__"):
            continue
        for name, member in _type_dict(base).items():
            if type(member) is types.MemberDescriptorType and name not in found:
                try:
                    found[name] = member.__get__(value)
                except AttributeError:
                    continue
    return found


def attributes(value: object) -> dict[str, Any]:
    """Return the attributes of an instance: its ``__slots__`` and a copy of its ``__dict__``."""
    found = slot_values(value)
    for key, item in copied_items(instance_dict(value) or {}):
        if type(key) is str:
            found[key] = item
    return found


def takes_weakrefs(cls: type) -> bool:
    """Tell whether instances of *cls* can be referred to weakly."""
    return bool(_weakref_offset(cls))


def copied_items(mapping: dict[Any, Any], limit: int | None = None) -> list[tuple[Any, Any]]:
    """Copy the first items of a dict that another thread may be changing.

    The copy is made in C in one go; where it is interrupted all the same (a free-threaded
    build, a garbage collection that runs a finaliser) it is tried again.
    """
    from itertools import islice

    for _ in range(5):
        try:
            return list(islice(dict.items(mapping), limit))
        except RuntimeError:  # dictionary changed size during iteration
            continue
    return []


def exact_text(text: str) -> str:
    """Return an exact `str` of what may be of a subclass with methods of its own."""
    return text if type(text) is str else str.__str__(text)


def sendable_text(text: str) -> str:
    """Return *text* with lone surrogates escaped, which JSON in UTF-8 cannot carry."""
    text = exact_text(text)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
