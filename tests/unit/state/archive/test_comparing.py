"""What differs between two states of an archive: by values, where what is kept is not the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from livens.state.archive.comparing import Differences
from livens.state.archive.reading import ArchiveReader
from livens.state.archive.records import NewCommit, NewEntry
from livens.state.plain import all_bytes, encode_plain
from livens.state.plain.comparing import LOOKS

from .conftest import Keeping


def cell(keeping: Keeping, **values: Any) -> int:
    """Keep values as one group; None is a name that is not kept."""
    group = encode_plain({name: value for name, value in values.items() if value is not None})
    content = keeping.content(group.document, *map(all_bytes, group.blobs))
    kept, left = NewEntry("kept", content), NewEntry("not kept", reason="a reason")
    entries = {name: left if value is None else kept for name, value in values.items()}
    return keeping.writer.commit(NewCommit("cell", keeping.now, entries=entries))


def between(keeping: Keeping, first: int, second: int) -> Any:
    """Return what differs after two commits."""
    with ArchiveReader(keeping.path) as reader:
        states = [reader.state_at(keeping.session, commit) for commit in (first, second)]
        return Differences(reader, LOOKS).between(*states)


def test_names_of_a_group_are_compared_one_by_one(keeping: Keeping) -> None:
    """One has changed; another group has not been looked at at all."""
    shared = ["text" * 3_000]
    first = cell(keeping, a=shared, b=[shared, 1], n=None)
    second = cell(keeping, a=shared, b=[shared, 2], c=3)
    found = between(keeping, first, second)
    assert (found.added, found.changed, found.removed) == (["c"], ["b"], [])
    assert found.unknown == {}
    assert between(keeping, second, first).removed == ["c"]


def test_what_is_no_object_of_a_group_any_more_differs(keeping: Keeping) -> None:
    """Although its value is equal, and the entry of the other name is an old one."""
    shared = [1]
    first = cell(keeping, a=shared, b=shared)
    second = cell(keeping, b=[1])
    assert between(keeping, first, second).changed == ["b"]


def test_what_cannot_be_read_is_not_guessed(keeping: Keeping) -> None:
    """It is unknown, with what is wrong; the other names are compared."""
    first = cell(keeping, a=b"x" * 9_000)
    second = cell(keeping, a=b"x" * 9_000 + b"y")
    third = cell(keeping, a=None)
    assert between(keeping, first, second).changed == ["a"]
    assert between(keeping, first, third).unknown == {"a": "a reason"}
    with closing(sqlite3.connect(keeping.path)) as connection, connection:
        connection.execute("UPDATE groups SET document = substr(document, 1, 60)")
    (reason,) = between(keeping, first, second).unknown.values()
    assert "damaged" in reason
