"""Jupyter comms: the target `livens.variables`, on every channel that can answer while busy.

What differs from an ordinary comm, and why (each was measured on ipykernel 7.4):

- The client opens the comm. JupyterLab closes a comm whose target it does not know, for
  everybody; nbclient complains about it.
- Pushes go out by ``session.send`` on IOPub and not by ``Comm.send``, which would route the
  client's next request to the shell that sent last: the busy one (``ipykernel/comm/comm.py``,
  ``_reply_subshell_for``). `ClientComm` has no such method, so that the client's own choice of
  subshell stands.
- The control channel takes comm messages for this target as well, so that clients without
  subshells are answered while a cell runs.
- `ClientComm.handle_msg` does not fire ``pre_execute`` and ``post_execute``, as
  `comm.base_comm.BaseComm.handle_msg` does: the user's hooks (and matplotlib's, which draws and
  closes figures) must not run in the middle of a cell because somebody looks.

A widget (`livens.widget`) has a comm already, which the kernel opened and its host knows.
`Comms.join` takes that comm's place with the manager, so that all of the above holds for it too.
"""

from __future__ import annotations

import json
import logging
import signal
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipykernel.iostream import IOPubThread

from livens.protocol import TARGET
from livens.watching.cells import Cells

if TYPE_CHECKING:
    from ipykernel.ipkernel import IPythonKernel

    from livens.protocol.types import Cell
    from livens.watching.watcher import Watcher

    Receive = Callable[[Any], None]
    OnSent = Callable[[Cell | None], None]

logger = logging.getLogger(__name__)

Message = dict[str, Any]

_HAND_OVER_S = 0.005

_MAX_AHEAD_BYTES = 1_000_000
"""So much may wait for the IOPub thread before whoever sends waits for it: what fifty clients are
told of ten thousand variables is 100 MB, and that thread gets the GIL when nobody else wants it."""

_MAX_QUEUED = 1_000
"""So many changes may wait for a cell to end."""

_MESSAGE_TYPES = ("comm_open", "comm_msg", "comm_close")


_NEEDED = {
    "comm_manager": ("register_target", "unregister_target", "comms"),
    "session": ("send",),
    "iopub_socket": (),
}
"""What a kernel must have so that clients can be told anything, and what of it is used."""

_WISHED = {
    "control_handlers": "answers while a cell runs: they come when it has ended",
    "io_loop": "changes by clients while a cell runs: they are made after the next one",
    "get_parent": "telling which cell changed a variable to clients that look at one cell only",
}
"""What works less well in a kernel without it."""


def missing_in(kernel: Any) -> tuple[bool, list[str]]:
    """Return whether a kernel cannot have clients at all, and what does not work in it, and why.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> missing_in(SimpleNamespace(comm_manager=None))[1]
    ["the panel, widgets and other clients: it has no 'comm_manager' as ipykernel has it"]
    """
    for name, parts in _NEEDED.items():
        part = getattr(kernel, name, None)
        if part is None or not all(hasattr(part, used) for used in parts):
            clients = "the panel, widgets and other clients"
            return True, [f"{clients}: it has no {name!r} as ipykernel has it"]
    return False, [
        f"{what} (it has no {name!r})"
        for name, what in _WISHED.items()
        if getattr(kernel, name, None) is None
    ]


class ClientComm:
    """One client's comm, as the comm manager sees it."""

    target_name = TARGET
    _wrapping = (b"", b"")
    """What stands around each message in the data of a ``comm_msg``."""

    def __init__(self, comms: Comms, comm_id: str) -> None:
        self.comm_id = comm_id
        self._closed = False  # the comm manager sets it
        self._comms = comms
        self._topic = f"comm-{comm_id}".encode("utf-8", "replace")
        from livens.kernel.endpoint import (
            Endpoint,  # the first client loads it, not the kernel's start
        )

        # The session takes content that is packed already: msgspec is ten times as fast.
        self._prefix = b'{"comm_id":%s,"data":' % json.dumps(comm_id).encode()
        self.endpoint = Endpoint(comms.find_watcher(), comms, self._send)

    def handle_msg(self, msg: Message) -> None:
        """Take a message of the client's."""
        self.endpoint.receive(msg["content"].get("data"))

    def handle_close(self, msg: Message) -> None:
        """Take the client's goodbye."""
        self.endpoint.close()
        self._comms.forget(self)

    def close(self, *args: Any, **kwargs: Any) -> None:
        """Close from the kernel's side, as a comm manager may ask for."""
        self.endpoint.close()
        self._comms.forget(self)
        self._comms.publish("comm_close", self._prefix + b"{}}", None, self._topic)

    def _send(self, data: bytes, cell: Cell | None) -> None:
        before, after = self._wrapping
        content = self._prefix + before + data + after + b"}"
        self._comms.publish("comm_msg", content, cell, self._topic)


class WidgetConnection(ClientComm):
    """A widget's comm, as the comm manager sees it: ours are its custom messages.

    Parameters
    ----------
    comms : Comms
        The kernel's comms.
    comm : comm.base_comm.BaseComm
        The widget's own, which gets everything else.
    receive : callable
        Gets the content of each custom message, on the thread that read it.
    on_sent : callable
        Called after each message with the cell that it belongs to, on the thread that sent it.
    """

    _wrapping = (b'{"method":"custom","content":', b"}")

    def __init__(self, comms: Comms, comm: Any, receive: Receive, on_sent: OnSent) -> None:
        super().__init__(comms, comm.comm_id)
        self.target_name = comm.target_name
        self._comm = comm
        self._receive = receive
        self._on_sent = on_sent

    def handle_msg(self, msg: Message) -> None:
        """Take a message of the widget's front end."""
        data = msg["content"].get("data")
        if isinstance(data, dict) and data.get("method") == "custom":
            self._receive(data.get("content"))
        else:
            self._comm.handle_msg(msg)

    def handle_close(self, msg: Message) -> None:
        """Take the goodbye of the front end, which is meant for the widget as well."""
        super().handle_close(msg)
        self._comm._closed = True
        self._comm.handle_close(msg)

    def close(self, *args: Any, **kwargs: Any) -> None:
        """Give the widget its comm back: it lives on, and shows nothing new."""
        self.endpoint.close()
        self._comms.forget(self)
        self._comms.put_back(self._comm)

    def send(self, data: bytes) -> None:
        """Send a message that is not the endpoint's."""
        super()._send(data, None)

    def _send(self, data: bytes, cell: Cell | None) -> None:
        super()._send(data, cell)
        self._on_sent(cell)


class Comms:
    """Register the target with a kernel, and be the `livens.kernel.endpoint.Host` of its clients.

    Parameters
    ----------
    kernel : IPythonKernel
        The kernel, fully made.
    cells : Cells
        What it runs.
    find_watcher : callable
        Returns who watches its namespace; asked by the first client.
    """

    def __init__(
        self, kernel: IPythonKernel, cells: Cells, find_watcher: Callable[[], Watcher]
    ) -> None:
        self._kernel = kernel
        self._cells = cells
        self.find_watcher = find_watcher
        self._parents: dict[str, Message] = {}
        self._connections: dict[str, ClientComm] = {}
        self._ahead_bytes = 0
        self._queued: deque[Callable[[], None]] = deque()
        kernel.comm_manager.register_target(TARGET, self._on_open)
        # Other kernels than ipykernel may have no such thing (`missing_in`).
        handlers = getattr(kernel, "control_handlers", None)
        self._control_handlers: dict[str, Any] = handlers if handlers is not None else {}
        for message_type in _MESSAGE_TYPES:
            self._control_handlers[message_type] = self._on_control

    def prepare(self) -> None:
        """Load now what the first client, and the first value of a library, would load."""
        self.find_watcher().prepare()
        from livens.kernel import endpoint  # noqa: F401 (to have them loaded)
        from livens.values import paths, registry  # noqa: F401 (to have them loaded)

        registry.load_common()

    # -- messages in -----------------------------------------------------------------------

    def _on_open(self, comm: Any, msg: Message) -> None:
        """Take the place of the comm that the manager made, and open it."""
        manager: Any = self._kernel.comm_manager
        comm_id = msg["content"]["comm_id"]
        connection = self._connections.setdefault(comm_id, ClientComm(self, comm_id))
        manager.comms[comm_id] = connection
        comm._closed = True  # or it would tell the client goodbye when it is collected
        connection.endpoint.open(msg["content"].get("data"))

    def join(self, comm: Any, receive: Receive, on_sent: OnSent) -> WidgetConnection:
        """Carry the messages of a widget by the comm that it has; see `WidgetConnection`."""
        connection = WidgetConnection(self, comm, receive, on_sent)
        self._connections[comm.comm_id] = connection
        self._kernel.comm_manager.comms[comm.comm_id] = connection  # type: ignore[assignment]
        return connection

    def put_back(self, comm: Any) -> None:
        """Have the comm manager hand a widget's messages to the widget again."""
        if comm.comm_id in self._kernel.comm_manager.comms:
            self._kernel.comm_manager.comms[comm.comm_id] = comm

    def forget(self, connection: ClientComm) -> None:
        """Drop a connection that was closed."""
        self._connections.pop(connection.comm_id, None)

    def read_ours(self, frames: list[Any]) -> tuple[list[bytes], Message] | None:
        """Return the senders and the message, if it is valid and for one of these comms.

        Everything else is ipykernel's, which gets the frames as they came: there are messages of
        other kinds, messages that are not valid, and frames that are no message of Jupyter's at
        all, such as the one by which ipykernel ends its aborting.

        Parameters
        ----------
        frames : list of zmq.Frame
            As they came on a channel.
        """
        session: Any = self._kernel.session
        try:
            idents, parts = session.feed_identities(frames, copy=False)
            header = parts[1].bytes
            if b"comm_" not in header:
                return None  # whatever packs it; most are cells, and reading them takes longer
            message_type = session.unpack(header)["msg_type"]
            if message_type not in _MESSAGE_TYPES:
                return None
            if not self._is_for_us(message_type, session.unpack(parts[4].bytes)):
                return None
            # Without its content first: that checks the signature, but does not take note of it,
            # so that ipykernel can say what is wrong.
            session.deserialize(parts, content=False, copy=False)
            return idents, session.deserialize(parts, content=True, copy=False)
        except Exception:  # noqa: BLE001 - a border: ipykernel says what is wrong with it
            return None

    def _is_for_us(self, message_type: str, content: dict[str, Any]) -> bool:
        if message_type == "comm_open":
            return bool(content.get("target_name") == TARGET)
        return content.get("comm_id") in self._connections

    def _on_control(self, stream: Any, ident: Any, msg: Message) -> None:
        """Take a comm message from the control channel, if it is for this target.

        In a livens kernel `LivensKernel.process_control` has taken ours before.
        """
        message_type = msg["header"]["msg_type"]
        if self._is_for_us(message_type, msg["content"]):
            getattr(self._kernel.comm_manager, message_type)(stream, ident, msg)
        else:
            logger.warning("%s on the control channel is only for %s", message_type, TARGET)

    # -- messages out ----------------------------------------------------------------------

    def cell_started(self, msg_id: str, parent: Message) -> None:
        """Remember the request of a cell: what it changes is published as its doing."""
        self._parents[msg_id] = parent

    def cell_ended(self, msg_id: str) -> None:
        """Forget the request of a cell."""
        self._parents.pop(msg_id, None)

    def publish(self, kind: str, content: bytes, cell: Cell | None, topic: bytes) -> None:
        """Send on IOPub: as the doing of a cell, or of nobody."""
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

    def close(self) -> None:
        """End all subscriptions: the kernel is going down."""
        for connection in list(self._connections.values()):
            connection.endpoint.close()

    def detach(self) -> None:
        """Tell all clients goodbye, and leave the kernel as it was."""
        for connection in list(self._connections.values()):
            if not isinstance(connection, WidgetConnection):
                self._kernel.comm_manager.comms.pop(connection.comm_id, None)
            connection.close()
        self._kernel.comm_manager.unregister_target(TARGET, self._on_open)
        for message_type in _MESSAGE_TYPES:
            self._control_handlers.pop(message_type, None)

    # -- the host of the endpoints ---------------------------------------------------------

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

    def form(self, value: object, mime: str) -> str | bytes:
        """Return a value in a form that IPython would show."""
        from livens.kernel import ipython_forms

        return ipython_forms.form(self._kernel.shell, value, mime)
