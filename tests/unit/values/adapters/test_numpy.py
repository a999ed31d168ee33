"""numpy's arrays and scalars are read from their header and their first items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livens.values import adapters, readers
from livens.values.descriptions import describe
from livens.values.fingerprints import fingerprint

adapters.register_all()
readers.register_all()


@pytest.mark.parametrize(
    ("value", "kind", "dtype", "preview"),
    [
        (np.float64(3.5), "number", "float64", "3.5"),
        (np.bool_(True), "bool", "bool", "True"),
        (np.str_("a"), "text", "<U1", "'a'"),
        (np.bytes_(b"a"), "bytes", "|S1", "b'a'"),
        (np.longdouble(1.5), "number", str(np.dtype(np.longdouble)), "1.5"),
        (np.datetime64("2026-01-02"), "other", "datetime64[D]", "2026-01-02"),
        (np.timedelta64(5, "s"), "other", "timedelta64[s]", "5 seconds"),
        (np.array(5), "array", "int64", "5"),
        (np.array(None), "array", "object", "None"),
        (np.zeros((0, 3)), "array", "float64", "[]"),
        (np.array(["a", "b"]), "array", "<U1", "['a', 'b']"),
        (np.array([1, "a"], object), "array", "object", "[1, 'a']"),
        (np.array(["2026", "NaT"], "M8[D]"), "array", "datetime64[D]", "[2026-01-01, NaT]"),
        (np.zeros(2, "i4,f4"), "array", "[('f0', '<i4'), ('f1', '<f4')]", "[(0, 0.0), (0, 0.0)]"),
        (np.dtype("int32"), "other", None, "dtype int32"),
        (np.add, "function", None, "ufunc add"),
        (np.arange(8.0)[::2], "array", "float64", "[0, 2, 4, 6]"),
        (np.arange(4).reshape(2, 2).T, "array", "int64", "[0, 2, 1, 3]"),
    ],
    ids=str,
)  # fmt: skip
def test_preview(value: Any, kind: str, dtype: str | None, preview: str) -> None:
    """Scalars, empty and strided arrays, dates, texts, records and objects."""
    found = describe("v", value)
    assert (found.kind, found.dtype, found.preview) == (kind, dtype, preview)


def test_objects_in_an_array_are_not_asked() -> None:
    """They are previewed like any value, and the array may contain itself."""

    class Hostile:
        def __repr__(self) -> str:
            raise AssertionError("repr ran")

    values = np.array([Hostile(), None], object)
    values[1] = values
    assert describe("v", values).preview == "[<Hostile>, [<Hostile>, <ndarray>]]"


class Loud(np.ndarray):
    """Everything that may run is noted."""

    ran: list[str] = []  # noqa: RUF012 - emptied by the test

    def __array_finalize__(self, other: Any) -> None:
        self.ran.append("__array_finalize__")

    @property
    def shape(self) -> Any:
        self.ran.append("shape")
        return ()

    def __len__(self) -> int:
        self.ran.append("__len__")
        return 0


def test_subclass_shows_its_header_only() -> None:
    """Read by the descriptors of ndarray, whatever the subclass made of them."""
    loud = np.zeros((3, 4)).view(Loud)
    Loud.ran.clear()
    found = describe("v", loud)
    assert Loud.ran == []
    assert (found.shape, found.dtype, found.nbytes) == ([3, 4], "float64", 96)
    assert found.preview == "Loud, not read"
    assert describe("v", np.ma.masked_array([1, 2], [0, 1])).preview == "MaskedArray, not read"


def test_memory_map_is_not_read(tmp_path: Path) -> None:
    """Nor what lies on top of one; reading a map whose file was cut ends the process."""
    path = tmp_path / "data"
    mapped = np.memmap(path, shape=(1_000_000,), dtype="u1", mode="w+")
    plain = np.asarray(mapped)
    assert type(plain) is np.ndarray
    view = plain[10_000:].reshape(-1, 10)
    buffered = np.frombuffer(memoryview(mapped._mmap), "u1")  # type: ignore[attr-defined]
    with path.open("r+b") as file:
        file.truncate(0)
    found = describe("v", mapped)
    assert (found.preview, found.shape, found.nbytes) == (
        "memory map, not read",
        [1_000_000],
        1_000_000,
    )
    for array in (plain, view, buffered):
        assert describe("v", array).preview == "not read: a memory map"


class Missing:
    """Stands for a missing text, and notes what it is asked."""

    ran: list[str] = []  # noqa: RUF012 - emptied by the test

    def __eq__(self, other: object) -> bool:
        self.ran.append("__eq__")
        return self is other

    def __str__(self) -> str:
        self.ran.append("__str__")
        return "missing"

    __hash__ = object.__hash__
    __repr__ = __str__


LONG = "b" * 50


@pytest.mark.parametrize(
    ("items", "missing", "preview"),
    [
        (["a", LONG], (), f"['a', '{LONG}']"),
        ([], (), "[]"),
        ("a", (), "'a'"),
        ([["a", LONG], ["c", "d"]], (), f"['a', '{LONG}', …]"),
        (["a", None], (None,), "['a', None]"),
        (["a", float("nan")], (float("nan"),), "['a', nan]"),
        (["a", "NA"], ("NA",), "['a', 'NA']"),
        (["x" * 200_000], (), "not read"),
    ],
)
def test_strings_of_any_length(items: Any, missing: tuple[Any, ...], preview: str) -> None:
    """Arrays of StringDType show their first items, unless those are very long."""
    dtype = np.dtypes.StringDType(**({"na_object": missing[0]} if missing else {}))
    array = np.array(items, dtype=dtype)
    found = describe("v", array)
    assert (found.preview, found.dtype) == (preview, "StringDType")
    assert describe("v", array.T).dtype == "StringDType"
    assert describe("v", dtype).preview == "dtype StringDType"


def test_strings_are_compared_as_they_lie() -> None:
    """A change in an array of strings is found also where its items do not lie in a row."""
    array = np.array([["a", LONG], [LONG, "d"]], dtype=np.dtypes.StringDType())
    for view in (array, array.T, array[::-1], array[:, 1]):
        before = fingerprint(view)
        assert before == fingerprint(view)
        array[0, 1] += "!"
        assert before != fingerprint(view)


def test_object_for_a_missing_string_is_not_asked() -> None:
    """Any object may stand for a missing text; none is compared, or asked for its own."""
    array = np.array(["a", "b"], dtype=np.dtypes.StringDType(na_object=Missing()))
    Missing.ran.clear()
    found = describe("v", array)
    assert fingerprint(array) == fingerprint(array)
    describe("v", array.dtype)
    assert Missing.ran == []
    assert (found.preview, found.dtype) == ("not read", "StringDType")


def test_huge_items_are_not_read() -> None:
    """One item of a text array can be as large as it likes."""
    found = describe("v", np.array(["x" * 100_000]))
    assert (found.preview, found.truncated) == ("not read", True)
    wide = np.zeros(1, [(f"field{n}", "i4") for n in range(1_000)])
    assert len(describe("v", wide).dtype or "") <= 200


def test_numpy_arrays() -> None:
    """Arrays show shape, dtype, bytes and their first items; scalars their value."""
    array = describe("a", np.arange(1_000_000.0).reshape(1000, 1000))
    assert (array.kind, array.shape, array.dtype) == ("array", [1000, 1000], "float64")
    assert (array.nbytes, array.truncated) == (8_000_000, True)
    assert array.preview.startswith("[0, 1, 2, ")
    assert describe("s", np.float64(3.5)).preview == "3.5"
    assert describe("s", np.float64(3.5)).kind == "number"
    assert describe("z", np.array(5)).preview == "5"


def test_numpy_subclass_is_described_from_outside() -> None:
    """A subclass may run anything in __array_finalize__, so it is not sliced."""

    class Loud(np.ndarray):
        def __array_finalize__(self, other: Any) -> None:
            if other is not None and getattr(other, "is_armed", False):
                raise AssertionError("finalized")

    loud = np.zeros(5).view(Loud)
    loud.is_armed = True
    assert describe("v", loud).type == "Loud"
