"""``%load_ext livens``: watch the variables of a stock ipykernel that is already running.

The "lite" mode, for a look without changing the kernel. The shell's namespace stays the exact
dict that it is: no store is told, so that everything comes from the poller and from the
comparison at the end of each cell. What is missing against the livens kernel: the first change of
a cell at once, the line of a name that a cell stores at several, the last word on the kernel being
busy. A rule stops a cell
by an interrupt, when the poller sees that it became true; which rule it was is printed below the
cell. Every `refresh` says ``mode: "lite"``.

In a terminal (IPython without a kernel) there are no comms; ``%watch`` and `livens.on_change`
work. What is done with a kernel is in `livens.kernel.stock_kernel`, and where there are no threads,
as in JupyterLite, in `livens.kernel.loop_kernel`. What does not work there is the answer of
``%load_ext``.

Cells that run silently fire ``pre_execute`` and ``post_execute`` only. So does each comm message,
which is no cell: what the request of the thread says is what counts. IPython shows what a callback
raises as an error of the user's cell, so none of ours raises (`bordered`).
"""

from __future__ import annotations

import ast
import os
import re
import warnings
from contextlib import ExitStack, suppress
from threading import get_ident
from types import CodeType
from typing import Any

from livens.exceptions import bordered
from livens.kernel import log_handler
from livens.kernel.engine_kernel import Applying, is_engine
from livens.kernel.keeping_settings import stop_keeping
from livens.kernel.magics import WatchMagics
from livens.kernel.shell import MonitoredShell, current_coroutine
from livens.kernel.state_magics import StateMagics
from livens.kernel.timed_work import HAS_THREADS
from livens.protocol import client_of
from livens.protocol.capabilities import NEED_THREADS, all_but
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running
from livens.watching.watcher import Watcher


def capabilities_of(kernel: Any) -> dict[str, int]:
    """Return what clients may ask for in a kernel that is watched like this.

    Examples
    --------
    >>> "answers-while-busy" in capabilities_of(None), "value" in capabilities_of(None)
    (False, True)
    """
    if not HAS_THREADS:
        return all_but(*NEED_THREADS)
    has_control = getattr(kernel, "control_handlers", None) is not None
    return all_but() if has_control else all_but("answers-while-busy")


def open_mark() -> int | None:
    """Open this file, and leave it open: other programs see by it that livens is loaded here.

    `livens.client.running_kernels` looks for it, so that stock kernels are asked nothing. It goes
    with the process, whatever ends that. On Windows an open file could not be replaced by pip.

    Returns
    -------
    int, optional
        The file descriptor.
    """
    if os.name == "nt" or not HAS_THREADS:
        return None
    with suppress(OSError):
        return os.open(__file__, os.O_RDONLY)
    return None


class _Execution:
    """A cell that runs in one thread; code that it has the shell run belongs to it."""

    def __init__(self, cell: Running) -> None:
        self.cell = cell
        self.depth = 1
        self.stack = ExitStack()


class LiteWatch:
    """Watch the namespace of a shell that knows nothing of it.

    Parameters
    ----------
    shell : InteractiveShell
        Any, with or without a kernel around it.

    Attributes
    ----------
    limits : list of str
        What does not work in this kernel, and why.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._kernel: Any = getattr(shell, "kernel", None)
        self._log = log_handler.install(getattr(self._kernel, "log", None))
        self._executions: dict[int, _Execution] = {}
        self._around = self._kernel_around()
        self.driver = self._around.driver
        self.watcher = Watcher(
            self._around.budgets,
            mode="lite",
            capabilities=capabilities_of(self._kernel),
            driver=self.driver,
        )
        self._around.open(self.watcher)
        self.comms, self.limits = self._around.comms, self._around.limits
        self._mark = None if self.comms is None else open_mark()
        self._namespace: Any = None
        self.watcher.frames.cell_of = self._cell_of
        self._attach()
        shell.watcher = self.watcher
        shell.register_magics(WatchMagics(shell), StateMagics(shell))
        self._applying = Applying(self._kernel, self._begin_applied, self._end_applied)
        self._callbacks = {
            "pre_execute": self._begin_silent,
            "pre_run_cell": self._begin,
            "post_execute": self._end_silent,
            "post_run_cell": self._end,
        }
        for event, callback in self._callbacks.items():
            shell.events.register(event, callback)

    def close(self) -> None:
        """End all subscriptions, and leave the shell as it was."""
        stop_keeping(self._shell)
        if hasattr(self._shell, "livens_sharing"):
            from livens.kernel.sharing import close_sharing

            close_sharing(self._shell)
        for event, callback in self._callbacks.items():
            self._shell.events.unregister(event, callback)
        self._applying.close()
        for execution in list(self._executions.values()):
            execution.stack.close()
        self._executions.clear()
        self._shell.run_line_magic("unwatch", "")
        for name in (*WatchMagics.magics["line"], *StateMagics.magics["line"]):
            self._shell.magics_manager.magics["line"].pop(name, None)
        self._around.close()
        if self._mark is not None:
            os.close(self._mark)
        self.driver.stop()
        del self._shell.watcher
        log_handler.remove(self._log)

    def _kernel_around(self) -> Any:
        """Return what opens the kernel to clients: a `StockKernel` or a `LoopKernel`."""
        if HAS_THREADS:
            from livens.kernel.stock_kernel import StockKernel

            return StockKernel(self._kernel)
        from livens.kernel.loop_kernel import LoopKernel

        return LoopKernel(self._kernel, self._end_untold)

    def _attach(self) -> None:
        if self._namespace is not self._shell.user_ns:
            self._namespace = self._shell.user_ns
            self.watcher.attach(MonitoredDict(self._namespace), self._shell.user_ns_hidden)
            self._around.attach(self._shell)

    def _cell_of(self, filename: str) -> int | None:
        """Return which cell IPython compiled under a file name."""
        count = getattr(self._shell.compile, "_filename_map", {}).get(filename)
        return count if type(count) is int else None

    # -- the request that this thread carries out --------------------------------------------

    def _parent(self) -> dict[str, Any]:
        get_parent = getattr(self._kernel, "get_parent", None)
        try:
            return (get_parent() or {}) if get_parent is not None else {}
        except AttributeError:  # JupyterLite's kernel before its first request
            return {}

    def _silent_code(self) -> str | None:
        """Return the code of the request, if that is to run silently; None for all others."""
        parent = self._parent()
        content = parent.get("content") or {}
        if parent.get("header", {}).get("msg_type") == "execute_request" and content.get("silent"):
            return str(content.get("code", ""))
        return None

    # -- cells ---------------------------------------------------------------------------------

    @bordered
    def _begin_silent(self) -> None:
        code = self._silent_code()
        if code is not None:
            self._start(None, None, code)

    @bordered
    def _begin(self, info: Any) -> None:
        count = self._shell.execution_count - 1 if info.store_history else None
        source = getattr(info, "transformed_cell", None)
        cell_id = getattr(info, "cell_id", None)
        if cell_id is None:  # JupyterLite's kernel does not hand it on
            cell_id = (self._parent().get("metadata") or {}).get("cellId")
        self._start(count, cell_id, source)

    def _start(self, count: int | None, cell_id: str | None, source: str | None) -> None:
        parent = self._parent()
        msg_id = parent.get("header", {}).get("msg_id", "")
        last = self._executions.get(get_ident())
        if last is not None and msg_id and last.cell.msg_id == msg_id:
            last.depth += 1
            return
        self._attach()
        if last is not None:  # it was interrupted before it began
            self._close(last)
        client = client_of(parent)
        cell = Running(msg_id, count, cell_id, client=client)
        self._note_names(cell, source)
        cell.coroutine = current_coroutine()
        execution = self._executions[cell.thread_id] = _Execution(cell)
        if self.comms is not None and not is_engine(self._kernel):
            self.comms.iopub.cell_started(msg_id, parent)
            execution.stack.callback(self.comms.iopub.cell_ended, msg_id)
        execution.stack.enter_context(self.watcher.cells.running(cell))
        execution.stack.enter_context(self.watcher.cells.interrupts.statement(cell))

    def _note_names(self, cell: Running, source: str | None) -> None:
        """Tell the poller what the cell's code mentions, as far as it can be read."""
        if source is None:  # a function that came ready-made
            cell.ran_unread_code = True
            return
        try:
            code = _compiled(source or "")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            cell.ran_unread_code = True  # or IPython is about to say what is wrong with it
            return
        cell.starts(code)
        cell.ran_unread_code = "run_line_magic" in cell.names or "run_cell_magic" in cell.names

    @bordered
    def _end_silent(self) -> None:
        if self._silent_code() is not None:
            self._finish(None)

    @bordered
    def _end(self, result: Any) -> None:
        self._finish(result)

    @bordered
    def _begin_applied(self) -> None:
        self._start(None, None, None)

    @bordered
    def _end_applied(self) -> None:
        self._finish(None)

    @bordered
    def _end_untold(self) -> None:
        """End the cell of this thread, if it still counts as running, for all who wait for it."""
        execution = self._executions.get(get_ident())
        if execution is not None:
            execution.depth = 1
            events = self._shell.events
            events.trigger("post_execute")
            events.trigger("post_run_cell", self._shell.last_execution_result)

    def _finish(self, result: Any) -> None:
        execution = self._executions.get(get_ident())
        if execution is None:
            return
        execution.depth -= 1
        if execution.depth > 0:
            return
        if result is not None:  # older shells count afterwards
            execution.cell.execution_count = result.execution_count
        reason = self.watcher.cells.stop_reason()
        try:
            self._close(execution)
        except KeyboardInterrupt as err:  # it came too late for the cell, which is over
            reason = reason or str(err)
            self._close(execution)
        if reason:
            print(reason)  # noqa: T201 - below the traceback of the cell
        if self.comms is not None:
            self.comms.host.run_queued_soon()

    def _close(self, execution: _Execution) -> None:
        try:
            execution.stack.close()
        finally:
            self._executions.pop(execution.cell.thread_id, None)


_FILENAME = "<livens reads a cell>"
_NO_WARNING = ("ignore", None, SyntaxWarning, re.compile(re.escape(_FILENAME)), 0)


def _compiled(source: str) -> CodeType:
    """Compile a cell without a word: IPython compiles it too, and warns of what is odd in it.

    The filter is for this file name only, and put in place without the functions of `warnings`:
    they would have every warning that was shown once be shown once more.
    """
    filters: Any = warnings.filters
    filters.insert(0, _NO_WARNING)
    try:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code: CodeType = compile(source, _FILENAME, "exec", flags=flags, dont_inherit=True)
        return code
    finally:
        filters.remove(_NO_WARNING)


_ACTIVE = "livens_lite_watch"


def _is_monitored(shell: Any) -> bool:
    """Return whether this is the shell of a livens kernel: there is nothing to load."""
    if not HAS_THREADS:
        return False  # there is no ipykernel, and no shell of ours

    return isinstance(shell, MonitoredShell)


def load_ipython_extension(shell: Any) -> None:
    """Begin to watch: what ``%load_ext livens`` calls."""
    if _is_monitored(shell):
        print("This is a livens kernel already: there is nothing to load")  # noqa: T201 - its answer
    elif not hasattr(shell, _ACTIVE):
        active = LiteWatch(shell)
        setattr(shell, _ACTIVE, active)
        if active.limits:
            name = type(active._kernel).__name__
            print(f"livens watches here; in a kernel of type {name} these do not work:")  # noqa: T201
            print("\n".join(f"- {limit}" for limit in active.limits))  # noqa: T201


def unload_ipython_extension(shell: Any) -> None:
    """End it: what ``%unload_ext livens`` calls."""
    active = getattr(shell, _ACTIVE, None)
    if active is not None:
        delattr(shell, _ACTIVE)
        active.close()
