"""How values are encoded: what must not be kept, and how much work may be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livens.exceptions import LivensError
from livens.protocol.redaction import Redactor

MAX_ITEMS = 10_000_000
MAX_NBYTES = 4 << 30


class GivenUp(LivensError):
    """There was no time to encode a group to its end; it can be taken again later."""


def _never() -> None:
    pass


@dataclass(frozen=True)
class Options:
    """How a group is encoded.

    Attributes
    ----------
    redactor : Redactor or None
        Names that it hides are refused: those of variables, and of keys, attributes, columns and
        fields in a value. Sources of functions in which it would mask something are refused, too.
    check : callable
        Called every few hundred items. What it raises ends the work and comes out of
        `encode_group`, such as `GivenUp`.
    max_items : int
        A name with more items than this is refused.
    max_nbytes : int
        A name whose bytes are more than this is refused.
    pickles : livens.state.encoding.pickles.Pickles or None
        Keeps what nothing else keeps, by cloudpickle. None: such names are refused.
    """

    redactor: Redactor | None = None
    check: Callable[[], None] = _never
    max_items: int = MAX_ITEMS
    max_nbytes: int = MAX_NBYTES
    pickles: Any = None


def until(deadline_s: float, clock: Callable[[], float]) -> Callable[[], None]:
    """Return a check that raises `GivenUp` once the clock has passed a time.

    Examples
    --------
    >>> until(5.0, lambda: 4.0)()
    >>> until(5.0, lambda: 6.0)()
    Traceback (most recent call last):
    livens.state.plain.options.GivenUp: there was no time to encode it to its end
    """

    def check() -> None:
        if clock() > deadline_s:
            raise GivenUp("there was no time to encode it to its end")

    return check
