"""A kernel behind a Jupyter server: what a page in a browser would send, over one websocket a line.

The server is that of the environment, or another one that `LIVENS_SERVER_URL` and
`LIVENS_SERVER_TOKEN` name. Messages are JSON in the server's older form, with the channel in each.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from livens_conformance import TARGET
from livens_conformance.lines import TIMEOUT_S, Line, Ran, parent_id
from livens_conformance.profiles import Kernel
from livens_conformance.verdicts import Failed


class _Socket:
    """One websocket to a kernel."""

    def __init__(self, url: str, token: str) -> None:
        import websocket

        self._timed_out: type[Exception] = websocket.WebSocketTimeoutException
        self.session = uuid.uuid4().hex
        address = url.replace("http", "ws", 1) + f"/channels?session_id={self.session}"
        header = [f"Authorization: token {token}"]
        self._socket = websocket.create_connection(address, header=header, timeout=TIMEOUT_S)

    def send(self, channel: str, kind: str, content: dict[str, Any]) -> str:
        """Send a message; returns its id."""
        msg_id = uuid.uuid4().hex
        header = {
            "msg_id": msg_id,
            "msg_type": kind,
            "session": self.session,
            "username": "conformance",
            "date": datetime.now(UTC).isoformat(),
            "version": "5.4",
        }
        message = {
            "channel": channel,
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "buffers": [],
        }
        self._socket.send(json.dumps(message))
        return msg_id

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        """Wait for the next message; None if none came."""
        self._socket.settimeout(max(0.01, timeout_s))
        try:
            text = self._socket.recv()
        except self._timed_out:
            return None
        if not isinstance(text, str):
            raise Failed("a message is binary: it would break the websocket of a gateway")
        message: dict[str, Any] = json.loads(text)
        return message

    def close(self) -> None:
        self._socket.close()


class _SocketLine:
    """A comm over a websocket, on the control channel."""

    def __init__(self, free: list[_Socket], connection: _Socket, data: dict[str, Any]) -> None:
        self._free, self._connection = free, connection
        self._comm_id = uuid.uuid4().hex
        content = {"comm_id": self._comm_id, "target_name": TARGET, "data": data}
        connection.send("control", "comm_open", content)

    def send(self, data: Any) -> None:
        self._connection.send("control", "comm_msg", {"comm_id": self._comm_id, "data": data})

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        until = time.monotonic() + timeout_s
        while (message := self._connection.next(until - time.monotonic())) is not None:
            content = message["content"]
            if message["msg_type"] == "comm_msg" and content.get("comm_id") == self._comm_id:
                return dict(content["data"])
            if time.monotonic() >= until:
                return None
        return None

    def close(self) -> None:
        content = {"comm_id": self._comm_id, "data": {}}
        msg_id = self._connection.send("control", "comm_close", content)
        until = time.monotonic() + TIMEOUT_S
        while time.monotonic() < until:
            message = self._connection.next(1.0)
            if message is None or parent_id(message) != msg_id:
                continue
            if message["content"].get("execution_state") == "idle":
                self._free.append(self._connection)
                return
        raise Failed("no idle after comm_close")


class ServedHost:
    """A kernel of a Jupyter server.

    Parameters
    ----------
    url : str
        Of the kernel, ``…/api/kernels/ID``.
    token : str
        Of the server.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._main = _Socket(url, token)
        self._free: list[_Socket] = []  # that no line uses: to connect takes a moment

    def start(self, code: str) -> Callable[[], Ran]:
        """Start to run code; returns what waits for its end."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        msg_id = self._main.send("shell", "execute_request", content)

        def ended() -> Ran:
            until = time.monotonic() + TIMEOUT_S
            while time.monotonic() < until:
                message = self._main.next(1.0)
                if message is None or message["msg_type"] != "execute_reply":
                    continue
                if parent_id(message) == msg_id:
                    reply = message["content"]
                    return Ran(reply.get("ename", ""), reply.get("evalue", ""))
            raise Failed(f"code did not end within {TIMEOUT_S:g} s")

        return ended

    def execute(self, code: str) -> Ran:
        """Run code to its end."""
        return self.start(code)()

    def open(self, subscription: dict[str, Any]) -> Line:
        """Subscribe, on a websocket of its own."""
        connection = self._free.pop() if self._free else _Socket(self._url, self._token)
        return _SocketLine(self._free, connection, subscription)

    def close(self) -> None:
        """Close the connections."""
        for connection in [self._main, *self._free]:
            connection.close()


@contextmanager
def served(kernel: Kernel) -> Iterator[ServedHost]:
    """Start a kernel at a server, and end it; the server too, if it was started for this."""
    with _server() as (url, token):
        answer = _call(f"{url}/api/kernels", token, {"name": kernel.spec})
        address = f"{url}/api/kernels/{answer['id']}"
        host = ServedHost(address, token)
        try:
            if kernel.first:
                ran = host.execute(kernel.first)
                if ran.ename:
                    raise Failed(f"{kernel.first!r} ended with {ran.ename}: {ran.evalue:.300}")
            yield host
        finally:
            host.close()
            _call(address, token, None, "DELETE")


@contextmanager
def _server() -> Iterator[tuple[str, str]]:
    """Give the address and the token of a server."""
    url = os.environ.get("LIVENS_SERVER_URL", "")
    if url:
        yield url.rstrip("/"), os.environ.get("LIVENS_SERVER_TOKEN", "")
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyter_server", f"--ServerApp.port={port}"]
    command += [f"--IdentityProvider.token={token}", "--ServerApp.open_browser=False"]
    command += ["--ServerApp.port_retries=0", "--allow-root"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _await_server(url, token, process)
        yield url, token
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)


def _await_server(url: str, token: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + TIMEOUT_S
    while True:
        try:
            _call(f"{url}/api/status", token, None)
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise Failed("the Jupyter server did not get ready") from None
            time.sleep(0.05)


def _call(url: str, token: str, body: Any, method: str = "") -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    method = method or ("GET" if data is None else "POST")
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        text = answer.read()
    return json.loads(text) if text else None
