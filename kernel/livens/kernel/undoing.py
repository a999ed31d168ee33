"""What can be taken back: changes that a client asked for, and the objects that were there.

livens holds no value of the user's. Here is the one exception: who asks with ``keep_s`` has what
was there kept for so many seconds, so that `undo` gives back the same object. After that, and when
the client goes, it is let go of on the main thread, between cells: what its going runs is the
user's code.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import NamedTuple

from livens.exceptions import RequestError, VariableNotFound

MAX_KEPT = 20
"""So many changes of one client can be taken back; of more the oldest is let go of."""

Undo = Callable[[str], list[str]]
"""Takes a change back, in the name of a client; returns the names of the variables."""


class _Kept(NamedTuple):
    undo: Undo
    timer: threading.Timer


class Undos:
    """Keep what takes the changes of one client back.

    Parameters
    ----------
    queue : callable
        Has the main thread call a function when no cell runs; may raise `RequestError`.

    Examples
    --------
    >>> undos = Undos(lambda function: function())
    >>> number = undos.keep(60, lambda client: ["x"])
    >>> undos.take(number)("JupyterLab")
    ['x']
    >>> undos.take(number)
    Traceback (most recent call last):
    livens.exceptions.VariableNotFound: The change cannot be taken back any more
    """

    def __init__(self, queue: Callable[[Callable[[], None]], None]) -> None:
        self._queue = queue
        self._kept: dict[str, _Kept] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()

    def keep(self, seconds: float, undo: Undo) -> str:
        """Keep what takes a change back; returns its id. On the main thread."""
        number = f"undo-{next(self._numbers)}"
        timer = self._timer(seconds, number)
        with self._lock:
            self._kept[number] = _Kept(undo, timer)
            old = [self._pop(first) for first in list(self._kept)[:-MAX_KEPT]]
        timer.start()
        del old
        return number

    def take(self, number: str) -> Undo:
        """Return what takes a change back, once.

        Raises
        ------
        VariableNotFound
            If it was taken before, or the time is over.
        """
        with self._lock:
            undo = self._pop(number) if number in self._kept else None
        if undo is None:
            raise VariableNotFound(
                "The change cannot be taken back any more",
                expected="an id from an answer that is no older than keep_s",
                remedy="Set the variable again.",
            )
        return undo

    def forget(self, number: str) -> None:
        """Let go of what is kept for a change, if it is still kept. On the main thread."""
        with self._lock:
            old = self._pop(number) if number in self._kept else None
        del old

    def forget_all(self) -> None:
        """Let go of everything. On the main thread."""
        with self._lock:
            old = [self._pop(number) for number in list(self._kept)]
        del old

    def close(self) -> None:
        """Let go of everything when no cell runs; from any thread."""
        if self._kept:
            try:
                self._queue(self.forget_all)
            except RequestError:  # the timers go on
                return

    def _pop(self, number: str) -> Undo:
        undo, timer = self._kept.pop(number)
        timer.cancel()
        return undo

    def _timer(self, seconds: float, number: str) -> threading.Timer:
        timer = threading.Timer(seconds, self._time_is_over, [number])
        timer.name, timer.daemon = "livens-undo", True
        return timer

    def _time_is_over(self, number: str) -> None:
        try:
            self._queue(partial(self.forget, number))
        except RequestError:  # too much waits for the cell to end: ask again
            timer = self._timer(1.0, number)
            with self._lock:
                if number not in self._kept:
                    return
                self._kept[number] = self._kept[number]._replace(timer=timer)
            timer.start()
