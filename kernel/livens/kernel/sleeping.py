"""`time.sleep` that a signal ends, for Pyodide.

Emscripten's own computes until the time is over, and meets no signal: an interrupt would wait for
it, and so would a look at the variables.
"""

from __future__ import annotations

import time
from collections.abc import Callable

SLICE_S = 0.05
"""So often code that sleeps meets signals."""

_JUMPS = 100
"""CPython in Pyodide asks for signals at each fiftieth jump."""


class Sleep:
    """Stands in the place of `time.sleep`.

    Parameters
    ----------
    rest : callable, optional
        Lets a number of seconds pass without computing; by default Emscripten's sleep.

    Examples
    --------
    >>> rests = []
    >>> sleep = Sleep(lambda seconds: rests.append(seconds) or time.sleep(seconds))
    >>> sleep(0.12)
    >>> len(rests) > 2 and max(rests) <= SLICE_S
    True
    """

    def __init__(self, rest: Callable[[float], object] | None = None) -> None:
        self._own = time.sleep
        self._rest = rest or time.sleep

    def __call__(self, seconds: float, /) -> None:
        """Delay execution for a number of seconds, which signals may interrupt."""
        if not seconds > 0:
            self._own(seconds)  # which knows what to say of it
            return
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._rest(min(left, SLICE_S))
            meet_signals()


def meet_signals() -> None:
    """Have the handlers called of the signals that have come, which may raise."""
    for _ in range(_JUMPS):
        pass
