"""What is asked of a livens server and how its answers are read, without waiting for anything.

`livens.client.http` sends the calls, blocking or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from livens.client import http_types as types
from livens.exceptions import ConnectionFailed, KernelGone, ProtocolError, ServerRefused
from livens.protocol.requests import VariableList
from livens.protocol.types import Variable

T = TypeVar("T")

CONNECT_S = 10.0
"""How long the server may take to accept a connection."""

QUIET_S = 60.0
"""How long a stream may be silent; the server sends something every 15 s."""

RETRIES_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
"""How long to wait before each try to go on with a stream of changes that was cut."""

_EVENT: msgspec.json.Decoder[types.Event] = msgspec.json.Decoder(types.Event)


class Call(NamedTuple, Generic[T]):
    """One request.

    Attributes
    ----------
    kind : type
        What the answer is; `NoneType` if it is empty.
    method, path : str
        Of HTTP.
    body : object, optional
        What to send, as JSON.
    read_s : float, optional
        How long the answer may take; None is for ever.
    """

    kind: type[T]
    method: str
    path: str
    body: Any = None
    read_s: float | None = 90.0


def execute(session_id: str, code: str, timeout_s: float | None) -> Call[types.Answer]:
    """Return the call that runs code."""
    body = {"code": code, "timeout_s": timeout_s}
    read_s = None if timeout_s is None else timeout_s + QUIET_S
    return Call(types.Answer, "POST", f"execute/{_part(session_id)}", body, read_s)


def stream(
    session_id: str, code: str, timeout_s: float | None, variables: bool
) -> Call[types.Event]:
    """Return the call that runs code and is answered by events."""
    body = {"code": code, "timeout_s": timeout_s, "variables": variables}
    kind: Any = types.Event
    return Call(kind, "POST", f"execute-stream/{_part(session_id)}", body, QUIET_S)


def changes(session_id: str, names: str) -> Call[types.Event]:
    """Return the call that is answered by changes of variables."""
    kind: Any = types.Event
    path = f"changes/{_part(session_id)}?names={quote(names, safe='')}"
    return Call(kind, "GET", path, None, QUIET_S)


def reset(session_id: str) -> Call[None]:
    """Return the call that empties the namespace."""
    return Call(type(None), "POST", f"reset/{_part(session_id)}")


def interrupt(session_id: str) -> Call[None]:
    """Return the call that interrupts."""
    return Call(type(None), "POST", f"sessions/{_part(session_id)}/interrupt")


def create(session_id: str | None) -> Call[types.Session]:
    """Return the call that makes a session."""
    body = {} if session_id is None else {"sessionId": session_id}
    return Call(types.Session, "POST", "sessions", body)


def end(session_id: str) -> Call[None]:
    """Return the call that ends a session."""
    return Call(type(None), "DELETE", f"sessions/{_part(session_id)}")


class SessionList(msgspec.Struct):
    """The answer of ``GET /sessions``."""

    sessions: list[types.Session]


SESSIONS = Call(SessionList, "GET", "sessions")
HEALTH = Call(types.Health, "GET", "health")


def variables(session_id: str) -> Call[VariableList]:
    """Return the call that lists the variables."""
    return Call(VariableList, "GET", f"variables/{_part(session_id)}")


def variable(session_id: str, name: str) -> Call[Variable]:
    """Return the call that describes a variable."""
    return Call(Variable, "GET", _variable(session_id, name))


def set_variable(session_id: str, name: str, expression: str) -> Call[Variable]:
    """Return the call that binds a name."""
    return Call(Variable, "PUT", _variable(session_id, name), {"expression": expression})


def delete_variable(session_id: str, name: str) -> Call[None]:
    """Return the call that deletes a variable."""
    return Call(type(None), "DELETE", _variable(session_id, name))


def options(url: str, token: str, client: str) -> dict[str, Any]:
    """Return what both clients of httpx are made with."""
    headers = {"X-Livens-Client": client} if client else {}
    if token:
        headers["Authorization"] = f"token {token}"
    return {
        "base_url": url.rstrip("/") + "/",
        "headers": headers,
        # Streams keep their connections: a limit would hold the next call up without a word.
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=20),
    }


def request(call: Call[Any], last_id: str = "") -> dict[str, Any]:
    """Return the arguments of httpx for a call."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    return {
        "method": call.method,
        "url": call.path,
        "content": None if call.body is None else msgspec.json.encode(call.body),
        "headers": headers,
        "timeout": httpx.Timeout(CONNECT_S, read=call.read_s, pool=None),
    }


def read(call: Call[T], answer: httpx.Response) -> T:
    """Return what was answered.

    Raises
    ------
    ServerRefused
        If it is an error.
    ProtocolError
        If it is not what a livens server answers.
    """
    need_success(answer)
    if call.kind is type(None):
        return None
    try:
        return msgspec.json.decode(answer.content, type=call.kind)
    except msgspec.DecodeError as err:
        raise _not_livens(answer, err) from None


def need_success(answer: httpx.Response) -> None:
    """Raise a `ServerRefused` for an error; the body was read."""
    if answer.is_success:
        return
    try:
        message = str(msgspec.json.decode(answer.content)["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        message = answer.text[:200]
    raise ServerRefused(
        f"{answer.request.method} {answer.request.url.path}: {message}", answer.status_code
    )


@contextmanager
def as_ours(url: str) -> Iterator[None]:
    """Raise what goes wrong on the way to the server as a `ConnectionFailed`."""
    try:
        yield
    except httpx.TransportError as err:
        reason = str(err) or type(err).__name__
        raise ConnectionFailed(
            f"The livens server at {url} does not answer ({reason}); `jupyter livens serve` "
            "starts one"
        ) from err


def need_complete(last: types.Event | None, session_id: str) -> None:
    """Raise a `ConnectionFailed` if the last event of an execution is not its end."""
    if not isinstance(last, types.Complete):
        raise ConnectionFailed(
            f"The stream of {session_id!r} has ended before its code did; whether that has ended "
            "is not known"
        )


def change_of(event: types.Event, session_id: str) -> types.Change:
    """Return an event of the stream of changes.

    Raises
    ------
    KernelGone
        If it is the error that ends the stream.
    ProtocolError
        If it does not belong there.
    """
    match event:
        case types.Change():
            return event
        case types.Error():
            raise KernelGone(f"Session {session_id!r} can be watched no longer: {event.content}")
    raise ProtocolError(f"The stream of changes of {session_id!r} has an event {event!r}")


class Retries:
    """Decides whether to go on with a stream that was cut.

    Attributes
    ----------
    pause_s : float
        How long to wait before the next try.
    """

    def __init__(self) -> None:
        self.pause_s = 0.0
        self._pauses: Iterator[float] = iter(())

    def succeeded(self) -> None:
        """Begin anew: an event has come."""
        self._pauses = iter(RETRIES_S)

    @contextmanager
    def unless_up(self) -> Iterator[None]:
        """Ignore that the server does not answer, as long as there are tries left."""
        failure: ConnectionFailed | None = None
        try:
            yield
        except KernelGone:
            raise
        except ConnectionFailed as err:
            failure = err
        pause_s = next(self._pauses, None)
        if pause_s is None:
            raise failure or ConnectionFailed("The stream of changes has ended without an event")
        self.pause_s = pause_s


class EventReader:
    """Reads server-sent events, line by line.

    Attributes
    ----------
    last_id : str
        Of the last event.
    """

    def __init__(self) -> None:
        self.last_id = ""

    def read(self, line: str) -> types.Event | None:
        """Return the event of a line, or None.

        Raises
        ------
        ProtocolError
            If it is none that is known.
        """
        field, _, value = line.partition(": ")
        if field == "id":
            self.last_id = value
        if field != "data":
            return None
        try:
            return _EVENT.decode(value)
        except msgspec.DecodeError as err:
            raise ProtocolError(f"This is no event of a livens server: {err}") from None


def _not_livens(answer: httpx.Response, err: Exception) -> ProtocolError:
    path = answer.request.url.path
    return ProtocolError(f"{path} was not answered as a livens server does: {err}")


def _variable(session_id: str, name: str) -> str:
    return f"variables/{_part(session_id)}/{_part(name)}"


def _part(text: str) -> str:
    return quote(text, safe="")
