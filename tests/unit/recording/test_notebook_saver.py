"""The notebook of a run is saved when it is time, and at the end wherever it can be."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from commands import notebook_file

from livens.recording import saving
from livens.recording.job import Job
from livens.recording.notebook_saver import NotebookSaver, is_partial, partial_path
from livens.recording.outcome import ExitCode, Outcome

OK = Outcome(ExitCode.OK)


class Clock:
    """A clock that goes on when it is told to; a call takes as long as is said."""

    def __init__(self) -> None:
        self.now = 100.0
        self.per_call = 0.0

    def __call__(self) -> float:
        self.now += self.per_call
        return self.now


class Run:
    """A run of two cells without a kernel: its cells get their outputs here."""

    def __init__(self, folder: Path, *, inplace: bool = False) -> None:
        folder.mkdir(exist_ok=True)
        self.path = notebook_file(folder / "a.ipynb", "x = 1", "y = 2")
        self.before = self.path.read_bytes()
        self.output = self.path if inplace else folder / "out.ipynb"
        self.clock = Clock()
        self.notes: list[str] = []
        self.job = Job(self.path, output=self.output)
        self.saver = NotebookSaver(self.job, self.notes.append, self.clock)
        self.ended = 0

    def cell(self) -> None:
        output = nbformat.v4.new_output("stream", text=f"cell {self.ended}")
        self.job.notebook.cells[self.ended].outputs = [output]
        self.ended += 1
        self.saver.cell_ended()


def cells_in(path: Path) -> int:
    """Return how many cells have outputs in what was saved."""
    return sum(bool(cell.outputs) for cell in nbformat.read(path, as_version=4).cells)


def incomplete(path: Path) -> Any:
    return json.loads(path.read_bytes())["metadata"].get("livens", {}).get("incomplete")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "night")


@pytest.fixture
def inplace(tmp_path: Path) -> Run:
    return Run(tmp_path / "night", inplace=True)


@pytest.fixture(autouse=True)
def _temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary folder is one of the test's own."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(saving.tempfile, "tempdir", str(tmp_path / "tmp"))


class TestMeanwhile:
    """What is saved while the run goes on."""

    def test_after_each_cell_once_a_second(self, run: Run) -> None:
        """The first cell is saved at once, the next one when a second is over."""
        run.cell()
        assert cells_in(run.output) == 1
        assert incomplete(run.output) == {"cells_ended": 1, "cells": 2}
        run.clock.now += 0.5
        run.cell()
        assert cells_in(run.output) == 1
        run.clock.now += 0.6
        run.saver.save_if_time()
        assert cells_in(run.output) == 2
        assert incomplete(run.output) == {"cells_ended": 2, "cells": 2}

    def test_nothing_new_is_not_saved(self, run: Run) -> None:
        """While no cell ends, nothing is written."""
        run.cell()
        run.output.unlink()
        run.clock.now += 1000
        run.saver.save_if_time()
        assert not run.output.exists()

    def test_share_of_the_time(self, run: Run) -> None:
        """After a save that takes half a second there is none for twenty-four seconds."""
        run.clock.per_call = 0.5  # asked twice while a cell is saved
        run.cell()
        run.clock.per_call = 0.0
        run.job.notebook.cells[1].source = "changed"
        run.clock.now += 24
        run.cell()
        assert cells_in(run.output) == 1
        run.clock.now += 26
        run.saver.save_if_time()
        assert cells_in(run.output) == 2

    def test_in_place(self, inplace: Run) -> None:
        """The user's notebook is left alone; what is saved lies beside it."""
        os.chmod(inplace.path, 0o640)
        inplace.cell()
        beside = inplace.path.with_name(".a.partial.ipynb")
        assert inplace.path.read_bytes() == inplace.before
        assert cells_in(beside) == 1
        if os.name == "posix":
            assert beside.stat().st_mode & 0o777 == 0o640
        outcome = inplace.saver.finish(OK)
        assert outcome == OK._replace(written=inplace.path)
        assert cells_in(inplace.path) == 1
        assert os.listdir(inplace.path.parent) == ["a.ipynb"]
        assert incomplete(inplace.path) is None

    def test_failure_is_told_once(self, run: Run) -> None:
        """A folder that vanishes is told once, and it is tried again."""
        shutil.rmtree(run.path.parent)
        run.cell()
        run.clock.now += 10
        run.cell()
        assert len(run.notes) == 1
        assert "out.ipynb cannot be written while the run goes on: No such file" in run.notes[0]
        run.output.parent.mkdir()
        assert run.saver.finish(OK).written == run.output
        assert cells_in(run.output) == 2


class TestEnd:
    """What is saved at the end."""

    def test_folder_that_vanished(self, run: Run, tmp_path: Path) -> None:
        """The notebook is in the temporary folder, and the outcome says so."""
        run.cell()
        shutil.rmtree(run.path.parent)
        outcome = run.saver.finish(Outcome(ExitCode.FAILED, "failed", notes=["why"]))
        assert outcome.code == ExitCode.FAILED
        assert run.saver.finish(OK).code == ExitCode.NOT_WRITTEN
        assert outcome.written is not None
        assert outcome.written.parent == tmp_path / "tmp"
        assert cells_in(outcome.written) == 1
        assert outcome.notes == [
            "why",
            f"{run.output} cannot be written: No such file or directory. The executed notebook is "
            f"in {outcome.written}.",
        ]

    def test_notebook_that_somebody_changed(self, inplace: Run) -> None:
        """What was saved to the notebook in the meantime is not lost."""
        inplace.cell()
        theirs = inplace.before.replace(b"y = 2", b"y = 3")
        inplace.path.write_bytes(theirs)
        outcome = inplace.saver.finish(OK)
        assert inplace.path.read_bytes() == theirs
        assert outcome.code == ExitCode.NOT_WRITTEN
        assert outcome.written == inplace.path.with_name(".a.partial.ipynb")
        assert "a.ipynb was changed by another program meanwhile" in outcome.notes[0]
        assert (cells_in(outcome.written), incomplete(outcome.written)) == (1, None)

    def test_output_that_a_cell_writes(self, run: Run, tmp_path: Path) -> None:
        """What a cell, or another run, has put in the place of the output is not replaced."""
        run.cell()
        run.output.write_text("what a cell computed")
        run.clock.now += 10
        run.cell()
        assert "out.ipynb cannot be written while the run goes on: another program" in run.notes[0]
        outcome = run.saver.finish(OK)
        assert run.output.read_text() == "what a cell computed"
        assert outcome.code == ExitCode.NOT_WRITTEN
        assert outcome.written is not None
        assert (outcome.written.parent, cells_in(outcome.written)) == (tmp_path / "tmp", 2)

    def test_output_that_is_removed(self, run: Run) -> None:
        """An output that somebody has removed is written again."""
        run.cell()
        run.output.unlink()
        assert run.saver.finish(OK).written == run.output

    def test_same_bytes_saved_again(self, inplace: Run) -> None:
        """A notebook that was saved without a change is replaced."""
        inplace.path.write_bytes(inplace.before)
        assert inplace.saver.finish(OK).written == inplace.path

    def test_nowhere(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where no place is left, it is said that the notebook is lost."""
        for name in ("HOME", "USERPROFILE"):
            monkeypatch.setenv(name, str(run.path / "no"))
        monkeypatch.setattr(saving.tempfile, "tempdir", str(run.path / "no"))
        monkeypatch.chdir(run.path.parent)
        shutil.rmtree(run.path.parent)
        outcome = run.saver.finish(OK)
        assert (outcome.code, outcome.written) == (ExitCode.NOT_WRITTEN, None)
        assert "no other place takes the executed notebook: it is lost" in outcome.notes[0]

    def test_nothing_to_write(self, tmp_path: Path) -> None:
        """Without a target nothing is written."""
        job = Job(notebook_file(tmp_path / "a.ipynb", "x = 1"))
        saver = NotebookSaver(job, print)
        saver.cell_ended()
        assert saver.finish(OK) == OK
        assert sorted(os.listdir(tmp_path)) == ["a.ipynb", "tmp"]


def test_names_of_partial_notebooks(tmp_path: Path) -> None:
    """They are hidden, are known again, differ where the notebooks do, and fit every folder."""
    stems = ["a", "a b", "é" * 120, "x" * 249, "x" * 248 + "y", ".hidden", "a.partial"]
    paths = [partial_path(tmp_path / f"{stem}.ipynb") for stem in stems]
    assert len(set(paths)) == len(stems)
    for path in paths:
        assert is_partial(path)
        path.touch()
    assert not is_partial(Path("a.partial.ipynb"))
    assert not is_partial(Path(".a.ipynb"))
