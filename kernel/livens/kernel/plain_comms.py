"""Comms of a kernel that has them by the package ``comm`` alone, such as JupyterLite's.

The target is the same as in `livens.kernel.comms`; who carries a message is the kernel's own comm
class. It names the parent of what it sends itself, and takes one request after the other, so that
there is no other channel to answer on while a cell runs.

Nothing is sent before a client has opened a comm: JupyterLite's kernel runs extensions before it
has anything to send by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from livens.kernel.embedding import EmbeddedHost
from livens.protocol import TARGET

if TYPE_CHECKING:
    from livens.protocol.types import Cell
    from livens.watching.cells import Cells
    from livens.watching.watcher import Watcher

Message = dict[str, Any]


def plain(data: object) -> object:
    """Return what a message holds, with None for each thing that JSON has no name for.

    Pyodide hands over JavaScript's null as a value of its own.

    Examples
    --------
    >>> plain({"value": [1, object()]})
    {'value': [1, None]}
    """
    return msgspec.json.decode(msgspec.json.encode(data, enc_hook=lambda _: None))


class PlainClient:
    """One client's comm, as the comm manager sees it.

    The comm that the manager made is only used to send. Its own `handle_msg` would have the shell
    call the user's hooks for each message, as if it were a cell.

    Parameters
    ----------
    comms : PlainComms
        The kernel's comms.
    comm : comm.base_comm.BaseComm
        The kernel's own.
    """

    target_name = TARGET

    def __init__(self, comms: PlainComms, comm: Any) -> None:
        self.comm_id: str = comm.comm_id
        self._closed = False  # the comm manager sets it
        self._comms, self._comm = comms, comm
        # Here, so that the first client loads it and not the kernel's start.
        from livens.kernel.endpoint import Endpoint

        self.endpoint = Endpoint(comms.find_watcher(), comms.host, self._publish)

    def handle_msg(self, msg: Message) -> None:
        """Carry out a request of the client."""
        self.endpoint.receive(plain(msg["content"].get("data")))

    def handle_close(self, msg: Message) -> None:
        """End the subscription: the client has closed its comm."""
        self.endpoint.close()
        self._comms.forget(self)

    def close(self, *args: Any, **kwargs: Any) -> None:
        """Close from the kernel's side, as a comm manager may ask for."""
        self.endpoint.close()
        self._comms.forget(self)
        self._comm.publish_msg("comm_close", data={})

    def _publish(self, data: bytes, cell: Cell | None) -> None:
        self._comm.publish_msg("comm_msg", data=msgspec.json.decode(data))


class _KernelsOwnParents:
    """Does nothing with the requests of cells: the kernel knows itself which one it carries out."""

    def cell_started(self, msg_id: str, parent: Message) -> None:
        """Begin a cell."""

    def cell_ended(self, msg_id: str) -> None:
        """End it."""


class PlainComms:
    """Register the target with a comm manager, and have a `PlainClient` for each client.

    Parameters
    ----------
    manager : comm.base_comm.CommManager
        The kernel's.
    cells : Cells
        What it runs.
    find_watcher : callable
        Returns who watches its namespace; asked by the first client.

    Attributes
    ----------
    host : EmbeddedHost
        Where requests find the main thread, which is the only one.
    iopub
        Is told of cells, as `livens.kernel.iopub.IOPubChannel`.
    """

    def __init__(self, manager: Any, cells: Cells, find_watcher: Callable[[], Watcher]) -> None:
        self._manager, self._cells = manager, cells
        self.find_watcher = find_watcher
        self.host = EmbeddedHost(cells)
        self.iopub = _KernelsOwnParents()
        self._clients: dict[str, PlainClient] = {}
        manager.register_target(TARGET, self._on_open)

    def information(self, mode: str = "lite") -> dict[str, Any]:
        """Return what a kernel says of itself to whoever asks, under ``livens``."""
        return {"mode": mode, "cell": self._cells.first_told()}

    def _on_open(self, comm: Any, msg: Message) -> None:
        """Put a comm of ours in the place of the one that the manager made, and open it."""
        client = PlainClient(self, comm)
        self._clients[client.comm_id] = client
        self._manager.comms[client.comm_id] = client
        comm._closed = True  # or it would send a ``comm_close`` when it is collected
        client.endpoint.open(plain(msg["content"].get("data")))

    def forget(self, client: PlainClient) -> None:
        """Drop a comm that was closed."""
        self._clients.pop(client.comm_id, None)

    def detach(self) -> None:
        """Close all comms, and leave the manager as it was."""
        for client in list(self._clients.values()):
            self._manager.comms.pop(client.comm_id, None)
            client.close()
        self._manager.unregister_target(TARGET, self._on_open)
