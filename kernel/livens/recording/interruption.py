"""How a run ends when a signal asks for it: the cell is interrupted, then the kernel is killed.

SIGTERM and SIGHUP leave a cell some seconds to end by itself (`EndSignals.kill_at`), Ctrl-C as many
as it takes, until the second Ctrl-C.

An interrupt may get lost where a cell has just begun. CPython misses one that comes right before
``time.sleep`` sleeps, so it is sent again. ipykernel takes one that comes right before the cell's
code for its own: it publishes ``idle`` and never replies, so the reply is not waited for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import nbformat
from nbformat import NotebookNode

from livens.recording.run_client import RunClient
from livens.recording.signals import INTERRUPTED, End, EndSignals

_BEGUN = "iopub.execute_input"
"""nbclient notes in the cell's metadata when the kernel has begun with it."""
_IDLE = "iopub.status.idle"
"""And when the kernel says that it is done with it."""

POLL_S = 0.02
"""How often to look for either."""

RESEND_S = 1.0
"""How long after an interrupt to send it again, and how long after ``idle`` a reply is lost."""

NEW_CELL_S = 0.5
"""In so young a cell an interrupt may get lost. In an older one it is not sent again: a cell that
takes a while to save its work would be interrupted in that."""


class Interruption:
    """Ends one run when a signal asks for it.

    Parameters
    ----------
    signals : EndSignals
        The signals.
    client : RunClient
        What runs the cells.
    on_interrupt : callable
        Is called when Ctrl-C interrupts a cell.

    Attributes
    ----------
    has_hit : bool
        Whether the run is not what it would have been: a cell was interrupted or not begun.
    where : str
        Whether it ended ``in`` its last cell or ``after`` it.
    """

    def __init__(
        self, signals: EndSignals, client: RunClient, on_interrupt: Callable[[], None]
    ) -> None:
        self.has_hit = False
        self.where = "in"
        self._signals = signals
        self._client = client
        self._on_interrupt = on_interrupt
        self._run: asyncio.Task[Any] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._killing: asyncio.Task[None] | None = None
        self._cell: NotebookNode | None = None
        self._cell_started_at = 0.0
        self._has_begun = False
        self._is_closing = False
        self._is_given_up = False

    @property
    def end(self) -> End | None:
        """What the signal that came makes of the run; None if none came."""
        return self._signals.end

    @asynccontextmanager
    async def of_current_task(self) -> AsyncIterator[None]:
        """End the task that runs this when a signal comes, or has come."""
        self._run = asyncio.current_task()
        with self._signals.listen(self._on_signal):
            if self._signals.end is not None:
                self._on_signal()
            try:
                yield
            finally:
                tasks = [task for task in (self._ending, self._killing) if task is not None]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def cell_started(self, cell: NotebookNode) -> None:
        """Note that a cell is sent to the kernel."""
        self._cell, self._has_begun = cell, True
        self._cell_started_at = time.monotonic()

    def cell_ended(self) -> None:
        """Note that its reply is here."""
        self._cell = None

    def stop_before_cell(self) -> None:
        """Note that a cell is not begun any more."""
        if not self.has_hit:
            self.has_hit, self.where = True, "after"

    def kernel_died(self) -> None:
        """Note that it is dead: by the signal that came, if one did, which all processes got."""
        self.has_hit = self.has_hit or self.end is not None

    def begin_closing(self) -> None:
        """Note that the run has ended: what is left to do is not to be cancelled."""
        self._is_closing = True
        if self._cell is not None and self.has_hit and self.end is not None:
            self._mark(self._cell, self.end)

    async def shut_down(self) -> None:
        """Shut the kernel down, in the time that the signals leave."""
        # A cell that still runs has had its chance; an idle kernel may tidy up.
        now = self._cell is not None or self._is_given_up or self._signals.is_urgent
        await self._client.shut_down(now=now, wait_s=self._signals.seconds_left())

    def _mark(self, cell: NotebookNode, end: End) -> None:
        """Give a cell that did not end an error, so that its notebook shows it."""
        text = f"{end.reason}: the cell did not end, and its kernel was killed."
        error = nbformat.v4.new_output(
            "error", ename="KeyboardInterrupt", evalue=text, traceback=[text]
        )
        cell.outputs.append(error)

    # -- signals ---------------------------------------------------------------------------

    def _on_signal(self) -> None:
        if self._ending is None:
            self._ending = asyncio.create_task(self._end_cell())
        if self._killing is None and self._signals.kill_at is not None:
            self._killing = asyncio.create_task(self._kill_in_time())
        if self._signals.is_urgent or not self._has_begun:  # or the kernel starts
            self._give_up()

    async def _kill_in_time(self) -> None:
        await asyncio.sleep(self._signals.seconds_left() or 0.0)
        self._give_up()
        if self._is_closing:
            await self._client.kill()

    def _give_up(self) -> None:
        """End the run where it is; its kernel is killed as the run ends."""
        if not self._is_given_up and not self._is_closing:
            assert self._run is not None
            self.has_hit = True
            self._run.cancel()
        elif self._signals.is_urgent:
            self._killing = asyncio.create_task(self._client.kill())
        self._is_given_up = True

    async def _end_cell(self) -> None:
        """Interrupt the cell that runs, and see to it that its end is noticed."""
        cell = self._cell
        if cell is None:
            return
        if self._signals.end is INTERRUPTED:
            self._on_interrupt()
        is_new = not _has(cell, _BEGUN) or time.monotonic() - self._cell_started_at < NEW_CELL_S
        await _when(cell, _BEGUN)  # before, a kernel does not mind an interrupt
        self.has_hit = True
        await self._client.manager.interrupt_kernel()
        if is_new:
            with suppress(TimeoutError):
                await asyncio.wait_for(_when(cell, _IDLE), RESEND_S)
            if self._cell is cell and not _has(cell, _IDLE):
                await self._client.manager.interrupt_kernel()
        await _when(cell, _IDLE)
        await asyncio.sleep(RESEND_S)
        if self._cell is cell:
            self._client.stop_waiting()


def _has(cell: NotebookNode, mark: str) -> bool:
    return mark in cell.metadata.get("execution", {})


async def _when(cell: NotebookNode, mark: str) -> None:
    """Wait until nbclient has noted something of a cell."""
    while not _has(cell, mark):
        await asyncio.sleep(POLL_S)
