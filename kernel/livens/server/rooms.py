"""The rooms of the server: stores that it keeps, for programs, kernels and pages.

A room is a SQLite store in a folder of the server, so that it is still there when the server was
restarted. What is written through the server wakes all who wait, at once; nobody looks at the file
again and again. So a folder of rooms belongs to one server.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path

from tornado.web import HTTPError

from livens.state.stores.entries import Changes, Written
from livens.state.stores.sqlite import SqliteStore

NAME = r"[A-Za-z0-9._-]{1,64}"
"""What a room may be called."""


class Room:
    """One room.

    Parameters
    ----------
    store : SqliteStore
        Where its entries are.
    """

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._written = asyncio.Event()

    async def set_many(self, documents: Mapping[str, bytes | None], source: str) -> Written:
        """Write all of these, or nothing, and wake all who wait."""
        written = await asyncio.to_thread(self._store.set_many, documents, source)
        event, self._written = self._written, asyncio.Event()
        event.set()
        return written

    async def changes_since(self, position: int, wait_s: float = 0.0) -> Changes:
        """Return what was written after a position; if that is nothing, wait for it."""
        written = self._written
        changes = await asyncio.to_thread(self._store.changes_since, position)
        if changes.position != position or not wait_s:
            return changes
        with suppress(TimeoutError):
            await asyncio.wait_for(written.wait(), wait_s)
        return await asyncio.to_thread(self._store.changes_since, position)

    async def watch(self, position: int) -> AsyncIterator[Changes]:
        """Yield what is written after a position, as it comes."""
        while True:
            changes = await self.changes_since(position, wait_s=60.0)
            if changes.position != position:
                yield changes
            position = changes.position

    def close(self) -> None:
        """Close the file."""
        self._store.close()


class Rooms:
    """All rooms.

    Parameters
    ----------
    folder : Path
        Where they are; it is made with the first room.
    max_rooms : int
        How many there may be.
    """

    def __init__(self, folder: Path, max_rooms: int) -> None:
        self._folder, self._max_rooms = folder, max_rooms
        self._rooms: dict[str, Room] = {}

    def get(self, name: str) -> Room:
        """Return a room, which is made if it is not there.

        Raises
        ------
        HTTPError
            400 if the name is none; 429 if there are as many rooms as there may be.
        """
        room = self._rooms.get(name)
        if room is None:
            if re.fullmatch(NAME, name) is None:
                raise HTTPError(
                    400, f"{name[:100]!r} is no name of a room; expected 1 to 64 of A-Za-z0-9._-"
                )
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._folder / f"{name}.room"
            if not path.exists() and len(list(self._folder.glob("*.room"))) >= self._max_rooms:
                raise HTTPError(
                    429, f"There are {self._max_rooms:,} rooms, which is as many as may be"
                )
            room = self._rooms[name] = Room(SqliteStore(path))
        return room

    def close(self) -> None:
        """Close the files."""
        for room in self._rooms.values():
            room.close()
        self._rooms.clear()
