"""Places in a cell's code where it waits for the test: no pause that a slow machine outlasts."""

from __future__ import annotations

import os
from pathlib import Path

IS_PROOF = bool(os.environ.get("LIVENS_PROVE"))
"""Whether there is time for all rounds, on a machine that does nothing else: ``make prove-…``."""


def wait_for(path: Path) -> str:
    """Return a statement that waits until a file is there, and leaves no name behind."""
    return (
        f"while not __import__('os').path.exists({str(path)!r}): __import__('time').sleep(0.01)\n"
    )


def rounds_until(path: Path) -> str:
    """Return an expression whose items are 0, 1, 2 and so on until a file is there.

    Only library code runs for it, so that no function of the user's is seen there.
    """
    is_there = f"__import__('functools').partial(__import__('os').path.exists, {str(path)!r})"
    # Each item is a sum of the number and False, which counts as 0.
    return f"map(sum, zip(__import__('itertools').count(), iter({is_there}, True)))"
