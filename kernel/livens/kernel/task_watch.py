"""What is told of a dask worker: its tasks, the functions that run in them, and their locals.

A worker has no namespace of the user's. What there is to see are the frames of the threads that run
tasks; each is told under the key of its task, which stands in the place of a cell. The worker's
event loop is not looked at, and no task is touched: only the driver's thread looks.

A message goes through the scheduler, as an event, and is kept there for a while. So there are at
most twenty a second, and none is larger than `MAX_BYTES`: locals are left out of the outermost
functions first, and those functions are marked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from livens.protocol import messages
from livens.protocol.capabilities import only
from livens.protocol.requests import Subscription
from livens.protocol.selection import Selection
from livens.protocol.types import Cell, Frame
from livens.watching.budgets import Budgets
from livens.watching.driver import ThreadDriver
from livens.watching.watcher import Watcher

logger = logging.getLogger(__name__)

MAX_BYTES = 1_300
"""So large is one event at the most: the scheduler keeps a thousand of each topic."""

INTERVAL_MS = 50
"""Between two events."""

LEASE_S = 30.0
"""Whoever watches has to say so again within this time, or nothing is told any more."""

BUDGETS = Budgets(idle_poll_ms=INTERVAL_MS, preview_chars=60, preview_items=6)

Log = Callable[[dict[str, Any]], None]
"""Sends an event; called from any thread."""


class TaskWatch:
    """Watch the tasks of one worker for one client.

    Parameters
    ----------
    worker : distributed.Worker
        Whose `active_threads` say which thread runs which task.
    names : list of str
        Names or patterns of the locals that are told.
    log : callable
        Sends an event.
    clock : callable
        Seconds of a steady clock.
    """

    def __init__(
        self, worker: Any, names: list[str], log: Log, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._worker, self._log, self._clock = worker, log, clock
        self._subscription = Subscription(names=names, interval_ms=INTERVAL_MS, frames="all")
        self._selection = Selection(self._subscription)
        self._driver = ThreadDriver()
        self._watcher = Watcher(
            BUDGETS, mode="lite", capabilities=only("cells", "frames"), driver=self._driver
        )
        self._watcher.frames.looks_always = True
        self._watcher.frames.takes_sent_code = True
        self._watcher.frames.thread_names = self.tasks
        self._running: dict[int, str] = {}
        self._key = ""
        self._subscriber: Any = None
        self._renewed_at = clock()

    def renew(self) -> None:
        """Go on for another `LEASE_S`, or begin again."""
        self._renewed_at = self._clock()
        if self._subscriber is None:
            self._subscriber = self._watcher.subscribe(self._subscription, self._tell)

    def refresh(self) -> None:
        """Tell the whole state anew."""
        if self._subscriber is not None:
            self._watcher.refresh(self._subscriber)

    def beat(self) -> None:
        """Tell that the worker's event loop is alive; end if nobody watches any more."""
        if self._clock() - self._renewed_at > LEASE_S:
            self.close()
        else:
            self._log({"beat": self._watcher.epoch})

    def close(self) -> None:
        """Tell nothing any more."""
        subscriber, self._subscriber = self._subscriber, None
        if subscriber is not None:
            self._watcher.unsubscribe(subscriber)

    def tasks(self) -> Mapping[int, str]:
        """Return the keys of the tasks that run since the last call, by their threads.

        Others are left out: telling each of a thousand short tasks would cost as much as they do.
        """
        before = self._running
        with self._worker.active_threads_lock:
            now = {ident: str(key) for ident, key in self._worker.active_threads.items()}
        self._running = now
        return {ident: key for ident, key in now.items() if before.get(ident) == key}

    def _tell(self, message: messages.Notification, cell: Cell | None) -> None:
        try:
            if isinstance(message, messages.Update):
                self._name_cell(message.params)
                self._choose(message.params)
            self._log({"message": smaller(message).decode()})
        except Exception:
            # A border: the worker may be closing, and the driver's thread has to go on.
            logger.debug("livens could not tell what a worker does", exc_info=True)

    def _name_cell(self, params: messages.UpdateParams) -> None:
        """Say which task runs, in the place of a cell."""
        if params.frames:
            self._key = params.frames[0].thread
        running = bool(params.frames)
        params.cell = Cell(self._key, running) if self._key else None

    def _choose(self, params: messages.UpdateParams) -> None:
        """Leave out the locals that are not asked for."""
        if params.frames and not self._selection.has_all:
            has = self._selection.has_name
            params.frames = [
                msgspec.structs.replace(
                    frame, variables=[v for v in frame.variables if has(v.name)]
                )
                for frame in params.frames
            ]


def smaller(message: messages.Notification) -> bytes:
    """Return a message as JSON of at most `MAX_BYTES`, without the locals that do not fit.

    Examples
    --------
    >>> from livens.protocol.types import Variable
    >>> local = Variable("x", [], "text", "str", preview="a" * 200)
    >>> frames = [Frame("f", "", 1, variables=[local] * 20)]
    >>> params = messages.UpdateParams(epoch="e", seq=1, frames=frames)
    >>> len(smaller(messages.Update(params))) <= MAX_BYTES
    True
    """
    text = messages.encode_json(message)
    if len(text) <= MAX_BYTES or not isinstance(message, messages.Update):
        return text
    frames = list(message.params.frames or [])
    while len(text) > MAX_BYTES and frames:
        frames = _without_one(frames)
        message.params.frames = frames
        text = messages.encode_json(message)
    return text


def _without_one(frames: list[Frame]) -> list[Frame]:
    """Return frames without half of the locals of one that has most, or without the last frame."""
    most = max(range(len(frames)), key=lambda index: len(frames[index].variables))
    variables = frames[most].variables
    if not variables:
        return frames[:-1]
    kept = variables[: len(variables) // 2]
    changed = msgspec.structs.replace(frames[most], variables=kept, truncated=True)
    return [*frames[:most], changed, *frames[most + 1 :]]
