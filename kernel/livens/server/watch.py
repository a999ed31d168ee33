"""Watching the variables of a session over the channels that it has anyway.

What is said and answered is decided by `livens.client.conversation`; here its messages go out and
come in. So it works for a kernel behind a gateway, to which there is no socket.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Self, TypeVar

import msgspec

from livens.client.conversation import Conversation
from livens.exceptions import ConnectionFailed
from livens.protocol import messages
from livens.protocol.requests import Subscription
from livens.protocol.types import ChangeSet
from livens.server.channels import Channels, Message

T = TypeVar("T")

TICK_S = 1.0
"""How often the conversation may do what is due."""

OPEN_S = 30.0
"""How long a kernel may take to answer the first time; it may be in the middle of a cell."""


class SessionWatch:
    """One watch of a session's variables; an asynchronous context and iterator over change sets.

    Parameters
    ----------
    channels : Channels
        Of the session; they are open.
    subscription : Subscription
        What to be told.
    where : str
        What to call the session in errors.
    """

    def __init__(self, channels: Channels, subscription: Subscription, *, where: str) -> None:
        self.conversation = Conversation(
            subscription, uuid.uuid4().hex, where=where, timeout_s=OPEN_S
        )
        self.on_change: Callable[[], object] = lambda: None
        """Called when there is a change set to take."""
        self._channels = channels
        self._news = asyncio.Event()
        self._end_listening: Callable[[], None] = lambda: None
        self._end_loss: Callable[[], None] = lambda: None
        self._ticking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._end_listening = self._channels.listen(self._receive)
        self._end_loss = self._channels.when_lost(lambda _: self._news.set())
        self.conversation.start(time.monotonic())
        # The channels were seen to work when they were opened: there is no welcome to wait for.
        self._receive({"header": {"msg_type": "iopub_welcome"}, "parent_header": {}, "content": {}})
        self._ticking = asyncio.create_task(self._tick())
        try:
            await self._until(lambda: self.conversation.is_open() or None)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the watch, and tell the kernel so; it can be called twice."""
        ticking, self._ticking = self._ticking, None
        if ticking is None:
            return
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
        self._end_listening()
        self._end_loss()
        self.conversation.close()
        self._send()
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[ChangeSet]:
        """Iterate over the change sets; raises a `LivensError` when there will be no more."""
        while True:
            yield await self._until(self.conversation.take)

    def taken(self) -> list[ChangeSet]:
        """Return the change sets that are here, and wait for none."""
        found: list[ChangeSet] = []
        while self.conversation.pending:
            change_set = self.conversation.take()
            if change_set is not None:
                found.append(change_set)
        return found

    async def request(
        self, method: str, params: dict[str, Any], *, timeout_s: float
    ) -> msgspec.Struct:
        """Ask the kernel, and wait for the answer.

        Raises
        ------
        RequestError
            What the kernel answered.
        TimeoutError
            If no answer came.
        """
        request_id = self.conversation.send_request(method, params)
        self._send()
        try:
            async with asyncio.timeout(timeout_s):
                return await self._until(lambda: self.conversation.answer(request_id))
        finally:
            self.conversation.forget(request_id)

    async def _until(self, ready: Callable[[], T | None]) -> T:
        while True:
            self._news.clear()
            result = ready()
            if result is not None:
                return result
            if self._channels.loss:
                raise ConnectionFailed(self._channels.loss)
            await self._news.wait()

    def _receive(self, message: Message) -> None:
        now = time.monotonic()
        self.conversation.receive(message, now)
        self._send()
        self._news.set()
        if self.conversation.pending:
            self.on_change()

    async def _tick(self) -> None:
        while True:
            self.conversation.tick(time.monotonic())
            self._send()
            self._news.set()
            await asyncio.sleep(TICK_S)

    def _send(self) -> None:
        outbox = self.conversation.outbox
        try:
            while outbox:
                self._channels.send("control", *outbox.popleft())
        except ConnectionError:
            outbox.clear()
            self.conversation.kernel_ended()


def subscription_of(**params: Any) -> Subscription:
    """Return a subscription; raises `InvalidParams` if it is none."""
    return messages.decode_subscription(params)
