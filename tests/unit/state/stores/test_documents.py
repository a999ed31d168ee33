"""Documents: plain values come back as they were, all else is refused with a reason."""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import enum
import fractions
import math
import uuid
from collections import OrderedDict
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livens.exceptions import DocumentUnreadable, NotShared
from livens.protocol.redaction import Redactor
from livens.state.encoding import all_bytes, decode_group, encode_group, seal
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


def _deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    return deep


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Colour.RED, "a value of type Colour is no data"),
        (Point(1), "a value of type Point is no data"),
        ([Trap(a=1)], "in it[0]: a value of type Trap is no data"),
        ({"f": print}, "in it['f']: a value of type builtin_function_or_method is no data"),
        (lambda: 1, "a value of type function is no data"),
        (Colour, "a value of type EnumType is no data"),
        (iter([]), "a value of type list_iterator is no data"),
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
        encode(value, Redactor())
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"\xff",
        b"NaN",
        b'{"$livens": "hologram"}',
        b'{"$livens": "group"}',
        b'{"$livens": "group", "base64": "AAAA"}',
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
    ids=range(19),
)
def test_what_is_no_document_is_refused(document: bytes) -> None:
    """By one kind of error, with a reason."""
    with pytest.raises(DocumentUnreadable):
        decode(document)


def test_a_document_is_json_in_utf_8() -> None:
    """So that programs in any language read plain data without knowing livens."""
    assert msgspec.json.decode(encode({"ü": [1, "x"]})) == {"ü": [1, "x"]}


def test_an_object_that_is_in_a_value_twice_is_one_afterwards() -> None:
    """And one that is within itself is so again."""
    shared = [1]
    back = decode(encode({"a": shared, "b": shared}))
    assert back == {"a": [1], "b": [1]}
    assert back["a"] is back["b"]
    cycle: list[Any] = []
    cycle.append(cycle)
    back = decode(encode(cycle))
    assert back[0] is back


@pytest.mark.parametrize(
    "value",
    [
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.UTC),
        [decimal.Decimal("1.10"), fractions.Fraction(1, 3), uuid.UUID(int=5), range(3)],
        OrderedDict(a=1),
        collections.deque([1, 2], 5),
        np.arange(6, dtype="int16").reshape(2, 3),
        {"a": np.float32(1.5)},
        pd.Timestamp("2026-01-01", tz="UTC"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_data_come_back_as_they_were(value: Any) -> None:
    """Of the same class, and as the same document once more: else it would go round and round."""
    document = encode(value)
    back = decode(document)
    assert type(back) is type(value)
    assert repr(back) == repr(value)
    assert encode(back) == document


def test_a_frame_comes_back_as_it_was() -> None:
    """With its index, its dtypes and its missing values."""
    frame = pd.DataFrame(
        {"n": [1.5, None], "text": ["a", None], "kind": pd.Categorical(["x", "y"])},
        index=pd.Index([3, 4], name="id"),
    )
    back = decode(encode(frame))
    pd.testing.assert_frame_equal(back, frame)
    assert encode(back) == encode(frame)


def test_secrets_in_other_data_are_not_written() -> None:
    """Columns and keys, wherever they are."""
    with pytest.raises(NotShared, match="password"):
        encode(pd.DataFrame({"password": ["x"]}), Redactor())
    with pytest.raises(NotShared, match="api_key"):
        encode(OrderedDict(api_key=1), Redactor())


def test_what_runs_code_is_not_read() -> None:
    """A function, a class and an instance that were kept are no document of a store."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for value in (test_what_runs_code_is_not_read, Colour, Colour.RED, [OrderedDict, print]):
        group = encode_group({"value": value})
        if group.refused:
            continue
        sealed = seal(group.document, [all_bytes(blob) for blob in group.blobs])
        document = msgspec.json.encode(
            {"$livens": "group", "base64": base64.b64encode(sealed).decode()}
        )
        assert decode_group(group.document, (), namespace).values  # there is something to refuse
        with pytest.raises(DocumentUnreadable):
            decode(document)
