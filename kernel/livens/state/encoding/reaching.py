"""`reach`: which objects a value reaches that others may reach, too."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from types import SimpleNamespace
from typing import Any

from livens.state.plain.blobs import Changed
from livens.state.plain.containers import copied
from livens.values import passive

_ATOMS = frozenset(map(id, (type(None), bool, int, float, complex, str, bytes, range, type(...))))


def reach(value: object, limit: int = 100_000) -> frozenset[int]:
    """Return the ids of the objects that a value reaches and that another name may reach.

    Names whose reaches meet belong to one group.

    Parameters
    ----------
    value : object
        The value of a name.
    limit : int
        After so many objects the search ends. What is returned then is a part.

    Examples
    --------
    >>> shared = [1]
    >>> reach({"a": shared}) & reach((shared, 2)) == {id(shared)}
    True
    >>> reach(5) | reach("text")
    frozenset()
    """
    found: set[int] = set()
    waiting: list[Any] = [value]
    alive: list[Any] = []
    while waiting and len(found) < limit:
        item = waiting.pop()
        if id(type(item)) in _ATOMS or id(item) in found:
            continue
        found.add(id(item))
        alive.append(item)
        try:
            waiting += _below(item)
        except Changed:
            continue
    return frozenset(found)


def _below(item: Any) -> list[Any]:
    cls = type(item)
    if cls is list or cls is tuple or cls is set or cls is frozenset or cls is deque:
        kinds = set(map(id, map(type, copied(item))))
        return [] if kinds <= _ATOMS else copied(item)
    if passive.is_exactly(item, dict, OrderedDict, defaultdict):
        return [part for pair in copied(dict.items(item)) for part in pair]
    if cls is SimpleNamespace:
        return copied(item.__dict__.values())
    return []
