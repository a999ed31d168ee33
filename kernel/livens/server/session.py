"""A session: one kernel, the code that runs in it in order, and who listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Literal

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

from livens.exceptions import KernelGone
from livens.protocol.requests import Subscription
from livens.server.broadcast import Broadcast
from livens.server.channels import Channels, Message
from livens.server.execution import Execution
from livens.server.feed import Feed
from livens.server.gateway import GatewayKernel, GatewaySocket
from livens.server.watch import SessionWatch

INTERRUPT_S = 5.0
"""How often a cell is interrupted that goes on after its time is up or nobody waits for it."""

ALIVE_S = 1.0
"""How often to look whether the kernel lives, while something waits for it."""

SAME_S = 3.0
"""How often a kernel behind a gateway is asked whether it is the same, while code runs."""

POLL_S = 0.1
"""How long to rest between two questions whether a kernel is back."""

RESTART_S = 20.0
"""How long a kernel that has died may take until it is back."""

IDLE_S = 5.0
"""How long the last of the output may come after the reply."""

DIED = "The kernel has died or was restarted: this code did not end, and the variables are gone"

NO_REPLY = "The kernel has ended the code without a reply: whether all went well is not known"

RESET = "import IPython\nIPython.get_ipython().run_line_magic('reset', '-f')"
"""Empties the namespace, the history of outputs and the display hook's references. The user may
have another `get_ipython`; what is imported here is emptied as well."""

State = Literal["new", "restarted", "continued"]
"""What a session is to who runs code in it: made just now, its kernel started again since code ran
last, or as it was left."""


class Session:
    """What the server keeps of one session.

    Parameters
    ----------
    name : str
        The id that clients use.
    manager : AsyncKernelManager or GatewayKernel
        Of its kernel.
    is_new : bool
        Whether the kernel was started for this.
    connect, disconnect : callable
        Tell Jupyter that there is one client more or less, so that it does not cull the kernel.

    Attributes
    ----------
    channels : Channels
        To its kernel.
    broadcast : Broadcast
        What everybody in the session hears.
    """

    def __init__(
        self,
        name: str,
        manager: AsyncKernelManager | GatewayKernel,
        *,
        is_new: bool = False,
        connect: Callable[[], object] = lambda: None,
        disconnect: Callable[[], object] = lambda: None,
    ) -> None:
        self.name = name
        self.manager = manager
        self.channels = Channels(_client_of(manager))
        self.broadcast = Broadcast()
        self._state: State = "new" if is_new else "continued"
        self._connect = connect
        self._disconnect = disconnect
        self._on_end: list[Callable[[str], object]] = []
        self._turn = asyncio.Lock()
        self._running: dict[str, Execution] = {}
        self._tasks: dict[asyncio.Task[Any], Execution] = {}
        self._looking: asyncio.Task[None] | None = None
        self._process = ""
        self._is_settled = True
        self._feed: Feed | None = None
        self._feed_lock = asyncio.Lock()
        self._end_listening: Callable[[], None] = lambda: None

    async def open(self) -> None:
        """Connect to the kernel."""
        self._end_listening = self.channels.listen(self._receive)
        await self.channels.open()

    async def close(self, reason: str) -> None:
        """End what runs, tell everybody why, and disconnect; the kernel stays."""
        for task, execution in list(self._tasks.items()):
            execution.give_up(f"{reason}.\n")
            task.cancel()
        looking = [] if self._looking is None else [self._looking]
        for task in looking:
            task.cancel()
        await asyncio.gather(*self._tasks, *looking, return_exceptions=True)
        if self._feed is not None:
            await self._feed.close(KernelGone(reason))
        for tell in list(self._on_end):
            tell(reason)
        self._end_listening()
        await self.channels.close()

    @property
    def process(self) -> str:
        """What names the kernel's process; another one knows nothing of what was before."""
        return self._process

    def take_state(self) -> State:
        """Return what the session is to who runs code in it now; the next is told `continued`."""
        state, self._state = self._state, "continued"
        return state

    def on_end(self, tell: Callable[[str], object]) -> Callable[[], None]:
        """Call a function with the reason when the session ends; returns what ends that."""
        self._on_end.append(tell)
        return lambda: self._on_end.remove(tell) if tell in self._on_end else None

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep Jupyter from culling the kernel, as a connected front end does."""
        self._connect()
        try:
            yield
        finally:
            self._disconnect()

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
        execution = Execution(max_output_bytes=max_output_bytes, author=author)
        task = asyncio.create_task(self._supervise(execution, code, timeout_s))
        self._tasks[task] = execution
        task.add_done_callback(lambda _: self._tasks.pop(task, None))
        try:
            yield execution
        finally:
            if not may_outlive:
                execution.give_up("Nobody waits for this code any more: it was interrupted.\n")

    def watch(self, subscription: Subscription) -> SessionWatch:
        """Return a watch of the variables, to be entered."""
        return SessionWatch(self.channels, subscription, where=f"session {self.name!r}")

    async def feed(self) -> Feed:
        """Return the feed of the variables' changes.

        Raises
        ------
        LivensError
            If the session cannot be watched.
        """
        async with self._feed_lock:
            if self._feed is None or self._feed.is_over:
                feed = Feed(self.watch(Subscription(client="livens server")))
                await feed.open()
                self._feed = feed
            return self._feed

    async def interrupt(self) -> None:
        """Interrupt the code that runs.

        Raises
        ------
        ConnectionError
            If the kernel has gone, or is behind a gateway that does not answer.
        """
        self._is_settled = False
        try:
            await self.manager.interrupt_kernel()
        except (RuntimeError, OSError) as err:
            raise ConnectionError(f"The kernel of {self.name!r} has gone: {err}") from None

    async def reset(self, *, timeout_s: float) -> None:
        """Empty the namespace, in the same kernel; what runs is interrupted first.

        Raises
        ------
        TimeoutError
            If the code that runs does not end.
        ConnectionError
            If the kernel has gone, or could not do it.
        """
        for execution in self._running.values():
            execution.give_up("The namespace is emptied: this code was interrupted.\n")
        async with asyncio.timeout(timeout_s), self._turn:
            await self._settle()
            _, reply = self.channels.ask("shell", "execute_request", _request(RESET, silent=True))
            content = (await self._while_alive(reply))["content"]
            if content["status"] != "ok":
                raise ConnectionError(
                    f"The namespace of {self.name!r} could not be emptied: "
                    f"{content.get('ename', content['status'])} {content.get('evalue', '')}"
                )

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
            if self.channels.loss:
                raise ConnectionError(self.channels.loss)
            _, reply = self.channels.ask("shell", "kernel_info_request", {})
            done, _ = await asyncio.wait({reply}, timeout=ALIVE_S)
            if done and reply.exception() is None:
                # A kernel that was started again may answer before its IOPub is connected.
                await self.channels.hear(reply.result()["header"]["session"])
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
            with self.in_use():
                await asyncio.wait(
                    {work, given_up}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
                )
                if not work.done():
                    execution.give_up(_too_long(execution, timeout_s))
                # What has not had its turn is only cancelled: what runs then is somebody else's.
                while execution.msg_id and not work.done():
                    with suppress(ConnectionError):  # then `_work` comes to know it too
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
                answer = await self._while_alive(reply, execution)
                await execution.told(IDLE_S)
                execution.replied(answer["content"])
            except ConnectionError as err:
                execution.fail(f"{err}\n")
            finally:
                self._running.pop(execution.msg_id, None)
                if execution.msg_id:
                    self.broadcast.completed(execution.msg_id, int(bool(execution.failures)))

    async def _while_alive(
        self, reply: asyncio.Future[Message], execution: Execution | None = None
    ) -> Message:
        """Wait for a reply as long as there is a kernel to send it, and it has not ended the code.

        Raises
        ------
        ConnectionError
            If there is none any more.
        """
        asked_at = time.monotonic()
        while True:
            done, _ = await asyncio.wait({reply}, timeout=ALIVE_S)
            if done:
                return reply.result()
            if isinstance(self.manager, GatewayKernel) and time.monotonic() - asked_at > SAME_S:
                asked_at = time.monotonic()
                # A gateway has the kernel as before when it has started it again. Its new process
                # gives itself away by any answer; its first word may come before the gateway hears.
                self.channels.ask("control", "kernel_info_request", {})
            if not await self.manager.is_alive():
                self._died()
            elif execution is not None and execution.idle_s() > IDLE_S:
                raise ConnectionError(NO_REPLY)

    def _died(self) -> None:
        self._is_settled = False
        self.channels.give_up(DIED)
        if self._looking is None or self._looking.done():
            # Who listens is told as soon as the kernel is back, and not when it next runs code.
            self._looking = asyncio.create_task(self._look_for_kernel())

    async def _look_for_kernel(self) -> None:
        """Ask until another process answers. Its own first word may come before the channels do."""
        before, until = self._process, time.monotonic() + RESTART_S
        while self._process == before and time.monotonic() < until and not self.channels.loss:
            _, reply = self.channels.ask("control", "kernel_info_request", {})
            await asyncio.wait({reply}, timeout=ALIVE_S)
            await asyncio.sleep(POLL_S)

    def _receive(self, message: Message) -> None:
        process = message["header"].get("session", "")
        if self._process and process != self._process:
            if self._state != "new":
                self._state = "restarted"
            self.broadcast.restarted()
            self._died()
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


def _client_of(
    manager: AsyncKernelManager | GatewayKernel,
) -> AsyncKernelClient | GatewaySocket:
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
