"""The observer: watches a kernel while nbclient runs a notebook on it, and calls listeners.

It makes a connection of its own beside nbclient's, so nothing that nbclient sends, receives or
writes is different; that a reply wakes nbclient up is seen to (`livens.recording.wakeups`).
`RunObserver.attach` adds it to the client's hooks, after those that are there; they are awaited
in the client's event loop, so the same works for its blocking calls, for its asynchronous ones, and
for programs that execute cell by cell, such as papermill.

When a cell has ended, its changes are here: the ``idle`` of the cell, which nbclient has seen, is
waited for on the other connection too. That takes no question to the kernel.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from inspect import isawaitable
from typing import Any

from jupyter_client.connect import ConnectionFileMixin
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from livens.client.asynchronous import AsyncWatch
from livens.client.blocking import watch
from livens.exceptions import KernelGone, LivensError, WatchClosed
from livens.protocol.messages import EventParams
from livens.protocol.requests import Environment
from livens.protocol.types import ChangeSet, Digest, Variable
from livens.recording import record
from livens.recording.digesting import DigestRequests, ask_environment
from livens.recording.masking import Masking
from livens.recording.notebooks import without_colours
from livens.recording.wakeups import wake_after_sending

SETTLE_S = 2.0
"""How long to wait, after a cell, for what the kernel has still to say of it."""

CONNECT_S = 10.0
"""How long a kernel that is ready may take to answer the first time."""

HISTORY = 10_000
"""How many points the kernel is asked to keep of each variable; updates bring the new ones."""

READ_S = 0.05
"""How often to look for what has come, while a cell runs. At its end that is done at once: for
cells that are over before, this saves waking up for each message."""

_log = logging.getLogger(__name__)


class RunListener:
    """What is told of a run: derive from it, and override what you need.

    Times are in seconds since the epoch.
    """

    def cell_started(self, cell: NotebookNode, index: int, at: float) -> None:
        """Called when a cell begins."""

    def changed(self, change_set: ChangeSet, at: float) -> None:
        """Called when variables have changed."""

    def told(self, event: EventParams, at: float) -> None:
        """Called when the kernel has sent an event, such as a rule that fired."""

    def cell_ended(self, end: CellEnd, at: float) -> None:
        """Called when the cell is done, after all of its changes."""

    def digested(self, digests: list[Digest], number: int | None, at: float) -> None:
        """Called with digests of variables at the end of a cell, or (None) of the run.

        For a slow kernel that is after the cell.
        """

    def environment(self, found: Environment, at: float) -> None:
        """Called at the end with where the code ran."""

    def note(self, text: str) -> None:
        """Called with what a person should know of the watch itself."""


class CellEnd:
    """How a cell ended.

    Attributes
    ----------
    status : str
        One of `livens.recording.record.EndStatus`.
    execution_count : int, optional
        The number in its ``In [n]``.
    error : Error, optional
        The exception, if there was one.
    is_expected : bool
        Whether the cell may raise it, by its tag ``raises-exception`` or the error's name.
    """

    def __init__(
        self,
        status: record.EndStatus,
        execution_count: int | None = None,
        error: record.Error | None = None,
    ) -> None:
        self.status = status
        self.execution_count = execution_count
        self.error = error
        self.is_expected = False


class RunObserver:
    """Watches one run.

    Parameters
    ----------
    *listeners : RunListener
        Are called in this order.
    names : sequence of str
        Names or patterns of the variables.
    interval_ms : int
        The shortest time between two change sets.
    history : int
        How many points the kernel is to keep of each variable.
    frames : {"none", "top", "all"}
        Which of the functions that run are to be watched.
    masking : Masking, optional
        Hides secrets in what errors say; by default those of the client's notebook.
    digests : bool
        Whether to ask for the digests of what cells changed, and for where the code runs.

    Attributes
    ----------
    variables : dict of str to Variable
        As of the last change set; also after the end.
    errors : list of str
        What cells raised, and were not expected to, with their numbers.
    is_watching : bool
        Whether there is a livens kernel that can be watched.
    """

    def __init__(
        self,
        *listeners: RunListener,
        names: Sequence[str] = ("*",),
        interval_ms: int = 100,
        history: int = 0,
        frames: str = "none",
        masking: Masking | None = None,
        digests: bool = False,
    ) -> None:
        self.variables: dict[str, Variable] = {}
        self.errors: list[str] = []
        self.is_watching = False
        self.watch: AsyncWatch | None = None
        self._listeners = listeners
        self._masking = masking
        self._options = {
            "names": names,
            "interval_ms": interval_ms,
            "history": history,
            "frames": frames,
            "digests": digests,
        }
        self._reading: asyncio.Task[None] | None = None
        self._events_seen = 0
        self._was_started = False
        self._kernel: ConnectionFileMixin | None = None
        self._is_cell_open = False
        self._is_stopped = False
        self._number = 0
        self._cell_started_at = self._started_at = 0.0
        self._digests = DigestRequests(self._digested) if digests else None

    # -- hooks -----------------------------------------------------------------------------

    def attach(self, client: NotebookClient) -> None:
        """Add this to the hooks of a client, after those that it has."""
        if self._masking is None:
            self._masking = Masking.of(client.nb)

        async def on_cell_execute(cell: NotebookNode, cell_index: int) -> None:
            assert client.km is not None
            if client.kc is not None:
                wake_after_sending(client.kc)
            await self.start(client.km)  # who brings a kernel and a client has no notebook start
            self._cell_started(cell, cell_index)

        async def on_cell_executed(
            cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
        ) -> None:
            await self._cell_executed(execute_reply, is_expected=_is_expected(client, cell))

        async def on_notebook_start(notebook: NotebookNode) -> None:
            assert client.km is not None
            await self.start(client.km)

        chain(client, "on_notebook_start", on_notebook_start)
        chain(client, "on_cell_execute", on_cell_execute)
        chain(client, "on_cell_executed", on_cell_executed)

    async def start(self, kernel: ConnectionFileMixin) -> None:
        """Begin to watch a kernel; if it cannot be watched, the listeners get a note."""
        if self._was_started:
            return
        self._was_started = True
        self._started_at = time.monotonic()
        self._kernel = kernel
        changes = aiter(watch(kernel, timeout_s=CONNECT_S, **self._options))  # type: ignore[arg-type]
        try:
            await changes.__aenter__()
        except LivensError as err:
            self._note(f"Nothing can be watched: {err}")
            return
        self.watch, self.is_watching = changes, True
        self._reading = asyncio.create_task(self._read(changes))
        with suppress(LivensError):
            await self._take(changes)

    async def leave(self, *, is_hurried: bool = False) -> None:
        """End the watch, and pass on everything that has come; the kernel may run or be gone.

        Parameters
        ----------
        is_hurried : bool
            Ask the kernel for nothing more.
        """
        reading, self._reading = self._reading, None
        if reading is None or self.watch is None:
            return
        if self.is_watching and not self._is_cell_open and not is_hurried:
            # What changed in place without being seen is described as it is in the end.
            with suppress(LivensError, TimeoutError):
                await self.watch.request("refresh", timeout=SETTLE_S)
        with suppress(LivensError):
            await self._take(self.watch)
        can_ask = self.is_watching and not self._is_cell_open and not is_hurried
        if can_ask and self._digests is not None:
            await self._ask_at_end(self.watch, self._digests)
        if isinstance(self._kernel, KernelManager) and not await ensure_async(
            self._kernel.is_alive()
        ):
            self.watch.kernel_ended()
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        await self.watch.close()

    def end(
        self, error: BaseException | None, cell_status: record.EndStatus | None = None
    ) -> tuple[record.EndStatus, str]:
        """Return how the run ended; a cell that is still open ended with it.

        A run whose cells may fail (nbclient's `allow_errors`) has failed if one did, unless that
        was expected of the cell, by the tag ``raises-exception`` or the name of the error.

        Parameters
        ----------
        error : BaseException, optional
            What nbclient raised.
        cell_status : str, optional
            How a cell that is still open ended; by default as the run.

        Returns
        -------
        tuple of str
            A status, and the reason in a sentence.
        """
        masking = self._masking or Masking()
        status, reason = _status_of(error)
        reason = masking.text(reason)
        if error is None and self.errors:
            status, reason = "failed", f"{self.errors[0]}; the run went on."
        if self._is_cell_open:
            self._is_cell_open = False
            end, at = CellEnd(cell_status or status), time.time()
            self._tell(lambda listener: listener.cell_ended(end, at))
        return status, reason

    # -- cells -----------------------------------------------------------------------------

    def _cell_started(self, cell: NotebookNode, index: int) -> None:
        self._is_cell_open, self._is_stopped = True, False
        self._number += 1
        self._cell_started_at = time.monotonic()
        at = time.time()
        self._tell(lambda listener: listener.cell_started(cell, index, at))

    async def _cell_executed(
        self, execute_reply: dict[str, Any], *, is_expected: Callable[[str], bool]
    ) -> None:
        at, seconds = time.time(), time.monotonic() - self._cell_started_at
        msg_id = execute_reply.get("parent_header", {}).get("msg_id", "")
        await self._settle(msg_id)
        if self._digests is not None and self.watch is not None and self.is_watching:
            await self._digests.after_cell(self.watch, msg_id, self._number, seconds)
        self._is_cell_open = False
        end = _end_of(execute_reply["content"], self._masking or Masking())
        if self._is_stopped and end.status == "failed":
            end.status = "stopped"
        elif end.error is not None:
            end.is_expected = is_expected(end.error.ename)
            if not end.is_expected:
                text = f"{end.error.ename}: {end.error.evalue}".splitlines()[0].rstrip(": ")
                self.errors.append(f"{text} in cell {self._number}")
        self._tell(lambda listener: listener.cell_ended(end, at))

    async def _settle(self, msg_id: str) -> None:
        """Wait until the watch has seen all that the cell did."""
        if self.watch is None or self._reading is None or self._reading.done():
            return
        # Whatever is wrong with the watch is told by the task that reads it.
        with suppress(LivensError, TimeoutError):
            await self.watch.settle(SETTLE_S, cell=msg_id)
            await self._take(self.watch)

    async def _ask_at_end(self, watch: AsyncWatch, digests: DigestRequests) -> None:
        """Ask for all digests once more, and for where the code ran."""
        seconds = time.monotonic() - self._started_at
        await digests.at_end(watch, list(self.variables.values()), seconds)
        found = await ask_environment(watch)
        if found is not None:
            at = time.time()
            self._tell(lambda listener: listener.environment(found, at))

    async def _read(self, changes: AsyncWatch) -> None:
        try:
            while True:
                await self._take(changes)
                await asyncio.sleep(READ_S)
        except (KernelGone, WatchClosed):
            pass
        except LivensError as err:
            self._note(f"The watch has ended: {err}")
        finally:
            self.is_watching = False
            await changes.close()

    async def _take(self, changes: AsyncWatch) -> None:
        """Pass on everything that has come; waits for nothing, so that no two do it at once."""
        with suppress(TimeoutError):
            while True:
                change_set = await changes.next(0)
                for variable in change_set.changed:
                    self.variables[variable.name] = variable
                for name in change_set.removed:
                    self.variables.pop(name, None)
                self._changed(change_set, time.time())
        self._tell_events()

    def _tell_events(self) -> None:
        if self.watch is None:
            return
        events, self._events_seen = self.watch.events_after(self._events_seen)
        for event in events:
            if event.rule is not None and event.rule.action == "stop":
                self._is_stopped = True
            self._told(event, time.time())

    # -- listeners -------------------------------------------------------------------------

    def _changed(self, change_set: ChangeSet, at: float) -> None:
        if self._digests is not None:
            self._digests.note(change_set)
        self._tell(lambda listener: listener.changed(change_set, at))

    def _digested(self, digests: list[Digest], number: int | None) -> None:
        at = time.time()
        self._tell(lambda listener: listener.digested(digests, number, at))

    def _told(self, event: EventParams, at: float) -> None:
        self._tell(lambda listener: listener.told(event, at))

    def _note(self, text: str) -> None:
        self._tell(lambda listener: listener.note(text))

    def _tell(self, tell: Callable[[RunListener], None]) -> None:
        for listener in self._listeners:
            try:
                tell(listener)
            except Exception:  # noqa: BLE001
                # A border: what listens must not break the run.
                _log.exception("The listener %r failed", listener)


def chain(client: NotebookClient, name: str, hook: Callable[..., Any]) -> None:
    """Add a hook to a client, after the one that it has."""
    before = getattr(client, name)

    async def both(**kwargs: Any) -> None:
        if before is not None:
            result = before(**kwargs)
            if isawaitable(result):
                await result
        await hook(**kwargs)

    setattr(client, name, both)


def _is_expected(client: NotebookClient, cell: NotebookNode) -> Callable[[str], bool]:
    """Return what decides by an error's name whether a cell may raise it, as nbclient does."""
    is_tagged = "raises-exception" in cell.metadata.get("tags", [])
    return lambda name: is_tagged or name in client.allow_error_names


def _end_of(reply: dict[str, Any], masking: Masking) -> CellEnd:
    """Return how a cell ended, by its ``execute_reply``."""
    count = reply.get("execution_count")
    if reply.get("status") == "ok":
        return CellEnd("ok", count)
    traceback = without_colours("\n".join(reply.get("traceback", [])))
    error = record.Error(
        ename=reply.get("ename", reply.get("status", "")),
        evalue=masking.text(reply.get("evalue", "")),
        traceback=masking.text(traceback),
    )
    return CellEnd("failed", count, error)


def _status_of(error: BaseException | None) -> tuple[record.EndStatus, str]:
    match error:
        case None:
            return "ok", ""
        case DeadKernelError():
            return "died", "The kernel died."
        case CellTimeoutError():
            return "timed-out", "A cell took longer than it may."
        case CellExecutionError():
            return "failed", f"{error.ename}: {error.evalue}"
        case asyncio.CancelledError() | KeyboardInterrupt():
            return "interrupted", "Interrupted."
    return "failed", f"{type(error).__name__}: {error}".splitlines()[0]
