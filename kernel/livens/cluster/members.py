"""A process of many: what is known of it, and whether it is there.

::

    joining ──the whole state came──▶ watched ◀──▶ silent
       └──────────────┬──────────────────┴───────────┘
                      ▼
                    ended     it is known to be gone, or it cannot be watched: `reason` says which

A process that says nothing is `silent`, and no more than that: a computation that holds the GIL, a
stopped process and a lost network look the same from here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal, Protocol

from livens.client.conversation import Conversation, Phase
from livens.exceptions import KernelGone, LivensError
from livens.protocol.types import ChangeSet, Frame, Point, Process, Variable

MemberState = Literal["joining", "watched", "silent", "ended"]

SILENT_S = 3.0
"""A process that has not answered for so long is shown as silent."""

Key = int | str
"""Names a member: the number of an engine, the address of a worker, the name of a kernel."""


class Feed(Protocol):
    """Where what a member says comes from."""

    @property
    def variables(self) -> dict[str, Variable]:
        """The variables by name, as of the last message."""

    @property
    def points(self) -> dict[str, list[Point]]:
        """The newest points of the variables."""

    @property
    def frames(self) -> list[Frame]:
        """The functions that run."""

    @property
    def process(self) -> Process | None:
        """Which process it is, if it says so."""

    @property
    def pending(self) -> int:
        """How many change sets wait to be taken."""

    def take(self) -> ChangeSet | None:
        """Return the next change set, once; `LivensError` says why there will be none."""

    def is_open(self) -> bool:
        """Return whether the whole state is here; `LivensError` says why it never will be."""

    @property
    def silent_s(self) -> float:
        """For how long a question has waited for any sign of life."""


class Told:
    """What a `Conversation` has told, as a `Feed`.

    Parameters
    ----------
    conversation : Conversation
        With one process.
    """

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation

    @property
    def variables(self) -> dict[str, Variable]:
        """The variables by name, as of the last message."""
        return self.conversation.replica.variables

    @property
    def points(self) -> dict[str, list[Point]]:
        """The newest points of the variables."""
        return self.conversation.replica.points

    @property
    def frames(self) -> list[Frame]:
        """The functions that run."""
        return self.conversation.replica.frames

    @property
    def process(self) -> Process | None:
        """Which process it is, if it says so."""
        return self.conversation.replica.process

    @property
    def pending(self) -> int:
        """How many change sets wait to be taken."""
        return self.conversation.pending

    def take(self) -> ChangeSet | None:
        """Return the next change set, once."""
        return self.conversation.take()

    def is_open(self) -> bool:
        """Return whether the whole state is here."""
        return self.conversation.is_open()

    @property
    def silent_s(self) -> float:
        """For how long a question has waited for any sign of life."""
        if self.conversation.phase is Phase.OVER:
            return 0.0
        return self.conversation.heartbeat.silent_s


class Member:
    """A process that is watched with others.

    Parameters
    ----------
    key : int or str
        Names it among the others.
    feed : Feed
        What it says.
    title : str
        What a person knows it by, such as its notebook.
    pid : int, optional
        Its process, if that is on this machine.

    Attributes
    ----------
    state : {"joining", "watched", "silent", "ended"}
        Whether it is there; see the top of this module.
    reason : str
        Why it has ended.
    busy_since : float, optional
        When the cell or task that it runs began, in seconds since the epoch.
    changed : str
        The name that changed last.
    changed_at : float
        When that was, in seconds since the epoch.
    updates : int
        How many change sets have come.
    ended_at : float
        When it was found to have ended, by the steady clock.
    """

    def __init__(self, key: Key, feed: Feed, *, title: str = "", pid: int | None = None) -> None:
        self.key, self.title, self.pid = key, title, pid
        self.feed = feed
        self.state: MemberState = "joining"
        self.reason = ""
        self.busy_since: float | None = None
        self.changed = ""
        self.changed_at = 0.0
        self.updates = 0
        self.ended_at = float("inf")
        self._was_open = False
        self._cell = ""

    def __repr__(self) -> str:
        return f"<Member {self.key!r} {self.state}>"

    @property
    def variables(self) -> Mapping[str, Variable]:
        """The variables by name, as of the last message; of one that has ended, its last."""
        return self.feed.variables

    @property
    def frames(self) -> list[Frame]:
        """The functions that run, the innermost of each thread first."""
        return self.feed.frames

    @property
    def process(self) -> Process | None:
        """Which process it is, and its rank, if it says so."""
        return self.feed.process

    @property
    def silent_s(self) -> float:
        """For how long it has not answered."""
        return self.feed.silent_s

    def take(self) -> ChangeSet | None:
        """Return the next change set, once, or None if there is none."""
        if not self.feed.pending:
            return None
        change_set = self.feed.take()
        if change_set is not None:
            self._note(change_set)
        return change_set

    def end(self, reason: str) -> None:
        """Note that the process is gone, and why; the first reason stays."""
        if self.state != "ended":
            self.state, self.reason, self.busy_since = "ended", reason, None
            self.ended_at = time.monotonic()

    def look(self) -> None:
        """Find out whether the process is there."""
        if self.state == "ended":
            return
        try:
            is_open = self.feed.is_open()
        except LivensError as err:
            if not self.feed.pending:
                self.end("it has ended" if isinstance(err, KernelGone) else str(err))
            return
        if self.feed.silent_s >= SILENT_S:
            self.state = "silent"
        else:
            self.state = "watched" if is_open or self._was_open else "joining"
        self._was_open |= is_open

    def _note(self, change_set: ChangeSet) -> None:
        self.updates += 1
        cell = change_set.cell
        if cell is not None and not cell.running:
            self.busy_since = None
        elif cell is not None:
            if self.busy_since is None or (self._cell and cell.msg_id != self._cell):
                self.busy_since = time.time()
            self._cell = cell.msg_id
        timed = [v for v in change_set.changed if v.changed_at is not None]
        newest = max(timed, key=lambda v: v.changed_at or 0.0, default=None)
        if newest is not None and (newest.changed_at or 0.0) >= self.changed_at:
            self.changed, self.changed_at = newest.name, newest.changed_at or 0.0
