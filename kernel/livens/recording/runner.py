"""Running one notebook: `run_job` executes a job by nbclient, and shows and records it meanwhile.

Two connections to one kernel: nbclient's, which executes the cells and fills the notebook exactly
as it always does, and that of a `livens.recording.observer.RunObserver` beside it, which only
looks. Both live in one asyncio loop. The kernel is ours: started here, and shut down whatever
happens.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import signal
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Any

from jupyter_client.client import KernelClient
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets import Float

from livens.client.connection_files import put_in_runtime_directory
from livens.client.environments import OneKernel, is_livens
from livens.client.kernels import private_transport
from livens.exceptions import RunFailed
from livens.protocol.messages import EventParams
from livens.recording.expectations import check
from livens.recording.job import Job
from livens.recording.kernel_arguments import NO_HISTORY_FILE, watched_kernel_arguments
from livens.recording.masking import Masking
from livens.recording.notebook_saver import NotebookSaver
from livens.recording.notebooks import SKIP_TAG
from livens.recording.observer import HISTORY, RunListener, RunObserver, chain
from livens.recording.outcome import ExitCode, Outcome, worst
from livens.recording.saving import PRIVATE_MODE
from livens.recording.scrapbook import glue
from livens.recording.stop_rules import StopRules
from livens.recording.writer import RecordWriter

_BEGUN = "iopub.execute_input"
"""nbclient notes in the cell's metadata when the kernel has begun with it."""

_DIED = "Kernel died before replying"
"""What jupyter_client says of a kernel that ends before its first answer; it has no type for it."""

PAINT_S = 0.1
"""How often a display is asked to show what is new."""


class RunDisplay(RunListener):
    """What shows a run to people."""

    number = 0
    """The cell that runs, or ran last; 1 is the first that is executed."""
    masking = Masking()
    """Hides the secrets of the notebook in what is shown of it."""
    shows_frames = False
    """Whether it shows the functions that run."""

    def told(self, event: EventParams, at: float) -> None:
        """Note what the kernel wants a person to know; what stops the run is shown at its end."""
        if event.rule is None or event.rule.action != "stop":
            self.note(event.message)

    def paint(self) -> None:
        """Show what is new, if it is time."""


async def run_job(
    job: Job, display: RunDisplay, on_interrupt: Callable[[], None] | None = None
) -> Outcome:
    """Run a notebook to its end, and write what there is to write."""
    display.masking = job.masking
    record = _begin_record(job, display)
    saver = NotebookSaver(job, display.note)
    with private_transport(job.spec) as transport:
        make = partial(_make_manager, job, transport)
        run = NotebookRun(job, make, display, saver=saver, record=record, on_interrupt=on_interrupt)
        try:
            outcome = await run.execute()
        finally:
            if record is not None:  # also if the kernel did not start
                record.end("failed", "The run could not begin.", [])
    outcome = saver.finish(outcome)
    if record is not None and record.kept_at is not None:
        outcome = outcome._replace(code=worst([outcome.code, ExitCode.NOT_WRITTEN]))
    if record is not None and record.failure and not outcome.code:
        outcome = outcome._replace(code=ExitCode.NOT_RECORDED, reason="not recorded to the end")
    return outcome


def _make_manager(job: Job, transport: dict[str, Any]) -> AsyncKernelManager:
    manager = AsyncKernelManager(
        kernel_name=job.kernel_name, kernel_spec_manager=OneKernel(job.spec), **transport
    )
    put_in_runtime_directory(manager, str(job.path.absolute()))
    return manager


def _begin_record(job: Job, display: RunDisplay) -> RecordWriter | None:
    if job.record is None:
        return None
    mode = job.options.file_mode
    return RecordWriter(
        job.record,
        notebook=job.path.name,
        cells=job.total,
        masking=job.masking,
        retried=job.retried,
        on_failure=display.note,
        mode=PRIVATE_MODE if mode is None else mode,
    )


class NotebookRun:
    """One execution of one notebook.

    Parameters
    ----------
    job : Job
        Its notebook is filled with the outputs.
    make_manager : callable
        Makes the manager of a kernel that is to be started.
    display : RunDisplay
        Shows what happens.
    saver : NotebookSaver
        Saves the notebook after cells.
    record : RecordWriter, optional
        Records what happens.
    on_interrupt : callable, optional
        What Ctrl-C calls; by default it interrupts this run.
    """

    def __init__(
        self,
        job: Job,
        make_manager: Callable[[], AsyncKernelManager],
        display: RunDisplay,
        *,
        saver: NotebookSaver,
        record: RecordWriter | None = None,
        on_interrupt: Callable[[], None] | None = None,
    ) -> None:
        self.display = display
        self._job = job
        self._saver = saver
        self._record = record
        self._on_interrupt = on_interrupt or self.interrupt
        conditions = job.options.conditions
        self._stop_rules = StopRules(conditions.until, conditions.fail_if)
        listeners: list[RunListener] = [self._stop_rules, display]
        if record is not None:
            listeners.append(record)
        self._observer = RunObserver(
            *listeners,
            history=0 if record is None else HISTORY,
            frames="top" if display.shows_frames else "none",
            masking=job.masking,
        )
        self._is_interrupted = False
        self._is_cell_running = False
        self._cell = NotebookNode()
        self._interrupting: asyncio.Task[None] | None = None
        self._traceback = ""
        self._client = _Client(
            job.notebook,
            make_manager,
            display,
            skipped=job.skipped,
            kernel_name=job.kernel_name,
            timeout=job.options.timeout_s,
            startup_timeout=job.options.start_timeout_s,
            allow_errors=job.options.allow_errors,
            skip_cells_with_tag=SKIP_TAG,
            resources={"metadata": {"path": job.options.cwd or job.path.absolute().parent}},
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
        outcome: Outcome | None = None
        try:
            try:
                await self._client.async_execute()
                await self._glue()
                outcome = self._stopped() or Outcome(ExitCode.OK)
            except (_Stopped, CellExecutionError, CellTimeoutError, RuntimeError) as err:
                error = err
                outcome = self._outcome_of(err)
            outcome = await self._checked(outcome)
            return outcome
        except asyncio.CancelledError as err:
            error = err
            return Outcome(ExitCode.INTERRUPTED, "Interrupted")
        finally:
            painting.cancel()
            await self._observer.leave()
            self._end_record(error, outcome)
            await self._shut_down()

    def _end_record(self, error: BaseException | None, outcome: Outcome | None) -> None:
        if self._is_interrupted:
            error = KeyboardInterrupt()
        status, reason = self._observer.end(error)
        if self._stop_rules.stopped_by is not None and not self._is_interrupted:
            status, reason = "stopped", self._stop_rules.stopped_by.message
        elif outcome is not None and outcome.code == ExitCode.STOPPED:  # by a look at the end
            status, reason = "stopped", "; ".join(outcome.notes)
        if outcome is not None and outcome.code == ExitCode.UNDECIDED:
            status, reason = "undecided", "; ".join(outcome.notes)
        if self._record is not None:
            self._record.end(status, reason, self._observer.variables.values())

    async def _checked(self, outcome: Outcome) -> Outcome:
        """Return the outcome, with what is expected at the end, and what rules could not see."""
        if outcome.code:
            return outcome
        observer, conditions = self._observer, self._job.options.conditions
        checks = [
            await check(condition, observer.variables, observer.watch)
            for condition in conditions.expect
        ]
        unmet = [each for each in checks if each is not None]
        ends = await self._stop_rules.ends(observer.watch)
        if not (unmet or ends):
            return outcome
        if self._record is not None:
            for end in ends:
                self._record.note(self._job.masking.text(end.text))
        codes = [ExitCode.UNDECIDED if each.is_undecided else ExitCode.UNMET for each in unmet]
        codes += [end.code for end in ends]
        told = [*(each.sentence for each in unmet), *(end.text for end in ends)]
        notes = [*outcome.notes, *map(self._job.masking.text, told)]
        return outcome._replace(code=worst(codes), notes=notes)

    async def _glue(self) -> None:
        """Put the chosen variables into the notebook, for scrapbook."""
        names = self._job.options.glue
        if names:
            notes = await glue(
                self._job.notebook, names, self._observer.variables, self._observer.watch
            )
            for note in notes:
                self.display.note(note)

    def _outcome_of(self, err: Exception) -> Outcome:
        """Return what an error of nbclient means; a RuntimeError is a kernel's failure."""
        if self._is_interrupted:
            return Outcome(ExitCode.INTERRUPTED, "Interrupted", self._traceback)
        stopped = self._stopped()
        if stopped is not None:
            return stopped
        if isinstance(err, CellExecutionError):
            return Outcome(ExitCode.FAILED, "failed", self._traceback)
        if isinstance(err, CellTimeoutError):
            return Outcome(ExitCode.FAILED, f"timed out ({self._client.timeout:g} s a cell)")
        if isinstance(err, DeadKernelError) and self.display.number:
            return Outcome(ExitCode.FAILED, "died with its kernel")
        raise RunFailed(
            f"The kernel {self._job.kernel_name!r} did not start: {err}. Its own messages are "
            "above; try `jupyter console --kernel " + self._job.kernel_name + "`."
        ) from err

    def _stopped(self) -> Outcome | None:
        """Return the outcome if a rule has stopped the run, also at the end of the last cell."""
        stopped_by = self._stop_rules.stopped_by
        if stopped_by is None:
            return None
        code = ExitCode.STOPPED if stopped_by.is_failure else ExitCode.OK
        return Outcome(code, "Stopped", notes=[self._job.masking.text(stopped_by.message)])

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
        await self._stop_rules.begin(self._observer)

    def _on_cell_start(self, cell: NotebookNode, cell_index: int) -> None:
        if self._is_interrupted or self._stop_rules.stopped_by is not None:
            raise _Stopped

    def _on_cell_execute(self, cell: NotebookNode, cell_index: int) -> None:
        self._cell, self._is_cell_running = cell, True

    def _on_cell_executed(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        self._is_cell_running = False
        self._saver.cell_ended()

    def _on_cell_error(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        traceback = "\n".join(execute_reply["content"].get("traceback", []))
        self._traceback = self._job.masking.text(traceback)

    # -- Ctrl-C and the display ------------------------------------------------------------

    def interrupt(self) -> None:
        """Interrupt the cell; the second time, give up on it."""
        if self._is_interrupted or not self.display.number:
            assert self._task is not None
            self._task.cancel()
        else:
            self.display.note("Interrupting the cell; Ctrl-C again to end at once.")
            self._interrupting = asyncio.create_task(self._interrupt_cell())
        self._is_interrupted = True

    async def _interrupt_cell(self) -> None:
        # A kernel that has not begun with the cell yet does not mind an interrupt.
        while self._is_cell_running and _BEGUN not in self._cell.metadata.get("execution", {}):
            await asyncio.sleep(0.02)
        await self._client.manager.interrupt_kernel()

    async def _paint(self) -> None:
        while True:
            self.display.paint()
            self._saver.save_if_time()
            await asyncio.sleep(PAINT_S)


class _Stopped(Exception):
    """No more cells: after Ctrl-C, or because of a rule."""


class _Client(NotebookClient):
    """nbclient's client, which starts a kernel once more that dies before its first answer.

    The ports of a kernel are free when they are chosen, and taken half a second later. Of two
    kernels that start at the same time one may find that the other was faster, and die.
    """

    # nbclient knows whole seconds only.
    timeout: Any = Float(None, allow_none=True)
    startup_timeout: Any = Float(60.0)

    def __init__(
        self,
        notebook: NotebookNode,
        make_manager: Callable[[], AsyncKernelManager],
        display: RunDisplay,
        *,
        skipped: Collection[int] = (),
        **options: Any,
    ) -> None:
        self._skipped = skipped
        self.manager = make_manager()
        """Of the kernel that was started last; nbclient lets go of one that has died."""
        super().__init__(notebook, km=self.manager, **options)
        self.log = _notes_to(display)
        self._make_manager = make_manager

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, *args: Any, **kwargs: Any
    ) -> NotebookNode:
        """Execute a cell, unless it is left out: then it keeps the outputs that it has."""
        if cell_index in self._skipped:
            return cell
        return await super().async_execute_cell(cell, cell_index, *args, **kwargs)

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

    def __init__(self, display: RunDisplay) -> None:
        super().__init__(logging.WARNING)
        self._display = display

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self._display.note(record.getMessage())


def _notes_to(display: RunDisplay) -> logging.Logger:
    logger = logging.Logger("livens.run")
    logger.addHandler(_Notes(display))
    return logger


def _kernel_arguments(job: Job) -> list[str]:
    """Return the arguments that the kernel is to start with.

    Kernels that run at once must not share a history; nbclient sees to that by name only. Rules
    are to stop a run soon, so with them the kernel looks as often as it is set to.
    """
    if is_livens(job.spec):
        conditions = job.options.conditions
        has_rules = bool(conditions.until or conditions.fail_if)
        redact = [f"--LivensKernel.redact_extra={name}" for name in job.options.redact_extra]
        return [*watched_kernel_arguments(looks_often=has_rules), NO_HISTORY_FILE, *redact]
    return [NO_HISTORY_FILE] if "ipykernel" in " ".join(job.spec.argv) else []
