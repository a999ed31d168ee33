"""All kernels of this user on this machine, as one fleet.

Which kernels run is found out again and again by a thread of its own: a kernel that does not answer
is waited for there, and holds up nobody. What the kernels say is read on the thread of whoever
asks.
"""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress

import psutil
import zmq

from livens.client.connection import Connection, connection_info
from livens.client.conversation import Conversation
from livens.client.running_kernels import RunningKernel, find_running
from livens.cluster.fleet import Fleet, OnMember, Waitable
from livens.cluster.local_processes import is_alive
from livens.cluster.members import Key, Member, Told
from livens.exceptions import ConnectionFailed
from livens.protocol import messages
from livens.protocol.requests import Subscription

SCAN_S = 2.0
"""How long to wait before looking again which kernels run."""

FOR_EVER_S = float("inf")
"""A kernel that is silent is not taken for gone: its process is looked for."""

Find = Callable[[], list[RunningKernel]]
"""Returns the kernels that run."""


def watch_kernels(
    *,
    names: str | Sequence[str] = ("*",),
    interval_ms: int = 200,
    max_bytes: int = 1_000_000,
    frames: str = "none",
    on_member: OnMember | None = None,
    find: Find = find_running,
) -> Fleet:
    """Watch all kernels of this user on this machine that can be watched.

    Kernels that are started later are found within a few seconds.

    Parameters
    ----------
    names : str or sequence of str
        Names or patterns in the manner of `fnmatch`.
    interval_ms : int
        The shortest time between two updates of one kernel.
    max_bytes : int
        About how large one message may be.
    frames : {"none", "top", "all"}
        Whether to be told the functions that run.
    on_member : callable, optional
        Called with each kernel that came, is silent, is back, or has ended.
    find : callable
        Returns the kernels that run; by default those that `jupyter livens list` shows.

    Returns
    -------
    Fleet
        An iterator over the names of kernels and their change sets.
    """
    subscription = messages.decode_subscription(
        {
            "names": [names] if isinstance(names, str) else list(names),
            "interval_ms": interval_ms,
            "max_bytes": max_bytes,
            "frames": frames,
        }
    )
    return Fleet(Kernels(subscription, find), on_member)


class _Scan:
    """Looks again and again which kernels run, in a thread that `close` ends."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self.found: queue.SimpleQueue[tuple[float, list[RunningKernel]]] = queue.SimpleQueue()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="livens kernels", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._end.set()
        self._thread.join(SCAN_S)

    def _run(self) -> None:
        while not self._end.is_set():
            # What cannot be looked at now, such as a process that is just ending, is next time.
            with suppress(OSError, psutil.Error, ConnectionFailed, KeyError):
                began = time.monotonic()
                self.found.put((began, self._find()))
            self._end.wait(SCAN_S)


class Kernels:
    """The `livens.cluster.fleet.Source` of kernels that have connection files.

    Parameters
    ----------
    subscription : Subscription
        What each is asked for.
    find : callable
        Returns those that run.
    """

    def __init__(self, subscription: Subscription, find: Find) -> None:
        self.is_over = False
        self.members: dict[Key, Member] = {}
        self.others = 0
        """How many kernels run that cannot be watched."""
        self.has_looked = False
        """Whether it is known yet which kernels run."""
        self._subscription = subscription
        self._connections: dict[Key, Connection] = {}
        self._by_socket: dict[Waitable, Connection] = {}
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._context.set(zmq.MAX_SOCKETS, 8_000)
        self._scan = _Scan(find)

    def waitables(self) -> Iterable[Waitable]:
        """Return the sockets of all connections."""
        return self._by_socket

    def exchange(self, ready: set[Waitable] | None) -> None:
        """Read what came; with None, look after every kernel, and for new ones."""
        if ready is None:
            self._take_found()
            self._find_dead()
        which: Collection[Connection] = self._connections.values()
        if ready is not None:
            which = {self._by_socket[socket] for socket in ready if socket in self._by_socket}
        for connection in list(which):
            connection.exchange()
        if ready is None:
            for key, member in self.members.items():
                if member.state == "ended" and key in self._connections:
                    self._forget(key)

    def close(self) -> None:
        """Tell all kernels that the watch ends."""
        self.is_over = True
        self._scan.close()
        for key in list(self._connections):
            self._forget(key)
        self._context.destroy(linger=1000)

    def _take_found(self) -> None:
        newest = None
        with suppress(queue.Empty):
            while True:
                newest = self._scan.found.get_nowait()
        if newest is None:
            return
        began, found = newest
        self.has_looked = True
        self.others = sum(not kernel.can_be_watched for kernel in found)
        for kernel in found:
            if kernel.can_be_watched:
                self._meet(kernel, began)

    def _meet(self, kernel: RunningKernel, began: float) -> None:
        """Take note of a kernel that was found to run, by a look that began then."""
        member = self.members.get(kernel.name)
        if member is not None and member.state == "ended":
            is_stale = began < member.ended_at or not kernel.answers
            if is_stale or (kernel.pid is not None and not is_alive(kernel.pid)):
                return
            member = None
        if member is None:
            member = self._join(kernel)
            if member is None:
                return
        member.pid = kernel.pid
        if kernel.answers:
            member.busy_since = kernel.cell.started_at if kernel.cell else None

    def _join(self, kernel: RunningKernel) -> Member | None:
        try:
            info, where, file = connection_info(kernel.connection_file)
        except ConnectionFailed:  # it has ended since
            return None
        conversation = Conversation(
            self._subscription,
            uuid.uuid4().hex,
            where=where,
            timeout_s=FOR_EVER_S,
            grace_s=FOR_EVER_S,
        )
        connection = Connection(info, conversation, file, context=self._context)
        connection.connect()
        self._connections[kernel.name] = connection
        self._by_socket |= dict.fromkeys(connection.sockets, connection)
        title = kernel.notebook or f"({kernel.kernel_name or 'no name'})"
        member = Member(kernel.name, Told(conversation), title=title, pid=kernel.pid)
        self.members[kernel.name] = member
        return member

    def _find_dead(self) -> None:
        """End the members whose processes are gone; one that is restarted is found anew."""
        for key, member in self.members.items():
            if member.state == "ended" or key not in self._connections:
                continue
            if member.pid is not None and not is_alive(member.pid):
                member.end(f"its process {member.pid} has ended")

    def _forget(self, key: Key) -> None:
        connection = self._connections.pop(key)
        for socket in connection.sockets:
            self._by_socket.pop(socket, None)
        connection.close()
