"""Inside the kernel: IPython, comms, requests answered, what user code calls."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    # Launchers and settings name `livens.kernel.LivensKernel`; nothing else is handed on.
    if name == "LivensKernel":
        from livens.kernel.kernel import LivensKernel

        return LivensKernel
    raise AttributeError(f"module 'livens.kernel' has no attribute {name!r}")
