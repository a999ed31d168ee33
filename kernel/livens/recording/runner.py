"""Running one notebook: `run_job` executes a job by nbclient, and shows and records it meanwhile.

Two connections to one kernel: nbclient's, which executes the cells and fills the notebook exactly
as it always does, and that of a `livens.recording.observer.RunObserver` beside it, which only
looks. Both live in one asyncio loop. The kernel is ours: started here, and shut down whatever
happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from livens.client.connection_files import put_in_runtime_directory
from livens.client.environments import OneKernel
from livens.client.kernel_specs import starts_livens
from livens.client.kernels import private_transport
from livens.exceptions import RunFailed
from livens.protocol.messages import EventParams
from livens.recording.expectations import check, expectation_of, unchecked
from livens.recording.interruption import Interruption
from livens.recording.job import Job
from livens.recording.kernel_arguments import NO_HISTORY_FILE, watched_kernel_arguments
from livens.recording.masking import Masking
from livens.recording.notebook_saver import NotebookSaver
from livens.recording.notebooks import SKIP_TAG
from livens.recording.observer import HISTORY, RunListener, RunObserver, chain
from livens.recording.outcome import ExitCode, Outcome, worst
from livens.recording.record import EndStatus
from livens.recording.run_client import RunClient
from livens.recording.saving import PRIVATE_MODE
from livens.recording.scrapbook import glue
from livens.recording.signals import INTERRUPTED, EndSignals
from livens.recording.stop_rules import StopRules
from livens.recording.writer import RecordWriter

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

    def interrupting(self) -> None:
        """Note that Ctrl-C interrupts the cell."""
        self.note("Interrupting the cell; Ctrl-C again to end at once.")

    def paint(self) -> None:
        """Show what is new, if it is time."""


async def run_job(job: Job, display: RunDisplay, signals: EndSignals | None = None) -> Outcome:
    """Run a notebook to its end, and write what there is to write.

    Parameters
    ----------
    job : Job
        The notebook.
    display : RunDisplay
        Shows what happens.
    signals : EndSignals, optional
        End the run when one comes. Without them nothing does.
    """
    display.masking = job.masking
    record = await asyncio.to_thread(_begin_record, job, display)  # it asks git
    saver = NotebookSaver(job, display.note)
    with private_transport(job.spec) as transport:
        make = partial(_make_manager, job, transport)
        run = NotebookRun(job, make, display, saver=saver, record=record, signals=signals)
        try:
            outcome = await run.execute()
        finally:
            if record is not None:  # also if the kernel did not start
                record.end("failed", "The run could not begin.", [], exit_code=ExitCode.NOT_RUN)
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
        folder=job.path.absolute().parent,
        parameters=job.options.parameters,
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
    signals : EndSignals, optional
        End the run when one comes.
    """

    def __init__(
        self,
        job: Job,
        make_manager: Callable[[], AsyncKernelManager],
        display: RunDisplay,
        *,
        saver: NotebookSaver,
        record: RecordWriter | None = None,
        signals: EndSignals | None = None,
    ) -> None:
        self.display = display
        self._job = job
        self._saver = saver
        self._record = record
        conditions = job.options.conditions
        self._stop_rules = StopRules(conditions.until, conditions.fail_if)
        listeners: list[RunListener] = [self._stop_rules, display]
        if record is not None:
            listeners.append(record)
        self._observer = RunObserver(
            *listeners,
            history=0 if record is None else HISTORY,
            digests=record is not None,
            frames="top" if display.shows_frames else "none",
            masking=job.masking,
        )
        self._traceback = ""
        self._client = RunClient(
            job.notebook,
            make_manager,
            display.note,
            skipped=job.skipped,
            kernel_name=job.kernel_name,
            timeout=job.options.timeout_s,
            startup_timeout=job.options.start_timeout_s,
            allow_errors=job.options.allow_errors,
            skip_cells_with_tag=SKIP_TAG,
            resources={"metadata": {"path": job.options.cwd or job.path.absolute().parent}},
            extra_arguments=_kernel_arguments(job),
            on_cell_start=self._on_cell_start,
            on_cell_execute=self._on_cell_execute,
            on_cell_executed=self._on_cell_executed,
            on_cell_error=self._on_cell_error,
        )
        self._interruption = Interruption(
            signals or EndSignals(), self._client, display.interrupting
        )
        self._observer.attach(self._client)
        chain(self._client, "on_notebook_start", self._add_rules)

    async def execute(self) -> Outcome:
        """Run all cells, and shut the kernel down."""
        painting = asyncio.create_task(self._paint())
        try:
            async with self._interruption.of_current_task():
                return await self._execute()
        finally:
            painting.cancel()

    async def _execute(self) -> Outcome:
        outcome: Outcome | None = None
        error: BaseException | None = None
        try:
            await asyncio.sleep(0)  # where a signal that has come ends the run
            try:
                await self._client.async_execute()
                await self._glue()
                outcome = self._interrupted() or self._stopped() or Outcome(ExitCode.OK)
            except (_Stopped, CellExecutionError, CellTimeoutError, RuntimeError) as err:
                error = err
                outcome = self._outcome_of(err)
            outcome = await self._checked(outcome)
        except asyncio.CancelledError as err:
            error = err
            outcome = Outcome(ExitCode.INTERRUPTED, INTERRUPTED.reason)
            outcome = self._unchecked(self._interrupted() or outcome)
        finally:
            self._interruption.begin_closing()
            await self._observer.leave(is_hurried=self._interruption.end is not None)
            self._end_record(outcome, error)
            await self._interruption.shut_down()
        has_ended_by_error = isinstance(error, CellExecutionError)
        errors = self._observer.errors
        return outcome._replace(errors=errors[:-1] if has_ended_by_error else errors)

    def _end_record(self, outcome: Outcome | None, error: BaseException | None) -> None:
        status = _status(outcome, is_stopped=self._stop_rules.stopped_by is not None)
        of_nbclient, reason = self._observer.end(error, status)
        if outcome is not None and status is not None:
            reason = "; ".join(outcome.notes) or f"{outcome.reason}."
        if self._record is not None:
            self._record.end(
                status or of_nbclient,
                reason,
                self._observer.variables.values(),
                outcome.expectations if outcome is not None else (),
                exit_code=ExitCode.NOT_RUN if outcome is None else outcome.code,
            )

    async def _checked(self, outcome: Outcome) -> Outcome:
        """Return the outcome, with what is expected at the end, and what rules could not see."""
        if outcome.code:
            return self._unchecked(outcome)
        observer, conditions = self._observer, self._job.options.conditions
        checks = [
            await check(condition, observer.variables, observer.watch)
            for condition in conditions.expect
        ]
        masked = self._job.masking.text
        found = [
            expectation_of(condition, each)._replace(reason=masked(each.text) if each else "")
            for condition, each in zip(conditions.expect, checks, strict=True)
        ]
        outcome = outcome._replace(expectations=found)
        unmet = [each for each in checks if each is not None]
        ends = await self._stop_rules.ends(observer.watch)
        if not (unmet or ends):
            return outcome
        if self._record is not None:
            for end in ends:
                self._record.note(masked(end.text))
        codes = [ExitCode.UNDECIDED if each.is_undecided else ExitCode.UNMET for each in unmet]
        codes += [end.code for end in ends]
        told = [*(each.sentence for each in unmet), *(end.text for end in ends)]
        notes = [*outcome.notes, *map(masked, told)]
        return outcome._replace(code=worst(codes), notes=notes)

    def _unchecked(self, outcome: Outcome) -> Outcome:
        """Return the outcome of a run that did not come to its end, with what was expected."""
        expected = self._job.options.conditions.expect
        return outcome._replace(expectations=[unchecked(condition) for condition in expected])

    def _interrupted(self) -> Outcome | None:
        """Return the outcome, if a signal has ended the run or interrupted a cell of it."""
        end = self._interruption.end
        if end is None or not self._interruption.has_hit:
            return None
        number = self.display.number
        where = f"{self._interruption.where} cell {number} of {self._job.total}"
        reason = f"{end.reason} {where if number else 'before the first cell'}"
        return Outcome(end.code, reason, self._traceback)

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
        if isinstance(err, DeadKernelError):
            self._interruption.kernel_died()
        ended = self._interrupted() or self._stopped()
        if ended is not None:
            return ended
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

    # -- what nbclient calls ---------------------------------------------------------------

    async def _add_rules(self, notebook: NotebookNode) -> None:
        await self._stop_rules.begin(self._observer)

    def _on_cell_start(self, cell: NotebookNode, cell_index: int) -> None:
        if self._interruption.end is not None:
            self._interruption.stop_before_cell()
            raise _Stopped
        if self._stop_rules.stopped_by is not None:
            raise _Stopped

    def _on_cell_execute(self, cell: NotebookNode, cell_index: int) -> None:
        self._interruption.cell_started(cell)

    def _on_cell_executed(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        self._interruption.cell_ended()
        self._saver.cell_ended()

    def _on_cell_error(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        traceback = "\n".join(execute_reply["content"].get("traceback", []))
        self._traceback = self._job.masking.text(traceback)

    async def _paint(self) -> None:
        while True:
            self.display.paint()
            self._saver.save_if_time()
            await asyncio.sleep(PAINT_S)


class _Stopped(Exception):
    """No more cells: because of a signal, or of a rule."""


def _status(outcome: Outcome | None, *, is_stopped: bool) -> EndStatus | None:
    """Return the status that an outcome has in a record; None if nbclient's error says it."""
    if outcome is None:
        return None
    match outcome.code:
        case ExitCode.TERMINATED | ExitCode.HANGUP:
            return "terminated"
        case ExitCode.INTERRUPTED:
            return "interrupted"
        case ExitCode.UNMET:
            return "unmet"
        case ExitCode.UNDECIDED:
            return "undecided"
        case ExitCode.STOPPED:  # also by a look at the end
            return "stopped"
    return "stopped" if is_stopped else None


def _kernel_arguments(job: Job) -> list[str]:
    """Return the arguments that the kernel is to start with.

    Kernels that run at once must not share a history; nbclient sees to that by name only. Rules
    are to stop a run soon, so with them the kernel looks as often as it is set to.
    """
    if starts_livens(job.spec.argv):
        conditions = job.options.conditions
        has_rules = bool(conditions.until or conditions.fail_if)
        redact = [f"--LivensKernel.redact_extra={name}" for name in job.options.redact_extra]
        return [*watched_kernel_arguments(looks_often=has_rules), NO_HISTORY_FILE, *redact]
    return [NO_HISTORY_FILE] if "ipykernel" in " ".join(job.spec.argv) else []
