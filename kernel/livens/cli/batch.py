"""Several notebooks, some at a time: a line for each that ends, and a table of all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from nbformat import NotebookNode
from rich.box import ASCII2, SIMPLE_HEAD
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from livens.cli.batch_counts import cells_text, many, sentence
from livens.cli.cell_output import SHOWN_CODES, capped, output_text, shown_errors
from livens.cli.cell_times import CellTime, CellTimes, slowest
from livens.cli.junit import Case
from livens.cli.screen import WIDTH, Screen
from livens.display.text import cut, plain
from livens.exceptions import LivensError
from livens.recording.job import Job
from livens.recording.observer import CellEnd
from livens.recording.outcome import NOT_BEGUN, ExitCode, Outcome, word_of, worst
from livens.recording.runner import RunDisplay, run_job
from livens.recording.signals import INTERRUPTED, EndSignals
from livens.recording.timeline import first_line

NAME_CHARS = 24
"""Of a longer name the end is shown, where names differ most."""


class Row(RunDisplay):
    """Shows one notebook among several, in a line; it is painted by its `Progress`.

    Attributes
    ----------
    notes : list of str
        What a person should know.
    outputs : list of str
        What each cell has printed, once it has ended; of the last one also if it has not.
    total : int, optional
        How many cells there are to execute; None if the notebook cannot be run.
    times : CellTimes
        How long the cells took.
    """

    def __init__(self, name: str, total: int, progress: Progress) -> None:
        self.notes: list[str] = []
        self.outputs: list[str] = []
        self._cell: NotebookNode | None = None
        self.total: int | None = None
        self.times = CellTimes()
        self._progress = progress
        self._task: TaskID = progress.add_task(short(name), total=total, cell="")

    def begin(self, job: Job) -> None:
        """Show how many cells there are to execute; begins anew when a notebook is retried."""
        self.number, self.times, self.notes = 0, CellTimes(), list(job.notes)
        self.outputs, self._cell, self.total = [], None, job.total
        self._progress.update(self._task, total=job.total, completed=0)

    def cell_started(self, cell: NotebookNode, index: int, at: float) -> None:
        """Show the cell that runs."""
        self._keep_output()
        self.number += 1
        self._cell = cell
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

    def interrupting(self) -> None:
        """Note nothing: it is said once for all notebooks."""

    def _keep_output(self) -> None:
        if self._cell is not None:
            self.outputs.append(self.masking.text(output_text(self._cell)))

    def end(self) -> None:
        """Take the row away."""
        self._keep_output()
        self._progress.remove_task(self._task)


class Batch:
    """Runs several notebooks.

    Parameters
    ----------
    paths : sequence of Path
        The notebooks.
    make_job : callable
        Makes the job of a notebook; is called when it is its turn.
    signals : EndSignals
        End all of them when one comes.
    jobs : int
        How many run at once.
    screen : Screen, optional
        Where to print; by default the terminal, live.
    shows_output : bool
        Whether to print what each cell has printed.
    on_cases : callable, optional
        Is called with what is known of all notebooks, whenever one has ended.
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
        signals: EndSignals,
        *,
        jobs: int = 1,
        screen: Screen | None = None,
        shows_output: bool = False,
        on_cases: Callable[[Sequence[Case]], None] | None = None,
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
        self._signals = signals
        self._jobs = jobs
        self._screen = screen or Screen()
        self._shows_output = shows_output
        self._on_cases = on_cases or (lambda cases: None)
        self._errors = Screen(to_stderr=True)
        self._cells: dict[Path, str] = {}
        self._is_told = False
        self._ended = 0
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
        with self._progress:
            asyncio.run(self._run_all())
        order = {path: index for index, path in enumerate(self._paths)}
        self.cases.sort(key=lambda case: order[case.path])
        self._print_table(time.monotonic() - started)
        for line in slowest(self._times, self._durations):
            self._screen.short_line(line)
        return worst({case.outcome.code for case in self.cases})

    async def _run_all(self) -> None:
        total = self._progress.add_task("notebooks", total=len(self._paths), cell="")
        places = asyncio.Semaphore(self._jobs)

        async def one(path: Path) -> None:
            async with places:
                await self._run_one(path)
            self._progress.advance(total)

        with self._signals.listen(self._tell_signal):
            results = await asyncio.gather(*map(one, self._paths), return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _run_one(self, path: Path) -> None:
        end = self._signals.end
        if end is not None:
            outcome = Outcome(end.code, f"{end.reason}{NOT_BEGUN}")
            self._add_case(Case(path, outcome, 0.0), "")
            return
        started = time.monotonic()
        row = Row(self._name(path), 0, self._progress)
        retried: list[str] = []
        try:
            outcome = await self._outcome(path, row, retried)
        finally:
            row.end()
        has_failed = outcome.code in SHOWN_CODES
        output = row.outputs[-1] if row.outputs and has_failed else ""
        self._times += [(self._name(path), cell) for cell in row.times.ended]
        case = Case(path, outcome, time.monotonic() - started, output, retried)
        self._add_case(case, cells_text(row.number, row.total))
        self._print_case(case, row)

    def _add_case(self, case: Case, cells: str) -> None:
        self._cells[case.path] = cells
        self.cases.append(case)
        self._on_cases(self.cases)

    async def _outcome(self, path: Path, row: Row, retried: list[str]) -> Outcome:
        try:
            while True:
                job = self._make_job(path)
                job.retried = list(retried)
                row.begin(job)
                outcome = await run_job(job, row, self._signals)
                may_retry = outcome.may_be_retried and self._signals.end is None
                if not may_retry or len(retried) == self._retries:
                    return outcome
                retried.append(failure_in_short(outcome, row.number))
        except LivensError as err:
            return Outcome(ExitCode.NOT_RUN, str(err))

    def _name(self, path: Path) -> str:
        return self._names.get(path, path.name)

    def _tell_signal(self) -> None:
        if not self._is_told and self._signals.end is INTERRUPTED:
            self._print("Interrupting the cells; Ctrl-C again to end at once.", "yellow")
        self._is_told = True

    # -- printing --------------------------------------------------------------------------

    def _print_case(self, case: Case, row: Row) -> None:
        outcome = case.outcome
        self._ended += 1
        done = f"[{self._ended}/{len(self._paths)}]"
        name = plain(self._name(case.path))
        style = "red" if outcome.code else "yellow" if outcome.errors else ""
        cells = f", {many(row.number, 'cell')}" if row.total is not None else ""
        line = f"{done} {name}: {word_of(outcome)}{cells}, {case.seconds:.1f} s"
        if case.retried:
            line += f", run {len(case.retried) + 1} times"
        screen = self._errors if outcome.code and self._screen.console.quiet else self._screen
        screen.line(line, style)
        for number, reason in enumerate(case.retried, 1):
            self._print(f"{name}: run {number} failed: {plain(reason)}", "yellow")
        for note in [*row.notes, *outcome.notes, *shown_errors(outcome.errors)]:
            self._print(f"{name}: {plain(note)}", "yellow")
        self._print_output(case, row)
        if outcome.code == ExitCode.NOT_RUN:
            self._print(plain(outcome.reason), "red")
        if outcome.traceback:
            screen = self._screen if self._screen.is_live else self._errors
            screen.console.print(Text.from_ansi(outcome.traceback), soft_wrap=True)

    def _print_output(self, case: Case, row: Row) -> None:
        if self._shows_output:
            for number, text in enumerate(row.outputs, 1):
                for line in text.splitlines():
                    self._screen.line(f"{plain(case.path.name)} [{number}] {line}")
        elif case.output.strip():
            self._print(f"{plain(case.path.name)}, output of cell {row.number}:", "bold")
            for line in capped(case.output):
                self._print(line, "")

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
        table.add_column("result", no_wrap=True, width=11)
        table.add_column("cells", no_wrap=True, width=7, justify="right")
        table.add_column("time", no_wrap=True, width=8, justify="right")
        table.add_column("why", no_wrap=True, ratio=1)
        for case in self.cases:
            outcome = case.outcome
            style = "red" if outcome.code else "yellow" if outcome.errors else "green"
            again = f"run {len(case.retried) + 1} " if case.retried else ""
            why = next(iter([*outcome.notes, *outcome.errors]), outcome.reason)
            if outcome.code == ExitCode.FAILED:
                why = last_line(outcome.traceback) or why
            table.add_row(
                Text(short(self._name(case.path), ascii_only=self._screen.ascii_only)),
                Text(word_of(outcome), style),
                self._cells[case.path],
                f"{case.seconds:.1f} s",
                Text(f"{again}{plain(why)}", "dim"),
            )
        self._screen.console.print(table)
        self._screen.line(self._sentence(seconds))

    def _sentence(self, seconds: float) -> str:
        begun = [case for case in self.cases if not case.outcome.reason.endswith(NOT_BEGUN)]
        errors = sum(len(case.outcome.errors) for case in begun)
        codes = [case.outcome.code for case in begun]
        text = sentence(codes, len(self._paths), seconds, errors=errors)
        end = self._signals.end
        return f"{end.reason}: {text}" if end is not None else text


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
