"""What is told of code that runs: the events of ``/execute-stream`` and of the WebSocket.

These types write the events, and the OpenAPI document and the JSON Schema come from them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from livens.protocol.types import ChangeSet, Origin, Unevaluated, Variable


class _Event(msgspec.Struct, kw_only=True, tag_field="type", omit_defaults=True):
    """What all events are."""


class Output(_Event, tag="output"):
    """Text on stdout, or the text of the result.

    Attributes
    ----------
    content : str
        The text.
    """

    content: str


class Display(_Event, tag="display"):
    """Something rich that the code shows, such as a picture.

    Attributes
    ----------
    data : dict of str to object
        By MIME type, as in Jupyter's ``display_data``.
    metadata : dict of str to object
        As there.
    """

    data: dict[str, Any]
    metadata: dict[str, Any] = {}


class Error(_Event, tag="error"):
    """Text on stderr, a traceback, or why code was not run to its end.

    Attributes
    ----------
    content : str
        The text.
    """

    content: str


class Change(_Event, tag="change"):
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

    @classmethod
    def of(cls, change_set: ChangeSet) -> Change:
        """Return the event that tells a change set."""
        return cls(
            epoch=change_set.epoch,
            complete=change_set.complete,
            changed=change_set.changed,
            removed=change_set.removed,
            unevaluated=change_set.unevaluated,
            origins=change_set.origins,
            capabilities=change_set.capabilities,
        )


class Complete(_Event, tag="complete"):
    """The end; nothing comes after it.

    Attributes
    ----------
    return_code : int
        0, or 1 after an error.
    """

    return_code: int = msgspec.field(name="returnCode")


ExecutionEvent = Output | Display | Error | Change | Complete
"""What one execution tells, in order; `Complete` is the last."""
