"""What is sent over HTTP, as types that handlers use and the OpenAPI document shows."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from livens.protocol.requests import WhenBusy

SessionId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class ExecuteRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What to run.

    Attributes
    ----------
    code : str
        The code; more than blanks.
    timeout_s : float, optional
        How many seconds it may take; by default as long as the server allows.
    variables : bool
        Whether changes of variables are wanted in the stream.
    """

    code: Annotated[str, Meta(extra_json_schema={"pattern": r"\S"})]
    timeout_s: Annotated[float, Meta(gt=0)] | None = None
    variables: bool = False


class ExecuteAnswer(msgspec.Struct, kw_only=True):
    """What the code told, and how it ended.

    Attributes
    ----------
    output : str
        What went to stdout, and the text of the result, in order.
    error : str, optional
        The traceback, or why the code was not run to its end.
    stderr : str
        What went to stderr.
    """

    output: str
    error: str | None
    stderr: str = ""


class ResetAnswer(msgspec.Struct, kw_only=True, rename="camel"):
    """The namespace is empty."""

    message: str
    session_id: SessionId


class Health(msgspec.Struct, kw_only=True):
    """The server answers.

    Attributes
    ----------
    version : str
        Of Python.
    timestamp : str
        In UTC, as in RFC 3339.
    """

    status: Literal["ok"]
    language: Literal["python"]
    version: str
    stateless: bool
    timestamp: str


class SessionRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A session that is to be made.

    Attributes
    ----------
    session_id : str
        What to call it; by default something random.
    """

    session_id: SessionId | None = None


class SessionInfo(msgspec.Struct, kw_only=True, rename="camel"):
    """What is known of a session.

    Attributes
    ----------
    state : str, optional
        What Jupyter knows of the kernel: starting, idle, busy, restarting or dead.
    last_activity : str, optional
        When the kernel last said something.
    connections : int
        How many front ends are connected to the kernel, and calls and listeners are at work.
    """

    session_id: SessionId
    kernel_id: str | None
    state: str | None
    last_activity: str | None
    connections: int


class SessionList(msgspec.Struct):
    """All sessions."""

    sessions: list[SessionInfo]


class SetRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a variable is to be.

    Attributes
    ----------
    expression : str
        A Python expression; the variable becomes its value.
    when_busy : {"refuse", "queue"}
        While code runs: 409, or wait until it has ended.
    """

    expression: Annotated[str, Meta(min_length=1)]
    when_busy: WhenBusy = "refuse"


class Refusal(msgspec.Struct, kw_only=True):
    """Why there is no answer.

    Attributes
    ----------
    message : str
        What was wrong, and what was expected.
    reason : str, optional
        Of HTTP.
    """

    message: str
    reason: str | None = None
