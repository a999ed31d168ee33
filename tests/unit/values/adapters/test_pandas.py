"""pandas' objects are read from their blocks and first items; nothing is computed or cached."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from livens.protocol.redaction import Redactor
from livens.values import adapters
from livens.values.descriptions import describe

adapters.register_all()


def test_frame_shows_columns_and_dtypes_in_their_order() -> None:
    """Also where columns of one dtype share a block and stand apart."""
    frame = pd.DataFrame({"a": [1], "b": ["x"], "c": [2], "d": [0.5], ("t", 1): [True]})
    frame["e"] = pd.Categorical(["q"])
    found = describe("df", frame)
    text = str(frame.dtypes["b"])
    assert found.preview == (
        f"1 row × 6 columns: a int64, b {text}, c int64, d float64, ('t', 1) bool, e category"
    )
    assert (found.kind, found.shape, found.length, found.truncated) == ("table", [1, 6], 1, False)
    assert found.nbytes


@pytest.mark.parametrize("columns", [9, 100])
def test_frame_dtypes_agree_with_pandas(columns: int) -> None:
    """After columns were inserted, deleted and moved, whatever the blocks look like."""
    frame = pd.DataFrame({f"c{n}": np.zeros(3, ["i8", "f8", "?"][n % 3]) for n in range(columns)})
    frame.insert(1, "new", 1.5)
    del frame["c4"]
    frame = frame[[*frame.columns[::-1][:3], *frame.columns[:4]]]
    named = ", ".join(f"{name} {dtype}" for name, dtype in frame.dtypes.items())
    assert describe("df", frame).preview == f"3 rows × 7 columns: {named}"
    assert describe("df", frame).nbytes == frame.memory_usage(index=False).sum()


def test_odd_frames() -> None:
    """Empty, with labels that are twice there, of several levels, in many pieces."""
    assert describe("df", pd.DataFrame()).preview == "0 rows × 0 columns"
    twice = pd.DataFrame([[1, "x"]], columns=["a", "a"])
    assert describe("df", twice).preview.startswith("1 row × 2 columns: a int64, a ")
    levels = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["a"], ["b", "c"]]))
    assert "('a', 'b') int64" in describe("df", levels).preview
    wide = describe("df", pd.DataFrame(np.zeros((2, 5_000))))
    assert (wide.truncated, wide.nbytes) == (True, 80_000)
    assert wide.preview.endswith("7 float64, …")


def test_frame_is_left_as_it_was() -> None:
    """No cache is filled, on the frame, its index or its blocks."""
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=pd.RangeIndex(2))
    before = [dict(thing.__dict__) for thing in (frame, frame.index)]
    cached = set(frame.index.__dict__["_cache"]), set(frame.columns.__dict__["_cache"])
    describe("df", frame)
    assert [dict(thing.__dict__) for thing in (frame, frame.index)] == before
    assert (set(frame.index.__dict__["_cache"]), set(frame.columns.__dict__["_cache"])) == cached


@pytest.mark.parametrize(
    ("value", "kind", "preview"),
    [
        (pd.Series([1.5, 2]), "table", "[1.5, 2]"),
        (pd.Series(["x", None], name="s"), "table", None),
        (pd.Series(range(9), name=("a", 1)), "table", "('a', 1): [0, 1, 2, 3, 4, …]"),
        (pd.Series([1], name="password"), "table", "password: redacted"),
        (pd.Series([pd.Timestamp("2026", tz="UTC")]), "table", "[2026-01-01 00:00:00+00:00]"),
        (pd.Index(["a", "b"]), "sequence", "Index(['a', 'b'])"),
        (pd.RangeIndex(1, 9, 2), "sequence", "RangeIndex(1, 9, 2)"),
        (pd.MultiIndex.from_tuples([(1, "a")]), "sequence", "MultiIndex([(1, 'a')])"),
        (pd.DatetimeIndex(["2026-01-02"]), "sequence", "DatetimeIndex([2026-01-02 00:00:00])"),
        (pd.period_range("2026", periods=1, freq="D"), "sequence", "PeriodIndex([2026-01-01])"),
        (pd.IntervalIndex.from_breaks([1, 2]), "sequence", "IntervalIndex([(1, 2]])"),
        (pd.CategoricalIndex(["a"]), "sequence", "CategoricalIndex(['a'])"),
        (pd.Categorical(["a", "b"]), "array", "Categorical(['a', 'b'])"),
        (pd.array([1, None]), "array", "IntegerArray([1, <NA>])"),
        (pd.Timestamp("2026-01-02 03:04"), "other", "2026-01-02 03:04:00"),
        (pd.Timestamp("2026-01-02", tz="Europe/Berlin"), "other", "2026-01-02 00:00:00+01:00"),
        (pd.Timedelta("1 day"), "other", "1 days 00:00:00"),
        (pd.Period("2026-01"), "other", "2026-01"),
        (pd.Interval(0, 1, "both"), "other", "[0, 1]"),
        (pd.NaT, "none", "NaT"),
        (pd.NA, "none", "<NA>"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_preview(value: Any, kind: str, preview: str | None) -> None:
    """Series, indexes, arrays and scalars of all sorts."""
    found = describe("v", value, hides=Redactor().hides)
    assert found.kind == kind
    assert preview is None or found.preview == preview


def test_grouping_is_lazy() -> None:
    """It says what it groups, by what, and has computed nothing."""
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=pd.to_datetime(["2026", "2027"]))
    told = "2 rows × 2 columns: a int64, b int64"
    grouped = frame.groupby("a")
    assert describe("v", grouped).preview == f"DataFrameGroupBy by 'a' of {told}"
    assert not grouped._grouper.__dict__.get("_cache")
    assert describe("v", frame.rolling(2)).preview == f"Rolling of {told}"
    assert describe("v", frame.resample("D")).preview == f"DatetimeIndexResampler of {told}"
    assert describe("v", grouped).kind == "lazy"
    assert describe("v", frame.groupby("a")["b"]).preview.startswith("SeriesGroupBy by 'a'")


class Loud(pd.DataFrame):
    """A subclass, as geopandas has one."""

    def __getattribute__(self, name: str) -> Any:
        if RAN is not None:
            RAN.append(name)
        return super().__getattribute__(name)


RAN: list[str] | None = None


def test_subclass_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is read from where pandas keeps the data."""
    loud = Loud({"a": [1, 2, 3]})
    ran: list[str] = []
    monkeypatch.setattr(f"{__name__}.RAN", ran)
    found = describe("v", loud)
    monkeypatch.undo()
    assert ran == []
    assert (found.preview, found.shape) == ("Loud, 3 × 1", [3, 1])


class Coins(pd.api.extensions.ExtensionArray):
    """An array that counts what is asked of it."""

    asked: list[str] = []  # noqa: RUF012 - emptied by the test

    def __init__(self, values: list[int]) -> None:
        self.values = values

    @property
    def dtype(self) -> Any:
        self.asked.append("dtype")
        return pd.CategoricalDtype()

    @property
    def nbytes(self) -> int:
        self.asked.append("nbytes")
        return 0

    def __getitem__(self, item: Any) -> Any:
        self.asked.append("__getitem__")
        return self

    def __len__(self) -> int:
        self.asked.append("__len__")
        return len(self.values)


def test_array_of_somebody_else_is_not_asked() -> None:
    """An extension array may compute in every method, so a column of it shows its class."""
    frame = pd.DataFrame({"a": pd.Categorical(["x"])})
    frame._mgr.blocks[0].values = Coins([1])
    Coins.asked.clear()
    assert describe("df", frame).preview == "1 row × 1 column: a Coins"
    series = pd.Series([1])
    series._mgr.blocks[0].values = Coins([1])
    assert describe("s", series).preview == "1 items of Coins"
    assert Coins.asked == []


def test_time_zone_of_the_users_is_not_asked() -> None:
    """The text of a Timestamp calls its zone."""

    class Zone(datetime.tzinfo):
        armed = False

        def utcoffset(self, when: Any) -> datetime.timedelta:
            if self.armed:
                raise AssertionError("the zone was asked")
            return datetime.timedelta(hours=1)

        dst = utcoffset

    stamp = pd.Timestamp(datetime.datetime(2026, 1, 2, tzinfo=Zone()))
    Zone.armed = True
    assert describe("t", stamp).preview.startswith("2026-01-02 00:00:00 in ")


def test_memory_map_below_a_series_is_not_read(tmp_path: Any) -> None:
    """A series that was made without a copy lies on the disk as well."""
    path = tmp_path / "data"
    mapped = np.memmap(path, shape=(1_000_000,), dtype="u1", mode="w+")
    series = pd.Series(mapped, copy=False)
    assert np.shares_memory(series.array._ndarray, mapped)
    found = describe("s", series).preview
    assert found == "memory map, not read"


def test_pandas_frames() -> None:
    """Frames show rows, columns and dtypes, series their first items."""
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    found = describe("df", frame)
    assert (found.kind, found.shape) == ("table", [2, 2])
    assert found.preview == "2 rows × 2 columns: a int64, b float64"
    assert describe("s", frame["a"]).preview == "a: [1, 2]"
    twice = pd.DataFrame([[1, "x"]], columns=["a", "a"])
    assert describe("df", twice).shape == [1, 2]
    assert describe("df", pd.DataFrame()).shape == [0, 0]
