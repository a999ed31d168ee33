"""From a store to the namespace: what others wrote, and when it is set here.

Entries arrive on the thread that watches the store. Between cells the main thread sets them, else
the thread of the link, if they are not to wait for the end of the cell.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from livens.exceptions import LivensError, NotShared
from livens.kernel.arrivals import ChangedHere, Prepared, prepare, set_all
from livens.kernel.link_state import LinkState
from livens.kernel.shared_names import Binding, Known
from livens.state.stores.entries import Changes, Entry
from livens.state.stores.names import split_name

logger = logging.getLogger(__name__)

LOOK_S = 0.05
"""How often it is looked whether a cell has begun or ended, while something waits to be set."""

RunWhenIdle = Callable[[Callable[[], None]], None]
"""Has the main thread call a function when no cell runs."""


class Incoming:
    """Set what others wrote.

    Parameters
    ----------
    state : LinkState
        What is shared.
    run_when_idle : callable
        See `RunWhenIdle`.
    touch : callable
        Gets the variables that hold what the store does not have.
    wake : Event
        Set when something has arrived.

    Attributes
    ----------
    waiting : dict of str to Entry
        What waits for an answer, by the names of the entries.
    """

    def __init__(
        self,
        state: LinkState,
        run_when_idle: RunWhenIdle,
        touch: Callable[..., None],
        wake: threading.Event,
    ) -> None:
        self.waiting: dict[str, Entry] = {}
        self._state, self._run_when_idle = state, run_when_idle
        self._touch, self._wake = touch, wake
        self._arrived: dict[str, Entry] = {}
        self._is_main_thread_asked = False

    @property
    def rest_s(self) -> float | None:
        """In how many seconds to look again; None if nothing waits to be set."""
        return LOOK_S if self._arrived else None

    def join(self, binding: Binding, changes: Changes) -> None:
        """Take over what the store has of the names of a new binding; it wins."""
        state = self._state
        with state.lock:
            some = []
            for entry in changes.entries:
                if state.binding_of(entry.name) is not binding:
                    continue
                if not binding.reads:
                    state.known[entry.name] = Known(entry.position, b"")
                    continue
                prepared = self._prepared(entry, wins=True)
                if prepared is not None:
                    some.append(prepared)
            self._set(some)
        replaced = [prepared.entry for prepared in some if prepared.replaces]
        for entry in replaced:
            state.tell(
                entry.name,
                f"'{entry.name}' had another value here; {entry.source} wrote the one that it has "
                f"now into {state.label}",
            )

    def forget_others(self) -> None:
        """Forget what has arrived of names that no binding has any more."""
        for names in (self.waiting, self._arrived):
            for name in [n for n in names if self._state.binding_of(n) is None]:
                names.pop(name, None)

    def arrive(self, changes: Changes) -> None:
        """Note what others wrote; of what the link wrote itself the position is known."""
        with self._state.lock:
            for entry in changes.entries:
                binding = self._state.binding_of(entry.name)
                if binding is not None and binding.reads and self._is_news(entry):
                    self._arrived[entry.name] = entry
        self._wake.set()

    def _is_news(self, entry: Entry) -> bool:
        known = self._state.known.get(entry.name)
        return known is None or entry.position > known.position

    def receive(self) -> None:
        """Set what has arrived, or see to it that it is set when it is time."""
        asking: list[Entry] = []
        with self._state.lock:
            if not self._arrived:
                return
            now = list(self._arrived)
            if self._state.watcher.is_busy:
                asking = [e for name, e in self._arrived.items() if self._when(name) == "ask"]
                for entry in asking:
                    self.waiting[entry.name] = self._arrived.pop(entry.name)
                now = [name for name in self._arrived if self._when(name) == "now"]
                if len(now) < len(self._arrived):
                    self._ask_main_thread()
            else:
                self._ask_main_thread()
                now = []
            self._set_arrived(now)
        for entry in asking:
            self._state.tell(
                entry.name,
                f"'{entry.name}' was written by {entry.source} while a cell runs here; "
                f"livens.take_shared({entry.name!r}) sets it",
            )

    def _when(self, name: str) -> str:
        binding = self._state.binding_of(name)
        return binding.when if binding is not None else "end"

    def _ask_main_thread(self) -> None:
        if not self._is_main_thread_asked:
            self._is_main_thread_asked = True
            try:
                self._run_when_idle(self._set_when_idle)
            except LivensError:
                self._is_main_thread_asked = False  # too much is queued; asked again soon

    def _set_when_idle(self) -> None:
        """Set all that has arrived: on the main thread, between cells."""
        with self._state.lock:
            self._is_main_thread_asked = False
            try:
                self._set_arrived(list(self._arrived))
            except Exception:
                # A border: the kernel's loop lives on whatever a value ran into.
                logger.exception("livens could not set shared names")

    def _set_arrived(self, names: list[str]) -> None:
        """Set what has arrived under these names, but for what is being written just now."""
        some = []
        for name in names:
            if split_name(name)[0] in self._state.in_flight:
                self._wake.set()
                continue
            entry = self._arrived.pop(name)
            prepared = self._prepared(entry) if self._is_news(entry) else None
            if prepared is not None:
                some.append(prepared)
        self._set(some)

    def accept(self, names: list[str]) -> list[str]:
        """Set what waits for an answer, of these variables or all; returns what was set."""
        with self._state.lock:
            some = []
            for name, entry in list(self.waiting.items()):
                if names and name not in names and split_name(name)[0] not in names:
                    continue
                del self.waiting[name]
                prepared = self._prepared(entry, wins=True) if self._is_news(entry) else None
                if prepared is not None:
                    some.append(prepared)
            self._set(some)
        return [prepared.entry.name for prepared in some]

    def _prepared(self, entry: Entry, *, wins: bool = False) -> Prepared | None:
        state, name = self._state, entry.name
        binding = state.binding_of(name)
        if binding is None:
            return None
        known = state.known.get(name)
        try:
            return prepare(state.watcher, entry, binding, known, state.redactor, wins=wins)
        except NotShared as reason:
            state.note_problem(name, str(reason))
        except ChangedHere:
            self._touch(split_name(name)[0])
        return None

    def _set(self, some: list[Prepared]) -> None:
        """Set what was prepared; the lock is held, so that nothing else is set meanwhile."""
        if not some:
            return
        state = self._state
        for prepared in some:
            state.known[prepared.entry.name] = prepared.known
            state.solved(prepared.entry.name)
        for late in set_all(state.watcher, some, state.label):
            # The user's code was quicker: it is written, and comes last.
            state.known[late.entry.name] = Known(late.entry.position, b"")
            self._touch(late.variable)
