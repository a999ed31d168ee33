"""A MonitoredDict is a dict, tells every change, and holds nothing."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from outcomes import outcome

from livens.watching.namespace import MonitoredDict

KEYS = st.sampled_from(["a", "b", "c", "d", 1, "1", None, (1, 2)])
VALUES = st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
PAIRS = st.lists(st.tuples(KEYS, VALUES), max_size=4)


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


TestSameAsDict = pytest.mark.long_because("it makes 150 namespaces, under coverage")(
    SameAsDict.TestCase
)
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
