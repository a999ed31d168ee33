"""The messages of the WebSocket that are not the protocol's: their types, and so their schema.

A client sends ``{"method": …, "params": …, "id": …}``, and is answered ``{"id": …, "result": …}``.
What it is told without asking is ``{"method": …, "params": …}``.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class ExecuteParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What ``execute`` takes; as in ``/execute``."""

    code: str
    timeout_s: float | None = None


class CompletionsParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What ``completions`` takes.

    Attributes
    ----------
    code : str
        What is being written.
    cursor : int, optional
        Where in it, in characters; by default at its end.
    """

    code: str
    cursor: int | None = None


class InputsParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What ``history`` takes, when it names no variable.

    Attributes
    ----------
    limit : int
        How many of the last inputs.
    """

    limit: int = 100


class InterruptParams(msgspec.Struct, forbid_unknown_fields=True):
    """What ``interrupt`` takes: nothing."""


class Executed(msgspec.Struct, kw_only=True):
    """The result of ``execute``.

    Attributes
    ----------
    execution : str
        What names it in what everybody is told.
    return_code : int
        0, or 1 after an error.
    error : str, optional
        The traceback, or why the code was not run to its end.
    """

    execution: str
    return_code: int = msgspec.field(name="returnCode")
    error: str | None


class Completions(msgspec.Struct, kw_only=True):
    """The result of ``completions``.

    Attributes
    ----------
    matches : list of str
        What may be put in the place of the code from *start* to *end*.
    start, end : int
        In characters.
    """

    matches: list[str]
    start: int
    end: int


class Inputs(msgspec.Struct):
    """The result of ``history`` without a name: the last inputs of the session, oldest first."""

    inputs: list[str]


class Interrupted(msgspec.Struct):
    """The result of ``interrupt``: the kernel was told; ``complete`` says that the code ended."""


class _OfExecution(msgspec.Struct, kw_only=True):
    """What all that is told of code has.

    Attributes
    ----------
    execution : str
        Names the execution.
    by : str
        Who began it; empty for another program on the same kernel, such as JupyterLab.
    """

    execution: str
    by: str


class StartedParams(_OfExecution, kw_only=True):
    """Of ``started``: code begins to run."""

    code: str
    execution_count: int | None


class OutputParams(_OfExecution, kw_only=True):
    """Of ``output``: text on ``stdout`` or ``stderr``."""

    content: str
    stream: str


class _Bundle(_OfExecution, kw_only=True):
    """Something rich, by MIME type; `display_id` names what ``display`` may update later."""

    data: dict[str, Any]
    metadata: dict[str, Any]
    display_id: str


class DisplayParams(_Bundle, kw_only=True):
    """Of ``display``: something that code shows, or an update of what it showed before."""

    is_update: bool


class ResultParams(_Bundle, kw_only=True):
    """Of ``result``: the value of the last expression."""

    execution_count: int | None


class ClearParams(_OfExecution, kw_only=True):
    """Of ``clear``: the outputs go, at once or when the next one comes (``wait``)."""

    wait: bool


class ErrorParams(_OfExecution, kw_only=True):
    """Of ``error``: the class of an exception, and its traceback."""

    name: str
    content: str


class CompleteParams(_OfExecution, kw_only=True):
    """Of ``complete``: the code has ended, with 0, or 1 after an error."""

    return_code: int = msgspec.field(name="returnCode")


class LostParams(msgspec.Struct):
    """Of ``lost``: so many messages were dropped, because this client reads too slowly."""

    count: int


class SessionParams(msgspec.Struct):
    """Of ``session``: the kernel was started again, and the variables are gone."""

    state: Literal["restarted"]


class UnsubscribedParams(msgspec.Struct):
    """Of ``unsubscribed``: the subscription is over."""


TOLD: dict[type[msgspec.Struct], type[msgspec.Struct]] = {
    params: msgspec.defstruct(
        params.__name__.removesuffix("Params") + "Message",
        [("params", params)],
        tag_field="method",
        tag=params.__name__.removesuffix("Params").lower(),
        module=__name__,
        namespace={"__doc__": params.__doc__},
    )
    for params in (
        StartedParams,
        OutputParams,
        DisplayParams,
        ResultParams,
        ClearParams,
        ErrorParams,
        CompleteParams,
        LostParams,
        SessionParams,
        UnsubscribedParams,
    )
}
"""What a client is told: the message of each kind of params."""

METHODS: dict[str, tuple[type[msgspec.Struct], type[msgspec.Struct]]] = {
    "execute": (ExecuteParams, Executed),
    "interrupt": (InterruptParams, Interrupted),
    "completions": (CompletionsParams, Completions),
    "history": (InputsParams, Inputs),
}
"""What a client may ask for beside the methods of the protocol: the params and the result."""


def encoded(params: msgspec.Struct) -> bytes:
    """Return the message with these params, as JSON.

    Examples
    --------
    >>> encoded(LostParams(3))
    b'{"method":"lost","params":{"count":3}}'
    """
    return msgspec.json.encode(TOLD[type(params)](params))
