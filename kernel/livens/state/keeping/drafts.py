"""A commit before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from livens.state.archive.records import NewCommit
from livens.state.keeping.tasks import Task


class CellEnd(NamedTuple):
    """Which cell has ended."""

    execution_count: int | None
    cell_id: str | None
    source: str


@dataclass(slots=True)
class Draft:
    """A commit that the worker is to write, and what it waits for.

    Attributes
    ----------
    commit : NewCommit
        What is known of it.
    copied : list of Task
        Groups that belong to it, and that can be read at any time.
    tasks : list of Task
        Groups that are still to be taken.
    unread : list of str
        Names of which it is still to be found out what groups they are in.
    """

    commit: NewCommit
    copied: list[Task] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
