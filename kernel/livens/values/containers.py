"""What a builtin container holds, and a real subclass of one, read by the builtin's own methods.

No method of a subclass runs. Another thread may be changing a container while it is read: a copy is
made in C in one go, and made again where it was interrupted all the same.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from itertools import islice
from typing import Any

from livens.values.passive import class_attribute, class_mro, copied_items, is_real_instance

_CONTAINERS = frozenset(map(id, (list, tuple, dict, set, frozenset, deque)))


def container_of(value: object) -> Any:
    """Return the builtin container that *value* is, or really inherits from; None if none.

    Examples
    --------
    >>> container_of([1]), container_of(OrderedDict()), container_of("text")
    (<class 'list'>, <class 'dict'>, None)
    """
    for base in class_mro(type(value)):
        if id(base) in _CONTAINERS:
            return base
    return None


def field_names(cls: type) -> tuple[str, ...]:
    """Return the fields of a named tuple; none of any other class.

    Examples
    --------
    >>> from collections import namedtuple
    >>> field_names(namedtuple("Point", "x y")), field_names(tuple)
    (('x', 'y'), ())
    """
    fields = class_attribute(cls, "_fields")
    if type(fields) is tuple and all(type(field) is str for field in fields):
        return fields
    return ()


def copied(base: Any, value: Any, start: int, stop: int) -> list[Any]:
    """Copy some items of a sequence or set, by the methods of the builtin *base*."""
    if base is list or base is tuple:
        return list(base.__getitem__(value, slice(start, stop)))
    for _ in range(5):
        try:
            return list(islice(base.__iter__(value), start, stop))
        except RuntimeError:  # changed while it was iterated
            continue
    return []


_MAX_ORDERED = 10_000
_HASHED_BY_C = frozenset(map(id, (str, int, float, bool, bytes, complex, type(None))))


def has_own_order(mapping: object) -> bool:
    """Return whether a dict is an `OrderedDict`, which has an order besides that of its entries."""
    if type(mapping) is dict:
        return False
    return is_real_instance(mapping, OrderedDict)


def own_order(mapping: dict[Any, Any]) -> list[Any] | None:
    """Return the keys of an `OrderedDict` in its own order; None if that cannot be read.

    To find the next key it hashes the last one, so only keys of Python's own plain types are
    read, and up to 10,000 of them.

    Examples
    --------
    >>> from collections import OrderedDict
    >>> order = OrderedDict(a=1, b=2)
    >>> order.move_to_end("a")
    >>> own_order(order)
    ['b', 'a']
    """
    if dict.__len__(mapping) > _MAX_ORDERED:
        return None
    try:
        if not _HASHED_BY_C.issuperset(map(id, map(type, dict.keys(mapping)))):
            return None
        return list(OrderedDict.__iter__(mapping))
    except RuntimeError:  # it changed since
        return None


def ordered_items(
    mapping: dict[Any, Any], start: int = 0, stop: int | None = None
) -> list[tuple[Any, Any]]:
    """Copy items of a dict, those of an `OrderedDict` in its own order if it can be read.

    That is not the order in which the dict below it has them, once `move_to_end` was called.

    Examples
    --------
    >>> from collections import OrderedDict
    >>> order = OrderedDict(a=1, b=2)
    >>> order.move_to_end("a")
    >>> ordered_items(order)
    [('b', 2), ('a', 1)]
    """
    keys = own_order(mapping) if has_own_order(mapping) else None
    if keys is None:
        return copied_items(mapping, start, stop)
    found = {id(key): item for key, item in copied_items(mapping)}
    return [(key, found[id(key)]) for key in keys[start:stop] if id(key) in found]
