"""How a run ended: its exit code, and what a person is told of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple


class ExitCode(IntEnum):
    """The exit codes of ``jupyter livens run``.

    Those of signals are 128 and the signal's number, as shells have it.
    """

    OK = 0
    FAILED = 1
    """A cell failed, timed out, or took the kernel with it."""
    NOT_RUN = 2
    STOPPED = 3
    """``--fail-if`` has stopped the run."""
    UNMET = 4
    """An ``--expect`` does not hold at the end."""
    NOT_RECORDED = 5
    """All is well, but the record is not whole."""
    UNDECIDED = 6
    """A rule could never be worked out."""
    NOT_WRITTEN = 7
    """A target could not be written at the end."""
    HANGUP = 129
    INTERRUPTED = 130
    TERMINATED = 143


WORST_FIRST = (
    ExitCode.TERMINATED,
    ExitCode.HANGUP,
    ExitCode.INTERRUPTED,
    ExitCode.FAILED,
    ExitCode.STOPPED,
    ExitCode.UNMET,
    ExitCode.UNDECIDED,
    ExitCode.NOT_RUN,
    ExitCode.NOT_WRITTEN,
    ExitCode.NOT_RECORDED,
)
"""A batch exits with the first of these that occurred."""


def worst(codes: Collection[int]) -> ExitCode:
    """Return the exit code of a batch whose runs ended with these.

    Examples
    --------
    >>> worst([0, 4, 1])
    <ExitCode.FAILED: 1>
    >>> worst([])
    <ExitCode.OK: 0>
    """
    return next((code for code in WORST_FIRST if code in codes), ExitCode.OK)


class Outcome(NamedTuple):
    """How a run ended.

    Attributes
    ----------
    code : ExitCode
        The exit code.
    reason : str
        What became of the last cell; empty if all is well.
    traceback : str
        The user's traceback, as the kernel has sent it.
    notes : sequence of str
        What a rule says, or what was expected and is not so.
    written : Path, optional
        Where the executed notebook is, if it was written.
    """

    code: ExitCode
    reason: str = ""
    traceback: str = ""
    notes: Sequence[str] = ()
    written: Path | None = None

    @property
    def may_be_retried(self) -> bool:
        """Whether another run may end otherwise: a cell failed, timed out, or ended the kernel.

        What a rule says of the values is a result, and no reason to run again.
        """
        return self.code == ExitCode.FAILED
