"""What an archive tells: its sessions, their commits, and what the names were at one of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from livens.exceptions import ArchiveFailed
from livens.state.archive import file
from livens.state.archive.content import Chunks, digest_of
from livens.state.archive.records import Commit, Entry, Identity, Process, Session

_SESSIONS = """
SELECT s.id, s.name, s.notebook, s.kernel, s.host, s.pid, s.process_started_at, s.python,
       s.started_at, s.ended_at, count(c.id), max(c.at)
FROM sessions s LEFT JOIN commits c ON c.session = s.id
GROUP BY s.id ORDER BY s.id
"""

_STATE = """
SELECT e.name, e.kind, e.group_id, e.reason, max(e.commit_id), g.digest, g.nbytes
FROM commits c JOIN entries e ON e.commit_id = c.id LEFT JOIN groups g ON g.id = e.group_id
WHERE c.session = ? AND c.id <= ?
GROUP BY e.name
"""  # With max(), SQLite takes the other columns from the same row.

_LATEST = 2**62


class ArchiveReader:
    """Reads an archive; changes nothing.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    ArchiveFailed
        By all methods, if the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = file.open_for_reading(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> ArchiveReader:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def sessions(self) -> list[Session]:
        """Return all sessions, the oldest first."""
        return [
            Session(
                id=row[0],
                identity=Identity(*row[1:4]),
                process=Process(*row[4:8]),
                started_at=row[8],
                ended_at=row[9],
                commits=row[10],
                last_at=row[11],
            )
            for row in self._rows(_SESSIONS)
        ]

    def session(self, number: int) -> Session:
        """Return one session.

        Raises
        ------
        ArchiveFailed
            If there is none with this number.
        """
        found = [session for session in self.sessions() if session.id == number]
        if not found:
            raise ArchiveFailed(f"There is no session {number} in the archive '{self.path}'")
        return found[0]

    def commits(self, session: int) -> list[Commit]:
        """Return the commits of a session with what they say, the oldest first."""
        found = {
            row[0]: Commit(*row)
            for row in self._rows(
                "SELECT id, kind, cell, cell_id, at, source, tag FROM commits WHERE session = ?"
                " ORDER BY id",
                session,
            )
        }
        for number, name, *entry in self._rows(
            "SELECT e.commit_id, e.name, e.kind, e.group_id, e.reason, e.commit_id, g.digest,"
            " g.nbytes FROM commits c JOIN entries e ON e.commit_id = c.id"
            " LEFT JOIN groups g ON g.id = e.group_id WHERE c.session = ?",
            session,
        ):
            if number in found:
                found[number].entries[name] = _entry(entry)
        return list(found.values())

    def state_at(self, session: int, commit: int | None = None) -> dict[str, Entry]:
        """Return what the names were after a commit, by default after the last one.

        Names that were gone by then are left out.
        """
        latest = _LATEST if commit is None else commit
        rows = self._rows(_STATE, session, latest)
        return {name: _entry(entry) for name, *entry in rows if entry[0] != "gone"}

    def read(self, group: int) -> tuple[bytes, list[bytes]]:
        """Return the document and the blobs of a group.

        Raises
        ------
        ArchiveFailed
            If something of it is missing or damaged.
        """
        document, blobs = self.parts(group)
        return document, [self.joined(chunks) for chunks in blobs]

    def parts(self, group: int) -> tuple[bytes, list[Chunks]]:
        """Return the document of a group, and which chunks its blobs consist of.

        Raises
        ------
        ArchiveFailed
            If something of it is missing or damaged.
        """
        row = self._row("SELECT document FROM groups WHERE id = ?", group)
        lists = {
            number: Chunks(nbytes, digests)
            for number, nbytes, digests in self._rows(
                "SELECT number, nbytes, chunks FROM blobs WHERE group_id = ? ORDER BY number", group
            )
        }
        large = lists.pop(0, None)
        if row[0] is not None:
            return row[0], list(lists.values())
        if large is None:
            raise ArchiveFailed(f"A value in the archive '{self.path}' is not complete")
        return self.joined(large), list(lists.values())

    def joined(self, chunks: Chunks, most_bytes: int | None = None) -> bytes:
        """Return the bytes of chunks, or the first ones.

        Raises
        ------
        ArchiveFailed
            If something of them is missing or damaged.
        """
        wanted = chunks.nbytes if most_bytes is None else min(most_bytes, chunks.nbytes)
        data = bytearray()
        for digest in chunks:
            (chunk,) = self._row("SELECT data FROM chunks WHERE digest = ?", digest)
            if digest_of(chunk) != digest:
                raise ArchiveFailed(f"A value in the archive '{self.path}' is damaged")
            data += chunk
            if len(data) >= wanted < chunks.nbytes:
                return bytes(data[:wanted])
        if len(data) != chunks.nbytes:
            raise ArchiveFailed(f"A value in the archive '{self.path}' is not complete")
        return bytes(data)

    def nbytes(self) -> int:
        """Return how much of the file is in use."""
        return used_bytes(self._connection)

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with file.telling(self.path):
            return self._connection.execute(statement, values).fetchall()

    def _row(self, statement: str, *values: object) -> tuple[Any, ...]:
        rows = self._rows(statement, *values)
        if not rows:
            raise ArchiveFailed(f"A value in the archive '{self.path}' is not complete")
        return rows[0]


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return how many bytes of an archive are in use."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def latest_of(sessions: Iterable[Session], identity: Identity) -> list[Session]:
    """Return the sessions that are earlier ones of this identity, the best match first.

    With a name of the user's own, only sessions of that name are; else those of the same kernel
    before a restart, then those of the same notebook. Sessions without commits hold nothing.

    Examples
    --------
    >>> process = Process("host", 1, 0.0, "3.11")
    >>> old = Session(1, Identity(notebook="a.ipynb", kernel="k1"), process, 0.0, None, 3, 1.0)
    >>> new = Session(2, Identity(notebook="b.ipynb", kernel="k2"), process, 0.0, None, 3, 2.0)
    >>> [s.id for s in latest_of([old, new], Identity(notebook="a.ipynb", kernel="k2"))]
    [2, 1]
    """
    found = [session for session in sessions if session.commits]
    found.sort(key=lambda session: session.id, reverse=True)
    if identity.name:
        return [each for each in found if each.identity.name == identity.name]
    same_kernel = [s for s in found if s.identity.kernel and s.identity.kernel == identity.kernel]
    same_notebook = [
        s
        for s in found
        if s.identity.notebook and s.identity.notebook == identity.notebook and s not in same_kernel
    ]
    return [s for s in (*same_kernel, *same_notebook) if not s.identity.name]


def _entry(row: Iterable[Any]) -> Entry:
    kind, group, reason, commit, digest, nbytes = row
    return Entry(kind, group, reason, commit, digest, nbytes or 0)
