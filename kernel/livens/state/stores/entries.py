"""What a store is: entries by name, in one order.

Every `Store.set_many` gets the next *position*. It is the store's own, so that all who look agree
which write came last; the clocks of those who write are not asked. It is the time in microseconds
by the one clock of the store, or one more than the last position where that is not later
(`next_position`). So a store that was set back, or lost what it had, gives no position twice, and
who has seen one misses nothing that is written afterwards.

An entry is the last that was written under its name, and has the position of that write. A store
keeps no past: who looks late sees the newest of each name, in the order of the positions, and never
an older one after a newer one.

A deleted name keeps an entry without a document, or who looks late would not hear that it is gone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec


class Entry(msgspec.Struct, frozen=True):
    """The last that was written under a name.

    Attributes
    ----------
    name : str
        The variable, or one key of it (`livens.state.stores.names`).
    position : int
        Of the write, in the store's order.
    document : bytes, optional
        The value (`livens.state.stores.documents`); None if the name was deleted.
    source : str
        Who wrote it.
    at : float
        When, in seconds since the epoch, by the clock of who wrote it.
    """

    name: str
    position: int
    document: bytes | None
    source: str
    at: float


class Changes(msgspec.Struct, frozen=True):
    """What was written since a position.

    Attributes
    ----------
    entries : list of Entry
        The newest of each name that was written, in the order of their positions.
    position : int
        Of the last write of all. If it is smaller than the one that was asked for, the store has
        lost what it had.
    """

    entries: list[Entry]
    position: int


class Written(msgspec.Struct, frozen=True):
    """What became of a write.

    Attributes
    ----------
    position : int
        That it got.
    replaced : dict of str to Entry
        What was under the names in the moment before, of those that had an entry.
    """

    position: int
    replaced: dict[str, Entry]


class Store(Protocol):
    """What every store does, whatever keeps it. Any thread may call, several at once.

    Every call may raise `livens.exceptions.StoreAway` if the store cannot be reached now, and
    `livens.exceptions.StoreRefused` if trying again is of no use. After `close`, and in a child
    process after a fork, all of them raise `livens.exceptions.StoreClosed`.
    ``tests/support/stores/conformance.py`` has the tests that any store must pass.
    """

    @property
    def label(self) -> str:
        """Name the store for people: its URL without secrets."""

    def get(self, names: list[str] | None = None) -> dict[str, Entry]:
        """Return the entries of these names, or all, as they are at one moment.

        Names without an entry are left out; a deleted name has one without a document.
        """

    def set_many(self, documents: Mapping[str, bytes | None], source: str) -> Written:
        """Write all of these at one position, or nothing; None deletes a name.

        Returns
        -------
        Written
            Without any document, the last position.
        """

    def changes_since(self, position: int) -> Changes:
        """Return what was written after a position, as it is at one moment."""

    def watch(
        self, position: int | None = None, stop: threading.Event | None = None
    ) -> Iterator[Changes]:
        """Yield what is written after a position, or from now on, as it comes; blocks in between.

        It ends when *stop* is set, within about a second, or when the store is closed. If the
        store has lost what it had, all that it has is yielded.
        """

    def close(self) -> None:
        """Give back what is open; a second time does nothing."""


def next_position(last: int, now: float) -> int:
    """Return the position after the last one, by the clock of the store.

    Examples
    --------
    >>> next_position(0, 1.5), next_position(1_500_000, 1.5)
    (1500000, 1500001)
    """
    return max(last + 1, int(now * 1_000_000))
