"""What is written to an archive is what is read from it, and nothing of it is stored twice."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
from pathlib import Path

import pytest

from livens.exceptions import ArchiveFailed
from livens.state.archive.content import CHUNK_BYTES
from livens.state.archive.reading import ArchiveReader
from livens.state.archive.records import NewCommit, NewEntry
from livens.state.archive.writing import ArchiveWriter, ChunksMissing

from .conftest import Keeping


def _values(path: Path, session: int, commit: int | None = None) -> dict[str, bytes]:
    with ArchiveReader(path) as reader:
        state = reader.state_at(session, commit)
        return {name: reader.read(e.group)[0] for name, e in state.items() if e.group is not None}


def test_state_at_each_commit_is_what_was_written_then(keeping: Keeping) -> None:
    """Names keep what was last said of them; names that are gone are not there."""
    first = keeping.cell_ends(a=b"1", b=b"2")
    second = keeping.cell_ends(b=b"3", c=b"4")
    third = keeping.cell_ends(a=None)
    assert _values(keeping.path, keeping.session, first) == {"a": b"1", "b": b"2"}
    assert _values(keeping.path, keeping.session, second) == {"a": b"1", "b": b"3", "c": b"4"}
    assert _values(keeping.path, keeping.session, third) == {"b": b"3", "c": b"4"}
    assert _values(keeping.path, keeping.session) == {"b": b"3", "c": b"4"}


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 700_000])
def test_blobs_of_any_size_come_back(keeping: Keeping, size: int) -> None:
    """Also empty ones, and those that end where a chunk does; a large document likewise."""
    data = random.Random(size).randbytes(size)
    entries = {"x": NewEntry("kept", keeping.content(data, b"", data, b"tail"))}
    keeping.writer.commit(NewCommit("cell", 1.0, entries=entries))
    with ArchiveReader(keeping.path) as reader:
        group = reader.state_at(keeping.session)["x"].group
        assert group is not None
        assert reader.read(group) == (data, [b"", data, b"tail"])


def test_large_value_that_changes_a_little_costs_a_little(keeping: Keeping) -> None:
    """One chunk of forty is stored again, and its list."""
    data = bytearray(random.Random(1).randbytes(40 * CHUNK_BYTES))
    for at in (None, 5, 10_000_000):
        if at is not None:
            data[at] ^= 1
        entries = {"x": NewEntry("kept", keeping.content(b"{}", bytes(data)))}
        keeping.writer.commit(NewCommit("cell", 1.0, entries=entries))
    (chunks,) = keeping.writer.connection.execute("SELECT count(*) FROM chunks").fetchone()
    assert chunks == 42


def test_same_content_is_one_group(keeping: Keeping) -> None:
    """A value that comes again, under any name, is stored once."""
    keeping.cell_ends(x=b"1", y=b"1")
    keeping.cell_ends(x=b"2")
    keeping.cell_ends(x=b"1")
    (groups,) = keeping.writer.connection.execute("SELECT count(*) FROM groups").fetchone()
    assert groups == 2


def test_what_becomes_known_later_amends_its_commit(keeping: Keeping) -> None:
    """A name that was pending is kept from then on, at that commit and after it."""
    entries = {"x": NewEntry("pending", reason="not read yet")}
    first = keeping.writer.commit(NewCommit("cell", 1.0, entries=entries))
    keeping.cell_ends(y=b"2")
    with ArchiveReader(keeping.path) as reader:
        assert reader.state_at(keeping.session)["x"].kind == "pending"
    keeping.writer.amend(first, {"x": NewEntry("kept", keeping.content(b"1"))})
    assert _values(keeping.path, keeping.session, first) == {"x": b"1"}
    assert _values(keeping.path, keeping.session) == {"x": b"1", "y": b"2"}


def test_commit_whose_chunks_are_gone_is_refused(keeping: Keeping) -> None:
    """Another process may have removed what nothing referred to: then it is read again."""
    content = keeping.content(b"x" * 300_000)
    keeping.writer.flush()
    keeping.writer.connection.execute("DELETE FROM chunks")
    commit = NewCommit("cell", 1.0, entries={"x": NewEntry("kept", content)})
    with pytest.raises(ChunksMissing) as caught:
        keeping.writer.commit(commit)
    assert caught.value.names == ["x"]
    with ArchiveReader(keeping.path) as reader:
        assert reader.commits(keeping.session) == []


def test_damaged_chunk_is_told(keeping: Keeping) -> None:
    """A wrong value is worse than none."""
    keeping.cell_ends(x=b"x" * 300_000)
    keeping.writer.connection.execute("UPDATE chunks SET data = zeroblob(length(data))")
    with pytest.raises(ArchiveFailed, match="damaged"):
        _values(keeping.path, keeping.session)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of this kind")
def test_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    """The files are the user's alone, and so is a new folder, from the beginning."""
    before = os.umask(0)
    try:
        keeping = Keeping(tmp_path / "new" / "archive.sqlite")
        keeping.cell_ends(x=b"1")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in keeping.path.parent.iterdir()}
    keeping.writer.close()
    assert modes == {f"archive.sqlite{end}": 0o600 for end in ("", "-wal", "-shm")}
    assert stat.S_IMODE(keeping.path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of this kind")
def test_file_that_others_may_read_is_made_private(tmp_path: Path) -> None:
    """An empty file that somebody made before is no way in."""
    path = tmp_path / "archive.sqlite"
    path.touch(0o644)
    ArchiveWriter(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_writers_share_a_file(keeping: Keeping) -> None:
    """Each has its session, and sees nothing of the other's."""
    other = Keeping(keeping.path)
    for number in range(20):
        keeping.cell_ends(x=b"mine%d" % number)
        other.cell_ends(x=b"theirs%d" % number)
    other.writer.close()
    assert _values(keeping.path, keeping.session) == {"x": b"mine19"}
    assert _values(keeping.path, other.session) == {"x": b"theirs19"}


def test_removed_file_is_told_and_not_written_to(keeping: Keeping) -> None:
    """SQLite would go on writing into a file that nobody can find any more."""
    keeping.cell_ends(x=b"1")
    keeping.path.unlink()
    with pytest.raises(ArchiveFailed, match="removed while it was in use"):
        keeping.cell_ends(x=b"2")
    keeping.path.touch()
    with pytest.raises(ArchiveFailed, match="removed while it was in use"):
        keeping.cell_ends(x=b"2")


def test_locked_file_is_told(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, in words; and it works again when the other program is done."""
    keeping.writer.connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(keeping.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveFailed, match="locked by another program"):
        keeping.cell_ends(x=b"1")
    other.execute("ROLLBACK")
    other.close()
    keeping.cell_ends(x=b"2")
    assert _values(keeping.path, keeping.session) == {"x": b"2"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is no database, and long enough to be read as one" * 20, "damaged"),
        (b"SQLite format 3\x00" + b"\xff" * 4080, "cannot be used|damaged"),
    ],
)
def test_file_that_is_no_archive_is_left_alone(tmp_path: Path, content: bytes, words: str) -> None:
    """It may be somebody's."""
    path = tmp_path / "archive.sqlite"
    path.write_bytes(content)
    with pytest.raises(ArchiveFailed, match=words):
        ArchiveWriter(path)
    assert path.read_bytes() == content


def test_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """A path that was mistyped must not cost anybody a table."""
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ArchiveFailed, match="another program"):
        ArchiveWriter(path)
    with pytest.raises(ArchiveFailed, match="another program"):
        ArchiveReader(path)
    assert path.read_bytes() == before


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file where the folder is to be is the same for every user, root as well."""
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveFailed, match="cannot be used"):
        ArchiveWriter(tmp_path / "file" / "archive.sqlite")
