"""The settings of keeping, and how it ends.

It loads nothing, so that a kernel that keeps nothing starts as fast.
"""

from __future__ import annotations

from typing import Any, NamedTuple

ATTRIBUTE = "livens_keeping"
"""What a shell has its keeping under, as soon as somebody asked for it."""


class KeepingSettings(NamedTuple):
    """Where, how much, and under which name the state is kept.

    Attributes
    ----------
    path : str
        The archive; empty for that in Jupyter's folder for data.
    name : str
        What the session is found by again; empty for what Jupyter says.
    interval_s : float
        How often something is kept of a long cell.
    max_bytes : int
        How large the archive may become.
    max_age_days : float
        How old what it holds may become.
    has_pickles : bool
        Whether cloudpickle keeps what nothing else does.
    """

    path: str = ""
    name: str = ""
    interval_s: float = 10.0
    max_bytes: int = 2_000_000_000
    max_age_days: float = 30.0
    has_pickles: bool = False


def stop_keeping(shell: Any) -> None:
    """Write what is taken, and end the session, if anything is kept of a shell."""
    keeping = getattr(shell, ATTRIBUTE, None)
    if keeping is not None:
        keeping.stop()
