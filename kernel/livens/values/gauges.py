"""Gauges: what a value measures, as a number or a size, read in about a microsecond.

Numbers, and the builtin types that have a length, are read on the spot. Types of other libraries
are read by a *gauge* (`register_gauge`) where there is one; of any other value only its
description says what it measures (`described`).

How a number is written: an int beyond ±2**53, which JavaScript would change, as the nearest
float; what is no finite number as ``"nan"``, ``"inf"`` or ``"-inf"``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple

from livens.protocol.types import PARTLY, Variable
from livens.values.passive import qualified_name

MISSING: Any = object()
"""Stands for the value of a name that was deleted."""

Number = bool | int | float | str

EXACT = 2**53
"""The largest int up to which a float, and so JavaScript, tells all ints apart."""

_LARGEST = 2**63 - 1
"""The largest size that is told, as in a `Variable`."""

_LENGTHS = [[length] for length in range(64)]
"""The sizes that most containers have; points share them, and nobody changes them."""


class Reading(NamedTuple):
    """What a value measures.

    Attributes
    ----------
    value : bool, int, float or str, optional
        Of a number.
    size : list of int, optional
        Of anything else: its shape or length.
    nbytes : int, optional
        The bytes of its data.
    """

    value: Number | None = None
    size: list[int] | None = None
    nbytes: int | None = None


Gauge = Callable[[Any], Reading]
"""From a value of a known type to what it measures, in about a microsecond, by its header alone."""

_gauges: dict[str, Gauge] = {}


_known: dict[int, tuple[type, Gauge]] = {}
"""Gauges by the id of the class, whose name takes a microsecond to read. The class is held, so
that its id stays its own; only classes with a gauge are, which are a library's."""


def register_gauge(qualified_name: str, gauge: Gauge) -> None:
    """Register how values of one class are measured, as `summaries.register_adapter`."""
    _gauges[qualified_name] = gauge
    _known.clear()


def number(value: float) -> Number:
    """Write an exact bool, int or float as a point does.

    Examples
    --------
    >>> number(5), number(2**53 + 1), number(10**400), number(float("nan"))
    (5, 9007199254740992.0, 'inf', 'nan')
    """
    if type(value) is int and not -EXACT <= value <= EXACT:
        try:
            return float(value)
        except OverflowError:
            return "inf" if value > 0 else "-inf"
    return value if isfinite(value) else repr(value)


def measure(value: Any) -> Reading | None:
    """Measure a value without running code of the user's; None where that takes a description.

    Raises what a gauge raises. A size that is too large to be told is left out.

    Examples
    --------
    >>> measure(0.5).value, measure([1, 2, 3]).size, measure(b"abc").nbytes
    (0.5, [3], 3)
    """
    cls = id(type(value))
    if cls in _NUMBERS:
        return Reading(number(value))
    if cls in _SIZED:
        try:
            length = len(value)
        except OverflowError:  # ``range(10**30)``
            return Reading()
        size = _LENGTHS[length] if length < len(_LENGTHS) else [length]
        return Reading(None, size, length if cls in _BYTES else None)
    if value is None or value is MISSING:
        return Reading()
    found = _known.get(cls)
    if found is None:
        gauge = _gauges.get(qualified_name(type(value)))
        if gauge is None:
            return None
        found = type(value), gauge
        if len(_known) < 1_000:
            _known[cls] = found
    reading = found[1](value)
    if (reading.nbytes or 0) > _LARGEST or max(reading.size or (0,)) > _LARGEST:
        return Reading(reading.value)
    return reading


_NUMBERS = frozenset(map(id, (bool, int, float)))
_BYTES = frozenset(map(id, (bytes, bytearray)))
_SIZED = _BYTES | frozenset(map(id, (str, list, tuple, dict, set, frozenset, deque, range)))


def described(variable: Variable) -> Reading:
    """Read what a description says of a value's measures.

    Examples
    --------
    >>> described(Variable("x", [], "number", "Decimal", preview="Decimal('1.5')"))
    Reading(value=1.5, size=None, nbytes=None)
    """
    if variable.status == "skipped" or variable.reason not in ("", PARTLY):
        return Reading()
    if variable.kind == "number":
        text = re.sub(r"^[\w.]+\((.*)\)$", r"\1", variable.preview).strip("'")
        for kind in (int, float):
            try:
                return Reading(number(kind(text)))
            except ValueError:
                continue
        return Reading()
    size = variable.shape
    if size is None and variable.length is not None:
        size = [variable.length]
    return Reading(None, size, variable.nbytes)
