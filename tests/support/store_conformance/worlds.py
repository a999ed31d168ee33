"""What a test needs of a store: to open it more than once, and to have it go away."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Protocol

from livens.state.stores.entries import Changes, Entry, Store
from livens.state.stores.opening import open_store

PATIENCE_S = 30.0
"""So long a test waits for what has to come, before it fails."""


class World(Protocol):
    """One store, empty at first, that any number of programs may open."""

    url: str

    def go_away(self) -> None:
        """Have the store not be reached any more."""

    def come_back(self) -> None:
        """Have it be reached again, with all that was in it."""


@contextmanager
def opened(world: World) -> Iterator[Store]:
    """Open the store once more."""
    store = open_store(world.url)
    try:
        yield store
    finally:
        store.close()


def documents(**values: str | None) -> dict[str, bytes | None]:
    """Return documents by name."""
    return {name: None if value is None else value.encode() for name, value in values.items()}


class Watching:
    """A thread that watches a store, and what it was told.

    Parameters
    ----------
    changes : iterator
        Of `Store.watch`.
    """

    def __init__(self, changes: Iterator[Changes]) -> None:
        self._told: Queue[Changes | BaseException | None] = Queue()
        self.thread = threading.Thread(target=self._run, args=[changes], daemon=True)
        self.thread.start()

    def _run(self, changes: Iterator[Changes]) -> None:
        try:
            for change in changes:
                self._told.put(change)
        except BaseException as err:  # noqa: BLE001 - told to the test
            self._told.put(err)
        else:
            self._told.put(None)

    def entries_until(self, position: int) -> list[Entry]:
        """Return what is told up to a position."""
        found: list[Entry] = []
        while not found or found[-1].position < position:
            told = self._told.get(timeout=PATIENCE_S)
            if isinstance(told, BaseException):
                raise told
            assert told is not None, "it ended before"
            found += told.entries
        return found

    def has_ended(self) -> bool:
        """Wait for its end; returns whether it ended as it should, and told no more."""
        self.thread.join(PATIENCE_S)
        return not self.thread.is_alive() and self._told.get(timeout=PATIENCE_S) is None


def run_program(source: str, *arguments: str) -> str:
    """Run a program in a process of its own; returns what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(source), *arguments],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
