"""The arithmetic of conditions: what is calculated, and what is too large or has no result.

Bounded, and by value only: of a variable there are its `livens.rules.facts`, never the value
itself.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from livens.rules.facts import MAX_BITS, Facts, Unknown
from livens.rules.inside import Figure, InsideLookup, no_inside

Lookup = Callable[[str], Facts | None]
"""Returns what is known of a variable; None if there is no such variable."""


class Sight(NamedTuple):
    """What a condition sees at one moment.

    Attributes
    ----------
    lookup : callable
        Knows the variables.
    changed : frozenset of str
        Those that changed.
    inside : callable
        Looks into the variables.
    figures : dict
        The figures of data that were found, by their texts.
    """

    lookup: Lookup
    changed: frozenset[str]
    inside: InsideLookup
    figures: dict[str, Figure]


Evaluation = Callable[[Sight], Any]
"""Works a part of a condition out; raises `Unknown` where that cannot be."""


ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_EQUALITY: dict[type, Callable[[Any, Any], bool]] = {ast.Eq: operator.eq, ast.NotEq: operator.ne}
_ORDER: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

NOTHING = Sight(lambda name: None, frozenset(), no_inside, {})


def known(sight: Sight, name: str, ask: Callable[[Facts], Any]) -> Any:
    """Ask what is known of a variable; `Unknown` names it where that is not enough."""
    facts = sight.lookup(name)
    if facts is None:
        raise Unknown(f"there is no variable '{name[:100]}'")
    try:
        return ask(facts)
    except Unknown as err:
        raise Unknown(f"'{name[:100]}': {err}") from None


def need_number(value: Any) -> Any:
    """Refuse what is no number."""
    if type(value) not in (bool, int, float):
        raise Unknown(f"{_what(value)} cannot be calculated with")
    return value


def _what(value: Any) -> str:
    return {str: "a text", tuple: "a shape", type(None): "None"}.get(type(value), "a number")


def calculate(operate: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Calculate with two numbers."""
    need_number(left)
    need_number(right)
    is_of_ints = type(left) is not float and type(right) is not float
    if operate is operator.pow and is_of_ints and left.bit_length() * abs(right) > MAX_BITS:
        raise Unknown("the power is too large to calculate")
    return checked(operate, left, right)


def checked(call: Callable[..., Any], *values: Any) -> Any:
    """Calculate, and give up on what has no result or one that is too large."""
    try:
        result = call(*values)
    except ZeroDivisionError:
        raise Unknown("division by zero") from None
    except OverflowError:
        raise Unknown("the number is too large to calculate with") from None
    except ValueError as err:
        raise Unknown(f"{err}") from None
    if type(result) is complex:
        raise Unknown("the result is a complex number")
    if type(result) is int and result.bit_length() > MAX_BITS:
        raise Unknown("the number is too large to calculate with")
    return result


def compare(op: ast.cmpop, left: Any, right: Any) -> bool:
    """Compare two values, or look for one among others."""
    if isinstance(op, ast.In | ast.NotIn):
        # As in Python but by value only: NaN is in no tuple.
        found = any(left == item for item in right)
        return found is isinstance(op, ast.In)
    equality = _EQUALITY.get(type(op))
    if equality is not None:
        return equality(left, right)
    is_text = type(left) is str and type(right) is str
    if not is_text and not (_is_number(left) and _is_number(right)):
        raise Unknown(f"{_what(left)} and {_what(right)} have no order")
    return _ORDER[type(op)](left, right)


def _is_number(value: Any) -> bool:
    return type(value) in (bool, int, float)


def _smallest(*values: Any) -> Any:
    return min(map(need_number, values))


def _largest(*values: Any) -> Any:
    return max(map(need_number, values))


def _rounded(value: Any, digits: Any = None) -> Any:
    if digits is not None and (type(digits) is not int or abs(digits) > 300):
        raise Unknown("'round' takes an int of 300 at the most as its second argument")
    return round(need_number(value), digits)


ARGUMENTS = {"min": (2, 50), "max": (2, 50), "round": (1, 2)}
CALLS: dict[str, Callable[..., Any]] = {
    "abs": lambda value: abs(need_number(value)),
    "min": _smallest,
    "max": _largest,
    "round": _rounded,
    "isnan": lambda value: need_number(value) != value,
    "isinf": lambda value: abs(need_number(value)) == float("inf"),
}
