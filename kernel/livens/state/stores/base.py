"""What stores have in common: watching by looking and waiting, and an end.

A store of another database derives from `BaseStore`: it writes `get`, `set_many`, `changes_since`
and `wait`, and has `watch` from here.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

from livens.exceptions import StoreClosed
from livens.state.stores.entries import Changes, Entry, Written

WAIT_S = 1.0
"""So long `BaseStore.watch` waits at once: after that it looks whether it is to end."""


class BaseStore(ABC):
    """The part of a store that is the same for all.

    Parameters
    ----------
    label : str
        The URL without secrets.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._pid = os.getpid()
        self._is_closed = False

    @property
    def label(self) -> str:
        """Name the store for people."""
        return self._label

    @abstractmethod
    def get(self, names: list[str] | None = None) -> dict[str, Entry]:
        """Return the entries of these names, or all; see `Store.get`."""

    @abstractmethod
    def set_many(self, documents: Mapping[str, bytes | None], source: str) -> Written:
        """Write all of these, or nothing; see `Store.set_many`."""

    @abstractmethod
    def changes_since(self, position: int) -> Changes:
        """Return what was written after a position; see `Store.changes_since`."""

    @abstractmethod
    def wait(self, position: int, timeout_s: float) -> None:
        """Return when something may have been written after a position, or after the timeout."""

    def watch(
        self, position: int | None = None, stop: threading.Event | None = None
    ) -> Iterator[Changes]:
        """Yield what is written as it comes; see `Store.watch`."""
        self.need_open()
        if position is None:
            position = self.changes_since(NO_MORE).position
        return self._watch(position, stop)

    def _watch(self, position: int, stop: threading.Event | None) -> Iterator[Changes]:
        while not self._is_closed and not (stop is not None and stop.is_set()):
            try:
                changes = self.changes_since(position)
                if changes.position < position:
                    changes = self.changes_since(0)
                    yield changes
                elif changes.position > position:
                    yield changes
                position = changes.position
                self.wait(position, WAIT_S)
            except StoreClosed:
                return

    def close(self) -> None:
        """Give back what is open."""
        self._is_closed = True

    def need_open(self) -> None:
        """Refuse a call that comes too late, or in the wrong process.

        Raises
        ------
        StoreClosed
            If the store is closed, or was opened before a fork.
        """
        if self._is_closed:
            raise StoreClosed(f"The store {self._label} is closed; open it again")
        if self._pid != os.getpid():
            raise StoreClosed(
                f"The store {self._label} was opened by the process {self._pid}, before a fork; "
                "open it again in this one"
            )


NO_MORE = 2**53
"""After this position nothing is ever written."""
