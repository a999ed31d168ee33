"""The signals that end runs: SIGINT (Ctrl-C), SIGTERM and SIGHUP, for the whole of a command.

One `EndSignals` is entered at the command's first step and left at its last, so that a signal also
counts before the first kernel starts, while one starts, and while results are written. Its handlers
only note what came and call who listens, in the event loop. What a run does then is in
`livens.recording.interruption`. Commands that run nothing leave by `exit_on_termination`.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple

from livens.recording.outcome import ExitCode

if TYPE_CHECKING:
    import asyncio

GRACE_S = 5.0
"""How long after SIGTERM or SIGHUP everything is written; by default."""

WRITING_SHARE = 0.2
"""The part of that time, up to a second, that is kept for writing when cells do not end."""

REPEAT_S = 0.1
"""Signals that come so soon after the first are one with it. A shell, ``timeout``, ``uv run`` and
``npm`` pass on what the process group has got already, and systemd sends SIGHUP after SIGTERM."""


class End(NamedTuple):
    """What a signal makes of a run.

    Attributes
    ----------
    code : ExitCode
        The exit code.
    reason : str
        What a person is told.
    """

    code: ExitCode
    reason: str


INTERRUPTED = End(ExitCode.INTERRUPTED, "Interrupted")

GRAVEST_FIRST = {
    "SIGTERM": End(ExitCode.TERMINATED, "Terminated (SIGTERM)"),
    "SIGHUP": End(ExitCode.HANGUP, "Terminated (SIGHUP)"),
    "SIGINT": INTERRUPTED,
}
"""By name, because Windows has no SIGHUP."""


class EndSignals:
    """Listens to the signals while it is entered; in the main thread, elsewhere it does nothing.

    A program that is started by ``nohup`` ignores SIGHUP, and goes on doing so.

    Parameters
    ----------
    grace_s : float
        How long after SIGTERM or SIGHUP everything is to be written.
    is_last : bool
        Whether the process ends afterwards: a Ctrl-C that comes as it does is not shown as an
        error of Python's.
    clock : callable
        Returns the time in seconds.

    Attributes
    ----------
    end : End, optional
        What the gravest signal that came makes of a run; None as long as none came.
    is_urgent : bool
        Whether a signal came again: nothing is to be waited for.
    kill_at : float, optional
        When kernels are to be killed, by the clock; None while there is no such time.
    """

    def __init__(
        self,
        grace_s: float = GRACE_S,
        *,
        is_last: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._grace_s = grace_s
        self._is_last = is_last
        self.end: End | None = None
        self.is_urgent = False
        self.kill_at: float | None = None
        self._clock = clock
        self._first_at = 0.0
        self._before: dict[int, signal.Handlers | int | Callable[..., object] | None] = {}
        self._listeners: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = []

    def __enter__(self) -> EndSignals:
        with suppress(ValueError):  # not in the main thread
            for name in GRAVEST_FIRST:
                number = getattr(signal, name, None)
                if number is None or _is_ignored_hangup(name, number):
                    continue
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            if self._is_last and number == signal.SIGINT:
                signal.signal(number, signal.SIG_IGN)
                continue
            # None stands for a handler that Python did not set, which it cannot set again.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._before.clear()

    @contextmanager
    def listen(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call *callback* in the running event loop for each signal that comes meanwhile."""
        import asyncio  # late: the handlers are to be there before it is loaded

        listener = (asyncio.get_running_loop(), callback)
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def seconds_left(self) -> float | None:
        """Return how long it is until kernels are to be killed; None if there is no such time."""
        return None if self.kill_at is None else max(0.0, self.kill_at - self._clock())

    def _handle(self, number: int, frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        now = self._clock()
        if self.end is None:
            self._first_at = now
        if name != "SIGINT" and self.kill_at is None:
            margin = min(1.0, self._grace_s * WRITING_SHARE)
            self.kill_at = now + self._grace_s - margin
        elif now - self._first_at >= REPEAT_S:
            self.is_urgent = True
        ends = list(GRAVEST_FIRST.values())
        new = GRAVEST_FIRST[name]
        if self.end is None or ends.index(new) < ends.index(self.end):
            self.end = new
        for loop, callback in self._listeners:
            with suppress(RuntimeError):  # a loop that is closed
                loop.call_soon_threadsafe(callback)


@contextmanager
def exit_on_termination() -> Iterator[None]:
    """Raise SystemExit on SIGTERM and SIGHUP, so that what is open is closed.

    The exit code is that of the signal. SIGINT raises KeyboardInterrupt by itself.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(GRAVEST_FIRST[signal.Signals(number).name].code)

    before = {}
    with suppress(ValueError):  # not in the main thread
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and not _is_ignored_hangup(name, number):
                before[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _is_ignored_hangup(name: str, number: int) -> bool:
    return name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN
