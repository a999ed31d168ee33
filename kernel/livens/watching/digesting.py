"""Digests of variables: of one, for whoever asks; of small ones, with the update of their cell.

A client that records compares values by digests (`livens.values.digests`). To ask for one takes it
two milliseconds, for which the next cell waits. To make one of a small value takes a tenth of
that, so a subscription to ``digests`` has those with the update at the end of the cell, as long as
they take less than a millisecond for all. For the rest the client asks.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from livens.exceptions import reason_of
from livens.protocol.digests import needs_digest
from livens.protocol.types import Digest, Variable
from livens.watching.view import View

SMALL_S = 0.001
"""How long the digests of one update may take in all."""

MAX_ELEMENTS = 2_000
"""Of so many elements a small array or table is."""

MAX_COLUMNS = 8
"""Of so many columns it is: each has figures of its own."""

MAX_ITEMS = 500
"""Of so many items a small container of Python's is."""

_LIBRARIES = ("numpy", "pandas")
_EXACT = ("ndarray", "DataFrame", "Series")


class NotRead(Exception):
    """A value is not read to its end; says why."""


def digest_in(view: View, name: str, check: Callable[[], None]) -> Digest:
    """Return the digest of a variable as it may be shown.

    Parameters
    ----------
    view : View
        Has the variable, and what is redacted.
    name : str
        The variable.
    check : callable
        Called again and again; raises `NotRead` to end the work, which `digest_in` passes on.
    """
    # Loaded with the first digest: a kernel that nobody records needs none of it.
    from livens.values.digests import digest_of

    redactor = view.redactor
    if redactor.hides(name):
        return Digest(name, gap="it is redacted")
    try:
        check()
        digest = digest_of(name, view.namespace.get(name), redactor.hides, check)
    except (NotRead, KeyboardInterrupt):
        raise
    except BaseException as err:  # noqa: BLE001 - a border: what a library does is its affair
        return Digest(name, gap=reason_of(err, "reading it"))
    for column in digest.columns:
        column.min, column.max = (
            redactor.masked(end) if isinstance(end, str) else end
            for end in (column.min, column.max)
        )
    return digest


class SmallDigests:
    """Makes the digests that go with one update.

    Parameters
    ----------
    view : View
        Has the variables.
    clock : callable
        Seconds of this thread's work.
    """

    def __init__(self, view: View, clock: Callable[[], float]) -> None:
        self._view, self._clock = view, clock
        self._stop_at = clock() + SMALL_S

    def of(self, name: str, variable: Variable) -> Digest | None:
        """Return the digest of a variable; None if it is to be asked for, or needs none."""
        if not needs_digest(variable) or not is_small(variable):
            return None
        try:
            return digest_in(self._view, name, self._check)
        except NotRead:
            return None

    def _check(self) -> None:
        if self._clock() > self._stop_at:
            raise NotRead("it takes longer")


def is_small(variable: Variable) -> bool:
    """Return whether a value is of a class that is read quickly, and has few elements.

    Examples
    --------
    >>> small = Variable("x", [], "sequence", "list", length=3)
    >>> is_small(small), is_small(Variable("fig", [], "object", "Figure", "matplotlib.figure"))
    (True, False)
    """
    if variable.module:
        library = variable.module.partition(".")[0]
        if library not in _LIBRARIES or variable.type not in _EXACT or variable.shape is None:
            return False
        has_many = len(variable.shape) > 1 and variable.shape[1] > MAX_COLUMNS
        return not has_many and math.prod(variable.shape) <= MAX_ELEMENTS
    return variable.length is not None and variable.length <= MAX_ITEMS
