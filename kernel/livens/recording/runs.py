"""The runs that left records in a folder: what each was, and how it compares with the one before.

A summary is read without what changed along the way, which is most of a record.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

from livens.exceptions import RecordUnreadable
from livens.protocol.types import Digest, Variable
from livens.recording import record
from livens.recording.file import is_being_written, read_lines
from livens.recording.frames import without_end
from livens.recording.reading import header_of
from livens.recording.record_names import is_record_name
from livens.recording.value_comparison import Held, Tolerance, compare_values

_PASSED_OVER = (b'{"type":"event"', b'{"type":"cut"')
"""How the lines begin that a summary has nothing of."""

_CHANGES = b'{"type":"changes"'


class _Name(msgspec.Struct):
    name: str


class _Changed(msgspec.Struct):
    """What a summary needs of a line of changes: after which cell a digest is out of date."""

    number: int | None = None
    changed: list[_Name] = []
    unevaluated: list[_Name] = []


_changed_decoder: msgspec.json.Decoder[_Changed] = msgspec.json.Decoder(_Changed)

_decoder: msgspec.json.Decoder[record.RecordLine] = msgspec.json.Decoder(record.RecordLine)

Alikeness = Literal["same", "differs", "unknown"]


class RunSummary(msgspec.Struct, kw_only=True):
    """What one run was.

    Attributes
    ----------
    path : str
        The record.
    notebook, host, parameters, git
        As in `livens.recording.record.Header`.
    started_at : float
        Seconds since the epoch.
    status : str
        How it ended. If its record has no end: ``running`` if it is being written, ``cut off`` if
        it is not, and ``no end`` where that cannot be known.
    reason : str
        Why, in a sentence.
    seconds : float, optional
        How long it took; absent where it has no end.
    cells, failed : int
        How many cells were begun, and how many of them did not end well.
    exit_code : int, optional
        What ``jupyter livens run`` returned.
    peak_memory_bytes : int, optional
        Of the kernel.
    before : str, optional
        The record of the run before of the same notebook.
    than_before : {"same", "differs", "unknown"}, optional
        Whether the variables at the end are those of that run.
    differing : list of str
        The variables that differ.
    """

    path: str
    notebook: str
    started_at: float
    status: str
    reason: str = ""
    seconds: float | None = None
    cells: int = 0
    failed: int = 0
    exit_code: int | None = None
    parameters: dict[str, Any] = {}
    git: Any = None
    host: str = ""
    peak_memory_bytes: int | None = None
    before: str | None = None
    than_before: Alikeness | None = None
    differing: list[str] = []


class Run:
    """One record, as far as a summary needs it.

    Attributes
    ----------
    summary : RunSummary
        What it was.
    """

    def __init__(self, path: Path) -> None:
        self._final: dict[str, Variable] = {}
        self._digests: dict[str, tuple[float, Digest]] = {}
        self._changed_in: dict[str, float] = {}
        self._sources: list[str] = []
        self._has_final = False
        lines = read_lines(path)
        first = next(lines, b"")
        if not first:
            raise RecordUnreadable(f"{path} is empty; expected a record")
        header = header_of(first, path)
        self.summary = RunSummary(
            path=str(path),
            notebook=header.notebook,
            started_at=header.started_at,
            status="cut off",
            parameters=header.parameters,
            git=header.git,
            host=header.host,
        )
        for line in lines:
            if line.startswith(_CHANGES):
                self._add_changes(line)
            elif not line.startswith(_PASSED_OVER):
                self._add(line)
        if self.summary.seconds is None:
            self.summary.status = without_end(is_being_written(path))

    def _add_changes(self, line: bytes) -> None:
        try:
            told = _changed_decoder.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return
        after = math.inf if told.number is None else told.number
        for named in (*told.changed, *told.unevaluated):
            self._changed_in[named.name] = after

    def _add(self, line: bytes) -> None:
        try:
            told = _decoder.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return  # of a later livens, or cut off
        summary = self.summary
        match told:
            case record.CellStarted():
                summary.cells += 1
                self._sources.append(told.sha256)
            case record.CellEnded():
                summary.failed += told.status not in ("ok", "stopped")
            case record.DigestsTold():
                number = math.inf if told.number is None else told.number
                self._digests.update((digest.name, (number, digest)) for digest in told.digests)
            case record.EnvironmentTold():
                summary.peak_memory_bytes = told.peak_memory_bytes
            case record.Final():
                self._final = {variable.name: variable for variable in told.variables}
                self._has_final = told.length == len(told.variables)
            case record.Footer():
                summary.status, summary.reason = told.status, told.reason
                summary.seconds, summary.exit_code = told.seconds, told.exit_code

    def compare_with(self, before: Run) -> None:
        """Say in the summary how it compares with the run before."""
        summary = self.summary
        summary.before = before.summary.path
        names = sorted(self._final.keys() | before._final.keys())
        verdicts = {
            name: compare_values(self._held(name), before._held(name), Tolerance())
            for name in names
        }
        summary.differing = [name for name, verdict in verdicts.items() if verdict.differs]
        is_known = self._has_final and before._has_final
        if not is_known:
            summary.than_before, summary.differing = "unknown", []
        elif summary.differing or self._sources != before._sources:
            summary.than_before = "differs"
        elif any(verdict.reason for verdict in verdicts.values()):
            summary.than_before = "unknown"
        else:
            summary.than_before = "same"

    def _held(self, name: str) -> Held:
        number, digest = self._digests.get(name, (0, None))
        is_new = number >= self._changed_in.get(name, 0)
        return Held(self._final.get(name), digest if is_new else None)


def find_records(paths: Iterable[Path]) -> list[Path]:
    """Return the records in folders and below, and those that are named themselves.

    Raises
    ------
    RecordUnreadable
        If a path is not there.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in os.walk(path):
                found |= dict.fromkeys(Path(folder, name) for name in names if is_record_name(name))
        elif os.path.exists(path):
            found[path] = None
        else:
            raise RecordUnreadable(f"No directory and no record {path}; name one that is there")
    return sorted(found)


def read_runs(paths: Iterable[Path]) -> tuple[list[RunSummary], list[str]]:
    """Read the summaries of records, by when they began, each compared with the one before.

    Returns
    -------
    list of RunSummary, list of str
        And why records could not be read.
    """
    runs, problems = [], []
    for path in paths:
        try:
            runs.append(Run(path))
        except RecordUnreadable as err:
            problems.append(str(err))
    runs.sort(key=lambda run: run.summary.started_at)
    last: dict[str, Run] = {}
    for run in runs:
        notebook = run.summary.notebook
        if notebook in last:
            run.compare_with(last[notebook])
        last[notebook] = run
    return [run.summary for run in runs], problems
