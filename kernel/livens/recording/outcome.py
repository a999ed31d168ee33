"""How a run ended: its exit code, and what a person is told of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Literal, NamedTuple

ExpectationStatus = Literal["met", "unmet", "undecided", "unchecked"]
"""`undecided`: it could not be worked out. `unchecked`: the run did not come to its end."""


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


SIGNAL_CODES = (ExitCode.TERMINATED, ExitCode.HANGUP, ExitCode.INTERRUPTED)
"""A signal has ended the run."""

WORST_FIRST = (
    *SIGNAL_CODES,
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


class Expectation(NamedTuple):
    """What was expected of a run, and whether it is so.

    Attributes
    ----------
    condition : str
        The condition.
    status : str
        Whether it holds; ``unchecked`` if the run did not come to its end.
    reason : str
        Why it does not hold.
    """

    condition: str
    status: ExpectationStatus
    reason: str = ""


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
    errors : sequence of str
        The errors that the run went on after, with their cells.
    expectations : sequence of Expectation
        What was expected at the end.
    """

    code: ExitCode
    reason: str = ""
    traceback: str = ""
    notes: Sequence[str] = ()
    written: Path | None = None
    errors: Sequence[str] = ()
    expectations: Sequence[Expectation] = ()

    @property
    def may_be_retried(self) -> bool:
        """Whether another run may end otherwise: a cell failed, timed out, or ended the kernel.

        What a rule says of the values is a result, and no reason to run again.
        """
        return self.code == ExitCode.FAILED


WORDS = {
    ExitCode.OK: "ok",
    ExitCode.FAILED: "failed",
    ExitCode.NOT_RUN: "not run",
    ExitCode.STOPPED: "rule",
    ExitCode.UNMET: "unmet",
    ExitCode.NOT_RECORDED: "no record",
    ExitCode.UNDECIDED: "undecided",
    ExitCode.NOT_WRITTEN: "not written",
    ExitCode.HANGUP: "terminated",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.TERMINATED: "terminated",
}
"""What a table and a test report say for an exit code."""

NOT_BEGUN = " before it began"
"""How the reason ends of a notebook whose turn did not come."""


def word_of(outcome: Outcome) -> str:
    """Return in a word how a run ended.

    Examples
    --------
    >>> word_of(Outcome(ExitCode.TERMINATED, "Terminated (SIGTERM)"))
    'terminated'
    >>> word_of(Outcome(ExitCode.TERMINATED, "Terminated (SIGTERM)" + NOT_BEGUN))
    'not begun'
    >>> word_of(Outcome(ExitCode.OK, errors=["ValueError in cell 2"]))
    '1 error'
    """
    if outcome.reason.endswith(NOT_BEGUN):
        return "not begun"
    if outcome.errors and not outcome.code:
        return f"{len(outcome.errors)} error{'s' * (len(outcome.errors) > 1)}"
    return WORDS[outcome.code]
