"""One name in many processes: the smallest and the largest number, and whether it is the same."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from livens.cluster.members import Key
from livens.protocol.types import REDACTED, Variable

Verdict = Literal["same", "differs", "not compared"]

_WHOLE = ("number", "bool", "none", "text", "bytes")
"""Of these kinds a preview that is not cut is the whole value."""


class Comparison(NamedTuple):
    """What is known of one name in many processes.

    Attributes
    ----------
    verdict : {"same", "differs", "not compared"}
        ``same`` only where the whole values are known.
    low, high : tuple of str and Key, optional
        The smallest and the largest number as they are shown, and who has them; of what is no
        number, and of numbers of which one is NaN, None.
    missing : list of Key
        Who has no such name.
    """

    verdict: Verdict
    low: tuple[str, Key] | None
    high: tuple[str, Key] | None
    missing: list[Key]


def compare(values: Mapping[Key, Variable | None]) -> Comparison:
    """Compare what one name holds in several processes.

    Examples
    --------
    >>> x = Variable("x", [], "number", "int", preview="5")
    >>> y = Variable("x", [], "number", "int", preview="12")
    >>> compare({0: x, 1: y, 2: None})
    Comparison(verdict='differs', low=('5', 0), high=('12', 1), missing=[2])
    """
    there = {key: value for key, value in values.items() if value is not None}
    missing = [key for key, value in values.items() if value is None]
    low, high = _ends(there)
    verdict = _verdict(there.values())
    if missing and there and verdict != "not compared":
        verdict = "differs"
    return Comparison(verdict, low, high, missing)


def _verdict(values: Iterable[Variable]) -> Verdict:
    known = list(values)
    if any(v.status != "current" or v.reason == REDACTED for v in known):
        return "not compared"
    if len({(v.type, v.kind, v.preview, v.length, tuple(v.shape or ())) for v in known}) > 1:
        return "differs"
    is_whole = all(v.kind in _WHOLE and not v.truncated and "…" not in v.preview for v in known)
    return "same" if known and is_whole else "not compared"


def _ends(
    values: Mapping[Key, Variable],
) -> tuple[tuple[str, Key] | None, tuple[str, Key] | None]:
    numbers: dict[Key, float] = {}
    for key, value in values.items():
        number = number_of(value)
        if number is None or math.isnan(number):
            return None, None
        numbers[key] = number
    if not numbers:
        return None, None
    low, high = min(numbers, key=lambda k: numbers[k]), max(numbers, key=lambda k: numbers[k])
    return (values[low].preview, low), (values[high].preview, high)


def number_of(variable: Variable) -> float | None:
    """Return the number that a variable holds, or None if it is none that can be compared."""
    if variable.kind != "number" or variable.status != "current":
        return None
    try:
        return float(variable.preview)
    except (ValueError, OverflowError):
        return None
