"""Records as frames of polars."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from livens.protocol.types import ChangeSet, Point, Variable
from livens.recording import record
from livens.recording.file import RecordFile
from livens.recording.reading import read_record
from livens.recording.timeline import Timeline


def written(path: Path, *values: float | str) -> Path:
    """Write the record of a run whose only cell gave a variable these values."""
    file = RecordFile(path)
    header = record.Header(
        format=record.FORMAT,
        version=record.VERSION,
        protocol=1,
        livens="0.1.0",
        python="3.13.0",
        started_at=100.0,
    )
    timeline = Timeline(file, header)
    timeline.cell_started(0, "x = …", at=101.0)
    for at, value in enumerate(values):
        x = Variable("x", [["name", "x"]], "number", "float", preview=str(value))
        points = {"x": [Point(at, value, 1)]}
        timeline.changed(ChangeSet("e", at, [x], points=points), at=102.0)
    timeline.cell_ended("ok", at=103.0, execution_count=1)
    timeline.end("ok", [], at=104.0)
    file.close()
    return path


def test_numbers_that_change_their_type(tmp_path: Path) -> None:
    """A thousand integers, and then a fraction and a NaN: nothing is cut or lost."""
    values = [*range(1000), 0.5, "nan", "inf"]
    found = read_record(written(tmp_path / "a", *values))
    column = found.to_polars("points")["value"]
    assert column.dtype == pl.Float64
    assert column[:1001].to_list() == [*range(1000), 0.5]
    assert column.is_nan().sum() == 1
    assert column[-1] == float("inf")
    assert found.to_pandas("points")["value"].dtype == float


def test_frames_of_different_runs_fit_together(tmp_path: Path) -> None:
    """The columns are of the same types whatever a run was like, so that runs can be joined."""
    full = read_record(written(tmp_path / "a", 1, 0.5))
    empty = read_record(written(tmp_path / "b"))
    for what in ("changes", "points", "cells"):
        frames = [found.to_polars(what) for found in (full, empty)]
        assert frames[0].schema == frames[1].schema
        assert pl.concat(frames).height == frames[0].height + frames[1].height
        assert frames[0].columns == list(full.to_pandas(what).columns)
    assert full.to_polars("changes").row(0, named=True)["preview"] == "1"
    assert full.to_polars("cells").row(0, named=True)["status"] == "ok"
