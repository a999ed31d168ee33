"""Who drives a watcher: calls `Watcher.tick` when it is time.

In a kernel that is a thread. It lives from the first subscriber to the last, and sleeps until the
time that the watcher asked for or until a store wakes it. It is a daemon and joined when it ends.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Protocol

logger = logging.getLogger(__name__)


class Driven(Protocol):
    """What a driver calls: `livens.watching.watcher.Watcher`."""

    def tick(self) -> float:
        """Look for changes and tell them; return when to call again."""

    def run_calls(self) -> None:
        """Work out rules about data, and call the functions of rules, without any lock."""

    def abandon(self) -> None:
        """Forget all subscribers without telling them."""


class Driver:
    """Drive nothing: for whoever calls `Watcher.tick` when it suits, and for others to override."""

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
