"""Watching by asyncio: `AsyncWatch`, which waits without blocking its event loop."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import msgspec
import zmq
import zmq.asyncio

from livens.client.base import Watching
from livens.client.connection import Connection, Waits
from livens.exceptions import KernelGone, WatchClosed
from livens.protocol import requests
from livens.protocol.types import ChangeSet, Rule, Variable

T = TypeVar("T")


class AsyncWatch(Watching):
    """An asynchronous iterator over change sets; ``async with watch(…)`` gives it.

    Several tasks of one event loop may use it.
    """

    def __init__(self, line: Connection) -> None:
        super().__init__(line)
        self._sleepers: list[asyncio.Future[Any]] = []

    async def __aenter__(self) -> Self:
        try:
            await self._run(self._line.opened())
        except BaseException:
            self._line.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._line.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChangeSet:
        try:
            return await self.next()
        except (KernelGone, WatchClosed):
            self._line.close()
            raise StopAsyncIteration from None

    async def next(self, timeout: float | None = None) -> ChangeSet:
        """Wait for the next change set, as `Watch.next` does."""
        return await self._run(self._line.change(timeout))

    async def request(
        self, method: str, /, *, timeout: float | None = 10.0, **params: Any
    ) -> msgspec.Struct:
        """Ask the kernel, and wait for the answer, as `Watch.request` does."""
        return await self._run(self._line.answer(method, params, timeout))

    async def history(
        self, name: str, *, since: float = 0.0, limit: int = 1_000, timeout: float | None = 10.0
    ) -> requests.History:
        """Fetch what a variable was, as `Watch.history` does."""
        return await self._run(self._requests.history(name, since, limit, timeout))

    async def set(
        self,
        name: str,
        expression: str,
        *,
        when_busy: requests.WhenBusy = "refuse",
        timeout: float | None = 10.0,
    ) -> Variable:
        """Bind a name in the kernel to the value of an expression, as `Watch.set` does."""
        return await self._run(self._requests.set(name, expression, when_busy, timeout))

    async def delete(
        self,
        *names: str,
        when_busy: requests.WhenBusy = "refuse",
        timeout: float | None = 10.0,
    ) -> None:
        """Delete variables in the kernel, all of them or none, as `Watch.delete` does."""
        await self._run(self._requests.delete(names, when_busy, timeout))

    async def rename(
        self,
        name: str,
        to: str,
        *,
        when_busy: requests.WhenBusy = "refuse",
        timeout: float | None = 10.0,
    ) -> Variable:
        """Give a variable in the kernel another name, as `Watch.rename` does."""
        return await self._run(self._requests.rename(name, to, when_busy, timeout))

    async def add_rule(
        self,
        condition: str,
        action: Literal["notify", "stop"] = "notify",
        *,
        timeout: float | None = 10.0,
    ) -> requests.RuleAdded:
        """Have the kernel watch for a condition, as `Watch.add_rule` does."""
        return await self._run(self._requests.add_rule(condition, action, timeout))

    async def remove_rule(self, rule: Rule | str, *, timeout: float | None = 10.0) -> None:
        """Remove a rule, as `Watch.remove_rule` does."""
        await self._run(self._requests.remove_rule(rule, timeout))

    async def refresh(self) -> None:
        """Fetch the whole state; it also comes as a complete change set."""
        await self._run(self._requests.refresh(10.0))

    async def settle(self, timeout: float | None = 10.0, *, cell: str = "") -> None:
        """Wait until `variables` has everything said so far, as `Watch.settle` does."""
        await self._run(self._line.settled(timeout, cell))

    async def close(self) -> None:
        """End the watch; it can be called twice."""
        self._line.close()

    async def _run(self, waits: Waits[T]) -> T:
        try:
            while True:
                received = self._line.received
                try:
                    seconds = next(waits)
                finally:
                    if self._line.received != received:
                        self._wake_others()
                await self._wait(seconds)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _wake_others(self) -> None:
        """Let other tasks see whether what one has read is for them."""
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    async def _wait(self, seconds: float) -> None:
        """Wait until there are messages, or until another task has read them."""
        # One set of asyncio sockets for good: a poller that has to make its own takes them away
        # after the next one has begun when it is cancelled, and that one never wakes up.
        if self._line.sockets and not self._line.shadows:
            self._line.shadows = [zmq.asyncio.Socket.from_socket(s) for s in self._line.sockets]
        poller = zmq.asyncio.Poller()
        for socket in self._line.shadows:
            poller.register(socket, zmq.POLLIN)
        sleeper: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        polling: asyncio.Future[Any] = asyncio.ensure_future(poller.poll(int(seconds * 1000) + 1))
        try:
            await asyncio.wait([polling, sleeper], return_when=asyncio.FIRST_COMPLETED)
        finally:
            polling.cancel()
            self._sleepers.remove(sleeper)
