"""When a client's change is made: on the main thread, between cells, in the order of asking.

While a cell runs a change is refused, or waits for the cell's end, as the client asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from livens.exceptions import RequestError
from livens.kernel.editing import Change, Editor
from livens.kernel.refusals import busy
from livens.kernel.timed_work import Answer
from livens.kernel.undoing import Undos
from livens.watching.watcher import Watcher

logger = logging.getLogger(__name__)

Method = Literal["set", "delete", "rename", "undo"]


class MainThread(Protocol):
    """What this asks of the kernel around it; see `livens.kernel.endpoint.Host`."""

    def call_on_main_thread(self, function: Callable[[], None]) -> None:
        """Run *function* on the main thread, now if this is it, else when it is idle."""

    def queue(self, function: Callable[[], None]) -> None:
        """Run *function* on the main thread when no cell runs, after those queued before."""


class Changes:
    """Carry out the changes of one client.

    Parameters
    ----------
    watcher : Watcher
        Has the namespace, and tells.
    host : MainThread
        The kernel around it.
    """

    def __init__(self, watcher: Watcher, host: MainThread) -> None:
        self._watcher, self._host = watcher, host
        self._undos = Undos(self._queue) if "undo" in watcher.capabilities else None
        self._editor = Editor(watcher, self._undos)

    def ask(self, method: Method, params: Change, client: str, answer: Answer) -> None:
        """Carry a change out on the main thread; while a cell runs refuse or queue it.

        Raises
        ------
        RequestError
            If it is refused at once; else *answer* is called with why it failed.
        """
        self._editor.check(params)
        change: Callable[[Change, str], msgspec.Struct] = getattr(self._editor, method)

        def carry_out() -> None:
            try:
                if self._watcher.is_busy:
                    raise busy(method)
                answer(change(params, client))
            except RequestError as err:
                answer(err)
            except Exception as err:
                # A border: this runs in the kernel's loop, long after `receive` returned.
                logger.exception("livens could not carry out '%s'", method)
                answer(RequestError(f"'{method}' failed: {type(err).__name__}"))

        if params.when_busy == "queue":
            self._host.queue(carry_out)
        elif self._watcher.is_busy:
            raise busy(method)
        else:
            self._host.call_on_main_thread(carry_out)

    def close(self) -> None:
        """Let go of what is kept for taking changes back."""
        if self._undos is not None:
            self._undos.close()

    def _queue(self, function: Callable[[], None]) -> None:
        self._host.queue(function)
