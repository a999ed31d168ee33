"""What an archive tells of itself: sessions, commits and entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from livens.state.archive.content import Content

EntryKind = Literal["kept", "gone", "pending", "not kept"]
"""What a commit says of a name: its value is kept; there is no such name any more; its value was
not read yet; its value is not kept, for a reason."""

CommitKind = Literal["cell", "during", "between", "back", "restore"]
"""When it was: at the end of a cell, while one ran, between two, or after going back or restoring
between two."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a session is found by again.

    Attributes
    ----------
    name : str
        A name of the user's own; empty if there is none.
    notebook : str
        The path of the notebook; empty if it is not known.
    kernel : str
        The same for a kernel before and after a restart: what its connection file is called.
    """

    name: str = ""
    notebook: str = ""
    kernel: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """The process that a session was, to tell whether it still runs."""

    host: str
    pid: int
    started_at: float
    python: str


@dataclass(frozen=True, slots=True)
class Session:
    """What one kernel process has kept.

    Attributes
    ----------
    id : int
        Its number in the archive.
    identity : Identity
        What it is found by again.
    process : Process
        Which process it was.
    started_at, ended_at : float
        In seconds since the epoch. A session that was killed has no end.
    commits : int
        How many commits it has.
    last_at : float, optional
        When the last one was made.
    """

    id: int
    identity: Identity
    process: Process
    started_at: float
    ended_at: float | None
    commits: int
    last_at: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a commit says of one name.

    Attributes
    ----------
    kind : str
        See `EntryKind`.
    group : int, optional
        The number of the group that has its value.
    reason : str
        Why it is not kept.
    commit : int
        The commit that says so.
    digest : bytes, optional
        Of the group's content.
    nbytes : int
        How large the group is.
    """

    kind: EntryKind
    group: int | None = None
    reason: str = ""
    commit: int = 0
    digest: bytes | None = None
    nbytes: int = 0


@dataclass(frozen=True, slots=True)
class Commit:
    """What one cell changed.

    Attributes
    ----------
    id : int
        Its number; a later commit has a higher one.
    kind : str
        See `CommitKind`.
    cell : int, optional
        The number of the cell; None for silent ones.
    cell_id : str, optional
        The notebook's id of the cell.
    at : float
        When, in seconds since the epoch.
    source : str
        The code of the cell.
    tag : str
        What the user called it.
    entries : dict of str to Entry
        What it says of each name.
    """

    id: int
    kind: CommitKind
    cell: int | None
    cell_id: str | None
    at: float
    source: str
    tag: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be written of one name: its content, or why there is none."""

    kind: EntryKind
    content: Content | None = None
    reason: str = ""


@dataclass(slots=True)
class NewCommit:
    """A commit that is to be written; see `Commit`."""

    kind: CommitKind
    at: float
    cell: int | None = None
    cell_id: str | None = None
    source: str = ""
    entries: dict[str, NewEntry] = field(default_factory=dict)
