"""Who drives a watcher: calls `Watcher.tick` when it is time.

In a kernel that is a thread. It lives from the first subscriber to the last, and sleeps until the
time that the watcher asked for or until a store wakes it. It is a daemon and joined when it ends.

Where there are no threads (Pyodide), it is the event loop, while that is free. Code that keeps the
loop busy has to lend a moment now and then: whoever runs it calls `LoopDriver.look` at the ends of
its statements and in its loops (`livens.kernel.loop_events`).
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from threading import get_ident
from typing import Protocol

from livens.watching.cells import Cells

logger = logging.getLogger(__name__)


class Driven(Protocol):
    """What a driver calls: `livens.watching.watcher.Watcher`."""

    def tick(self) -> float:
        """Look for changes and tell them; return when to call again."""

    def run_calls(self) -> None:
        """Work out rules about data, and call the functions of rules, without any lock."""

    def abandon(self) -> None:
        """Forget all subscribers without telling them."""

    @property
    def is_at_work_here(self) -> bool:
        """Whether this thread is in the middle of work of the watcher's."""

    @property
    def cells(self) -> Cells:
        """What runs."""


class Driver:
    """Drive nothing: for whoever calls `Watcher.tick` when it suits, and for others to override."""

    is_on_users_thread = False
    """Whether it looks on the thread that runs the user's code."""

    def drive(self, watcher: Driven) -> None:
        """Take the watcher that is to be driven between `start` and `stop`."""

    def start(self) -> None:
        """Begin: there is a subscriber."""

    def stop(self) -> None:
        """End: there is no subscriber any more."""

    def wake(self) -> None:
        """Have the next tick come at once; called from any thread."""

    def told_first(self) -> None:
        """Called by the thread that stores when it has told the first change after quiet."""


class ThreadDriver(Driver):
    """Call `Watcher.tick` in a thread.

    Parameters
    ----------
    told_first : callable, optional
        Called by the thread that stores when it has told the first change after quiet.

    Notes
    -----
    Nothing runs until the watcher has a subscriber. After a fork the child, which has no such
    thread, forgets all subscribers: they hear from the parent.
    """

    def __init__(self, told_first: Callable[[], None] = lambda: None) -> None:
        self._told_first = told_first
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    def drive(self, watcher: Driven) -> None:
        """Take the watcher that is to be driven."""
        self._watcher = watcher
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    def start(self) -> None:
        """Start the thread, if it is not there."""
        with self._lock:
            if self._thread is None:
                self._is_stopping = False
                thread = threading.Thread(target=self._run, name="livens", daemon=True)
                # The debugger stops all threads at a breakpoint, except those that say so as
                # ipykernel's own do: watching goes on, and nobody waits for our lock.
                thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
                thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
                self._thread = thread
                thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End the thread and wait for it; does nothing if it is not there."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._is_stopping = True
            self._wake.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)

    def wake(self) -> None:
        """Have the thread look at once."""
        self._wake.set()

    def told_first(self) -> None:
        """Call what was given for it: the first change after quiet is told."""
        self._told_first()

    def _run(self) -> None:
        mine = threading.current_thread()
        while self._thread is mine and not self._is_stopping:
            try:
                pause_s = self._watcher.tick() - time.monotonic()
                self._watcher.run_calls()
            except Exception:
                # A border: the thread lives on whatever one look ran into.
                logger.exception("livens could not look for changes")
                pause_s = 1.0
            self._wake.wait(max(0.0, pause_s))
            self._wake.clear()

    def _after_fork(self) -> None:
        self._thread = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._watcher.abandon()


class Timer(Protocol):
    """What waits in an event loop, such as an `asyncio.TimerHandle`."""

    def cancel(self) -> None:
        """Call nothing any more."""


CallLater = Callable[[float, Callable[[], None]], Timer]
"""Has an event loop call a function in some seconds, as `asyncio.loop.call_later` does."""

BUSY_S = 0.1
"""So long after a look the next is taken in the middle of code that keeps the loop busy."""

REST_TIMES = 20
"""Such a look is followed by so many times its own length without one: it costs 5 % at the most.
A look that takes longer than the one before it counts as that one: it may be a rare case."""


class LoopDriver(Driver):
    """Call `Watcher.tick` from an event loop, and from code that keeps it busy.

    Parameters
    ----------
    call_later : callable
        The event loop's; asked for a loop only from the first subscriber on.
    clock : callable
        Seconds, the same as the watcher's.

    Examples
    --------
    >>> waiting = []
    >>> driver = LoopDriver(lambda delay_s, function: waiting.append(function))
    >>> from livens.protocol.requests import Subscription
    >>> from livens.watching.watcher import Watcher
    >>> told = []
    >>> watcher = Watcher(driver=driver)
    >>> subscriber = watcher.subscribe(Subscription(), lambda message, cell: told.append(message))
    >>> len(waiting), len(told)
    (1, 1)
    """

    is_on_users_thread = True

    def __init__(self, call_later: CallLater, clock: Callable[[], float] = time.monotonic) -> None:
        self._call_later, self._clock = call_later, clock
        self._thread = 0
        self._timer: Timer | None = None
        self._is_started = self._is_looking = self._is_woken = False
        self._looks_at = float("inf")
        self._rests_until = 0.0
        self._took_s = 0.0

    def drive(self, watcher: Driven) -> None:
        """Take the watcher that is to be driven."""
        self._watcher = watcher

    def start(self) -> None:
        """Begin: the event loop looks as soon as it is free. This thread is the loop's."""
        self._is_started, self._thread = True, get_ident()
        self.wake()

    def stop(self) -> None:
        """End, at once."""
        self._is_started = False
        self._looks_at = float("inf")
        self._cancel()

    def wake(self) -> None:
        """Have the event loop look when it is free; busy code has its rest all the same."""
        if self._is_looking:
            self._is_woken = True
        elif self._is_started and get_ident() == self._thread:
            self._look_in(0.0)

    def look(self) -> None:
        """Look, if it is time; called again and again by code that keeps the event loop busy.

        Raises
        ------
        KeyboardInterrupt
            If a rule stops the cell by what was found, or the user interrupts in this moment: it
            is the code's.
        """
        now = self._clock()
        if now < self._rests_until or now < self._looks_at or self._is_looking:
            return
        # A signal comes at any moment, also in the middle of telling what a statement stored; and
        # code of the user's may run in other threads as well, where the loop's timers are not.
        if get_ident() == self._thread and not self._watcher.is_at_work_here:
            self._look()
            self._watcher.cells.interrupts.check()

    def _look_in(self, seconds: float) -> None:
        self._cancel()
        self._looks_at = self._clock() + seconds
        self._timer = self._call_later(seconds, self._on_time)

    def _on_time(self) -> None:
        """Look while the loop is free: no code runs but what awaits, and that is cancelled."""
        self._timer = None
        if not self._is_started or self._is_looking:
            return
        interrupts = self._watcher.cells.interrupts
        try:
            self._look()
        except KeyboardInterrupt:
            if not interrupts.cancel():
                raise
        interrupts.cancel_stop()

    def _look(self) -> None:
        self._is_looking, self._is_woken = True, False
        began = self._clock()
        pause_s = 1.0
        try:
            pause_s = self._watcher.tick() - self._clock()
            self._watcher.run_calls()
        except Exception:
            # A border: the user's code and the event loop live on whatever one look ran into.
            logger.exception("livens could not look for changes")
        finally:
            self._is_looking = False
            ended = self._clock()
            before_s, self._took_s = self._took_s, ended - began
            self._rests_until = ended + max(BUSY_S, REST_TIMES * min(before_s, self._took_s))
            if self._is_started:
                self._look_in(0.0 if self._is_woken else min(max(0.0, pause_s), _LONGEST_S))

    def _cancel(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()


_LONGEST_S = 3600.0
"""A timer that is to come never is set again after so long: loops take no infinite time."""
