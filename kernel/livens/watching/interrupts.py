"""Stopping the running cell from anywhere: an interrupt that has a reason, and one target.

A rule that becomes true by a store at the top level raises its `KeyboardInterrupt` right there
(`livens.watching.watcher`). All other changes are noticed by another thread, or in the middle of
somebody's C code, so the cell is interrupted as the button of a front end does it: by SIGINT, sent
to the main thread, which ends ``time.sleep``, C calls that look for signals, and awaits.

What makes it safe: a signal is only sent while a statement of the very cell runs (`statement`
opens and closes the window, under the lock that the sender holds), and one that was sent late is
taken in before the window is closed for good. So none is left over for what comes after. The
reason travels beside the signal: whoever shows the exception asks for it with `reason`.

On a subshell no signal arrives; there the cell is stopped before its next statement.

Where there are no threads, a look is taken on the cell's own thread, in the middle of its code or
while it awaits. A cell that is to be stopped by what a look finds is stopped when the look has
ended: by `check` in its code, by `cancel_stop` while it awaits.
"""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from livens.watching.running import Running

_ENTRY_S = 0.005
"""So long a call has to begin to wait. We often get to look because the main thread has just let
go of the GIL for one; a signal that comes before ``time.sleep`` sleeps would not wake it."""


class Interrupts:
    """Who is to be stopped, and why.

    Parameters
    ----------
    sleep : callable
        Lets the main thread go on for some seconds.

    Attributes
    ----------
    sends_signals : bool
        Whether SIGINT is sent to the main thread. Not every process that embeds Python survives
        one (xeus-python's does not): if False, Python alone is told, which does not end a system
        call that waits.
    has_checks : bool
        Whether a cell is stopped by `check` and `cancel_stop` instead: where there is one thread, a
        signal would end the very look that found the reason.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self.sends_signals = True
        self.has_checks = False
        self._lock = threading.Lock()
        self._open: Running | None = None
        self._has_sent = False
        self._waiting: WeakKeyDictionary[Running, str] = WeakKeyDictionary()
        self._reasons: WeakKeyDictionary[Running, str] = WeakKeyDictionary()

    @property
    def running(self) -> Running | None:
        """The cell of which a statement runs that signals can reach."""
        return self._open

    def stop(self, running: Running, reason: str) -> None:
        """Interrupt a cell, now if one of its statements runs, else at its next; any thread."""
        if self.has_checks:
            self._waiting[running] = reason
            return
        if threading.current_thread() is not threading.main_thread():
            self._sleep(_ENTRY_S)
        with self._lock:
            if self._open is running:
                self._reasons[running] = reason
                self._has_sent = True
                if self.sends_signals:
                    _interrupt_main_thread()
                else:
                    _thread.interrupt_main()
            else:
                self._waiting[running] = reason

    def explain(self, reason: str) -> None:
        """Note why the cell is interrupted, which somebody else is about to do."""
        with self._lock:
            if self._open is not None:
                self._reasons[self._open] = reason

    def check(self) -> None:
        """Raise in the code of a cell that was to be stopped; called in the middle of that code.

        Raises
        ------
        KeyboardInterrupt
            With the reason.
        """
        if self._waiting and self._open is not None:
            reason = self._waiting.pop(self._open, "")
            if reason:
                raise KeyboardInterrupt(reason)

    def cancel_stop(self) -> None:
        """Cancel a cell that awaits and was to be stopped; called by the event loop."""
        running = self._open
        if running is not None and running in self._waiting and self.cancel():
            self._reasons[running] = self._waiting.pop(running)

    def cancel(self) -> bool:
        """Cancel the cell that awaits; returns whether there is one that can be."""
        if self._open is None or self._open.cancel is None:
            return False
        self._open.cancel()
        return True

    def reason(self, running: Running | None) -> str:
        """Return, once, why a cell was interrupted; empty if it was not by `stop`."""
        return self._reasons.pop(running, "") if running is not None else ""

    def forget(self, running: Running) -> None:
        """Drop what waits for a cell that has ended, so that no other is stopped in its place."""
        self._waiting.pop(running, None)
        self._reasons.pop(running, None)

    def statement(self, running: Running | None) -> AbstractContextManager[None]:
        """Return a context to enter while a statement runs: inside, it can be interrupted."""
        if running is None:
            return nullcontext()
        if running.is_on_main_thread:
            return _Window(self, running)
        return _Turn(self._waiting.pop(running, ""))

    def open(self, running: Running) -> None:
        """Open the window for signals; raises if the cell was to be stopped before."""
        self._open = running
        reason = self._waiting.pop(running, "") if self._waiting else ""
        if reason:
            raise KeyboardInterrupt(reason)

    def close(self, outer: Running | None, running: Running) -> None:
        """Close the window; what was sent before is taken in here."""
        caught: KeyboardInterrupt | None = None
        while True:
            try:
                with self._lock:
                    self._open = outer
                    has_sent, self._has_sent = self._has_sent, False
                break
            except KeyboardInterrupt as err:
                caught = err
        if has_sent:
            try:
                for _ in range(1000):
                    pass  # Python looks for signals where a loop jumps back
            except KeyboardInterrupt as err:
                caught = err
        if caught is not None:
            caught.args = caught.args or (self._reasons.pop(running, ""),)
            raise caught


class _Window:
    """The time in which a statement runs: by hand, for it is opened for every statement."""

    __slots__ = ("_interrupts", "_outer", "_running")

    def __init__(self, interrupts: Interrupts, running: Running) -> None:
        self._interrupts, self._running = interrupts, running
        self._outer = interrupts._open

    def __enter__(self) -> None:
        try:
            self._interrupts.open(self._running)
        except KeyboardInterrupt:
            self._interrupts.close(self._outer, self._running)
            raise

    def __exit__(self, *exc_info: object) -> None:
        self._interrupts.close(self._outer, self._running)


class _Turn:
    """The same on a subshell, where no signal arrives: only what was asked for before."""

    __slots__ = ("_reason",)

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def __enter__(self) -> None:
        if self._reason:
            raise KeyboardInterrupt(self._reason)

    def __exit__(self, *exc_info: object) -> None:
        pass


def _interrupt_main_thread() -> None:
    """Send SIGINT so that it also ends a system call that the main thread waits in."""
    if os.name == "nt" or not hasattr(signal, "pthread_kill"):
        signal.raise_signal(signal.SIGINT)  # sets the event that `time.sleep` waits for
    else:
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
