"""Several notebooks, some at a time: a line for each that ends, and a table of all."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from nbformat import NotebookNode
from rich.box import ASCII2, SIMPLE_HEAD
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from livens.cli.cell_times import CellTime, CellTimes, slowest
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
    times : CellTimes
        How long the cells took.
    """

    def __init__(self, name: str, total: int, progress: Progress) -> None:
        self.notes: list[str] = []
        self.times = CellTimes()
        self._progress = progress
        self._task: TaskID = progress.add_task(short(name), total=total, cell="")

    def begin(self, job: Job) -> None:
        """Show how many cells there are to execute; begins anew when a notebook is retried."""
        self.number, self.times, self.notes = 0, CellTimes(), list(job.notes)
        self._progress.update(self._task, total=job.total, completed=0)

    def cell_started(self, cell: NotebookNode, index: int, at: float) -> None:
        """Show the cell that runs."""
        self.number += 1
        shown = self.masking.source(cell.source)
        self.times.start(shown)
        title = first_line(shown)
        self._progress.update(self._task, cell=cut(plain(title), NAME_CHARS))

    def cell_ended(self, end: CellEnd, at: float) -> None:
        """Show that it has ended."""
        self.times.end(self.number)
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
    names : mapping of Path to str
        What to call the notebooks; by default the names of their files.
    retries : int
        How often a notebook is run anew after a cell that failed.
    durations : int
        How many of the slowest cells are listed in the end.

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
        names: Mapping[Path, str] = MappingProxyType({}),
        retries: int = 0,
        durations: int = 0,
    ) -> None:
        self.cases: list[Case] = []
        self._names = names
        self._retries = retries
        self._durations = durations
        self._times: list[tuple[str, CellTime]] = []
        self._paths = list(paths)
        self._make_job = make_job
        self._jobs = jobs
        self._screen = screen or Screen()
        self._errors = Screen(to_stderr=True)
        self._cells: dict[Path, int] = {}
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
        for line in slowest(self._times, self._durations):
            self._screen.short_line(line)
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
        row = Row(self._name(path), 0, self._progress)
        retried: list[str] = []
        try:
            outcome = await self._outcome(path, row, retried)
        except asyncio.CancelledError:
            outcome = Outcome(ExitCode.INTERRUPTED, "Interrupted")
        finally:
            row.end()
        # nbclient takes its handlers away when a notebook ends, and ours with them.
        self._listen_for_interrupts()
        self._cells[path] = row.number
        self._times += [(self._name(path), cell) for cell in row.times.ended]
        case = Case(path, outcome, time.monotonic() - started, retried)
        self.cases.append(case)
        self._print_case(case, row)

    async def _outcome(self, path: Path, row: Row, retried: list[str]) -> Outcome:
        try:
            while True:
                job = self._make_job(path)
                job.retried = list(retried)
                row.begin(job)
                outcome = await run_job(job, row, self._interrupt)
                if not outcome.may_be_retried or len(retried) == self._retries:
                    return outcome
                retried.append(failure_in_short(outcome, row.number))
        except LivensError as err:
            return Outcome(ExitCode.NOT_RUN, str(err))

    def _name(self, path: Path) -> str:
        return self._names.get(path, path.name)

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
        name = plain(self._name(case.path))
        style = "red" if case.outcome.code else ""
        line = f"{done} {name}: {word}, {row.number} cells, {case.seconds:.1f} s"
        if case.retried:
            line += f", run {len(case.retried) + 1} times"
        screen = self._errors if case.outcome.code and self._screen.console.quiet else self._screen
        screen.line(line, style)
        for number, reason in enumerate(case.retried, 1):
            self._print(f"{name}: run {number} failed: {plain(reason)}", "yellow")
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
        table.add_column("cells", no_wrap=True, width=5, justify="right")
        table.add_column("time", no_wrap=True, width=8, justify="right")
        table.add_column("why", no_wrap=True, ratio=1)
        for case in self.cases:
            word = Text(WORDS[case.outcome.code], "red" if case.outcome.code else "green")
            again = f"run {len(case.retried) + 1} " if case.retried else ""
            why = case.outcome.notes[0] if case.outcome.notes else case.outcome.reason
            table.add_row(
                Text(short(self._name(case.path), ascii_only=self._screen.ascii_only)),
                word,
                str(self._cells[case.path]),
                f"{case.seconds:.1f} s",
                Text(f"{again}{plain(last_line(case.outcome.traceback) or why)}", "dim"),
            )
        self._screen.console.print(table)
        failed = sum(case.outcome.code != 0 for case in self.cases)
        ending = f", {failed} of them not well," if failed else ""
        missing = len(self._paths) - len(self.cases)
        left = f" {missing} were not begun." if missing else ""
        count = len(self.cases)
        self._screen.line(f"{count} notebooks ran{ending} in {seconds:.1f} s.{left}")


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


def failure_in_short(outcome: Outcome, number: int) -> str:
    r"""Return what became of a notebook whose cell failed, in a line.

    Examples
    --------
    >>> failure_in_short(Outcome(ExitCode.FAILED, "failed", "…\nValueError: no"), 2)
    'cell 2 failed: ValueError: no'
    """
    error = last_line(outcome.traceback)
    return f"cell {number} {outcome.reason}" + (f": {error}" if error else "")


def last_line(traceback: str) -> str:
    """Return the line of a traceback that names the error."""
    lines = [Text.from_ansi(line).plain.strip() for line in traceback.splitlines()]
    return next((line for line in reversed(lines) if line), "")
