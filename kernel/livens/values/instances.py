"""Which attributes of an instance count: what was set, not what a library notes down for itself.

An object may keep what it worked out of its other attributes, as a cached property does, and a
class of a library has private fields. Both change when the object is only read, so they are
neither compared nor shown. All who look at attributes ask here, so that nothing is shown that is
not compared.
"""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

from livens.values import passive

_MAX_CLASSES = 10_000
_caches: dict[int, tuple[weakref.ref[type], frozenset[str]]] = {}
"""What was found out about a class, which is not kept alive by it."""


def caches_of(cls: type) -> frozenset[str]:
    """Return the attributes in which instances keep what was worked out when they were read.

    Examples
    --------
    >>> import functools
    >>> caches_of(type("Own", (), {"area": functools.cached_property(len), "n": 1}))
    frozenset({'area'})
    """
    known = _caches.get(id(cls))
    if known is not None and known[0]() is cls:
        return known[1]
    found = frozenset(_find_caches(cls))
    if len(_caches) >= _MAX_CLASSES:
        _caches.clear()
    _caches[id(cls)] = (weakref.ref(cls), found)
    return found


def attributes(value: object) -> dict[str, Any]:
    """Return the attributes of an instance that count, slots first.

    Examples
    --------
    >>> import functools
    >>> Own = type("Own", (), {"area": functools.cached_property(lambda self: 3)})
    >>> own = Own()
    >>> own.side = own.area
    >>> attributes(own)
    {'side': 3}
    """
    found = passive.attributes(value)
    for name in caches_of(type(value)):
        found.pop(name, None)
    return found


def _find_caches(cls: type) -> Iterator[str]:
    fields = passive.class_attribute(cls, "__dataclass_fields__")
    declared = passive.copied_items(fields) if type(fields) is dict else []
    names = {name for name, _ in declared if type(name) is str}
    if passive.class_attribute(cls, "_memoized_keys") is not None:
        yield from _OF_SQLALCHEMY
    for base in passive.class_mro(cls):
        for name, item in list(passive.class_dict(base).items()):
            if type(name) is not str or name in names:
                continue
            if passive.qualified_name(type(item)) == "pandas._libs.properties.CachedProperty":
                yield "_cache"
            elif _is_cached_property(type(item)) or _is_memoized(item):
                yield name


_OF_SQLALCHEMY = ("_memoized_keys", "_compile_options", "_propagate_attrs")
"""What its objects note down when they are compiled or executed: what they have worked out."""

_METHODS = frozenset(
    {"functools.partialmethod", "functools.singledispatchmethod", "functools._lru_cache_wrapper"}
)
"""What makes methods: an instance that has something else under that name was given it."""


def _is_cached_property(cls: type) -> bool:
    """Return whether objects of a class compute an attribute, and let an instance shadow it."""
    if passive.class_module(cls) == "":  # functions and other builtins
        return False
    names = {passive.qualified_name(base) for base in passive.class_mro(cls)}
    if "functools.cached_property" in names:
        return True
    has_get = passive.class_attribute(cls, "__get__") is not None
    has_set = passive.class_attribute(cls, "__set__") is not None
    return has_get and not has_set and not names & _METHODS


def _is_memoized(item: object) -> bool:
    """Return whether a decorated method puts its result in the object, in its own place."""
    if type(item) is not types.FunctionType or "__dict__" not in item.__code__.co_names:
        return False
    return "__wrapped__" in (passive.instance_dict(item) or {})


# -- what a class declares -------------------------------------------------------------------


def declared_fields(cls: type) -> list[str]:
    """Return the fields that a dataclass, an attrs class, a pydantic model or a struct declares.

    Examples
    --------
    >>> import dataclasses
    >>> declared_fields(dataclasses.make_dataclass("Point", ["x", "y"])), declared_fields(int)
    (['x', 'y'], [])
    """
    for attribute in ("__dataclass_fields__", "__pydantic_fields__", "__fields__"):
        fields = passive.class_attribute(cls, attribute)
        if type(fields) is dict and fields:
            held = passive.copied_items(fields)
            return [name for name, field in held if type(name) is str and _is_held(field)]
    if passive.qualified_name(type(cls)) == "msgspec._core.StructMeta":
        fields = passive.class_attribute(type(cls), "__struct_fields__").__get__(cls)
        return [name for name in fields if type(name) is str]
    fields = passive.class_attribute(cls, "__attrs_attrs__")
    if fields is not None and passive.is_real_instance(fields, tuple):
        names = [passive.slot_values(field).get("name") for field in tuple.__iter__(fields)]
        return [name for name in names if type(name) is str]
    return []


def _is_held(field: object) -> bool:
    """Return whether instances have the field: not what a dataclass only has in its annotations."""
    module = passive.module_contents("dataclasses")
    if type(field) is not module.get("Field"):
        return True
    return field._field_type is module.get("_FIELD")  # type: ignore[attr-defined]


def default_of(cls: type, field: str, missing: Any) -> Any:
    """Return the value that a class has for a field that its instance lacks, or *missing*."""
    held = passive.class_attribute(cls, field, missing)
    is_computed = passive.class_attribute(type(held), "__get__") is not None
    return missing if is_computed else held


# -- what libraries keep for themselves ------------------------------------------------------


def private_names(classes: Iterable[type]) -> frozenset[str]:
    """Return the private names that classes use themselves: in their code, slots and bodies.

    A subclass of somebody else has other private attributes, which are its author's.

    Examples
    --------
    >>> import threading
    >>> found = private_names([threading.Thread])
    >>> "_target" in found, "_balance" in found
    (True, False)
    """
    found: set[str] = set()
    for cls in classes:
        for name, item in list(passive.class_dict(cls).items()):
            found.add(name)
            for code in _codes_of(item):
                found.update(_names_in(code))
            if name == "__slots__" and type(item) is tuple:
                found.update(slot for slot in item if type(slot) is str)
    return frozenset(name for name in found if type(name) is str and _is_private(name))


def slots_of(classes: Iterable[type]) -> frozenset[str]:
    """Return the names of the slots that classes have.

    Examples
    --------
    >>> slots_of([type("Own", (), {"__slots__": ("n",)}), int])
    frozenset({'n'})
    """
    return frozenset(
        name
        for cls in classes
        if passive.class_dict(cls).get("__slots__")
        for name, item in list(passive.class_dict(cls).items())
        if type(item) is types.MemberDescriptorType and type(name) is str
    )


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _codes_of(item: object, depth: int = 3) -> Iterator[types.CodeType]:
    """Find the code of methods and properties, also below decorators."""
    if type(item) is types.FunctionType:
        yield item.__code__
        wrapped = (passive.instance_dict(item) or {}).get("__wrapped__")
        if wrapped is not None and depth:
            yield from _codes_of(wrapped, depth - 1)
    elif type(item) is property:
        for part in (item.fget, item.fset):
            yield from _codes_of(part, 0)
    elif type(item) is classmethod or type(item) is staticmethod:
        yield from _codes_of(item.__func__, 0)


def _names_in(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if type(constant) is str:  # as `object.__setattr__` is given
            yield constant
        elif type(constant) is types.CodeType:
            yield from _names_in(constant)


# -- values that never change ----------------------------------------------------------------

_OF_VALUES = frozenset(
    {"", "dask", "dateutil", "duckdb", "ibis", "jax", "jaxlib", "mpmath", "numpy", "pandas",
     "polars", "pyarrow", "pytz", "sympy", "torch"}
)  # fmt: skip
"""Packages whose classes have a hash of their own only where objects never change."""

_MOCKS = "unittest"


def keeps_its_hash(cls: type) -> bool:
    """Return whether a class is from where a hash of its own says that objects never change.

    Whoever else gives a class a hash may hash an account by its number.

    Examples
    --------
    >>> import datetime
    >>> keeps_its_hash(datetime.date), keeps_its_hash(type("Own", (), {"__module__": "bank"}))
    (True, False)
    """
    package = package_of(cls)
    return package in _OF_VALUES or (package in sys.stdlib_module_names and package != _MOCKS)


def package_of(cls: type) -> str:
    """Return the top-level package of a class; empty for builtins."""
    return passive.class_module(cls).partition(".")[0]
