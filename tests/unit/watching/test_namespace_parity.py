"""A MonitoredDict answers every method and operator as a dict does."""

from __future__ import annotations

import operator
import string
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from outcomes import outcome

from livens.watching.namespace import MonitoredDict


class Reflected:
    """An operand that answers from the right whatever a dict leaves to it."""

    def __ror__(self, other: Any) -> Any:
        return "ror", type(other).__mro__[-2]

    def __eq__(self, other: object) -> Any:
        return "eq"

    def __ne__(self, other: object) -> Any:
        return "ne"

    def __gt__(self, other: object) -> Any:
        return "gt"

    __hash__ = None  # type: ignore[assignment]


class ReflectedDict(dict[Any, Any]):
    """A subclass of dict whose answers from the right go first."""

    def __ror__(self, other: Any) -> Any:
        return "first", type(other), dict(other)

    def __eq__(self, other: object) -> Any:
        return "eq"

    def __ne__(self, other: object) -> Any:
        return "ne"

    __hash__ = None  # type: ignore[assignment]


class Liar:
    """Says that it is a dict, which only code that asks politely believes."""

    @property
    def __class__(self) -> Any:
        return dict


class Keys:
    """What update() takes for a mapping; its second value cannot be read."""

    __iter__ = None

    def keys(self) -> list[str]:
        return ["a", "b"]

    def __getitem__(self, key: str) -> int:
        if key == "b":
            raise ValueError("no b")
        return 1


OPERANDS = [
    None, 5, "ab", [], [("a", 9)], (), {1}, {}, {"a": 1}, {"a": 1, "b": 2}, {"b": 2, "a": 1},
    OrderedDict(a=1, b=2), OrderedDict(b=3), Counter("ab"), defaultdict(int, a=1),
    MappingProxyType({"a": 1, "b": 2}), UserDict(a=1, b=2), ChainMap({"a": 1, "b": 2}),
    Reflected(), ReflectedDict(c=3), Liar(), Keys(), MonitoredDict({"a": 1, "b": 2}), object,
]  # fmt: skip

# A subclass of dict with its own reflected method goes first, for the operator. Whether that or
# the method itself was called cannot be told from inside.
PLAIN_OPERANDS = [o for o in OPERANDS if type(o) is dict or not issubclass(type(o), dict)]

WITH_OPERAND: list[Any] = [
    *(
        operator.methodcaller(name, operand)
        for name in ("__or__", "__ror__", "__eq__", "__ne__", "__lt__", "__le__", "__ge__")
        for operand in PLAIN_OPERANDS
    ),
    *(
        lambda d, f=function, o=operand: f(d, o)
        for function in (operator.or_, operator.ior, operator.eq, operator.ne, operator.lt)
        for operand in OPERANDS
    ),
    *(
        lambda d, f=function, o=operand: f(o, d)
        for function in (operator.or_, operator.eq, operator.ne, operator.gt)
        for operand in OPERANDS
        if type(operand) is not OrderedDict or function is operator.or_  # it reads our storage
    ),
    *(
        operator.methodcaller(name, operand)
        for name in ("update", "__ior__", "fromkeys")
        for operand in OPERANDS
    ),
]

ALONE: list[Any] = [
    lambda d: d.update(self=1, other=2, key=3),
    lambda d: d.update({"a": 5}, b=6),
    lambda d: d.update(a=1),
    lambda d: d.update(),
    lambda d: d.update([("x", 1), ("y",)]),
    lambda d: d.update([("x", 1), ([], 2)]),
    lambda d: d.setdefault([]),
    lambda d: d.setdefault("a"),
    lambda d: d.setdefault("c"),
    lambda d: d.setdefault("c", []),
    lambda d: d.pop("a", 1, 2),
    lambda d: d.pop("c"),
    lambda d: d.pop("c", None),
    lambda d: d.pop([]),
    lambda d: d.pop([], None),
    lambda d: [d.popitem(), d.popitem()],
    lambda d: [d.popitem(), d.popitem(), d.popitem()],
    lambda d: d.get([]),
    lambda d: d.get("c", 7),
    lambda d: d["c"],
    lambda d: d[[]],
    lambda d: d.__getitem__("a"),
    lambda d: d.__setitem__([], 1),
    lambda d: d.__delitem__("c"),
    lambda d: d.__delitem__([]),
    lambda d: [] in d,
    lambda d: d.__contains__("a"),
    lambda d: d.fromkeys([[]]),
    lambda d: d.fromkeys("ab", 0),
    lambda d: d.fromkeys(5),
    lambda d: type(d.fromkeys("a")),
    lambda d: [type(iter(d)), type(reversed(d)), list(reversed(d)), list(d)],
    lambda d: [type(d.keys()), d.keys() & {"a"}, d.items() >= {("a", 1)}, list(d.values())],
    lambda d: [next(iter(d)) for _ in d if not d.update(c=1)],  # changed size
    lambda d: [bool(d), len(d), str(d), d.__sizeof__()],
    lambda d: [bool(d.clear()), len(d), repr(d), d.copy()],
    lambda d: dict(**d),
    lambda d: {**d, "c": 3},
    lambda d: [dict(d), dict(d, c=3), list(d.items())],
    "{a}".format_map,
    "{c}".format_map,
    lambda d: string.Template("$a").substitute(d),
    lambda d: d.__class_getitem__(int).__args__,
    lambda d: isinstance(d, dict) and issubclass(type(d), Mapping),
    hash,
    lambda d: d < {},
    lambda d: d | 5,
]

# Called in a wrong way, a method names itself in another way: only the type of the error counts.
CALLED_WRONGLY: list[Any] = [
    lambda d: d.get(),
    lambda d: d.update(1, 2),
    lambda d: d.get("a", default=1),
    lambda d: d.pop(),
    lambda d: d.popitem(1),
    lambda d: d.setdefault(),
    lambda d: d.keys(1),
    lambda d: d.copy(1),
    lambda d: d.clear(1),
    lambda d: d.fromkeys(),
]


def told_outcome(operation: Any, d: Any) -> tuple[Any, ...]:
    """Return what an operation gives or raises, and what is left then."""
    kind, *rest = outcome(lambda: operation(d))
    if rest and rest[0] is d:
        rest = ["the dict itself"]
    elif kind == "returned":
        rest = [type(rest[0]), rest[0], repr(rest[0])]
    else:
        rest[1] = rest[1].replace("MonitoredDict", "dict")
    return kind, *rest, list(dict(d).items())


@pytest.mark.parametrize("on_change", [None, lambda key: None], ids=["unwatched", "watched"])
def test_every_answer_is_that_of_a_dict(on_change: Any) -> None:
    """Results, errors and their texts, `NotImplemented`, and whose method goes first."""
    for number, operation in enumerate([*WITH_OPERAND, *ALONE]):
        monitored = told_outcome(operation, MonitoredDict({"a": 1, "b": 2}, on_change))
        assert monitored == told_outcome(operation, {"a": 1, "b": 2}), number
    for operation in CALLED_WRONGLY:
        monitored = told_outcome(operation, MonitoredDict({"a": 1}, on_change))
        assert monitored[:2] == told_outcome(operation, {"a": 1})[:2] == ("raised", TypeError)


def test_operands_that_are_no_dict_are_not_asked_what_they_are() -> None:
    """No code of an operand runs before it is its turn."""

    class Shy:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    monitored = MonitoredDict({"a": 1})
    for name in ("__or__", "__ror__", "__eq__", "__ne__"):
        assert getattr(monitored, name)(Shy()) is NotImplemented


def test_every_mutating_method_of_dict_is_covered() -> None:
    """A method that a later Python adds to dict would write past us: this test would tell."""
    inherited = {name for name in vars(dict) if name not in vars(MonitoredDict)}
    assert inherited <= {
        "__new__", "__getattribute__", "__getitem__", "__lt__", "__le__", "__gt__", "__ge__",
        "__class_getitem__", "__doc__",
    }  # fmt: skip
