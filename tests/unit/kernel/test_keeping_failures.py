"""Whatever happens to the archive, cells run on; it is said once, and in `%state`."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kept_shells import KeptShell, kept_shell

from livens.state.archive import file
from livens.state.archive.reading import ArchiveReader
from livens.state.archive.writing import ArchiveWriter
from livens.state.keeping import worker


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "archive.sqlite"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon after a failure, and wait no longer than a moment for a lock."""
    monkeypatch.setattr(worker, "_FIRST_RETRY_S", 0.01)
    monkeypatch.setattr(file, "BUSY_TIMEOUT_S", 0.05)


@pytest.fixture
def shell(path: Path) -> Iterator[KeptShell]:
    with kept_shell(path) as shell:
        shell.run("x = 1; y = [1]")
        shell.wait()
        yield shell


def _fail(shell: KeptShell) -> str:
    """Run cells until one says that nothing is kept; return what it printed."""
    for number in range(10_000):
        printed = shell.run(f"x = {number}")
        if printed:
            return printed
        if shell.keeping._active is not None:
            shell.keeping._active.worker.wait(0.01)
    raise AssertionError("no cell said that nothing is kept")


def _latest(path: Path) -> dict[str, object]:
    with kept_shell(path, name="reads", is_on=False) as reader:
        with ArchiveReader(path) as archive:
            session = archive.sessions()[-1].id
        reader.outcomes(session=session)
        return {name: reader.namespace.get(name) for name in ("x", "y")}


def _remove(path: Path) -> None:
    path.unlink()


def _replace(path: Path) -> None:
    path.rename(path.with_suffix(".old"))
    path.write_bytes(b"")


def _damage(path: Path) -> None:
    for each in path.parent.iterdir():
        each.write_bytes(b"\xde\xad" * 20_000)


def _move_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))
    path.parent.write_text("a file where the folder was")


@pytest.mark.parametrize("do", [_remove, _replace, _damage, _move_folder])
def test_file_that_goes_is_told_once(
    shell: KeptShell, path: Path, do: Callable[[Path], None]
) -> None:
    """The next cell says so, later ones do not, and none fails."""
    do(path)
    printed = _fail(shell)
    assert printed.startswith("livens keeps nothing now: The archive '")
    assert printed.endswith("See %state\n")
    for number in range(20):
        assert shell.run(f"z = {number}") == ""


@pytest.mark.parametrize("do", [_remove, _replace])
def test_keeping_begins_anew_when_it_can(
    shell: KeptShell, path: Path, do: Callable[[Path], None]
) -> None:
    """In a new file, with everything that there is."""
    do(path)
    _fail(shell)
    shell.run("x = 'new'")
    while shell.keeping.report.failure or not shell.keeping._active.worker.wait(1):  # type: ignore[union-attr]
        pass
    assert _latest(path) == {"x": "new", "y": [1]}
    assert shell.kept() == {"x": "kept", "y": "kept"}


def test_nothing_is_called_kept_of_a_file_that_is_gone(shell: KeptShell, path: Path) -> None:
    """`%state` says since when, and why."""
    _move_folder(path)
    _fail(shell)
    printed = " ".join(shell.run("%state").split())
    assert "Nothing is kept since " in printed
    assert set(shell.kept().values()) == {"not kept"}


def test_nothing_is_said_to_be_written_before_it_is(
    shell: KeptShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is read, and only the file is waited for."""
    is_writing, may_go_on = threading.Event(), threading.Event()
    amend = ArchiveWriter.amend

    def slowly(*args: Any) -> None:
        is_writing.set()
        may_go_on.wait(60)
        amend(*args)

    monkeypatch.setattr(ArchiveWriter, "amend", slowly)
    shell.shell.run_cell("z = {n: [n] for n in range(50_000)}")
    shell.watcher.tick()
    active = shell.keeping._active
    assert active is not None
    assert not active.worker.wait(0.1)
    assert is_writing.wait(60)
    assert not active.worker.wait(0.1)
    may_go_on.set()
    assert active.worker.wait(60)
    assert shell.kept()["z"] == "kept"


def test_full_disk(shell: KeptShell, path: Path) -> None:
    """What was committed before stays readable; when there is room again, it is kept again."""
    active = shell.keeping._active
    assert active is not None
    writer = active.worker._writer
    assert writer is not None
    writer.connection.execute("PRAGMA max_page_count = 16")
    shell.run("z = list(range(100_000))")
    assert "the disk is full" in _fail(shell)
    assert shell.run("y.append(2); x = 7") == ""
    while shell.keeping.report.failure or not active.worker.wait(1):
        pass
    assert _latest(path) == {"x": 7, "y": [1, 2]}


def test_locked_file(shell: KeptShell, path: Path) -> None:
    """Another program that writes for long is waited for by nobody."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    active = shell.keeping._active
    assert active is not None
    assert active.worker._writer is not None
    active.worker._writer.connection.execute("PRAGMA busy_timeout = 20")
    assert "is locked by another program" in _fail(shell)
    assert shell.run("x = 'meanwhile'") == ""
    other.execute("ROLLBACK")
    other.close()
    shell.run("x = 'afterwards'")
    while shell.keeping.report.failure or not active.worker.wait(1):
        pass
    assert _latest(path) == {"x": "afterwards", "y": [1]}


def _newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {file.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_newer, "has format 99"),
        (_foreign, "another program"),
        (_folder, "cannot be used"),
        (lambda path: path.write_bytes(b"no database at all" * 1000), "is damaged"),
    ],
)
def test_file_that_cannot_be_used_from_the_start(
    path: Path, make: Callable[[Path], None], words: str
) -> None:
    """Everything but keeping works, and `%state` says why."""
    path.parent.mkdir()
    make(path)
    with kept_shell(path) as shell:
        assert words in _fail(shell)
        assert words in " ".join(shell.run("%state").split())
        with pytest.raises(Exception, match="The state is not saved"):
            shell.run("%state save")
        assert shell.run("print(1 + 1)") == "2\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_child_process_leaves_the_archive_alone(shell: KeptShell, path: Path) -> None:
    """It keeps nothing, and the parent goes on."""
    child = os.fork()
    if child == 0:
        try:
            shell.run("x = 'child'")
            shell.run("%state keep off")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    shell.run("x = 'parent'")
    shell.wait()
    assert _latest(path) == {"x": "parent", "y": [1]}


def test_name_that_was_deleted_meanwhile_does_not_come_back(shell: KeptShell, path: Path) -> None:
    """Also when the first commit that said so was lost, and the next one as well."""
    active = shell.keeping._active
    assert active is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert active.worker._writer is not None
    active.worker._writer.connection.execute("PRAGMA busy_timeout = 20")
    shell.run("del y")
    _fail(shell)
    for _ in range(3):  # each of these tries is lost, too
        active.worker.wait(0.1)
        shell.run("x = 2")
    other.execute("ROLLBACK")
    other.close()
    shell.run("x = 3")
    while shell.keeping.report.failure or not active.worker.wait(1):
        pass
    with ArchiveReader(path) as archive:
        assert set(archive.state_at(1)) == {"x"}
