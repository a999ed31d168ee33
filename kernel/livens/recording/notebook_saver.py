"""Saving the notebook of a run: now and then after a cell, and when the run has ended.

What a run has made must survive when its process is killed. So the notebook is saved when a cell
has ended: at most once a second, and for a fiftieth of the time. Until the end its metadata say how
far it is. A notebook that is to be replaced by its own results is left alone until the end, and
saved beside, under a name of its own (`partial_path`).

What cannot be saved where it belongs at the end is saved elsewhere, and the outcome says where.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from livens.recording import notebooks
from livens.recording.job import Job
from livens.recording.outcome import ExitCode, Outcome, worst
from livens.recording.saving import is_stream, save, save_elsewhere

SAVE_INTERVAL_S = 1.0
"""The shortest time between two saves while the run goes on."""

SAVE_SHARE = 0.02
"""The part of the time that may be spent on them."""

PARTIAL_SUFFIX = ".partial.ipynb"

_NAME_BYTES = 255


def partial_path(path: Path) -> Path:
    """Return where a notebook is saved until it is replaced.

    Examples
    --------
    >>> partial_path(Path("night/train.ipynb")).as_posix()
    'night/.train.partial.ipynb'
    """
    stem, room = path.stem, _NAME_BYTES - len(f".{PARTIAL_SUFFIX}")
    if len(os.fsencode(stem)) > room:
        digest = hashlib.sha256(os.fsencode(stem)).hexdigest()[:8]
        kept = os.fsencode(stem)[: room - len(digest) - 1].decode("utf-8", "ignore")
        stem = f"{kept}-{digest}"
    return path.with_name(f".{stem}{PARTIAL_SUFFIX}")


def is_partial(path: Path) -> bool:
    """Return whether a file is what a run has saved beside a notebook, going by its name.

    Examples
    --------
    >>> is_partial(Path("night/.train.partial.ipynb"))
    True
    """
    return path.name.startswith(".") and path.name.endswith(PARTIAL_SUFFIX)


class NotebookSaver:
    """Saves the notebook of one run.

    Parameters
    ----------
    job : Job
        Has the notebook, which the run fills, and says where it goes.
    note : callable
        Is told, once, if the notebook cannot be saved while the run goes on.
    clock : callable, optional
        Returns the time in seconds.
    """

    def __init__(
        self,
        job: Job,
        note: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._job = job
        self._note = note
        self._clock = clock
        self._is_inplace = job.output == job.path
        self._place = partial_path(job.path) if self._is_inplace else job.output
        if self._place is not None and is_stream(self._place):
            self._place = None  # a pipe gets the notebook once, at the end
        self._known = None if job.output is None else _digest(job.output)
        self._mode = None if self._is_inplace else job.options.file_mode
        self._ended = 0
        self._is_newer = False
        self._is_saved = False
        self._has_failed = False
        self._not_before = 0.0

    def cell_ended(self) -> None:
        """Save the notebook after a cell, now or when it is time."""
        self._ended += 1
        self._is_newer = True
        self.save_if_time()

    def save_if_time(self) -> None:
        """Save the notebook if a cell has ended since, and enough time has passed."""
        if self._place is None or not self._is_newer or self._clock() < self._not_before:
            return
        began = self._clock()
        self._is_newer = False
        try:
            so_far = notebooks.encode_incomplete(self._job.notebook, self._ended, self._job.total)
            if not self._is_inplace and self._is_changed():
                raise OSError("another program has changed it")
            self._save(self._place, so_far)
            self._is_saved = True
        except (OSError, TypeError, ValueError) as err:
            if not self._has_failed:
                self._note(
                    f"{self._place} cannot be written while the run goes on: {_why(err)}. It is "
                    "tried again."
                )
            self._has_failed = True
        ended = self._clock()
        pause = max(SAVE_INTERVAL_S, (ended - began) * (1 / SAVE_SHARE - 1))
        self._not_before = ended + pause

    def finish(self, outcome: Outcome) -> Outcome:
        """Save the notebook as it is at the end; returns the outcome with where it is."""
        output = self._job.output
        if output is None:
            return outcome
        data = notebooks.encode(self._job.notebook)
        if self._is_changed():
            return self._rescued(outcome, data, "was changed by another program meanwhile")
        try:
            self._save(output, data)
        except OSError as err:
            return self._rescued(outcome, data, f"cannot be written: {_why(err)}")
        self.discard()
        return outcome._replace(written=output)

    def discard(self) -> None:
        """Remove what was saved beside the notebook."""
        if self._is_inplace and self._is_saved and self._place is not None:
            with suppress(OSError):
                self._place.unlink()

    def _save(self, path: Path, data: bytes) -> None:
        like = self._job.path if self._is_inplace and path != self._job.path else None
        save(path, data, mode=self._mode if like is None else _mode_of(like))
        if path == self._job.output:
            self._known = hashlib.sha256(data).digest()

    def _is_changed(self) -> bool:
        """Return whether there is something else than what was there, or was saved there."""
        output = self._job.output
        now = None if output is None else _digest(output)
        return now is not None and now != self._known

    def _rescued(self, outcome: Outcome, data: bytes, reason: str) -> Outcome:
        """Save the notebook where it can be; what was there stays."""
        code = worst([outcome.code, ExitCode.NOT_WRITTEN])
        output = self._job.output
        assert output is not None
        try:
            written = self._written_elsewhere(output, data)
            note = f"{output} {reason}. The executed notebook is in {written}."
            if not self._is_inplace and self._is_saved and _digest(output) == self._known:
                note += f" What is in {output} is older."
        except OSError:
            written = None
            note = f"{output} {reason}, and no other place takes the executed notebook: it is lost."
            if self._is_saved and self._place is not None and os.path.exists(self._place):
                note += f" What was saved in {self._place} is older."
        return outcome._replace(code=code, notes=[*outcome.notes, note], written=written)

    def _written_elsewhere(self, output: Path, data: bytes) -> Path:
        if self._is_inplace and self._place is not None:
            with suppress(OSError):
                self._save(self._place, data)
                return self._place
        place = save_elsewhere(output if output.suffix else self._job.path, data)
        self.discard()
        return place


def _mode_of(path: Path) -> int | None:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return None


def _digest(path: Path) -> bytes | None:
    if is_stream(path):
        return None
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return None


def _why(err: Exception) -> str:
    return getattr(err, "strerror", None) or str(err)
