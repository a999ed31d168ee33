"""``jupyter livens run``: execute a notebook by nbclient, and show its variables meanwhile.

Two connections to one kernel: nbclient's, which executes the cells and fills the notebook exactly
as it always does, and that of a `livens.observer.RunObserver` beside it, which only looks. Both
live in one asyncio loop. The kernel is ours: started here, and shut down whatever happens.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import logging
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from livens.cli import notebooks
from livens.cli.kernels import find_kernel_spec, private_transport
from livens.cli.progress import Outcome, RunReport
from livens.cli.screen import PAINT_S, Screen
from livens.exceptions import RunFailed
from livens.observer import RunObserver
from livens.recorder import HISTORY, RecordWriter

SKIP_TAG = "skip-execution"
"""nbclient leaves cells with this tag out, and so does `jupyter execute`."""

_BEGUN = "iopub.execute_input"
"""nbclient notes in the cell's metadata when the kernel has begun with it."""


def main(args: argparse.Namespace) -> int:
    """Run a notebook; returns the exit code."""
    path = Path(args.notebook)
    notebook = notebooks.read(path)
    output = path if args.inplace else Path(args.output) if args.output else None
    if output is not None and not output.absolute().parent.is_dir():
        raise RunFailed(f"No directory {output.parent} for --output; make it first")
    parameters = notebooks.parse_parameters(args.parameter, args.parameters)
    kernel_name = args.kernel or default_kernel(notebook, path)
    spec = find_kernel_spec(kernel_name)
    errors = Screen(to_stderr=True)
    if parameters and not notebooks.inject_parameters(notebook, parameters):
        errors.line("The notebook has no cell tagged 'parameters': they go to the top.", "yellow")
    total = notebooks.count_code_cells(notebook, SKIP_TAG)
    report = RunReport(total, Screen(is_live=not args.no_live), errors)
    record = _record(args.record, path, total, report)
    with private_transport(spec) as transport:
        manager = AsyncKernelManager(kernel_name=kernel_name, **transport)
        run = NotebookRun(notebook, manager, report, path.absolute().parent, args, record=record)
        outcome = _execute(run)
    if output is not None:
        notebooks.write(notebook, output)
    if record is not None and record.failure and not outcome.code:
        outcome = outcome._replace(code=5, reason="not recorded to the end")
    return report.finish(outcome, output)


def _record(file: str | None, notebook: Path, total: int, report: RunReport) -> RecordWriter | None:
    if file is None:
        return None
    return RecordWriter(file, notebook=notebook.name, cells=total, on_failure=report.note)


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


def _execute(run: NotebookRun) -> Outcome:
    try:
        return asyncio.run(run.execute())
    except KeyboardInterrupt:  # where there are no signal handlers for event loops
        return Outcome(130, "Interrupted")
    finally:
        run.report.end_live()


class NotebookRun:
    """One execution of one notebook.

    Parameters
    ----------
    notebook : NotebookNode
        Is filled with the outputs.
    manager : AsyncKernelManager
        Of the kernel that is to be started.
    report : RunReport
        Is told what happens.
    directory : Path
        Where the kernel works.
    args : Namespace
        Of the command line: ``timeout``, ``allow_errors``.
    record : RecordWriter, optional
        Is told what happens as well.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        manager: AsyncKernelManager,
        report: RunReport,
        directory: Path,
        args: argparse.Namespace,
        *,
        record: RecordWriter | None = None,
    ) -> None:
        self.report = report
        self._manager = manager
        self._record = record
        listeners = [report] if record is None else [report, record]
        self._observer = RunObserver(*listeners, history=0 if record is None else HISTORY)
        self._is_interrupted = False
        self._is_cell_running = False
        self._cell = NotebookNode()
        self._interrupting: asyncio.Task[None] | None = None
        self._traceback = ""
        self._client = NotebookClient(
            notebook,
            km=manager,
            kernel_name=manager.kernel_name,
            timeout=args.timeout,
            allow_errors=args.allow_errors,
            skip_cells_with_tag=SKIP_TAG,
            resources={"metadata": {"path": directory}},
            extra_arguments=_kernel_arguments(manager),
            on_notebook_start=self._on_notebook_start,
            on_cell_start=self._on_cell_start,
            on_cell_execute=self._on_cell_execute,
            on_cell_executed=self._on_cell_executed,
            on_cell_error=self._on_cell_error,
        )
        self._observer.attach(self._client)
        self._client.log = _notes_to(report)

    async def execute(self) -> Outcome:
        """Run all cells, and shut the kernel down."""
        self._task = asyncio.current_task()
        painting = asyncio.create_task(self._paint())
        error: BaseException | None = None
        try:
            await self._client.async_execute()
            return Outcome(0)
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
        if self._record is not None:
            self._record.end(status, reason, self._observer.variables.values())

    def _outcome_of(self, err: Exception) -> Outcome:
        """Tell in our words what nbclient has raised; a RuntimeError is a kernel's failure."""
        if self._is_interrupted:
            return Outcome(130, "Interrupted", self._traceback)
        if isinstance(err, CellExecutionError):
            return Outcome(1, "failed", self._traceback)
        if isinstance(err, CellTimeoutError):
            return Outcome(1, f"timed out ({self._client.timeout} s a cell)")
        if isinstance(err, DeadKernelError) and self.report.number:
            return Outcome(1, "died with its kernel")
        raise RunFailed(
            f"The kernel {self._manager.kernel_name!r} did not start: {err}. Its own messages are "
            "above; try `jupyter console --kernel " + self._manager.kernel_name + "`."
        ) from err

    async def _shut_down(self) -> None:
        # nbclient leaves this behind when the kernel does not start, and then it fails.
        atexit.unregister(self._client._cleanup_kernel)
        if await self._manager.is_alive():
            # A cell that still runs has had its chance; an idle kernel may tidy up.
            await self._manager.shutdown_kernel(now=self._is_cell_running)
        await self._manager.cleanup_resources()
        if self._client.kc is not None:
            self._client.kc.stop_channels()

    # -- what nbclient calls ---------------------------------------------------------------

    async def _on_notebook_start(self, notebook: NotebookNode) -> None:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            # nbclient's own handler shuts the kernel down at once, and with it the cell's output.
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._interrupt)

    def _on_cell_start(self, cell: NotebookNode, cell_index: int) -> None:
        if self._is_interrupted:
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

    def _interrupt(self) -> None:
        """Interrupt the cell; the second time, give up on it."""
        if self._is_interrupted or not self.report.number:
            assert self._task is not None
            self._task.cancel()
        else:
            self.report.note("Interrupting the cell; Ctrl-C again to end at once.")
            self._interrupting = asyncio.create_task(self._interrupt_cell())
        self._is_interrupted = True

    async def _interrupt_cell(self) -> None:
        # A kernel that has not begun with the cell yet does not mind an interrupt.
        while self._is_cell_running and _BEGUN not in self._cell.metadata.get("execution", {}):
            await asyncio.sleep(0.02)
        await self._manager.interrupt_kernel()

    async def _paint(self) -> None:
        while True:
            self.report.paint()
            await asyncio.sleep(PAINT_S)


class _Stopped(Exception):
    """No more cells, after Ctrl-C."""


class _Notes(logging.Handler):
    """Shows the warnings of nbclient; its errors come as exceptions as well."""

    def __init__(self, report: RunReport) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self._report.note(record.getMessage())


def _notes_to(report: RunReport) -> logging.Logger:
    logger = logging.Logger("livens.run")
    logger.addHandler(_Notes(report))
    return logger


def _kernel_arguments(manager: AsyncKernelManager) -> list[str]:
    """Keep kernels that run at once from sharing a history; nbclient does it by name only."""
    spec = manager.kernel_spec
    words = " ".join(spec.argv) if spec is not None else ""
    is_ipython = "livens" in words or "ipykernel" in words
    return ["--HistoryManager.hist_file=:memory:"] if is_ipython else []
