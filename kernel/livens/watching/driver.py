"""The thread that drives a watcher where there are threads.

It belongs to the kernel, lives from the first subscriber to the last, and sleeps until the
watcher asked to be called again or a store wakes it. It is a daemon and joined when it ends.
"""

from __future__ import annotations

import logging
import os
import threading
import time

from livens.watching.watcher import Watcher

logger = logging.getLogger(__name__)


class Driver:
    """Call `Watcher.tick` when it is time.

    Parameters
    ----------
    watcher : Watcher
        Its `on_wake` and `on_watched` are taken over.

    Notes
    -----
    Nothing runs until the watcher has a subscriber. After a fork the child, which has no such
    thread, forgets all subscribers: they hear from the parent.
    """

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_stopping = False
        watcher.on_wake = self._wake.set
        watcher.on_watched = self._on_watched
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    @property
    def is_alive(self) -> bool:
        """Whether the thread is there."""
        return self._thread is not None

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

    def _on_watched(self, is_watched: bool) -> None:
        if is_watched:
            self.start()
        else:
            self.stop()

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
        self._watcher.on_wake = self._wake.set
        self._watcher.abandon()
