"""State that outlives a kernel, and that programs share.

No Jupyter is needed in here, and nothing is loaded before it is used. ``docs/state.md`` says what
is kept, what is shared, and how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livens.state.stores.opening import open

__all__ = ["open"]

_HOMES = {"open": "livens.state.stores.opening"}


def __getattr__(name: str) -> Any:
    if home := _HOMES.get(name):
        from importlib import import_module

        return getattr(import_module(home), name)
    raise AttributeError(f"module 'livens.state' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
