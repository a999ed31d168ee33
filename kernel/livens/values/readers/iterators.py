"""Iterators, generators and coroutines: how far they have come, without advancing them.

The iterators of exact builtin classes say how many items are left, or which comes next, by methods
in C that look at their own fields. What wraps another iterator (`zip`, `map`, most of `itertools`)
has come as far as what it holds, which the garbage collector's own way of looking shows; so do the
local variables of a generator that waits. Of some nothing says how far they have come: that is in
`Content.gap`.
"""

from __future__ import annotations

import array
import gc
import itertools
import types
from collections import OrderedDict, deque
from typing import Any

from livens.values.builtin_contents import is_container
from livens.values.content import PLAIN, Content, Reader, state
from livens.values.passive import class_name, is_exactly


def _left(value: Any) -> Content:
    try:
        return state(("left", type(value).__length_hint__(value)))
    except TypeError:  # an endless `repeat`
        return state()


def _placed(value: Any) -> Content:
    """Read what puts its next position last when it is pickled; used up it has none."""
    cls: Any = type(value)
    found = cls.__reduce__(value)
    place = found[-1]
    return state(("position", place if type(place) is int else "end"))


def _numbered(value: Any) -> Content:
    cls: Any = type(value)
    held, number = cls.__reduce__(value)[1]
    return state(("position", number if type(number) is int else 0), parts=(held,))


def _counting(value: Any) -> Content:
    if all(is_exactly(held, int, float) for held in gc.get_referents(value)):
        return state(("_next", repr(value)))  # else it would be the repr of the user's object
    return state(gap="how far a count of other objects has come cannot be read")


def _wrapping(value: Any) -> Content:
    return state(parts=tuple(map(_held, gc.get_referents(value))))


def _hiding(value: Any) -> Content:
    gap = f"how far an iterator of class {class_name(type(value))} has come cannot be read"
    return _wrapping(value)._replace(gap=gap)


def _held(item: object) -> object:
    """Return what is looked at of what an iterator holds: else only that it is the same."""
    is_seen = id(type(item)) in PLAIN or id(type(item)) in _SEEN
    if is_container(item) and type(item) is tuple:
        return item  # the iterators of a `zip`
    return item if is_seen else id(item)


def _running(prefix: str) -> Reader:
    """Make the reader for one of the three classes whose body can be suspended."""

    def read(value: Any) -> Content:
        if getattr(value, f"{prefix}_running"):
            return state(("state", "running"))
        frame = getattr(value, f"{prefix}_frame")
        if frame is None:
            return state(("state", "closed"))
        place, line = frame.f_lasti, frame.f_lineno
        del frame
        held = [item for item in gc.get_referents(value) if type(item) is not types.FrameType]
        return state(
            ("state", "suspended"),
            ("line", line),
            ("_place", place),
            parts=tuple(map(_held, held)),
        )

    return read


_empty_dict: dict[int, int] = {}

STATES: dict[type, Reader] = {
    **dict.fromkeys(
        (type(iter([])), type(reversed([])), type(iter(())), type(iter("")), type(iter("é")),
         type(iter(b"")), type(iter(bytearray())), type(iter(range(0))),
         type(iter(range(1 << 70))), type(iter(_empty_dict)), type(iter(_empty_dict.values())),
         type(iter(_empty_dict.items())), type(reversed(_empty_dict)),
         type(reversed(_empty_dict.values())), type(reversed(_empty_dict.items())),
         type(iter(set())), type(iter(deque())), type(reversed(deque())), itertools.repeat),
        _left,
    ),
    reversed: _placed,
    type(iter(array.array("b"))): _placed,
    enumerate: _numbered,
    itertools.count: _counting,
    **dict.fromkeys(
        (zip, map, filter, itertools.chain, itertools.takewhile, itertools.dropwhile,
         itertools.islice, itertools.starmap, itertools.compress, itertools.filterfalse,
         itertools.accumulate, itertools.pairwise, itertools.zip_longest, itertools.groupby,
         type(iter(OrderedDict())), *filter(None, [getattr(itertools, "batched", None)])),
        _wrapping,
    ),
    **dict.fromkeys(
        (itertools.cycle, itertools.product, itertools.permutations, itertools.combinations,
         itertools.combinations_with_replacement, type(itertools.tee(())[0]),
         type(iter(int, 1)), type(iter(memoryview(b"")))),
        _hiding,
    ),
    types.GeneratorType: _running("gi"),
    types.CoroutineType: _running("cr"),
    types.AsyncGeneratorType: _running("ag"),
}  # fmt: skip

_SEEN = frozenset(map(id, STATES))
