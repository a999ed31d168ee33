"""Which notebooks are meant: files, directories, and patterns that no shell has expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from livens.exceptions import RunFailed
from livens.recording.inputs import find_inputs, is_one_file


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with notebooks, and with what only looks like some."""
    names = [
        *("b.ipynb", "a.ipynb", "deep/er/c.ipynb", "deep/a.ipynb", "x[1].ipynb"),
        *(".ipynb_checkpoints/a-checkpoint.ipynb", "deep/.ipynb_checkpoints/c.ipynb"),
        *(".a.partial.ipynb", ".venv/d.ipynb", "out/a.ipynb", "notes.txt", "empty/readme.md"),
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.ipynb").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*texts: str, leave_out: tuple[str | None, ...] = ("out", None)) -> list[str]:
    return [one.path.as_posix() for one in find_inputs(texts, leave_out)]


def test_directory(folder: Path) -> None:
    """All notebooks below, in order; nothing hidden, nothing that a run has written there."""
    found = ["a.ipynb", "b.ipynb", "deep/a.ipynb", "deep/er/c.ipynb", "x[1].ipynb"]
    assert names(".") == found
    assert names(str(folder)) == [(folder / name).as_posix() for name in found]
    assert [one.place.as_posix() for one in find_inputs(["deep"])] == ["a.ipynb", "er/c.ipynb"]


def test_patterns(folder: Path) -> None:
    """They work where no shell expands them; a file of that very name comes first."""
    assert names("[ab].ipynb") == ["a.ipynb", "b.ipynb"]
    assert names("deep/**/*.ipynb") == ["deep/a.ipynb", "deep/er/c.ipynb"]
    assert names("d*/a.*") == ["deep/a.ipynb"]
    assert names("x[1].ipynb") == ["x[1].ipynb"]


def test_each_once(folder: Path) -> None:
    """A notebook that is meant twice is run once, at its first place."""
    (folder / "link.ipynb").symlink_to("b.ipynb")
    assert names("b.ipynb", "deep", "*.ipynb", "deep/a.ipynb", "link.ipynb") == [
        *("b.ipynb", "deep/a.ipynb", "deep/er/c.ipynb", "a.ipynb", "x[1].ipynb"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("empty", "No notebook in empty or below"),
        (".ipynb_checkpoints/none*", "No notebook fits"),
        ("*.txt", "No notebook fits"),
        ("nothing/**", "No notebook fits"),
        ("folder.ipynb", "No notebook in folder.ipynb or below"),
    ],
)
def test_nothing_found(folder: Path, text: str, message: str) -> None:
    """This is an error, not a run of nothing."""
    with pytest.raises(RunFailed, match=message.replace(".", r"\.")):
        find_inputs(["a.ipynb", text])


def test_one_file(folder: Path) -> None:
    """What may stand for several is a batch, also if it is one: its output is a directory."""
    assert is_one_file(["a.ipynb"])
    assert is_one_file(["x[1].ipynb"])
    assert is_one_file(["missing.ipynb"])
    assert not is_one_file(["deep"])
    assert not is_one_file(["a.*"])
    assert not is_one_file(["a.ipynb", "b.ipynb"])
