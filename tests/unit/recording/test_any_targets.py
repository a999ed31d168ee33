"""Any targets for any inputs: nothing is overwritten that should stay."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from target_worlds import try_commands

from livens.cli import batch, run
from livens.recording import saving
from livens.recording.job import Job
from livens.recording.notebook_saver import NotebookSaver
from livens.recording.outcome import ExitCode, Outcome
from livens.recording.runner import RunDisplay
from livens.recording.writer import RecordWriter


async def write_only(
    job: Job, display: RunDisplay, on_interrupt: Callable[[], None] | None = None
) -> Outcome:
    """Write what a run writes, without one: a kernel for each of hundreds would take minutes."""
    writer = RecordWriter(job.record, notebook=job.path.name) if job.record else None
    saver = NotebookSaver(job, display.note)
    job.notebook.cells[0].execution_count = 7
    saver.cell_ended()
    if writer is not None:
        writer.end("ok", "", [])
    return saver.finish(Outcome(ExitCode.OK))


def test_no_input_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 150 commands, each with a folder of its own, some are refused and some write.

    With real kernels, and for longer, tests/kernel/test_any_targets.py does the same.
    """
    monkeypatch.setattr(os, "fsync", lambda number: None)  # no power fails here
    for module in (run, batch):
        monkeypatch.setattr(module, "run_job", write_only)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(saving.tempfile, "tempdir", str(tmp_path / "tmp"))
    codes = try_commands(range(150), tmp_path, monkeypatch)
    assert codes[0] > 30
    assert codes[2] > 30
