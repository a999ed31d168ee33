"""Values are described by kind and preview, within bounds."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import pathlib
import re
import sys
import types
import typing
import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import Thing

from livens.protocol import messages
from livens.protocol.types import Variable
from livens.testing import validate
from livens.values import adapters, passive
from livens.values.descriptions import describe
from livens.values.summaries import Limits, Summary, register_adapter

adapters.register_all()


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 3


class Perm(enum.Flag):
    R = 1
    W = 2


class Mode(enum.IntFlag):
    A = 1


class Shown(enum.Enum):
    ONE = 1

    def __str__(self) -> str:
        raise AssertionError("str ran")

    __repr__ = __format__ = __str__  # type: ignore[assignment]


def _odd_member(label: Any) -> Any:
    """Make a member whose name is nothing that Python gives one."""
    member = object.__new__(Shown)
    member.__dict__.update(_name_=label, _value_=[2])
    return member


@dataclasses.dataclass
class Point:
    x: int
    y: str


@dataclasses.dataclass
class Defaults:
    a: int = dataclasses.field(default=5, init=False)
    b: typing.ClassVar[int] = 6
    c: dataclasses.InitVar[int] = 7
    d: list[int] = dataclasses.field(default_factory=list)
    password: str = dataclasses.field(default="abc", init=False)


@dataclasses.dataclass(slots=True)
class Compact:
    a: int
    b: int = 2
    c: int = dataclasses.field(init=False)


class Widened(Point):
    y = "from the class"  # type: ignore[assignment]


def _without(value: Any, name: str) -> Any:
    delattr(value, name)
    return value


Pair = collections.namedtuple("Pair", "a b")


class Slotted:
    __slots__ = ("q",)

    def __init__(self) -> None:
        self.q = 4


class Text(str):
    def __repr__(self) -> str:
        raise AssertionError("repr ran")


SELF: list[Any] = [1]
SELF.append(SELF)


def double(x: int, by: int = 2) -> int:
    return x * by


def _loud(base: Any, *args: Any) -> Any:
    """Make an instance of a subclass whose every text and conversion raises."""

    def refuse(self: Any, *args: Any) -> Any:
        raise AssertionError("a method ran")

    names = ("__repr__", "__str__", "__len__", "__getitem__", "__iter__", "__format__", "__int__")
    names += ("__float__", "__complex__", "__index__", "__bytes__", "__eq__", "__bool__")
    return type("Loud", (base,), {**dict.fromkeys(names, refuse), "__hash__": None})(*args)


LINE = double.__code__.co_firstlineno


PREVIEWS: list[tuple[Any, str, str]] = [
    (1, "number", "1"),
    (-1.5, "number", "-1.5"),
    (2j, "number", "2j"),
    (10**1000, "number", "int of 3322 bits"),
    (True, "bool", "True"),
    (None, "none", "None"),
    ("text", "text", "'text'"),
    (b"ab", "bytes", "b'ab'"),
    (bytearray(b"ab"), "bytes", "bytearray(b'ab')"),
    ([1, "a", None], "sequence", "[1, 'a', None]"),
    ((1,), "sequence", "(1,)"),
    ((), "sequence", "()"),
    ({"a": 1, 2: [3]}, "mapping", "{'a': 1, 2: [3]}"),
    ({1}, "set", "{1}"),
    (set(), "set", "set()"),
    (frozenset({1}), "set", "frozenset({1})"),
    (collections.deque([1]), "sequence", "deque([1])"),
    (collections.OrderedDict(a=1), "mapping", "OrderedDict({'a': 1})"),
    (collections.Counter("aab"), "mapping", "Counter({'a': 2, 'b': 1})"),
    (range(5), "sequence", "range(0, 5)"),
    (Colour.RED, "object", "Colour.RED"),
    (Level.HIGH, "number", "Level.HIGH"),
    (Point(1, "q"), "object", "Point(x=1, y='q')"),
    (Pair(1, 2), "sequence", "Pair(a=1, b=2)"),
    (Slotted(), "object", "<Slotted q=4>"),
    (Thing(a=1, b=[2]), "object", "<Thing a=1, b=[2]>"),
    (Thing(), "object", "<Thing>"),
    (Text("x"), "text", "Text('x')"),
    (ValueError("no"), "object", "ValueError('no')"),
    (SELF, "sequence", "[1, [...]]"),
    (len, "function", "builtin len"),
    (double, "function", f"def double(x, by=2), test_summaries.py:{LINE}"),
    (sys, "module", "module sys"),
    (Point, "class", f"class {__name__}.Point"),
    (int, "class", "class int"),
    (decimal.Decimal("1.50"), "number", "1.50"),
    (datetime.date(2026, 1, 2), "other", "2026-01-02"),
    (datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "other", "2026-01-02 00:00:00+00:00"),
    (uuid.UUID(int=1), "other", "00000000-0000-0000-0000-000000000001"),
    (pathlib.Path("a/b"), "other", str(pathlib.Path("a/b"))),
    (re.compile("a+"), "other", "re.compile('a+')"),
    (object(), "object", "<object>"),
    (Perm(0), "object", "Perm(0)"),
    ([Perm(0), Perm.R], "sequence", "[Perm(0), Perm.R]"),
    (Perm.R | Perm.W, "object", "Perm.R|W"),
    (Mode(0), "number", "Mode(0)"),
    (Mode(8), "number", "Mode(8)"),
    (Shown.ONE, "object", "Shown.ONE"),
    (_odd_member(None), "object", "Shown([2])"),
    (_odd_member(7), "object", "Shown([2])"),
    (_odd_member(""), "object", "Shown([2])"),
    (_odd_member(Text("n")), "object", "Shown.n"),
    (range(10**30), "sequence", f"range(0, {10**30})"),
    (range(5, 10**5000, -2), "sequence", "range(5, int of 16610 bits, -2)"),
    (fractions.Fraction(10**4000, 3), "number", "int of 13288 bits/3"),
    (decimal.Decimal("Infinity"), "number", "Infinity"),
    (_loud(int, 5), "number", "Loud(5)"),
    (_loud(int, 10**5000), "number", "Loud(int of 16610 bits)"),
    (_loud(float, 1.5), "number", "Loud(1.5)"),
    (_loud(complex, 1, 2), "number", "Loud(1+2j)"),
    (_loud(complex, 0, 2), "number", "Loud(2j)"),
    (_loud(str, "a'b"), "text", 'Loud("a\'b")'),
    (_loud(bytes, b"ab"), "bytes", "Loud(b'ab')"),
    (_loud(bytearray, b"ab"), "bytes", "Loud(b'ab')"),
    (_loud(list, [1]), "sequence", "Loud([1])"),
    (_loud(tuple, (1,)), "sequence", "Loud((1,))"),
    (_loud(dict, {1: 2}), "mapping", "Loud({1: 2})"),
    (_loud(set, {1}), "set", "Loud({1})"),
    (_loud(collections.deque, [1]), "sequence", "Loud(deque([1]))"),
    (Defaults(), "object", "Defaults(a=5, d=[], password='abc')"),
    (Compact(1), "object", "Compact(a=1, b=2, …)"),
    (_without(Widened(1, "q"), "y"), "object", "Widened(x=1, y='from the class')"),
    (_without(Point(1, "q"), "y"), "object", "Point(x=1, …)"),
]


@pytest.mark.parametrize(
    ("value", "kind", "preview"), PREVIEWS, ids=[preview for *_, preview in PREVIEWS]
)
def test_preview(value: Any, kind: str, preview: str) -> None:
    """Each builtin and standard type has its kind and its preview."""
    variable = describe("v", value)
    assert (variable.kind, variable.preview) == (kind, preview)


def test_previews_have_bounds() -> None:
    """Long text, long containers and deep nesting are cut, and say so."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in ["x" * 10**6, list(range(10**6)), {n: n for n in range(10**5)}, deep]:
        variable = describe("v", value)
        assert variable.truncated
        assert len(variable.preview) <= 200
    assert describe("v", [[[[1]]]], limits=Limits(depth=1)).preview == "[[[…]]]"
    assert describe("v", [1] * 1000).length == 1000


LONG: list[tuple[Any, str]] = [
    (decimal.Decimal("9" * 12_000), "9.99"),
    (decimal.Decimal("-0." + "3" * 12_000), "-0.333"),
    (decimal.Decimal("9" * 12_000 + "E+1000000"), "9.99"),
    (fractions.Fraction(7**600, 3**600), "1"),
    (pathlib.PurePosixPath("a" * 12_000), "aaa"),
    (re.compile("a" * 12_000), "re.compile('aaa"),
    (_loud(str, "a" * 12_000), "Loud('aaa"),
    (_loud(bytearray, b"a" * 12_000), "Loud(b'aaa"),
    (type("A" * 12_000, (), {}), f"class {__name__}.AAA"),
    (type("A" * 12_000, (), {})(), "<AAA"),
    (types.FunctionType(double.__code__, {}, "f" * 12_000), "def fff"),
    (types.ModuleType("m" * 12_000), "module mmm"),
    (datetime.timezone(datetime.timedelta(hours=1), "z" * 12_000), "zzz"),
    (Thing(**{"a" * 12_000: 1}), "<Thing aaa"),
    (ValueError("a" * 12_000), "ValueError('aaa"),
]


@pytest.mark.parametrize(("value", "start"), LONG, ids=[start for _, start in LONG])
def test_long_text_of_any_type_is_cut(value: Any, start: str) -> None:
    """Whatever an adapter writes is cut where the limits say, also within other values."""
    found = describe("v", value)
    assert found.preview.startswith(start)
    assert len(found.preview) <= 200
    assert found.truncated
    assert len(found.type) <= 200
    within = describe("v", [value, 1])
    assert len(within.preview) <= 200
    assert within.truncated


def test_size_of_the_exponent_is_kept() -> None:
    """A number that is cut says how large it is."""
    assert describe("v", decimal.Decimal("9" * 12_000)).preview.endswith("…E+11999")


def test_length_of_text_in_a_subclass() -> None:
    """A subclass of a text has the length of its text, and one of bytes its size."""
    found = describe("v", _loud(bytearray, b"abc"))
    assert (found.length, found.nbytes) == (3, 3)
    assert describe("v", _loud(str, "abcd")).length == 4
    assert describe("v", range(10**30)).length is None
    assert [describe("v", r).length for r in (range(3, 0, -2), range(0), range(1, 9, 3))] == [
        2,
        0,
        3,
    ]


def test_texts_of_an_adapter_can_be_sent() -> None:
    """A lone surrogate in a dtype or a device reaches no client as such."""

    class Odd:
        pass

    name = passive.qualified_name(Odd)
    register_adapter(
        name, lambda *args: Summary("array", "a\ud800", dtype="\ud800", device="\udfff")
    )
    found = describe("v", Odd())
    assert (found.preview, found.dtype, found.device) == (r"a\ud800", r"\ud800", r"\udfff")


def test_module_without_a_name() -> None:
    """A module whose dict was emptied is still a module."""
    module = types.ModuleType("m")
    del module.__name__
    assert describe("m", module).preview == "module ?"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=50,
)


@given(st.text(min_size=1), VALUES)
def test_any_description_is_a_valid_message(name: str, value: Any) -> None:
    """Whatever the value, its description is bounded, fits the schema and survives JSON."""
    variable = describe(name, value)
    params = messages.UpdateParams(epoch="e", seq=1, changed=[variable])
    data = messages.encode(messages.Update(params))
    validate(data)
    again = json.loads(json.dumps(data).encode("utf-8"))
    assert msgspec.convert(again["params"]["changed"][0], Variable) == variable
    assert len(variable.preview) <= 200
