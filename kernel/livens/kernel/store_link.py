"""One store that names of a kernel are shared by.

Two threads, from the first name to the last. ``livens-store`` waits for what others write.
``livens-share`` writes what was changed here, and sets what was written elsewhere. The user's
thread only leaves names in a dict (`StoreLink.take`), and sets names when it is idle.

::

    Watcher ──names──▶ Outgoing ──set_many──▶ Store
                       livens-share             │
    namespace ◀──bind── Incoming ◀──entries── livens-store

An echo is cut twice. An entry at the position that is known of its name is the one that was written
here. And a value whose document is the one that the store has is not written again.

While the store is away the kernel goes on. Nothing is kept of the values in between: when the store
is back, the newest of each name is read from the namespace and written. What others wrote meanwhile
is set, except for names that were changed here as well: the later write wins, which is ours then,
and it is told.
"""

from __future__ import annotations

import logging
import threading
import time

from livens.exceptions import LivensError, StoreAway, StoreClosed, StoreRefused
from livens.kernel.incoming import Incoming, RunWhenIdle
from livens.kernel.link_state import LinkState, Tell
from livens.kernel.outgoing import FIRST_PAUSE_S, LONGEST_PAUSE_S, Outgoing
from livens.kernel.shared_names import Binding, Known
from livens.protocol import messages, requests
from livens.protocol.types import Cell
from livens.state.stores.entries import Store
from livens.state.stores.names import split_name
from livens.watching.subscriber import Subscriber
from livens.watching.watcher import Watcher

logger = logging.getLogger(__name__)

END_S = 3.0
"""So long the last write may take when the link ends."""

LAST_LOOK_S = 0.3
"""So long its end waits for the thread that watches, which has nothing left to do."""

INTERVAL_MS = 50
"""How often the watcher tells of changes at the most; each time there is one write."""


class StoreLink:
    """Share names of a namespace by one store.

    Parameters
    ----------
    store : Store
        Open; the link closes it.
    source : str
        What the others are told who writes. No two links have the same.
    watcher : Watcher
        Tells which names were changed, and has the namespace.
    run_when_idle, tell : callable
        See `livens.kernel.incoming.RunWhenIdle` and `livens.kernel.link_state.Tell`.

    Attributes
    ----------
    state, outgoing, incoming
        What is known, what is to be written, and what was written elsewhere.
    away : str
        Why the store cannot be reached now; empty if it can.
    away_since : float
        When that was noticed, in seconds since the epoch.
    """

    def __init__(
        self, store: Store, source: str, watcher: Watcher, run_when_idle: RunWhenIdle, tell: Tell
    ) -> None:
        self.store = store
        self.away, self.away_since = "", 0.0
        self._watcher, self._tell = watcher, tell
        self._wake = threading.Event()
        self.state = LinkState(watcher, store.label, tell)
        self.outgoing = Outgoing(self.state, store, source, self._wake)
        self.incoming = Incoming(self.state, run_when_idle, self.outgoing.touch, self._wake)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._subscriber: Subscriber | None = None

    # -- what is shared ----------------------------------------------------------------------

    def share(self, binding: Binding) -> None:
        """Share the names of a binding from now on; called by the user's own code.

        What the store has of them is set at once, if they are read: then it is the store's values
        that count. What it has not is written.

        Raises
        ------
        StoreAway
            If the store cannot be reached now; then nothing is shared.
        """
        changes = self.store.changes_since(0)
        state = self.state
        with state.lock:
            others = [each for each in state.bindings if each.pattern != binding.pattern]
            state.bindings = [*others, binding]
        self.incoming.join(binding, changes)
        self._subscribe()
        self._start(changes.position)

    def unshare(self, pattern: str) -> bool:
        """Share the names of a pattern no more; returns whether they were."""
        state = self.state
        with state.lock:
            left = [each for each in state.bindings if each.pattern != pattern]
            was_there = len(left) < len(state.bindings)
            state.bindings = left
            state.forget_others()
            self.incoming.forget_others()
        if left and was_there:
            self._subscribe()
        return was_there

    def _subscribe(self) -> None:
        names = [binding.pattern for binding in self.state.bindings]
        subscription = requests.Subscription(names=names, interval_ms=INTERVAL_MS, depth=0)
        if self._subscriber is None:
            self._subscriber = self._watcher.subscribe(subscription, self.take)
        else:
            self._watcher.resubscribe(self._subscriber, subscription)

    def take(self, message: messages.Notification, cell: Cell | None) -> None:
        """Note which names were changed; called by the watcher, maybe on the user's thread."""
        if isinstance(message, messages.Refresh):
            self.outgoing.touch(*(variable.name for variable in message.params.variables))
        elif isinstance(message, messages.Update):
            changed = (variable.name for variable in message.params.changed)
            self.outgoing.touch(*changed, *message.params.removed)

    # -- the threads -------------------------------------------------------------------------

    def _start(self, position: int) -> None:
        if self._threads:
            return
        self._threads = [
            threading.Thread(target=self._watch, args=(position,), name="livens-store"),
            threading.Thread(target=self._work, name="livens-share"),
        ]
        for thread in self._threads:
            thread.daemon = True
            # As the watcher's own: the debugger does not stop it at a breakpoint.
            thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
            thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
            thread.start()

    def close(self) -> None:
        """Write what is not written yet, and end; a second time does nothing."""
        if self._stop.is_set():
            return
        if self._subscriber is not None:
            self._watcher.flush()
            self._watcher.unsubscribe(self._subscriber)
        self._stop.set()
        self._wake.set()
        for thread, timeout_s in zip(reversed(self._threads), (END_S, LAST_LOOK_S), strict=False):
            if thread is not threading.current_thread():
                thread.join(timeout_s)
            self.store.close()  # after the last write: whoever watches is let go by it
        self.store.close()

    def abandon(self) -> None:
        """Forget everything: in the child process after a fork, which has no such threads."""
        self._stop.set()
        self._threads, self._subscriber = [], None

    def _work(self) -> None:
        is_last = False
        while not is_last:
            rests = [r for r in (self.outgoing.rest_s, self.incoming.rest_s) if r is not None]
            self._wake.wait(min(rests, default=None))
            self._wake.clear()
            is_last = self._stop.is_set()
            try:
                if not is_last:
                    self.incoming.receive()
                if self.outgoing.write(is_last=is_last):
                    self._back()
            except (StoreAway, StoreRefused) as err:
                self._gone(err)
            except StoreClosed:
                return
            except Exception:
                # A border: the thread lives on whatever one name ran into.
                logger.exception("livens could not share a name")
                self._stop.wait(1.0)

    def _watch(self, position: int) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                for changes in self.store.watch(position, self._stop):
                    self.incoming.arrive(changes)
                    position, pause_s = changes.position, FIRST_PAUSE_S
                return
            except StoreClosed:
                return
            except Exception as err:
                # A border too: the thread lives on whatever one store does.
                if not isinstance(err, LivensError):
                    logger.exception("livens could not watch a store")
                self._gone(err)
                self._stop.wait(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                position = self._compare(position)

    def _compare(self, position: int) -> int:
        """Compare all that a store has which was away, maybe; returns where to go on."""
        try:
            changes = self.store.changes_since(0)
        except LivensError:
            return position  # it is still away
        there = {entry.name: entry.position for entry in changes.entries}
        with self.state.lock:
            for name, known in list(self.state.known.items()):
                if there.get(name, 0) < known.position:  # it has lost it
                    self.state.known[name] = Known(there.get(name, 0), b"")
                    self.outgoing.touch(split_name(name)[0])
        self.outgoing.soon()
        self.incoming.arrive(changes)
        self._back()
        return changes.position

    # -- what is told ------------------------------------------------------------------------

    def _gone(self, error: Exception) -> None:
        with self.state.lock:
            is_new = not self.away
            self.away = str(error)
            if is_new:
                self.away_since = time.time()
        if is_new and not self._stop.is_set():
            self._tell("", f"{error}. What changes here is written when it is back")

    def _back(self) -> None:
        with self.state.lock:
            was_away, self.away = bool(self.away), ""
        if was_away:
            self._wake.set()
            self._tell("", f"The store {self.store.label} is there again")

    @property
    def shared(self) -> list[str]:
        """The names of the entries that store and namespace agreed on."""
        return sorted(name for name, known in list(self.state.known.items()) if known.document)
