"""The workers of a dask cluster, as one fleet.

A plugin in each worker (`livens.cluster.dask_plugin`) tells by events what the tasks do; requests
go by `Client.run`. The client is one of our own: whoever has one has handlers of events too.
Nothing here waits for a worker: what is asked is put into the client's event loop, in its thread,
and what comes out of that is put into a queue.
"""

from __future__ import annotations

import asyncio
import queue
import socket
import time
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from livens.client.replica import Replica
from livens.cluster.fleet import Fleet, OnMember, Waitable
from livens.cluster.members import Key, Member
from livens.exceptions import ConnectionFailed, ProtocolError
from livens.protocol import messages
from livens.protocol.types import ChangeSet, Frame, Point, Process, Variable

BEAT_S = 1.5
"""A worker that lives is heard of this often at least."""

RENEW_S = 10.0
"""How often the workers are told that somebody watches."""

MAX_PENDING = 500


def watch_dask(
    cluster: Any,
    *,
    names: str | Sequence[str] = ("*",),
    on_member: OnMember | None = None,
    timeout_s: float = 10.0,
) -> Fleet:
    """Watch the tasks of a dask cluster: the functions that run in each worker, and their locals.

    Parameters
    ----------
    cluster : str, distributed.Client or cluster
        The address of a scheduler, or what has one; a client stays as it is.
    names : str or sequence of str
        Names or patterns of the locals.
    on_member : callable, optional
        Called with each worker that came, is silent, is back, or has ended.
    timeout_s : float
        How long the scheduler may take to answer.

    Returns
    -------
    Fleet
        An iterator over the names of workers and their change sets. The `variables` of a member
        are the locals of what runs in it; the `cell` is the key of a task. A worker that its nanny
        starts again has its name, and another process.

    Raises
    ------
    ConnectionFailed
        If there is no scheduler, or dask.distributed is not installed.
    """
    chosen = [names] if isinstance(names, str) else list(names)
    messages.decode_subscription({"names": chosen})
    return Fleet(Workers(cluster, chosen, timeout_s), on_member)


class TaskFeed:
    """What one worker tells, as a `livens.cluster.members.Feed`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.replica = Replica()
        self.heard_at = time.monotonic()
        self._pending: deque[ChangeSet] = deque(maxlen=MAX_PENDING)
        self._was: dict[str, Variable] = {}

    def receive(self, message: messages.Notification) -> bool:
        """Replay a message; returns whether some were lost."""
        change_set = self.replica.apply(message)
        if change_set is not None:
            self._pending.append(self._with_locals(change_set))
        return self.replica.needs_refresh

    def _with_locals(self, change_set: ChangeSet) -> ChangeSet:
        """Return a change set that says which locals are new or not what they were."""
        now, before = self.variables, self._was
        self._was = now
        changed = [v for name, v in now.items() if before.get(name) != v]
        removed = [name for name in before if name not in now]
        return msgspec.structs.replace(change_set, changed=changed, removed=removed)

    @property
    def variables(self) -> dict[str, Variable]:
        """The locals of the functions that run, of the innermost that has the name."""
        found: dict[str, Variable] = {}
        for frame in self.replica.frames:
            for variable in frame.variables:
                found.setdefault(variable.name, variable)
        return found

    @property
    def points(self) -> dict[str, list[Point]]:
        """None: locals have no history."""
        return {}

    @property
    def frames(self) -> list[Frame]:
        """The functions that run; `thread` is the key of the task."""
        return self.replica.frames

    @property
    def process(self) -> Process | None:
        """Which process it is."""
        return self.replica.process

    @property
    def pending(self) -> int:
        """How many change sets wait to be taken."""
        return len(self._pending)

    def take(self) -> ChangeSet | None:
        """Return the next change set, once."""
        return self._pending.popleft() if self._pending else None

    def is_open(self) -> bool:
        """Return whether the whole state is here."""
        return bool(self.replica.epoch)

    @property
    def silent_s(self) -> float:
        """For how long nothing has been heard that should have been."""
        return max(0.0, time.monotonic() - self.heard_at - BEAT_S)


class Workers:
    """The `livens.cluster.fleet.Source` of a scheduler's workers.

    Parameters
    ----------
    cluster : str, distributed.Client or cluster
        The address of the scheduler, or what has one.
    names : list of str
        Names or patterns of locals.
    timeout_s : float
        How long the scheduler may take to answer.
    """

    def __init__(self, cluster: Any, names: list[str], timeout_s: float) -> None:
        self.is_over = False
        self.others = 0
        self._unheard: set[str] = set()
        self.members: dict[Key, Member] = {}
        self._feeds: dict[Key, TaskFeed] = {}
        self._topic = f"livens-{uuid.uuid4().hex}"
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._renewed_at = time.monotonic()
        self._client = _connect(cluster, timeout_s)
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        try:
            from livens.cluster import dask_plugin

            self._plugin = dask_plugin
            self._client.subscribe_topic(self._topic, self._on_event)
            self._client.subscribe_topic("all", self._on_event)
            self._client.register_plugin(dask_plugin.WatchTasks(self._topic, names))
            self._unheard = set(self._client.nthreads())
        except BaseException:
            self.close()
            raise

    @property
    def has_looked(self) -> bool:
        """Whether all workers have been heard of that were there in the beginning."""
        return not self._unheard

    def waitables(self) -> Iterable[Waitable]:
        """Return the socket that wakes whoever waits."""
        return (self._reader.fileno(),)

    def exchange(self, ready: set[Waitable] | None) -> None:
        """Read the events that have come; with None, look after the scheduler too."""
        with suppress(BlockingIOError):
            self._reader.recv(65_536)
        with suppress(queue.Empty):
            while True:
                self._read(self._events.get_nowait())
        if ready is None:
            self._look_after()

    def close(self) -> None:
        """Take the plugin away, and close the client."""
        self.is_over = True
        with suppress(Exception):  # the scheduler may be gone, or slow: the lease ends by itself
            if self._client.status == "running":
                self._client.unsubscribe_topic("all")
                self._client.unsubscribe_topic(self._topic)
                self._client.unregister_worker_plugin(self._topic)
        self._client.close(timeout=2)
        self._reader.close()
        self._writer.close()

    # -- the client's thread ------------------------------------------------------------------

    def _on_event(self, event: tuple[float, Any]) -> None:
        """Take an event, in the thread of the client's loop."""
        if isinstance(event[1], dict):
            self._events.put(event[1])
            with suppress(BlockingIOError, OSError):
                self._writer.send(b"\0")

    def _run(self, function: Any, **options: Any) -> None:
        """Have the workers call a function, and wait for nothing."""
        asked = self._client._run(function, self._topic, on_error="ignore", **options)
        asyncio.run_coroutine_threadsafe(asked, self._client.loop.asyncio_loop)

    # -- the thread of whoever asks ----------------------------------------------------------

    def _read(self, event: dict[str, Any]) -> None:
        if event.get("action") == "remove-worker":
            self._left(event.get("worker", ""))
        elif "name" in event and ("beat" in event or "message" in event):
            self._heard(event)

    def _heard(self, event: dict[str, Any]) -> None:
        key, address = event["name"], event["worker"]
        self._unheard.discard(address)
        feed = self._feeds.get(key)
        if feed is None or feed.address != address:
            feed = self._feeds[key] = TaskFeed(address)
            self.members[key] = Member(key, feed, title=address)
        feed.heard_at = time.monotonic()
        if "message" not in event:
            # What it told before the scheduler knew of us is lost.
            if event["beat"] != feed.replica.epoch:
                self._run(self._plugin.refresh, workers=[address])
            return
        try:
            message = messages.decode_message(msgspec.json.decode(event["message"]))
        except (ProtocolError, msgspec.DecodeError) as err:
            self.members[key].end(str(err))
            return
        is_news = isinstance(message, messages.Refresh | messages.Update | messages.Event)
        if is_news and feed.receive(message):  # type: ignore[arg-type]
            self._run(self._plugin.refresh, workers=[address])

    def _left(self, address: str) -> None:
        self._unheard.discard(address)
        for key, feed in self._feeds.items():
            if feed.address == address:
                self.members[key].end("the scheduler has removed it")

    def _look_after(self) -> None:
        if self._client.status in ("closed", "closing"):
            for member in self.members.values():
                member.end("the scheduler has gone")
            self.is_over = True
        elif time.monotonic() - self._renewed_at > RENEW_S:
            self._renewed_at = time.monotonic()
            self._run(self._plugin.renew)


def _connect(cluster: Any, timeout_s: float) -> Any:
    """Return a client of our own.

    Raises
    ------
    ConnectionFailed
        If dask.distributed is missing, or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ConnectionFailed(
            "dask.distributed is not installed; expected it beside livens, also in the workers: "
            "pip install 'livens[dask]'"
        ) from None
    security = getattr(cluster, "security", None)
    address = cluster
    if not isinstance(cluster, str):
        scheduler = getattr(cluster, "scheduler", None)
        address = getattr(cluster, "scheduler_address", None) or getattr(scheduler, "address", "")
    try:
        return Client(address, security=security, timeout=timeout_s, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as err:
        raise ConnectionFailed(
            f"No dask scheduler answers at {address}: {str(err) or 'no answer'}; expected an "
            "address such as tcp://127.0.0.1:8786, which `dask scheduler` prints"
        ) from None
