"""A live display that takes its old lines away when its terminal gets narrower or wider.

To paint again, rich goes up as many lines as it has painted. A terminal that got narrower has
wrapped those lines into more, which would stay above, and be seen when it gets wide again. How many
there are now follows from how long each was.

What the terminal has moved out of its top meanwhile cannot be reached any more.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType, Segment


class LiveDisplay:
    """Shows something at the end of a terminal, again and again.

    Parameters
    ----------
    console : Console
        Of the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._lengths: list[int] = []
        self._width = console.width
        self._wraps = wraps_lines(os.environ)
        self._live.start()

    def show(self, renderable: RenderableType) -> None:
        """Show something in the place of what is shown."""
        self.fit()
        lines = self._console.render_lines(renderable, pad=False)
        lines = lines[: max(1, self._console.height - 1)]
        self._lengths = [Segment.get_line_length(line) for line in lines]
        self._live.update(_Rendered(lines), refresh=True)

    def stop(self) -> None:
        """Take away what is shown."""
        self.fit()
        self._live.stop()

    def fit(self) -> None:
        """Go up to where rich takes the display to begin, if the terminal has another width.

        Call it before anything is printed above.
        """
        before, self._width = self._width, self._console.width
        if before == self._width or not self._wraps:
            return
        more = height_at(self._lengths, self._width) - len(self._lengths)
        if more > 0:
            up = [(ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1)] * more
            self._console.control(Control(*up))
            self._lengths = []


class _Rendered:
    """Lines that were rendered already."""

    def __init__(self, lines: Sequence[Sequence[Segment]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, line in enumerate(self._lines):
            if number:
                yield Segment.line()
            yield from line


def height_at(lengths: Sequence[int], width: int) -> int:
    """Return how many lines of a terminal a text takes whose lines have these lengths.

    Examples
    --------
    >>> height_at([10, 0, 21], 10)
    5
    """
    return sum(max(1, -(-length // max(1, width))) for length in lengths)


def wraps_lines(environment: Mapping[str, str]) -> bool:
    """Return whether a terminal wraps its lines anew when it gets narrower, as most do.

    Examples
    --------
    >>> wraps_lines({"TERM": "xterm-256color"}), wraps_lines({"TERM": "linux"})
    (True, False)
    """
    if "TMUX" in environment:
        return True
    term = environment.get("TERM", "")
    return "XTERM_VERSION" not in environment and not term.startswith(("linux", "screen"))
