"""Fingerprints: whether a value that is the same object still has the same content.

A fingerprint is a small tuple of numbers that is cheap to make, holds nothing of the user's
and runs none of the user's code. Two that are equal mean "no difference was seen": a change
between the sampled items of a large container stays unseen.

The `id` of an item tells whether it was exchanged, because the container keeps it alive between
two looks; for numbers and short text the value itself goes in, since their ids are used again.
"""

from __future__ import annotations

from collections import deque
from itertools import chain, islice
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from livens.passive import copied_items, instance_dict, slot_values

Fingerprint = tuple[Any, ...]

SAMPLED_ITEMS = 64
"""How many items of a container are looked at; it bounds the time for a container of any size."""

_SCALARS = frozenset(map(id, (int, float, bool, complex, type(None))))  # see `summaries`
_MAX_INT_BITS = 256
_CODE = frozenset(map(id, (ModuleType, FunctionType, BuiltinFunctionType, type)))


def is_harmless(value: object) -> bool:
    """Tell whether to remember the value itself: small, immutable, of an exact builtin type."""
    kind = type(value)
    if id(kind) in _SCALARS:
        return kind is not int or value.bit_length() <= _MAX_INT_BITS  # type: ignore[attr-defined]
    return (kind is str or kind is bytes) and len(value) <= 200  # type: ignore[arg-type]


def fingerprint(value: object) -> Fingerprint | None:
    """Take the fingerprint of a value.

    Returns
    -------
    tuple or None
        None if the type has no content that is known how to look at.

    Examples
    --------
    >>> items = [1, 2]
    >>> before = fingerprint(items)
    >>> items.append(3)
    >>> fingerprint(items) == before
    False
    """
    kind = type(value)
    if kind is list or kind is tuple:
        return (len(value), *map(_mark, _sample(value)))  # type: ignore[arg-type]
    if kind is dict:
        return _of_dict(value)  # type: ignore[arg-type]
    if kind is set or kind is frozenset or kind is deque:
        return _of_iterable(value)
    if kind is str or kind is bytes or kind is bytearray:
        return (len(value), str(value[:64]), str(value[-64:]))  # type: ignore[index, arg-type]
    return _of_instance(value)


def _mark(item: object) -> Any:
    if not is_harmless(item):
        return id(item)
    kind = type(item)
    # 1, 1.0 and True are equal, and not the same to the one who looks.
    return item if kind is int or kind is str else (kind, item)


def _sample(items: Any) -> Any:
    """Take all of a short sequence; of a long one both ends and evenly between."""
    size = len(items)
    if size <= SAMPLED_ITEMS:
        return items[:]
    quarter = SAMPLED_ITEMS // 4
    middle = items[quarter : size - quarter : max(1, size // (2 * quarter))]
    return chain(items[:quarter], middle, items[-quarter:])


def _of_dict(mapping: dict[Any, Any]) -> Fingerprint:
    first = copied_items(mapping, SAMPLED_ITEMS)
    marks = [(_mark(key), _mark(value)) for key, value in first]
    try:
        newest = next(reversed(mapping), None)
        last = (_mark(newest), id(dict.get(mapping, newest)) if is_harmless(newest) else 0)
    except RuntimeError:  # it changed between two steps: that is told by the next look
        last = (None, 0)
    return (len(mapping), last, *marks)


def _of_iterable(value: Any) -> Fingerprint:
    try:
        return (len(value), *map(_mark, islice(value, SAMPLED_ITEMS)))
    except RuntimeError:  # changed while it was iterated
        return (len(value),)


def _of_instance(value: object) -> Fingerprint | None:
    if id(type(value)) in _CODE:
        return None  # a module grows by what it loads lazily: that is no change of the user's
    attributes = instance_dict(value)
    slots = slot_values(value)
    if attributes is None and not slots:
        return None
    marks = [(name, _mark(item)) for name, item in slots.items()]
    return (len(slots), *marks, *_of_dict(attributes or {}))
