"""State that outlives a kernel, and that programs share.

What user code calls is here, and loaded on first use. No Jupyter is needed for `open`, by which
programs share values; the other functions need a kernel. ``docs/state.md`` says what is kept, what
is shared, and how.
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    "back": "livens.kernel.state_api",
    "diff": "livens.kernel.state_api",
    "forget": "livens.kernel.state_api",
    "list": "livens.kernel.state_api",
    "open": "livens.state.stores.opening",
    "restore": "livens.kernel.state_api",
    "save": "livens.kernel.state_api",
}

__all__ = ["back", "diff", "forget", "list", "open", "restore", "save"]


def __getattr__(name: str) -> Any:
    if home := _HOMES.get(name):
        from importlib import import_module

        return getattr(import_module(home), name)
    raise AttributeError(f"module 'livens.state' has no attribute {name!r}")


def __dir__() -> Any:
    return sorted(__all__)
