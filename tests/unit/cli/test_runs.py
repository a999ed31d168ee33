"""`jupyter livens runs`: a table of records that fits, sorted and filtered, and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commands import Done, command
from rich.cells import cell_len

from livens.protocol.requests import Environment
from livens.recording.record import EndStatus
from livens.recording.writer import RecordWriter


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Return a folder with the records of four runs of two notebooks."""
    runs: list[tuple[str, EndStatus, int, dict[str, Any]]] = [
        ("a-long-name-of-a-notebook-2024", "ok", 0, {"year": 2024, "city": "Bern"}),
        ("sales", "failed", 1, {"year": 2023, "city": "Bern"}),
        ("sales", "ok", 0, {"year": 2024, "city": "Bern", "dry": True}),
        ("sales", "ok", 0, {"year": 10, "city": "Bern"}),
    ]
    for count, (name, status, code, parameters) in enumerate(runs):
        path = tmp_path / f"{name}-2026010{count}T000000Z.livens.jsonl"
        writer = RecordWriter(path, notebook=f"{name}.ipynb", parameters=parameters)
        writer.environment(Environment("3", "Linux", {}, (count + 1) * 10**8), 0.0)
        writer.end(status, "", [], exit_code=code)
        text = path.read_text()
        head, _, rest = text.partition('"started_at":')
        path.write_text(f'{head}"started_at":{1000 + count},{rest.partition(",")[2]}')
    return tmp_path


def names(*args: object) -> list[str]:
    runs = json.loads(command("runs", *args, "--json").stdout)
    return [Path(run["path"]).name.split("T0000")[0] for run in runs]


def test_table_fits_60_columns(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name, status, time and the comparison are whole, and what differs is below."""
    monkeypatch.setenv("COLUMNS", "60")
    lines = command("runs", records).stdout.splitlines()
    assert all(cell_len(line) <= 60 for line in lines)
    assert lines[0].split() == ["record", "status", "time", "before", "memory"]
    assert "sales-20260101T000000Z" in lines[3]
    assert "failed" in lines[3]
    assert "year=2023" in lines[4]
    assert "city" not in "".join(lines)  # the same in all
    assert lines[-1] == "4 runs: 3 ok, 1 failed."


def test_wide_table(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is room, it also says when they began and how much memory they took."""
    monkeypatch.setenv("COLUMNS", "100")
    lines = command("runs", records).stdout.splitlines()
    assert "started" in lines[0]
    assert "200 MB" in lines[3]


def test_sort(records: Path) -> None:
    """By a column or a parameter; numbers as numbers."""
    assert [name[-2:] for name in names(records)] == ["00", "01", "02", "03"]
    assert [name[-2:] for name in names(records, "--reverse")] == ["03", "02", "01", "00"]
    assert [name[-2:] for name in names(records, "--sort", "year")] == ["03", "01", "00", "02"]
    assert names(records, "--sort", "dry")[0].endswith("02")
    assert names(records, "--sort", "status")[0].endswith("01")
    failed: Done = command("runs", records, "--sort", "yaer")
    assert failed.returncode == 2
    assert (
        "expected one of started, notebook, status, time, memory, city, dry, year" in failed.stderr
    )


def test_filter(records: Path) -> None:
    """By status, notebook and parameter; values are read as they are when a run is given them."""
    assert names(records, "--status", "failed") == ["sales-20260101"]
    assert len(names(records, "--notebook", "sales.ipynb")) == 3
    assert len(names(records, "-p", "year", "2024")) == 2
    assert names(records, "-p", "year", "2024", "-p", "dry", "True") == ["sales-20260102"]
    assert names(records, "-p", "dry", "1") == []


def test_nothing(tmp_path: Path) -> None:
    """An empty folder is said to be one, and a missing one is an error."""
    done = command("runs", tmp_path)
    assert (done.returncode, done.stdout) == (0, "There are no such records.\n")
    done = command("runs", tmp_path / "no")
    assert done.returncode == 2
    assert "No directory and no record" in done.stderr


def test_broken_record(records: Path) -> None:
    """A file that is no record is named beside the table; alone it is an error."""
    broken = records / "x.livens.jsonl"
    broken.write_text("nothing\n")
    done = command("runs", records)
    assert done.returncode == 0
    assert "x.livens.jsonl is no record of livens" in done.stderr
    assert "4 runs" in done.stdout
    assert command("runs", broken).returncode == 2
