"""Content: how a value is read, part by part, without running the user's code.

What a reader returns, and what all of them use. The readers of Python's own types are in
`livens.values.builtin_contents`, those of other types in `livens.values.readers`; which one a value
has says `livens.values.content_registry`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

from livens.values.marks import Part

CONTENT = Part("content")
"""The label of what an instance of a subclass has besides its attributes."""


class Postponed(Exception):
    """Raised by a `pause`: what is being read is to be read another time."""


def no_pause() -> None:
    """Go on without a pause."""


class Content(NamedTuple):
    """How to read the content of one value. It lives as long as the look, for it holds the value.

    Attributes
    ----------
    form : str
        What the parts are: ``items``, ``keys``, ``members``, ``attributes``, ``columns``,
        ``cells`` or ``text``.
    header : tuple
        Of exact numbers, texts and tuples: what must be equal besides the parts.
    length : int
        How many parts there are.
    read : callable
        Reads the parts from a start to a stop: `bytes` for ``cells`` and ``text``, else a list
        of labels (or None, where the position is the label) and a list of the parts.
    part_bytes : int
        Bytes that a part takes; 0 for objects.
    is_indexed : bool
        Whether reading in the middle takes no longer than reading at the start. Where it does,
        `read` takes a third argument, which it calls every third of a millisecond.
    gap : str
        What is not read, and why; empty if all of it can be read.
    facts : tuple of (str, mark)
        What else must be equal, each with a name for the user: ``dtype``, ``state``.
    is_made : bool
        Whether the labels and parts are made for the look: their identity says nothing.
    is_foreign : bool
        Whether it is what another library keeps in its object: locks and the like in there are
        its own affair.
    """

    form: str
    header: tuple[Any, ...]
    length: int
    read: Callable[..., Any]
    part_bytes: int = 0
    is_indexed: bool = True
    gap: str = ""
    facts: tuple[tuple[str, Any], ...] = ()
    is_made: bool = False
    is_foreign: bool = False


Pause = Callable[[], None]
"""Lets other threads run; raises `Postponed` if reading would be in somebody's way."""

Reader = Callable[[Any], Content | None]
"""From a value of a known type to its content. It must not compute or change the value."""


def state(*facts: tuple[str, Any], parts: tuple[Any, ...] = (), gap: str = "") -> Content:
    """Return a `Content` of a few facts and of what the value holds.

    Examples
    --------
    >>> state(("state", "closed")).facts
    (('state', 'closed'),)
    """
    return Content(
        "state",
        (),
        len(parts),
        lambda start, stop: (None, list(parts[start:stop])),
        gap=gap,
        facts=facts,
    )


PLAIN = frozenset(
    map(
        id,
        (int, float, bool, complex, type(None), str, bytes,
         ModuleType, FunctionType, BuiltinFunctionType, type),
    )
)  # fmt: skip
"""The classes, by id, of what has no content where it is part of something."""


def nothing(start: int, stop: int) -> Any:
    """Read nothing, for a `Content` without parts."""
    return None, []
