"""The text of the code that was run, kept where tracebacks and `inspect` look for lines.

`linecache` keeps what it is given for ever, so only the last runs are kept in it.
"""

from __future__ import annotations

import linecache
from collections import deque
from itertools import count
from weakref import finalize

MAX_RUNS = 1_000
"""Of so many runs, the last ones, the lines are kept."""

_numbers = count(1)


class Sources:
    """The code of one interpreter's runs.

    Examples
    --------
    >>> sources = Sources()
    >>> filename = sources.keep("1 +\\n2", 7)
    >>> linecache.getline(filename, 2)
    '2'
    """

    def __init__(self) -> None:
        self._filenames: deque[str] = deque()
        self._number = ""
        finalize(self, _forget, self._filenames)

    def keep(self, code: str, execution_count: int) -> str:
        """Keep the code of a run; returns the file name to compile it with.

        It is the name of no other interpreter's run in this process.
        """
        filename = f"<input {execution_count}{self._number}>"
        while filename in linecache.cache:
            self._number = f" of {next(_numbers)}"
            filename = f"<input {execution_count}{self._number}>"
        if len(self._filenames) >= MAX_RUNS:
            linecache.cache.pop(self._filenames.popleft(), None)
        self._filenames.append(filename)
        # No time of change: so `linecache.checkcache` does not look for a file.
        linecache.cache[filename] = len(code), None, code.splitlines(keepends=True), filename
        return filename


def _forget(filenames: deque[str]) -> None:
    for filename in filenames:
        linecache.cache.pop(filename, None)
