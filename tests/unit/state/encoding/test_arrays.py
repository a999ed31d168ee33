"""Arrays are read in pieces where they lie, and damaged ones are refused."""

from __future__ import annotations

import contextlib
import io
import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest

from livens.state.encoding import (
    Changed,
    all_bytes,
    decode_group,
    encode_group,
)
from livens.state.encoding.arrays import read_npy
from livens.state.plain.document import Document, Node, dump


def test_large_array_is_not_copied_when_it_is_encoded() -> None:
    """The bytes are taken out of it piece by piece, and are a file of numpy's."""
    array = np.arange(4_000_000, dtype="f8").reshape(2_000, 2_000)
    frame = pd.DataFrame(array, copy=False)
    encode_group({"a": array[:2, :2]})  # what is loaded once
    tracemalloc.start()
    group = encode_group({"a": array})
    framed = encode_group({"f": frame})
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    [blob] = group.blobs
    assert blob.nbytes == array.nbytes + 128
    assert all_bytes(framed.blobs[0])[-100:] == all_bytes(blob)[-100:]
    pieces = [blob.read(start, start + 262_144) for start in range(0, blob.nbytes, 262_144)]
    assert max(map(len, pieces)) == 262_144
    assert np.array_equal(np.load(io.BytesIO(b"".join(pieces)), allow_pickle=False), array)


def test_small_change_changes_one_piece() -> None:
    """So that what is kept of the rest can be used again."""
    array = np.zeros(1_000_000)

    def pieces() -> list[bytes]:
        [blob] = encode_group({"a": array}).blobs
        return [blob.read(start, start + 65_536) for start in range(0, blob.nbytes, 65_536)]

    before = pieces()
    array[5] = 1
    pairs = zip(before, pieces(), strict=True)
    assert [n for n, (old, new) in enumerate(pairs) if old != new] == [0]


def test_array_that_was_resized_meanwhile_is_told() -> None:
    """Who reads on gets no mixture."""
    array = np.arange(10_000)
    [blob] = encode_group({"a": array}).blobs
    array.resize(20_000, refcheck=False)
    with pytest.raises(Changed):
        blob.read(0, 10)


def test_view_holds_no_more_than_it_shows() -> None:
    """A small part of a large array is kept alone, if nothing else shares the memory."""
    large = np.zeros(1_000_000)
    part = large[10:20]
    assert sum(blob.nbytes for blob in encode_group({"p": part}).blobs) == 0
    both = encode_group({"p": part, "large": large})
    assert sum(blob.nbytes for blob in both.blobs) == large.nbytes + 128


DAMAGED: list[tuple[str, Any]] = [
    ("view", ["", True, 0, [10], [8], 0]),
    ("view", ["", True, 0, [2], [1_000_000], 0]),
    ("view", ["", True, 0, [2], [8], -8]),
    ("view", ["", True, 0, [2], [-8], 0]),
    ("view", ["", True, 0, [2**40], [8], 0]),
    ("ndarray", ["", True, 5]),
    ("ndarray", ["", True, "AAAA"]),
    ("ndarray", None),
    ("objects", ["", True, [2**50], "C"]),
    ("objects", ["", True, [3], "C"]),
    ("masked", [1]),
    ("npscalar", "AAAA"),
]


@pytest.mark.parametrize(("kind", "data"), DAMAGED)
def test_memory_is_never_read_outside_of_an_array(kind: str, data: Any) -> None:
    """Whatever shape, strides and offset a document claims."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.arange(3.0), version=(2, 0))
    nodes = [Node("memory", data=0), Node(kind, [[0]], data=data)]
    document = dump(Document("3.11", [("v", [1])], nodes, [len(file.getvalue())]))
    decoded = decode_group(document, [file.getvalue()], {})
    assert decoded.values == {}
    assert decoded.refused["v"]


def test_every_damaged_header_is_refused_or_gives_an_array() -> None:
    """No byte of it makes the reader crash, or read objects."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.arange(3.0), version=(2, 0))
    data = file.getvalue()
    for place in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[place] ^= 1 << bit
            found = None
            with contextlib.suppress(Exception):  # of any class; the reader of documents catches it
                found = read_npy(memoryview(damaged))
            assert found is None or not found.dtype.hasobject


def test_pickled_arrays_are_not_read() -> None:
    """An npy file of objects is a pickle."""
    file = io.BytesIO()
    np.save(file, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(Exception, match=r"header|objects"):
        read_npy(memoryview(file.getvalue()))
