"""What `livens.kernel.lite` does in a kernel without threads: JupyterLite's, in Pyodide.

It has an event loop, in which the watcher looks while that is free. A cell that computes keeps it
busy: then the cell's own statements lend a moment, at their beginnings, at their ends and where
their loops jump back (`livens.kernel.loop_events`). So a rule stops a cell in such a moment, and
not in the middle of a function.

This is chosen by `sys.platform`, never by what can be imported: JupyterLite's kernel puts stand-ins
of ipykernel, tornado and others into `sys.modules`.

JupyterLite's kernel runs a cell that awaits by `run_cell_async`, which tells nobody that the cell
has ended; ipykernel does that itself. Here it is told when the kernel's ``run`` has ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from types import CodeType
from typing import Any

from livens.kernel.loop_events import LoopEvents
from livens.kernel.plain_comms import PlainComms
from livens.kernel.tracebacks import leave_out_our_frames
from livens.kernel.users_code import is_below
from livens.watching.budgets import Budgets
from livens.watching.cells import Cells
from livens.watching.driver import CallLater, LoopDriver
from livens.watching.watcher import Watcher

LIMITS = (
    "answers to clients while a cell runs: they come when it has ended",
    "a value's own text, HTML and picture: they cannot be given a time limit without threads",
    "rules that stop a cell in the middle of a function: it is stopped at its next statement, or "
    "where a loop of its own goes on",
)
"""What a kernel without threads cannot do."""

BUDGETS = Budgets(time_share=0.04)
"""A larger share than beside a thread: code that computes gives 5 % at the most all the same
(`livens.watching.driver.REST_TIMES`), and while a cell awaits nobody wants the time."""

_NEEDED = ("register_target", "unregister_target", "comms")


def _call_later(seconds: float, function: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_event_loop().call_later(seconds, function)


class StatementDriver(LoopDriver):
    """Has the watcher look from the event loop, and from the statements of a shell's cells.

    Parameters
    ----------
    call_later : callable
        The event loop's.
    """

    def __init__(self, call_later: CallLater = _call_later) -> None:
        super().__init__(call_later)
        self._events: LoopEvents | None = None
        self._namespace: dict[str, Any] = {}
        self._cells = Cells()
        self._is_cell: Callable[[str], bool] = bool

    def lend(self, namespace: dict[str, Any], cells: Cells, is_cell: Callable[[str], bool]) -> None:
        """Take the moments of the statements of a namespace from now on.

        Parameters
        ----------
        namespace : dict
            The globals of the cells.
        cells : Cells
            Is told of their statements.
        is_cell : callable
            Returns whether code of this file name is a cell's.
        """
        if self._events is not None:
            self._events.stop()
        self._namespace = namespace
        self._cells, self._is_cell = cells, is_cell
        self._events = LoopEvents(
            self.look, namespace, started=self._statement_starts, ended=self._statement_ends
        )
        if self._is_started:
            self._events.start()

    def start(self) -> None:
        """Begin: there is a subscriber."""
        super().start()
        if self._events is not None:
            self._events.start()

    def stop(self) -> None:
        """End, at once."""
        if self._events is not None:
            self._events.stop()
        super().stop()

    def look(self) -> None:
        """Look, if it is time; called by the statements of cells, and by a signal's handler.

        A signal comes anywhere. Where no code of the user's is on the stack, the event loop looks
        by itself, and what stops a cell must not be raised in the loop.

        Raises
        ------
        KeyboardInterrupt
            If a rule stops the cell.
        """
        if is_below(sys._getframe(), self._namespace):
            super().look()
            self._cells.interrupts.check()

    def _statement_starts(self, code: CodeType) -> None:
        running = self._cells.here()
        if running is not None and self._is_cell(code.co_filename):
            running.starts(code)

    def _statement_ends(self, code: CodeType) -> None:
        if self._is_cell(code.co_filename):
            self._cells.statement_ended(code)


class LoopKernel:
    """Opens a kernel without threads to clients, as `livens.kernel.stock_kernel` opens ipykernel.

    Parameters
    ----------
    kernel : object, optional
        With a ``comm_manager`` of the package ``comm``; None where there is no kernel.
    end_cell : callable
        Ends the cell that runs, if its end was told to nobody.

    Attributes
    ----------
    driver : StatementDriver
        For the watcher.
    budgets : Budgets
        The same.
    comms : PlainComms, optional
        What carries the messages of clients.
    limits : list of str
        What does not work in this kernel, and why.
    """

    def __init__(self, kernel: Any, end_cell: Callable[[], None]) -> None:
        self._kernel, self._end_cell = kernel, end_cell
        self.driver, self.budgets = StatementDriver(), BUDGETS
        self.comms: PlainComms | None = None
        self.limits: list[str] = []
        self._cells = Cells()
        self._put_back: Callable[[], None] = lambda: None
        self._put_back_show: Callable[[], None] = lambda: None
        self._shell: Any = None

    def open(self, watcher: Watcher) -> None:
        """Let clients in."""
        self._cells = watcher.cells
        watcher.cells.interrupts.has_checks = True
        if self._kernel is None:
            return
        manager = getattr(self._kernel, "comm_manager", None)
        if all(hasattr(manager, used) for used in _NEEDED):
            self.comms = PlainComms(manager, watcher.cells, lambda: watcher)
            self.limits += LIMITS
        else:
            self.limits.append(
                "the panel and other clients: it has no 'comm_manager' of the package 'comm'"
            )
        run = getattr(self._kernel, "run", None)
        if iscoroutinefunction(run):
            self._put_back = _replace(self._kernel, "run", self._telling_ends(run))

    def _telling_ends(self, run: Any) -> Any:
        async def run_and_tell(*args: Any, **kwargs: Any) -> Any:
            try:
                return await run(*args, **kwargs)
            finally:
                self._end_cell()

        return run_and_tell

    def attach(self, shell: Any) -> None:
        """Take the shell's namespace, and have it show tracebacks without our frames."""

        def is_cell(filename: str) -> bool:
            return filename in getattr(shell.compile, "_filename_map", ())

        self.driver.lend(shell.user_ns, self._cells, is_cell)
        if self._shell is None:
            self._shell = shell
            show = _without_our_frames(shell.showtraceback)
            self._put_back_show = _replace(shell, "showtraceback", show)

    def close(self) -> None:
        """Close all comms, and leave the kernel and the shell as they were."""
        if self.comms is not None:
            self.comms.detach()
        self._put_back()
        self._put_back_show()


def _replace(owner: Any, name: str, value: Any) -> Callable[[], None]:
    """Give an object another attribute; returns what makes it as it was."""
    own = vars(owner)
    before = own.get(name)
    setattr(owner, name, value)

    def put_back() -> None:
        if vars(owner).get(name) is not value:
            return  # somebody has replaced it since
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)

    return put_back


def _without_our_frames(show: Callable[..., Any]) -> Callable[..., Any]:
    """Return what shows a traceback without the frames in which a rule stopped the cell."""

    def showtraceback(*args: Any, **kwargs: Any) -> Any:
        leave_out_our_frames(sys.exc_info()[1])
        return show(*args, **kwargs)

    return showtraceback
