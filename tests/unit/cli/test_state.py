"""`jupyter livens state`: what an archive holds, as tables that fit and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import command
from kept_shells import kept_shell
from rich.cells import cell_len


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An archive with a session of three cells."""
    path = tmp_path / "archive.sqlite"
    with kept_shell(path, name="analysis") as shell:
        shell.run("x = 1; g = (i for i in 'ab')")
        shell.run("x = 2; a_name_that_is_longer_than_the_column_for_names = [1]")
        shell.run("del x")
    return path


def test_sessions_are_listed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what they are found by, when they kept something last, and how much."""
    monkeypatch.setenv("COLUMNS", "60")
    lines = command("state", "list", "--archive", path).stdout.splitlines()
    assert all(cell_len(line) <= 60 for line in lines)
    assert "analysis: 4 commits" in " ".join(" ".join(lines).split())
    (session,) = json.loads(command("state", "list", "--archive", path, "--json").stdout)
    assert (session["name"], session["cells"]) == ("analysis", 4)
    assert "no session" in command("state", "list", "--archive", path.with_name("no")).stdout


def test_session_is_shown(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each cell changed, and what is kept of each name; also as it was after a cell."""
    monkeypatch.setenv("COLUMNS", "60")
    text = command("state", "show", "--archive", path).stdout
    assert all(cell_len(line) <= 60 for line in text.splitlines())
    assert "not kept: g" in text
    shown = json.loads(command("state", "show", "--archive", path, "--json").stdout)
    assert [name["name"][:6] for name in shown["names"]] == ["a_name", "g"]
    shown = json.loads(
        command("state", "show", "x", "--archive", path, "--cell", 1, "--json").stdout
    )
    assert [(name["name"], name["outcome"]) for name in shown["names"]] == [("x", "kept")]


def test_names_sessions_and_all_are_forgotten(path: Path) -> None:
    """Each on its own; what is missing is said."""
    assert command("state", "forget", "--archive", path).returncode == 2
    assert "x" in command("state", "forget", "x", "--session", 1, "--archive", path).stdout
    assert b"del x" not in path.read_bytes()
    assert command("state", "forget", "--session", 7, "--archive", path).returncode == 2
    command("state", "forget", "--session", 1, "--archive", path)
    assert json.loads(command("state", "list", "--archive", path, "--json").stdout or "[]") == []
    command("state", "forget", "--all", "--archive", path)
    assert not path.exists()


def test_archive_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """In words, with the code of an error."""
    path = tmp_path / "archive.sqlite"
    path.write_bytes(b"no database" * 1000)
    done = command("state", "list", "--archive", path)
    assert done.returncode == 2
    assert "is damaged" in done.stderr
