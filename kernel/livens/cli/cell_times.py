"""How long cells take, for ``--durations``: the slowest ones are listed in the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from livens.display.text import plain
from livens.recording.timeline import first_line


class CellTime(NamedTuple):
    """How long a cell took.

    Attributes
    ----------
    seconds : float
        From its start to its end.
    number : int
        1 is the first that is executed.
    title : str
        The first line of its code.
    """

    seconds: float
    number: int
    title: str


class CellTimes:
    """The times of the cells of one run.

    Attributes
    ----------
    ended : list of CellTime
        The cells that have ended, however they did.
    """

    def __init__(self) -> None:
        self.ended: list[CellTime] = []
        self._title = ""
        self._started = 0.0

    def start(self, source: str) -> None:
        """Note that a cell begins."""
        self._title, self._started = plain(first_line(source)), time.monotonic()

    def end(self, number: int) -> None:
        """Note that it has ended."""
        self.ended.append(CellTime(time.monotonic() - self._started, number, self._title))


def slowest(times: Sequence[tuple[str, CellTime]], most: int) -> list[str]:
    """Return a line for each of the slowest cells, and one above them.

    Parameters
    ----------
    times : sequence of tuple
        The name of a notebook, or nothing where there is only one, and a cell of it.
    most : int
        How many are listed at the most.

    Examples
    --------
    >>> slowest([("", CellTime(0.5, 1, "x = 1")), ("", CellTime(12.25, 2, "fit()"))], 1)
    ['Slowest cells, of 2:', '    12.2 s  cell 2: fit()']
    """
    ordered = sorted(times, key=lambda one: one[1].seconds, reverse=True)[:most]
    if not ordered:
        return []
    lines = [
        f"{cell.seconds:8.1f} s  {f'{name}, ' if name else ''}cell {cell.number}: {cell.title}"
        for name, cell in ordered
    ]
    return [f"Slowest cells, of {len(times)}:", *lines]
