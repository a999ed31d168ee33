"""Why it is not known whether a value has changed, in words for people."""

from __future__ import annotations

from collections.abc import Iterable

from livens.protocol.types import Origin
from livens.values.checksums import ChunkSums
from livens.watching.budgets import Budgets

YET = "not compared yet"
"""So begins the reason where a later look will tell."""


def not_compared(gap: str, sums: ChunkSums | None, is_early: bool, budgets: Budgets) -> str:
    """Return why a value that a cell touched could not be compared; empty if it could.

    Parameters
    ----------
    gap : str
        What may change in it unseen.
    sums : ChunkSums, optional
        Its checksums, if it is large.
    is_early : bool
        Whether the cell began before it was known what the value held.
    budgets : Budgets
        What comparing may cost.
    """
    if gap:
        return f"not compared: {gap}"
    if sums is None:
        return ""
    if sums.failure:
        return f"not compared: {sums.failure}"
    if is_early or not sums.is_complete:
        return "not compared: the cell came before its content was known"
    if sums.size > budgets.content_bytes:
        most = f"content_bytes ({budgets.content_bytes:,})"
        return f"{YET}: {sums.size:,} bytes are more than {most}"
    if sums.items > budgets.content_items:
        most = f"content_items ({budgets.content_items:,})"
        return f"{YET}: {sums.items:,} items are more than {most}"
    return ""


def unwatched(cells: Iterable[Origin], gap: str) -> str:
    """Return that cells may have changed a value while nobody watched.

    Examples
    --------
    >>> unwatched([Origin(3), Origin(5)], "")
    'In [3] or In [5] may have changed it while nobody watched'
    """
    numbers = dict.fromkeys(cell.execution_count for cell in cells)
    names = ["a silent cell" if number is None else f"In [{number}]" for number in numbers]
    text = f"{' or '.join(names)} may have changed it while nobody watched"
    return f"{text}: {gap}" if gap else text
