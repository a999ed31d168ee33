"""The sockets between a client and a kernel, and what is done with them.

`Connection` never waits. Its actions are generators that yield where there is nothing to do but
wait for messages, so that `Watch` can block until then, `AsyncWatch` can let its event loop do
other things, and everything else exists once.
"""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import zmq
import zmq.asyncio
from jupyter_client.client import KernelClient
from jupyter_client.connect import ConnectionFileMixin, KernelConnectionInfo

from livens.client.conversation import Conversation, Phase
from livens.client.heartbeat import PING_S
from livens.client.pending_requests import OnProgress
from livens.exceptions import ConnectionFailed, VariableNotFound
from livens.protocol import CLIENT_KEY
from livens.protocol.types import ChangeSet

T = TypeVar("T")
Waits = Generator[float, None, T]
"""An action that yields how many seconds it may wait for messages, and returns its result."""

PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")

BACKLOG = 700
"""So many messages at once, or more than `RATE` explains, mean that others may be lost: ZeroMQ
drops what comes when 1000 wait, at either end, and after the last one that was dropped there is no
gap to see."""

RATE = 150.0
"""Messages per second that a kernel may send without being distrusted; one subscription gets 100
at the most."""

LINGER_MS = 1000
"""How long the last message may take to leave; nobody waits for a kernel that is not there."""

STALE_S = 2.0
"""A kernel that is silent for so long, and whose connection file was removed, is gone."""


def connection_info(
    kernel: ConnectionFileMixin | str | os.PathLike[str] | dict[str, Any],
) -> tuple[dict[str, Any], str, Path | None]:
    """Return how to connect to a kernel, what to call it, and which file announces it.

    Raises
    ------
    ConnectionFailed
        If a connection file is missing or is none.
    """
    if isinstance(kernel, ConnectionFileMixin):
        file = Path(kernel.connection_file) if kernel.connection_file else None
        info = dict(kernel.get_connection_info())
    elif isinstance(kernel, dict):
        info, file = kernel, None
    else:
        file = Path(kernel)
        info = _read_file(file)
    where = str(file) if file else f"{info.get('ip', '?')} port {info.get('control_port', '?')}"
    missing = [name for name in PORTS if not _is_port(info.get(name))]
    if missing:
        raise ConnectionFailed(
            f"{where} is no connection file of a kernel: expected the numbers {', '.join(missing)}"
        )
    return info, where, file if file and file.exists() else None


def _is_port(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _read_file(path: Path) -> dict[str, Any]:
    try:
        info = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConnectionFailed(
            f"No connection file {path}; expected one of a running kernel, they are in the "
            "directory that `jupyter --runtime-dir` names"
        ) from None
    except (OSError, ValueError) as err:
        raise ConnectionFailed(
            f"{path} is no connection file of a kernel: expected JSON, {err}"
        ) from None
    if not isinstance(info, dict):
        raise ConnectionFailed(f"{path} is no connection file of a kernel: expected an object")
    return info


class Connection:
    """The sockets of one conversation, opened by the first action.

    Parameters
    ----------
    info : dict
        What is in the kernel's connection file.
    conversation : Conversation
        What is said.
    file : Path, optional
        The connection file, whose removal means that the kernel is gone.
    context : zmq.Context, optional
        Whose sockets they are, for who has many connections; by default one of its own.

    Attributes
    ----------
    sockets : list of Socket
        To wait on; empty before the first action and after the end.
    asyncio_sockets : list of Socket
        The same for an event loop, if one waits on them.
    received : int
        How many messages were read.
    """

    def __init__(
        self,
        info: dict[str, Any],
        conversation: Conversation,
        file: Path | None,
        *,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
    ) -> None:
        self.conversation = conversation
        self.sockets: list[zmq.Socket[bytes]] = []
        self.asyncio_sockets: list[zmq.asyncio.Socket] = []
        self.received = 0
        self._received_at = 0.0
        self._excess = 0.0
        self.is_closed = False
        self._info = info
        self._file = file
        self._shared_context = context

    def __del__(self) -> None:
        if self.sockets:
            warnings.warn(
                f"A watch of {self.conversation.where} was not closed; use `with watch(…)`, or "
                "call close()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )
            self.close()

    def opened(self) -> Waits[bool]:
        """Wait until the whole state is here."""
        return (yield from self._until(lambda: self.conversation.is_open() or None, None))

    def change(self, timeout: float | None) -> Waits[ChangeSet]:
        """Wait for the next change set."""
        return (yield from self._until(self.conversation.take, timeout))

    def answer(
        self,
        method: str,
        params: dict[str, Any],
        timeout: float | None,
        on_progress: OnProgress | None = None,
    ) -> Waits[msgspec.Struct]:
        """Ask, and wait for the answer; the kernel is told when nobody waits any more."""
        yield from self.opened()
        request_id = self.conversation.send_request(method, params, on_progress)
        try:
            return (yield from self._until(lambda: self.conversation.answer(request_id), timeout))
        finally:
            self.conversation.forget(request_id)
            if not self.is_closed:
                self._send_outbox()

    def until(self, ready: Callable[[], T | None], timeout: float | None) -> Waits[T]:
        """Wait until *ready* returns something other than None.

        Raises
        ------
        TimeoutError
            If it did not within *timeout* seconds.
        """
        return (yield from self._until(ready, timeout))

    def tell(self, msg_type: str, content: dict[str, Any], client: str) -> None:
        """Send a message on the control channel at once, with the name of who sends it."""
        if self.sockets:
            metadata = {CLIENT_KEY: client} if client else {}
            self._session.send(self._control, msg_type, content, metadata=metadata)

    def send(self) -> None:
        """Send what waits, without reading anything."""
        if self.sockets:
            self._send_outbox()

    def settled(self, timeout: float | None, cell: str = "") -> Waits[bool]:
        """Wait until everything that the kernel has said so far is here.

        IOPub keeps the order, so the answer to any question will do: this one costs nothing. The
        end of a cell needs no question.
        """
        if cell:
            ended = self.conversation.has_ended
            return (yield from self._until(lambda: ended(cell) or None, timeout))
        with suppress(VariableNotFound):
            yield from self.answer("inspect", {"path": [["name", ""]]}, timeout)
        return True

    def close(self) -> None:
        """Tell the kernel that the watch ends, and close the sockets."""
        self.is_closed = True
        linger_ms = LINGER_MS if self.conversation.phase is Phase.OPEN else 0
        self.conversation.close()
        if not self.sockets:
            return
        self._send_outbox()
        self._close_sockets(linger_ms)

    def _close_sockets(self, linger_ms: int) -> None:
        for socket in self.asyncio_sockets:  # first, so that no event loop waits for what is closed
            with suppress(RuntimeError):  # the loop is closed already
                socket.close(linger=linger_ms)
        self.asyncio_sockets.clear()
        for each in self.sockets if self._shared_context is not None else ():
            each.close(linger=linger_ms)
        self.sockets.clear()
        if self._shared_context is None:
            self._context.destroy(linger=linger_ms)

    def _until(self, ready: Callable[[], T | None], timeout: float | None) -> Waits[T]:
        deadline = None if timeout is None else time.monotonic() + timeout
        self.connect()
        while True:
            self.exchange()
            result = ready()
            if result is not None:
                return result
            left = PING_S if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"Nothing from {self.conversation.where} in {timeout:g} s")
            yield min(left, PING_S)

    def connect(self) -> None:
        """Open the sockets, if they are not, and begin the conversation."""
        if self.sockets or self.is_closed:
            return
        self._context: zmq.Context[zmq.Socket[bytes]] = self._shared_context or zmq.Context()
        client = KernelClient(context=self._context)
        client.load_connection_info(cast(KernelConnectionInfo, self._info))
        self._session = client.session
        self._iopub = client.connect_iopub()
        # Only our comm and the kernel's statuses: the user's output is not for us. Each comm has
        # a topic of its own, so the kernel welcomes this subscription, also after a restart.
        self._iopub.subscribe(self.conversation.topic)
        self._iopub.subscribe(b"kernel.")
        self._iopub.unsubscribe(b"")
        self._control = client.connect_control(identity=client.session.bsession)
        self._heart = client.connect_hb()
        self._heart.setsockopt(zmq.REQ_RELAXED, 1)
        self.sockets = [self._iopub, self._control, self._heart]
        self.conversation.start(time.monotonic())

    def exchange(self) -> None:
        """Send and receive all that can be without waiting."""
        if not self.sockets:
            return
        now = time.monotonic()
        self._receive(now)
        if (
            self.conversation.heartbeat.silent_s > STALE_S
            and self._file
            and not self._file.exists()
        ):
            self.conversation.kernel_ended()
        self.conversation.tick(now)
        self._send_outbox()

    def _receive(self, now: float) -> None:
        before = self.received
        for socket in (self._iopub, self._control):
            while (message := self._next_message(socket)) is not None:
                if message:
                    self.conversation.receive(message, now)
                self.received += 1
        self._excess = max(0.0, self._excess - (now - self._received_at) * RATE)
        self._excess += self.received - before
        self._received_at = now
        # A queue that was nearly full has overflown, however slowly it may have filled.
        if max(self._excess, self.received - before) >= BACKLOG:
            self._excess = 0.0
            self.conversation.fell_behind(now)
        if self._heart.poll(0):
            self._heart.recv_multipart()
            self.conversation.heartbeat.heard()

    def _next_message(self, socket: zmq.Socket[bytes]) -> dict[str, Any] | None:
        """Read one message; empty if it was not signed by the kernel, None if there is none."""
        try:
            message: dict[str, Any] | None = self._session.recv(socket, zmq.NOBLOCK)[1]
        except ValueError:
            return {}
        return message

    def _send_outbox(self) -> None:
        outbox = self.conversation.outbox
        while outbox:
            self._session.send(self._control, *outbox.popleft())
        if self.conversation.heartbeat.wants_ping:
            self._heart.send(b"ping")
            self.conversation.heartbeat.pinged(time.monotonic())
