"""A Jupyter kernel for Python that lets people see their variables change while code runs.

This is what user code and other programs call. The kernel itself is `livens.kernel.kernel`, clients
are in `livens.client`, and ``docs/architecture.md`` draws how the modules hang together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livens.client.blocking import watch
    from livens.kernel.state_sharing import share, shared, take_shared, unshare
    from livens.kernel.user_api import add_rule, history, on_change, remove_rule
    from livens.recording.reading import read_record
    from livens.values.summaries import Limits, Summary, register_adapter

__version__ = "0.1.0"

__all__ = [
    "Limits",
    "Summary",
    "__version__",
    "add_rule",
    "history",
    "on_change",
    "read_record",
    "register_adapter",
    "remove_rule",
    "share",
    "shared",
    "take_shared",
    "unshare",
    "watch",
]

_HOMES = {
    "Limits": "livens.values.summaries",
    "Summary": "livens.values.summaries",
    "add_rule": "livens.kernel.user_api",
    "history": "livens.kernel.user_api",
    "on_change": "livens.kernel.user_api",
    "read_record": "livens.recording.reading",
    "register_adapter": "livens.values.summaries",
    "remove_rule": "livens.kernel.user_api",
    "share": "livens.kernel.state_sharing",
    "shared": "livens.kernel.state_sharing",
    "take_shared": "livens.kernel.state_sharing",
    "unshare": "livens.kernel.state_sharing",
    "watch": "livens.client.blocking",
}


_HOOKS = {
    "load_ipython_extension": "livens.kernel.lite",
    "unload_ipython_extension": "livens.kernel.lite",
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
