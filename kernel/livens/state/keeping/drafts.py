"""A commit before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from livens.state.archive.records import NewCommit
from livens.state.keeping.task_lists import TaskList


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
    copied : TaskList
        Groups that belong to it, and that can be read at any time.
    tasks : TaskList
        Groups that are still to be taken.
    unread : dict of str
        Names of which it is still to be found out what groups they are in.
    """

    commit: NewCommit
    copied: TaskList = field(default_factory=TaskList)
    tasks: TaskList = field(default_factory=TaskList)
    unread: dict[str, None] = field(default_factory=dict)
