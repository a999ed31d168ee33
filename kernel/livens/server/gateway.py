"""Kernels behind a gateway (``--gateway-url``): Kernel Gateway, Enterprise Gateway.

Jupyter starts, interrupts and ends such a kernel by HTTP requests to the gateway. Its messages come
over a WebSocket, which is opened here, on the server's own loop. Jupyter's `GatewayKernelClient` is
not used: it sends no token, sends what is meant for the control channel on the shell channel, reads
nothing more after forty quiet seconds, and uses a whole core while it waits.

A gateway that does not answer is a `ConnectionError` here, never an error of HTTP. So a session can
treat it as it treats a kernel that has ended.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from jupyter_client.session import Session as Messages
from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.gateway.managers import GatewayKernelManager
from jupyter_server.services.kernels.connection.base import deserialize_binary_message
from jupyter_server.utils import url_escape, url_path_join
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.web import HTTPError
from tornado.websocket import (
    WebSocketClientConnection,
    WebSocketClosedError,
    websocket_connect,
)

T = TypeVar("T")

PING_S = 20.0
"""How often the gateway is asked whether it is there; without an answer the connection is over."""

MAX_MESSAGE_BYTES = 1 << 28
"""How large one message of a kernel may be; tornado's own limit is smaller than a large output."""

ASK_S = 10.0
"""How often the gateway is asked by HTTP whether it has the kernel, while code runs."""

_log = logging.getLogger(__name__)


class GatewayKernel:
    """What a session needs of a kernel behind a gateway.

    Parameters
    ----------
    manager : GatewayKernelManager
        Jupyter's manager of it.
    """

    def __init__(self, manager: GatewayKernelManager) -> None:
        self._manager = manager

        self._asked_at = 0.0

    def client(self) -> GatewaySocket:
        """Return what carries its messages, not connected yet."""
        return GatewaySocket(str(self._manager.kernel_id))

    async def interrupt_kernel(self) -> None:
        """Interrupt it.

        Raises
        ------
        ConnectionError
            If the gateway does not answer, or does not know the kernel any more.
        """
        await answered(self._manager.interrupt_kernel())

    async def is_alive(self) -> bool:
        """Return False if the gateway says that it does not have it any more.

        It is asked every `ASK_S`. While it does not answer, the WebSocket decides: it has pings.
        """
        now = time.monotonic()
        if now - self._asked_at < ASK_S:
            return True
        self._asked_at = now
        try:
            return await self.is_known()
        except ConnectionError:
            return True

    async def is_known(self) -> bool:
        """Ask the gateway whether it has it.

        Raises
        ------
        ConnectionError
            If the gateway does not answer.
        """
        # Not `is_alive`: it is True the first time that the gateway does not know the kernel. After
        # that the manager has no model, which Jupyter's sessions cannot do without.
        model = self._manager.kernel
        is_known = await answered(self._manager.refresh_model()) is not None
        if not is_known:
            self._manager.kernel = model
        return is_known


async def answered(request: Awaitable[T]) -> T:
    """Wait for the answer of the gateway.

    Raises
    ------
    ConnectionError
        If there is none, or it is an error.
    """
    try:
        return await request
    except (HTTPError, OSError) as err:
        raise ConnectionError(_no_answer(str(err))) from err


class GatewaySocket:
    """The channels of one kernel, over one WebSocket to the gateway.

    It has the part of `AsyncKernelClient` that `livens.server.channels` uses.

    Parameters
    ----------
    kernel_id : str
        As the gateway knows it.

    Attributes
    ----------
    session : Session
        Makes messages.
    """

    def __init__(self, kernel_id: str) -> None:
        self.session = Messages(username="livens", session=uuid.uuid4().hex)
        self.shell_channel = GatewayChannel(self, "shell")
        self.control_channel = GatewayChannel(self, "control")
        self._kernel_id = kernel_id
        self._socket: WebSocketClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._loss = ""
        self._process = ""
        self._come: dict[str, asyncio.Queue[dict[str, Any] | None]] = {
            name: asyncio.Queue() for name in ("shell", "control", "iopub", "stdin")
        }

    async def start_channels(self) -> None:
        """Connect.

        Raises
        ------
        ConnectionError
            If the gateway does not answer, or does not let us in.
        """
        gateway = GatewayClient.instance()
        url = url_path_join(
            gateway.ws_url or "", gateway.kernels_endpoint, url_escape(self._kernel_id), "channels"
        )
        # What the gateway itself says in the name of the kernel then has this id.
        url += f"?session_id={self.session.session}"
        request = HTTPRequest(url, **gateway.load_connection_args())
        try:
            self._socket = await websocket_connect(
                request,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                max_message_size=MAX_MESSAGE_BYTES,
            )
        except (HTTPClientError, WebSocketClosedError, OSError) as err:
            raise ConnectionError(_no_answer(str(err))) from err
        self._reading = asyncio.create_task(self._read(self._socket))

    def stop_channels(self) -> None:
        """Disconnect; it can be called twice."""
        if self._reading is not None:
            self._reading.cancel()
        if self._socket is not None:
            self._socket.close()

    async def get_shell_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait for the next message of the shell channel; ConnectionError if there is none."""
        return await self._next("shell", timeout)

    async def get_control_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait for the next message of the control channel; ConnectionError if there is none."""
        return await self._next("control", timeout)

    async def get_iopub_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait for the next message of IOPub; ConnectionError if there is none."""
        return await self._next("iopub", timeout)

    def send(self, channel: str, message: Mapping[str, Any]) -> None:
        """Send a message; where the connection is cut, whoever waits is told so, not the sender."""
        data = msgspec.json.encode({**message, "channel": channel, "buffers": []})
        if self._socket is not None:
            with suppress(WebSocketClosedError):
                # The future only tells that it was written, or raises what is suppressed here.
                self._socket.write_message(data.decode()).add_done_callback(_ignore)

    async def _next(self, channel: str, timeout: float | None) -> dict[str, Any]:
        async with asyncio.timeout(timeout):
            message = await self._come[channel].get()
        if message is None:
            self._come[channel].put_nowait(None)
            raise ConnectionError(self._loss)
        return message

    async def _read(self, socket: WebSocketClientConnection) -> None:
        """Sort messages into the channels, until the connection is over."""
        while (data := await socket.read_message()) is not None:
            try:
                message = _decode(data)
                self._name_process(message["header"])
                queue = self._come[message["channel"]]
            except (ValueError, KeyError, TypeError):
                _log.warning("A message of the gateway could not be read: %r", data[:200])
                continue
            queue.put_nowait(message)
        self._loss = (
            f"The connection to the gateway at {GatewayClient.instance().url} has ended while the "
            "session was open. If the gateway still has its kernel, the next call goes on with "
            "it; otherwise the variables are gone, and the next call begins anew"
        )
        for queue in self._come.values():
            queue.put_nowait(None)

    def _name_process(self, header: dict[str, Any]) -> None:
        """Have what the gateway says of a kernel (such as that it prints too fast) be the kernel's.

        Another session in the header would be another process, and the variables would be gone.
        """
        if header["session"] == self.session.session:
            header["session"] = self._process or header["session"]
        else:
            self._process = header["session"]


class GatewayChannel:
    """One channel to write to."""

    def __init__(self, socket: GatewaySocket, name: str) -> None:
        self._socket = socket
        self._name = name

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message."""
        self._socket.send(self._name, message)


def _decode(data: str | bytes) -> dict[str, Any]:
    if isinstance(data, bytes):  # it has buffers
        message: dict[str, Any] = deserialize_binary_message(data)
    else:
        message = msgspec.json.decode(data, type=dict[str, Any])
    return message


def _ignore(written: asyncio.Future[None]) -> None:
    if not written.cancelled():
        written.exception()


def _no_answer(reason: str) -> str:
    return (
        f"The gateway at {GatewayClient.instance().url} has not done what it was asked: {reason}. "
        "Check that it runs, --gateway-url, and its token in JUPYTER_GATEWAY_AUTH_TOKEN"
    )
