"""The channels to one kernel: one client for all who use a session, its messages passed on.

A kernel may be here, or behind a gateway. Either way Jupyter's kernel manager makes the client, and
this module reads its channels: each message of IOPub goes to every listener, each reply to whoever
waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_core.utils import ensure_async

if TYPE_CHECKING:
    from livens.server.gateway import GatewaySocket

Message = dict[str, Any]
Listener = Callable[[Message], None]

READY_S = 60.0
"""How long a kernel may take to start."""

_log = logging.getLogger(__name__)


class Channels:
    """Reads and writes the channels of one kernel.

    Parameters
    ----------
    client : AsyncKernelClient or GatewaySocket
        Whose channels are not started yet; it is closed with this.

    Attributes
    ----------
    loss : str
        Why nothing comes any more, and nothing ever will; empty while the channels are open.
    """

    def __init__(self, client: AsyncKernelClient | GatewaySocket) -> None:
        self.loss = ""
        self._client = client
        self._listeners: list[Listener] = []
        self._loss_listeners: list[Callable[[str], None]] = []
        self._replies: dict[str, asyncio.Future[Message]] = {}
        self._reading: list[asyncio.Task[None]] = []
        self._is_closed = False

    async def open(self) -> None:
        """Connect, and begin to read.

        Raises
        ------
        ConnectionError
            If there is nothing to connect to.
        TimeoutError
            If the kernel does not answer in `READY_S`.
        """
        # Behind a gateway this is a coroutine, elsewhere it is not.
        await ensure_async(self._client.start_channels())
        for channel, take in (
            ("iopub", self._take_news),
            ("shell", self._take_reply),
            ("control", self._take_control),
        ):
            self._reading.append(asyncio.create_task(self._read(self._reader(channel), take)))
        try:
            async with asyncio.timeout(READY_S):
                await self.hear()
        except BaseException:
            await self.close()
            raise

    async def hear(self, process: str = "") -> None:
        """Wait until the kernel is heard on IOPub too: what came before would be lost.

        Parameters
        ----------
        process : str
            The process by its session, where there was another before; by default any.

        Raises
        ------
        ConnectionError
            If there is no connection any more.
        """
        heard = asyncio.Event()

        def hear(message: Message) -> None:
            # A reply came on the control channel, and says nothing of IOPub.
            header = message["header"]
            if not header["msg_type"].endswith("_reply") and process in ("", header["session"]):
                heard.set()

        end = self.listen(hear)
        try:
            while not heard.is_set():
                if self.loss:
                    raise ConnectionError(self.loss)
                # On the control channel, because code of somebody else may run.
                _, reply = self.ask("control", "kernel_info_request", {})
                await asyncio.wait({reply}, timeout=READY_S)
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await heard.wait()
        finally:
            end()

    async def close(self) -> None:
        """Stop reading, and disconnect; it can be called twice."""
        self._is_closed = True
        reading, self._reading = self._reading, []
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        self.give_up("The session was closed")
        if reading:
            self._client.stop_channels()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with each message of IOPub and control; returns what ends that."""
        self._listeners.append(listener)

        def end() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return end

    def when_lost(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call a function with the reason if nothing comes any more; returns what ends that."""
        self._loss_listeners.append(listener)

        def end() -> None:
            with suppress(ValueError):
                self._loss_listeners.remove(listener)

        return end

    def send(self, channel: str, msg_type: str, content: dict[str, Any]) -> str:
        """Send a message on the shell or the control channel; returns its id.

        Raises
        ------
        ConnectionError
            If the channels are closed.
        """
        if self._is_closed:
            raise ConnectionError("The session was closed")
        message = self._client.session.msg(msg_type, content)
        getattr(self._client, f"{channel}_channel").send(message)
        return str(message["header"]["msg_id"])

    def ask(
        self, channel: str, msg_type: str, content: dict[str, Any]
    ) -> tuple[str, asyncio.Future[Message]]:
        """Send a request; returns its id, and what will be its reply.

        The reply is a `ConnectionError` if the kernel dies first.
        """
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        msg_id = self.send(channel, msg_type, content)
        self._replies[msg_id] = reply
        reply.add_done_callback(lambda _: self._replies.pop(msg_id, None))
        if self.loss:
            self.give_up(self.loss)
        return msg_id, reply

    def give_up(self, reason: str) -> None:
        """Fail all requests that wait for a reply: their kernel has gone."""
        for reply in list(self._replies.values()):
            if not reply.done():
                reply.set_exception(ConnectionError(reason))
                reply.exception()  # nobody may be waiting any more

    def _reader(self, channel: str) -> Callable[[], Awaitable[Message]]:
        """Return what waits for the next message of a channel.

        `get_msg` of a channel polls first, which takes longer than to receive.
        """
        client = self._client
        if not isinstance(client, AsyncKernelClient):
            return partial(getattr(client, f"get_{channel}_msg"), timeout=None)
        socket, session = getattr(client, f"{channel}_channel").socket, client.session

        async def read() -> Message:
            _, parts = session.feed_identities(await socket.recv_multipart())
            message: Message = session.deserialize(parts)
            return message

        return read

    async def _read(
        self, read: Callable[[], Awaitable[Message]], take: Callable[[Message], None]
    ) -> None:
        while True:
            try:
                take(await read())
            except asyncio.CancelledError:
                raise
            except ConnectionError as err:
                self._lose(str(err))
                return
            except Exception:  # noqa: BLE001
                # A border: one bad message must not end the session.
                _log.warning("A message of the kernel could not be read", exc_info=True)
                await asyncio.sleep(0.01)

    def _lose(self, reason: str) -> None:
        if not self.loss:
            self.loss = reason
            self.give_up(reason)
            for listener in list(self._loss_listeners):
                listener(reason)

    def _take_news(self, message: Message) -> None:
        for listener in list(self._listeners):
            try:
                listener(message)
            except Exception:  # noqa: BLE001
                # A border: one listener must not disturb the others.
                _log.warning("A listener failed", exc_info=True)

    def _take_control(self, message: Message) -> None:
        self._take_reply(message)
        self._take_news(message)

    def _take_reply(self, message: Message) -> None:
        reply = self._replies.get(message["parent_header"].get("msg_id", ""))
        if reply is not None and not reply.done():
            reply.set_result(message)
