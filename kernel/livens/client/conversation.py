"""What a client says to a livens kernel, and what it makes of the answers.

No sockets, no threads and no clock in here: messages come in by `Conversation.receive`, the time
comes in as `now`, what is to be sent waits in `outbox`. `livens.client.blocking` carries the
messages, for blocking and for asyncio programs, with this one conversation.

::

    HELLO ──kernel_info_reply and iopub_welcome──▶ OPENING ──refresh──▶ OPEN
      ▲     (both show that the channels work)    comm_open sent          │
      └──────────── a message of another kernel process ◀─────────────────┘
    any of them ──▶ OVER: the kernel ended, or refuses, or the owner closed the watch

A kernel that was restarted knows nothing of us. What shows the restart is the session in the
headers of its messages, each process makes its own; the SUB socket reconnects by itself, and the
first thing that it gets is a welcome.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

import msgspec

from livens.client.heartbeat import Heartbeat
from livens.client.kernel_info import IMPLEMENTATION, can_be_watched
from livens.client.pending_requests import OnProgress, PendingRequests, request_error
from livens.client.replica import Replica, is_state, numbers_of
from livens.client.running_cells import RunningCells
from livens.exceptions import (
    ConnectionFailed,
    KernelGone,
    LivensError,
    ProtocolError,
    WatchClosed,
)
from livens.protocol import TARGET, messages, requests
from livens.protocol.types import ChangeSet

RETRY_S = 3.0
"""How long to wait for an answer that has to come before asking again."""

WELCOME_S = 1.0
"""How long to wait for ``iopub_welcome``, which proves that no message is lost from here on."""

MAX_ENDED = 100
"""Of so many requests we remember that the kernel is done with them."""

MAX_PENDING = 500
"""So many change sets wait for a slow reader; when there are more, they become one complete one."""


class Outgoing(NamedTuple):
    """A message to send on the control channel."""

    msg_type: str
    content: dict[str, Any]


class Phase(Enum):
    """Where a conversation is; the picture is at the top of this module."""

    HELLO = "hello"
    OPENING = "opening"
    OPEN = "open"
    OVER = "over"


class Conversation:
    """One client's dealings with one kernel, over its restarts.

    Parameters
    ----------
    subscription : Subscription
        What to be told.
    comm_id : str
        The id of the comm; it is used again after a restart.
    where : str
        What to call the kernel in error messages.
    timeout_s : float
        How long a kernel may take to answer the first time.
    grace_s : float
        How long a kernel may be silent, over a restart for example, until it counts as gone.

    Attributes
    ----------
    replica : Replica
        The copy of the variables.
    outbox : deque of Outgoing
        To be sent by the owner.
    events : deque of EventParams
        The last events of the kernel, for whoever wants them.
    events_told : int
        How many there were in all.
    phase : Phase
        Where the conversation is.
    heartbeat : Heartbeat
        Whether the kernel lives; the owner sends its pings.
    cells : RunningCells
        Which cells the kernel runs.
    restarts : int
        How often the kernel was seen to be another process.
    interrupts : int
        How many interrupts it has confirmed.
    """

    def __init__(
        self,
        subscription: requests.Subscription,
        comm_id: str,
        *,
        where: str = "the kernel",
        timeout_s: float = 10.0,
        grace_s: float = 10.0,
    ) -> None:
        self.subscription = subscription
        self.comm_id = comm_id
        self.where = where
        self.timeout_s = timeout_s
        self.grace_s = grace_s
        self.replica = Replica(max(1, subscription.history))
        self.outbox: deque[Outgoing] = deque()
        self.events: deque[messages.EventParams] = deque(maxlen=1000)
        self.events_told = 0
        self.on_event: Callable[[messages.EventParams], object] | None = None
        self.phase = Phase.HELLO
        self.heartbeat = Heartbeat()
        self.cells = RunningCells()
        self.restarts = 0
        self.interrupts = 0
        self._pending: deque[ChangeSet] = deque()
        self._ended: deque[str] = deque(maxlen=MAX_ENDED)
        self._requests = PendingRequests()
        self._ending: LivensError | None = None
        self._session = ""
        self._was_open = False
        self._is_welcome = False
        self._is_known = False
        self._is_behind = False
        self._since = 0.0
        self._asked_at = float("-inf")
        self._refresh_asked_at = float("-inf")

    @property
    def topic(self) -> bytes:
        """The prefix of this comm's messages on IOPub."""
        return f"comm-{self.comm_id}".encode()

    @property
    def pending(self) -> int:
        """How many change sets wait to be taken."""
        return len(self._pending)

    # -- what the owner wants --------------------------------------------------------------

    def start(self, now: float) -> None:
        """Ask who is there."""
        self.phase, self._since = Phase.HELLO, now
        self._is_known = False
        self.ask_cells()

    def ask_cells(self) -> None:
        """Ask the kernel which cell it runs."""
        self.cells.asked()
        self.outbox.append(Outgoing("kernel_info_request", {}))

    def is_open(self) -> bool:
        """Return whether the whole state is here; raises why it will never be."""
        if self.phase is Phase.OVER:
            self._raise_ending()
        return self.phase is Phase.OPEN

    def take(self) -> ChangeSet | None:
        """Return the next change set, once, or None if there is none yet.

        Raises
        ------
        LivensError
            After the last change set, the reason why there will be no more.
        """
        if self._pending:
            return self._pending.popleft()
        if self.phase is Phase.OVER:
            self._raise_ending()
        return None

    def has_ended(self, msg_id: str) -> bool:
        """Return whether the kernel has said all that it had to say of a request, such as a cell's.

        Its ``idle`` comes on IOPub, after everything else of it.
        """
        return self.is_open() and msg_id in self._ended

    def send_request(
        self, method: str, params: dict[str, Any], on_progress: OnProgress | None = None
    ) -> messages.Id:
        """Send a request; `answer` has what comes of it."""
        request = self._requests.begin(method, params, on_progress)
        self._queue_request(request)
        assert request.id is not None
        return request.id

    def answer(self, request_id: messages.Id) -> msgspec.Struct | None:
        """Return the answer to a request, once, or None if there is none yet.

        Raises
        ------
        RequestError
            What the kernel answered, as the error that it has there.
        LivensError
            If there will be no answer.
        """
        if self.phase is Phase.OVER:
            self._raise_ending()
        result = self._requests.result(request_id)
        if isinstance(result, requests.Subscribed):
            self.subscription = result.subscription
        return result

    def tell(self, method: str, params: dict[str, Any]) -> None:
        """Send a request that is not answered; nothing where there is no open comm."""
        if self.phase is Phase.OPEN:
            self._queue_request(messages.Request(method, params))

    def forget(self, request_id: messages.Id) -> None:
        """Drop a request that nobody waits for any more; where it has no answer, cancel it."""
        can_cancel = "cancel" in self.replica.capabilities
        if self.phase is Phase.OPEN and can_cancel and self._requests.is_open(request_id):
            self._queue_request(messages.Request("cancel", {"id": request_id}))
        self._requests.forget(request_id)

    def close(self) -> None:
        """End the conversation, and tell the kernel so."""
        if self.phase in (Phase.OPENING, Phase.OPEN):
            self.outbox.append(Outgoing("comm_close", {"comm_id": self.comm_id, "data": {}}))
        self._pending.clear()
        self._end(WatchClosed(f"The watch of {self.where} was closed; call `watch` again"))

    def kernel_ended(self) -> None:
        """End the conversation: the kernel is gone."""
        if self._was_open:
            self._end(KernelGone(f"The kernel of {self.where} has ended; start it again"))
        else:
            self._end(ConnectionFailed(self._no_answer()))

    # -- what comes in ---------------------------------------------------------------------

    def receive(self, message: dict[str, Any], now: float) -> None:
        """Read one Jupyter message, of IOPub or of the control channel."""
        self.heartbeat.heard()
        if self.phase is Phase.OVER:
            return
        self._recognise(message["header"].get("session", ""), now)
        content = message["content"]
        match message["header"]["msg_type"]:
            case "kernel_info_reply":
                self._on_kernel_info(content, now)
            case "iopub_welcome":
                self._on_welcome(content, now)
            case "status":
                self._on_status(message.get("parent_header", {}), content)
            case "interrupt_reply":
                self.interrupts += 1
            case "shutdown_reply":
                self._on_shutdown(content)
            case "comm_close" if self._is_ours(content):
                self._on_comm_close(now)
            case "comm_msg" if self._is_ours(content):
                self._on_comm_msg(content, now)

    def fell_behind(self, now: float) -> None:
        """Note that so many messages came at once that others may be lost."""
        if self.phase is Phase.OPEN:
            self._is_behind = True
            self._ask_refresh(now)

    def tick(self, now: float) -> None:
        """Do what is due; call it after everything that has arrived was received."""
        self.heartbeat.tick(now)
        if self.phase is Phase.OVER:
            return
        if self.heartbeat.silent_s > self.grace_s:
            self.kernel_ended()
        elif self.phase is Phase.HELLO:
            self._tick_hello(now)
        elif self.phase is Phase.OPENING:
            self._tick_opening(now)
        elif self.replica.needs_refresh or self._is_behind:
            self._ask_refresh(now)

    # -- the way there ---------------------------------------------------------------------

    def _recognise(self, session: str, now: float) -> None:
        if self._session and session != self._session:
            self._restarted(now)
        self._session = session

    def _restarted(self, now: float) -> None:
        self._is_welcome = False
        self.restarts += 1
        self.cells.forget()
        self._requests.fail_all(
            ConnectionFailed(f"The kernel of {self.where} was restarted before it answered")
        )
        self.replica.reset()
        self.start(now)

    def _tick_hello(self, now: float) -> None:
        waited = now - self._since
        if self._is_known and (self._is_welcome or waited > WELCOME_S):
            self._open(now)
        elif waited > self.timeout_s and not self._was_open:
            self._end(ConnectionFailed(self._no_answer()))
        elif waited > RETRY_S and self._was_open:
            self.start(now)  # what was sent to the process that died may be lost

    def _tick_opening(self, now: float) -> None:
        if now - self._since > self.timeout_s and not self._was_open:
            self._end(
                ConnectionFailed(
                    f"The kernel of {self.where} is a livens kernel, but sent no variables within "
                    f"{self.timeout_s:g} s. Try again when its cell has come to an end."
                )
            )
        elif self.replica.needs_refresh:
            self._ask_refresh(now)
        elif now - self._asked_at >= RETRY_S:
            self._open(now, is_again=True)

    def _open(self, now: float, *, is_again: bool = False) -> None:
        if not is_again:
            self._since = now
        self.phase, self._asked_at = Phase.OPENING, now
        self.replica.reset()
        data = messages.encode(self.subscription)
        content = {"comm_id": self.comm_id, "target_name": TARGET, "data": data}
        self.outbox.append(Outgoing("comm_open", content))

    def _no_answer(self) -> str:
        if self._session or self.heartbeat.silent_s == 0:
            return (
                f"{self.where} is alive, but did not answer within {self.timeout_s:g} s; expected "
                "a livens kernel. Try again when its cell has come to an end, or pick the kernel "
                "'Python 3 (livens)'."
            )
        return (
            f"No kernel answers at {self.where}; expected a running livens kernel. It may have "
            "ended: start it again, or name the connection file of another one."
        )

    # -- messages --------------------------------------------------------------------------

    def _on_kernel_info(self, content: dict[str, Any], now: float) -> None:
        if not can_be_watched(content):
            implementation = content.get("implementation", "of an unknown kind")
            self._end(
                ConnectionFailed(
                    f"The kernel of {self.where} is {implementation!r}, expected "
                    f"{IMPLEMENTATION!r}; run `%load_ext livens` in it, or pick the kernel "
                    "'Python 3 (livens)'"
                )
            )
            return
        self._is_known = True
        self.cells.kernel_info(content)
        if self.phase is Phase.HELLO and self._is_welcome:
            self._open(now)

    def _on_welcome(self, content: dict[str, Any], now: float) -> None:
        if content.get("subscription", self.topic.decode()) != self.topic.decode():
            return
        self._is_welcome = True
        if self.phase is Phase.HELLO and self._is_known:
            self._open(now)

    def _on_status(self, parent: dict[str, Any], content: dict[str, Any]) -> None:
        state = content.get("execution_state")
        self.cells.status(parent, str(state))
        if state == "idle":
            self._ended.append(parent.get("msg_id", ""))

    def _on_shutdown(self, content: dict[str, Any]) -> None:
        if not content.get("restart", False):
            self.kernel_ended()

    def _is_ours(self, content: dict[str, Any]) -> bool:
        return content.get("comm_id") == self.comm_id and self.phase is not Phase.HELLO

    def _on_comm_close(self, now: float) -> None:
        if self.phase is Phase.OPEN:  # the kernel takes us for gone; we are not
            self._open(now)
        else:
            self._end(ConnectionFailed(f"The kernel of {self.where} has refused to be watched"))

    def _on_comm_msg(self, content: dict[str, Any], now: float) -> None:
        try:
            message = messages.decode_message(content.get("data"))
        except ProtocolError as err:
            if is_state(content.get("data")):
                self._end(err)
            else:
                self.replica.pass_over(*numbers_of(content.get("data")))
            return
        if isinstance(message, messages.Result | messages.Failure):
            self._keep_answer(message)
        elif isinstance(message, messages.Progress):
            self._requests.tell(message.params)
        else:
            self._apply(message, now)

    def _apply(self, message: messages.Notification, now: float) -> None:
        if isinstance(message, messages.Event):
            self.events.append(message.params)
            self.events_told += 1
            if self.on_event is not None:
                self.on_event(message.params)
        change_set = self.replica.apply(message)
        if change_set is not None:
            self._keep(change_set)
        if self.replica.needs_refresh:
            self._ask_refresh(now)
        elif isinstance(message, messages.Refresh):
            self._refresh_asked_at, self._is_behind = float("-inf"), False

    def _keep(self, change_set: ChangeSet) -> None:
        if change_set.complete:
            self.phase, self._was_open = Phase.OPEN, True
        self._pending.append(change_set)
        if len(self._pending) > MAX_PENDING:
            whole = self.replica.whole(list(self._pending))
            self._pending.clear()
            self._pending.append(whole)

    def _keep_answer(self, message: messages.Result | messages.Failure) -> None:
        is_wanted = self._requests.keep(message)
        if not is_wanted and isinstance(message, messages.Failure) and self.phase is Phase.OPENING:
            self._end(request_error(message.error))

    # -- asking, and the end --------------------------------------------------------------

    def _ask_refresh(self, now: float) -> None:
        if now - self._refresh_asked_at >= RETRY_S:
            self._refresh_asked_at = now
            self._queue_request(messages.Request("refresh"))
            self.cells.forget()
            self.ask_cells()

    def _queue_request(self, request: messages.Request) -> None:
        content = {"comm_id": self.comm_id, "data": messages.encode(request)}
        self.outbox.append(Outgoing("comm_msg", content))

    def _end(self, reason: LivensError) -> None:
        if self.phase is not Phase.OVER:
            self.phase, self._ending = Phase.OVER, reason

    def _raise_ending(self) -> None:
        assert self._ending is not None
        raise self._ending.with_traceback(None)
