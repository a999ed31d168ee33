"""An archive of an older livens is migrated, and one of a newer is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from livens.exceptions import ArchiveFailed
from livens.state.archive import file
from livens.state.archive.reading import ArchiveReader
from livens.state.archive.writing import ArchiveWriter

VERSION_1 = Path(__file__).with_name("version_1.sql")
"""What ``sqlite3 archive.sqlite .dump`` says of a file of version 1, and its two pragmas."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "archive.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1.read_text("utf-8"))
    connection.close()
    return path


def _check(path: Path) -> None:
    with ArchiveReader(path) as reader:
        (session,) = reader.sessions()
        assert (session.identity.notebook, session.ended_at) == ("old.ipynb", None)
        first, second = reader.commits(session.id)
        assert (first.cell, first.tag, first.entries["x"].kind) == (1, "", "kept")
        assert second.entries["x"].kind == "gone"
        assert [reader.read(e.group)[0] for e in reader.state_at(session.id).values()] == [b"[2]"]


def test_file_of_version_1_is_migrated_for_writing(old: Path) -> None:
    """What it holds is there afterwards, and it can be written to."""
    writer = ArchiveWriter(old)
    _check(old)
    writer.session = 1
    writer.end()
    writer.tag(1, "before the training")
    writer.close()
    with ArchiveReader(old) as reader:
        assert reader.commits(1)[0].tag == "before the training"
        assert reader.session(1).ended_at is not None


def test_file_of_version_1_is_migrated_for_reading(old: Path) -> None:
    """Who only looks finds the same."""
    _check(old)


def test_migration_is_all_or_nothing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it fails in the middle, the file is what it was."""
    broken = {**file._MIGRATIONS, 1: file._MIGRATIONS[1] + "; NONSENSE"}
    monkeypatch.setattr(file, "_MIGRATIONS", broken)
    with pytest.raises(ArchiveFailed):
        ArchiveWriter(old)
    monkeypatch.undo()
    connection = sqlite3.connect(old)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert "tag" not in {row[1] for row in connection.execute("PRAGMA table_info(commits)")}
    connection.close()
    _check(old)


def test_newer_file_is_refused_in_words(tmp_path: Path) -> None:
    """It is not touched: a newer livens will want it."""
    path = tmp_path / "archive.sqlite"
    ArchiveWriter(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {file.FORMAT + 1}")
    connection.close()
    for open_it in (ArchiveWriter, ArchiveReader):
        with pytest.raises(ArchiveFailed, match=r"has format 3.*up to 2\. Use a newer livens"):
            open_it(path)
