"""The settings of keeping, and how it ends.

It loads nothing, so that a kernel that keeps nothing starts as fast.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from livens.protocol.state_requests import StateList

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


def nothing_kept(shell: Any) -> StateList | None:
    """Return what is told where nothing was ever kept; None where there is something to ask.

    A panel asks each kernel, and most keep nothing: only the path of the archive is looked at.
    """
    if getattr(shell, ATTRIBUTE, None) is not None:
        return None
    find = getattr(getattr(shell, "kernel", None), "keeping_settings", KeepingSettings)
    path = archive_path(find())
    if path.is_file():
        return None
    from livens.protocol.state_requests import StateList

    return StateList(is_on=False, file=str(path))


def archive_path(settings: KeepingSettings) -> Path:
    """Return where the archive is."""
    if settings.path:
        return Path(settings.path).expanduser()
    from jupyter_core.paths import jupyter_data_dir

    from livens.state.keeping.session import default_path

    return default_path(jupyter_data_dir())


def stop_keeping(shell: Any) -> None:
    """Write what is taken, and end the session, if anything is kept of a shell."""
    keeping = getattr(shell, ATTRIBUTE, None)
    if keeping is not None:
        keeping.stop()
