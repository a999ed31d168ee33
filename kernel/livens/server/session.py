"""A session: one kernel, the code that runs in it in order, and who listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

from livens.protocol.requests import Subscription
from livens.server.broadcast import Broadcast
from livens.server.channels import Channels, Message
from livens.server.execution import Execution
from livens.server.feed import Feed
from livens.server.watch import SessionWatch

INTERRUPT_S = 5.0
"""How often a cell is interrupted that goes on after its time is up or nobody waits for it."""

ALIVE_S = 1.0
"""How often to look whether the kernel lives, while something waits for it."""

RESTART_S = 20.0
"""How long a kernel that has died may take until it is back."""

IDLE_S = 5.0
"""How long the last of the output may come after the reply."""

DIED = "The kernel has died or was restarted: this code did not end, and the variables are gone"

RESET = "get_ipython().run_line_magic('reset', '-f')"
"""Empties the namespace, the history of outputs and the display hook's references."""


class Session:
    """What the server keeps of one session.

    Parameters
    ----------
    name : str
        The id that clients use.
    manager : AsyncKernelManager
        Of its kernel.

    Attributes
    ----------
    channels : Channels
        To its kernel.
    broadcast : Broadcast
        What everybody in the session hears.
    last_used : float
        When something was last asked of it, in seconds of `time.monotonic`.
    """

    def __init__(self, name: str, manager: AsyncKernelManager) -> None:
        self.name = name
        self.manager = manager
        self.channels = Channels(_client_of(manager))
        self.broadcast = Broadcast()
        self.last_used = time.monotonic()
        self._turn = asyncio.Lock()
        self._running: dict[str, Execution] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing: list[Callable[[], None]] = []
        self._process = ""
        self._is_settled = True
        self._feed: Feed | None = None
        self._feed_lock = asyncio.Lock()
        self._end_listening: Callable[[], None] = lambda: None

    async def open(self) -> None:
        """Connect to the kernel."""
        await self.channels.open()
        self._end_listening = self.channels.listen(self._receive)

    async def close(self) -> None:
        """End what runs, and disconnect; the kernel stays."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._feed is not None:
            await self._feed.close()
        self._end_listening()
        await self.channels.close()
        for close in list(self._closing):
            close()

    def on_close(self, close: Callable[[], None]) -> Callable[[], None]:
        """Call a function when this closes; returns what prevents that."""
        self._closing.append(close)
        return lambda: self._closing.remove(close) if close in self._closing else None

    @property
    def is_busy(self) -> bool:
        """Whether code of ours runs, or is about to."""
        return self._turn.locked()

    # -- running code ----------------------------------------------------------------------

    @asynccontextmanager
    async def execute(
        self,
        code: str,
        *,
        timeout_s: float | None,
        max_output_bytes: int,
        author: str = "",
        may_outlive: bool = False,
    ) -> AsyncIterator[Execution]:
        """Run code when it is its turn; a context, so that whoever leaves it early ends it.

        The next code has its turn when the kernel is idle again.

        Parameters
        ----------
        code : str
            What to run.
        timeout_s : float, optional
            How many seconds it may take, from now on. Then it is interrupted, and fails.
        max_output_bytes : int
            As in `Execution`.
        author : str
            Who it is, for the others in the session.
        may_outlive : bool
            Whether the code goes on when the context is left.
        """
        self.last_used = time.monotonic()
        execution = Execution(max_output_bytes=max_output_bytes, author=author)
        task = asyncio.create_task(self._supervise(execution, code, timeout_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            yield execution
        finally:
            if not may_outlive:
                execution.give_up("Nobody waits for this code any more: it was interrupted.\n")
            self.last_used = time.monotonic()

    def watch(self, subscription: Subscription) -> SessionWatch:
        """Return a watch of the variables, to be entered."""
        self.last_used = time.monotonic()
        return SessionWatch(self.channels, subscription, where=f"session {self.name!r}")

    async def feed(self) -> Feed:
        """Return the feed of the variables' changes.

        Raises
        ------
        LivensError
            If the session cannot be watched.
        """
        self.last_used = time.monotonic()
        async with self._feed_lock:
            if self._feed is None or self._feed.is_over:
                feed = Feed(self.watch(Subscription(client="livens server")))
                await feed.open()
                self._feed = feed
            return self._feed

    async def interrupt(self) -> None:
        """Interrupt the code that runs."""
        self._is_settled = False
        await self.manager.interrupt_kernel()

    async def reset(self, *, timeout_s: float) -> None:
        """Empty the namespace, in the same kernel; what runs is interrupted first.

        Raises
        ------
        TimeoutError
            If the code that runs does not end.
        ConnectionError
            If the kernel has gone.
        """
        for execution in self._running.values():
            execution.give_up("The namespace is emptied: this code was interrupted.\n")
        async with asyncio.timeout(timeout_s), self._turn:
            await self._settle()
            _, reply = self.channels.ask("shell", "execute_request", _request(RESET, silent=True))
            await self._while_alive(reply)

    async def _settle(self) -> None:
        """Wait until the kernel has got over an interrupt, or has been started again.

        An interrupt that comes when the code has just ended hits the kernel between two requests,
        and the next request is lost with it. So a question goes before, until it is answered.

        Raises
        ------
        ConnectionError
            If no kernel answers.
        """
        until = time.monotonic() + RESTART_S
        while not self._is_settled:
            _, reply = self.channels.ask("shell", "kernel_info_request", {})
            done, _ = await asyncio.wait({reply}, timeout=ALIVE_S)
            if done and reply.exception() is None:
                self._is_settled = True
            elif time.monotonic() > until and not await self.manager.is_alive():
                raise ConnectionError(
                    f"The kernel of {self.name!r} has ended and was not started again; DELETE the "
                    "session, and begin anew"
                )

    async def _supervise(self, execution: Execution, code: str, timeout_s: float | None) -> None:
        """Run code, and end it when its time is up or nobody waits for it any more."""
        work = asyncio.create_task(self._work(execution, code))
        given_up = asyncio.create_task(execution.given_up.wait())
        try:
            await asyncio.wait(
                {work, given_up}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not work.done():
                execution.give_up(_too_long(execution, timeout_s))
                if not execution.msg_id:  # it has not had its turn
                    work.cancel()
            while not work.done():
                await self.interrupt()
                await asyncio.wait({work}, timeout=INTERRUPT_S)
        finally:
            given_up.cancel()
            work.cancel()
            await asyncio.gather(work, given_up, return_exceptions=True)
            execution.end()

    async def _work(self, execution: Execution, code: str) -> None:
        """Run code when it is its turn; the next has its turn when the kernel is idle again."""
        async with self._turn:
            try:
                await self._settle()
                execution.msg_id, reply = self.channels.ask(
                    "shell", "execute_request", _request(code, silent=False)
                )
                self._running[execution.msg_id] = execution
                self.broadcast.began(execution.msg_id, execution.author)
                await self._while_alive(reply)
                await execution.told(IDLE_S)
            except ConnectionError as err:
                execution.fail(f"{err}\n")
            finally:
                self._running.pop(execution.msg_id, None)
                if execution.msg_id:
                    self.broadcast.completed(execution.msg_id, int(bool(execution.failures)))

    async def _while_alive(self, reply: asyncio.Future[Message]) -> Message:
        """Wait for a reply as long as there is a kernel to send it.

        Raises
        ------
        ConnectionError
            If there is none any more.
        """
        while True:
            done, _ = await asyncio.wait({reply}, timeout=ALIVE_S)
            if done:
                return reply.result()
            if not await self.manager.is_alive():
                self._died()

    def _died(self) -> None:
        self._is_settled = False
        self.channels.give_up(DIED)

    def _receive(self, message: Message) -> None:
        process = message["header"].get("session", "")
        if self._process and process != self._process:
            self._died()
            self.broadcast.restarted()
        self._process = process
        self.broadcast.receive(message)
        execution = self._running.get(message["parent_header"].get("msg_id", ""))
        if execution is not None:
            execution.receive(message)


def _too_long(execution: Execution, timeout_s: float | None) -> str:
    if execution.msg_id:
        return f"The code took longer than {timeout_s:g} s: it was interrupted.\n"
    return (
        f"The code did not begin within {timeout_s:g} s: what was sent to this session before "
        "still runs. Interrupt it, or wait for it.\n"
    )


def _client_of(manager: AsyncKernelManager) -> AsyncKernelClient:
    return manager.client()


def _request(code: str, *, silent: bool) -> dict[str, Any]:
    return {
        "code": code,
        "silent": silent,
        "store_history": not silent,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }
