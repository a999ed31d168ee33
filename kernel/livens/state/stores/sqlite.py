"""A store in a SQLite file, for the programs of one machine: ``sqlite:///PATH``.

The order is a number in the file, and a write is one transaction (``BEGIN IMMEDIATE``), so that no
two have the same position. The file is in WAL mode, where readers wait for nobody. It is made with
the rights 0600, and SQLite gives the files beside it the same.

Who watches asks ``PRAGMA data_version`` again and again: 3 µs, and SQLite tells nobody by itself.
The pauses in between are short after a change and longer when nothing happens.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from livens.exceptions import StoreAway, StoreClosed, StoreRefused
from livens.state.stores.base import BaseStore
from livens.state.stores.entries import Changes, Entry, Written, next_position

APPLICATION_ID = 0x4C565354
"""What the head of the file says that it is: ``LVST``."""

FORMAT = 1
"""The version of the tables."""

BUSY_S = 5.0
"""So long a write waits for those of other programs."""

PAUSE_S = 0.002
"""The pause between two looks after a change."""

IDLE_PAUSE_S = 0.02
"""The pause when there was no change for `IDLE_AFTER_S`: such looks took 0.8 % of a core, and those
after `PAUSE_S` 2.1 %."""

IDLE_AFTER_S = 1.0

_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS entries (
    name TEXT PRIMARY KEY, position INTEGER NOT NULL, document BLOB, source TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_position ON entries (position);
CREATE TABLE IF NOT EXISTS last (position INTEGER NOT NULL);
INSERT INTO last SELECT 0 WHERE NOT EXISTS (SELECT * FROM last);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT};
COMMIT;
"""

_COLUMNS = "name, position, document, source, at"


class SqliteStore(BaseStore):
    """The store in a file; it is made if there is none.

    Parameters
    ----------
    path : Path
        Of the file. Its folder has to be there.

    Raises
    ------
    StoreRefused
        If the file is no store, or one of a newer livens, or may not be written.
    StoreAway
        If it cannot be opened now.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite:///{path}")
        self._path = path
        self._lock = threading.Lock()
        self._file: _File | None = None
        self._watching: dict[int, _File] = {}  # by thread: a connection is not told of its own
        self._changed_at = 0.0
        self._was_open = False
        with self._connection():
            pass

    def get(self, names: list[str] | None = None) -> dict[str, Entry]:
        """Return the entries of these names, or all."""
        with self._connection() as connection:
            found = _select(connection, names)
        return {entry.name: entry for entry in found}

    def set_many(self, documents: Mapping[str, bytes | None], source: str) -> Written:
        """Write all of these in one transaction."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            position = _last(connection)
            if not documents:
                return Written(position, {})
            replaced = _select(connection, list(documents))
            now = time.time()
            position = next_position(position, now)
            connection.execute("UPDATE last SET position = ?", (position,))
            connection.executemany(
                f"INSERT OR REPLACE INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
                [(name, position, document, source, now) for name, document in documents.items()],
            )
            connection.commit()
        return Written(position, {entry.name: entry for entry in replaced})

    def changes_since(self, position: int) -> Changes:
        """Return what was written after a position."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM entries WHERE position > ? ORDER BY position, rowid",
                (position,),
            )
            return Changes([Entry(*row) for row in rows], _last(connection))

    def wait(self, position: int, timeout_s: float) -> None:
        """Look at the version of the file until it is another one."""
        ends = time.monotonic() + timeout_s
        thread = threading.get_ident()
        with self._told():
            if thread not in self._watching:
                self._watching[thread] = self._opened()
                return  # it may have changed before
            watching = self._watching[thread]
            while not self._is_closed:
                if watching.is_replaced():
                    # Who watches has to compare all: other names may be gone with the old file.
                    self._end_watching(thread)
                    raise StoreAway(f"The file of the store {self._label} was moved or deleted")
                if watching.has_news():
                    self._changed_at = time.monotonic()
                    return
                now = time.monotonic()
                if now >= ends:
                    return
                is_idle = now - self._changed_at > IDLE_AFTER_S
                time.sleep(IDLE_PAUSE_S if is_idle else PAUSE_S)

    def _watch(self, position: int, stop: threading.Event | None) -> Iterator[Changes]:
        try:
            yield from super()._watch(position, stop)
        finally:
            self._end_watching(threading.get_ident())

    def _end_watching(self, thread: int) -> None:
        if (file := self._watching.pop(thread, None)) is not None:
            file.close()

    def close(self) -> None:
        """Close the file. Who watches in another thread closes its own connection."""
        super().close()
        if self._pid == os.getpid():
            with self._lock:
                if self._file is not None:
                    self._file.close()
                    self._file = None

    def _opened(self) -> _File:
        """Open the file; that of a store that was open once is no mistake in its URL."""
        try:
            file = _File(self._path)
        except StoreRefused as err:
            if self._was_open:
                raise StoreAway(f"The store {self._label} is away: {err}") from None
            raise
        self._was_open = True
        return file

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection; what is not committed at the end is taken back."""
        with self._lock, self._told():
            if self._file is not None and self._file.is_replaced():
                self._file.close()
                self._file = None
            if self._file is None:
                self._file = self._opened()
            connection = self._file.connection
            try:
                yield connection
            finally:
                with suppress(sqlite3.Error):
                    connection.rollback()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raise what SQLite raises as errors of stores."""
        self.need_open()
        try:
            yield
        except sqlite3.Error as err:
            if self._is_closed:
                raise StoreClosed(f"The store {self._label} is closed; open it again") from None
            raise _told_of(err, self._label) from None


class _File:
    """One connection to the file, and which file that was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        _make(path)
        self._is_of = _identity(path)
        # isolation_level None: a transaction begins where it is said, as BEGIN IMMEDIATE.
        self.connection = sqlite3.connect(
            path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare()
            self._version = self._read_version()
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self) -> None:
        # In this order: whoever makes the tables at this moment writes the id with them.
        tables, application = self._tables(), _number(self.connection, "application_id")
        if application != APPLICATION_ID and (application or tables):
            raise StoreRefused(
                f"{self._path} is a SQLite file, and no store of livens; name another file"
            )
        version = _number(self.connection, "user_version")
        if version > FORMAT:
            raise StoreRefused(
                f"The store {self._path} has the format {version}, and this livens reads "
                f"{FORMAT}; install a newer livens, or name another file"
            )
        if version < FORMAT:
            self._make_tables()
        self.connection.execute("PRAGMA synchronous = NORMAL")

    def _make_tables(self) -> None:
        ends = time.monotonic() + BUSY_S
        while True:
            try:
                # SQLite does not wait for others with this one.
                self.connection.execute("PRAGMA journal_mode = WAL")
                self.connection.executescript(_TABLES)
                return
            except sqlite3.OperationalError as err:
                if "locked" not in str(err) or time.monotonic() > ends:
                    raise
                time.sleep(PAUSE_S)

    def _tables(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    def _read_version(self) -> int:
        return _number(self.connection, "data_version")

    def has_news(self) -> bool:
        """Return whether another connection has written since the last call."""
        before, self._version = self._version, self._read_version()
        return before != self._version

    def is_replaced(self) -> bool:
        """Return whether there is another file under the path, or none."""
        return _identity(self._path) != self._is_of

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def _make(path: Path) -> None:
    """Make an empty file that nobody else may read, if there is none."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except FileNotFoundError:
        raise StoreRefused(
            f"The folder of the store {path} is not there; make it, or name another file"
        ) from None
    except PermissionError:
        raise StoreRefused(f"The store {path} may not be written by this user") from None
    except IsADirectoryError:
        raise StoreRefused(f"The store {path} is a folder; expected a file") from None
    except OSError as err:
        raise StoreAway(f"The store {path} cannot be opened: {err.strerror}") from None


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_dev, found.st_ino


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _last(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT position FROM last").fetchone()[0])


_MAX_VARIABLES = 500
"""So many names are asked for at once: SQLite has a limit, which was 999 for long."""


def _select(connection: sqlite3.Connection, names: list[str] | None) -> list[Entry]:
    select = f"SELECT {_COLUMNS} FROM entries"
    if names is None:
        return [Entry(*row) for row in connection.execute(select)]
    found = []
    for start in range(0, len(names), _MAX_VARIABLES):
        some = names[start : start + _MAX_VARIABLES]
        marks = ", ".join("?" * len(some))
        rows = connection.execute(f"{select} WHERE name IN ({marks})", some)
        found += [Entry(*row) for row in rows]
    return found


def _told_of(error: sqlite3.Error, label: str) -> StoreAway | StoreRefused:
    if isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error):
        return StoreRefused(f"{label} is no SQLite file; name another file")
    if "readonly" in str(error):
        return StoreRefused(f"The store {label} may not be written: {error}")
    return StoreAway(f"The store {label} cannot be reached now: {error}")
