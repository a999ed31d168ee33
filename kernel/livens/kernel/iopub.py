"""What clients are told goes out on IOPub, as the doing of a cell or of nobody.

It is sent by ``session.send`` and not by ``Comm.send``, for the reason at the top of
`livens.kernel.comms`. ipykernel has a thread for it; how far that may lie behind is limited here.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ipykernel.iostream import IOPubThread

if TYPE_CHECKING:
    from ipykernel.ipkernel import IPythonKernel

    from livens.protocol.types import Cell

_HAND_OVER_S = 0.005

_MAX_AHEAD_BYTES = 1_000_000
"""So much may wait for the IOPub thread before whoever sends waits for it: what fifty clients are
told of ten thousand variables is 100 MB, and that thread gets the GIL when nobody else wants it."""


class IOPubChannel:
    """The channel by which a kernel tells its clients what changed.

    Parameters
    ----------
    kernel : IPythonKernel
        The kernel, fully made.
    """

    def __init__(self, kernel: IPythonKernel) -> None:
        self._kernel = kernel
        self._parents: dict[str, dict[str, Any]] = {}
        self._ahead_bytes = 0

    def cell_started(self, msg_id: str, parent: dict[str, Any]) -> None:
        """Remember the request of a cell: what it changes is published as its doing."""
        self._parents[msg_id] = parent

    def cell_ended(self, msg_id: str) -> None:
        """Forget the request of a cell."""
        self._parents.pop(msg_id, None)

    def publish(self, kind: str, content: bytes, cell: Cell | None, topic: bytes) -> None:
        """Send a message: as the doing of a cell, or of nobody."""
        kernel = self._kernel
        parent = self._parents.get(cell.msg_id, {}) if cell is not None else {}
        if kernel.session is not None:
            send: Any = kernel.session.send  # its type does not know of packed content
            send(kernel.iopub_socket, kind, content, parent=parent, ident=topic)
            self._ahead_bytes += len(content)
            if self._ahead_bytes > _MAX_AHEAD_BYTES:
                self.hand_over()

    def hand_over(self) -> None:
        """Wait, for 5 ms at the most, until the IOPub thread has sent what was published.

        While the user's code computes, that thread needs the GIL four times to send a message,
        and gets it every 5 ms. Here it is given away for the half millisecond that this takes.
        """
        thread = getattr(self._kernel, "iopub_thread", None)
        if isinstance(thread, IOPubThread) and threading.current_thread() is not thread.thread:
            sent = threading.Event()
            thread.schedule(sent.set)
            sent.wait(_HAND_OVER_S)
        self._ahead_bytes = 0
