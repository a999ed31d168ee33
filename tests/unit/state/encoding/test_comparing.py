"""Values of two states are equal or not, in whatever way they were kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from livens.exceptions import DocumentUnreadable
from livens.state.encoding import all_bytes, decode_group, encode_group
from livens.state.encoding.comparing import LOOKS
from livens.state.plain.comparing import Comparison, Side
from livens.state.plain.document import load


class Blobs:
    """The blobs of a group."""

    def __init__(self, blobs: Any) -> None:
        self.blobs = [all_bytes(blob) for blob in blobs]

    def mark(self, blob: int) -> object:
        return self.blobs[blob].hex()

    def read(self, blob: int, most_bytes: int | None = None) -> bytes:
        return self.blobs[blob][:most_bytes]


def side(values: dict[str, Any]) -> Side:
    """Keep values."""
    group = encode_group(values)
    assert not group.refused
    return Side(object(), load(group.document), Blobs(group.blobs))


def changed(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """Return which of the names differ."""
    comparison, ours, theirs = Comparison(LOOKS), side(one), side(other)
    return {name for name in one if not comparison.is_same(name, ours, theirs)}


def restored(values: dict[str, Any]) -> dict[str, Any]:
    """Keep values and make them again."""
    group = encode_group(values)
    blobs = [all_bytes(blob) for blob in group.blobs]
    return dict(decode_group(group.document, blobs, {}).values)


def frame_in_pieces() -> pd.DataFrame:
    """A frame whose columns lie in blocks of their own, as they were added."""
    frame = pd.DataFrame({"a": np.arange(500.0), "t": ["x"] * 500})
    frame["b"] = frame["a"] * 2
    frame["c"] = np.arange(500)
    frame["d"] = frame["a"] + 1
    return frame


NUMBERS = np.arange(3000.0).reshape(60, 50)

VALUES: dict[str, Any] = {
    "frame in pieces": frame_in_pieces(),
    "transposed frame": pd.DataFrame({"a": np.arange(9.0), "b": np.arange(9.0)}).T,
    "frame of objects": pd.DataFrame({"a": [[1], (2,)], "b": [None, {3}]}, dtype=object).T,
    "frame of times": pd.DataFrame({"t": pd.date_range("2024", periods=3, tz="UTC"), "n": 1}),
    "part of a frame": frame_in_pieces()[10:20],
    "series": pd.Series(["a", None, "b"], index=pd.Index([1.5, 2.5, float("nan")])),
    "categories": pd.Series(["a", "b", "a"], dtype="category"),
    "texts of Arrow": pd.concat([pd.Series(["x"], dtype="string[pyarrow]")] * 3)[1:],
    "lone view": NUMBERS[3:9, ::2],
    "transposed array": NUMBERS.T,
    "array of objects": np.array([["a", 1], [None, (2,)]], dtype=object).T,
    "set of texts": {f"text {n}" for n in range(200)},
    "set of numbers": set(range(10_000, 0, -7)),
    "set of sets": {frozenset({"a", "b"}), frozenset({("c", 1), "d"}), dt.date(2024, 1, 1)},
    "shared text and tuple": [(t := (1, "a")), t, (1, "a")],
    "random": np.random.RandomState(5),
    "not a number": [float("nan"), [float("nan")], -0.0],
}


@pytest.mark.parametrize("name", VALUES)
def test_restored_value_is_equal(name: str) -> None:
    """Whether the bytes that it is kept as are the same or not."""
    value = VALUES[name]
    assert changed({"v": value}, restored({"v": value})) == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0.0, -0.0),
        (float("nan"), float("inf")),
        ([1, 2], [1, 3]),
        ([1, 2], (1, 2)),
        ([[1], [1]], [x := [1], x]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a", "b"}, {"a", "c"}),
        ({(1, 2), (3,)}, {(1, 2), (4,)}),
        (set(range(500)), set(range(1, 501))),
        ([n + 0.5 for n in range(500)], [n + 0.5 for n in range(499)] + [0.0]),
        (b"x" * 9000, b"x" * 8999 + b"y"),
        (NUMBERS, NUMBERS + (NUMBERS == 7)),
        (NUMBERS, NUMBERS.reshape(50, 60)),
        (NUMBERS, NUMBERS.astype(">f8")),
        (np.zeros(3), np.zeros(3, np.int64)),
        (np.array([1, "a"], object), np.array([1, "b"], object)),
        (frame_in_pieces(), frame_in_pieces().assign(b=1.0)),
        (frame_in_pieces(), frame_in_pieces()[["a", "b", "c", "d", "t"]]),
        (frame_in_pieces(), frame_in_pieces().astype({"c": "int32"})),
        (frame_in_pieces(), frame_in_pieces().set_axis(range(1, 501))),
        (pd.Series([1, 2]), pd.Series([1, 2], name="n")),
        (pd.Series([1, 2]), pd.Series([1, None], dtype="Int64")),
        (pd.Series(["a", "b"]), pd.Series(["a", "c"])),
        (pd.Index([1, 2]), pd.RangeIndex(1, 3)),
    ],
)
def test_other_value_is_not_equal(one: Any, other: Any) -> None:
    """In its type, its items, their order, their sharing, or its labels."""
    assert changed({"v": one}, {"v": other}) == {"v"}
    assert changed({"v": other}, {"v": one}) == {"v"}


def test_only_what_changed_of_a_group_differs() -> None:
    """Names that share an object with a changed one, and those that joined or left, do not."""
    shared = [1]
    one = {"a": shared, "b": {"of a": shared}, "c": (shared, 1)}
    again = [1]
    other = {"a": again, "b": {"of a": again}, "c": (again, 2), "d": again}
    assert changed(one, other) == {"c"}
    assert changed({"b": {"of a": shared}}, other) == set()


def test_what_is_no_longer_shared_differs() -> None:
    """A list, an array's memory and an instance's dict; of constant values it does not count."""
    shared, array, text = [1], np.arange(2000), ("a", "b")
    one = {"a": shared, "b": [shared], "m": array, "n": array[5:], "t": text, "u": text}
    alone = {"a": [1], "b": [[1]], "m": array.copy(), "n": array[5:].copy()}
    assert changed(one, {**alone, "t": ("a", "b"), "u": ("a", "b")}) == {"b", "n"}
    assert changed({"m": array, "n": array[5:]}, {"m": array, "n": array[4:]}) == {"n"}


def test_frames_that_share_an_index_are_equal_apart() -> None:
    """An index never changes, so that it may be one object or two."""
    index = pd.Index(["a", "b"])
    one = {"f": pd.DataFrame({"x": [1, 2]}, index), "s": pd.Series([3, 4], index)}
    one["l"] = [one["f"], one["s"]]
    f, s = one["f"].set_axis(pd.Index(["a", "b"])), one["s"].set_axis(pd.Index(["a", "b"]))
    assert changed(one, {"f": f, "s": s, "l": [f, s]}) == set()


def test_circle_and_depth_are_compared() -> None:
    """Without end, and without a limit of recursion."""

    def deep(last: object) -> dict[str, Any]:
        circle: list[Any] = [1]
        circle.append(circle)
        value: Any = last
        for _ in range(5000):
            value = [value]
        return {"circle": circle, "deep": value}

    assert changed(deep(1), deep(1)) == set()
    assert changed(deep(1), deep(2)) == {"deep"}


def test_damaged_document_is_told() -> None:
    """A ref that leads nowhere is no difference."""
    broken = side({"a": [[1]]})
    broken.nodes[0].fill = [[7]]
    with pytest.raises(DocumentUnreadable, match="leads to no object"):
        Comparison(LOOKS).is_same("a", broken, side({"a": [[1]]}))
