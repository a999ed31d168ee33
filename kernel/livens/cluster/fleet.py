"""Watching many processes with one poller, on the thread of whoever asks.

A `Fleet` asks its `Source` what there is to wait on, waits, and has the source exchange messages
where something has come. So fifty processes cost their messages, and one question a second to each.
No process is waited for: one that hangs has an empty socket, and its silence is counted.
"""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import zmq

from livens.cluster.members import Key, Member, MemberState
from livens.exceptions import WatchClosed
from livens.protocol.types import ChangeSet

TICK_S = 0.25
"""How often to look after all members, also those that say nothing."""

OnMember = Callable[[Member], object]
"""Told of each member that came, is silent, is back, or has ended."""

Waitable = Any
"""A ZeroMQ socket, or a number of a file or socket of the system."""


class News(NamedTuple):
    """What one member told.

    Attributes
    ----------
    member : int or str
        Its key: the number of an engine, the address of a worker, the name of a kernel.
    change_set : ChangeSet
        What changed there.
    """

    member: Key
    change_set: ChangeSet


class Source(Protocol):
    """Where members come from."""

    is_over: bool
    """Whether nothing can come any more."""

    @property
    def has_looked(self) -> bool:
        """Whether it is known yet which members there are."""

    members: dict[Key, Member]
    """By their keys; those that have ended stay."""

    others: int
    """How many there are besides that cannot be watched, as far as that is known."""

    def waitables(self) -> Iterable[Waitable]:
        """Return what to wait on."""

    def exchange(self, ready: set[Waitable] | None) -> None:
        """Send and receive what can be without waiting; None stands for all."""

    def close(self) -> None:
        """End it."""


class Fleet:
    """An iterator over what many processes tell.

    It ends when its source is over, such as a controller that was stopped, and when it is closed.

    Parameters
    ----------
    source : Source
        Where the members come from.
    on_member : callable, optional
        Called with each member that came, is silent, is back, or has ended, while a change set is
        waited for. What it raises ends that.

    Examples
    --------
    ::

        with livens.cluster.watch(client) as fleet:
            for engine, change_set in fleet:
                print(engine, [variable.name for variable in change_set.changed])
    """

    def __init__(self, source: Source, on_member: OnMember | None = None) -> None:
        self._source = source
        self._on_member = on_member
        self._poller = zmq.Poller()
        self._polled: set[Waitable] = set()
        self._news: deque[News] = deque()
        self._ticked_at = float("-inf")
        self._told: dict[Key, tuple[Member, MemberState]] = {}
        self.is_closed = False

    def __del__(self) -> None:
        if not getattr(self, "is_closed", True):
            warnings.warn(
                "A watch of many processes was not closed; use `with`, or call close()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )
            self.close()

    @property
    def members(self) -> dict[Key, Member]:
        """The processes by their keys, also those that have ended; do not change it."""
        return self._source.members

    def next(self, timeout: float | None = None) -> News:
        """Wait for the next change set of any member.

        Parameters
        ----------
        timeout : float, optional
            How many seconds to wait; for ever by default.

        Returns
        -------
        News
            The key of the member, and its change set.

        Raises
        ------
        TimeoutError
            If none came.
        StopIteration
            If none can come any more.
        WatchClosed
            If this was closed.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        for number in count():
            if self.is_closed:
                raise WatchClosed("The watch of many processes was closed; make another one")
            if self._news:
                return self._news.popleft()
            if self._source.is_over:
                raise StopIteration
            left = TICK_S if deadline is None else deadline - time.monotonic()
            if number and left <= 0:  # it has been looked at least once
                break
            self._wait(max(0.0, min(left, TICK_S)))
        raise TimeoutError(f"Nothing from any of the processes in {timeout:g} s")

    def wait(self, timeout_s: float) -> list[News]:
        """Return all that has come, waiting for the first for so long; empty if nothing did."""
        try:
            first = self.next(timeout_s)
        except (TimeoutError, StopIteration):
            return []
        self._wait(0.0)
        found = [first, *self._news]
        self._news.clear()
        return found

    @property
    def has_looked(self) -> bool:
        """Whether it is known yet which members there are."""
        return self._source.has_looked

    @property
    def others(self) -> int:
        """How many processes there are besides that cannot be watched, as far as that is known."""
        return self._source.others

    @property
    def is_over(self) -> bool:
        """Whether nothing can come any more."""
        return self.is_closed or (self._source.is_over and not self._news)

    def __iter__(self) -> Iterator[News]:
        return self

    def __next__(self) -> News:
        try:
            return self.next()
        except WatchClosed:
            raise StopIteration from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the watch of all members; it can be called twice."""
        if not self.is_closed:
            self.is_closed = True
            self._source.close()

    def _wait(self, seconds: float) -> None:
        now = time.monotonic()
        if now - self._ticked_at >= TICK_S:
            self._ticked_at = now
            self._source.exchange(None)
        else:
            self._poll(seconds)
        self._collect()

    def _poll(self, seconds: float) -> None:
        wanted = set(self._source.waitables())
        for gone in self._polled - wanted:
            self._poller.unregister(gone)
        for new in wanted - self._polled:
            self._poller.register(new, zmq.POLLIN)
        self._polled = wanted
        ready = {socket for socket, _ in self._poller.poll(int(seconds * 1000) + 1)}
        if ready:
            self._source.exchange(ready)

    def _collect(self) -> None:
        for key, member in list(self._source.members.items()):
            while (change_set := member.take()) is not None:
                self._news.append(News(key, change_set))
            member.look()
            seen = member, member.state
            if self._told.get(key) != seen:
                self._told[key] = seen
                if self._on_member is not None:
                    self._on_member(member)
