"""What a program and a livens server send each other about a room: a store that the server keeps.

The server writes and reads these types (`livens.server.room_handlers`), and so does the other end
(`livens.state.stores.jupyter`). The OpenAPI document of the server is made of them.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from livens.state.stores.entries import Changes, Entry

NULL = msgspec.Raw(b"null")


class RoomEntry(msgspec.Struct, kw_only=True):
    """The last that was written under a name.

    Attributes
    ----------
    name : str
        The variable, or one key of it: ``params["lr"]``.
    position : int
        Of the write, in the room's order.
    value : object
        The value as JSON, see `livens.state.stores.documents`; null if it was deleted.
    deleted : bool
        Whether the name was deleted.
    source : str
        Who wrote it.
    at : float
        When, in seconds since the epoch.
    """

    name: str
    position: int
    value: msgspec.Raw = msgspec.field(default_factory=lambda: NULL)
    deleted: bool = False
    source: str
    at: float

    @classmethod
    def of(cls, entry: Entry) -> RoomEntry:
        """Return what is sent of an entry."""
        return cls(
            name=entry.name,
            position=entry.position,
            value=NULL if entry.document is None else msgspec.Raw(entry.document),
            deleted=entry.document is None,
            source=entry.source,
            at=entry.at,
        )

    def entry(self) -> Entry:
        """Return the entry that was sent."""
        document = None if self.deleted else bytes(self.value)
        return Entry(self.name, self.position, document, self.source, self.at)


class RoomChanges(msgspec.Struct):
    """What was written since a position.

    Attributes
    ----------
    entries : list of RoomEntry
        The newest of each name that was written, in the order of their positions.
    position : int
        Of the last write of all.
    """

    entries: list[RoomEntry]
    position: int

    @classmethod
    def of(cls, changes: Changes) -> RoomChanges:
        """Return what is sent of changes."""
        return cls([RoomEntry.of(entry) for entry in changes.entries], changes.position)

    def changes(self) -> Changes:
        """Return the changes that were sent."""
        return Changes([entry.entry() for entry in self.entries], self.position)


class RoomWrite(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is to be written, all at one position.

    Attributes
    ----------
    values : dict of str to object
        By name, as JSON.
    delete : list of str
        Names that are to go.
    source : str
        Who writes; by default what the client calls itself.
    """

    values: dict[str, msgspec.Raw] = {}
    delete: list[str] = []
    source: Annotated[str, Meta(max_length=200)] = ""


class RoomWritten(msgspec.Struct):
    """What became of a write.

    Attributes
    ----------
    position : int
        That it got.
    replaced : list of RoomEntry
        What was under the names in the moment before.
    """

    position: int
    replaced: list[RoomEntry]


class RoomQuery(msgspec.Struct, kw_only=True):
    """The query of ``GET /rooms/{room}``.

    Attributes
    ----------
    since : int
        Only what was written after this position.
    wait_s : float
        So long to wait, if nothing was yet.
    """

    since: Annotated[int, Meta(ge=0, le=2**53)] = 0
    wait_s: Annotated[float, Meta(ge=0, le=30)] = 0.0


class RoomChangesQuery(msgspec.Struct, kw_only=True):
    """The query of ``GET /rooms/{room}/changes``.

    Attributes
    ----------
    since : int
        Begin with what was written after this position.
    """

    since: Annotated[int, Meta(ge=0, le=2**53)] = 0
