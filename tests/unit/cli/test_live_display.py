"""The live display, in a terminal that gets narrower and wider while it is shown."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console, Group
from rich.text import Text

from livens.cli.live_display import LiveDisplay


class Terminal:
    """A terminal that wraps its lines anew when its width changes, as tmux does with room above.

    It knows what the display uses: text, line breaks, going up, and erasing a line.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows = ["$ command"]
        self.at = 0

    def feed(self, output: str) -> None:
        for part in re.findall(r"\x1b\[\??\d*[A-Za-z]|\r|\n|[^\x1b\r\n]+", output):
            if part == "\n":
                self.at += 1
                self.rows += [""] * (self.at == len(self.rows))
            elif part == "\x1b[1A":
                self.at = max(0, self.at - 1)
            elif part == "\x1b[2K":
                self.rows[self.at] = ""
            elif part[0] not in "\x1b\r":
                self.rows[self.at] += part

    def resize(self, width: int) -> None:
        wrapped = []
        for row in self.rows[: self.at + 1]:
            wrapped += [row[n : n + width] for n in range(0, len(row), width)] or [""]
        self.rows, self.at, self.width = wrapped, len(wrapped) - 1, width

    @property
    def shown(self) -> list[str]:
        return [row.rstrip() for row in self.rows if row.strip()]


@pytest.fixture
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XTERM_VERSION", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def table(width: int, rows: int = 4) -> Group:
    return Group(*(Text(f"{n} ".ljust(width - 1, "x")) for n in range(rows)))


@pytest.mark.usefixtures("plain_terminal")
@pytest.mark.parametrize("widths", [(100, 60), (60, 100), (100, 60, 100, 40, 90), (90, 30, 31, 80)])
def test_no_line_of_before_stays(widths: tuple[int, ...]) -> None:
    """After each change of the width what is shown is there once, below what was above."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=widths[0], height=50, color_system=None)
    terminal = Terminal(widths[0])
    terminal.feed("\n")
    display = LiveDisplay(console)
    for width in widths:
        if width != terminal.width:
            terminal.resize(width)
            console.width = width
        for _ in range(2):
            display.show(table(width))
        terminal.feed(out.getvalue())
        out.seek(0), out.truncate()
        assert [row[:2] for row in terminal.shown] == ["$ ", "0 ", "1 ", "2 ", "3 "]
    display.stop()
    terminal.feed(out.getvalue())
    assert terminal.shown == ["$ command"]


@pytest.mark.usefixtures("plain_terminal")
def test_note_above_after_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed above right after the change leaves no line either."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=50, color_system=None)
    terminal = Terminal(80)
    terminal.feed("\n")
    display = LiveDisplay(console)
    display.show(table(80))
    terminal.feed(out.getvalue())
    out.seek(0), out.truncate()
    terminal.resize(30)
    console.width = 30
    display.fit()
    console.print("a note")
    display.show(table(30))
    terminal.feed(out.getvalue())
    shown = [row[:6] for row in terminal.shown]
    assert shown[:2] == ["$ comm", "a note"]
    assert [row[:2] for row in shown[2:]] == ["0 ", "1 ", "2 ", "3 "]
