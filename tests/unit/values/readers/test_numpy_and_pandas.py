"""Contents of numpy arrays and pandas frames: every cell counts, and reading changes nothing."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pandas as pd
import pytest

from livens.values import readers
from livens.values.checksums import ChunkSums
from livens.values.differences import difference
from livens.values.fingerprints import fingerprint, pins_at
from livens.watching.snapshot import Snapshot

readers.register_all()


def looked_at(value: Any) -> ChunkSums:
    """Make checksums that know a value."""
    sums = ChunkSums()
    while not sums.step(value).is_over:
        pass
    return sums


def differs(sums: ChunkSums, value: Any) -> bool:
    """Make one more round."""
    found = False
    while True:
        step = sums.step(value)
        found = found or step.differs
        if step.is_over:
            return found


ARRAYS = {
    "C order": lambda: np.zeros((300, 500)),
    "Fortran order": lambda: np.zeros((300, 500), order="F"),
    "strided": lambda: np.zeros(300_000)[::2],
    "backwards": lambda: np.zeros(300_000)[::-1],
    "strided, two dimensions": lambda: np.zeros((600, 1000))[::2, ::2],
    "records": lambda: np.zeros(100_000, dtype=[("a", "i1"), ("b", "f8")]),
    "aligned records, strided": lambda: np.zeros(
        100_000, dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True)
    )[::2],
    "objects": lambda: np.zeros(100_000, dtype=object),
    "dates": lambda: np.zeros(100_000, dtype="M8[s]"),
    "text": lambda: np.full(50_000, "abc", dtype=np.dtypes.StringDType()),
    "read-only for us": lambda: np.zeros(100_000, dtype="f2"),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_every_element_counts(kind: str) -> None:
    """One element in the middle is found, in whatever order the array lies in memory."""
    value = ARRAYS[kind]()
    sums = looked_at(value)
    assert not differs(sums, value)
    index = tuple(size // 2 + 1 for size in value.shape)
    if value.dtype.names:
        value[index]["b"] = 7
    else:
        value[index] = "xyz" if kind == "text" else 7
    assert differs(sums, value)
    assert not differs(sums, value)


def test_view_and_base_differ_together() -> None:
    """What is written through a view is a change of the view and of its base."""
    base = np.zeros(100_000)
    view = base[::2]
    both = looked_at(base), looked_at(view)
    view[33_333] = 9
    assert differs(both[0], base)
    assert differs(both[1], view)


@pytest.mark.parametrize(
    ("make", "change", "told"),
    [
        (lambda: np.zeros(5), lambda v: v.__setitem__(0, 1), "1 cell"),
        (lambda: np.zeros((3, 3)), lambda v: v.__setitem__(0, 1), "3 cells"),
        (lambda: np.zeros(3), lambda v: v.resize(4, refcheck=False), "shape (3,) → (4,)"),
        (lambda: np.array([1, None]), lambda v: v.__setitem__(1, 5), "item 1 changed"),
    ],
)
def test_difference_of_an_array(make: Any, change: Any, told: str) -> None:
    """A small array says how many cells, a resized one its shapes."""
    value = make()
    before = fingerprint(value)
    change(value)
    assert difference(before, fingerprint(value)) == told


def test_memory_map_is_not_read(tmp_path: Any) -> None:
    """An array whose memory is a file's is left alone, also when it is no memmap any more."""
    mapped = np.memmap(tmp_path / "data", dtype="f8", mode="w+", shape=1000)
    plain = np.asarray(mapped)[10:]
    sums = looked_at(plain)
    assert sums.size == 0
    snapshot = Snapshot({"plain": plain})
    snapshot.remember_all()
    assert snapshot.gap("plain") == "a memory map is not read"


def test_subclass_runs_nothing() -> None:
    """A subclass of an array is no array to us: slicing it could run anything."""
    calls = []

    class Odd(np.ndarray):  # type: ignore[type-arg]
        def __array_finalize__(self, obj: Any) -> None:
            calls.append(obj)

    value = np.zeros(1000).view(Odd)
    calls.clear()
    fingerprint(value)
    differs(ChunkSums(), value)
    assert calls == []


def frame(rows: int = 50) -> pd.DataFrame:
    """Make a frame with columns of many kinds."""
    values = range(rows)
    return pd.DataFrame(
        {
            "i": values,
            "f": np.linspace(0, 1, rows),
            "g": np.linspace(1, 2, rows),
            "s": [f"text {n}" for n in values],
            "c": pd.Categorical([f"c{n % 3}" for n in values]),
            "t": pd.date_range("2020", periods=rows),
            "z": pd.date_range("2020", periods=rows, tz="UTC"),
            "n": pd.array([None, *range(1, rows)], dtype="Int64"),
            "o": [[n] for n in values],
        },
        index=pd.Index([f"row {n}" for n in values], name="rows"),
    )


READS = {
    "groupby": lambda d: d.groupby("c", observed=True)["f"].mean(),
    "describe": lambda d: d.describe(include="all"),
    "sort_values": lambda d: d.sort_values("f"),
    "loc": lambda d: d.loc["row 3", "f"],
    "iloc": lambda d: d.iloc[2:5],
    "mask": lambda d: d[d["f"] > 0.5],
    "values": lambda d: d.values,
    "to_numpy": lambda d: d[["f", "g"]].to_numpy(),
    "iteration": lambda d: [row for _, row in d.iterrows()],
    "itertuples": lambda d: list(d.itertuples()),
    "column": lambda d: d["s"].str.len(),
    "merge": lambda d: d.merge(d, on="i"),
    "copy": lambda d: d.copy(deep=False),
    "T": lambda d: d[["f", "g"]].T,
    "repr": repr,
    "index": lambda d: ("row 3" in d.index, d.index.is_unique, d.index.get_loc("row 4")),
    "columns": lambda d: (d.columns.tolist(), "f" in d),
    "consolidated": lambda d: d._consolidate_inplace(),
    "plot": lambda d: np.asarray(d["f"]),
    "memory": lambda d: d.memory_usage(deep=True),
}


def test_a_frame_that_is_only_read_never_changed() -> None:
    """1,000 reads of many kinds, and not one report."""
    value = frame()
    value["late"] = 1.5  # a block of its own, until something consolidates
    sums = looked_at(value)
    before = fingerprint(value)
    reads = list(READS.values())
    for number in range(1000):
        reads[number % len(reads)](value)
        assert fingerprint(value) == before
        if number % 20 == 0 or number < 40:
            assert not differs(sums, value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d.__setitem__("new", 1), "column 'new' added"),
        (lambda d: d.pop("f"), "column 'f' removed"),
        (lambda d: d.__setitem__("i", d["i"].astype("float64")), "column 'i' int64 → float64"),
        (lambda d: d.__setitem__("f", -d["f"]), "50 cells"),
        (lambda d: d.iloc.__setitem__((25, 1), -1.0), "1 cell"),
        (lambda d: d.loc.__setitem__("more", d.iloc[0]), "1 row added"),
        (lambda d: d["o"].iloc[0].append(1), "column 'o' changed"),
        (lambda d: d.index.set_names("other", inplace=True), "index changed"),
        (lambda d: d.attrs.update(a=1), "attrs changed"),
    ],
)
def test_difference_of_a_frame(change: Any, told: str) -> None:
    """A frame says which column, how many rows, which dtype."""
    value = frame()
    before = fingerprint(value)
    change(value)
    assert difference(before, fingerprint(value)) == told


@pytest.mark.parametrize("column", list(frame().columns))
def test_every_column_counts(column: str) -> None:
    """One cell in the middle of a long frame is found, whatever holds the column."""
    value = frame(20_000)
    sums = looked_at(value)
    number = value.columns.get_loc(column)
    value.iloc[10_001, number] = value.iloc[10_003, number]
    assert differs(sums, value)
    assert not differs(sums, value)


def test_every_cell_of_a_series_counts() -> None:
    """The same for a series, its index and its name."""
    value = pd.Series(np.zeros(100_000))
    sums = looked_at(value)
    value.iloc[50_001] = 1
    assert differs(sums, value)
    value.index = pd.RangeIndex(1, 100_001)
    assert differs(sums, value)
    before = fingerprint(value)
    value.name = "new"
    assert fingerprint(value) != before


@pytest.mark.parametrize("make", [lambda: np.zeros(10**6), lambda: frame(20_000)])
def test_nothing_is_kept_between_two_steps(make: Any) -> None:
    """An array or a frame that is deleted in the middle of a round is gone at once."""
    values = {"x": make()}
    gone = weakref.ref(values["x"])
    snapshot = Snapshot(values)
    snapshot.remember_all()
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            assert snapshot.step("x") is not None
        del values["x"]
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("value", "change", "place"),
    [
        (np.zeros((100, 100)), lambda v: v.__setitem__((51, 50), 1), ("cells", 5_100, 5_200)),
        (np.zeros(9_000), lambda v: v.__setitem__(51, 1), ("cells", 51, 52)),
        (np.zeros(900, dtype=object), lambda v: v.__setitem__(51, "a"), ("items", 51, 52)),
        (
            pd.DataFrame({"x": range(9_000), "y": 0.5}),
            lambda v: v.iloc.__setitem__((51, 1), 1),
            ("columns", "y"),
        ),
        (pd.Series(range(9_000)), lambda v: v.__setitem__(51, 1), ("columns", ("part", "values"))),
    ],
)
def test_named_position_is_pinned(value: Any, change: Any, place: tuple[Any, ...]) -> None:
    """Of an array with rows the row, of a frame the cell in each column; reading is no change."""
    before = pins_at(value, [51])
    repr(value)
    value.copy()
    assert pins_at(value, [51]) == before != {}
    change(value)
    now = pins_at(value, [51])
    assert [key[:-1] for key in before if now[key] != before[key]] == [place]
    assert pins_at(value, [10**12, -(10**12)]) == {}


def test_extension_columns_are_not_pinned() -> None:
    """What their arrays are made of is theirs: no part of it is taken for a row."""
    frame = pd.DataFrame({"c": pd.Categorical(["a", "b"] * 500), "n": pd.array([1] * 1_000)})
    assert pins_at(frame, [500]) == {}
