"""The engines of a cluster of ipyparallel, as one fleet.

livens has to be at work in the engines: ``%px %load_ext livens``, or from their start
``engine_args=["--InteractiveShellApp.extensions=livens"]``.

A client of ipyparallel drops messages that are no answers to its own, and two sockets with one
session give "Duplicate Signature". So there are sockets and a `Session` of our own. An engine is
reached by the controller's control channel, which its kernel answers while it is busy; what it
tells comes by the controller's IOPub. Which engines there are, and that one has gone, the
controller says. That takes it half a minute where an engine was killed on another machine; of one
on this machine the process is looked for.
"""

from __future__ import annotations

import platform
import time
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import zmq
from jupyter_client.session import Session

from livens.client.conversation import Conversation, Phase
from livens.cluster.controller_files import Controller, controller_of
from livens.cluster.fleet import Fleet, OnMember, Waitable
from livens.cluster.kernels import FOR_EVER_S
from livens.cluster.local_processes import is_alive
from livens.cluster.members import Key, Member, Told
from livens.exceptions import ConnectionFailed
from livens.protocol import messages
from livens.protocol.requests import Subscription

MAX_ASKED = 10_000
"""Of so many questions it is remembered which engine they were for."""

BATCH = 500
"""So many messages are read before the other sockets have their turn."""


def watch(
    cluster: Any = "",
    *,
    names: str | Sequence[str] = ("*",),
    interval_ms: int = 50,
    max_bytes: int = 1_000_000,
    history: int = 0,
    frames: str = "none",
    on_member: OnMember | None = None,
    timeout_s: float = 10.0,
) -> Fleet:
    """Watch the engines of a cluster of ipyparallel.

    Parameters
    ----------
    cluster : ipyparallel.Client, path, dict or str
        A client, which stays as it is; the file ``ipcontroller-<id>-client.json`` or what is in
        it; the id of a cluster; by default the newest of this user.
    names : str or sequence of str
        Names or patterns in the manner of `fnmatch`.
    interval_ms : int
        The shortest time between two updates of one engine.
    max_bytes : int
        About how large one message may be.
    history : int
        How many points are kept of each variable.
    frames : {"none", "top", "all"}
        Whether to be told the functions that run.
    on_member : callable, optional
        Called with each engine that came, is silent, is back, or has ended.
    timeout_s : float
        How long the controller may take to answer.

    Returns
    -------
    Fleet
        An iterator over the numbers of engines and their change sets. An engine that is started
        later joins; one in which livens is not loaded has ended, with the remedy as its reason.

    Raises
    ------
    ConnectionFailed
        If there is no controller.

    Examples
    --------
    ::

        client = ipyparallel.Cluster(
            n=4, engine_args=["--InteractiveShellApp.extensions=livens"]
        ).start_and_connect_sync()
        with livens.cluster.watch(client) as fleet:
            for engine, change_set in fleet:
                print(engine, [variable.name for variable in change_set.changed])
    """
    subscription = messages.decode_subscription(
        {
            "names": [names] if isinstance(names, str) else list(names),
            "interval_ms": interval_ms,
            "max_bytes": max_bytes,
            "history": history,
            "frames": frames,
        }
    )
    return Fleet(Engines(controller_of(cluster), subscription, timeout_s), on_member)


class Engines:
    """The `livens.cluster.fleet.Source` of a controller's engines.

    Parameters
    ----------
    controller : Controller
        How to reach it.
    subscription : Subscription
        What each engine is asked for.
    timeout_s : float
        How long the controller may take to answer.

    Raises
    ------
    ConnectionFailed
        If it does not.
    """

    def __init__(
        self, controller: Controller, subscription: Subscription, timeout_s: float
    ) -> None:
        self.is_over = False
        self.others = 0
        self.has_looked = True
        self.members: dict[Key, Member] = {}
        self._controller = controller
        self._subscription = subscription
        self._by_comm: dict[str, Conversation] = {}
        self._uuids: dict[Key, str] = {}
        self._asked: dict[str, Key] = {}
        self._asked_order: deque[str] = deque()
        self._session = Session(**controller.session)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._keys = zmq.curve_keypair() if controller.server_key else None
        try:
            self._connect(timeout_s)
        except BaseException:
            self.close()
            raise

    def waitables(self) -> Iterable[Waitable]:
        """Return the three sockets that something may come from."""
        return (self._iopub, self._control, self._notification)

    def exchange(self, ready: set[Waitable] | None) -> None:
        """Read what came, and send what is due to each engine."""
        now = time.monotonic()
        self._receive(now)
        for key, member in self.members.items():
            if member.state == "ended":
                continue
            conversation = self._conversation(key)
            conversation.tick(now)
            if ready is None:
                self._look_after(key, member)
            self._send_outbox(key, conversation)

    def close(self) -> None:
        """Tell the engines that the watch ends."""
        self.is_over = True
        for key, member in self.members.items():
            if member.state != "ended":
                conversation = self._conversation(key)
                conversation.close()
                self._send_outbox(key, conversation)
        self._context.destroy(linger=1000)

    # -- the controller --------------------------------------------------------------------

    def _connect(self, timeout_s: float) -> None:
        self._control = self._socket(zmq.DEALER, "control")
        self._iopub = self._socket(zmq.SUB, "iopub")
        self._notification = self._socket(zmq.SUB, "notification")
        self._notification.subscribe(b"")
        query = self._socket(zmq.DEALER, "registration")
        self._session.send(query, "connection_request")
        if not query.poll(int(timeout_s * 1000)):
            raise ConnectionFailed(
                f"No controller answers at {self._controller.urls['registration']}, by "
                f"{self._controller.where}; expected a running cluster, start one with `ipcluster "
                "start`"
            )
        reply = self._session.recv(query, zmq.NOBLOCK)[1] or {"content": {}}
        query.close()
        for number, engine in reply["content"].get("engines", {}).items():
            self._join(int(number), engine)

    def _socket(self, kind: int, channel: str) -> zmq.Socket[bytes]:
        made = self._context.socket(kind)
        made.linger = 0 if channel == "registration" else 1000
        if kind == zmq.SUB:
            made.rcvhwm = 0  # as in ipyparallel's own client; we read all that comes
        if self._keys is not None:
            made.curve_publickey, made.curve_secretkey = self._keys
            made.curve_serverkey = self._controller.server_key
        if kind == zmq.DEALER:
            made.setsockopt(zmq.IDENTITY, self._session.bsession + channel.encode())
        made.connect(self._controller.urls[channel])
        return made

    def _receive(self, now: float) -> None:
        for message in self._messages(self._notification):
            self._on_notification(message["header"]["msg_type"], message["content"])
        for message in self._messages(self._control):
            parent = message.get("parent_header") or {}
            key = self._asked.get(parent.get("msg_id", ""))
            if key is not None:
                self._conversation(key).receive(message, now)
                self._note_cell(key, message["content"])
        for message in self._messages(self._iopub):
            conversation = self._by_comm.get(message["content"].get("comm_id", ""))
            if conversation is not None:
                conversation.receive(message, now)

    def _note_cell(self, key: Key, content: dict[str, Any]) -> None:
        """Note what an engine says of the cell that it runs, each time that it is asked."""
        said = content.get("livens")
        if isinstance(said, dict):
            cell = said.get("cell")
            self.members[key].busy_since = cell["started_at"] if isinstance(cell, dict) else None

    def _messages(self, socket: zmq.Socket[bytes]) -> Iterable[dict[str, Any]]:
        """Return what has come on a socket; what was not signed with the key is left out."""
        for _ in range(BATCH):
            try:
                message = self._session.recv(socket, zmq.NOBLOCK)[1]
            except ValueError:
                continue
            if message is None:
                return
            yield message

    def _on_notification(self, kind: str, content: dict[str, Any]) -> None:
        match kind:
            case "registration_notification":
                self._join(int(content["id"]), content["uuid"])
            case "unregistration_notification":
                self._leave(int(content["id"]), "the controller says that it has gone")
            case "shutdown_notification":
                for key in list(self.members):
                    self._leave(key, "the controller was shut down")
                self.is_over = True

    # -- the engines -------------------------------------------------------------------------

    def _join(self, key: int, engine: str) -> None:
        if self._uuids.get(key) == engine:
            return
        comm_id = uuid.uuid4().hex
        conversation = Conversation(
            self._subscription,
            comm_id,
            where=f"engine {key}",
            timeout_s=FOR_EVER_S,
            grace_s=FOR_EVER_S,
        )
        self._iopub.subscribe(conversation.topic)
        self._by_comm[comm_id] = conversation
        self._uuids[key] = engine
        self.members[key] = Member(key, Told(conversation), title=f"engine {key}")
        conversation.start(time.monotonic())

    def _leave(self, key: Key, reason: str) -> None:
        member = self.members.get(key)
        if member is None or member.state == "ended":
            return
        conversation = self._conversation(key)
        member.end(reason)
        self._iopub.unsubscribe(conversation.topic)
        self._by_comm.pop(conversation.comm_id, None)

    def _conversation(self, key: Key) -> Conversation:
        feed = self.members[key].feed
        assert isinstance(feed, Told)
        return feed.conversation

    def _look_after(self, key: Key, member: Member) -> None:
        """Find out whether an engine of this machine has died: the controller takes long to."""
        process = member.process
        if process is None or process.host != platform.node():
            return
        member.pid = process.pid
        if not is_alive(process.pid):
            self._leave(key, f"its process {process.pid} has ended")

    def _send_outbox(self, key: Key, conversation: Conversation) -> None:
        while conversation.outbox:
            outgoing = conversation.outbox.popleft()
            self._ask(key, outgoing.msg_type, outgoing.content)
        heartbeat = conversation.heartbeat
        if heartbeat.wants_ping and conversation.phase is not Phase.OVER:
            # An engine's heartbeat is the controller's alone; livens answers this while it is busy.
            self._ask(key, "kernel_info_request", {})
            heartbeat.pinged(time.monotonic())

    def _ask(self, key: Key, kind: str, content: dict[str, Any]) -> None:
        ident = self._uuids[key].encode()
        sent: Any = self._session.send(self._control, kind, content, ident=ident)
        if kind.endswith("_request"):
            self._asked[sent["header"]["msg_id"]] = key
            self._asked_order.append(sent["header"]["msg_id"])
            while len(self._asked_order) > MAX_ASKED:
                self._asked.pop(self._asked_order.popleft(), None)
