"""Several notebooks, some at a time: a line for each that ends, and a table of all."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from nbformat import NotebookNode
from rich.box import ASCII2, SIMPLE_HEAD
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from livens.cli.batch_counts import cells_text, many, sentence
from livens.cli.junit import Case
from livens.cli.screen import WIDTH, Screen
from livens.display.text import cut, plain
from livens.exceptions import LivensError
from livens.recording.job import Job
from livens.recording.observer import CellEnd
from livens.recording.outcome import ExitCode, Outcome, worst
from livens.recording.runner import RunDisplay, run_job
from livens.recording.timeline import first_line

NAME_CHARS = 24
"""Of a longer name the end is shown, where names differ most."""

WORDS = {
    ExitCode.OK: "ok",
    ExitCode.FAILED: "failed",
    ExitCode.NOT_RUN: "not run",
    ExitCode.STOPPED: "rule",
    ExitCode.UNMET: "unmet",
    ExitCode.NOT_RECORDED: "no record",
    ExitCode.NOT_WRITTEN: "unwritten",
    ExitCode.UNDECIDED: "undecided",
    ExitCode.INTERRUPTED: "stopped",
}
"""What the table says for an exit code."""


class Row(RunDisplay):
    """Shows one notebook among several, in a line; it is painted by its `Progress`.

    Attributes
    ----------
    notes : list of str
        What a person should know.
    total : int, optional
        How many cells there are to execute; None if the notebook cannot be run.
    """

    def __init__(self, name: str, total: int, progress: Progress) -> None:
        self.notes: list[str] = []
        self.total: int | None = None
        self._progress = progress
        self._task: TaskID = progress.add_task(short(name), total=total, cell="")

    def expect(self, total: int) -> None:
        """Show how many cells there are to execute."""
        self.total = total
        self._progress.update(self._task, total=total)

    def cell_started(self, cell: NotebookNode, index: int, at: float) -> None:
        """Show the cell that runs."""
        self.number += 1
        title = first_line(self.masking.source(cell.source))
        self._progress.update(self._task, cell=cut(plain(title), NAME_CHARS))

    def cell_ended(self, end: CellEnd, at: float) -> None:
        """Show that it has ended."""
        self._progress.update(self._task, completed=self.number)

    def note(self, text: str) -> None:
        """Keep it for the line at the end."""
        self.notes.append(text)

    def end(self) -> None:
        """Take the row away."""
        self._progress.remove_task(self._task)


class Batch:
    """Runs several notebooks.

    Parameters
    ----------
    paths : sequence of Path
        The notebooks.
    make_job : callable
        Makes the job of a notebook; is called when it is its turn.
    jobs : int
        How many run at once.
    screen : Screen, optional
        Where to print; by default the terminal, live.

    Attributes
    ----------
    cases : list of Case
        What became of each notebook.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        make_job: Callable[[Path], Job],
        *,
        jobs: int = 1,
        screen: Screen | None = None,
    ) -> None:
        self.cases: list[Case] = []
        self._paths = list(paths)
        self._make_job = make_job
        self._jobs = jobs
        self._screen = screen or Screen()
        self._errors = Screen(to_stderr=True)
        self._cells: dict[Path, str] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._is_interrupted = False
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=12),
            MofNCompleteColumn(),
            TextColumn("{task.fields[cell]}", style="dim", markup=False),
            console=self._screen.console,
            transient=True,
            disable=not self._screen.is_live,
        )

    def run(self) -> int:
        """Run them all; returns the exit code."""
        started = time.monotonic()
        with self._progress, suppress(KeyboardInterrupt):
            asyncio.run(self._run_all())
        order = {path: index for index, path in enumerate(self._paths)}
        self.cases.sort(key=lambda case: order[case.path])
        self._print_table(time.monotonic() - started)
        codes = {case.outcome.code for case in self.cases}
        if self._is_interrupted:
            codes.add(ExitCode.INTERRUPTED)
        return worst(codes)

    async def _run_all(self) -> None:
        total = self._progress.add_task("notebooks", total=len(self._paths), cell="")
        places = asyncio.Semaphore(self._jobs)

        async def one(path: Path) -> None:
            async with places:
                if not self._is_interrupted:
                    await self._run_one(path)
            self._progress.advance(total)

        self._running = {asyncio.create_task(one(path)) for path in self._paths}
        results = await asyncio.gather(*self._running, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _run_one(self, path: Path) -> None:
        started = time.monotonic()
        row = Row(path.name, 0, self._progress)
        try:
            outcome = await self._outcome(path, row)
        except asyncio.CancelledError:
            outcome = Outcome(ExitCode.INTERRUPTED, "Interrupted")
        finally:
            row.end()
        # nbclient takes its handlers away when a notebook ends, and ours with them.
        self._listen_for_interrupts()
        self._cells[path] = cells_text(row.number, row.total)
        case = Case(path, outcome, time.monotonic() - started)
        self.cases.append(case)
        self._print_case(case, row)

    async def _outcome(self, path: Path, row: Row) -> Outcome:
        try:
            job = self._make_job(path)
            row.notes += job.notes
            row.expect(job.total)
            return await run_job(job, row, self._interrupt)
        except LivensError as err:
            return Outcome(ExitCode.NOT_RUN, str(err))

    # -- Ctrl-C ----------------------------------------------------------------------------

    def _listen_for_interrupts(self) -> None:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._interrupt)

    def _interrupt(self) -> None:
        """End all of them; what is written while they run, such as records, stays."""
        self._is_interrupted = True
        for task in self._running:
            task.cancel()

    # -- printing --------------------------------------------------------------------------

    def _print_case(self, case: Case, row: Row) -> None:
        done = f"[{len(self.cases)}/{len(self._paths)}]"
        word = WORDS[case.outcome.code]
        name = plain(case.path.name)
        style = "red" if case.outcome.code else ""
        cells = f", {many(row.number, 'cell')}" if row.total is not None else ""
        self._screen.line(f"{done} {name}: {word}{cells}, {case.seconds:.1f} s", style)
        for note in [*row.notes, *case.outcome.notes]:
            self._print(f"{name}: {plain(note)}", "yellow")
        if case.outcome.code == ExitCode.NOT_RUN:
            self._print(plain(case.outcome.reason), "red")
        if case.outcome.traceback:
            screen = self._screen if self._screen.is_live else self._errors
            screen.console.print(Text.from_ansi(case.outcome.traceback), soft_wrap=True)

    def _print(self, text: str, style: str) -> None:
        # Two consoles on one terminal would tear the live display apart.
        (self._screen if self._screen.is_live else self._errors).line(text, style)

    def _print_table(self, seconds: float) -> None:
        width = min(WIDTH, self._screen.console.width)
        table = Table(
            box=ASCII2 if self._screen.ascii_only else SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            header_style="bold",
            width=width,
        )
        table.add_column("notebook", no_wrap=True, max_width=NAME_CHARS)
        table.add_column("result", no_wrap=True, width=9)
        table.add_column("cells", no_wrap=True, width=7, justify="right")
        table.add_column("time", no_wrap=True, width=8, justify="right")
        table.add_column("why", no_wrap=True, ratio=1)
        for case in self.cases:
            word = Text(WORDS[case.outcome.code], "red" if case.outcome.code else "green")
            why = case.outcome.notes[0] if case.outcome.notes else case.outcome.reason
            table.add_row(
                Text(short(case.path.name, ascii_only=self._screen.ascii_only)),
                word,
                self._cells[case.path],
                f"{case.seconds:.1f} s",
                Text(plain(last_line(case.outcome.traceback) or why), "dim"),
            )
        self._screen.console.print(table)
        codes = [case.outcome.code for case in self.cases]
        self._screen.line(sentence(codes, len(self._paths), seconds))


def short(name: str, *, ascii_only: bool = False) -> str:
    """Return the end of a notebook's name, where names differ most.

    Examples
    --------
    >>> short("a-notebook-with-a-long-name-12.ipynb")
    '…th-a-long-name-12.ipynb'
    """
    text = plain(name)
    mark = "~" if ascii_only else "…"
    return text if len(text) <= NAME_CHARS else mark + text[1 - NAME_CHARS :]


def last_line(traceback: str) -> str:
    """Return the line of a traceback that names the error."""
    lines = [Text.from_ansi(line).plain.strip() for line in traceback.splitlines()]
    return next((line for line in reversed(lines) if line), "")
