"""Why a kernel refuses what a client asks, in words."""

from __future__ import annotations

from livens.exceptions import KernelBusy

MISSING = {
    "value": (
        "A value's own text runs its code, which cannot be given a time limit here",
        "Look at it with 'inspect', or print it in a cell.",
    ),
    "cancel": ("Work on a request ends before the next request is read here", ""),
    "stop": ("It is not known here what code runs, so that no rule can stop it", "Use 'notify'."),
}
"""Why something is missing, and what to do instead."""


def busy(method: str) -> KernelBusy:
    """Return the error of a request that has to wait for a cell to end."""
    return KernelBusy(
        f"'{method}' needs the main thread, and a cell is running",
        expected="an idle kernel",
        remedy="Ask again when the cell has ended, or with when_busy 'queue'.",
    )
