"""Which cells a kernel runs, as far as a client is told: by its statuses, and by what it says.

Each cell has one ``busy`` and one ``idle``, whose parent is the request of the cell. A client that
comes in the middle of a cell has missed the ``busy``; the kernel's answer to
``kernel_info_request`` says that a cell runs, and since when. Time comes in with the messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

NOBODY = "a-cell-still-runs"
"""The id of the request in a ``busy`` that is not the beginning of a cell."""


class RunningCell(msgspec.Struct):
    """The cell that a kernel runs.

    Attributes
    ----------
    started_at : float
        Seconds since the epoch.
    execution_count : int, optional
        Its number; None for one that runs silently.
    """

    started_at: float
    execution_count: int | None = None


class RunningCells:
    """The cells of one kernel process, kept by what it says.

    Attributes
    ----------
    ended : int
        How many cells were seen to end.
    told : RunningCell, optional
        The cell that ran when the kernel was asked last, unless it was seen to end since.

    Examples
    --------
    >>> cells = RunningCells()
    >>> cells.status({"msg_type": "execute_request", "msg_id": "1"}, "busy")
    >>> cells.is_busy, cells.ended
    (True, 0)
    >>> cells.status({"msg_type": "execute_request", "msg_id": "1"}, "idle")
    >>> cells.is_busy, cells.ended
    (False, 1)
    """

    def __init__(self) -> None:
        self.ended = 0
        self.told: RunningCell | None = None
        self._running: dict[str, None] = {}
        self._ended_when_asked = 0

    @property
    def is_busy(self) -> bool:
        """Whether a cell runs."""
        return bool(self._running) or self.told is not None

    def status(self, parent: Mapping[str, Any], execution_state: str) -> None:
        """Read a status, by the header of the request that it belongs to."""
        if parent.get("msg_type") != "execute_request":
            return
        msg_id = str(parent.get("msg_id", ""))
        if msg_id == NOBODY:
            return
        if execution_state == "busy":
            self._running[msg_id] = None
        elif execution_state == "idle":
            self._running.pop(msg_id, None)
            if not self._running:
                self.told = None
            self.ended += 1

    def asked(self) -> None:
        """Note that the kernel is asked which cell it runs."""
        self._ended_when_asked = self.ended

    def kernel_info(self, content: Mapping[str, Any]) -> None:
        """Read the answer, unless a cell was seen to end since: it may be the one that it names."""
        if self.ended != self._ended_when_asked:
            return
        said = content.get("livens")
        told = None
        if isinstance(said, dict):
            with suppress(msgspec.ValidationError):
                told = msgspec.convert(said.get("cell"), RunningCell | None)
        self.told = told

    def forget(self) -> None:
        """Forget what was told: messages were lost, or the kernel is another process."""
        self.told = None
        self._running.clear()
