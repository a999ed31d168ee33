"""The kernel's main thread, for those who answer clients: what has to run there, and when.

Requests come from any thread. What changes variables runs where the user's code runs, and never in
the middle of a cell: at once if the kernel is idle, else after the cell, in the order of asking.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from livens.kernel.keeping_settings import nothing_kept

if TYPE_CHECKING:
    from ipykernel.ipkernel import IPythonKernel

    from livens.kernel.state_actions import StateActions
    from livens.protocol.sharing_requests import SharedNames
    from livens.protocol.state_requests import StateList
    from livens.watching.cells import Cells

_MAX_QUEUED = 1_000
"""So many changes may wait for a cell to end."""


class MainThreadHost:
    """The `livens.kernel.endpoint.Host` of all clients of a kernel.

    Parameters
    ----------
    kernel : IPythonKernel
        The kernel, fully made.
    cells : Cells
        What it runs.
    """

    def __init__(self, kernel: IPythonKernel, cells: Cells) -> None:
        self._kernel = kernel
        self._cells = cells
        self._queued: deque[Callable[[], None]] = deque()

    def call_on_main_thread(self, function: Callable[[], None]) -> None:
        """Run *function* on the main thread, now if this is it, else when it is idle."""
        if threading.current_thread() is threading.main_thread():
            self._run_between_cells(function)
        elif getattr(self._kernel, "io_loop", None) is not None:
            self._kernel.io_loop.add_callback(self._run_between_cells, function)
        elif function != self.run_queued:
            self._queued.append(function)  # without a loop: after the next cell

    def queue(self, function: Callable[[], None]) -> None:
        """Run *function* on the main thread when no cell runs, after those queued before."""
        if len(self._queued) >= _MAX_QUEUED:
            from livens.exceptions import KernelBusy

            raise KernelBusy(
                f"{_MAX_QUEUED} changes wait for the running cell to end already",
                remedy="Ask again when the cell has ended.",
            )
        self._queued.append(function)
        self.call_on_main_thread(self.run_queued)

    def run_queued(self) -> None:
        """Run what was queued, in order, unless a cell runs; on the main thread."""
        while self._queued and not self._cells.is_busy:
            self._run_between_cells(self._queued.popleft())

    def run_queued_soon(self) -> None:
        """Run what was queued when the event loop is free; at once where there is none."""
        if self._queued:
            loop = getattr(self._kernel, "io_loop", None)
            if loop is None:
                self.run_queued()
            else:
                loop.add_callback(self.run_queued)

    def _run_between_cells(self, function: Callable[[], None]) -> None:
        """Run *function* so that an interrupt ends it, and what it prints is no cell's."""
        shell: Any = self._kernel.shell
        handler = signal.getsignal(signal.SIGINT)
        tokens = shell.set_thread_parent({}) if hasattr(shell, "set_thread_parent") else None
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                function()
            finally:
                signal.signal(signal.SIGINT, handler)
        except KeyboardInterrupt:
            # It came when there was nothing left to interrupt; the loop must not end by it.
            signal.signal(signal.SIGINT, handler)
        finally:
            if tokens is not None:
                shell.reset_thread_parent(tokens)

    def nothing_kept(self) -> StateList | None:
        """Return the answer to ``state.list`` where nothing was ever kept, else None."""
        return nothing_kept(self._kernel.shell)

    def shared_names(self) -> SharedNames:
        """Return what is shared with other programs."""
        from livens.kernel.shared_list import shared_list

        return shared_list(self._kernel.shell)

    def state_actions(self) -> StateActions:
        """Return what can be done with kept states; whoever asks first loads it."""
        from livens.kernel.keeping import keeping_of
        from livens.kernel.state_actions import StateActions

        return StateActions(keeping_of(self._kernel.shell))

    def form(self, value: object, mime: str) -> str | bytes:
        """Return a value in a form that IPython would show; on the thread that asks."""
        from livens.kernel import ipython_forms

        return ipython_forms.form(self._kernel.shell, value, mime)

    def forms(self, value: object) -> list[str]:
        """Return the forms besides text that a value says it has; on the thread that asks."""
        from livens.kernel import ipython_forms

        return ipython_forms.forms(self._kernel.shell, value)
