"""The registry: which adapter describes the values of which class.

An adapter is found by the class alone, without touching a value, in this order:

1. by the class itself, for the classes that are built into Python;
2. by the qualified name of the exact class;
3. by the qualified name of a class that it really inherits from, for adapters that promised to
   read a value passively (``subclasses=True``): a subclass may do anything.

Adapters come from *sources*. A source belongs to a top-level package and is loaded when the
first value of a class from that package (or of one that inherits from such a class) is described:
who has no polars loads no adapters for polars. The source of the package ``""`` is loaded at the
first class that is not built in; the entry points of other distributions are read there
(`livens.values.plugins`). A source that fails is logged once and not asked again.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any

from livens.values import passive

_log = logging.getLogger(__name__)

Source = Callable[[], None]
"""Registers adapters, by importing the module that has them."""

_lock = threading.RLock()  # held while a source is loaded, so that none is seen half loaded
_sources: dict[str, list[Source]] = {}
_by_class: dict[int, tuple[type, Any]] = {}
_by_name: dict[str, Any] = {}
_by_base: dict[str, Any] = {}
_seen: dict[int, tuple[weakref.ref[type], Any]] = {}
"""What was found for a class, which is not kept alive by it, until something is registered."""

_MAX_SEEN = 10_000
_changes = 0
_loads = 0


def register(qualified_name: str, adapter: Any, *, subclasses: bool = False) -> None:
    """Register an adapter by the qualified name of a class, which need not be there yet."""
    (_by_base if subclasses else _by_name)[qualified_name] = adapter
    _forget()


def _forget() -> None:
    global _changes  # noqa: PLW0603 - as `_loads`
    _changes += 1
    _seen.clear()


def register_class(cls: type, adapter: Any) -> None:
    """Register an adapter for exactly *cls*, whatever another class may call itself."""
    _by_class[id(cls)] = (cls, adapter)  # kept, so that the id stays this class's


def register_source(package: str, load: Source) -> None:
    """Have *load* called before the first value of a class from *package* is described."""
    with _lock:
        _sources.setdefault(package, []).append(load)
    _forget()


def load_common() -> None:
    """Load the source of the package ``""`` now, and not with the first value that needs it."""
    _load("")


def loads() -> int:
    """Count the sources that were loaded: who measures time leaves out what loading took."""
    return _loads


def adapter_of(cls: type) -> Any | None:
    """Find the adapter for values of exactly this class; None if there is none.

    Examples
    --------
    >>> class Celsius: ...
    >>> register(passive.qualified_name(Celsius), "an adapter")
    >>> adapter_of(Celsius)
    'an adapter'
    """
    known = _by_class.get(id(cls))
    if known is not None:
        return known[1]
    seen = _seen.get(id(cls))
    if seen is not None and seen[0]() is cls:
        return seen[1]
    changes = _changes
    found = _look_up(cls)
    if changes == _changes:
        if len(_seen) >= _MAX_SEEN:
            _seen.clear()
        _seen[id(cls)] = (weakref.ref(cls), found)
    return found


def _look_up(cls: type) -> Any | None:
    name = passive.qualified_name(cls)
    found = _by_name.get(name)
    if found is not None:
        return found
    mro = passive.class_mro(cls)
    if _sources:
        for base in mro:
            _load_from(passive.class_module(base).partition(".")[0])
        found = _by_name.get(name)
        if found is not None:
            return found
    for base in mro:
        found = _by_base.get(passive.qualified_name(base))
        if found is not None:
            return found
    return None


def _load_from(package: str) -> None:
    if package and "" in _sources:
        _load("")
    if package in _sources:
        _load(package)


def _load(package: str) -> None:
    global _loads  # noqa: PLW0603 - one registry for the process, as there is one `sys.modules`
    with _lock:
        for load in _sources.get(package, []):
            try:
                load()
            except Exception:  # noqa: BLE001 - a border: others' packages fail in any way
                _log.exception("The adapters for values of %r could not be loaded", package)
        _sources.pop(package, None)
        _loads += 1
