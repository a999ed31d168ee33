"""Many processes at once: the kernels of a machine, engines of ipyparallel, workers of dask, ranks.

`watch` and `watch_kernels` are for whoever looks, `join` is for the process that is looked at.
Whoever looks holds one thread: a `Fleet` waits for all processes with one poller. What is looked at
is in `livens.kernel`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livens.cluster.dask import watch_dask
    from livens.cluster.engines import watch
    from livens.cluster.kernels import watch_kernels
    from livens.kernel.joined_process import join

__all__ = ["join", "watch", "watch_dask", "watch_kernels"]

_HOMES = {
    "join": "livens.kernel.joined_process",
    "watch": "livens.cluster.engines",
    "watch_dask": "livens.cluster.dask",
    "watch_kernels": "livens.cluster.kernels",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use, as in `livens`: who joins needs nothing of who looks.
    if home := _HOMES.get(name):
        from importlib import import_module

        return getattr(import_module(home), name)
    raise AttributeError(f"module 'livens.cluster' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
