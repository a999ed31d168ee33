"""What is written to an archive: chunks as they come, and a commit in one transaction.

Chunks are stored before the commit that needs them, a few at a time, so that a large value neither
waits in memory nor keeps other processes from writing. Until then nothing refers to them. In case
another process has removed them as unused meanwhile, the commit looks for all of them, and is
refused with `ChunksMissing`: then the values are read again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from livens.exceptions import ArchiveFailed
from livens.state.archive import file
from livens.state.archive.content import Content
from livens.state.archive.records import Identity, NewCommit, NewEntry, Process

_MOST_WAITING = 16
"""So many chunks are written in one transaction."""


class ChunksMissing(ArchiveFailed):
    """Some chunks of these names are not in the archive: the values are to be read again."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"Chunks of {', '.join(names)} are missing in the archive")
        self.names = names


class ArchiveWriter:
    """Writes one session to an archive; all of it on one thread.

    Parameters
    ----------
    path : pathlib.Path
        The file, which is made where there is none.
    clock : callable
        Seconds since the epoch.

    Raises
    ------
    ArchiveFailed
        By all methods, if the file cannot be read or written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from livens.state.archive.content import ContentReader
    >>> folder = TemporaryDirectory()
    >>> writer = ArchiveWriter(Path(folder.name, "archive.sqlite"))
    >>> session = writer.begin(Identity(name="mine"), Process("host", 1, 0.0, "3.11"))
    >>> entry = NewEntry("kept", ContentReader(b'{"x": 1}', []).content)
    >>> writer.commit(NewCommit("cell", at=1.0, cell=1, entries={"x": entry}))
    1
    >>> writer.close()
    >>> folder.cleanup()
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.session: int | None = None
        self._clock = clock
        self._waiting: dict[bytes, bytes] = {}
        self._connection = file.open_for_writing(path)
        self._file = file.which(path)

    def close(self) -> None:
        """Close the file; what was put and not committed is lost."""
        self._waiting.clear()
        with suppress(sqlite3.Error):
            self._connection.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for what else its thread does with the file."""
        return self._connection

    def begin(self, identity: Identity, process: Process) -> int:
        """Begin a session; return its number."""
        with self.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO sessions (name, notebook, kernel, host, pid, process_started_at,"
                " python, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(identity.name, identity.notebook, identity.kernel),
                    *(process.host, process.pid, process.started_at, process.python),
                    self._clock(),
                ),
            )
        self.session = cursor.lastrowid
        assert self.session is not None
        return self.session

    def resume(self, session: int) -> bool:
        """Go on with a session; return whether it is in this file."""
        with file.telling(self.path):
            found = self._connection.execute("SELECT 1 FROM sessions WHERE id = ?", (session,))
            if found.fetchone() is None:
                return False
        self.session = session
        return True

    def end(self) -> None:
        """Note that the session has ended in good order."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE sessions SET ended_at = ? WHERE id = ?", (self._clock(), self.session)
            )

    def put(self, digest: bytes, data: bytes) -> None:
        """Store a chunk, if it is not there; it may wait for others."""
        if digest in self._waiting or self._has_chunk(digest):
            return
        self._waiting[digest] = data
        if len(self._waiting) >= _MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Write the chunks that wait."""
        if self._waiting:
            with self.transaction() as connection:
                self._write_waiting(connection)

    def commit(self, commit: NewCommit) -> int:
        """Write a commit; return its number.

        Raises
        ------
        ChunksMissing
            If values have to be read again. Nothing is written then.
        """
        with self.transaction() as connection:
            self._write_waiting(connection)
            cursor = connection.execute(
                "INSERT INTO commits (session, kind, cell, cell_id, at, source)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(self.session, commit.kind, commit.cell, commit.cell_id),
                    *(commit.at, commit.source),
                ),
            )
            number = cursor.lastrowid
            assert number is not None
            self._write_entries(connection, number, commit.entries)
        return number

    def amend(self, commit: int, entries: Mapping[str, NewEntry]) -> None:
        """Write what has become known of names after their commit was written.

        Raises
        ------
        ChunksMissing
            If values have to be read again. Nothing is written then.
        """
        with self.transaction() as connection:
            self._write_waiting(connection)
            if connection.execute("SELECT 1 FROM commits WHERE id = ?", (commit,)).fetchone():
                self._write_entries(connection, commit, entries)

    def tag(self, commit: int, tag: str) -> None:
        """Give a commit a name."""
        with self.transaction() as connection:
            connection.execute("UPDATE commits SET tag = ? WHERE id = ?", (tag, commit))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write what is done inside, all or nothing.

        Raises
        ------
        ArchiveFailed
            If it cannot be written; also if the file was removed or replaced meanwhile.
        """
        with file.telling(self.path):
            self._need_file()
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def _need_file(self) -> None:
        """Find out whether the file is still there: SQLite goes on writing into a removed one."""
        if file.which(self.path) != self._file:
            raise ArchiveFailed(f"The archive '{self.path}' was removed while it was in use")

    def _has_chunk(self, digest: bytes) -> bool:
        with file.telling(self.path):
            found = self._connection.execute("SELECT 1 FROM chunks WHERE digest = ?", (digest,))
            return found.fetchone() is not None

    def _write_waiting(self, connection: sqlite3.Connection) -> None:
        now = self._clock()
        rows = [(digest, now, data) for digest, data in self._waiting.items()]
        connection.executemany("INSERT OR IGNORE INTO chunks VALUES (?, ?, ?)", rows)
        self._waiting.clear()

    def _write_entries(
        self, connection: sqlite3.Connection, commit: int, entries: Mapping[str, NewEntry]
    ) -> None:
        groups: dict[bytes, int] = {}
        missing = []
        rows = []
        for name, entry in entries.items():
            group = None
            if entry.content is not None:
                digest = entry.content.digest
                if digest not in groups:
                    if not self._has_chunks(entry.content):
                        missing.append(name)
                        continue
                    groups[digest] = _write_group(connection, entry.content)
                group = groups[digest]
            rows.append((commit, name, entry.kind, group, entry.reason))
        if missing:
            raise ChunksMissing(missing)
        connection.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", rows)

    def _has_chunks(self, content: Content) -> bool:
        lists = content.chunk_lists().values()
        return all(self._has_chunk(digest) for chunks in lists for digest in chunks)


def _write_group(connection: sqlite3.Connection, content: Content) -> int:
    """Store a group, if it is not there; return its number."""
    found = connection.execute("SELECT id FROM groups WHERE digest = ?", (content.digest,))
    row = found.fetchone()
    if row is not None:
        return int(row[0])
    document = content.document if isinstance(content.document, bytes) else None
    cursor = connection.execute(
        "INSERT INTO groups (digest, nbytes, document) VALUES (?, ?, ?)",
        (content.digest, content.nbytes, document),
    )
    group = cursor.lastrowid
    assert group is not None
    connection.executemany(
        "INSERT INTO blobs VALUES (?, ?, ?, ?)",
        [(group, n, each.nbytes, each.digests) for n, each in content.chunk_lists().items()],
    )
    return group
