"""The examples of docs/records.md that read records with DuckDB and pandas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from recorded import number, written_cells

from livens.recording.writer import RecordWriter

PAGE = Path(__file__).parents[2] / "docs" / "records.md"


def example(word: str) -> str:
    """Return the one example in Python that has a word in it."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (found,) = [block for block in blocks if word in block]
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current directory, with a record of three changes."""
    monkeypatch.chdir(tmp_path)
    cells = ("x = 1", [number("x", 1)]), ("x = 2\ny = 5", [number("x", 2), number("y", 5)])
    written_cells(tmp_path / "run.livens.jsonl", *cells)
    return tmp_path


def run(word: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(example(word), namespace)
    return namespace


@pytest.mark.usefixtures("folder")
def test_duckdb() -> None:
    """The changes come by cell, with name and preview."""
    rows = run("duckdb")["changes"].fetchall()
    assert [row[:3] for row in rows] == [(1, "x", "1"), (2, "x", "2"), (2, "y", "5")]


def test_pandas(folder: Path) -> None:
    """Each run is a row with its parameters; of one that was cut off, no status is made up."""
    (folder / "records").mkdir()
    for year in (2023, 2024):
        path = folder / "records" / f"a-{year}.livens.jsonl"
        RecordWriter(path, notebook="a.ipynb", parameters={"year": year}).end("ok", "", [])
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    frame = run("import pandas")["frame"]
    assert list(frame["year"]) == [2023, 2024]
    assert list(frame["status"].isna()) == [False, True]
