"""The sockets of a Python process that is no kernel and can be watched like one.

It has a connection file, so that everything finds it that finds kernels, and it answers what
clients ask first. It runs no code. One thread, named ``livens process``, owns all sockets; what is
to be sent waits in a queue that any thread fills. The heartbeat is ZeroMQ's own, without the GIL.

Only this machine can connect: the sockets are on loopback, signed with a key, and encrypted where
ZeroMQ can.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import zmq
from jupyter_core.paths import jupyter_runtime_dir, secure_write

import livens
from livens.client.connection_files import OWNER, this_process
from livens.client.kernel_sockets import KernelSockets
from livens.protocol import TARGET
from livens.protocol.types import Cell

logger = logging.getLogger(__name__)

POLL_MS = 1_000

MAX_WAITING_BYTES = 10_000_000
"""So much may wait to be sent. What does not fit is lost: clients see the gap, and ask again."""


Serve = Callable[[Callable[[bytes, Cell | None], None]], Any]
"""Makes the end of one client, by what sends it data."""


class ProcessServer:
    """Serve the clients of this process.

    Parameters
    ----------
    serve : callable
        Makes the end of each client: a `livens.kernel.endpoint.Endpoint`.
    title : str
        What people know the process by, such as the path of its script.

    Raises
    ------
    OSError
        If the sockets or the connection file cannot be had.
    """

    def __init__(self, serve: Serve, title: str) -> None:
        self._serve, self._title = serve, title
        self.pid = os.getpid()
        self._started_at = time.time()
        self._clients: dict[str, Any] = {}
        self._waiting: deque[tuple[str, bytes, bytes]] = deque()
        self._waiting_bytes = 0
        self._is_ended = False
        self._sockets = KernelSockets()
        self._session = self._sockets.session
        self._wake_reader, self._wake_writer = socket.socketpair()
        for end in (self._wake_reader, self._wake_writer):
            end.setblocking(False)
        try:
            self._write_connection_file()
        except Exception:
            self._sockets.close(linger_ms=0)
            raise
        self._thread = threading.Thread(target=self._run, name="livens process", daemon=True)
        self._heart_thread = threading.Thread(
            target=self._beat, name="livens heartbeat", daemon=True
        )
        for thread in (self._thread, self._heart_thread):
            thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
            thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
            thread.start()

    def close(self) -> None:
        """Say goodbye to all clients and end; does nothing in a forked child."""
        if self._is_ended or os.getpid() != self.pid:
            return
        self._is_ended = True
        self._wake()
        self._thread.join(2.0)
        self.connection_file.unlink(missing_ok=True)
        self._sockets.close()
        self._heart_thread.join(1.0)
        self._wake_reader.close()
        self._wake_writer.close()

    # -- any thread --------------------------------------------------------------------------

    def _send(self, kind: str, content: bytes, topic: bytes) -> None:
        """Have a message sent on IOPub."""
        if os.getpid() != self.pid or self._waiting_bytes + len(content) > MAX_WAITING_BYTES:
            return
        self._waiting_bytes += len(content)
        self._waiting.append((kind, content, topic))
        self._wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError, OSError):  # full: it is awake
            self._wake_writer.send(b"\0")

    # -- the thread of the server -----------------------------------------------------------

    def _write_connection_file(self) -> None:
        info = {**self._sockets.connection_info(), "kernel_name": "python"}
        info |= {"jupyter_session": self._title, OWNER: this_process(), "livens_joined": True}
        runtime = Path(jupyter_runtime_dir())
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.connection_file = runtime / f"kernel-{uuid.uuid4()}.json"
        with secure_write(str(self.connection_file)) as file:
            json.dump(info, file, indent=1)

    def _beat(self) -> None:
        with suppress(zmq.ZMQError):  # the context ends
            zmq.proxy(self._sockets.heart, self._sockets.heart)

    def _run(self) -> None:
        poller = zmq.Poller()
        for waited in (
            self._sockets.shell,
            self._sockets.control,
            self._sockets.stdin,
            self._sockets.iopub,
            self._wake_reader,
        ):
            poller.register(waited, zmq.POLLIN)
        while not self._is_ended:
            try:
                ready = dict(poller.poll(POLL_MS))
                self._drain()
                for waited in (
                    self._sockets.shell,
                    self._sockets.control,
                    self._sockets.stdin,
                    self._sockets.iopub,
                ):
                    if waited in ready:
                        self._receive(waited)
            except zmq.ContextTerminated:
                return
            except Exception:
                # A border: the script goes on, whatever one message ran into.
                logger.exception("livens could not carry out a message")
        self._say_goodbye()

    def _drain(self) -> None:
        with suppress(BlockingIOError, OSError):
            self._wake_reader.recv(4096)
        while self._waiting:
            kind, content, topic = self._waiting.popleft()
            self._waiting_bytes -= len(content)
            packed: Any = content  # the session takes content that is packed already
            self._session.send(self._sockets.iopub, kind, packed, parent={}, ident=topic)

    def _say_goodbye(self) -> None:
        for client in list(self._clients.values()):
            client.close()
        self._drain()
        goodbye = {"status": "ok", "restart": False}
        self._session.send(self._sockets.iopub, "shutdown_reply", goodbye, ident=b"kernel.shutdown")

    def _receive(self, waited: zmq.Socket[bytes]) -> None:
        if waited is self._sockets.iopub:
            self._sockets.welcome()
            return
        try:
            idents, message = self._session.recv(waited, zmq.NOBLOCK)
        except ValueError:  # not signed with our key
            return
        if message is not None:
            self._handle(waited, idents, message)

    def _handle(self, waited: zmq.Socket[bytes], idents: Any, message: dict[str, Any]) -> None:
        kind, content = message["header"]["msg_type"], message["content"]
        comm_id = str(content.get("comm_id", ""))
        client = self._clients.get(comm_id)
        match kind:
            case "comm_open" if content.get("target_name") == TARGET:
                client = client or self._new_client(comm_id)
                client.open(content.get("data"))
            case "comm_msg" if client is not None:
                client.receive(content.get("data"))
            case "comm_close" if client is not None:
                self._clients.pop(comm_id).close()
            case _ if kind.endswith("_request"):
                reply = self._reply(kind)
                name = kind.removesuffix("_request") + "_reply"
                self._session.send(waited, name, reply, message, idents)

    def _new_client(self, comm_id: str) -> Any:
        topic = f"comm-{comm_id}".encode("utf-8", "replace")
        prefix = b'{"comm_id":%s,"data":' % json.dumps(comm_id).encode()

        def send(data: bytes, cell: Cell | None) -> None:
            self._send("comm_msg", prefix + data + b"}", topic)

        client = self._clients[comm_id] = self._serve(send)
        return client

    def _reply(self, kind: str) -> dict[str, Any]:
        match kind:
            case "kernel_info_request":
                cell = {"execution_count": None, "started_at": self._started_at}
                return {**_KERNEL_INFO, "livens": {"mode": "lite", "cell": cell}}
            case "comm_info_request":
                return {"status": "ok", "comms": {}}
        reason = "This is a Python process and no kernel: it can be watched, and runs no code."
        return {"status": "error", "ename": "NotAllowed", "evalue": reason, "traceback": [reason]}


_KERNEL_INFO: dict[str, Any] = {
    "status": "ok",
    "protocol_version": "5.4",
    "implementation": "livens",
    "implementation_version": livens.__version__,
    "banner": "A Python process that can be watched.",
    "language_info": {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"},
    "help_links": [],
}
