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
