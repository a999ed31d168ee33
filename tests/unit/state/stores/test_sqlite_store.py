"""What is particular to a store in a file: its rights, what else may be under its path, its end."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from store_conformance.worlds import Watching, documents, run_program

from livens.exceptions import StoreAway, StoreRefused
from livens.state.stores.shared_values import lasting_watch
from livens.state.stores.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a file that is not there yet."""
    return tmp_path / "shared.db"


def test_only_its_owner_may_read_it(path: Path) -> None:
    """Also the files that SQLite makes beside it, whatever the umask is."""
    before = os.umask(0)
    try:
        store = SqliteStore(path)
        store.set_many(documents(x="1"), "me")
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert modes == {"shared.db": 0o600, "shared.db-wal": 0o600, "shared.db-shm": 0o600}


def test_all_is_there_when_it_is_opened_again(path: Path) -> None:
    """And the positions go on."""
    store = SqliteStore(path)
    first = store.set_many(documents(x="1"), "me").position
    store.close()
    again = SqliteStore(path)
    assert again.get()["x"].document == b"1"
    assert again.set_many(documents(x="2"), "me").position > first
    again.close()


def test_a_database_of_somebody_else_is_left_alone(path: Path) -> None:
    """It is refused by name, and nothing is written into it."""
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreRefused, match="no store of livens; name another file"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_what_cannot_be_a_store_is_refused_by_name(tmp_path: Path) -> None:
    """With what was expected."""
    (tmp_path / "text").write_text("this is no database, and long enough to be seen as none" * 9)
    with pytest.raises(StoreRefused, match="is no SQLite file; name another"):
        SqliteStore(tmp_path / "text")
    with pytest.raises(StoreRefused, match="is a folder; expected a file"):
        SqliteStore(tmp_path)
    with pytest.raises(StoreRefused, match=r"folder of the store .* is not there; make it"):
        SqliteStore(tmp_path / "nowhere" / "x.db")


def test_a_store_of_a_newer_format_is_refused(path: Path) -> None:
    """With the two versions."""
    SqliteStore(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 7")
    raw.close()
    with pytest.raises(StoreRefused, match="format 7, and this livens reads 1; install a newer"):
        SqliteStore(path)


def test_a_file_that_was_deleted_is_not_written_any_more(path: Path) -> None:
    """A handle goes over to the file that others see under the path; who watches is told."""
    store = SqliteStore(path)
    told = Watching(store.watch(0))
    watching = Watching(lasting_watch(store, 0))
    watching.entries_until(store.set_many(documents(x="1"), "me").position)
    for each in list(path.parent.iterdir()):
        each.unlink()
    other = SqliteStore(path)
    position = other.set_many(documents(y="1"), "other").position
    assert list(store.get()) == ["y"]
    assert [entry.name for entry in watching.entries_until(position)] == ["y"]
    with pytest.raises(StoreAway, match="was moved or deleted"):
        told.entries_until(position + 1)
    other.close()
    store.close()
    assert watching.has_ended()


def test_a_file_that_another_program_keeps_locked_is_told_as_away(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time that a write waits; reading goes on meanwhile."""
    monkeypatch.setattr("livens.state.stores.sqlite.BUSY_S", 0.05)
    store = SqliteStore(path)
    store.set_many(documents(x="1"), "me")
    locking = sqlite3.connect(path, isolation_level=None)
    locking.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreAway, match="cannot be reached now: database is locked"):
        store.set_many(documents(x="2"), "me")
    assert store.get()["x"].document == b"1"
    locking.execute("ROLLBACK")
    locking.close()
    store.set_many(documents(x="3"), "me")
    assert store.get()["x"].document == b"3"
    store.close()


def test_programs_that_make_the_file_at_once_agree(tmp_path: Path) -> None:
    """None is refused, and none waits in vain: each finds the store that one of them made."""
    failed: list[Exception] = []

    def write(path: Path, together: threading.Barrier) -> None:
        together.wait()
        try:
            store = SqliteStore(path)
            store.set_many({"x": b"1"}, "me")
            store.close()
        except Exception as err:  # noqa: BLE001 - told below
            failed.append(err)

    for number in range(20):
        together = threading.Barrier(6)
        arguments = [tmp_path / f"{number}.db", together]
        threads = [threading.Thread(target=write, args=arguments) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []


def test_a_write_that_is_killed_half_way_is_none(path: Path) -> None:
    """The next one opens the file as it was."""
    run_program(
        """
        import os, sys, signal, sqlite3
        from pathlib import Path
        from livens.state.stores import sqlite as stores
        store = stores.SqliteStore(Path(sys.argv[1]))
        store.set_many({"x": b"1"}, "me")
        child = os.fork()
        if not child:
            store = stores.SqliteStore(Path(sys.argv[1]))
            connection = store._file.connection
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE entries SET document = x'00'")
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        """,
        str(path),
    )
    store = SqliteStore(path)
    assert store.get()["x"].document == b"1"
    store.set_many(documents(x="2"), "me")
    assert store.get()["x"].document == b"2"
    store.close()
