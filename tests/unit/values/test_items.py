"""One step into a value: what is found by a literal key, and that none of the user's code runs."""

from __future__ import annotations

import functools
import types
from collections import OrderedDict, deque, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy
import pandas
import pytest

from livens.values.items import Absent, TableColumn, Unreadable, attribute_of, item_of

touched: list[str] = []


class Key(str):
    """A text that notes every attempt to compare or hash it."""

    def __eq__(self, other: object) -> bool:
        touched.append("==")
        return False

    def __hash__(self) -> int:
        touched.append("hash")
        return hash("lr")


class Mapping(dict):  # type: ignore[type-arg]
    """A dict that notes every attempt to look something up."""

    def __getitem__(self, key: object) -> Any:
        touched.append("[]")
        return 7


@dataclass
class Settings:
    """A class with each sort of attribute."""

    depth: int
    default = 5

    @property
    def worked_out(self) -> int:
        touched.append("property")
        return 7

    @functools.cached_property
    def kept(self) -> int:
        touched.append("cached")
        return 7

    def method(self) -> int:
        return 7


class Slots:
    """A class with a slot that is set, and one that is not."""

    __slots__ = ("depth", "unset")

    def __init__(self) -> None:
        self.depth = 3


class Computed:
    """A class that makes attributes up."""

    def __init__(self) -> None:
        self.depth = 3

    def __getattr__(self, name: str) -> int:
        touched.append(name)
        return 7


class Guarded(Computed):
    """A class that answers for its own attributes too."""

    def __getattribute__(self, name: str) -> Any:
        touched.append(name)
        return 7


Point = namedtuple("Point", "x y")

ITEMS: list[tuple[Any, Any, Any]] = [
    ({"lr": 0.1}, "lr", 0.1),
    ({1: "int", "1": "str"}, "1", "str"),
    ({1: "int", "1": "str"}, 1, "int"),
    ({2: "a", 2.5: "b", None: "c"}, None, "c"),
    (OrderedDict(a=1), "a", 1),
    (Mapping(lr=0.1), "lr", 0.1),
    ({Key("other"): 1, "lr": 2}, "lr", 2),
    ({numpy.str_("lr"): 3}, "lr", 3),
    ([1, 2, 3], 0, 1),
    ((1, 2, 3), -1, 3),
    (deque([1, 2]), 1, 2),
    (Point(1, 2), 1, 2),
    (numpy.array([1.5, 2.5]), -1, 2.5),
]


@pytest.mark.parametrize(("value", "key", "found"), ITEMS, ids=[repr(row[0]) for row in ITEMS])
def test_items(value: Any, key: Any, found: Any) -> None:
    """By the very key, or the position; nothing is hashed or compared that could run code."""
    touched.clear()
    assert item_of(value, key) == found
    assert touched == []


NO_ITEMS: list[tuple[Any, Any, type[Exception], str]] = [
    ({"lr": 0.1}, "rate", Absent, "it has no key 'rate'"),
    ({"1": 1}, 1, Absent, "no key 1"),
    ([1], 1, Absent, "it has 1 items, and none at 1"),
    ([1], -2, Absent, "none at -2"),
    ({1}, 0, Unreadable, "a set has no order"),
    (5, 0, Unreadable, "of type int, without such items"),
    ("text", 0, Unreadable, "of type str"),
    ([1], "a", Unreadable, "is no table"),
    (pandas.Series([1, 2]), 0, Unreadable, "an item of a series is not looked at"),
    (pandas.Series([1, 2], name="a"), "a", Unreadable, "an item of a series is not looked at"),
    (pandas.DataFrame({"v": [1]}), "w", Absent, "no column 'w'"),
    (pandas.DataFrame([[1, 2]], columns=["v", "v"]), "v", Unreadable, "2 of its columns"),
    (types.SimpleNamespace(lr=1), "lr", Unreadable, "is no table"),
]


@pytest.mark.parametrize(("value", "key", "error", "text"), NO_ITEMS)
def test_items_that_there_are_none_of(
    value: Any, key: Any, error: type[Exception], text: str
) -> None:
    """It is told apart what is not there, and what cannot be looked at."""
    with pytest.raises(error, match=text):
        item_of(value, key)


def test_columns_of_tables() -> None:
    """A column is found by its label, also by one that is a number; a list of dicts is a table."""
    frame = pandas.DataFrame({"v": [1], 2: [3]})
    records = numpy.array([(1, 2.0)], dtype=[("a", "i4"), ("v", "f8")])
    for value, key, position in (
        (frame, "v", 0), (frame, 2, 1), (records, "v", 1), ([{"a": 1, "v": 2}], "v", 1),
    ):  # fmt: skip
        found = item_of(value, key)
        assert type(found) is TableColumn
        assert found.position == position


ATTRIBUTES: list[tuple[Any, str, Any]] = [
    (Settings(3), "depth", 3),
    (Settings(3), "default", 5),
    (Settings, "default", 5),
    (Slots(), "depth", 3),
    (types.SimpleNamespace(depth=3), "depth", 3),
    (Computed(), "depth", 3),
    (Point(1, 2), "real", None),
    (types, "__name__", "types"),
]


@pytest.mark.parametrize(("value", "name", "found"), ATTRIBUTES)
def test_attributes(value: Any, name: str, found: Any) -> None:
    """What an object really has, in its dict, its slots or its class."""
    touched.clear()
    if found is None:
        with pytest.raises(Absent):
            attribute_of(value, name)
    else:
        assert attribute_of(value, name) == found
    assert touched == []


NO_ATTRIBUTES: list[tuple[Any, str, type[Exception], str]] = [
    (Settings(3), "worked_out", Unreadable, "a property, which is not run"),
    (Settings(3), "kept", Unreadable, "which is not run"),
    (Settings(3), "method", Unreadable, "a method, which is not run"),
    (Settings(3), "nothing", Absent, "no attribute 'nothing'"),
    (Slots(), "unset", Unreadable, "not run|not set"),
    (Computed(), "other", Unreadable, "works its attributes out by code"),
    (Guarded(), "depth", Unreadable, "works its attributes out by code"),
    (pandas.DataFrame({"v": [1]}), "v", Unreadable, r'write \["v"\] for a column'),
]


@pytest.mark.parametrize(("value", "name", "error", "text"), NO_ATTRIBUTES)
def test_attributes_that_are_not_read(
    value: Any, name: str, error: type[Exception], text: str
) -> None:
    """No property, no method and no ``__getattr__`` is run for one."""
    touched.clear()
    with pytest.raises(error, match=text):
        attribute_of(value, name)
    assert touched == []
