"""What is told of a value in short, and how whoever knows a type says it: by an adapter.

This is what the authors of adapters need (``docs/adapters.md``); `livens.values.descriptions` makes
use of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from livens.protocol.types import Kind
from livens.values import registry


class Limits(NamedTuple):
    """How much of a value a preview shows.

    Attributes
    ----------
    chars : int
        The length of the whole preview.
    items : int
        Items of the outermost container; each level below shows half of it.
    depth : int
        Levels of containers within the outermost one.
    """

    chars: int = 200
    items: int = 20
    depth: int = 2


class Summary(NamedTuple):
    """What an adapter tells of a value; the fields are those of `Variable`."""

    kind: Kind
    preview: str
    length: int | None = None
    shape: list[int] | None = None
    dtype: str | None = None
    nbytes: int | None = None
    device: str | None = None
    has_children: bool = False
    truncated: bool = False


class Preview(Protocol):
    """Writes what is nested in another value; adapters get one to call for their items.

    It keeps to what is left of the limits, marks what contains itself, and redacts.
    """

    def __call__(self, value: object, /) -> str:
        """Write a value; the keys of a mapping that are to be hidden show no value."""

    def field(self, name: str, value: object, /) -> str:
        """Write ``name=value``, or ``name=redacted``."""

    def hides(self, name: str, /) -> bool:
        """Return whether what is called *name* is to be hidden."""


WriteShort = Callable[[object], str]
"""Describes any value in a short text, passively."""

Adapter = Callable[[Any, Limits, Preview], Summary]
"""From a value of a known type to its summary. It must not compute, copy or change the value."""


def register_adapter(qualified_name: str, adapter: Adapter, *, subclasses: bool = False) -> None:
    """Register how values of one class are summarised.

    Parameters
    ----------
    qualified_name : str
        ``module.qualname`` of the class, such as ``"numpy.ndarray"``.
    adapter : callable
        Takes the value, the `Limits`, and a function that previews nested values.
    subclasses : bool
        Whether real subclasses are meant as well. They may do anything in any method, so such an
        adapter has to read values passively: by `livens.values.passive`, or by the descriptors of
        the base class. Where a class has an adapter of its own, that one is used.

    Examples
    --------
    >>> class Celsius:
    ...     def __init__(self, degrees):
    ...         self.degrees = degrees
    >>> from livens.values.passive import qualified_name
    >>> name = qualified_name(Celsius)
    >>> register_adapter(name, lambda v, limits, preview: Summary("number", f"{v.degrees} °C"))
    >>> from livens.values.descriptions import describe
    >>> describe("t", Celsius(21)).preview
    '21 °C'
    """
    registry.register(qualified_name, adapter, subclasses=subclasses)
