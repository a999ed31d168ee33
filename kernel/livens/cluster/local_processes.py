"""Whether a process of this machine is there."""

from __future__ import annotations

import psutil


def is_alive(pid: int) -> bool:
    """Return whether a process runs: one that has died and was not waited for does not.

    Examples
    --------
    >>> import os
    >>> is_alive(os.getpid())
    True
    """
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
