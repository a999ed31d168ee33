"""Watching by asyncio: `AsyncWatch`, which waits without blocking its event loop."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self, TypeVar

import zmq
import zmq.asyncio

from livens.client.base import WatchBase
from livens.client.connection import Connection, Waits
from livens.exceptions import KernelGone, WatchClosed
from livens.protocol.types import ChangeSet

T = TypeVar("T")


class AsyncWatch(WatchBase):
    """An asynchronous iterator over change sets; ``async with watch(…)`` gives it.

    It has the methods of `Watch`, to be awaited. Several tasks of one event loop may use it.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._sleepers: list[asyncio.Future[Any]] = []

    async def __aenter__(self) -> Self:
        try:
            await self._run(self._connection.opened())
        except BaseException:
            self._connection.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChangeSet:
        try:
            return await self.next()
        except (KernelGone, WatchClosed):
            self._connection.close()
            raise StopAsyncIteration from None

    async def close(self) -> None:
        """End the watch; it can be called twice."""
        self._connection.close()

    async def _run(self, waits: Waits[T], /) -> T:
        try:
            while True:
                received = self._connection.received
                try:
                    seconds = next(waits)
                finally:
                    if self._connection.received != received:
                        self._wake_others()
                await self._wait(seconds)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            waits.close()  # a cancelled task leaves it waiting

    def _wake_others(self) -> None:
        """Wake the other tasks: what one has read may be for them."""
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    async def _wait(self, seconds: float) -> None:
        """Wait until there are messages, or until another task has read them."""
        # One set of asyncio sockets for good: a poller that has to make its own takes them away
        # after the next one has begun when it is cancelled, and that one never wakes up.
        if self._connection.sockets and not self._connection.asyncio_sockets:
            self._connection.asyncio_sockets = [
                zmq.asyncio.Socket.from_socket(s) for s in self._connection.sockets
            ]
        poller = zmq.asyncio.Poller()
        for socket in self._connection.asyncio_sockets:
            poller.register(socket, zmq.POLLIN)
        sleeper: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        polling: asyncio.Future[Any] = asyncio.ensure_future(poller.poll(int(seconds * 1000) + 1))
        try:
            await asyncio.wait([polling, sleeper], return_when=asyncio.FIRST_COMPLETED)
        finally:
            polling.cancel()
            self._sleepers.remove(sleeper)
