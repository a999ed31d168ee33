"""The line of variables in a terminal with a console: below its prompt, and while a cell runs.

jupyter console reads IOPub only while a cell runs, and shows nothing of comms. So the variables
come by a connection of our own, in a thread of our own: `Feed`. It is a daemon, and joined when
the console ends. Below the prompt they are a toolbar of prompt_toolkit, which may be invalidated
from any thread; while a cell runs there is no prompt, and `StatusRow` keeps the terminal's last
row for them.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from livens.cli.screen import data_first
from livens.client.blocking import watch
from livens.display.tables import newest_first, status_line
from livens.display.text import can_encode
from livens.display.trends import Trends
from livens.exceptions import KernelGone, LivensError
from livens.protocol.types import Variable

TICK_S = 0.2
"""How long the thread may take to notice that it is to end."""

PATIENCE_S = 0.2
"""A cell that is done within this time gets no status row, which would only flicker."""


class Feed:
    """Keeps a line about a kernel's variables up to date, from a thread of its own.

    Parameters
    ----------
    kernel : KernelClient
        Is asked for the connection only.
    names : sequence of str
        Which variables.
    on_change : callable
        Called in the thread when the line has changed.
    """

    def __init__(self, kernel: Any, names: Sequence[str], on_change: Callable[[], None]) -> None:
        self._watch = watch(kernel, names=names)
        self._on_change = on_change
        self._trends = Trends(length=8)
        self._variables: list[Variable] = []
        self._note = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="livens-toolbar", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait until it has."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def line(self, width: int, *, ascii_only: bool = False) -> str:
        """Return what to show, in at most *width* cells."""
        return status_line(
            self._variables,
            sparklines=self._trends.items(),
            note=self._note,
            width=width,
            ascii_only=ascii_only,
        )

    def _run(self) -> None:
        try:
            with self._watch:
                while not self._stopping.is_set():
                    self._step()
        except KernelGone:
            self._say("the kernel has ended")
        except LivensError as err:
            self._say(str(err))

    def _step(self) -> None:
        try:
            change_set = self._watch.next(timeout=TICK_S)
        except TimeoutError:
            return
        self._trends.add(change_set)
        self._variables = data_first(newest_first(self._watch.variables.values()))
        self._on_change()

    def _say(self, note: str) -> None:
        self._note = note
        self._on_change()


class StatusRow:
    """The last row of a terminal, kept free of the output that scrolls above it.

    Parameters
    ----------
    line : callable
        Given a width, returns what to show.
    out : TextIO
        The terminal.

    Notes
    -----
    It is done by the scroll region (DECSTBM), the way package managers show their progress.
    """

    def __init__(self, line: Callable[[int], str], out: TextIO) -> None:
        self._line = line
        self._out = out
        self._began = 0.0
        self._size: os.terminal_size | None = None
        self._shown = ""

    @staticmethod
    def is_possible(out: TextIO) -> bool:
        """Return whether the output is a terminal that can do it."""
        return out.isatty() and os.name == "posix" and os.environ.get("TERM", "dumb") != "dumb"

    def begin(self) -> None:
        """Begin a cell; the row appears with the first `paint` after `PATIENCE_S`."""
        self._began = time.monotonic()

    def paint(self) -> None:
        """Show the line, if it has changed."""
        if time.monotonic() - self._began < PATIENCE_S:
            return
        size = os.get_terminal_size(self._out.fileno())
        if size != self._size:
            self._clear()
            self._reserve(size)
        line = self._line(size.columns - 1)
        if line != self._shown:
            self._shown = line
            self._write(f"\x1b7\x1b[{size.lines};1H\x1b[7m{line}\x1b[0m\x1b[K\x1b8")

    def end(self) -> None:
        """Take the row away."""
        self._clear()

    def _reserve(self, size: os.terminal_size) -> None:
        self._size = size
        # Down and up again makes room if the cursor is in the last row, and keeps its column;
        # setting the region moves the cursor, so that is saved before.
        self._write(f"\x1bD\x1b[A\x1b7\x1b[1;{size.lines - 1}r\x1b8")

    def _clear(self) -> None:
        if self._size is not None:
            self._write(f"\x1b7\x1b[r\x1b[{self._size.lines};1H\x1b[2K\x1b8")
        self._size, self._shown = None, ""

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def is_ascii_only() -> bool:
    """Return whether the standard output shows ASCII only."""
    return not can_encode(sys.stdout.encoding)
