"""A Jupyter kernel for Python that lets people see their variables change while code runs.

This is what user code and other programs call. The kernel itself is `livens.kernel`, clients
are in `livens.client`, and ``docs/architecture.md`` draws how the modules hang together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livens.callbacks import on_change
    from livens.client import watch
    from livens.kernelrules import add_rule, remove_rule
    from livens.reading import read_record
    from livens.recall import history
    from livens.summaries import register_adapter

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "add_rule",
    "history",
    "on_change",
    "read_record",
    "register_adapter",
    "remove_rule",
    "watch",
]

_HOMES = {
    "add_rule": "livens.kernelrules",
    "history": "livens.recall",
    "on_change": "livens.callbacks",
    "read_record": "livens.reading",
    "register_adapter": "livens.summaries",
    "remove_rule": "livens.kernelrules",
    "watch": "livens.client",
}


_HOOKS = {
    "load_ipython_extension": "livens.extension",
    "unload_ipython_extension": "livens.extension",
}
"""What IPython looks for when it is told ``%load_ext livens``."""


def __getattr__(name: str) -> Any:
    # Loaded on first use: the kernel never needs the client's side, nor the client the kernel's.
    if home := _HOMES.get(name) or _HOOKS.get(name):
        from importlib import import_module

        return getattr(import_module(home), name)
    raise AttributeError(f"module 'livens' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
