"""Watching a livens kernel from a program of your own.

`watch` makes a connection of its own to the kernel, beside whatever client the program has, with a
session id of its own and the kernel's key. Requests go out on the control channel, which a livens
kernel answers while a cell runs; the variables come in on IOPub.

What is to be decided is in `livens.client.conversation`, the sockets are in
`livens.client.connection`, what can be asked for in `livens.client.base`; `Watch`, and
`AsyncWatch` of `livens.client.asynchronous`, only wait.

A watch belongs to one thread. No thread is started: the messages wait in ZeroMQ's queue while the
body of the loop works, and if that overflows, the state is fetched anew.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import zmq
from jupyter_client.connect import ConnectionFileMixin

from livens.client.asynchronous import AsyncWatch
from livens.client.base import WatchBase
from livens.client.connection import Connection, Waits, connection_info
from livens.client.conversation import Conversation
from livens.exceptions import KernelGone, WatchClosed
from livens.protocol import messages
from livens.protocol.types import ChangeSet

T = TypeVar("T")


def watch(
    kernel: ConnectionFileMixin | str | os.PathLike[str] | dict[str, Any],
    *,
    names: str | Sequence[str] = ("*",),
    kinds: Sequence[str] | None = None,
    interval_ms: int = 50,
    depth: int = 2,
    max_bytes: int = 1_000_000,
    history: int = 0,
    frames: str = "none",
    digests: bool = False,
    client: str = "",
    on_event: Callable[[messages.EventParams], object] | None = None,
    timeout_s: float = 10.0,
    grace_s: float = 10.0,
) -> Watch:
    """Watch the variables of a livens kernel.

    Parameters
    ----------
    kernel : KernelClient, KernelManager, path or dict
        The kernel, by a client or manager of it (blocking or not, it is only asked for the
        connection and stays as it is), by its connection file, or by what is in such a file.
    names : str or sequence of str
        Names or patterns in the manner of `fnmatch`.
    kinds : sequence of str, optional
        Only variables of these kinds, see `livens.protocol.types.KINDS`.
    interval_ms : int
        The shortest time between two updates, 10 to 60,000 ms.
    depth : int
        How deep previews go into nested containers, 0 to 4.
    max_bytes : int
        About how large one message may be.
    history : int
        From 1 on, change sets carry the `points` of each variable, and `Watch.points` keeps so
        many of them; so does the kernel.
    frames : {"none", "top", "all"}
        Whether to be told the functions that run, with their locals: none, the innermost one of
        each thread, or all of the user's. They are in `Watch.frames` and in the change sets.
    digests : bool
        Whether the change sets at the end of a cell are to have the `digests` of small values.
    client : str
        What to call this client: others are told who changed a variable, or whose rule it is.
    on_event : callable, optional
        Called with each event of the kernel, such as a rule that fired, while a change set is
        waited for. What it raises ends that.
    timeout_s : float
        How long the kernel may take to answer the first time.
    grace_s : float
        How long it may be silent until it counts as gone; a restart takes less.

    Returns
    -------
    Watch
        An iterator over change sets. The first is complete; so is the first after a restart of
        the kernel, with another `epoch`. The iteration ends when the kernel has ended.

    Raises
    ------
    InvalidParams
        If the subscription is not one, such as an interval of 0.
    ConnectionFailed
        Not by `watch` itself: when the watch is entered or first iterated, and there is no
        livens kernel.

    Examples
    --------
    ::

        with watch(kernel_client) as changes:
            for change_set in changes:
                print([variable.name for variable in change_set.changed])

        async with watch("kernel-1234.json", names=["loss", "step"]) as changes:
            async for change_set in changes:
                ...
    """
    subscription = messages.decode_subscription(
        {
            "names": [names] if isinstance(names, str) else list(names),
            "kinds": None if kinds is None else list(kinds),
            "interval_ms": interval_ms,
            "depth": depth,
            "max_bytes": max_bytes,
            "history": history,
            "frames": frames,
            "digests": digests,
            "client": client,
        }
    )
    info, where, file = connection_info(kernel)
    conversation = Conversation(
        subscription, uuid.uuid4().hex, where=where, timeout_s=timeout_s, grace_s=grace_s
    )
    conversation.on_event = on_event
    return Watch(Connection(info, conversation, file))


class Watch(WatchBase):
    """A blocking iterator over change sets; `watch` makes it.

    Used with ``async with`` or ``async for``, it gives its `AsyncWatch` instead.
    """

    def __enter__(self) -> Self:
        try:
            self._run(self._connection.opened())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ChangeSet:
        try:
            return self.next()
        except (KernelGone, WatchClosed):
            self.close()
            raise StopIteration from None

    async def __aenter__(self) -> AsyncWatch:
        return await AsyncWatch(self._connection).__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __aiter__(self) -> AsyncWatch:
        return AsyncWatch(self._connection)

    def close(self) -> None:
        """End the watch; it can be called twice."""
        self._connection.close()

    def _run(self, waits: Waits[T], /) -> T:
        try:
            while True:
                seconds = next(waits)
                poller = zmq.Poller()
                for socket in self._connection.sockets:
                    poller.register(socket, zmq.POLLIN)
                poller.poll(int(seconds * 1000) + 1)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            waits.close()  # an interrupt leaves it waiting
