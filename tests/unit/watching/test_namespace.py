"""A MonitoredDict is a dict, tells every change, and holds nothing."""

from __future__ import annotations

import copy
import json
import operator
import pickle
import string
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from livens.watching.namespace import MonitoredDict

KEYS = st.sampled_from(["a", "b", "c", "d", 1, "1", None, (1, 2)])
VALUES = st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
PAIRS = st.lists(st.tuples(KEYS, VALUES), max_size=4)


def outcome(function: Any) -> Any:
    """Return what a call gives, or what it raises."""
    try:
        return ("returned", function())
    except (KeyError, TypeError, ValueError, RuntimeError) as err:
        return ("raised", type(err), str(err))


class SameAsDict(RuleBasedStateMachine):
    """Whatever is done to both, a MonitoredDict and a dict stay equal, order included.

    A third dict is rebuilt from what the MonitoredDict tells and nothing else.
    """

    @initialize()
    def make(self) -> None:
        self.plain: dict[Any, Any] = {}
        self.target: dict[Any, Any] = {}
        self.told: list[Any] = []
        self.monitored = MonitoredDict(self.target, self.told.append)
        self.rebuilt: dict[Any, Any] = {}

    def both(self, operation: Any) -> None:
        assert outcome(lambda: operation(self.monitored)) == outcome(lambda: operation(self.plain))

    @rule(key=KEYS, value=VALUES)
    def set_item(self, key: Any, value: Any) -> None:
        self.both(lambda d: d.__setitem__(key, value))

    @rule(key=KEYS)
    def delete_item(self, key: Any) -> None:
        self.both(lambda d: d.__delitem__(key))

    @rule(key=KEYS, value=VALUES)
    def set_default(self, key: Any, value: Any) -> None:
        self.both(lambda d: d.setdefault(key, value))

    @rule(key=KEYS)
    def pop_item(self, key: Any) -> None:
        self.both(lambda d: d.pop(key))

    @rule(key=KEYS, default=VALUES)
    def pop_with_default(self, key: Any, default: Any) -> None:
        self.both(lambda d: d.pop(key, default))

    @rule()
    def pop_newest(self) -> None:
        self.both(lambda d: d.popitem())

    @rule()
    def empty(self) -> None:
        self.both(lambda d: d.clear())

    @rule(pairs=PAIRS)
    def update_from_pairs(self, pairs: Any) -> None:
        self.both(lambda d: d.update(pairs))

    @rule(pairs=PAIRS, value=VALUES)
    def update_from_mapping_and_keywords(self, pairs: Any, value: Any) -> None:
        self.both(lambda d: d.update(dict(pairs), a=value))

    @rule(pairs=PAIRS)
    def update_in_place(self, pairs: Any) -> None:
        def operation(d: Any) -> None:
            d |= dict(pairs)

        self.both(operation)

    @rule(value=VALUES)
    def write_past_the_methods(self, value: Any) -> None:
        """What C code writes into the object's own storage ends in the target, and is told."""
        dict.__setitem__(self.monitored, "stray", value)
        self.plain["stray"] = value
        assert self.monitored["stray"] == value
        self.monitored.absorb()

    @invariant()
    def same(self) -> None:
        assert self.target == self.plain
        assert list(self.monitored.items()) == list(self.plain.items())
        assert self.monitored == self.plain
        assert len(self.monitored) == len(self.plain)
        assert list(reversed(self.monitored)) == list(reversed(self.plain))
        assert dict.__len__(self.monitored) == 0

    @invariant()
    def replay(self) -> None:
        for key in self.told:
            if key in self.target:
                self.rebuilt[key] = self.target[key]
            else:
                self.rebuilt.pop(key, None)
        self.told.clear()
        assert self.rebuilt == self.plain


TestSameAsDict = SameAsDict.TestCase
TestSameAsDict.settings = settings(max_examples=150, stateful_step_count=30)


@pytest.mark.parametrize(
    "bad", [5, [1], [(1, 2, 3)], [("a",)], None], ids=["int", "item", "triple", "single", "None"]
)
def test_update_refuses_what_dict_refuses(bad: Any) -> None:
    """A bad argument to update raises the same error as that of a dict, and the same text."""
    monitored = MonitoredDict({}, lambda key: None)
    assert outcome(lambda: monitored.update(bad)) == outcome(lambda: {}.update(bad))


@given(PAIRS)
def test_everything_reads_as_from_a_dict(pairs: Any) -> None:
    """Copies, unions, conversions and encoders give what they give for a dict."""
    plain = dict(pairs)
    monitored = MonitoredDict(dict(pairs))
    assert dict(monitored) == plain
    assert type(monitored.copy()) is type(copy.copy(monitored)) is dict
    assert monitored.copy() == copy.deepcopy(monitored) == plain
    assert pickle.loads(pickle.dumps(monitored)) == plain
    assert repr(monitored) == repr(plain)
    assert (monitored | {"z": 1}) == (plain | {"z": 1})
    assert ({"z": 1} | monitored) == ({"z": 1} | plain)
    assert {"k": 0, **{str(k): v for k, v in monitored.items()}}["k"] == 0
    text_keys = {k: v for k, v in plain.items() if type(k) is str}
    assert json.loads(json.dumps(dict(MonitoredDict(text_keys)))) == text_keys
    assert sorted(map(str, monitored)) == sorted(map(str, plain))


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


def test_same_object_is_no_change() -> None:
    """Storing the object that is there already is told to nobody."""
    told: list[str] = []
    value = [1]
    monitored = MonitoredDict({"x": value}, told.append)
    monitored["x"] = value
    monitored.update(x=value)
    assert told == []
    monitored["x"] = [1]
    assert told == ["x"]


def test_values_are_never_compared() -> None:
    """No value's __eq__, __bool__ or __hash__ runs when it is stored."""

    class Hostile:
        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        def __bool__(self) -> bool:
            raise AssertionError("tested")

        __hash__ = None  # type: ignore[assignment]

    monitored = MonitoredDict({}, lambda key: None)
    monitored["x"] = Hostile()
    monitored["x"] = Hostile()
    monitored.setdefault("x", Hostile())
    monitored.update(x=Hostile())
    assert monitored.pop("x") is not None


@pytest.mark.parametrize("target", [MonitoredDict({}), [], None])
def test_target_must_hold_its_values(target: Any) -> None:
    """What is no dict, or only shows another one, is refused with the reason."""
    with pytest.raises(TypeError, match="a dict that holds its values"):
        MonitoredDict(target)


def test_old_value_is_freed_at_once() -> None:
    """A value that is replaced or deleted has nobody here that holds it."""
    freed = []

    class Value:
        def __del__(self) -> None:
            freed.append(1)

    monitored = MonitoredDict({}, lambda key: None)
    monitored["x"] = Value()
    monitored["x"] = 1
    assert freed == [1]
    monitored["x"] = Value()
    del monitored["x"]
    assert freed == [1, 1]


def test_exec_on_it_as_globals_works() -> None:
    """Code whose globals it is may define functions that write with `global`."""
    target: dict[str, Any] = {"__builtins__": __builtins__}
    told: list[str] = []
    monitored = MonitoredDict(target, told.append)
    code = "def f():\n    global y\n    y = 1\n    return y\nf()\nf()"
    exec(code, monitored)
    assert monitored["f"]() == 1
    assert "y" in monitored
    assert (target["y"], "y" in told) == (1, True)
