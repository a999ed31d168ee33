"""The record writer: listens to a run, and writes its record as the run goes on.

It puts `livens.recording.timeline`, which knows what is written, and `livens.recording.file`, which
knows how to make it safe, together. A record that cannot be written any more ends; the run goes on.
"""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from nbformat import NotebookNode

import livens
from livens.exceptions import RecordFailed, TargetRefused
from livens.protocol.messages import PROTOCOL, EventParams
from livens.protocol.requests import Environment
from livens.protocol.types import ChangeSet, Digest, Variable
from livens.recording import record
from livens.recording.file import RecordFile
from livens.recording.git_state import git_state
from livens.recording.masking import Masking
from livens.recording.observer import CellEnd, RunListener
from livens.recording.outcome import Expectation
from livens.recording.saving import PRIVATE_MODE
from livens.recording.shown import shown_parameters
from livens.recording.targets import Kind, Target, check_kind
from livens.recording.timeline import Timeline

_log = logging.getLogger(__name__)


class RecordWriter(RunListener):
    """Listens to a run, and writes its record.

    Parameters
    ----------
    path : path
        The file. A record that is there is replaced.
    notebook : str
        What to call the notebook.
    cells : int
        How many cells there are to execute.
    policy : Policy, optional
        The limits.
    masking : Masking, optional
        Hides secrets in the titles of cells.
    folder : path, optional
        Of the notebook: the git commit of its repository goes into the record.
    parameters : mapping, optional
        Which the run was given.
    retried : sequence of str
        How each earlier run of the notebook failed.
    on_failure : callable, optional
        Is told, once, when the record cannot be written any more. The run goes on.
    mode : int, optional
        The permission bits of the file; by default it is for its owner only.

    Attributes
    ----------
    failure : str
        Why the record is not whole; empty if it is.
    kept_at : Path, optional
        Where the record is at the end, if that is not its place.

    Raises
    ------
    RecordFailed
        If the file cannot be made, or what is there is no record.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        notebook: str = "",
        cells: int = 0,
        policy: record.Policy | None = None,
        masking: Masking | None = None,
        folder: str | os.PathLike[str] | None = None,
        parameters: Mapping[str, object] | None = None,
        retried: Sequence[str] = (),
        on_failure: Callable[[str], None] | None = None,
        mode: int = PRIVATE_MODE,
    ) -> None:
        self.path = Path(path)
        self.failure = ""
        self.kept_at: Path | None = None
        self._on_failure = on_failure or _log.warning
        self._is_ended = False
        try:
            check_kind(Target("The record", self.path, Kind.RECORD))
        except TargetRefused as err:
            raise RecordFailed(str(err)) from None
        self._file = RecordFile(self.path, mode)
        header = record.Header(
            format=record.FORMAT,
            version=record.VERSION,
            protocol=PROTOCOL,
            livens=livens.__version__,
            python=platform.python_version(),
            started_at=time.time(),
            notebook=notebook,
            cells=cells,
            policy=policy or record.Policy(),
            parameters=shown_parameters((masking or Masking()).parameters(parameters or {})),
            git=None if folder is None else git_state(Path(folder)),
            host=platform.node(),
            retried=list(retried),
        )
        try:
            self._timeline = Timeline(self._file, header, masking)
        except RecordFailed:
            self._file.close()
            raise

    def cell_started(self, cell: NotebookNode, index: int, at: float) -> None:
        """Write that a cell begins."""
        cell_id = cell.get("id", "")
        self._try(lambda: self._timeline.cell_started(index, cell.source, at=at, cell_id=cell_id))

    def changed(self, change_set: ChangeSet, at: float) -> None:
        """Write what changed."""
        self._try(lambda: self._timeline.changed(change_set, at=at))

    def told(self, event: EventParams, at: float) -> None:
        """Write an event."""
        self._try(lambda: self._timeline.told(event, at=at))

    def cell_ended(self, end: CellEnd, at: float) -> None:
        """Write how the cell ended."""
        self._try(
            lambda: self._timeline.cell_ended(
                end.status, at=at, execution_count=end.execution_count, error=end.error
            )
        )

    def digested(self, digests: list[Digest], number: int | None, at: float) -> None:
        """Write what the values of variables can be compared by."""
        self._try(lambda: self._timeline.digested(digests, number, at=at))

    def environment(self, found: Environment, at: float) -> None:
        """Write where the code ran."""
        self._try(lambda: self._timeline.environment(found, at=at))

    def note(self, text: str) -> None:
        """Write what is wrong with the watch."""
        self._try(lambda: self._timeline.noted(text, at=time.time()))

    def end(
        self,
        status: record.EndStatus,
        reason: str,
        variables: Iterable[Variable],
        expectations: Iterable[Expectation] = (),
        exit_code: int | None = None,
    ) -> None:
        """Write the end, and close the file; it can be called twice."""
        if self._is_ended:
            return
        self._is_ended = True
        self._try(
            lambda: self._timeline.end(
                status,
                variables,
                at=time.time(),
                reason=reason,
                expectations=expectations,
                exit_code=exit_code,
            )
        )
        self._try(self._file.close)
        self.kept_at = self._file.kept_at
        if self.kept_at is not None:
            self._on_failure(f"The record {self.path} is gone. It was saved in {self.kept_at}.")

    def _try(self, action: Callable[[], None]) -> None:
        if self.failure:
            return
        try:
            action()
        except RecordFailed as err:
            at = f" It ends in cell {self._timeline.number}; the run goes on without."
            self.failure = f"{err}.{at}"
            try:
                self._file.close()
            except RecordFailed:
                _log.debug("closing the record failed as well", exc_info=True)
            self._on_failure(self.failure)
