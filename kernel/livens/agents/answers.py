"""One answer: what livens says of itself, then the user's data in a fence, within a limit.

The limit holds whatever is asked for. What does not fit is left out as a whole line, and the answer
says how many lines, and how to get them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from livens.agents.fence import Fence

MAX_CHARS = 4_000
"""How long an answer is by default."""

LEAST_CHARS = 400
"""An answer that is shorter could not say what it leaves out."""

MOST_CHARS = 40_000
"""No answer is longer, whatever is asked for."""

_REST_CHARS = 160
"""So much is kept free for what is left out, and how to get it."""


def moment(seconds: float) -> str:
    """Return a time in UTC, to the millisecond.

    Examples
    --------
    >>> moment(0.25)
    '1970-01-01T00:00:00.250Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class Answer:
    """The text of an answer while it is written.

    Parameters
    ----------
    head : iterable of str
        The first lines, in livens' own words.
    max_chars : int
        How long it may be in all.

    Attributes
    ----------
    facts : dict
        What a program may read without reading the text: ``epoch``, ``as_of``, ``cursor`` and
        the like.
    is_error : bool
        Whether it says why there is no answer.

    Examples
    --------
    >>> answer = Answer(["as_of: now"], max_chars=500)
    >>> answer.add('"x": int = "1"')
    True
    >>> answer.text().splitlines()[2]
    '"x": int = "1"'
    """

    def __init__(self, head: Iterable[str] = (), max_chars: int = MAX_CHARS) -> None:
        self.max_chars = min(max(max_chars, LEAST_CHARS), MOST_CHARS)
        self.facts: dict[str, Any] = {}
        self.is_error = False
        self._head = list(head)
        self._lines: list[str] = []
        self._rest = ""
        self._fence = Fence()
        self._free = self.max_chars - self._fence.chars - _REST_CHARS
        self._free -= sum(len(line) + 1 for line in self._head)

    @property
    def free(self) -> int:
        """How many characters of data still fit."""
        return self._free

    def say(self, line: str) -> None:
        """Add a line in livens' own words, before the data."""
        self._head.append(line)
        self._free -= len(line) + 1

    def replace_last(self, line: str) -> None:
        """Put another line in the place of the last one of livens' own."""
        self._free += len(self._head.pop()) + 1
        self.say(line)

    def add(self, line: str) -> bool:
        """Add a line of the user's data; returns False where it does not fit."""
        if len(line) + 1 > self._free:
            return False
        self._lines.append(line)
        self._free -= len(line) + 1
        return True

    def fill(self, lines: Iterable[str]) -> int:
        """Add lines until one does not fit; returns how many were added."""
        count = 0
        for line in lines:
            if not self.add(line):
                break
            count += 1
        return count

    def left_out(self, rest: str) -> None:
        """Say what is left out, and how to get it; a short sentence in livens' own words."""
        self._rest = rest[:_REST_CHARS]

    def text(self) -> str:
        """Return the whole answer."""
        parts = list(self._head)
        if self._lines:
            parts.append(self._fence.around(self._lines))
        if self._rest:
            parts.append(self._rest)
        text = "\n".join(parts)
        return text if len(text) <= self.max_chars else text[: self.max_chars - 1] + "…"
