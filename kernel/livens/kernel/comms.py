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

import gc
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from livens.kernel.iopub import IOPubChannel
from livens.kernel.main_thread import MainThreadHost
from livens.protocol import TARGET

if TYPE_CHECKING:
    from ipykernel.ipkernel import IPythonKernel

    from livens.protocol.types import Cell
    from livens.watching.cells import Cells
    from livens.watching.watcher import Watcher

    Receive = Callable[[Any], None]
    OnSent = Callable[[Cell | None], None]

logger = logging.getLogger(__name__)

Message = dict[str, Any]

_MESSAGE_TYPES = ("comm_open", "comm_msg", "comm_close")

KERNEL_INFO = "kernel_info_request"
"""What a client asks first, to know whether this kernel can be watched."""

_PARTS_OF_TYPES = (b"comm_", b"kernel_info")
"""Of these one is in the header of each message that livens takes."""


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
        # Here, so that the first client loads it and not the kernel's start.
        from livens.kernel.endpoint import Endpoint

        # The session takes content that is packed already: msgspec is ten times as fast.
        self._prefix = b'{"comm_id":%s,"data":' % json.dumps(comm_id).encode()
        self.endpoint = Endpoint(comms.find_watcher(), comms.host, self._publish)

    def handle_msg(self, msg: Message) -> None:
        """Carry out a request of the client."""
        self.endpoint.receive(msg["content"].get("data"))

    def handle_close(self, msg: Message) -> None:
        """End the subscription: the client has closed its comm."""
        self.endpoint.close()
        self._comms.forget(self)

    def close(self, *args: Any, **kwargs: Any) -> None:
        """Close from the kernel's side, as a comm manager may ask for."""
        self.endpoint.close()
        self._comms.forget(self)
        self._comms.iopub.publish("comm_close", self._prefix + b"{}}", None, self._topic)

    def _publish(self, data: bytes, cell: Cell | None) -> None:
        before, after = self._wrapping
        content = self._prefix + before + data + after + b"}"
        self._comms.iopub.publish("comm_msg", content, cell, self._topic)


class WidgetComm(ClientComm):
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
        """Hand on a message of the widget's front end: to the endpoint, or to the widget."""
        data = msg["content"].get("data")
        if isinstance(data, dict) and data.get("method") == "custom":
            self._receive(data.get("content"))
        else:
            self._comm.handle_msg(msg)

    def handle_close(self, msg: Message) -> None:
        """End the subscription, and tell the widget that its front end has closed the comm."""
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
        super()._publish(data, None)

    def _publish(self, data: bytes, cell: Cell | None) -> None:
        super()._publish(data, cell)
        self._on_sent(cell)


class Comms:
    """Register the target with a kernel, and have a `ClientComm` for each of its clients.

    Parameters
    ----------
    kernel : IPythonKernel
        The kernel, fully made.
    cells : Cells
        What it runs.
    find_watcher : callable
        Returns who watches its namespace; asked by the first client.

    Attributes
    ----------
    iopub : IOPubChannel
        Where the clients are told what changed.
    host : MainThreadHost
        Where their requests find the main thread.
    """

    def __init__(
        self, kernel: IPythonKernel, cells: Cells, find_watcher: Callable[[], Watcher]
    ) -> None:
        self._kernel = kernel
        self._cells = cells
        self.find_watcher = find_watcher
        self.iopub = IOPubChannel(kernel)
        self.host = MainThreadHost(kernel, cells)
        self._clients: dict[str, ClientComm] = {}
        kernel.comm_manager.register_target(TARGET, self._on_open)
        # Other kernels than ipykernel may have no such thing (`stock_kernel.missing_in`).
        handlers = getattr(kernel, "control_handlers", None)
        self._control_handlers: dict[str, Any] = handlers if handlers is not None else {}
        for message_type in _MESSAGE_TYPES:
            self._control_handlers[message_type] = self._on_control

    def information(self, mode: str = "full") -> dict[str, Any]:
        """Return what a kernel says of itself in ``kernel_info_reply``, under ``livens``.

        It is said to whoever asks, before anybody subscribes, and loads nothing.
        """
        return {"mode": mode, "cell": self._cells.first_told()}

    def prepare(self) -> None:
        """Load now what the first client, and the first value of a library, would load.

        What is loaded counts as old for the garbage collector. Else these 5,000 objects can bring
        on a full collection while the user's code imports: one of statsmodels takes 90 ms.
        """
        self.find_watcher().prepare()
        from livens.kernel import digesting, endpoint, environment  # noqa: F401 (to have them loaded)
        from livens.values import paths, registry  # noqa: F401 (to have them loaded)

        registry.load_common()
        if not gc.get_freeze_count():  # or what somebody else has frozen would thaw
            gc.freeze()
            gc.unfreeze()

    # -- messages in -----------------------------------------------------------------------

    def _on_open(self, comm: Any, msg: Message) -> None:
        """Put a comm of ours in the place of the one that the manager made, and open it."""
        manager: Any = self._kernel.comm_manager
        comm_id = msg["content"]["comm_id"]
        client = self._clients.setdefault(comm_id, ClientComm(self, comm_id))
        manager.comms[comm_id] = client
        comm._closed = True  # or it would send a ``comm_close`` when it is collected
        client.endpoint.open(msg["content"].get("data"))

    def join(self, comm: Any, receive: Receive, on_sent: OnSent) -> WidgetComm:
        """Carry the messages of a widget by the comm that it has; see `WidgetComm`."""
        client = WidgetComm(self, comm, receive, on_sent)
        self._clients[comm.comm_id] = client
        self._kernel.comm_manager.comms[comm.comm_id] = client  # type: ignore[assignment]
        return client

    def put_back(self, comm: Any) -> None:
        """Have the comm manager hand a widget's messages to the widget again."""
        if comm.comm_id in self._kernel.comm_manager.comms:
            self._kernel.comm_manager.comms[comm.comm_id] = comm

    def forget(self, client: ClientComm) -> None:
        """Drop a comm that was closed."""
        self._clients.pop(client.comm_id, None)

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
            if not any(part in header for part in _PARTS_OF_TYPES):
                return None  # whatever packs it; most are cells, and reading them takes longer
            message_type = session.unpack(header)["msg_type"]
            if message_type not in (*_MESSAGE_TYPES, KERNEL_INFO):
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
        if message_type == KERNEL_INFO:
            return True
        if message_type == "comm_open":
            return bool(content.get("target_name") == TARGET)
        return content.get("comm_id") in self._clients

    def _on_control(self, stream: Any, ident: Any, msg: Message) -> None:
        """Carry out a comm message of the control channel, if it is for this target.

        In a livens kernel `LivensKernel.process_control` has taken ours before.
        """
        message_type = msg["header"]["msg_type"]
        if self._is_for_us(message_type, msg["content"]):
            getattr(self._kernel.comm_manager, message_type)(stream, ident, msg)
        else:
            logger.warning("%s on the control channel is only for %s", message_type, TARGET)

    # -- the end ---------------------------------------------------------------------------

    def close(self) -> None:
        """End all subscriptions: the kernel is going down."""
        for client in list(self._clients.values()):
            client.endpoint.close()

    def detach(self) -> None:
        """Close all comms, and leave the kernel as it was."""
        for client in list(self._clients.values()):
            if not isinstance(client, WidgetComm):
                self._kernel.comm_manager.comms.pop(client.comm_id, None)
            client.close()
        self._kernel.comm_manager.unregister_target(TARGET, self._on_open)
        for message_type in _MESSAGE_TYPES:
            self._control_handlers.pop(message_type, None)
