"""Documents: plain values come back as they were, all else is refused with a reason."""

from __future__ import annotations

import enum
import math
from collections import OrderedDict
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livens.exceptions import DocumentUnreadable, NotShared
from livens.protocol.redaction import Redactor
from livens.state.stores.documents import MAX_BYTES, decode, encode

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters())
    | st.binary()
)
keys = scalars.filter(lambda value: type(value) is not bytearray)
values = st.recursive(
    scalars | st.frozensets(keys) | st.sets(keys),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(keys, inner),
    max_leaves=20,
)


def same(one: Any, other: Any) -> bool:
    """Return whether two plain values are of the same classes all the way down, and equal."""
    if type(one) is not type(other):
        return False
    if type(one) in (list, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if type(one) is dict:
        pairs = zip(one.items(), other.items(), strict=False)
        return len(one) == len(other) and all(
            same(a[0], b[0]) and same(a[1], b[1]) for a, b in pairs
        )
    if type(one) in (set, frozenset):
        return one == other and sorted(map(repr, one)) == sorted(map(repr, other))
    return bool(one == other) and repr(one) == repr(other)


@given(values)
def test_plain_data_come_back_as_they_were(value: object) -> None:
    """Classes, order of keys and signs of zeros, too; and as the same document once more."""
    document = encode(value)
    back = decode(document)
    assert same(value, back)
    assert encode(back) == document or type(value) in (set, frozenset) or b'set"' in document


def test_numbers_that_json_has_not_are_kept() -> None:
    """And integers that JavaScript would round are written as text."""
    back = decode(encode([math.nan, math.inf, -math.inf, 2**53 + 1, -(2**80)]))
    assert math.isnan(back[0])
    assert back[1:] == [math.inf, -math.inf, 2**53 + 1, -(2**80)]
    assert b"9007199254740993" not in encode(2**53 + 1).replace(b'"9007199254740993"', b"")


def test_json_of_other_programs_is_read_as_it_is() -> None:
    """Whatever wrote it."""
    assert decode(b' {"a": [1, 2.5, "x", null, true]} ') == {"a": [1, 2.5, "x", None, True]}


class Colour(enum.IntEnum):
    """A subclass of int."""

    RED = 1


class Point(NamedTuple):
    """A subclass of tuple."""

    x: int


class Trap(dict):  # type: ignore[type-arg]
    """A dict of the user's, whose code must not run."""

    def items(self) -> Any:
        raise AssertionError("the user's code ran")

    __iter__ = __len__ = __repr__ = __eq__ = items  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


def _cycle() -> list[Any]:
    cycle: list[Any] = []
    cycle.append(cycle)
    return cycle


def _deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    return deep


SHARED = [1]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Colour.RED, "a value of type Colour is no plain data"),
        (Point(1), "a value of type Point is no plain data"),
        ([Trap(a=1)], "a value of type Trap is no plain data"),
        ({"f": print}, "a value of type builtin_function_or_method is no plain data"),
        (OrderedDict(), "a value of type OrderedDict is no plain data"),
        (iter([]), "a value of type list_iterator is no plain data"),
        (_cycle(), "one list is in it at two places, or within itself"),
        ({"a": SHARED, "b": SHARED}, "one list is in it at two places, or within itself"),
        (_deep(), "it is nested more than 100 deep"),
        ("x" * MAX_BYTES, "it takes 10,000,002 bytes; a store takes 10,000,000 at most"),
        (b"x" * (MAX_BYTES + 1), "it takes 10,000,001 bytes; a store takes 10,000,000 at most"),
        (1 << 40_000, "an integer has 40,001 bits; a store takes fewer"),
        ({"db": {"password": "x"}}, "its key 'password' is redacted"),
        ({("a", 1): 1, "apiKey": 2}, "its key 'apiKey' is redacted"),
    ],
    ids=lambda given: given if type(given) is str and len(given) < 100 else "",
)
def test_what_is_not_written_says_why(value: object, reason: str) -> None:
    """In words that go on after "not shared: "; no code of the user's runs."""
    with pytest.raises(NotShared) as caught:
        encode(value, Redactor().hides)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"\xff",
        b"NaN",
        b'{"$livens": "group"}',
        b'{"$livens": 3}',
        b'{"$livens": ["tuple"]}',
        b'{"$livens": "tuple"}',
        b'{"$livens": "tuple", "items": 3}',
        b'{"$livens": "set", "items": [[1]]}',
        b'{"$livens": "dict", "items": [[1]]}',
        b'{"$livens": "dict", "items": [[[], 1]]}',
        b'{"$livens": "int", "text": "0x"}',
        b'{"$livens": "int", "text": "' + b"9" * 5000 + b'"}',
        b'{"$livens": "bytes", "base64": "?"}',
        b'{"$livens": "complex", "items": ["a", "b"]}',
        b"[" * 100_000,
    ],
    ids=range(17),
)
def test_what_is_no_document_is_refused(document: bytes) -> None:
    """By one kind of error, with a reason."""
    with pytest.raises(DocumentUnreadable):
        decode(document)


def test_a_document_is_json_in_utf_8() -> None:
    """So that programs in any language read plain data without knowing livens."""
    assert msgspec.json.decode(encode({"ü": [1, "x"]})) == {"ü": [1, "x"]}
