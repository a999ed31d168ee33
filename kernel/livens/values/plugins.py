"""Adapters that other distributions bring, by the entry point group ``livens.adapters``.

The name of an entry point is either the qualified name of a class, and it refers to an adapter;
or it is the name of a top-level package, and it refers to a table (or a module with such a table
under ``ADAPTERS``, and perhaps one under ``BASES``) from qualified names to adapters.
``docs/adapters.md`` has an example that works.

Nothing of it is imported when the kernel starts. The entry points are read, which imports no
module of theirs, when the first value of a class that is not built in is described; one is loaded
when the first value of its package is.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from livens.values import passive, registry

if TYPE_CHECKING:
    from importlib import metadata

GROUP = "livens.adapters"

_log = logging.getLogger(__name__)


def offer() -> None:
    """Have the entry points read when they may be needed first."""
    registry.register_source("", read)


def read() -> None:
    """Read which entry points there are; load none."""
    from importlib import metadata  # which loads a dozen modules

    for entry_point in metadata.entry_points(group=GROUP):
        package = entry_point.name.partition(".")[0]
        registry.register_source(package, partial(_load, entry_point))


def _load(entry_point: metadata.EntryPoint) -> None:
    found: Any = entry_point.load()
    if "." in entry_point.name:
        _register(entry_point, entry_point.name, found, subclasses=False)
        return
    table, bases = _tables(found)
    if type(table) is not dict or type(bases) is not dict:
        _log.error(
            "The entry point %r of the group %r refers to %s: expected a dict from qualified "
            "names to adapters, or a module that has one named ADAPTERS",
            entry_point.name,
            GROUP,
            passive.class_name(type(found)),
        )
        return
    for qualified_name, adapter in table.items():
        _register(entry_point, qualified_name, adapter, subclasses=False)
    for qualified_name, adapter in bases.items():
        _register(entry_point, qualified_name, adapter, subclasses=True)


def _tables(found: Any) -> tuple[Any, Any]:
    if type(found) is dict:
        return found, {}
    return getattr(found, "ADAPTERS", None), getattr(found, "BASES", {})


def _register(
    entry_point: metadata.EntryPoint, name: Any, adapter: Any, *, subclasses: bool
) -> None:
    if callable(adapter) and type(name) is str:
        registry.register(name, adapter, subclasses=subclasses)
    else:
        _log.error(
            "The entry point %r of the group %r has no adapter for %r: expected a callable",
            entry_point.name,
            GROUP,
            name,
        )
