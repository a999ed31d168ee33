"""JUnit's file."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from livens.cli.junit import Case, JUnitFile
from livens.recording.outcome import NOT_BEGUN, ExitCode, Expectation, Outcome

PATHS = [Path(f"{name}.ipynb") for name in "abc"]


def read(file: Path) -> dict[str, list[tuple[str, str | None, str | None]]]:
    suite = ElementTree.parse(file).getroot()[0]
    assert suite.get("tests") == str(len(suite))
    for kind in ("failure", "error"):
        assert suite.get(f"{kind}s") == str(len(suite.findall(f"testcase/{kind}")))
    return {
        str(case.get("name")): [
            (child.tag, child.get("type"), child.get("message") or child.text) for child in case
        ]
        for case in suite
    }


def test_every_notebook_is_there_from_the_start(tmp_path: Path) -> None:
    """A notebook without a result has an error, so that a command that is killed looks like it."""
    file = tmp_path / "report.xml"
    junit = JUnitFile(file, PATHS)
    junit.update([])
    assert {name: told[0][:2] for name, told in read(file).items()} == {
        f"{name}.ipynb": ("error", "no result") for name in "abc"
    }
    junit.update([Case(PATHS[1], Outcome(ExitCode.OK), 1.0)])
    assert read(file)["b.ipynb"] == []
    assert len(read(file)["a.ipynb"]) == 1
    assert list(tmp_path.iterdir()) == [file]


def test_ends(tmp_path: Path) -> None:
    """An end by a signal is an error with a type of its own; one that was not begun says so."""
    file = tmp_path / "report.xml"
    reasons = ["Terminated (SIGTERM) in cell 1 of 2", "Interrupted in cell 2 of 2"]
    JUnitFile(file, PATHS).update(
        [
            Case(PATHS[0], Outcome(ExitCode.TERMINATED, reasons[0]), 1.0, "printed\n"),
            Case(PATHS[1], Outcome(ExitCode.INTERRUPTED, reasons[1]), 1.0),
            Case(PATHS[2], Outcome(ExitCode.TERMINATED, f"Terminated{NOT_BEGUN}"), 0.0),
        ]
    )
    assert read(file) == {
        "a.ipynb": [("error", "terminated", reasons[0]), ("system-out", None, "printed")],
        "b.ipynb": [("error", "interrupted", reasons[1])],
        "c.ipynb": [("error", "not begun", f"Terminated{NOT_BEGUN}")],
    }


def test_expectations_and_errors(tmp_path: Path) -> None:
    """What was expected, and the errors that a run went on after, are in the output."""
    file = tmp_path / "report.xml"
    expected = [Expectation("x < 1", "unmet", "x = 2"), Expectation("x > 1", "met")]
    outcome = Outcome(
        ExitCode.UNMET,
        notes=["Expected x < 1, but x = 2."],
        errors=["ValueError: \x1b[31mno in cell 1"],
        expectations=expected,
    )
    JUnitFile(file, PATHS[:1]).update([Case(PATHS[0], outcome, 1.0)])
    assert read(file)["a.ipynb"] == [
        ("failure", "unmet", "Expected x < 1, but x = 2."),
        (
            "system-out",
            None,
            "unmet: x < 1\nmet: x > 1\nerror, the run went on: ValueError: no in cell 1",
        ),
    ]


def test_place_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the run goes on it is passed over; at the end it is said where the file is."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    junit = JUnitFile(tmp_path / "no" / "report.xml", PATHS)
    junit.update([])
    told: list[str] = []
    assert not junit.write([], told.append)
    (place,) = tmp_path.iterdir()
    assert told[0].endswith(f"The JUnit file is in {place}.")
    assert len(read(place)) == 3


def test_file_of_another_kind(tmp_path: Path) -> None:
    """What a cell has written there meanwhile is not replaced."""
    file = tmp_path / "report.xml"
    file.write_text("mine")
    JUnitFile(file, PATHS).update([])
    assert file.read_text() == "mine"
