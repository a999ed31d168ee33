"""The handlers of rooms: what is in them, writing into them, changes as they come."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError

from livens.exceptions import NotShared
from livens.server.handlers import PING_S, Handler, with_pings
from livens.server.http_errors import as_http_errors
from livens.server.rooms import Room, Rooms
from livens.state.stores.rooms import (
    RoomChanges,
    RoomChangesQuery,
    RoomEntry,
    RoomQuery,
    RoomWrite,
    RoomWritten,
)
from livens.state.stores.shared_values import need_name

Q = TypeVar("Q", bound=msgspec.Struct)


class RoomsHandler(Handler):
    """What the handlers of rooms have."""

    def room(self, name: str) -> Room:
        """Return a room, which is made if it is not there."""
        rooms: Rooms = self.settings["livens_rooms"]
        with as_http_errors():
            return rooms.get(name)

    def query(self, kind: type[Q]) -> Q:
        """Return the arguments of the query.

        Raises
        ------
        HTTPError
            400 if they do not fit.
        """
        given = {
            name: values[-1].decode("utf-8", "replace")
            for name, values in self.request.query_arguments.items()
            if name in kind.__struct_fields__
        }
        try:
            return msgspec.convert(given, kind, strict=False)
        except msgspec.ValidationError as err:
            raise HTTPError(400, f"The query is not what was expected: {err}") from None


class RoomHandler(RoomsHandler):
    """``GET`` and ``PATCH /rooms/{room}``."""

    @authorized("read")
    async def get(self, name: str) -> None:
        """Tell what was written after a position; waits for it, if that is asked for."""
        asked = self.query(RoomQuery)
        await self.unless_gone(self._answer(self.room(name), asked))

    async def _answer(self, room: Room, asked: RoomQuery) -> None:
        with as_http_errors():
            changes = await room.changes_since(asked.since, asked.wait_s)
        self.answer(RoomChanges.of(changes))

    @authorized("execute")
    async def patch(self, name: str) -> None:
        """Write values and delete names, all at one position."""
        asked = self.body(RoomWrite)
        documents: dict[str, bytes | None] = dict.fromkeys(asked.delete)
        documents |= {name: bytes(value) for name, value in asked.values.items()}
        if not documents:
            raise HTTPError(400, 'Nothing is to be written; expected {"values": {…}}')
        try:
            for each in documents:
                need_name(each)
        except NotShared as err:
            raise HTTPError(400, f"{each[:100]!r}: {err}") from None
        with as_http_errors():
            written = await self.room(name).set_many(documents, asked.source or self.client)
        replaced = [RoomEntry.of(entry) for entry in written.replaced.values()]
        self.answer(RoomWritten(written.position, replaced))


class RoomChangesHandler(RoomsHandler):
    """``GET /rooms/{room}/changes``: what was written after a position, as it comes (SSE)."""

    @authorized("read")
    async def get(self, name: str) -> None:
        """Tell the changes until the client goes."""
        since = self.query(RoomChangesQuery).since
        last_id = self.request.headers.get("Last-Event-ID", "")
        if last_id.isdecimal():
            since = int(last_id[:20])
        await self.unless_gone(self._tell(self.room(name), since))

    async def _tell(self, room: Room, since: int) -> None:
        with self.admission.listening(), as_http_errors():
            self.begin_stream()
            async for changes in with_pings(room.watch(since), PING_S):
                if changes is None:
                    await self.send_event(None)
                else:
                    await self.send_event(RoomChanges.of(changes), str(changes.position))
