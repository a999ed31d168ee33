"""The handlers of sessions: running code, streaming what it tells, reset, health."""

from __future__ import annotations

import asyncio
import platform
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import msgspec
from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from livens.server import events, models, openapi
from livens.server.admission import Admission, TooMany
from livens.server.execution import Execution, Stderr
from livens.server.http_errors import as_http_errors
from livens.server.sessions import Sessions
from livens.server.settings import Limits
from livens.server.watch import SessionWatch, subscription_of

T = TypeVar("T")

PING_S = 15.0
"""How often a quiet stream gets a comment, so that nobody in between takes it for dead."""


NO_TOKEN = "No token, or a wrong one; expected the header `Authorization: token TOKEN`"

STATE = "Livens-Session"
"""The header that tells whether the session is `new`, was `restarted`, or `continued`."""

RESET_S = 30.0
"""How long code that runs may take to end when the namespace is to be emptied."""


class Handler(APIHandler):
    """What all handlers of livens have."""

    auth_resource = "kernels"
    _work: asyncio.Task[None] | None = None
    _is_gone = False
    _is_counted = True
    """Whether the requests count for how many one client may send."""

    async def prepare(self) -> None:
        """Let the client in, or not."""
        await super().prepare()
        # A browser asks before it calls, and could not say why that was refused.
        if self._is_counted and self.request.method != "OPTIONS":
            self.admission.need_rate(self.request.remote_ip or "", time.monotonic())

    @property
    def admission(self) -> Admission:
        """The limits that concern more than one request."""
        return self.settings["livens_admission"]  # type: ignore[no-any-return]

    @property
    def sessions(self) -> Sessions:
        """The sessions of this server."""
        return self.settings["livens_sessions"]  # type: ignore[no-any-return]

    @property
    def limits(self) -> Limits:
        """What a client may ask for."""
        return self.settings["livens_limits"]  # type: ignore[no-any-return]

    def body(self, kind: type[T]) -> T:
        """Decode the body of the request.

        Raises
        ------
        HTTPError
            400 if it is none, 413 if it is too large.
        """
        size, longest = len(self.request.body), self.limits.max_body_bytes
        if size > longest:
            raise HTTPError(413, f"The body has {size:,} bytes; expected {longest:,} or less")
        try:
            return msgspec.json.decode(self.request.body or b"{}", type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
            raise HTTPError(400, f"The body is not what was expected: {err}") from None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with what went wrong; see `livens.server.models.Refusal`."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, TooMany):
            self.set_header("Retry-After", str(error.retry_after_s))
        if status_code == 405:
            self.set_header("Allow", ", ".join(_methods_of(self)))
        if status_code == 403 and self.current_user is None:  # else it would tell of XSRF
            kwargs["exc_info"] = (HTTPError, HTTPError(403, NO_TOKEN), None)
        super().write_error(status_code, **kwargs)

    def set_cors_headers(self) -> None:
        """Let pages of other origins that are let in read our own headers."""
        super().set_cors_headers()
        self.set_header("Access-Control-Expose-Headers", f"{STATE}, Retry-After")

    @allow_unauthenticated
    def options(self, *args: Any, **kwargs: Any) -> None:
        """Answer what a browser asks before a page of another origin may call."""
        super().options(*args, **kwargs)
        if self.allow_origin_pat:  # Jupyter lets all in that will send a token, listed or not
            self.clear_header("Access-Control-Allow-Origin")
            self.set_cors_headers()
        allowed = "accept, authorization, content-type, last-event-id, x-livens-client, x-xsrftoken"
        self.set_header("Access-Control-Allow-Headers", allowed)

    def answer(self, value: Any) -> None:
        """Send JSON."""
        self.finish(msgspec.json.encode(value))

    async def unless_gone(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what takes long; it is cancelled when the client has gone."""
        self._work = asyncio.create_task(work)
        if self._is_gone:
            self._work.cancel()
        with suppress(asyncio.CancelledError):
            await self._work

    def on_connection_close(self) -> None:
        """Cancel what nobody waits for any more."""
        super().on_connection_close()
        self._is_gone = True
        if self._work is not None:
            self._work.cancel()

    @property
    def client(self) -> str:
        """What the others in a session are told who this is."""
        name = self.request.headers.get("X-Livens-Client", "")
        return name[:100] or self.current_user.display_name or self.current_user.username

    def begin_stream(self) -> None:
        """Send the head of a stream of server-sent events."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")  # nginx would hold events back

    async def send_event(self, event: Any, event_id: str = "") -> None:
        """Send an event; None is a comment that keeps the line open."""
        if event is None:
            self.write(b": ping\n\n")
        else:
            head = f"id: {event_id}\n".encode() if event_id else b""
            self.write(head + b"data: " + msgspec.json.encode(event) + b"\n\n")
        with suppress(StreamClosedError):  # `on_connection_close` is called as well
            await self.flush()

    def end_stream(self) -> None:
        """End it."""
        self.finish(set_content_type="text/event-stream")

    def execute_request(self) -> models.ExecuteRequest:
        """Return what to run.

        Raises
        ------
        HTTPError
            400 if there is nothing to run.
        """
        asked = self.body(models.ExecuteRequest)
        if not asked.code.strip():
            raise HTTPError(400, 'There is no code; expected {"code": "…"}')
        longest = self.limits.timeout_s
        timeout_s = longest if asked.timeout_s is None else asked.timeout_s
        if not 0 < timeout_s <= longest:
            raise HTTPError(
                400, f"timeout_s is {timeout_s:g}; expected more than 0, to {longest:g}"
            )
        asked.timeout_s = timeout_s
        return asked


class ExecuteHandler(Handler):
    """``POST /execute/{sessionId}``: run code, and answer with all of its output."""

    @authorized("execute")
    async def post(self, name: str) -> None:
        """Run the code."""
        asked = self.execute_request()
        await self.unless_gone(self._run(name, asked))

    async def _run(self, name: str, asked: models.ExecuteRequest) -> None:
        session = await self.sessions.get(name)
        state = session.take_state()
        output: list[str] = []
        stderr: list[str] = []
        async with session.execute(
            asked.code,
            timeout_s=asked.timeout_s,
            max_output_bytes=self.limits.max_output_bytes,
            author=self.client,
        ) as execution:
            async for event in execution:
                if isinstance(event, events.Output):
                    output.append(event.content)
                elif isinstance(event, Stderr):
                    stderr.append(event.content)
        error = "".join(execution.failures) or None
        self.set_header(STATE, state)
        self.answer(
            models.ExecuteAnswer(output="".join(output), error=error, stderr="".join(stderr))
        )


class StreamHandler(Handler):
    """``POST /execute-stream/{sessionId}``: run code, and tell its events as they come (SSE)."""

    @authorized("execute")
    async def post(self, name: str) -> None:
        """Run the code."""
        asked = self.execute_request()
        await self.unless_gone(self._stream(name, asked))

    async def _stream(self, name: str, asked: models.ExecuteRequest) -> None:
        session = await self.sessions.get(name)
        async with AsyncExitStack() as stack:
            stack.enter_context(self.admission.listening())
            watch = None
            if asked.variables:
                with as_http_errors():
                    watch = await stack.enter_async_context(session.watch(subscription_of()))
                watch.taken()  # the state before is no change
            self.set_header(STATE, session.take_state())
            self.begin_stream()
            execution = await stack.enter_async_context(
                session.execute(
                    asked.code,
                    timeout_s=asked.timeout_s,
                    max_output_bytes=self.limits.max_output_bytes,
                    author=self.client,
                )
            )
            if watch is not None:
                watch.on_change = partial(_tell_changes, watch, execution)
            async for event in with_pings(execution, PING_S):
                await self.send_event(event)
        self.end_stream()


class ResetHandler(Handler):
    """``POST /reset/{sessionId}``: empty the namespace, in the same kernel."""

    @authorized("execute")
    async def post(self, name: str) -> None:
        """Interrupt what runs, and empty the namespace."""
        session = await self.sessions.get(name)
        try:
            await session.reset(timeout_s=RESET_S)
        except TimeoutError:
            raise HTTPError(
                409, f"The code that runs in {name!r} does not end; DELETE /sessions/{name} ends it"
            ) from None
        except ConnectionError as err:
            raise HTTPError(503, str(err)) from None
        self.answer(models.ResetAnswer(message="Namespace reset successfully", session_id=name))


class HealthHandler(Handler):
    """``GET /health``: whether the server answers."""

    _track_activity = False
    _is_counted = False

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer; needs no token, and tells nothing of any session."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.answer(
            models.Health(
                status="ok",
                language="python",
                version=platform.python_version(),
                stateless=False,
                timestamp=now.replace("+00:00", "Z"),
            )
        )


class DocumentHandler(Handler):
    """``GET /openapi.json``: what can be asked, for programs."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer; needs no token."""
        self.answer(openapi.document(self.limits))


class MakingHandler(Handler):
    """What makes sessions."""

    async def make(self, name: str) -> None:
        """Answer with a session, 201 if it was made now."""
        _, is_new = await self.sessions.begin(name)
        if is_new:
            self.set_status(201)
        self.answer(await self.sessions.describe(name))


class SessionsHandler(MakingHandler):
    """``GET /sessions`` and ``POST /sessions``: list them, and make one."""

    @authorized("read")
    async def get(self) -> None:
        """List the sessions."""
        self.answer(models.SessionList(await self.sessions.list()))

    @authorized("execute")
    async def post(self) -> None:
        """Make a session; one of the same id stays as it is."""
        asked = self.body(models.SessionRequest)
        await self.make(asked.session_id or uuid.uuid4().hex)


class SessionHandler(MakingHandler):
    """``GET`` and ``DELETE /sessions/{sessionId}``."""

    @authorized("read")
    async def get(self, name: str) -> None:
        """Tell what is known of a session."""
        self.answer(await self.sessions.describe(name))

    @authorized("execute")
    async def post(self, name: str) -> None:
        """Make a session; one of the same id stays as it is."""
        await self.make(name)

    @authorized("execute")
    async def delete(self, name: str) -> None:
        """End a session and its kernel; `files=true` deletes its files as well."""
        files = self.get_query_argument("files", "false")
        if files not in ("true", "false"):
            raise HTTPError(400, f"files is {files!r}; expected true or false")
        if not await self.sessions.end(name, files=files == "true"):
            raise HTTPError(404, f"No session {name!r}")
        self.set_status(204)
        self.finish()


class InterruptHandler(Handler):
    """``POST /sessions/{sessionId}/interrupt``."""

    @authorized("execute")
    async def post(self, name: str) -> None:
        """Interrupt what runs."""
        session = await self.sessions.get(name, make=False)
        with as_http_errors():
            await session.interrupt()
        self.set_status(204)
        self.finish()


def _methods_of(handler: Handler) -> list[str]:
    return [
        method
        for method in handler.SUPPORTED_METHODS
        if getattr(type(handler), method.lower()) is not RequestHandler._unimplemented_method
    ]


def _tell_changes(watch: SessionWatch, execution: Execution) -> None:
    if execution.msg_id:
        execution.changed(watch.taken)
    else:
        watch.taken()  # before its turn, it is others who change something


async def with_pings(events_: AsyncIterable[T], seconds: float) -> AsyncIterator[T | None]:
    """Yield what comes, and None whenever nothing has come for so many seconds."""
    coming = aiter(events_)
    waiting: asyncio.Task[T] | None = None
    try:
        while True:
            if waiting is None:
                waiting = asyncio.ensure_future(anext(coming))
            done, _ = await asyncio.wait({waiting}, timeout=seconds)
            if not done:
                yield None
                continue
            try:
                event = waiting.result()
            except StopAsyncIteration:
                return
            waiting = None
            yield event
    finally:
        if waiting is not None:
            waiting.cancel()
