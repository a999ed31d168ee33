"""What a livens server answers over HTTP, as types; ``docs/server.md`` says what they mean.

They are decoded here, and encoded in `livens.server`: fields of a newer server are ignored.
"""

from __future__ import annotations

from typing import Any

import msgspec

from livens.protocol.types import Origin, Unevaluated, Variable


class Answer(msgspec.Struct, kw_only=True, frozen=True):
    """What the code told, and how it ended.

    Attributes
    ----------
    output : str
        What went to stdout, and the text of the result, in order.
    error : str, optional
        The traceback, or why the code was not run to its end; None if all is well.
    stderr : str
        What went to stderr.
    """

    output: str
    error: str | None
    stderr: str = ""


class Session(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """What is known of a session.

    Attributes
    ----------
    session_id : str
        Its id.
    kernel_id : str, optional
        Of Jupyter.
    state : str, optional
        ``starting``, ``idle``, ``busy``, ``restarting`` or ``dead``; None where it is not known.
    last_activity : str, optional
        When the kernel last said something, as in RFC 3339.
    connections : int
        How many front ends of Jupyter are connected to the kernel.
    """

    session_id: str
    kernel_id: str | None = None
    state: str | None = None
    last_activity: str | None = None
    connections: int = 0


class Health(msgspec.Struct, kw_only=True, frozen=True):
    """The server answers; `version` is Python's."""

    status: str
    language: str
    version: str
    stateless: bool
    timestamp: str


class _Event(msgspec.Struct, kw_only=True, frozen=True, tag_field="type"):
    """What all events are."""


class Output(_Event, tag="output", frozen=True):
    """Text on stdout, or the text of the result."""

    content: str


class Display(_Event, tag="display", frozen=True):
    """Something rich that the code shows, by MIME type, such as a picture."""

    data: dict[str, Any]
    metadata: dict[str, Any] = {}


class Error(_Event, tag="error", frozen=True):
    """Text on stderr, a traceback, or why code was not run to its end."""

    content: str


class Change(_Event, tag="change", frozen=True):
    """What changed of the variables.

    Attributes
    ----------
    epoch : str
        Names the kernel process; after another one, all that was is gone.
    complete : bool
        Whether this is the whole state, and what is not in it is gone.
    changed : list of Variable
        Which are new or different.
    removed : list of str
        Which are gone.
    unevaluated : list of Unevaluated
        Which were touched, and not compared.
    origins : dict of str to Origin
        What changed them.
    capabilities : dict of str to int
        With the whole state: what the kernel can do, see `livens.protocol.capabilities`.
    """

    epoch: str = ""
    complete: bool = False
    changed: list[Variable] = []
    removed: list[str] = []
    unevaluated: list[Unevaluated] = []
    origins: dict[str, Origin] = {}
    capabilities: dict[str, int] = {}


class Complete(_Event, tag="complete", frozen=True):
    """The end of an execution; `return_code` is 0, or 1 after an error."""

    return_code: int = msgspec.field(name="returnCode")


Event = Output | Display | Error | Change | Complete
"""What one execution tells, in order; `Complete` is the last."""
