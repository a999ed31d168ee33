"""One step into a value by a literal key: ``x["key"]``, ``x[0]``, ``x.name``.

Everything is read passively, as `livens.values.children` reads it: no ``__getitem__``, no property
and no ``__getattr__`` of the user's runs, and no key is hashed. A column of a frame is found by its
label, an item of a sequence by its position.
"""

from __future__ import annotations

import types
from typing import Any, NamedTuple

from livens.exceptions import NotAllowed
from livens.values import passive
from livens.values.children import attributes_at, items_at
from livens.values.containers import container_of, has_own_order, ordered_items
from livens.values.tables.branches import branches_of
from livens.values.tables.cell_values import is_numpy_scalar
from livens.values.tables.opening import source_of
from livens.values.tables.sources import Source, loaded_class

_FRAMES = (("pandas", "DataFrame"), ("polars", "DataFrame"), ("pyarrow", "Table"))
_ABSENT: Any = object()


class Absent(Exception):
    """There is no such item or attribute; the text says why, as a sentence about the value goes."""


class Unreadable(Exception):
    """It cannot be read without running code, or means nothing; the text says why."""


class TableColumn(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    source : Source
        The table.
    position : int
        Which column.
    """

    source: Source
    position: int


def is_frame(value: object) -> bool:
    """Return whether a value is a table of several columns."""
    cls = type(value)
    return any(loaded_class(library, name) is cls for library, name in _FRAMES)


def item_of(value: Any, key: Any) -> Any:
    """Return the item of a value at a literal key; a column as a `TableColumn`.

    Raises
    ------
    Absent
        If there is none.
    Unreadable
        If it cannot be looked at.

    Examples
    --------
    >>> item_of({"lr": 0.1}, "lr"), item_of([1, 2, 3], -1)
    (0.1, 3)
    """
    base = container_of(value)
    if base is dict:
        return _value_at(value, key)
    if base is not None and type(key) is int:
        if base is set or base is frozenset:
            raise Unreadable("a set has no order")
        return _at_position(value, key, base.__len__(value))
    if any(loaded_class(library, "Series") is type(value) for library in ("pandas", "polars")):
        raise Unreadable("an item of a series is not looked at: it may have labels of its own")
    if is_frame(value) or type(key) is str:
        return _column(value, key)
    branches = branches_of(value)
    if branches is None or branches.tag != "index" or type(key) is not int:
        raise Unreadable(f"it is of type {passive.class_name(type(value))}, without such items")
    return _at_position(value, key, branches.total)


def _at_position(value: Any, key: int, total: int) -> Any:
    position = key + total if key < 0 else key
    found = items_at(value, position) if 0 <= position < total else []
    if not found:
        raise Absent(f"it has {total} items, and none at {key}")
    return found[0].value


def _value_at(mapping: dict[Any, Any], key: Any) -> Any:
    """Look for a key by its text or number; looking it up would compare it with any other."""
    wanted = type(key)
    for known, value in _pairs(mapping):
        if type(known) is wanted:
            if known == key:
                return value
        elif wanted is str and passive.name_of(known) == key:
            return value
    raise Absent(f"it has no key {key!r:.100}")


def _pairs(mapping: dict[Any, Any]) -> list[tuple[Any, Any]]:
    if has_own_order(mapping):
        return ordered_items(mapping)
    return passive.copied_items(mapping)


def _column(value: Any, key: Any) -> Any:
    try:
        source = source_of(value)
    except NotAllowed as err:
        branches = branches_of(value)  # a dataset of xarray
        if branches is None or branches.tag != "column":
            raise Unreadable(_first_lower(str(err))) from None
        places = [n for n in range(branches.total) if _is_label(branches.label(n), key)]
        return branches.value(_only(places, key))
    places = [n for n in range(source.shape[1]) if _is_label(source.label(n), key)]
    return TableColumn(source, _only(places, key))


def _only(places: list[int], key: Any) -> int:
    if not places:
        raise Absent(f"it has no column {key!r:.100}")
    if len(places) > 1:
        raise Unreadable(f"{len(places)} of its columns are called {key!r:.100}")
    return places[0]


def _is_label(label: Any, key: Any) -> bool:
    """Return whether a label is the key, without running what a class of labels may bring."""
    plain = label.item() if is_numpy_scalar(label) else label
    if type(key) is str:
        return passive.name_of(plain) == key
    return type(plain) is type(key) and bool(plain == key)


def attribute_of(value: Any, name: str) -> Any:
    """Return an attribute that a value really has, in its ``__dict__``, its slots or its class.

    Raises
    ------
    Absent
        If there is none.
    Unreadable
        If it is worked out by code.

    Examples
    --------
    >>> import types
    >>> attribute_of(types.SimpleNamespace(depth=3), "depth")
    3
    """
    cls = type(value)
    if is_frame(value):
        raise Unreadable(f'its attributes are not read; write ["{name[:50]}"] for a column')
    if passive.is_real_instance(value, type):
        found = passive.class_attribute(value, name, _ABSENT)
        return _plain(found, name)
    finds = passive.class_attribute(cls, "__getattribute__")
    if type(finds) is not types.WrapperDescriptorType:
        raise Unreadable("its class works its attributes out by code")
    in_class = passive.class_attribute(cls, name, _ABSENT)
    if in_class is not _ABSENT and _is_data_descriptor(in_class):
        return _plain(in_class, name)
    own = attributes_at(value, name)
    if own:
        return own[0].value
    if in_class is _ABSENT and passive.class_attribute(cls, "__getattr__") is not None:
        raise Unreadable("its class works its attributes out by code")
    return _plain(in_class, name)


def _plain(found: Any, name: str) -> Any:
    if found is _ABSENT:
        raise Absent(f"it has no attribute '{name[:100]}'")
    if passive.class_attribute(type(found), "__get__") is not None:
        kind = "a property" if _is_data_descriptor(found) else "a method"
        raise Unreadable(f"'.{name[:100]}' is {kind}, which is not run")
    return found


def _is_data_descriptor(found: Any) -> bool:
    """Return whether code decides what an attribute is; a slot is read from memory."""
    cls = type(found)
    is_slot = cls is types.MemberDescriptorType
    return not is_slot and passive.class_attribute(cls, "__set__") is not None


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]
