"""The archive's file: how it is made, opened, brought to the newest format, and removed.

It holds the user's values, so it is the user's alone (0600) from its first byte on. SQLite gives
the files beside it (``-wal``, ``-shm``) the same mode. `FORMAT` is the version of its tables,
stored as SQLite's ``user_version``. An older file is migrated when it is opened for writing, in one
transaction. A newer one is refused.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from livens.exceptions import ArchiveFailed

APPLICATION_ID = 0x6C76736E
"""SQLite's ``application_id`` of an archive: "lvsn"."""

FORMAT = 2
"""The version of the tables."""

BUSY_TIMEOUT_S = 2.0
"""So long a connection waits for another process that writes."""

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite adds to the name of a file for the files beside it."""

_VERSION_1 = """
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL, notebook TEXT NOT NULL, kernel TEXT NOT NULL,
    host TEXT NOT NULL, pid INTEGER NOT NULL, process_started_at REAL NOT NULL,
    python TEXT NOT NULL, started_at REAL NOT NULL
);
CREATE TABLE commits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind TEXT NOT NULL, cell INTEGER, cell_id TEXT, at REAL NOT NULL, source TEXT NOT NULL
);
CREATE INDEX commits_of_session ON commits (session, id);
CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE, nbytes INTEGER NOT NULL, document BLOB
);
CREATE TABLE blobs (
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, nbytes INTEGER NOT NULL, chunks BLOB NOT NULL,
    PRIMARY KEY (group_id, number)
) WITHOUT ROWID;
CREATE TABLE chunks (digest BLOB PRIMARY KEY, added_at REAL NOT NULL, data BLOB NOT NULL);
CREATE TABLE entries (
    commit_id INTEGER NOT NULL REFERENCES commits (id) ON DELETE CASCADE,
    name TEXT NOT NULL, kind TEXT NOT NULL,
    group_id INTEGER REFERENCES groups (id), reason TEXT NOT NULL,
    PRIMARY KEY (commit_id, name)
) WITHOUT ROWID;
CREATE INDEX entries_of_group ON entries (group_id);
"""

_MIGRATIONS = {
    0: _VERSION_1,
    1: """
    ALTER TABLE sessions ADD COLUMN ended_at REAL;
    ALTER TABLE commits ADD COLUMN tag TEXT NOT NULL DEFAULT '';
    """,
}
"""What brings the tables from a version to the next."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Return a connection to the archive at *path*, which is made or migrated where necessary.

    Raises
    ------
    ArchiveFailed
        If that cannot be done; the message says why.
    """
    with telling(path):
        _make_private(path)
        connection, _ = _connect(path, "rw")
        try:
            _patiently(connection, "PRAGMA auto_vacuum = INCREMENTAL")
            _patiently(connection, "PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA journal_size_limit = 67108864")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Return a connection by which nothing can be changed.

    Raises
    ------
    ArchiveFailed
        If there is no archive, or not one that this livens can read.
    """
    if not path.is_file():
        raise ArchiveFailed(f"There is no archive at '{path}'; expected a file that %state made")
    with telling(path):
        try:
            connection, found = _connect(path, "ro")
        except sqlite3.OperationalError:
            # Where nothing can be written there is nobody who writes: what is there is all.
            connection, found = _connect(path, "ro&immutable=1")
        if found < FORMAT:
            connection.close()
            with closing(open_for_writing(path)):
                pass
            connection, _ = _connect(path, "ro")
        return connection


def remove(path: Path) -> bool:
    """Remove an archive and the files beside it; return whether there was one.

    Raises
    ------
    ArchiveFailed
        If it cannot be removed.
    """
    was_there = path.exists()
    with telling(path):
        for each in (path, *(path.with_name(path.name + end) for end in BESIDE)):
            each.unlink(missing_ok=True)
    return was_there


def which(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one at the same path; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Have what fails inside raised as `ArchiveFailed`, with the path and what to do."""
    try:
        yield
    except sqlite3.Error as err:
        raise ArchiveFailed(_reason(path, err)) from err
    except OSError as err:
        what = err.strerror or type(err).__name__
        raise ArchiveFailed(f"The archive '{path}' cannot be used: {what}") from err


def _reason(path: Path, error: sqlite3.Error) -> str:
    text = str(error)
    if isinstance(error, sqlite3.OperationalError) and "locked" in text:
        return f"The archive '{path}' is locked by another program, for {BUSY_TIMEOUT_S:.0f} s"
    if "full" in text:
        return f"The archive '{path}' cannot grow: the disk is full"
    if "not a database" in text or "malformed" in text:
        return (
            f"The archive '{path}' is damaged: {text}. Move it away, or remove it with "
            "'%state forget --all'"
        )
    return f"The archive '{path}' cannot be used: {text}"


def _connect(path: Path, mode: str) -> tuple[sqlite3.Connection, int]:
    """Return a connection to the archive at *path*, and the version of its tables."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        return connection, _need_archive(connection, path)
    except BaseException:
        connection.close()
        raise


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Execute what SQLite refuses at once, without waiting, while another process writes."""
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute(statement).fetchall()
        except sqlite3.OperationalError as err:
            if "locked" not in str(err) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _make_private(path: Path) -> None:
    """Make an empty file that is the user's alone, or see to it that the one there is."""
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    no_follow = getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | no_follow, 0o600)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ArchiveFailed(f"'{path}' is no ordinary file; expected one for the archive")
        if hasattr(os, "getuid"):
            if found.st_uid != os.getuid():
                raise ArchiveFailed(f"The archive '{path}' belongs to another user")
            if stat.S_IMODE(found.st_mode) & 0o077:
                os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _need_archive(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of an archive's tables; 0 for an empty file."""
    # The tables first: another process may be about to make them, and the two numbers with them.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if tables and application != APPLICATION_ID:
        raise ArchiveFailed(f"'{path}' is the database of another program; expected an archive")
    if found > FORMAT:
        raise ArchiveFailed(
            f"The archive '{path}' has format {found}, and this livens knows formats up to "
            f"{FORMAT}. Use a newer livens, or another file"
        )
    return int(found)


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the newest version, all or nothing; another process may do the same."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == FORMAT:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        for version in range(found, FORMAT):
            for statement in _MIGRATIONS[version].split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
