"""How what was kept is removed from an archive, by name, by session, or all of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from livens.state.archive import file
from livens.state.archive.merging import ArchiveLimits, Merger
from livens.state.archive.writing import ArchiveWriter

FORGOTTEN = "it was forgotten"
"""Why a name is not kept any more."""

TOGETHER = "it shared objects with a name that was forgotten"

_UNLIMITED = ArchiveLimits(max_bytes=2**62, max_age_s=float("inf"))


def forget_names(path: Path, sessions: Iterable[int], names: Iterable[str]) -> list[str]:
    """Remove all values of some names; return which names are not kept any more.

    A value that shared objects with them goes as well: both are one group. So does the code of the
    cells that made them. What was removed is overwritten in the file.

    Raises
    ------
    ArchiveFailed
        If the file cannot be written.
    """
    found: dict[str, None] = {}
    writer = ArchiveWriter(path)
    try:
        writer.connection.execute("PRAGMA secure_delete = ON")
        for session in sessions:
            for name in names:
                found |= dict.fromkeys(_forget(writer, session, name))
        _remove_unused(writer)
    finally:
        writer.close()
    return list(found)


def _forget(writer: ArchiveWriter, session: int, name: str) -> list[str]:
    with writer.transaction() as connection:
        groups = [
            group
            for (group,) in connection.execute(
                "SELECT DISTINCT e.group_id FROM entries e JOIN commits c ON c.id = e.commit_id"
                " WHERE c.session = ? AND e.name = ? AND e.group_id IS NOT NULL",
                (session, name),
            )
        ]
        # The code of a cell may hold its values.
        connection.execute(
            "UPDATE commits SET source = '' WHERE session = ? AND id IN"
            " (SELECT commit_id FROM entries WHERE name = ?)",
            (session, name),
        )
        names = []
        for group in groups:
            names += [
                row[0]
                for row in connection.execute(
                    "SELECT DISTINCT e.name FROM entries e JOIN commits c ON c.id = e.commit_id"
                    " WHERE c.session = ? AND e.group_id = ?",
                    (session, group),
                )
            ]
            connection.execute(
                "UPDATE entries SET kind = 'not kept', group_id = NULL,"
                " reason = CASE name WHEN ? THEN ? ELSE ? END WHERE group_id = ?"
                " AND commit_id IN (SELECT id FROM commits WHERE session = ?)",
                (name, FORGOTTEN, TOGETHER, group, session),
            )
    return names


def forget_session(path: Path, session: int) -> None:
    """Remove all that a session kept.

    Raises
    ------
    ArchiveFailed
        If the file cannot be written.
    """
    writer = ArchiveWriter(path)
    try:
        writer.connection.execute("PRAGMA secure_delete = ON")
        with writer.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE id = ?", (session,))
        _remove_unused(writer)
    finally:
        writer.close()


def forget_all(path: Path) -> bool:
    """Remove the archive; return whether there was one."""
    return file.remove(path)


def _remove_unused(writer: ArchiveWriter) -> None:
    Merger(writer, _UNLIMITED).run()
    with file.telling(writer.path):
        writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
