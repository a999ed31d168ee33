"""The feed of a session: one watch for all who want its changes, with the last of them kept.

Each change has an id. Who comes back with the id of the last one that it got is told what came
since, or, where that is not kept any more, the whole state. Somebody who reads slowly holds nobody
up: readers take from what is kept, at their own pace.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from livens.exceptions import LivensError
from livens.protocol.types import ChangeSet
from livens.server.watch import SessionWatch

KEPT = 1_000
"""How many changes are kept for those who come back."""

KEPT_VARIABLES = 20_000
"""How many variables may be in the changes that are kept."""

LINGER_S = 60.0
"""How long a feed that nobody reads waits for somebody to come back."""


class Entry(NamedTuple):
    """One change of a feed; its number is 1, 2, 3 …"""

    number: int
    change_set: ChangeSet


class Feed:
    """The changes of one session.

    Parameters
    ----------
    watch : SessionWatch
        Is not entered yet.

    Attributes
    ----------
    id : str
        Of this feed; a new one does not know the changes of an old one.
    is_over : bool
        Whether there will be no more changes.
    """

    def __init__(self, watch: SessionWatch) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.is_over = False
        self.ending: LivensError | None = None
        self._watch = watch
        self._kept: deque[Entry] = deque()
        self._kept_variables = 0
        self._last = 0
        self._readers = 0
        self._news = asyncio.Event()
        self._closing: asyncio.TimerHandle | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ended: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to watch.

        Raises
        ------
        LivensError
            If the session cannot be watched.
        """
        await self._watch.__aenter__()
        self._reading = asyncio.create_task(self._read())
        self._linger()

    async def close(self, ending: LivensError | None = None) -> None:
        """End the watch; readers come to their end. It can be called twice."""
        self.ending = self.ending or ending
        self.is_over = True
        self._wake()
        if self._closing is not None:
            self._closing.cancel()
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        await self._watch.close()

    async def request(
        self, method: str, params: dict[str, Any], timeout_s: float
    ) -> msgspec.Struct:
        """Ask the kernel; see `SessionWatch.request`."""
        self._readers += 1  # nor is it closed while somebody waits for an answer
        try:
            return await self._watch.request(method, params, timeout_s=timeout_s)
        finally:
            self._readers -= 1
            self._linger()

    async def changes(self, last_id: str = "") -> AsyncIterator[tuple[str, ChangeSet]]:
        """Iterate over the changes and their ids.

        Parameters
        ----------
        last_id : str
            The id of the last change that the reader got. Without it, or if what followed is not
            kept any more, the first is the whole state.
        """
        self._readers += 1
        try:
            seen = self._number_of(last_id)
            while True:
                for entry in self._since(seen):
                    seen = entry.number
                    yield f"{self.id}-{entry.number}", entry.change_set
                if self.is_over:
                    return
                if self._last == seen:
                    await self._news.wait()
        finally:
            self._readers -= 1
            self._linger()

    def _since(self, seen: int | None) -> list[Entry]:
        """Return what came after a number, or the whole state."""
        oldest = self._kept[0].number if self._kept else self._last + 1
        if seen is None or seen + 1 < oldest:
            replica = self._watch.conversation.replica
            variables = list(replica.variables.values())
            whole = ChangeSet(
                replica.epoch,
                replica.seq,
                variables,
                complete=True,
                capabilities=replica.capabilities,
            )
            return [Entry(self._last, whole)]
        return [entry for entry in self._kept if entry.number > seen]

    def _number_of(self, last_id: str) -> int | None:
        feed, _, number = last_id.rpartition("-")
        if feed == self.id and number.isascii() and number.isdigit() and int(number) <= self._last:
            return int(number)
        return None

    async def _read(self) -> None:
        try:
            async for change_set in self._watch:
                self._keep(change_set)
                self._wake()
        except LivensError as err:
            self.ending = err
        finally:
            self.is_over = True
            self._wake()

    def _keep(self, change_set: ChangeSet) -> None:
        self._last += 1
        self._kept.append(Entry(self._last, change_set))
        self._kept_variables += len(change_set.changed)
        while len(self._kept) > KEPT or (
            self._kept_variables > KEPT_VARIABLES and len(self._kept) > 1
        ):
            self._kept_variables -= len(self._kept.popleft().change_set.changed)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _linger(self) -> None:
        """Close in a while, unless somebody reads then."""
        if self._closing is not None:
            self._closing.cancel()
        loop = asyncio.get_running_loop()
        self._closing = loop.call_later(LINGER_S, self._close_if_unread)

    def _close_if_unread(self) -> None:
        if self._readers == 0:
            self.is_over = True  # from now on, who comes gets another feed
            self._ended = asyncio.create_task(self.close())
