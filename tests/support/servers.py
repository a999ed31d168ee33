"""A jupyter_server of the tests' own, and its sessions, as a front end talks to them."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from typing import Any

from jupyter_client.session import Session
from tornado.httpclient import HTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from livens.testing import DEFAULT_TIMEOUT_S, KernelClient

UNTIL_STOPPED = (
    "import threading\nstop = threading.Event(); n = 0\nwhile not stop.wait(0.005): n += 1"
)


class Server:
    """A jupyter_server of the tests' own, and its REST interface."""

    def __init__(self, address: str, token: str, environment: dict[str, str]) -> None:
        self.address = address
        self.token = token
        self.environment = environment

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a REST request; returns what the answer says."""
        request = HTTPRequest(
            f"http://{self.address}/api/{path}",
            method,
            {"Authorization": f"token {self.token}"},
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
        )
        client = HTTPClient()
        try:
            answer = client.fetch(request).body
        finally:
            client.close()
        return json.loads(answer) if answer else None


def takes_connections(address: str, port: int) -> bool:
    """Return whether somebody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


class WebsocketChannel:
    """Sends to one channel of a kernel over the websocket."""

    def __init__(self, client: WebsocketClient, name: str) -> None:
        self._client = client
        self._name = name

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        self._client.send({**message, "channel": self._name, "buffers": []})


class WebsocketClient:
    """A kernel's websocket on a server, as `livens.testing.KernelClient` wants its client.

    A thread of its own takes the messages and sorts them by channel.
    """

    def __init__(self, server: Server, kernel_id: str, session_id: str) -> None:
        self.session = Session(session=session_id)
        self.shell_channel = WebsocketChannel(self, "shell")
        self.control_channel = WebsocketChannel(self, "control")
        self.arrived: list[dict[str, Any]] = []
        path = f"api/kernels/{kernel_id}/channels?session_id={session_id}&token={server.token}"
        self._url = f"ws://{server.address}/{path}"
        self._queues: dict[str, Queue[Any]] = {
            name: Queue() for name in ("iopub", "shell", "control", "stdin")
        }
        self._loop = asyncio.new_event_loop()
        self._socket: WebSocketClientConnection
        self._is_open = threading.Event()
        self._thread = threading.Thread(target=self._run, name="websocket")
        self._thread.start()
        assert self._is_open.wait(DEFAULT_TIMEOUT_S)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._receive())
        finally:
            self._loop.close()

    async def _receive(self) -> None:
        self._socket = await websocket_connect(self._url, max_message_size=2**26)
        self._is_open.set()
        while (text := await self._socket.read_message()) is not None:
            message = json.loads(text)
            self.arrived.append(message)
            self._queues[message["channel"]].put(message)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message, from any thread."""
        text = json.dumps(message, default=str)
        self._loop.call_soon_threadsafe(self._socket.write_message, text)

    def close(self) -> None:
        """Close the websocket; the kernel is the server's, and stays."""
        self._loop.call_soon_threadsafe(self._socket.close)
        self._thread.join()

    def get_iopub_msg(self, timeout: float) -> dict[str, Any]:
        """Wait for a message on IOPub."""
        return dict(self._queues["iopub"].get(timeout=timeout))

    def get_shell_msg(self, timeout: float) -> dict[str, Any]:
        """Wait for a reply on the shell channel."""
        return dict(self._queues["shell"].get(timeout=timeout))

    def execute(self, code: str, silent: bool = False, store_history: bool = True) -> str:
        """Start to run code."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": store_history,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self.session.msg("execute_request", content)
        self.shell_channel.send(message)
        return str(message["header"]["msg_id"])


class Notebook:
    """A session on a server, made by its REST interface as a front end makes it."""

    def __init__(self, server: Server, **kernel: str) -> None:
        self.server = server
        body = {
            "path": f"{uuid.uuid4().hex}.ipynb",
            "name": "test",
            "type": "notebook",
            "kernel": kernel or {"name": "livens"},
        }
        self.id = server.ask("POST", "sessions", body)["id"]
        self.kernel_path = f"kernels/{self.kernel['id']}"

    @property
    def kernel(self) -> dict[str, Any]:
        """What the server says of the session's kernel."""
        return dict(self.server.ask("GET", f"sessions/{self.id}")["kernel"])

    def wait_until(self, execution_state: str) -> None:
        """Ask until the server says so: it hears of a status a little after its clients."""
        until = time.monotonic() + DEFAULT_TIMEOUT_S
        while (found := self.kernel["execution_state"]) != execution_state:
            assert time.monotonic() < until, f"still {found}, not {execution_state}"

    @contextmanager
    def connected(self, session_id: str | None = None) -> Iterator[KernelClient]:
        """Connect to the kernel's websocket, and wait until the kernel answers."""
        client = WebsocketClient(self.server, self.kernel["id"], session_id or uuid.uuid4().hex)
        try:
            kernel_client = KernelClient(client)
            wait_until_ready(kernel_client)
            yield kernel_client
        finally:
            client.close()


def wait_until_ready(client: KernelClient) -> None:
    """Ask until the kernel's own status arrives: after a restart IOPub is connected anew."""
    while True:
        msg_id = client.send("kernel_info_request", {}, "shell")
        with suppress(Empty):
            client.wait_until_idle(msg_id, timeout_s=1)
            return
