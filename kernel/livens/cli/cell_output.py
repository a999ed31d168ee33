"""What cells have printed, as text for a terminal and for a test report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from livens.display.text import plain
from livens.recording.notebooks import without_colours
from livens.recording.outcome import ExitCode

MAX_LINES = 40
"""So many lines of a cell that failed are shown: the last."""

MAX_LINE_CHARS = 500

MAX_CHARS = 100_000
"""Of more, the end is kept."""

MAX_ERRORS = 10
"""So many of the errors are named that a run went on after."""

SHOWN_CODES = (
    ExitCode.FAILED,
    ExitCode.STOPPED,
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.HANGUP,
)
"""How a run ends in a cell, whose output then is shown."""


def output_text(cell: NotebookNode) -> str:
    r"""Return what a cell has printed and shown as text; of a line that was rewritten, the last.

    Examples
    --------
    >>> import nbformat
    >>> cell = nbformat.v4.new_code_cell(outputs=[
    ...     nbformat.v4.new_output("stream", name="stdout", text="1 %\r100 %\n"),
    ...     nbformat.v4.new_output("execute_result", data={"text/plain": "42"}),
    ... ])
    >>> output_text(cell)
    '100 %\n42\n'
    """
    parts = []
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain") or ""
        text = "".join(text)  # on disk it may be a list of lines
        is_whole = output.output_type == "stream" or not text or text.endswith("\n")
        parts.append(text if is_whole else f"{text}\n")
    lines = without_colours("".join(parts)[-MAX_CHARS:]).split("\n")
    return "\n".join(plain(line.rstrip("\r").rpartition("\r")[2]) for line in lines)


def capped(text: str, limit: int = MAX_LINES) -> Iterator[str]:
    r"""Yield the last lines of a text, after a line that says how many are left out.

    Examples
    --------
    >>> list(capped("a\nb\nc", 2))
    ['... 1 line before', 'b', 'c']
    """
    lines = text.splitlines()
    left_out = len(lines) - limit
    if left_out > 0:
        yield f"... {left_out} line{'s' * (left_out > 1)} before"
    for line in lines[-limit:]:
        yield line[:MAX_LINE_CHARS] + ("..." if len(line) > MAX_LINE_CHARS else "")


def shown_errors(errors: Sequence[str]) -> Iterator[str]:
    """Yield the first errors that a run went on after, and how many more there are.

    Examples
    --------
    >>> list(shown_errors(["ValueError: no in cell 2"]))
    ['ValueError: no in cell 2; the run went on']
    """
    for error in errors[:MAX_ERRORS]:
        yield f"{error}; the run went on"
    if len(errors) > MAX_ERRORS:
        yield f"and {len(errors) - MAX_ERRORS} more errors"
