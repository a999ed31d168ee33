"""Contents: one module per library, telling how values of its classes are read for comparing.

None of them imports its library: a value brings its own methods, and the class is known by its
qualified name. What a reader calls must not compute, copy more than the part that is asked for,
fill a cache that others see, or change anything; each module's docstring says why its calls are
of that sort. What cannot be read (a memory map, a device) is named in `Content.gap`.

A module has up to four tables: ``READERS`` by the qualified name of the exact class, ``BASES`` by
that of a base class, with readers that nothing in a subclass can lead astray; ``STATES`` and
``STATE_BASES`` are the same for what runs, waits or stands for something outside. To add one: write
it here and name it in `register_all`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from livens.values.content import Reader
from livens.values.content_registry import register_reader, register_state
from livens.values.readers import (
    ctypes,
    dask,
    iterators,
    numpy,
    pandas,
    polars,
    pyarrow,
    runtime,
    scipy,
    stdlib,
    torch,
    xarray,
)

_MODULES = (
    ctypes, dask, iterators, numpy, pandas, polars, pyarrow, runtime, scipy, stdlib,
    torch, xarray,
)  # fmt: skip


def register_all() -> None:
    """Register the readers that come with livens; doing it twice does no harm."""
    for module in _MODULES:
        for name, reader in _table(module, "READERS").items():
            register_reader(name, reader)
        for name, reader in _table(module, "BASES").items():
            register_reader(name, reader, subclasses=True)
        for cls, reader in _table(module, "STATES").items():
            register_state(cls, reader)
        for name, reader in _table(module, "STATE_BASES").items():
            register_state(name, reader, subclasses=True)


def _table(module: ModuleType, name: str) -> dict[Any, Reader]:
    found: dict[Any, Reader] = getattr(module, name, {})
    return found
