"""What the two threads of the kernel in Pyodide say to each other, as Python sees it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, Protocol


class Port(Protocol):
    """The way to the thread of the sockets; texts are JSON."""

    def publish(  # noqa: PLR0917 - it is called from JavaScript, which has no names
        self, parent: str, kind: str, content: str, topic: Any, metadata: Any, buffers: Any
    ) -> None:
        """Tell all clients, as the doing of a request; may wait for them to keep up."""

    def reply(self, request: str, kind: str, content: str) -> None:
        """Answer a request."""

    def status(self, request: str, state: str) -> None:
        """Say that a request is begun ("busy") or done ("idle")."""

    def cell(self, execution_count: int | None, started_at: float) -> None:
        """Say which cell runs; with 0 that none does."""

    def watched(self, is_watched: bool) -> None:
        """Say whether to send signals while code runs."""

    def ready(self, information: str) -> None:
        """Say what kernel this is, and that it takes requests."""

    def note(self, text: str) -> None:
        """Write a line to the error output of the kernel's process."""

    def taken(self) -> int:
        """Return how many requests were passed on to their turn."""

    def nextAside(self) -> Any:
        """Return a comm message that waits and its buffers, or a false value."""

    def rest(self, seconds: float) -> None:
        """Let time pass until there is an interrupt or input, without computing."""

    def ask(self, request: str, content: str) -> None:
        """Ask the user for input."""

    def answer(self) -> str | None:
        """Return what the user has typed, or None so far."""

    def interruptedTurn(self) -> int:
        """Return the turn of the cell that is to be interrupted; -1 if none is."""

    def takeInterrupt(self) -> None:
        """Say that the interrupt has been taken: it is not told again."""


class Request(NamedTuple):
    """What a client asks for.

    Attributes
    ----------
    id, type : str
        Its message's.
    content, metadata : dict
        Its message's.
    turn : int
        Its number among those that are carried out one after the other.
    buffers : list
        Bytes that came with it.
    failure : Exception, optional
        Why it cannot be read.
    """

    id: str
    type: str
    content: dict[str, Any]
    metadata: dict[str, Any]
    turn: int
    buffers: list[Any]
    failure: Exception | None = None


def read_request(  # noqa: PLR0917 - it is called from JavaScript, which has no names
    request: str, kind: str, content: str, metadata: str, turn: int = 0, buffers: Any = ()
) -> Request:
    """Return a request whose content and metadata are JSON; one that cannot be read has a failure.

    Examples
    --------
    >>> read_request("1", "comm_open", '{"text": "\\\\ud800"}', "{}").content
    {'text': '\\ud800'}
    >>> read_request("1", "execute_request", "[]", "{}").failure
    TypeError('The content of the request is no object')
    """
    try:
        return Request(
            request,
            kind,
            _object(content, "content"),
            _object(metadata, "metadata"),
            turn,
            [memoryview(each.to_bytes()) for each in buffers],
        )
    except Exception as err:  # noqa: BLE001 - a border: anything may be nested, or be too large
        return Request(request, kind, {}, {}, turn, [], err)


def _object(text: str, what: str) -> dict[str, Any]:
    # `json` takes halves of surrogate pairs, which are in no UTF-8.
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError(f"The {what} of the request is no object")
    return value
