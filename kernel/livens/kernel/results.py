"""The values of expressions that code shows, caught run by run.

Python gives such a value to `sys.displayhook`, of which the process has one. Runs of several
interpreters may await at the same time: each is told its own values, by a context variable.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

Show = Callable[[object], None]
"""Gets each value that is not None."""

_show: ContextVar[Show | None] = ContextVar("livens_show", default=None)
_running: list[Show] = []
_before: list[Callable[[Any], Any]] = []


@contextmanager
def shown_to(show: Show) -> Iterator[None]:
    """Have the values of expressions given to a function, while this runs; the last one is ``_``.

    Examples
    --------
    >>> shown = []
    >>> with shown_to(shown.append):
    ...     exec(compile("1 + 1", "<cell>", "single"))
    >>> shown
    [2]
    """
    if not _running:
        _before[:] = [sys.displayhook]
    _running.append(show)
    sys.displayhook = _displayhook
    token = _show.set(show)
    try:
        yield
    finally:
        with suppress(ValueError):  # closed from outside, in another context than it began
            _show.reset(token)
        _running.remove(show)
        if not _running and sys.displayhook is _displayhook:  # else it is the user's own
            sys.displayhook = _before[0]


def _displayhook(value: object) -> None:
    show = _show.get()
    if show is None:
        _before[0](value)
    elif value is not None:
        show(value)
        builtins._ = value  # type: ignore[attr-defined]
