"""``%load_ext livens``: watch the variables of a stock ipykernel that is already running.

The "lite" mode, for a look without changing the kernel. The shell's namespace stays the exact
dict that it is: no store is told, so that everything comes from the poller and from the
comparison at the end of each cell. What is missing against the livens kernel: the first change of
a cell at once, the line of a change, the last word on the kernel being busy. A rule stops a cell
by an interrupt, when the poller sees that it became true; which rule it was is printed below the
cell. Every `refresh` says ``mode: "lite"``.

In a terminal (IPython without a kernel) there are no comms; ``%watch`` and `livens.on_change`
work.
"""

from __future__ import annotations

import ast
import logging
from contextlib import ExitStack
from typing import Any

from livens import libraries
from livens.cells import Running
from livens.comms import Comms
from livens.magics import WatchMagics
from livens.namespace import MonitoredDict
from livens.shell import MonitoredShell
from livens.ticker import Ticker
from livens.watcher import Watcher

logger = logging.getLogger(__name__)


class LiteWatch:
    """Watch the namespace of a shell that knows nothing of it.

    Parameters
    ----------
    shell : InteractiveShell
        Any, with or without a kernel around it.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._kernel: Any = getattr(shell, "kernel", None)
        self._cells = ExitStack()
        self._cell: Running | None = None
        self.watcher = Watcher(mode="lite")
        self.watcher.on_first_use = libraries.load
        self.ticker = Ticker(self.watcher)
        self.comms = None
        if self._kernel is not None:
            # At the place where a livens kernel has them: widgets look there.
            self.comms = Comms(self._kernel, self.watcher.cells, lambda: self.watcher)
            self._kernel.comms = self.comms
        self._namespace: Any = None
        self.watcher.frames.cell_of = self._cell_of
        self._attach()
        shell.watcher = self.watcher
        shell.register_magics(WatchMagics(shell))
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)

    def close(self) -> None:
        """End all subscriptions, and leave the shell as it was."""
        self._shell.events.unregister("pre_run_cell", self._begin)
        self._shell.events.unregister("post_run_cell", self._end)
        self._cells.close()
        self._shell.run_line_magic("unwatch", "")
        for name in WatchMagics.magics["line"]:
            self._shell.magics_manager.magics["line"].pop(name, None)
        if self.comms is not None:
            self.comms.detach()
            del self._kernel.comms
        self.ticker.stop()
        del self._shell.watcher

    def _attach(self) -> None:
        if self._namespace is not self._shell.user_ns:
            self._namespace = self._shell.user_ns
            self.watcher.attach(MonitoredDict(self._namespace), self._shell.user_ns_hidden)

    def _cell_of(self, filename: str) -> int | None:
        """Look up which cell IPython compiled under a file name."""
        count = getattr(self._shell.compile, "_filename_map", {}).get(filename)
        return count if type(count) is int else None

    def _begin(self, info: Any) -> None:
        self._attach()
        self._cells.close()  # of a cell that was interrupted before it began
        parent = self._kernel.get_parent() if self._kernel is not None else {}
        msg_id = parent.get("header", {}).get("msg_id", "")
        count = self._shell.execution_count - 1 if info.store_history else None
        cell = self._cell = Running(msg_id, count, getattr(info, "cell_id", None))
        self._note_names(cell, getattr(info, "transformed_cell", None))
        if self.comms is not None:
            self.comms.cell_started(msg_id, parent)
            self._cells.callback(self.comms.cell_ended, msg_id)
        self._cells.enter_context(self.watcher.cells.running(cell))
        self._cells.enter_context(self.watcher.cells.stops.statement(cell))

    def _note_names(self, cell: Running, source: str | None) -> None:
        """Tell the poller what the cell's code mentions, as far as it can be read."""
        try:
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            code = compile(source or "", "<cell>", "exec", flags=flags, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return  # IPython is about to say what is wrong with it
        cell.starts(code)
        cell.ran_unread_code = "run_line_magic" in cell.names or "run_cell_magic" in cell.names

    def _end(self, result: Any) -> None:
        if self._cell is not None:
            self._cell.execution_count = result.execution_count  # older shells count afterwards
        reason = self.watcher.cells.stop_reason()
        try:
            self._cells.close()
        except KeyboardInterrupt as err:  # it came too late for the cell, which is over
            reason = reason or str(err)
            self._cells.close()
        if reason:
            print(reason)  # noqa: T201 - below the traceback of the cell


_ACTIVE = "livens_lite_watch"


def load_ipython_extension(shell: Any) -> None:
    """Begin to watch: what ``%load_ext livens`` calls."""
    if isinstance(shell, MonitoredShell):
        logger.warning("This is a livens kernel already: there is nothing to load")
    elif not hasattr(shell, _ACTIVE):
        setattr(shell, _ACTIVE, LiteWatch(shell))


def unload_ipython_extension(shell: Any) -> None:
    """End it: what ``%unload_ext livens`` calls."""
    active = getattr(shell, _ACTIVE, None)
    if active is not None:
        delattr(shell, _ACTIVE)
        active.close()
