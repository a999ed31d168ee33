"""Which names are kept together: those that reach the same mutable object.

Of each name it is remembered which objects it reaches, by their `id`. That holds as long as the
name has not changed: then the objects are alive, and no other has their ids.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable

_MANY = 10_000
"""From so many objects on, the ids are a sorted array, which takes a tenth of an index."""

Reach = frozenset[int]


class Groups:
    """Divide names by what they reach.

    Examples
    --------
    >>> groups = Groups()
    >>> groups.note("a", frozenset({1}))
    >>> groups.note("c", frozenset({1, 2}))
    >>> groups.note("x", frozenset())
    >>> sorted(map(sorted, groups.around(["a", "x"])))
    [['a', 'c'], ['x']]
    >>> groups.drop("c")
    >>> groups.around(["a"])
    [frozenset({'a'})]
    """

    def __init__(self) -> None:
        self._reaches: dict[str, Reach | array[int]] = {}
        self._holders: dict[int, str | set[str]] = {}
        self._large: dict[str, array[int]] = {}

    def __contains__(self, name: str) -> bool:
        """Return whether it is known what a name reaches."""
        return name in self._reaches

    def names(self) -> list[str]:
        """Return the names of which it is known."""
        return list(self._reaches)

    def note(self, name: str, reach: Reach) -> None:
        """Note what a name reaches."""
        self.drop(name)
        if len(reach) >= _MANY:
            self._reaches[name] = self._large[name] = array("Q", sorted(reach))
            return
        self._reaches[name] = reach
        for number in reach:
            before = self._holders.get(number)
            if before is None:
                self._holders[number] = name
            elif isinstance(before, str):
                self._holders[number] = {before, name}
            else:
                before.add(name)

    def drop(self, name: str) -> None:
        """Forget a name."""
        reach = self._reaches.pop(name, ())
        if self._large.pop(name, None) is not None:
            return
        for number in reach:
            holders = self._holders[number]
            if isinstance(holders, str):
                del self._holders[number]
            else:
                holders.discard(name)
                if not holders:
                    del self._holders[number]

    def around(self, names: Iterable[str]) -> list[frozenset[str]]:
        """Return the groups that some names are in."""
        groups = []
        seen: set[str] = set()
        for name in names:
            if name not in seen:
                group = self._group(name)
                seen |= group
                groups.append(group)
        return groups

    def _group(self, name: str) -> frozenset[str]:
        found = {name}
        waiting = [name]
        while waiting:
            new = self._beside(waiting.pop()) - found
            found |= new
            waiting += new
        return frozenset(found)

    def _beside(self, name: str) -> set[str]:
        """Return the names that share an object with a name."""
        reach = self._reaches.get(name, ())
        found: set[str] = set()
        get = self._holders.get
        for number in reach:
            holders = get(number)
            if isinstance(holders, str):
                found.add(holders)
            elif holders is not None:
                found |= holders
        if self._large:
            found.update(self._large_beside(name, reach))
        return found

    def _large_beside(self, name: str, reach: Iterable[int]) -> Iterable[str]:
        for other, ids in self._large.items():
            if other != name and any(_has(ids, number) for number in reach):
                yield other


def _has(ids: array[int], number: int) -> bool:
    at = bisect_left(ids, number)
    return at < len(ids) and ids[at] == number
