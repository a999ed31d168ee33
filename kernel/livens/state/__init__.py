"""State that outlives a kernel, and that programs share.

What user code calls is here. No Jupyter is needed in here but for that, and nothing is loaded
before it is used. ``docs/state.md`` says what is kept, what is shared, and how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livens.state.stores.opening import open

__all__ = ["back", "diff", "forget", "list", "open", "restore", "save"]

_HOMES = {
    "back": "livens.kernel.state_api",
    "diff": "livens.kernel.state_api",
    "forget": "livens.kernel.state_api",
    "list": "livens.kernel.state_api",
    "open": "livens.state.stores.opening",
    "restore": "livens.kernel.state_api",
    "save": "livens.kernel.state_api",
}


def __getattr__(name: str) -> Any:
    if home := _HOMES.get(name):
        from importlib import import_module

        return getattr(import_module(home), name)
    raise AttributeError(f"module 'livens.state' has no attribute {name!r}")


def __dir__() -> Any:
    return sorted(__all__)
