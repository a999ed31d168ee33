"""From the namespace to a store: which variables were changed, and one write for all of them."""

from __future__ import annotations

import threading
import time

from livens.exceptions import NotShared, StoreAway, StoreRefused
from livens.kernel.link_state import LinkState
from livens.kernel.shared_names import MISSING, Known, documents_of
from livens.state.stores.documents import CHANGES_MEANWHILE
from livens.state.stores.entries import Store, Written

FIRST_PAUSE_S = 0.1
"""The pause before a store that is away is asked again; each is twice as long as the last."""

LONGEST_PAUSE_S = 5.0

MOST_NAMES = 5
"""So many names one message lists."""


class Outgoing:
    """Write what was changed here.

    Parameters
    ----------
    state : LinkState
        What is shared.
    store : Store
        Where it is written.
    source : str
        What the others are told who writes.
    wake : Event
        Set when there is something to write.
    """

    def __init__(self, state: LinkState, store: Store, source: str, wake: threading.Event) -> None:
        self._state, self._store, self._source, self._wake = state, store, source, wake
        # The watcher calls `touch` with its own lock held, and is called with the state's lock
        # held. So this needs another one, with which nothing is called.
        self._touching = threading.Lock()
        self._touched: dict[str, None] = {}
        self._due_at = 0.0
        self._pause_s = FIRST_PAUSE_S

    def touch(self, *variables: str) -> None:
        """Note that variables were changed; from any thread."""
        with self._touching:
            self._touched.update(dict.fromkeys(variables))
        self._wake.set()

    @property
    def unwritten(self) -> list[str]:
        """The variables that were changed here, and are not written yet."""
        return sorted(self._touched)

    @property
    def rest_s(self) -> float | None:
        """In how many seconds there is something to write; None if there is nothing."""
        return max(0.0, self._due_at - time.monotonic()) if self._touched else None

    def soon(self) -> None:
        """Write at the next look, however often that has failed."""
        self._due_at, self._pause_s = 0.0, FIRST_PAUSE_S

    def write(self, *, is_last: bool = False) -> bool:
        """Write what was changed, if it is time; returns whether the store took something.

        Raises
        ------
        StoreAway, StoreRefused
            If it did not. Then it is tried again later, with what the names hold by then.
        """
        if time.monotonic() < self._due_at and not is_last:
            return False
        with self._touching:
            touched, self._touched = self._touched, {}
        if not touched:
            return False
        state = self._state
        with state.lock:
            state.in_flight.update(touched)
            before = dict(state.known)
        try:
            return self._write_documents(self._new_documents(touched, before), before)
        except (StoreAway, StoreRefused):
            self._due_at = time.monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            self.touch(*touched)
            raise
        finally:
            with state.lock:
                state.in_flight.clear()

    def _new_documents(
        self, touched: dict[str, None], known: dict[str, Known]
    ) -> dict[str, bytes | None]:
        """Return what is to be written: what the store does not have."""
        state = self._state
        new = {}
        for variable in touched:
            binding = state.binding_of(variable)
            if binding is None or not binding.writes:
                continue
            value = state.watcher.namespace.target.get(variable, MISSING)
            try:
                found = documents_of(variable, value, binding, list(known), state.redactor)
            except NotShared as reason:
                if str(reason) == CHANGES_MEANWHILE:
                    self.touch(variable)
                else:
                    state.note_problem(variable, str(reason))
                continue
            state.solved(variable)
            for name, document in found.items():
                old = known.get(name)
                if (old.document if old else None) != document:
                    new[name] = document
        return new

    def _write_documents(
        self, documents: dict[str, bytes | None], before: dict[str, Known]
    ) -> bool:
        if not documents:
            return False
        written = self._store.set_many(documents, self._source)
        with self._state.lock:
            for name, document in documents.items():
                self._state.known[name] = Known(written.position, document)
        self.soon()
        self._tell_conflicts(written, before)
        return True

    def _tell_conflicts(self, written: Written, before: dict[str, Known]) -> None:
        by_source: dict[str, list[str]] = {}
        for name, old in written.replaced.items():
            seen = before[name].position if name in before else 0
            if old.position > seen and old.source != self._source:
                by_source.setdefault(old.source, []).append(name)
        for source, names in by_source.items():
            self._state.tell(
                names[0],
                f"Conflict: {_listed(names)} written by {source} into {self._state.label}, and "
                "here; what was written here came last",
            )


def _listed(names: list[str]) -> str:
    """Return names as the beginning of a sentence.

    Examples
    --------
    >>> _listed(["x"]), _listed(list("abcdefg"))
    ("'x' was", "'a', 'b', 'c', 'd', 'e' and 2 more were")
    """
    some = ", ".join(f"'{name}'" for name in names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        some += f" and {len(names) - MOST_NAMES} more"
    return f"{some} {'was' if len(names) == 1 else 'were'}"
