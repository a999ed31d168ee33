"""What is counted of several notebooks: those that ran, those that could not, and their cells."""

from __future__ import annotations

from collections.abc import Sequence

from livens.recording.outcome import ExitCode


def many(count: int, what: str) -> str:
    """Return a count with its word.

    Examples
    --------
    >>> many(1, "cell"), many(2, "cell"), many(0, "notebook")
    ('1 cell', '2 cells', '0 notebooks')
    """
    return f"{count} {what}{'' if count == 1 else 's'}"


def cells_text(begun: int, total: int | None) -> str:
    """Return how many cells were begun; and of how many, if some were not.

    Examples
    --------
    >>> cells_text(5, 5), cells_text(2, 5), cells_text(0, None)
    ('5', '2/5', '')
    """
    if total is None:
        return ""
    return str(begun) if begun == total else f"{begun}/{total}"


def sentence(codes: Sequence[int], total: int, seconds: float, *, errors: int = 0) -> str:
    """Return what became of several notebooks.

    Parameters
    ----------
    codes : sequence of ExitCode
        Of those that were begun, or tried.
    total : int
        How many there were to run.
    seconds : float
        How long all of them took.
    errors : int
        How many errors they went on after.

    Examples
    --------
    >>> sentence([0, 1, 2], 4, 12.34)
    '2 notebooks ran, 1 of them not well, in 12.3 s. 1 could not be run. 1 was not begun.'
    >>> sentence([0], 1, 2.0)
    '1 notebook ran in 2.0 s.'
    >>> sentence([0], 1, 2.0, errors=2)
    '1 notebook ran with 2 errors in 2.0 s.'
    """
    ran = [code for code in codes if code != ExitCode.NOT_RUN]
    bad = sum(code != ExitCode.OK for code in ran)
    ending = f", {bad} of them not well," if bad else ""
    ending += f" with {many(errors, 'error')}" if errors else ""
    parts = [f"{many(len(ran), 'notebook')} ran{ending} in {seconds:.1f} s."]
    if len(ran) < len(codes):
        parts.append(f"{len(codes) - len(ran)} could not be run.")
    left = total - len(codes)
    if left:
        parts.append(f"{left} {'was' if left == 1 else 'were'} not begun.")
    return " ".join(parts)
