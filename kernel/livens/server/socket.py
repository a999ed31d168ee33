"""``/sessions/{id}/socket``: a session over a WebSocket, for several clients at once.

A message is JSON in the manner of JSON-RPC 2.0, as in `livens.protocol.messages`. What the methods
are is in ``docs/server.md``. The methods of ``livens.variables`` go to the kernel as they are, by a
comm of this socket's own.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, TypeVar

import msgspec
from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from livens.exceptions import InvalidMessage, InvalidParams, RequestError, UnknownMethod
from livens.protocol import TARGET, messages
from livens.protocol.requests import REQUESTS
from livens.server.admission import Admission
from livens.server.channels import Message
from livens.server.session import Session
from livens.server.sessions import Sessions
from livens.server.settings import Limits
from livens.server.socket_messages import (
    METHODS,
    Completions,
    CompletionsParams,
    Executed,
    ExecuteParams,
    Inputs,
    InputsParams,
    Interrupted,
    InterruptParams,
    LostParams,
    UnsubscribedParams,
    encoded,
)

T = TypeVar("T")

WAITING_BYTES = 4_000_000
"""How much may wait for a client that reads slowly; what is more is dropped, and it is told so."""

GONE = 4404
"""The code with which a socket is closed whose session has ended."""

MAX_REQUESTS = 1_000
"""How many requests of one client may be under way."""

INTERNAL_ERROR = 1011
"""The code of a socket that is closed because the kernel cannot be reached (RFC 6455, 7.4.1)."""

MAX_REASON = 120
"""How long the reason of a close may be, in bytes; ours are ASCII but for an address."""

REPLY_S = 60.0
"""How long the kernel may take to answer a question that no code has to end for."""


class Outbox:
    """What waits to be sent to one client; a slow one loses messages, and is told how many."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._lost = 0
        self._news = asyncio.Event()

    def put(self, message: bytes) -> None:
        """Add a message, if there is room."""
        if self._bytes + len(message) > WAITING_BYTES:
            self._lost += 1
            return
        self._waiting.append(message)
        self._bytes += len(message)
        self._news.set()

    async def next(self) -> bytes:
        """Wait for the next message."""
        while not self._waiting:
            if self._lost:
                lost, self._lost = self._lost, 0
                return encoded(LostParams(lost))
            self._news.clear()
            await self._news.wait()
        message = self._waiting.popleft()
        self._bytes -= len(message)
        return message


class SocketHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """One client of a session."""

    auth_resource = "kernels"

    def set_default_headers(self) -> None:
        """Set none: those of `JupyterHandler` make no sense here."""

    async def get(self, session_id: str) -> None:
        """Let in whoever may execute code."""
        user = self.current_user
        if user is None or not await ensure_async(
            self.authorizer.is_authorized(self, user, "execute", self.auth_resource)
        ):
            raise HTTPError(403)
        self._admission.need_rate(self.request.remote_ip or "", time.monotonic())
        self.client = self.get_query_argument("client", "") or user.display_name or user.username
        with self._admission.listening():
            make = self.get_query_argument("make", "true") != "false"
            self.session: Session = await self._sessions.get(session_id, make=make)
            await super().get(session_id)  # until the socket is closed

    @property
    def _admission(self) -> Admission:
        return self.settings["livens_admission"]  # type: ignore[no-any-return]

    @property
    def _sessions(self) -> Sessions:
        return self.settings["livens_sessions"]  # type: ignore[no-any-return]

    @property
    def _limits(self) -> Limits:
        return self.settings["livens_limits"]  # type: ignore[no-any-return]

    # -- the line --------------------------------------------------------------------------

    def open(self, session_id: str) -> None:
        """Begin to tell."""
        super().open(session_id)
        self._outbox = Outbox()
        self._comm_id = uuid.uuid4().hex
        self._is_subscribed = False
        self._process = ""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ends: list[Callable[[], None]] = [
            self.session.broadcast.join(self._outbox.put),
            self.session.channels.listen(self._receive),
            self.session.on_end(self._session_ended),
            self.session.channels.when_lost(self._lose),
        ]
        self._stack = ExitStack()
        self._stack.enter_context(self.session.in_use())
        self._spawn(self._write())

    def on_close(self) -> None:
        """Clean up: the comm, the tasks, the listeners; code that runs goes on."""
        super().on_close()
        for end in self._ends:
            end()
        self._stack.close()
        for task in self._tasks:
            task.cancel()
        if self._is_subscribed:
            with suppress(ConnectionError):  # the kernel may have gone first
                self._send_comm("comm_close", {})

    def _session_ended(self, reason: str) -> None:
        """Close the socket with a code that says: begin anew, if you want to."""
        self.close(GONE, reason[:MAX_REASON])

    def _lose(self, reason: str) -> None:
        """Close, and say why: this session hears nothing more. Who connects again is let in."""
        self.close(INTERNAL_ERROR, reason[:MAX_REASON])

    async def _write(self) -> None:
        with suppress(WebSocketClosedError):
            while True:
                await self.write_message(await self._outbox.next())

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _put(self, message: Any) -> None:
        self._outbox.put(msgspec.json.encode(message))

    # -- what the client says --------------------------------------------------------------

    def on_message(self, message: str | bytes) -> None:
        """Read one message; a bad one is answered, and changes nothing."""
        request_id: messages.Id | None = None
        try:
            request = _decode(message)
            request_id = request.id
            self._need_rate()
            if len(self._tasks) > MAX_REQUESTS:
                raise RequestError(
                    f"{MAX_REQUESTS:,} requests are under way; wait for an answer first"
                )
            self._spawn(self._handle(request))
        except RequestError as err:
            self._fail(request_id, err)

    def _need_rate(self) -> None:
        try:
            self._admission.need_rate(self.request.remote_ip or "", time.monotonic())
        except HTTPError as err:
            raise RequestError(str(err.log_message)) from None

    async def _handle(self, request: messages.Request) -> None:
        try:
            await self._carry_out(request)
        except RequestError as err:
            self._fail(request.id, err)
        except (ConnectionError, TimeoutError) as err:
            text = str(err) or "The kernel did not answer in time; it may be busy"
            self._fail(request.id, RequestError(text))

    async def _carry_out(self, request: messages.Request) -> None:
        match request.method:
            case "execute":
                await self._run(request.id, _params(request, ExecuteParams))
            case "interrupt":
                _params(request, InterruptParams)
                await self.session.interrupt()
                self._answer(request.id, Interrupted())
            case "completions":
                self._answer(request.id, await self._complete(_params(request, CompletionsParams)))
            case "history" if "name" not in request.params:
                self._answer(request.id, await self._inputs(_params(request, InputsParams)))
            case method if method in REQUESTS:
                self._pass_on(request)
            case method:
                raise UnknownMethod(f"No method {method!r}", expected=f"one of {_NAMES}")

    async def _run(self, request_id: messages.Id | None, asked: ExecuteParams) -> None:
        longest = self._limits.timeout_s
        timeout_s = longest if asked.timeout_s is None else asked.timeout_s
        if not asked.code.strip() or not 0 < timeout_s <= longest:
            raise InvalidParams(f"Expected code, and a timeout_s of more than 0, to {longest:g}")
        async with self.session.execute(
            asked.code,
            timeout_s=timeout_s,
            max_output_bytes=self._limits.max_output_bytes,
            author=self.client,
            may_outlive=True,
        ) as execution:
            await execution.ended.wait()
        failures = "".join(execution.failures) or None
        code = int(bool(failures))
        result = Executed(execution=execution.msg_id, return_code=code, error=failures)
        self._answer(request_id, result)

    async def _complete(self, asked: CompletionsParams) -> Completions:
        cursor = len(asked.code) if asked.cursor is None else asked.cursor
        content = await self._ask("complete_request", {"code": asked.code, "cursor_pos": cursor})
        return Completions(
            matches=content.get("matches", []),
            start=content.get("cursor_start", cursor),
            end=content.get("cursor_end", cursor),
        )

    async def _inputs(self, asked: InputsParams) -> Inputs:
        # Session 0 is this kernel; the database has the inputs of all kernels of this user.
        where = {"hist_access_type": "range", "session": 0, "start": 1, "stop": None}
        content = await self._ask("history_request", {"output": False, "raw": True, **where})
        inputs = [entry[2] for entry in content.get("history", [])]
        return Inputs(inputs[-asked.limit :] if asked.limit > 0 else [])

    async def _ask(self, msg_type: str, content: dict[str, Any]) -> dict[str, Any]:
        _, reply = self.session.channels.ask("shell", msg_type, content)
        async with asyncio.timeout(REPLY_S):
            answer: dict[str, Any] = (await reply)["content"]
        return answer

    # -- the variables ---------------------------------------------------------------------

    def _pass_on(self, request: messages.Request) -> None:
        """Send a request to the kernel as it is; its answer comes back as it is."""
        if self._process != self.session.process:  # a kernel that was restarted knows no comm
            self._is_subscribed, self._process = False, self.session.process
        if request.method == "subscribe" and not self._is_subscribed:
            subscription = messages.decode_subscription(
                {"client": self.client[:100], **request.params}
            )
            self._is_subscribed = True
            self._send_comm("comm_open", messages.encode(subscription), target_name=TARGET)
            if request.id is None:
                return
        elif not self._is_subscribed:
            self._is_subscribed = True
            quiet = {"names": ["__livens_none__"], "client": self.client[:100]}
            subscription = messages.decode_subscription(quiet)
            self._send_comm("comm_open", messages.encode(subscription), target_name=TARGET)
        self._send_comm("comm_msg", messages.encode(request))

    def _send_comm(self, msg_type: str, data: Any, **more: Any) -> None:
        content = {"comm_id": self._comm_id, "data": data, **more}
        self.session.channels.send("control", msg_type, content)

    def _receive(self, message: Message) -> None:
        content = message["content"]
        if self._process not in ("", self.session.process):
            self._lose_subscription()
            self._process = self.session.process
        if content.get("comm_id") != self._comm_id:
            return
        match message["header"]["msg_type"]:
            case "comm_msg":
                self._put(content["data"])
            case "comm_close":
                self._lose_subscription()

    def _lose_subscription(self) -> None:
        """Tell that nothing more comes: the kernel closed the comm, or was restarted."""
        if self._is_subscribed:
            self._is_subscribed = False
            self._outbox.put(encoded(UnsubscribedParams()))

    # -- answers ---------------------------------------------------------------------------

    def _answer(self, request_id: messages.Id | None, result: Any) -> None:
        if request_id is not None:
            self._put({"id": request_id, "result": result})

    def _fail(self, request_id: messages.Id | None, err: RequestError) -> None:
        data = {"expected": err.expected, "remedy": err.remedy}
        self._put(
            {"id": request_id, "error": {"code": err.code, "message": str(err), "data": data}}
        )


_NAMES = ", ".join(dict.fromkeys([*METHODS, *REQUESTS]))


def _decode(message: str | bytes) -> messages.Request:
    try:
        return msgspec.json.decode(message, type=messages.Request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise InvalidMessage(
            f"This is no message: {err}", expected='{"method": …, "params": {…}, "id": …}'
        ) from None


def _params(request: messages.Request, kind: type[T]) -> T:
    try:
        return msgspec.convert(request.params, kind)
    except msgspec.ValidationError as err:
        raise InvalidParams(f"Params of {request.method!r} do not fit: {err}") from None
