"""Records, their lines, and changes as the observer of a run tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from livens.protocol.types import ChangeSet, Digest, Origin, Variable
from livens.recording import record
from livens.recording.file import RecordFile
from livens.recording.timeline import Timeline

SOURCES = (
    "x = 1\nprint(x)",
    "",
    "import time\nfor i in range(40):\n    time.sleep(0.01)\ny = [1, 2]",
    "del y\nx = 'a'",
    "from IPython.display import display, HTML\ndisplay(HTML('<b>é</b>'))\nx",
)
"""Cells whose record has everything: output, a pause, changes, a deletion, a display."""


def record_of(folder: Path, name: str) -> Path:
    """Return the one record of a notebook, which is called after it and the time."""
    (path,) = folder.glob(f"{name}-2*Z.livens.jsonl")
    return path


def header(**policy: Any) -> record.Header:
    return record.Header(
        format=record.FORMAT,
        version=record.VERSION,
        protocol=1,
        livens="0.1.0",
        python="3.13.0",
        started_at=100.0,
        notebook="a.ipynb",
        policy=record.Policy(**policy),
    )


def number(name: str, value: object, line: int | None = None, count: int = 1) -> Variable:
    return Variable(
        name,
        [["name", name]],
        "number",
        type(value).__name__,
        preview=repr(value),
        changed_by=Origin(count, line=line),
    )


def change(*changed: Variable, **others: Any) -> ChangeSet:
    return ChangeSet("e", 1, list(changed), **others)


def run(timeline: Timeline, cells: int = 2) -> None:
    """Tell of a run in which cell n sets x to n, in its first line."""
    for count in range(1, cells + 1):
        timeline.cell_started(count - 1, f"x = {count}", at=100.0 + count, cell_id=f"c{count}")
        timeline.changed(change(number("x", count, 1, count)), at=100.5 + count)
        timeline.cell_ended("ok", at=100.75 + count, execution_count=count)
    timeline.end("ok", [number("x", cells, 1, cells)], at=200.0)


def written(path: Path, cells: int = 2, **policy: Any) -> Path:
    """Write the record of such a run; return its path."""
    file = RecordFile(path)
    run(Timeline(file, header(**policy)), cells)
    file.close()
    return path


def array(name: str, preview: str, count: int = 1, line: int | None = None) -> Variable:
    """Describe an array of two elements."""
    return Variable(
        name,
        [["name", name]],
        "array",
        "ndarray",
        preview=preview,
        shape=[2],
        changed_by=Origin(count, line=line),
    )


def written_cells(
    path: Path,
    *cells: tuple[str, list[Variable]],
    status: record.EndStatus = "ok",
    digests: dict[int | None, list[Digest]] | None = None,
) -> Path:
    """Write the record of a run whose cells have these sources, changes and digests."""
    file = RecordFile(path)
    timeline = Timeline(file, header())
    told = digests or {}
    final: dict[str, Variable] = {}
    for count, (source, variables) in enumerate(cells, 1):
        timeline.cell_started(count - 1, source, at=100.0 + count)
        timeline.changed(change(*variables), at=100.5 + count)
        timeline.digested(told.get(count, []), count, at=100.5 + count)
        timeline.cell_ended(status, at=100.75 + count, execution_count=count)
        final |= {variable.name: variable for variable in variables}
    timeline.digested(told.get(None, []), None, at=199.0)
    timeline.end(status, final.values(), at=200.0)
    file.close()
    return path
