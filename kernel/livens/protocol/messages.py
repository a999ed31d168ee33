"""What travels over the comm, and nothing else.

A client opens a comm with the target `TARGET`; the data of its ``comm_open`` are the params of
`Subscription` (or nothing). From then on every message is one JSON object in the manner of
JSON-RPC 2.0, in the ``data`` of a ``comm_msg``:

=================== ============================================= ==========================
direction           message                                       type
=================== ============================================= ==========================
kernel to client    ``{"method": "refresh", "params": …}``        `Refresh`
kernel to client    ``{"method": "update", "params": …}``         `Update`
kernel to client    ``{"method": "event", "params": …}``          `Event`
kernel to client    ``{"method": "progress", "params": …}``       `Progress`
client to kernel    ``{"method": …, "params": …, "id": …}``       `Request`
kernel to client    ``{"id": …, "result": …}``                    `Result`
kernel to client    ``{"id": …, "error": …}``                     `Failure`
=================== ============================================= ==========================

The types below are the contract: the kernel encodes them, the client decodes them, the JSON
Schema (`livens.protocol.schema`) is generated from them, and a message that does not fit them is
refused with the name of what did not fit. A key named ``state`` never occurs: nbclient takes the
data of any comm that have one for a widget's (nbclient, ``client.py``, ``handle_comm_msg``).

What runs in another process than the kernel imports this module, `livens.protocol.requests` and
`livens.protocol.types` only.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from livens.exceptions import (
    InvalidMessage,
    InvalidParams,
    ProtocolError,
    RequestError,
    UnknownMethod,
)
from livens.protocol.requests import REQUESTS, RESULTS, Subscription
from livens.protocol.types import (
    Cell,
    Digest,
    Frame,
    Origin,
    Point,
    Process,
    Rule,
    Unevaluated,
    Variable,
)

PROTOCOL = 1
"""The version of the protocol; it changes when an old client would misread a new kernel."""

Id = int | str
Mode = Literal["full", "lite"]


# -- client to kernel ----------------------------------------------------------------------


class Request(msgspec.Struct, omit_defaults=True):
    """A call from a client. Without an ``id`` it is carried out and not answered."""

    method: str
    params: dict[str, Any] = {}
    id: Id | None = None


# -- kernel to client ----------------------------------------------------------------------


class RefreshParams(msgspec.Struct, kw_only=True):
    """The whole state, in one message or several.

    Attributes
    ----------
    protocol : int
        The version of the protocol.
    epoch : str
        Names the kernel process.
    seq : int
        1, 2, 3 … within the comm.
    variables : list of Variable
        This part of the variables.
    start : int
        How many came in earlier parts; 0 begins a new state.
    length : int
        How many there are in all.
    mode : {"full", "lite"}
        ``lite``: watched from a stock kernel by ``%load_ext livens``, where no store is seen.
    capabilities : object
        What the kernel can do: the revision of each method and feature, in the part with `start` 0.
        Empty: all of revision 1, see `livens.protocol.capabilities`.
    process : Process, optional
        Which process says it, in the part with `start` 0.
    """

    protocol: int
    epoch: str
    seq: int
    variables: list[Variable]
    start: int
    length: int
    mode: Mode = "full"
    capabilities: dict[str, int] = {}
    process: Process | None = None


class UpdateParams(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What changed since the last message.

    Attributes
    ----------
    epoch, seq
        As in `RefreshParams`. A client that misses a number asks for ``refresh``.
    changed : list of Variable
        New or not what they were.
    removed : list of str
        Gone.
    unevaluated : list of Unevaluated
        Touched by the code that ran, and too costly to compare.
    cell : Cell, optional
        The cell that was running; absent between cells.
    origins : object
        Of removed names, where that is known: where it was done.
    points : object
        Of names whose history is kept: the points since the last message.
    frames : list of Frame, optional
        The functions that are running now, the innermost one of each thread first; absent where
        nothing is different, empty when the cell has ended.
    digests : list of Digest
        Where they are subscribed to, at the end of a cell: those of small values that it changed.
        For the others ``digest`` asks.
    """

    epoch: str
    seq: int
    changed: list[Variable] = []
    removed: list[str] = []
    unevaluated: list[Unevaluated] = []
    cell: Cell | None = None
    origins: dict[str, Origin] = {}
    points: dict[str, list[Point]] = {}
    frames: list[Frame] | None = None
    digests: list[Digest] = []


class EventParams(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Something that a person may want to know of.

    Attributes
    ----------
    epoch, seq
        As in `RefreshParams`.
    kind : {"set-aside", "rule", "sharing"}
        ``set-aside``: describing or comparing a variable raised, or describing it took too long;
        it is skipped from now on.
        ``rule``: the condition of a rule has become true.
        ``sharing``: something that a person should know of a name that is shared, such as a
        conflict; only to those who subscribed with `sharing`.
    name : str
        The variable; of a rule the first one that its condition names.
    message : str
        What happened, in a sentence.
    rule : Rule, optional
        The rule.
    origin : Origin, optional
        Where the change was made that made the rule's condition true.
    times : int
        How often the rule fired since the last event of it.
    """

    epoch: str
    seq: int
    kind: Literal["set-aside", "rule", "sharing"]
    name: str
    message: str
    rule: Rule | None = None
    origin: Origin | None = None
    times: int = 1


class ProgressParams(msgspec.Struct, kw_only=True):
    """How far the work on a request is, for a client that asked to be told.

    Attributes
    ----------
    id : int or str
        Of the request.
    doing : {"filtering", "sorting", "summing up"}
        What is being done.
    done : float
        Which part of the whole work is done, 0 to 1. It is estimated.
    """

    id: Id
    doing: Literal["filtering", "sorting", "summing up"]
    done: float


class Refresh(msgspec.Struct, tag_field="method", tag="refresh"):
    """The notification ``refresh``."""

    params: RefreshParams


class Update(msgspec.Struct, tag_field="method", tag="update"):
    """The notification ``update``."""

    params: UpdateParams


class Event(msgspec.Struct, tag_field="method", tag="event"):
    """The notification ``event``."""

    params: EventParams


class Progress(msgspec.Struct, tag_field="method", tag="progress"):
    """The notification ``progress``. It has no ``seq``: no state depends on it."""

    params: ProgressParams


class Result(msgspec.Struct):
    """The answer to a request that went well; `RESULTS` has the type of ``result``."""

    id: Id
    result: dict[str, Any]


class ErrorData(msgspec.Struct, omit_defaults=True):
    """What would have been right, and what to do next."""

    expected: str = ""
    remedy: str = ""


class ErrorInfo(msgspec.Struct):
    """Why a request failed; the codes are in `livens.exceptions`."""

    code: int
    message: str
    data: ErrorData = msgspec.field(default_factory=ErrorData)


class Failure(msgspec.Struct):
    """The answer to a request that failed. ``id`` is null when the request had none to read."""

    id: Id | None
    error: ErrorInfo


Notification = Refresh | Update | Event


# -- reading and writing -------------------------------------------------------------------


def encode(message: msgspec.Struct) -> dict[str, Any]:
    """Turn a message into the JSON-able dict that goes into a comm's ``data``.

    Examples
    --------
    >>> encode(Request("list", {"limit": 2}, id=1))
    {'method': 'list', 'params': {'limit': 2}, 'id': 1}
    """
    data: dict[str, Any] = msgspec.to_builtins(message)
    return data


def encode_json(message: msgspec.Struct) -> bytes:
    """Turn a message into the JSON that goes into a comm's ``data``: `encode`, only faster.

    Texts may hold lone surrogates, which UTF-8 cannot carry: they are escaped, wherever they are.
    A variable that cannot be sent all the same is sent as skipped, with the reason, and the
    others as they are.

    Examples
    --------
    >>> encode_json(Request("list", {"name": chr(0xDCFF)})).count(b"udcff")
    1
    """
    try:
        return msgspec.json.encode(message)
    except _UNSENDABLE:
        return msgspec.json.encode(_sendable(message))


def encode_result(request_id: Id, result: msgspec.Struct) -> bytes:
    """Turn the answer to a request into JSON, as `encode_json` does."""
    answer: Any = result  # one of `RESULTS`, and written as the dict that it is read as
    return encode_json(Result(request_id, answer))


_UNSENDABLE = (UnicodeEncodeError, TypeError, ValueError, OverflowError, RecursionError)
"""What msgspec raises for what JSON, or msgspec, cannot carry."""


def _sendable(item: Any) -> Any:
    """Return what there is of a message that can be sent."""
    if type(item) in (Variable, Point):
        return _sendable_record(item)
    if isinstance(item, str):
        return str.__str__(item).encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(item, list | tuple):
        return [_sendable(each) for each in item]
    if isinstance(item, dict):
        return {_sendable(key): _sendable(value) for key, value in item.items()}
    if isinstance(item, msgspec.Struct):
        return type(item)(**_fields(item))
    return item


def _fields(record: msgspec.Struct) -> dict[str, Any]:
    return {name: _sendable(getattr(record, name)) for name in record.__struct_fields__}


def _sendable_record(record: Variable | Point) -> Variable | Point:
    """Return what there is of one row: its own trouble is not that of the others."""
    try:
        msgspec.json.encode(record)
        return record
    except _UNSENDABLE:
        pass
    if isinstance(record, Point):
        return Point(record.at, None, record.execution_count)
    try:
        repaired = Variable(**_fields(record))
        msgspec.json.encode(repaired)
    except _UNSENDABLE as err:
        name, path, type_name = map(_sendable, (record.name, record.path, record.type))
        reason = f"sending it raised {type(err).__name__}"
        return Variable(name, path, "other", type_name, status="skipped", reason=reason)
    return repaired


def decode_request(data: object) -> Request:
    """Read what a client sent.

    Raises
    ------
    InvalidMessage
        If it is not a request at all.
    """
    try:
        return msgspec.convert(data, Request)
    except (msgspec.ValidationError, RecursionError) as err:
        raise InvalidMessage(
            f"Not a request: {err}",
            expected='{"method": str, "params": object, "id": int or str}',
            remedy="Send one JSON object per comm_msg; docs/protocol.md has examples.",
        ) from None


def decode_params(method: str, params: object) -> msgspec.Struct:
    """Read the params of a request.

    Raises
    ------
    UnknownMethod
        If the protocol has no such method.
    InvalidParams
        If they do not fit; the message names the field.

    Examples
    --------
    >>> decode_params("inspect", {"path": [["name", "x"]], "limit": 10}).limit
    10
    """
    if method not in REQUESTS:
        raise UnknownMethod(
            f"No method '{method[:100]}'", expected="one of: " + ", ".join(REQUESTS)
        )
    kind = REQUESTS[method]
    try:
        return msgspec.convert(params, kind)
    except (msgspec.ValidationError, RecursionError) as err:
        fields = ", ".join(kind.__struct_fields__) or "no params"
        raise InvalidParams(
            f"Params of '{method}' do not fit: {err}",
            expected=f"{kind.__name__} ({fields})",
            remedy="Compare with the method's entry in docs/protocol.md.",
        ) from None


def decode_subscription(data: object) -> Subscription:
    """Read the data of a ``comm_open``; empty or missing data stand for the defaults."""
    params = decode_params("subscribe", data or {})
    assert isinstance(params, Subscription)
    return params


def decode_message(data: object) -> Notification | Progress | Result | Failure:
    """Read what the kernel sent.

    Raises
    ------
    ProtocolError
        If it is of another protocol version or no message of the protocol.
    """
    if not isinstance(data, dict):
        raise ProtocolError(f"The kernel sent {type(data).__name__}, expected an object")
    params = data.get("params")
    if isinstance(params, dict) and params.get("protocol", PROTOCOL) != PROTOCOL:
        raise ProtocolError(
            f"The kernel speaks protocol version {params['protocol']!r}, this client version "
            f"{PROTOCOL}. Install the same livens on both sides."
        )
    kind: Any = Failure if "error" in data else Result
    if "method" in data:
        kind = Notification | Progress
    try:
        message: Notification | Progress | Result | Failure = msgspec.convert(data, kind)
        return message
    except msgspec.ValidationError as err:
        raise ProtocolError(f"A message of the kernel does not fit the protocol: {err}") from None


def decode_result(method: str, result: dict[str, Any]) -> msgspec.Struct:
    """Read the ``result`` of an answer to *method*.

    Raises
    ------
    ProtocolError
        If it does not fit.
    """
    try:
        return msgspec.convert(result, RESULTS[method])
    except msgspec.ValidationError as err:
        raise ProtocolError(f"The answer to '{method}' does not fit: {err}") from None


def failure(request_id: Id | None, error: RequestError) -> Failure:
    """Build the answer for a request that failed."""
    data = ErrorData(expected=error.expected, remedy=error.remedy)
    return Failure(request_id, ErrorInfo(error.code, error.message, data))
