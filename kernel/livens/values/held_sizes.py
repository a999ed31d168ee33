"""Sizes: how many bytes a value holds with all that is below it; none of its code runs.

Of arrays, frames and tensors that is the bytes of their data, as their description says. Builtin
containers and instances are followed, each object once. `sys.getsizeof` would call a method of the
user's class, so the method of the builtin base is called instead.

A walk has a number of steps. What is left when they are used up makes the size a lower bound, and
so does an object whose size cannot be known, such as one of a C extension.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from livens.values.containers import container_of, copied
from livens.values.passive import attributes, class_mro, copied_items, instance_dict

STEPS = 200_000
"""How many objects are looked at for one value: about a tenth of a second."""

_PLAIN = (int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set, frozenset)
_SIZED = {id(cls): cls for cls in _PLAIN}
_SHARED = frozenset(
    map(id, (type, type(None), type(Ellipsis), type(len), type(lambda: 0), ModuleType))
)
"""Modules, classes and functions are the program's, not what a variable holds."""

_HEADER = 16
_PIECE = 10_000


class Held(NamedTuple):
    """How much a value holds.

    Attributes
    ----------
    nbytes : int
        The bytes.
    is_all : bool
        Whether everything was counted; else there may be more.
    """

    nbytes: int
    is_all: bool


def held(
    value: object,
    data_bytes: Callable[[object], int | None],
    *,
    steps: int = STEPS,
    pause: Callable[[], None] = lambda: None,
) -> Held:
    """Return how much memory a value holds.

    Parameters
    ----------
    value : object
        Any value.
    data_bytes : callable
        Returns the bytes of the data of an array, a frame or a tensor; None of anything else.
    steps : int
        How many objects to look at.
    pause : callable
        Called after each few thousand of them.

    Examples
    --------
    >>> found = held(["a" * 1000, "a" * 1000], lambda value: None)
    >>> 1000 < found.nbytes < 3000, found.is_all
    (True, True)
    """
    seen: set[int] = set()
    without_data: set[int] = set()  # classes, which their values keep alive
    waiting, kept = [value], [value]
    total, is_all = 0, True
    while waiting:
        if len(seen) >= steps:
            return Held(total, False)
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if len(seen) % _PIECE == 0:
            pause()
        cls = id(type(one))
        if cls not in _SIZED and cls not in _SHARED and cls not in without_data:
            known = data_bytes(one)
            if known is not None:
                total += known
                continue
            without_data.add(cls)
        size, below = _own(one)
        total += size or 0
        is_all = is_all and size is not None
        waiting += below
        kept += below  # so that no id is used again while it is in `seen`
        del below
    return Held(total, is_all)


def _own(value: Any) -> tuple[int | None, list[Any]]:
    """Return the bytes of an object alone, None if they are not known, and what it holds."""
    cls = type(value)
    if id(cls) in _SHARED:
        return 0, []
    base = next((_SIZED[id(one)] for one in class_mro(cls) if id(one) in _SIZED), None)
    size = None if base is None else int(base.__sizeof__(value)) + _HEADER
    below: list[Any] = []
    container = container_of(value)
    if container is dict:
        for key, item in copied_items(value):
            below += (key, item)
    elif container is not None:
        below = copied(container, value, 0, len_of(container, value))
    own = instance_dict(value)
    if own is not None and base is None:
        size = _HEADER + int(dict.__sizeof__(own))
        below += list(attributes(value).values())
    return size, below


def len_of(base: Any, value: Any) -> int:
    """Return how many items a container has, by the method of its builtin base."""
    return int(base.__len__(value))
