"""The screen: the console that the commands print to, and what they show on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from livens.cli.live_display import LiveDisplay
from livens.display.tables import PAINT_S, frame_line, newest_first, variables_table
from livens.display.text import can_encode, cut
from livens.display.trends import Trends
from livens.protocol.types import Frame, Variable

MAX_FRAMES = 3
"""Functions that run are shown below a live table, of as many threads."""

LINE_CHARS = 160
"""Where a plain line is cut."""

WIDTH = 80
"""How wide tables are that are printed for good."""


_COLORS: dict[str, dict[str, Any]] = {
    "auto": {},
    "always": {"force_terminal": True, "no_color": False, "color_system": "standard"},
    "never": {"color_system": None},
}

_color = "auto"


def use_color(when: str) -> None:
    """Decide when the screens that are made from now on use colours.

    This is not passed on to kernels: what the user's code prints stays as it is.

    Parameters
    ----------
    when : {"auto", "always", "never"}
        Auto is in a terminal, unless ``NO_COLOR`` is set.
    """
    global _color  # noqa: PLW0603 - the command line is read once in a process
    _color = when


def _is_terminal(console: Console) -> bool:
    """Return whether the output is a terminal, whatever is wanted of colours."""
    try:
        return console.file.isatty()
    except (AttributeError, ValueError):  # ValueError: it was closed
        return False


class Screen:
    """A terminal, or whatever the output is.

    Parameters
    ----------
    is_live : bool
        Whether a live display is wanted; without a terminal that can move its cursor there is
        none.
    to_stderr : bool
        Whether to print to the standard error instead.
    is_quiet : bool
        Whether nothing is printed.

    Attributes
    ----------
    console : Console
        rich's console.
    is_live : bool
        Whether a live display is possible.
    ascii_only : bool
        Whether the output shows nothing else.
    trends : Trends
        Past values of the numbers, for the tables.
    """

    def __init__(
        self, *, is_live: bool = True, to_stderr: bool = False, is_quiet: bool = False
    ) -> None:
        self.console = Console(
            stderr=to_stderr,
            highlight=False,
            markup=False,
            emoji=False,
            quiet=is_quiet,
            **_COLORS[_color],
        )
        can_move = _is_terminal(self.console) and not self.console.is_dumb_terminal
        self.is_live = is_live and can_move and not is_quiet
        self.ascii_only = not can_encode(self.console.encoding)
        self.trends = Trends()
        self._live: LiveDisplay | None = None
        self._painted_at = 0.0

    def line(self, text: str, style: str = "") -> None:
        """Print a line, above the live display if there is one."""
        if self._live is not None:
            self._live.fit()
        self.console.print(Text(text, style), soft_wrap=True)

    def short_line(self, text: str, style: str = "") -> None:
        """Print a line, cut to `LINE_CHARS`."""
        self.line(cut(text, LINE_CHARS, ascii_only=self.ascii_only), style)

    def table(self, variables: Iterable[Variable], max_rows: int | None = None) -> None:
        """Print a table that stays; of more than *max_rows*, those that changed last."""
        shown = data_first(variables)
        if max_rows is not None and len(shown) > max_rows:
            shown = newest_first(shown)
        if not shown:
            self.line("There are no variables.")
            return
        width = min(WIDTH, self.console.width)
        self.console.print(
            variables_table(
                shown,
                sparklines=self.trends.items(),
                width=width,
                max_rows=max_rows,
                ascii_only=self.ascii_only,
            )
        )

    def paint(
        self,
        variables: Iterable[Variable],
        *above: RenderableType,
        frames: Sequence[Frame] = (),
    ) -> bool:
        """Show the live display again, if there is one and it is time; returns whether it did.

        Below the table there is a line for each function that runs.
        """

        def drawn() -> RenderableType:
            lines = [self._frame_line(frame) for frame in frames[:MAX_FRAMES]]
            return Group(*above, self._live_table(list(variables), len(lines)), *lines)

        return self.show(drawn)

    def show(self, draw: Callable[[], RenderableType]) -> bool:
        """Show what is drawn, if there is a live display and it is time; returns whether it did."""
        if not self.is_live or time.monotonic() - self._painted_at < PAINT_S:
            return False
        self._painted_at = time.monotonic()
        if self._live is None:
            self._live = LiveDisplay(self.console)
        self._live.show(draw())
        return True

    def end_live(self) -> None:
        """Take the live display away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _frame_line(self, frame: Frame) -> Text:
        return Text(frame_line(frame, width=self.console.width - 1, ascii_only=self.ascii_only))

    def _live_table(self, variables: list[Variable], below: int) -> RenderableType:
        max_rows = max(3, self.console.height - 6 - below)
        fits = len(variables) <= max_rows
        return variables_table(
            data_first(variables) if fits else newest_first(variables),
            sparklines=self.trends.items(),
            now=time.time(),
            width=self.console.width,
            max_rows=max_rows,
            ascii_only=self.ascii_only,
        )


def data_first(variables: Iterable[Variable]) -> list[Variable]:
    """Return the variables, with functions, classes and modules at the end."""
    code = ("function", "class", "module")
    return sorted(variables, key=lambda variable: variable.kind in code)
