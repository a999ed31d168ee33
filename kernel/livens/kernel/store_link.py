"""One store that names of a kernel are shared by.

Two threads, from the first name to the last. ``livens-store`` waits for what others write.
``livens-share`` writes what was changed here, and sets what was written elsewhere; so it always
knows which of the two came first. The user's thread only leaves names in a dict (`StoreLink.take`),
and sets names when it is idle.

::

    Watcher ──names──▶ touched ──▶ livens-share ──set_many──▶ Store
                                        │  ▲                    │
    namespace ◀──Watcher.bind───────────┘  └─entries── arrived ◀── livens-store

An echo is cut twice. An entry at the position that the link knows of a name is the one that it
wrote itself. And a value whose document is the one that the store has is not written again.

While the store is away the kernel goes on. Nothing is kept of the values in between: when the store
is back, the newest of each name is read from the namespace and written. What others wrote meanwhile
is set, except for names that were changed here as well: the later write wins, which is ours then,
and it is told.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from livens.exceptions import LivensError, NotShared, StoreAway, StoreClosed, StoreRefused
from livens.kernel.arrivals import ChangedHere, Prepared, prepare, set_all
from livens.kernel.shared_names import (
    MISSING,
    Binding,
    Known,
    binding_of,
    documents_of,
)
from livens.protocol import messages, requests
from livens.protocol.types import Cell
from livens.state.stores.entries import Changes, Entry, Store, Written
from livens.state.stores.names import split_name
from livens.watching.subscriber import Subscriber
from livens.watching.watcher import Watcher

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.1
"""The pause before a store that is away is asked again; each is twice as long as the last."""

LONGEST_PAUSE_S = 5.0

END_S = 3.0
"""So long the last write may take when the link ends."""

LAST_LOOK_S = 0.3
"""So long its end waits for the thread that watches, which has nothing left to do."""

INTERVAL_MS = 50
"""How often the watcher tells of changes at the most; each time there is one write."""

RunWhenIdle = Callable[[Callable[[], None]], None]
"""Has the main thread call a function when no cell runs."""

Tell = Callable[[str, str], None]
"""Gets the name of a variable, and a sentence that a person should read."""


class Problem(NamedTuple):
    """Why a name is not shared now, or not set."""

    name: str
    reason: str


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
    run_when_idle : callable
        See `RunWhenIdle`.
    tell : callable
        See `Tell`; called by any thread.

    Attributes
    ----------
    bindings : list of Binding
        What is shared.
    waiting : dict of str to Entry
        What was written elsewhere and waits for an answer, by the names of the entries.
    away : str
        Why the store cannot be reached now; empty if it can.
    away_since : float
        When that was noticed, in seconds since the epoch.
    """

    def __init__(
        self, store: Store, source: str, watcher: Watcher, run_when_idle: RunWhenIdle, tell: Tell
    ) -> None:
        self.store, self.source = store, source
        self.bindings: list[Binding] = []
        self.waiting: dict[str, Entry] = {}
        self.away, self.away_since = "", 0.0
        self._watcher, self._run_when_idle, self._tell = watcher, run_when_idle, tell
        self._hides = watcher.view.redactor.hides
        # The watcher calls `take` with its own lock held, and is called with this one held. So
        # `take` needs another, with which nothing is called.
        self._lock = threading.RLock()
        self._touching = threading.Lock()
        self._wake = threading.Event()
        self._known: dict[str, Known] = {}
        self._touched: dict[str, None] = {}
        self._arrived: dict[str, Entry] = {}
        self._problems: dict[str, str] = {}
        self._is_main_thread_asked = False
        self._write_at = 0.0
        self._pause_s = FIRST_PAUSE_S
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
        with self._lock:
            self.bindings = [each for each in self.bindings if each.pattern != binding.pattern]
            self.bindings.append(binding)
            self._join(binding, changes)
        self._subscribe()
        self._start(changes.position)

    def _join(self, binding: Binding, changes: Changes) -> None:
        """Take over what the store has."""
        some = []
        for entry in changes.entries:
            variable = split_name(entry.name)[0]
            if binding_of(self.bindings, variable) is not binding:
                continue
            if not binding.reads:
                self._known[entry.name] = Known(entry.position, b"")
                continue
            try:
                prepared = prepare(self._watcher, entry, binding, None, self._hides, wins=True)
            except NotShared as reason:
                self._note_problem(entry.name, str(reason))
                continue
            if prepared.replaces:
                self._tell(
                    entry.name,
                    f"'{entry.name}' had another value here; {entry.source} "
                    f"wrote the one that it has now into {self.store.label}",
                )
            some.append(prepared)
        self._set(some)

    def unshare(self, pattern: str) -> bool:
        """Share the names of a pattern no more; returns whether they were."""
        with self._lock:
            left = [each for each in self.bindings if each.pattern != pattern]
            was_there = len(left) < len(self.bindings)
            self.bindings = left
            for name in [n for n in self._known if not self.binding_of(n)]:
                del self._known[name]
            for kept in (self._problems, self.waiting, self._arrived):
                for name in [n for n in kept if not self.binding_of(n)]:
                    kept.pop(name, None)
        if left and was_there:
            self._subscribe()
        return was_there

    def binding_of(self, name: str) -> Binding | None:
        """Return how the name of an entry is shared."""
        return binding_of(self.bindings, split_name(name)[0])

    def _subscribe(self) -> None:
        names = [binding.pattern for binding in self.bindings]
        subscription = requests.Subscription(names=names, interval_ms=INTERVAL_MS, depth=0)
        if self._subscriber is None:
            self._subscriber = self._watcher.subscribe(subscription, self.take)
        else:
            self._watcher.resubscribe(self._subscriber, subscription)

    def _start(self, position: int) -> None:
        if self._threads:
            return
        for name, target, arguments in (
            ("livens-store", self._watch, (position,)),
            ("livens-share", self._work, ()),
        ):
            thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
            # As the watcher's own: the debugger does not stop it at a breakpoint.
            thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
            thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
            self._threads.append(thread)
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
        self._lock, self._touching = threading.RLock(), threading.Lock()
        self._wake = threading.Event()
        self.bindings, self._threads, self._subscriber = [], [], None

    # -- what is changed here ------------------------------------------------------------------

    def take(self, message: messages.Notification, cell: Cell | None) -> None:
        """Note which names were changed; called by the watcher, maybe on the user's thread."""
        if isinstance(message, messages.Refresh):
            names = [variable.name for variable in message.params.variables]
        elif isinstance(message, messages.Update):
            names = [variable.name for variable in message.params.changed]
            names += message.params.removed
        else:
            return
        if names:
            self._touch(*names)

    def _touch(self, *names: str) -> None:
        with self._touching:
            self._touched.update(dict.fromkeys(names))
        self._wake.set()

    def _work(self) -> None:
        is_last = False
        while not is_last:
            self._wake.wait(self._rest_s())
            self._wake.clear()
            is_last = self._stop.is_set()
            try:
                if not is_last:
                    self._receive()
                self._write(is_last=is_last)
            except StoreClosed:
                return
            except Exception:
                # A border: the thread lives on whatever one name ran into.
                logger.exception("livens could not share a name")
                self._stop.wait(1.0)

    def _rest_s(self) -> float | None:
        """Return in how many seconds to look again, if nobody wakes the thread before."""
        if self._arrived:
            return INTERVAL_MS / 1000  # a cell may have begun, which is waited for or not
        return max(0.0, self._write_at - time.monotonic()) if self._touched else None

    def _write(self, *, is_last: bool = False) -> None:
        """Write what was changed here, in one write."""
        if time.monotonic() < self._write_at and not is_last:
            return
        with self._touching:
            touched, self._touched = self._touched, {}
        if not touched:
            return
        with self._lock:
            before = dict(self._known)
        new = self._new_documents(touched, before)
        if not new:
            return
        try:
            written = self.store.set_many(new, self.source)
        except (StoreAway, StoreRefused) as err:
            self._put_off(touched, err)
            return
        with self._lock:
            for name, document in new.items():
                self._known[name] = Known(written.position, document)
                arrived = self._arrived.get(name)
                if arrived is not None and arrived.position < written.position:
                    del self._arrived[name]
                self.waiting.pop(name, None)
        self._back()
        self._tell_conflicts(written, before)

    def _new_documents(
        self, touched: dict[str, None], known: dict[str, Known]
    ) -> dict[str, bytes | None]:
        """Return what is to be written: what the store does not have."""
        new = {}
        for variable in touched:
            binding = binding_of(self.bindings, variable)
            if binding is None or not binding.writes:
                continue
            value = self._watcher.namespace.target.get(variable, MISSING)
            try:
                found = documents_of(variable, value, binding, list(known), self._hides)
            except NotShared as reason:
                if str(reason) == CHANGES:
                    self._touch(variable)
                    continue
                self._note_problem(variable, str(reason))
                continue
            self._problems.pop(variable, None)
            for name, document in found.items():
                old = known.get(name)
                if (old.document if old else None) != document:
                    new[name] = document
        return new

    def _put_off(self, touched: dict[str, None], error: LivensError) -> None:
        self._write_at = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        self._touch(*touched)
        self._gone(error)

    def _tell_conflicts(self, written: Written, before: dict[str, Known]) -> None:
        for name, old in written.replaced.items():
            seen = before[name].position if name in before else 0
            if old.position > seen and old.source != self.source:
                self._tell(
                    name,
                    f"Conflict: '{name}' was written by {old.source} into "
                    f"{self.store.label}, and here; the value of here came last",
                )

    # -- what is written elsewhere ---------------------------------------------------------------

    def _watch(self, position: int) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                for changes in self.store.watch(position, self._stop):
                    self._arrive(changes)
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
        """Compare all that a store has which may have been away; returns where to go on."""
        try:
            changes = self.store.changes_since(0)
        except Exception:  # noqa: BLE001 - it is still away; told by the next watch
            return position
        there = {entry.name: entry.position for entry in changes.entries}
        with self._lock:
            for name, known in self._known.items():
                if there.get(name, 0) < known.position:  # it has lost it
                    self._known[name] = Known(there.get(name, 0), b"")
                    self._touch(split_name(name)[0])
            self._write_at = 0.0
        self._arrive(changes)
        self._back()
        return changes.position

    def _arrive(self, changes: Changes) -> None:
        with self._lock:
            for entry in changes.entries:
                known = self._known.get(entry.name)
                if known is not None and entry.position <= known.position:
                    continue
                binding = self.binding_of(entry.name)
                if binding is not None and binding.reads:
                    self._arrived[entry.name] = entry
        self._wake.set()

    def _receive(self) -> None:
        """Set what has arrived, or see to it that it is set when it is time."""
        with self._lock:
            if not self._arrived:
                return
            if not self._watcher.is_busy:
                self._ask_main_thread()
                return
            now = {n: e for n, e in self._arrived.items() if self._when(n) == "now"}
            asking = {n: e for n, e in self._arrived.items() if self._when(n) == "ask"}
            for name, entry in asking.items():
                del self._arrived[name]
                self.waiting[name] = entry
                self._tell(
                    name,
                    f"'{name}' was written by {entry.source} while a cell runs here; "
                    f"livens.take_shared('{name}') sets it",
                )
            if self._arrived.keys() - now.keys():
                self._ask_main_thread()
        self._set_entries(now)

    def _when(self, name: str) -> str:
        binding = self.binding_of(name)
        return binding.when if binding is not None else "end"

    def _ask_main_thread(self) -> None:
        if not self._is_main_thread_asked:
            self._is_main_thread_asked = True
            try:
                self._run_when_idle(self._set_arrived)
            except LivensError:
                self._is_main_thread_asked = False  # too much is queued; asked again soon

    def _set_arrived(self) -> None:
        """Set all that has arrived: on the main thread, between cells."""
        with self._lock:
            self._is_main_thread_asked = False
            entries = dict(self._arrived)
        try:
            self._set_entries(entries)
        except Exception:
            # A border: the kernel's loop lives on whatever a value ran into.
            logger.exception("livens could not set shared names")

    def accept(self, names: list[str]) -> list[str]:
        """Set what waits for an answer, of these variables or all; returns the names."""
        with self._lock:
            chosen = {
                name: entry
                for name, entry in self.waiting.items()
                if not names or name in names or split_name(name)[0] in names
            }
            for name in chosen:
                del self.waiting[name]
        self._set_entries(chosen, is_asked=True)
        return list(chosen)

    def _set_entries(self, entries: dict[str, Entry], *, is_asked: bool = False) -> None:
        with self._lock:
            some = []
            for name, entry in entries.items():
                arrived = self._arrived.pop(name, None)
                newest = entry if arrived is None or is_asked else arrived
                prepared = self._prepared(newest, is_asked)
                if prepared is not None:
                    some.append(prepared)
            self._set(some)

    def _prepared(self, entry: Entry, is_asked: bool) -> Prepared | None:
        name, known = entry.name, self._known.get(entry.name)
        binding = self.binding_of(name)
        if binding is None or (known is not None and entry.position <= known.position):
            return None
        try:
            return prepare(self._watcher, entry, binding, known, self._hides, wins=is_asked)
        except NotShared as reason:
            self._note_problem(name, str(reason))
        except ChangedHere:
            self._touch(split_name(name)[0])
        return None

    def _set(self, some: list[Prepared]) -> None:
        """Set what was prepared; the lock is held, so that nothing is written meanwhile."""
        if not some:
            return
        for prepared in some:
            self._known[prepared.entry.name] = prepared.known
            self._problems.pop(prepared.entry.name, None)
        for late in set_all(self._watcher, some, self.store.label):
            # The user's code was quicker: it is written, and comes last.
            self._known[late.entry.name] = Known(late.entry.position, b"")
            self._touch(late.variable)

    # -- what is told ----------------------------------------------------------------------------

    def _gone(self, error: Exception) -> None:
        with self._lock:
            is_new = not self.away
            self.away = str(error)
            if is_new:
                self.away_since = time.time()
        if is_new and not self._stop.is_set():
            self._tell("", f"{error}. What changes here is written when it is back")

    def _back(self) -> None:
        with self._lock:
            was_away, self.away = bool(self.away), ""
            self._pause_s, self._write_at = FIRST_PAUSE_S, 0.0
        if was_away:
            self._wake.set()
            self._tell("", f"The store {self.store.label} is there again")

    def _note_problem(self, name: str, reason: str) -> None:
        if self._problems.get(name) != reason:
            self._problems[name] = reason
            self._tell(name, f"'{name}' is not shared: {reason}")

    @property
    def problems(self) -> list[Problem]:
        """Which names are not shared, and why."""
        return [Problem(*item) for item in sorted(self._problems.items())]

    @property
    def shared(self) -> list[str]:
        """The names of the entries that store and namespace agreed on."""
        return sorted(name for name, known in list(self._known.items()) if known.document)

    @property
    def unwritten(self) -> list[str]:
        """The variables that were changed here, and are not written yet."""
        return sorted(self._touched)

    @property
    def is_closed(self) -> bool:
        """Whether it has ended."""
        return self._stop.is_set()


CHANGES = "it changes while it is read"
"""The reason that is none: such a value is read again."""
