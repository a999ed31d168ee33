"""The report of a run: what is shown while the cells run, and what remains on the screen."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from nbformat import NotebookNode
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from livens.cli.cell_output import SHOWN_CODES, capped, output_text, shown_errors
from livens.cli.cell_times import CellTimes, slowest
from livens.cli.screen import Screen
from livens.display.tables import summary_line
from livens.display.text import cut, plain
from livens.protocol.types import ChangeSet, Frame, Variable
from livens.recording.observer import CellEnd
from livens.recording.outcome import SIGNAL_CODES, ExitCode, Outcome
from livens.recording.runner import RunDisplay
from livens.recording.timeline import first_line

MAX_ROWS = 20
"""So many variables are listed when a cell has failed: its error stays on the screen."""

TITLE_CHARS = 36
"""Where the code beside the progress bar is cut: the whole fits 80 columns."""

_ALL_RAN = (ExitCode.OK, ExitCode.UNMET, ExitCode.UNDECIDED, ExitCode.NOT_RECORDED)


class RunReport(RunDisplay):
    """Shows what happens in a run, as a live display or in plain lines.

    Parameters
    ----------
    total : int
        How many cells there are to execute.
    screen : Screen
        Where to.
    errors : Screen
        Where failures go.
    shows_output : bool
        Whether to print what each cell has printed.
    durations : int
        How many of the slowest cells are listed in the end.
    numbers : mapping of int to int
        What to call the cells, by their positions; by default they are counted.
    again : int
        The cells up to this number have run well before: they get no lines of their own.

    Attributes
    ----------
    seconds : float
        How long the run took.
    failed_output : str
        What the cell has printed in which the run ended.
    """

    def __init__(
        self,
        total: int,
        screen: Screen,
        errors: Screen,
        *,
        shows_output: bool = False,
        durations: int = 0,
        numbers: Mapping[int, int] = MappingProxyType({}),
        again: int = 0,
    ) -> None:
        self.seconds = 0.0
        self.failed_output = ""
        self._shows_output = shows_output
        self.shows_frames = screen.is_live
        self._total = total
        self._screen = screen
        self._errors = errors
        self._failed = 0
        self._times = CellTimes()
        self._durations = durations
        self._numbers = numbers
        self._again = again
        self._place = 0
        self._cell: NotebookNode | None = None
        self._started = self._cell_started = time.monotonic()
        self._is_watched = False
        self._frames: list[Frame] = []
        self._variables: dict[str, Variable] = {}
        self._changed: dict[str, Variable | None] = {}
        self._progress = Progress(
            BarColumn(bar_width=20),
            TextColumn("cell {task.fields[number]} of {task.total}", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.description}", style="dim", markup=False),
        )
        self._task = self._progress.add_task("starting the kernel", total=total, number=0)

    # -- while it runs ---------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Print a note above the display."""
        # Two consoles on one terminal would tear the live display apart.
        screen = self._screen if self._screen.is_live else self._errors
        screen.line(text, "yellow")

    def cell_started(self, cell: NotebookNode, index: int, at: float) -> None:
        """Show the cell that runs."""
        self.number += 1
        self._place = self._numbers.get(index, self.number)
        self._cell = cell
        self._times.start(self.masking.source(cell.source))
        self._cell_started = time.monotonic()
        self._changed = {}
        title = plain(first_line(self.masking.source(cell.source)))
        shown = cut(title, TITLE_CHARS, ascii_only=self._screen.ascii_only)
        self._progress.update(self._task, description=shown, number=self._place)
        if not self._screen.is_live and self._place > self._again:
            self._screen.short_line(f"[{self._place}/{self._total}] {title}")
        self.paint()

    def cell_ended(self, end: CellEnd, at: float) -> None:
        """Show how it ended, and what it changed."""
        self._times.end(self._place)
        if end.status not in ("ok", "failed", "stopped"):
            return  # it is told as the end of the run
        self._failed += end.status == "failed"
        self._progress.update(self._task, completed=self._place)
        if self._place <= self._again and end.status == "ok":
            return
        if self._shows_output and self._cell is not None:
            for text in self.masking.text(output_text(self._cell)).splitlines():
                self._screen.line(text)
        if self._screen.is_live:
            return
        seconds = time.monotonic() - self._cell_started
        summary = self._summary()
        line = f"[{self._place}/{self._total}] {end.status}, {seconds:.1f} s"
        if end.error is not None:
            error = f"{end.error.ename}: {end.error.evalue}".splitlines()[0].rstrip(": ")
            line += f", {plain(error)}"
        self._screen.short_line(f"{line}: {summary}" if summary else line)

    def changed(self, change_set: ChangeSet, at: float) -> None:
        """Store what changed, for the display and the line at the cell's end."""
        self._is_watched = True
        self._screen.trends.add(change_set)
        # A copy of our own: the watch's may be ahead of this change set.
        for variable in change_set.changed:
            if self._variables.get(variable.name) != variable:
                self._variables[variable.name] = self._changed[variable.name] = variable
        for name in change_set.removed:
            self._variables.pop(name, None)
            self._changed[name] = None
        if change_set.frames is not None or change_set.complete:
            self._frames = change_set.frames or []

    def paint(self) -> None:
        """Show the live display, if there is one and it is time."""
        self._screen.paint(
            self._variables.values(), self._progress.get_renderable(), frames=self._frames
        )

    def end_live(self) -> None:
        """Take the live display away."""
        self._screen.end_live()

    def _summary(self) -> str:
        changed = [variable for variable in self._changed.values() if variable is not None]
        removed = [name for name, variable in self._changed.items() if variable is None]
        return summary_line(ChangeSet("", 0, changed, removed), ascii_only=self._screen.ascii_only)

    # -- in the end ------------------------------------------------------------------------

    def finish(self, outcome: Outcome, output: Path | None) -> int:
        """Show the end of the run and its variables; returns the exit code."""
        self.end_live()
        self.seconds = time.monotonic() - self._started
        has_failed = outcome.code in SHOWN_CODES
        if has_failed and self._cell is not None:
            self._show_output(self._cell)
        if self._is_watched:
            self._screen.table(self._variables.values(), MAX_ROWS if has_failed else None)
        if outcome.code in (ExitCode.FAILED, *SIGNAL_CODES):
            self._show_failure(outcome)
        for error in shown_errors(outcome.errors):
            self._errors.line(plain(error), "yellow")
        for note in outcome.notes:
            screen = self._errors if outcome.code else self._screen
            screen.line(plain(note), "bold red" if outcome.code else "bold")
        for line in slowest([("", cell) for cell in self._times.ended], self._durations):
            self._screen.short_line(line)
        hint = "" if output else " (see --output)"
        place = f"written to {outcome.written}" if outcome.written else f"not written{hint}"
        screen = self._errors if outcome.code and self._screen.console.quiet else self._screen
        screen.line(f"{self._sentence(outcome)} {self.seconds:.1f} s; {place}.")
        return outcome.code

    def _show_output(self, cell: NotebookNode) -> None:
        self.failed_output = self.masking.text(output_text(cell))
        if self.failed_output.strip() and not self._shows_output:
            self._errors.line(f"Output of cell {self._place} of {self._total}:", "bold")
            for line in capped(self.failed_output):
                self._errors.line(line)

    def _sentence(self, outcome: Outcome) -> str:
        if outcome.reason == "Stopped":
            why = "by --fail-if" if outcome.code == ExitCode.STOPPED else "by --until"
            return f"Stopped {why} in cell {self._place} of {self._total} after"
        if outcome.code in _ALL_RAN or not outcome.reason:
            cells = "1 cell" if self.number == 1 else f"{self.number} cells"
            failed = f", {self._failed} of them failed," if self._failed else ""
            return f"{cells} ran{failed} in"
        if outcome.code in SIGNAL_CODES:
            return f"{outcome.reason} after"
        if not self.number:
            return f"{outcome.reason} before the first cell after"
        return f"Cell {self._place} of {self._total} {outcome.reason} after"

    def _show_failure(self, outcome: Outcome) -> None:
        if self._cell is None:
            return
        self._errors.line(f"Cell {self._place} of {self._total}:", "bold red")
        source = self.masking.source(self._cell.source)
        for number, line in enumerate(source.splitlines(), 1):
            self._errors.line(f"{number:4} | {plain(line)}")
        if outcome.traceback:
            self._errors.console.print(Text.from_ansi(outcome.traceback), soft_wrap=True)
