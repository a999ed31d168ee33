"""The standard library's containers and wrappers: by what they hold.

A dict's views and a ``mappingproxy`` hand questions on to the mapping behind them, which may be
anything; what is behind them is found by the garbage collector's own way of looking, and read if
it is a dict. The rest are fields of exact classes.
"""

from __future__ import annotations

import functools
import gc
import types
from collections import OrderedDict
from typing import Any

from livens.values.builtin_contents import bound_to
from livens.values.content import Content, Reader, state
from livens.values.content_registry import content_of
from livens.values.passive import class_name, instance_dict, is_real_instance


def _view(value: Any) -> Content:
    return _behind(value)


def _behind(value: Any) -> Content:
    found = [held for held in gc.get_referents(value) if is_real_instance(held, dict)]
    if not found:
        return state(gap=f"what is behind a {class_name(type(value))} is not read")
    content = content_of(found[0])
    return state() if content is None else content


_func = functools.partial.__dict__["func"].__get__
_args = functools.partial.__dict__["args"].__get__
_keywords = functools.partial.__dict__["keywords"].__get__


def _partial(value: Any) -> Content:
    return state(parts=(_func(value), _args(value), _keywords(value)))


def _cell(value: Any) -> Content:
    try:
        return state(("state", "full"), parts=(value.cell_contents,))
    except ValueError:
        return state(("state", "empty"))


def _cached(value: Any) -> Content:
    """Read the function that calls go to; what was kept of them is no part of the value."""
    wrapped = (instance_dict(value) or {}).get("__wrapped__")
    content = content_of(wrapped)
    return state(parts=(wrapped,) if content is None else (wrapped, content))


def _method(value: Any) -> Content | None:
    return bound_to(value.__self__)


def _attributes(value: Any) -> Content | None:
    content = content_of(instance_dict(value) or {})
    return None if content is None else content._replace(form="attributes")


_dict: dict[int, int] = {}
_ordered: OrderedDict[int, int] = OrderedDict()

STATES: dict[type, Reader] = {
    **dict.fromkeys(
        (type(_dict.keys()), type(_dict.values()), type(_dict.items()), type(_ordered.keys()),
         type(_ordered.values()), type(_ordered.items())),
        _view,
    ),
    types.MappingProxyType: _behind,
    types.CellType: _cell,
    types.MethodType: _method,
    types.SimpleNamespace: _attributes,
}  # fmt: skip

READERS: dict[str, Reader] = {
    "functools._lru_cache_wrapper": _cached,
    "functools.partial": _partial,
}

BASES: dict[str, Reader] = {
    "collections.ChainMap": _attributes,
    "collections.UserDict": _attributes,
    "collections.UserList": _attributes,
    "collections.UserString": _attributes,
    "functools.partial": _partial,
}
