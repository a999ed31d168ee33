"""Damaged documents are refused; random plain data survive."""

from __future__ import annotations

import hashlib
import random
from collections import deque
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from same_graph import assert_same

from livens.state.plain import (
    DocumentUnreadable,
    all_bytes,
    decode_plain,
    encode_plain,
    seal,
    unseal,
)
from livens.state.plain.document import Document, Node, dump

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(), max_size=20)
    | st.binary(max_size=20)
)


@st.composite
def graphs(draw: st.DrawFn) -> list[Any]:
    """Draw a list of values that contain each other, and themselves, in any way."""
    pool: list[Any] = draw(st.lists(ATOMS, min_size=1, max_size=8))
    containers: list[Any] = []
    for _ in range(draw(st.integers(1, 12))):
        items = [pool[draw(st.integers(0, len(pool) - 1))] for _ in range(draw(st.integers(0, 4)))]
        kind = draw(st.sampled_from(["list", "tuple", "dict", "deque"]))
        if kind == "tuple":
            made: Any = tuple(items)
        elif kind == "dict":
            made = dict(enumerate(items))
        else:
            made = list(items) if kind == "list" else deque(items)
            containers.append(made)
        pool.append(made)
    for container in containers:  # later objects, so that there are circles
        container.append(pool[draw(st.integers(0, len(pool) - 1))])
    return pool


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_random_graphs_come_back(values: list[Any]) -> None:
    """With types, order, sharing and circles."""
    names = {f"v{n}": value for n, value in enumerate(values)}
    group = encode_plain(names)
    restored = decode_plain(group.document, [all_bytes(blob) for blob in group.blobs])
    assert restored.refused == {}
    assert_same(list(names.values()), list(restored.values.values()))


def test_every_flipped_bit_and_every_cut_is_refused() -> None:
    """A damaged document raises one error, which says so."""
    document = encode_plain({"a": [1, {"b": 2.5}], "c": b"x" * 50}).document
    for place in range(len(document)):
        damaged = bytearray(document)
        damaged[place] ^= 1 << (place % 8)
        with pytest.raises(DocumentUnreadable):
            decode_plain(bytes(damaged), ())
        with pytest.raises(DocumentUnreadable):
            decode_plain(document[:place], ())


def test_sealed_bytes_tell_every_damage() -> None:
    """Blobs too, which have no digest of their own."""
    group = encode_plain({"a": bytes(10_000)})
    sealed = seal(group.document, [all_bytes(blob) for blob in group.blobs])
    document, blobs = unseal(sealed)
    assert decode_plain(document, blobs).values == {"a": bytes(10_000)}
    rng = random.Random(1)
    for _ in range(500):
        damaged = bytearray(sealed)
        damaged[rng.randrange(len(sealed))] ^= 1 << rng.randrange(8)
        with pytest.raises(DocumentUnreadable):
            unseal(damaged)
        with pytest.raises(DocumentUnreadable):
            unseal(sealed[: rng.randrange(len(sealed))])


def test_missing_and_cut_blobs_refuse_only_their_names() -> None:
    """What needs no bytes, or has them, is there."""
    group = encode_plain({"a": bytes(10_000), "b": 1, "c": [bytes(20_000)]})
    blobs = [all_bytes(blob) for blob in group.blobs]
    cut = decode_plain(group.document, [blobs[0], blobs[1][:-1]])
    assert set(cut.values) == {"a", "b"}
    assert cut.refused == {"c": "bytes of it are cut: 19,999 of 20,000"}
    missing = decode_plain(group.document, [])
    assert missing.values == {"b": 1}
    assert set(missing.refused.values()) == {"bytes of it are missing"}


def test_newer_format_is_named() -> None:
    """The message says what to do."""
    document = encode_plain({"a": 1}).document.replace(b"livens-state 1", b"livens-state 2")
    with pytest.raises(DocumentUnreadable, match="format 2, and this livens reads up to 1; update"):
        decode_plain(document, ())


def nodes() -> st.SearchStrategy[list[Node]]:
    """Draw nodes that fit the form and make no sense."""
    kinds = ["list", "tuple", "dict", "set", "frozenset", "deque", "slice", "range", "complex",
             "datetime", "UUID", "array", "bytes", "Decimal", "path", "type", "nonsense", "nan",
             "defaultdict", "re.Pattern", "Fraction", "ZoneInfo", "mappingproxy"]  # fmt: skip
    ref = st.one_of(
        st.lists(st.integers(-1, 6), max_size=2),
        st.sampled_from([None, True, 1, -2.5, "a", {"i": "0x"}, {"f": "00"}, {"s": "!"}, {}]),
    )
    data = st.sampled_from([None, 0, "AA==", "é", [], ["q", "AA=="], [1, 2, 3], ["d", 0], {}])
    return st.lists(
        st.builds(Node, st.sampled_from(kinds), st.lists(ref, max_size=3),
                  st.lists(ref, max_size=3), data), min_size=1, max_size=6,
    )  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(nodes(), st.integers(-1, 6))
def test_documents_that_make_no_sense_never_crash(found: list[Node], root: int) -> None:
    """Each name has a value or a reason, whatever the graph is."""
    document = dump(Document("3.11", [("a", [root]), ("b", [0]), ("c", 5)], found, [1]))
    decoded = decode_plain(document, [b"x"])
    assert set(decoded.values) | set(decoded.refused) == {"a", "b", "c"}
    assert set(decoded.values).isdisjoint(decoded.refused)
    assert decoded.values["c"] == 5


def test_json_of_another_form_is_refused() -> None:
    """The digest fits, and the content does not."""
    body = msgspec.json.encode({"names": 5})
    for text in (body, b"[" * 100_000, b"\xff"):
        document = dump(Document("3.11", [], [], []))
        digest = hashlib.blake2b(text, digest_size=16).hexdigest().encode()
        assert document.startswith(b"livens-state 1 ")
        with pytest.raises(DocumentUnreadable, match="JSON"):
            decode_plain(b"livens-state 1 " + digest + b"\n" + text, ())
