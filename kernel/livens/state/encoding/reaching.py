"""`reach`: which objects a value reaches that other names may reach, too.

What can change, and what has an identity that counts, is reached: containers, arrays, instances,
and the functions and classes of the user's. What is restored by its name in a module is not, or all
names that use a library would be one group.
"""

from __future__ import annotations

import array
import functools
import gc
import sys
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from types import CellType, FunctionType, MappingProxyType, MethodType, SimpleNamespace
from typing import Any

from livens.exceptions import reason_of
from livens.state.encoding import arrays, frames
from livens.state.encoding.instances import solid_base
from livens.state.encoding.origins import MAIN, found_by_name
from livens.state.plain.blobs import Changed
from livens.state.plain.containers import copied
from livens.state.plain.scalars import ENCODERS as SCALARS
from livens.values import passive

_ATOMS = frozenset(map(id, (type(None), bool, int, float, str, range))) | (
    SCALARS.keys() - set(map(id, (type, object, bytearray, array.array)))
)

Seen = tuple[bool, list[Any]]
"""Whether an object itself is reached, and what is below it."""


def reach(value: object, limit: int = 100_000) -> frozenset[int]:
    """Return the ids of the objects that a value reaches and that another name may reach.

    Names whose reaches meet belong to one group. No code of the user's runs.

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
    >>> reach(5) | reach("text") | reach(len) | reach((1, "a"))
    frozenset()
    """
    return _search(value, limit)[0]


def whole_reach(value: object, limit: int) -> frozenset[int] | None:
    """Return the same as `reach`; None if there is more than the limit.

    Examples
    --------
    >>> whole_reach([[], []], 2) is None, len(whole_reach([[], []], 3))
    (True, 3)
    """
    found, is_whole = _search(value, limit)
    return found if is_whole else None


def _search(value: object, limit: int) -> tuple[frozenset[int], bool]:
    """Return what is reached, and whether that is all."""
    found: set[int] = set()
    seen: set[int] = set()
    waiting: list[Any] = [value]
    alive: list[Any] = []
    while waiting and len(seen) < limit:
        item = waiting.pop()
        if id(type(item)) in _ATOMS or id(item) in seen:
            continue
        seen.add(id(item))
        alive.append(item)
        try:
            is_reached, below = _look(item)
        except Changed:
            is_reached, below = True, []
        if is_reached:
            found.add(id(item))
        waiting += below
    return frozenset(found), not waiting


def _look(item: Any) -> Seen:
    cls = type(item)
    look = _BY_CLASS.get(id(cls))
    if look is not None:
        return look(item)
    if passive.is_real_instance(item, type):
        return _class(item)
    package = passive.class_module(cls).partition(".")[0]
    library = _LIBRARIES.get(package) if package in sys.modules else None
    try:
        found = library(item) if library is not None else None
    except BaseException as err:  # noqa: BLE001 - a border: types that are not what they were
        reason_of(err, "reading it")
        return True, []
    return _instance(item) if found is None else found


def _items(item: Any) -> Seen:
    cls = type(item)
    held = copied(cls.__iter__(item))
    is_reached = cls is not tuple and cls is not frozenset
    kinds = set(map(id, map(type, held)))
    return is_reached, [] if kinds <= _ATOMS else held


def _pairs(item: Any) -> Seen:
    below = [part for pair in copied(dict.items(item)) for part in pair]
    if type(item) is defaultdict:
        below.append(item.default_factory)
    return True, below


def _function(item: Any) -> Seen:
    module, name = item.__module__, item.__qualname__
    if type(module) is str and module != MAIN and found_by_name(item, module, name):
        return False, []
    own = passive.instance_dict(item) or {}
    held = [item.__defaults__, item.__kwdefaults__, item.__annotations__]
    return True, [*(item.__closure__ or ()), *held, *own.values()]


def _cell(item: Any) -> Seen:
    try:
        return True, [item.cell_contents]
    except ValueError:  # it is empty
        return True, []


def _class(item: Any) -> Seen:
    if passive.class_module(item) != MAIN:
        return False, []
    below: list[Any] = [*passive.class_bases(item), type(item)]
    for name, held in list(passive.class_dict(item).items()):
        if name not in ("__dict__", "__weakref__"):
            below.append(getattr(held, "__func__", None) if type(held) in _WRAPPERS else held)
    return True, below


_WRAPPERS = (staticmethod, classmethod)


def _instance(item: Any) -> Seen:
    """Look at what an object holds: its attributes, and what its builtin base does."""
    below = [type(item), *passive.attributes(item).values()]
    base = solid_base(type(item))
    if base in (list, tuple, set, frozenset, deque):
        below += copied(base.__iter__(item))
    elif base in (dict, defaultdict, OrderedDict):
        below += _pairs(item)[1]
    elif passive.is_real_instance(item, BaseException):
        for name in ("args", "__cause__", "__context__"):
            below.append(BaseException.__dict__[name].__get__(item))
    return True, below


def _numpy(item: Any) -> Seen | None:
    if not passive.is_real_instance(item, arrays.numpy().ndarray):
        return (False, []) if passive.is_real_instance(item, arrays.numpy().generic) else None
    below = [arrays.owner_of(item)] if item.base is not None else []
    mask = (passive.instance_dict(item) or {}).get("_mask")
    if mask is not None:
        below.append(mask)
    if item.dtype.hasobject and not item.dtype.names:
        below += item.ravel().tolist()
    return True, below


_LIBRARIES: dict[str, Callable[[Any], Seen | None]] = {
    "numpy": _numpy,
    "pandas": frames.below,
    "polars": lambda _item: (True, []),
    "pyarrow": lambda _item: (False, []),
}

_BY_CLASS: dict[int, Callable[[Any], Seen]] = {
    **dict.fromkeys(map(id, (list, tuple, set, frozenset, deque)), _items),
    **dict.fromkeys(map(id, (dict, OrderedDict, defaultdict)), _pairs),
    id(SimpleNamespace): lambda item: (True, copied(item.__dict__.values())),
    id(MappingProxyType): lambda item: (False, gc.get_referents(item)),
    id(FunctionType): _function,
    id(CellType): _cell,
    id(MethodType): lambda item: (False, [item.__func__, item.__self__]),
    id(functools.partial): lambda item: (True, [item.func, item.args, item.keywords]),
    id(property): lambda item: (True, [item.fget, item.fset, item.fdel]),
    id(slice): lambda item: (False, [item.start, item.stop, item.step]),
    id(type(gc)): lambda _item: (False, []),
    id(type(len)): lambda item: (False, [item.__self__]),
}
