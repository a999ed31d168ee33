"""nbclient's client as a run uses it: it starts and ends its own kernel and handles no signals.

nbclient's way to set a kernel up adds handlers for SIGINT and SIGTERM that shut the kernel down
under the cell, and removes those that others have added. Here `livens.recording.signals` has them
for the whole command, so setting up is written anew. What waits for a cell in the background is
kept, so that it ends with the run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

from jupyter_client.client import KernelClient
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets import Float

_DIED = "Kernel died before replying"
"""What jupyter_client says of a kernel that ends before its first answer; it has no type for it."""


class RunClient(NotebookClient):
    """nbclient's client, which starts a kernel once more that dies before its first answer.

    The ports of a kernel are free when they are chosen, and taken half a second later. Of two
    kernels that start at the same time one may find that the other was faster, and die.

    Parameters
    ----------
    notebook : NotebookNode
        Is filled with the outputs.
    make_manager : callable
        Makes the manager of a kernel that is to be started.
    note : callable
        Is told what nbclient warns of.
    skipped : collection of int
        The positions of cells that are left out, and keep the outputs that they have.
    **options
        As in nbclient.

    Attributes
    ----------
    manager : AsyncKernelManager
        Of the kernel that was started last; nbclient lets go of one that has died.
    """

    # nbclient knows whole seconds only.
    timeout: Any = Float(None, allow_none=True)
    startup_timeout: Any = Float(60.0)

    def __init__(
        self,
        notebook: NotebookNode,
        make_manager: Callable[[], AsyncKernelManager],
        note: Callable[[str], None],
        *,
        skipped: Collection[int] = (),
        **options: Any,
    ) -> None:
        self._skipped = skipped
        self.manager = make_manager()
        super().__init__(notebook, km=self.manager, **options)
        self.log = _logger(note)
        self._make_manager = make_manager
        self._tasks: set[asyncio.Task[Any]] = set()

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, *args: Any, **kwargs: Any
    ) -> NotebookNode:
        """Execute a cell, unless it is left out."""
        if cell_index in self._skipped:
            return cell
        return await super().async_execute_cell(cell, cell_index, *args, **kwargs)

    @asynccontextmanager
    async def async_setup_kernel(self, **kwargs: Any) -> AsyncIterator[None]:
        """Start the kernel; whoever runs this calls `shut_down` in the end."""
        await self.async_start_new_kernel(**kwargs)
        await self.async_start_new_kernel_client()
        yield

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

    def stop_waiting(self) -> None:
        """Give up on the reply of the cell that runs; nbclient then takes its kernel for dead."""
        if self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()

    async def kill(self) -> None:
        """Kill the kernel, if there is one."""
        if self.manager.has_kernel:
            assert self.manager.provisioner is not None
            await self.manager.provisioner.kill()

    async def shut_down(self, *, now: bool = False, wait_s: float | None = None) -> None:
        """Shut the kernel down, and remove what belongs to it.

        Parameters
        ----------
        now : bool
            Kill it; else it may tidy up.
        wait_s : float, optional
            How long it may; by default as long as jupyter_client lets it.
        """
        if wait_s is not None:
            self.manager.shutdown_wait_time = min(wait_s, self.manager.shutdown_wait_time)
        if await self.manager.is_alive():
            if now:
                await self.kill()  # jupyter_client interrupts it first, of which it may still write
            await self.manager.shutdown_kernel(now=now)
        await self.manager.cleanup_resources()
        if self.kc is not None:
            self.kc.stop_channels()
        for task in self._tasks:
            task.cancel()
        # What a task ended with is of no use any more, but asyncio complains if nobody asks.
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _async_poll_kernel_alive(self) -> None:
        self._keep_task()
        await super()._async_poll_kernel_alive()

    async def _async_poll_output_msg(
        self, parent_msg_id: str, cell: NotebookNode, cell_index: int
    ) -> None:
        self._keep_task()
        await super()._async_poll_output_msg(parent_msg_id, cell, cell_index)

    def _keep_task(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks = {kept for kept in self._tasks if not kept.done()} | {task}


class _Notes(logging.Handler):
    """Shows the warnings of nbclient; its errors come as exceptions as well."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self._note(record.getMessage())


def _logger(note: Callable[[str], None]) -> logging.Logger:
    logger = logging.Logger("livens.run")
    logger.addHandler(_Notes(note))
    return logger
