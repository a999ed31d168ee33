"""Running one notebook: execute it by nbclient, and tell what its variables do meanwhile.

Two connections to one kernel: nbclient's, which executes the cells and fills the notebook exactly
as it always does, and that of a `livens.recording.observer.RunObserver` beside it, which only
looks. Both live in one asyncio loop. The kernel is ours: started here, and shut down whatever
happens.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from jupyter_client.client import KernelClient
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from livens.client.kernels import find_kernel_spec, private_transport
from livens.display.tables import PAINT_S
from livens.exceptions import RunFailed
from livens.recording import notebooks
from livens.recording.expectations import names_in, unmet
from livens.recording.kernel_arguments import NO_HISTORY_FILE, watched_kernel_arguments
from livens.recording.notebooks import SKIP_TAG, count_cells
from livens.recording.observer import HISTORY, RunListener, RunObserver, chain
from livens.recording.scrapbook import glue
from livens.recording.stop_rules import StopRules
from livens.recording.writer import RecordWriter
from livens.rules.conditions import Condition

_BEGUN = "iopub.execute_input"
"""nbclient notes in the cell's metadata when the kernel has begun with it."""

_DIED = "Kernel died before replying"
"""What jupyter_client says of a kernel that ends before its first answer; it has no type for it."""


def default_kernel(notebook: NotebookNode, path: Path) -> str:
    """Choose our kernel for a notebook that is in Python, or does not say.

    Raises
    ------
    RunFailed
        If it is in another language.
    """
    language, kernel = notebooks.language_and_kernel(notebook)
    if language.lower() not in ("", "python", "ipython"):
        raise RunFailed(
            f"{path} is written for {language}, expected Python; "
            f"run it on its own kernel by --kernel {kernel or 'NAME'}"
        )
    return "livens"


class Outcome(NamedTuple):
    """How a run ended.

    Attributes
    ----------
    code : int
        The exit code.
    reason : str
        What became of the last cell; empty if all is well.
    traceback : str
        The user's traceback, as the kernel has sent it.
    notes : sequence of str
        What a rule says, or what was expected and is not so.
    """

    code: int
    reason: str = ""
    traceback: str = ""
    notes: Sequence[str] = ()


class Telling(RunListener, Protocol):
    """What shows a run to people."""

    number: int
    """The cell that runs, or ran last; 1 is the first that is executed."""
    shows_frames: bool
    """Whether it shows the functions that run."""

    def paint(self) -> None:
        """Show what is new, if it is time."""


class Rules(NamedTuple):
    """The conditions of the command line."""

    until: Sequence[Condition] = ()
    fail_if: Sequence[Condition] = ()
    expect: Sequence[Condition] = ()


class Job:
    """A notebook that was read and can be run.

    Parameters
    ----------
    path : Path
        The notebook.
    args : Namespace
        Of the command line.
    output, record : Path, optional
        Where the executed notebook and the record go.
    rules : Rules
        The conditions.

    Attributes
    ----------
    total : int
        How many cells there are to execute.
    notes : list of str
        What a person should know before it begins.

    Raises
    ------
    RunFailed
        If it cannot be run.
    """

    def __init__(
        self,
        path: Path,
        args: argparse.Namespace,
        *,
        output: Path | None = None,
        record: Path | None = None,
        rules: Rules | None = None,
    ) -> None:
        self.path = path
        self.args = args
        self.output = output
        self.record = record
        self.rules = rules or Rules()
        self.notebook = notebooks.read(path)
        self.kernel_name = args.kernel or default_kernel(self.notebook, path)
        self.spec = find_kernel_spec(self.kernel_name)
        self.notes: list[str] = []
        parameters = notebooks.parse_parameters(args.parameter, args.parameters)
        if parameters and not notebooks.inject_parameters(self.notebook, parameters):
            self.notes.append("The notebook has no cell tagged 'parameters': they go to the top.")
        self.total = count_cells(self.notebook)
        self._look_for_names()

    def _look_for_names(self) -> None:
        """Note the variables of conditions that no cell mentions: most often a slip."""
        cells = [cell.source for cell in self.notebook.cells if cell.cell_type == "code"]
        known = names_in(cells)
        for condition in [*self.rules.until, *self.rules.fail_if, *self.rules.expect]:
            for note in condition.notes(known):
                end = "" if note.endswith("?") else "."
                self.notes.append(f"{condition.text}: no cell mentions it, {note}{end}")

    async def run(
        self, telling: Telling, on_interrupt: Callable[[], None] | None = None
    ) -> Outcome:
        """Run it to its end, and write what there is to write."""
        record = self._begin_record(telling)
        with private_transport(self.spec) as transport:
            make = partial(AsyncKernelManager, kernel_name=self.kernel_name, **transport)
            run = NotebookRun(self, make, telling, record=record, on_interrupt=on_interrupt)
            try:
                outcome = await run.execute()
            finally:
                if record is not None:  # also if the kernel did not start
                    record.end("failed", "The run could not begin.", [])
        if self.output is not None:
            notebooks.write(self.notebook, self.output)
        if record is not None and record.failure and not outcome.code:
            outcome = outcome._replace(code=5, reason="not recorded to the end")
        return outcome

    def _begin_record(self, telling: Telling) -> RecordWriter | None:
        if self.record is None:
            return None
        return RecordWriter(
            self.record, notebook=self.path.name, cells=self.total, on_failure=telling.note
        )


class NotebookRun:
    """One execution of one notebook.

    Parameters
    ----------
    job : Job
        Its notebook is filled with the outputs.
    make_manager : callable
        Makes the manager of a kernel that is to be started.
    telling : Telling
        Is told what happens.
    record : RecordWriter, optional
        Is told what happens as well.
    on_interrupt : callable, optional
        What Ctrl-C calls; by default it interrupts this run.
    """

    def __init__(
        self,
        job: Job,
        make_manager: Callable[[], AsyncKernelManager],
        telling: Telling,
        *,
        record: RecordWriter | None = None,
        on_interrupt: Callable[[], None] | None = None,
    ) -> None:
        self.telling = telling
        self._job = job
        self._record = record
        self._on_interrupt = on_interrupt or self.interrupt
        self._guard = StopRules(job.rules.until, job.rules.fail_if)
        listeners: list[RunListener] = [self._guard, telling]
        if record is not None:
            listeners.append(record)
        self._observer = RunObserver(
            *listeners,
            history=0 if record is None else HISTORY,
            frames="top" if telling.shows_frames else "none",
        )
        self._is_interrupted = False
        self._is_cell_running = False
        self._cell = NotebookNode()
        self._interrupting: asyncio.Task[None] | None = None
        self._traceback = ""
        self._client = _Client(
            job.notebook,
            make_manager,
            telling,
            kernel_name=job.kernel_name,
            timeout=job.args.timeout,
            allow_errors=job.args.allow_errors,
            skip_cells_with_tag=SKIP_TAG,
            resources={"metadata": {"path": job.path.absolute().parent}},
            extra_arguments=_kernel_arguments(job),
            on_notebook_start=self._on_notebook_start,
            on_cell_start=self._on_cell_start,
            on_cell_execute=self._on_cell_execute,
            on_cell_executed=self._on_cell_executed,
            on_cell_error=self._on_cell_error,
        )
        self._observer.attach(self._client)
        chain(self._client, "on_notebook_start", self._add_rules)

    async def execute(self) -> Outcome:
        """Run all cells, and shut the kernel down."""
        self._task = asyncio.current_task()
        painting = asyncio.create_task(self._paint())
        error: BaseException | None = None
        try:
            await self._client.async_execute()
            await self._glue()
            return self._checked(Outcome(0))
        except (_Stopped, CellExecutionError, CellTimeoutError, RuntimeError) as err:
            error = err
            return self._outcome_of(err)
        except asyncio.CancelledError as err:
            error = err
            return Outcome(130, "Interrupted")
        finally:
            painting.cancel()
            await self._observer.leave()
            self._end_record(error)
            await self._shut_down()

    def _end_record(self, error: BaseException | None) -> None:
        if self._is_interrupted:
            error = KeyboardInterrupt()
        status, reason = self._observer.end(error)
        if self._guard.fired is not None and not self._is_interrupted:
            status, reason = "stopped", self._guard.fired.message
        if self._record is not None:
            self._record.end(status, reason, self._observer.variables.values())

    def _checked(self, outcome: Outcome) -> Outcome:
        """Ask whether what is expected holds at the end."""
        if outcome.code:
            return outcome
        found = [unmet(condition, self._observer.variables) for condition in self._job.rules.expect]
        unmet_ones = [f"{text[0].upper()}{text[1:]}." for text in found if text]
        return outcome._replace(code=4, notes=unmet_ones) if unmet_ones else outcome

    async def _glue(self) -> None:
        """Put the chosen variables into the notebook, for scrapbook."""
        names = self._job.args.glue
        if names:
            notes = await glue(
                self._job.notebook, names, self._observer.variables, self._observer.watch
            )
            for note in notes:
                self.telling.note(note)

    def _outcome_of(self, err: Exception) -> Outcome:
        """Tell in our words what nbclient has raised; a RuntimeError is a kernel's failure."""
        if self._is_interrupted:
            return Outcome(130, "Interrupted", self._traceback)
        if self._guard.fired is not None:
            fired = self._guard.fired
            outcome = Outcome(3 if fired.is_failure else 0, "Stopped", notes=[fired.message])
            return self._checked(outcome)
        if isinstance(err, CellExecutionError):
            return Outcome(1, "failed", self._traceback)
        if isinstance(err, CellTimeoutError):
            return Outcome(1, f"timed out ({self._client.timeout} s a cell)")
        if isinstance(err, DeadKernelError) and self.telling.number:
            return Outcome(1, "died with its kernel")
        raise RunFailed(
            f"The kernel {self._job.kernel_name!r} did not start: {err}. Its own messages are "
            "above; try `jupyter console --kernel " + self._job.kernel_name + "`."
        ) from err

    async def _shut_down(self) -> None:
        # nbclient leaves this behind when the kernel does not start, and then it fails.
        atexit.unregister(self._client._cleanup_kernel)
        manager = self._client.manager
        if await manager.is_alive():
            # A cell that still runs has had its chance; an idle kernel may tidy up.
            await manager.shutdown_kernel(now=self._is_cell_running)
        await manager.cleanup_resources()
        if self._client.kc is not None:
            self._client.kc.stop_channels()

    # -- what nbclient calls ---------------------------------------------------------------

    async def _on_notebook_start(self, notebook: NotebookNode) -> None:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            # nbclient's own handler shuts the kernel down at once, and with it the cell's output.
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._on_interrupt)

    async def _add_rules(self, notebook: NotebookNode) -> None:
        await self._guard.begin(self._observer)

    def _on_cell_start(self, cell: NotebookNode, cell_index: int) -> None:
        if self._is_interrupted or self._guard.fired is not None:
            raise _Stopped

    def _on_cell_execute(self, cell: NotebookNode, cell_index: int) -> None:
        self._cell, self._is_cell_running = cell, True

    def _on_cell_executed(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        self._is_cell_running = False

    def _on_cell_error(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        self._traceback = "\n".join(execute_reply["content"].get("traceback", []))

    # -- Ctrl-C and the display ------------------------------------------------------------

    def interrupt(self) -> None:
        """Interrupt the cell; the second time, give up on it."""
        if self._is_interrupted or not self.telling.number:
            assert self._task is not None
            self._task.cancel()
        else:
            self.telling.note("Interrupting the cell; Ctrl-C again to end at once.")
            self._interrupting = asyncio.create_task(self._interrupt_cell())
        self._is_interrupted = True

    async def _interrupt_cell(self) -> None:
        # A kernel that has not begun with the cell yet does not mind an interrupt.
        while self._is_cell_running and _BEGUN not in self._cell.metadata.get("execution", {}):
            await asyncio.sleep(0.02)
        await self._client.manager.interrupt_kernel()

    async def _paint(self) -> None:
        while True:
            self.telling.paint()
            await asyncio.sleep(PAINT_S)


class _Stopped(Exception):
    """No more cells: after Ctrl-C, or because of a rule."""


class _Client(NotebookClient):
    """nbclient's client, which starts a kernel once more that dies before its first answer.

    The ports of a kernel are free when they are chosen, and taken half a second later. Of two
    kernels that start at the same time one may find that the other was faster, and die.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        make_manager: Callable[[], AsyncKernelManager],
        telling: Telling,
        **options: Any,
    ) -> None:
        self.manager = make_manager()
        """Of the kernel that was started last; nbclient lets go of one that has died."""
        super().__init__(notebook, km=self.manager, **options)
        self.log = _notes_to(telling)
        self._make_manager = make_manager

    async def async_start_new_kernel_client(self) -> KernelClient:
        """Connect to the kernel, or to the next one."""
        try:
            return await super().async_start_new_kernel_client()
        except RuntimeError as err:
            if _DIED not in str(err):
                raise
        self.log.warning(
            "The kernel %r died before its first answer. Another program may have taken one of "
            "its ports: it is started once more.",
            self.kernel_name,
        )
        self.km = self.manager = self._make_manager()
        await self.async_start_new_kernel()
        return await super().async_start_new_kernel_client()


class _Notes(logging.Handler):
    """Shows the warnings of nbclient; its errors come as exceptions as well."""

    def __init__(self, telling: Telling) -> None:
        super().__init__(logging.WARNING)
        self._telling = telling

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self._telling.note(record.getMessage())


def _notes_to(telling: Telling) -> logging.Logger:
    logger = logging.Logger("livens.run")
    logger.addHandler(_Notes(telling))
    return logger


def _kernel_arguments(job: Job) -> list[str]:
    """Say how the kernel is to start.

    Kernels that run at once must not share a history; nbclient sees to that by name only. Rules
    are to stop a run soon, so with them the kernel looks as often as it is set to.
    """
    words = " ".join(job.spec.argv)
    if "livens" in words:
        has_rules = bool(job.rules.until or job.rules.fail_if)
        return [*watched_kernel_arguments(looks_often=has_rules), NO_HISTORY_FILE]
    return [NO_HISTORY_FILE] if "ipykernel" in words else []
