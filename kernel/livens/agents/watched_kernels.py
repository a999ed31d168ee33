"""The kernels that agents look at: each is watched by one connection for each agent.

A kernel is found when somebody asks for it, and watched from then on, so that the next answer
needs no more than what has changed. What an agent changes is told to have been changed by it, since
the connection has its name.

Everything runs on one event loop. A connection that nobody has used for `IDLE_S` is closed.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from livens.agents.kernel_view import KernelView
from livens.client.asynchronous import AsyncWatch
from livens.client.blocking import watch
from livens.client.kernels import find_kernel
from livens.client.running_kernels import RunningKernel, find_running
from livens.exceptions import ConnectionFailed, KernelGone, LivensError
from livens.protocol.types import Frame

IDLE_S = 900.0
"""After so long a connection that nobody uses is closed; its cursors are worth nothing then."""

MAX_KERNELS = 32
"""So many connections are open at once; the one that was used last longest ago is closed."""

SETTLE_S = 1.0
"""How long a kernel may take to say that this is all, before an answer says that it did not."""

INTERVAL_MS = 100

NOTHING = "no variable"
"""No name that code can use: a subscription to it is told of no variable."""

OnChange = Callable[["WatchedKernel", list[str]], object]
"""Told the names that are not what they were."""


class WatchedKernel:
    """One kernel, watched for one agent.

    Attributes
    ----------
    file : Path
        Its connection file.
    agent : str
        What the agent is called.
    view : KernelView
        What is known of its variables.
    watch : AsyncWatch
        The connection, once it is open.
    ending : str
        Why it is not watched any more; empty while it is.
    used_at : float
        When somebody asked last, by the monotonic clock.
    """

    def __init__(self, file: Path, agent: str, on_change: OnChange) -> None:
        self.file = file
        self.agent = agent
        self.view = KernelView()
        self.ending = ""
        self.used_at = time.monotonic()
        self._on_change = on_change
        self._reader: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """What to call it: the part of the file's name that differs."""
        return plain_name(self.file)

    async def open(self) -> None:
        """Begin to watch.

        Raises
        ------
        ConnectionFailed
            If there is no livens kernel.
        """
        self.watch: AsyncWatch = await watch(
            self.file, interval_ms=INTERVAL_MS, client=self.agent, timeout_s=5.0, grace_s=5.0
        ).__aenter__()
        self._take()
        self._reader = asyncio.ensure_future(self._read())

    async def close(self) -> None:
        """End the watch."""
        self.ending = self.ending or "the connection was closed"
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        if hasattr(self, "watch"):
            await self.watch.close()

    async def settle(self) -> float:
        """Wait until all that the kernel has said is here.

        Returns
        -------
        float
            Of when that is: now, or the time of the last message where the kernel did not answer.

        Raises
        ------
        KernelGone
            If the kernel has ended.
        """
        self.used_at = time.monotonic()
        asked_at = time.time()
        try:
            await self.watch.settle(SETTLE_S)
        except TimeoutError:
            return self.view.heard_at
        except KernelGone as gone:
            self.ending = str(gone)
            raise
        while self.watch.pending and self._reader is not None and not self._reader.done():
            await asyncio.sleep(0)
        return asked_at

    async def frames(self, seconds: float) -> list[Frame]:
        """Return the functions that run, the innermost of each thread first.

        They are asked for by a connection of their own, so that nothing is sent of them at other
        times.
        """
        looking = watch(self.file, names=[NOTHING], interval_ms=50, frames="all", timeout_s=5.0)
        async with looking as frames:
            until = time.monotonic() + seconds
            while not frames.frames and (left := until - time.monotonic()) > 0:
                try:
                    await frames.next(left)
                except TimeoutError:
                    break
            return list(frames.frames)

    async def _read(self) -> None:
        try:
            while True:
                await self._next()
        except LivensError as err:
            self.ending = str(err)

    async def _next(self) -> None:
        change_set = await self.watch.next()
        touched = self.view.apply(change_set, time.time())
        if touched:
            self._on_change(self, touched)

    def _take(self) -> None:
        """Read the whole state, which is there when the watch is open."""
        change_set = self.watch.take()
        if change_set is not None:
            self.view.apply(change_set, time.time())


class WatchedKernels:
    """All kernels that are watched, and how they are found.

    Parameters
    ----------
    default : str, optional
        The kernel that is meant where none is named: a part of its name or notebook, or a path.
    """

    def __init__(self, default: str | None = None) -> None:
        self._default = default
        self._open: dict[tuple[Path, str], WatchedKernel] = {}
        self._chosen: dict[str, Path] = {}
        self._opening = asyncio.Lock()
        self.listeners: list[OnChange] = []

    async def running(self) -> list[RunningKernel]:
        """Return the kernels of this user that run."""
        return await asyncio.to_thread(find_running)

    async def get(self, kernel: str, agent: str) -> WatchedKernel:
        """Return a kernel that is watched for an agent.

        Parameters
        ----------
        kernel : str
            A part of its name or of its notebook's path, or the path of its connection file; empty
            for the one that runs, or that was looked at before.
        agent : str
            What the agent is called.

        Raises
        ------
        ConnectionFailed
            If there is none, or if several are meant.
        """
        async with self._opening:
            file = self._known(kernel, agent) or await self._found(kernel)
            found = self._open.get((file, agent))
            if found is not None and not found.ending:
                found.used_at = time.monotonic()
                return found
            if found is not None:
                await self._close(found)
            opened = WatchedKernel(file, agent, self._told)
            try:
                await opened.open()
            except BaseException:
                await opened.close()
                raise
            self._open[file, agent] = opened
            self._chosen[kernel] = file
            await self._close_idle()
            return opened

    def _known(self, kernel: str, agent: str) -> Path | None:
        """Return the file of a kernel that was meant by the same words before, if it still runs."""
        file = self._chosen.get(kernel)
        if file is None:
            return None
        watched = self._open.get((file, agent))
        return file if watched is not None and not watched.ending else None

    async def _found(self, kernel: str) -> Path:
        part = kernel or self._default or ""
        if part and Path(part).is_file():
            return await asyncio.to_thread(find_kernel, part, None)
        running = [k for k in await self.running() if k.can_be_watched]
        fitting = [k for k in running if part in k.name or part in k.notebook]
        exact = [k for k in fitting if part and plain_name(Path(k.connection_file)) == part]
        fitting = exact or fitting
        if len(fitting) > 1:
            names = ", ".join(plain_name(Path(k.connection_file)) for k in fitting[:10])
            raise ConnectionFailed(
                f"{len(fitting)} kernels can be meant; expected `kernel` to be one of {names}. "
                "The tool `kernels` tells which notebook each one is of."
            )
        if fitting:
            return Path(fitting[0].connection_file)
        return await asyncio.to_thread(find_kernel, None, part or None)

    def _told(self, kernel: WatchedKernel, names: list[str]) -> None:
        for listener in list(self.listeners):
            listener(kernel, names)

    async def _close_idle(self) -> None:
        by_use = sorted(self._open.values(), key=lambda kernel: kernel.used_at)
        old = [k for k in by_use if time.monotonic() - k.used_at > IDLE_S or k.ending]
        for kernel in {*old, *by_use[: max(0, len(by_use) - MAX_KERNELS)]}:
            await self._close(kernel)

    async def _close(self, kernel: WatchedKernel) -> None:
        self._open.pop((kernel.file, kernel.agent), None)
        await kernel.close()

    async def close(self) -> None:
        """Close all connections."""
        for kernel in list(self._open.values()):
            await self._close(kernel)


def plain_name(file: Path) -> str:
    """Return what to call the kernel of a connection file, in letters that carry no text.

    Examples
    --------
    >>> plain_name(Path("/run/kernel-1b2c-3d.json")), plain_name(Path("/tmp/do this!.json"))
    ('1b2c-3d', 'do_this_')
    """
    name = file.stem.removeprefix("kernel-")
    return re.sub(r"[^\w-]", "_", name, flags=re.ASCII)[:80]
