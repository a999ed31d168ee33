"""How a kernel is started whose run is watched."""

from __future__ import annotations

NO_HISTORY_FILE = "--HistoryManager.hist_file=:memory:"
"""Kernels that run at once must not share IPython's history file."""

_PREPARE = "--LivensKernel.prepare=True"
"""Has a kernel load what watching needs while nbclient waits, for 0.2 s, for it to be quiet."""

_LOOK_LESS = "--LivensKernel.poll_ms=100"
"""Has a kernel look ten times a second at what no statement tells: nobody sits in front of it, and
each look takes the running code a millisecond, and more of it where it hands over the GIL often."""


def watched_kernel_arguments(*, looks_often: bool = False) -> list[str]:
    """Return the arguments for a livens kernel that a run is watched on.

    Parameters
    ----------
    looks_often : bool
        Whether it looks as often as it is set to: a rule is to stop the run soon, or the user
        has set it.

    Examples
    --------
    >>> watched_kernel_arguments(looks_often=True)
    ['--LivensKernel.prepare=True']
    """
    return [_PREPARE] if looks_often else [_PREPARE, _LOOK_LESS]
