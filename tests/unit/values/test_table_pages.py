"""Pages of tables: what is a table, its cells and labels."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pages import column, read

from livens.exceptions import NotAllowed
from livens.protocol.table_requests import Filter, SortKey
from livens.values.tables import comparing, rows, sort_keys
from livens.values.tables.opening import source_of


@pytest.fixture
def without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the user had not loaded numpy."""
    for module in (comparing, rows, sort_keys):
        monkeypatch.setattr(module, "loaded_numpy", lambda: None)


def test_frame_by_position() -> None:
    """Columns of the same label, labels of any type and mixed values are told by position."""
    frame = pd.DataFrame([[1, "a", 2.5], [None, "b", 3.5]], columns=["x", "x", ("t", 1)])
    page = read(frame)
    assert [(c.position, c.label, c.kind) for c in page.columns] == [
        (0, "x", "number"),
        (1, "x", "text"),
        (2, "<tuple>", "number"),
    ]
    assert page.rows == [[1.0, "a", 2.5], [None, "b", 3.5]]
    assert (page.index, page.shape, page.total) == (["0", "1"], [2, 3], 2)


VALUES: dict[str, tuple[Any, str, list[Any]]] = {
    "int8": (np.array([1, -2], "i1"), "number", [1, -2]),
    "uint64": (np.array([1, 2**64 - 1], "u8"), "number", [1, str(2**64 - 1)]),
    "beyond JavaScript": (np.array([2**53, 2**53 + 1]), "number", [2**53, str(2**53 + 1)]),
    "float": ([1.5, float("nan")], "number", [1.5, None]),
    "float16": (np.array([1.5, np.nan], "f2"), "number", [1.5, None]),
    "longdouble": (np.array([1.5, np.nan], "g"), "number", [1.5, None]),
    "infinite": ([float("inf"), float("-inf")], "number", ["inf", "-inf"]),
    "bool": ([True, False], "bool", [True, False]),
    "text": (["a", None], "text", ["a", None]),
    "long text": (["x" * 1000, "y"], "text", ["x" * 199 + "…", "y"]),
    "lone surrogate": (pd.Series(["\ud800", "b"], dtype=object), "text", ["\\ud800", "b"]),
    "object": (pd.Series(["a", 1], dtype=object), "other", ["a", 1]),
    "nested": (pd.Series([[1], {}], dtype=object), "other", ["<list>", "<dict>"]),
    "decimal": (
        pd.Series([decimal.Decimal("1.5"), None], dtype=object),
        "other",
        ["<Decimal>", None],
    ),
    "huge int": (
        pd.Series([10**100, 10**1000], dtype=object),
        "number",
        [str(10**100), "int of 3322 bits"],
    ),
    "complex": (np.array([1j, 2]), "other", ["<complex>", "<complex>"]),
    "Int64": (pd.array([1, None], dtype="Int64"), "number", [1, None]),
    "Float64": (pd.array([1.5, None], dtype="Float64"), "number", [1.5, None]),
    "boolean": (pd.array([True, None], dtype="boolean"), "bool", [True, None]),
    "string": (pd.array(["a", None], dtype="string"), "text", ["a", None]),
    "category": (pd.Categorical(["b", None], categories=["b", "a"]), "text", ["b", None]),
    "category of numbers": (pd.Categorical([7, 5]), "number", [7, 5]),
    "datetime": (
        pd.to_datetime(pd.Series(["2024-02-29T12:00:00.5", None])),
        "time",
        ["2024-02-29T12:00:00.5", None],
    ),
    "nanoseconds": (
        np.array(["2024-01-01T00:00:00.000000001", "NaT"], "M8[ns]"),
        "time",
        ["2024-01-01T00:00:00.000000001", None],
    ),
    "zone": (
        pd.Series(pd.to_datetime(["2024-07-01T12:00", None])).dt.tz_localize("Europe/Berlin"),
        "time",
        ["2024-07-01T12:00:00+02:00", None],
    ),
    "timedelta": (pd.to_timedelta(["1 days", None]), "time", ["1 day, 0:00:00", None]),
    "dates": (
        pd.Series([datetime.date(2024, 1, 2), None], dtype=object),
        "time",
        ["2024-01-02", None],
    ),
    "period": (pd.period_range("2024-01", periods=2, freq="M"), "text", ["2024-01", "2024-02"]),
    "interval": (pd.interval_range(0, 2), "text", ["(0, 1]", "(1, 2]"]),
    "sparse": (pd.arrays.SparseArray([0, 1]), "number", [0, 1]),
}  # fmt: skip


@pytest.mark.parametrize(("values", "kind", "cells"), VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("make", [pd.Series, lambda values: pd.DataFrame({"c": values})])
def test_values_as_cells(make: Any, values: Any, kind: str, cells: list[Any]) -> None:
    """Each dtype of pandas gives JSON values, and null for what is missing."""
    page = read(make(values))
    assert [row[0] for row in page.rows] == cells
    assert page.columns[0].kind == kind
    assert page.columns[0].dtype == str(
        make(values).dtypes if make is pd.Series else make(values).dtypes.iloc[0]
    )


@pytest.mark.parametrize(
    ("index", "labels"),
    [
        (pd.RangeIndex(5, 9, 2), ["5", "7"]),
        (pd.Index(["a", None]), ["a", ""]),
        (pd.Index([1.5, 2.5]), ["1.5", "2.5"]),
        (pd.date_range("2024-01-01", periods=2), ["2024-01-01T00:00:00", "2024-01-02T00:00:00"]),
        (pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]), ["<tuple>", "<tuple>"]),
        (pd.CategoricalIndex(["u", "v"]), ["u", "v"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_labels_of_rows(index: Any, labels: list[str]) -> None:
    """The labels of the rows sent come as text, whatever the index."""
    assert read(pd.DataFrame({"a": [1, 2]}, index=index)).index == labels
    assert read(pd.Series([1, 2], index=index), start=1).index == labels[1:]


def test_numpy_s_scalars_among_objects() -> None:
    """Scalars of numpy's in an object column are told, sorted and compared as Python's are."""
    records = [{"loss": np.float64(0.5)}, {"loss": np.float32(0.25)}, {"loss": np.float64("nan")}]
    page = read(records, sort=[SortKey(0)], summary=True)
    assert page.rows == [[0.25], [0.5], [None]]
    assert (page.columns[0].kind, page.columns[0].nulls) == ("number", 1)
    assert read(records, filters=[Filter(0, "<", 0.3)]).total == 1


def test_index_is_a_table_of_one_column() -> None:
    """An index can be looked through as a series can."""
    page = read(pd.Index(["b", "a"], name="key"), sort=[SortKey(0)])
    assert (page.columns[0].label, page.rows, page.index) == ("key", [["a"], ["b"]], ["1", "0"])


def test_arrays() -> None:
    """Arrays of one and two dimensions and of records are tables; of three they are none."""
    matrix = np.arange(6).reshape(3, 2)
    assert read(matrix, sort=[SortKey(1, True)], limit=1).rows == [[4, 5]]
    assert read(matrix.T[::-1], columns=[0]).rows == [[1], [0]]
    assert column(np.array(["b", "a"]), sort=[SortKey(0)]) == ["a", "b"]
    days = ["2024-01-01", "20000-01-01"]  # the second is beyond what Python's dates can say
    assert column(np.array(days, "M8[D]")) == days
    records = np.array([(1, "x"), (2, "y")], dtype=[("n", "i4"), ("t", "U5")])
    page = read(records)
    assert [c.label for c in page.columns] == ["n", "t"]
    assert page.rows == [[1, "x"], [2, "y"]]
    for other in (np.zeros((2, 2, 2)), np.array(5)):
        with pytest.raises(NotAllowed, match="dimensions"):
            read(other)


@pytest.mark.usefixtures("without_numpy")
def test_lists_of_records_need_no_numpy() -> None:
    """A list of dicts or of tuples is a table, by plain Python."""
    dicts = [{"a": 2, "b": "x"}, {"a": None}, {"a": 1, "c": [1]}, {"a": 2, "b": "y"}]
    page = read(dicts, sort=[SortKey(0, True), SortKey(1)], summary=True, bins=2)
    assert [c.label for c in page.columns] == ["a", "b", "c"]
    assert page.rows == [[2, "x", None], [2, "y", None], [1, None, "<list>"], [None, None, None]]
    assert (page.columns[0].nulls, page.columns[0].mean) == (1, 5 / 3)
    assert page.columns[0].histogram is not None
    assert page.columns[0].histogram.counts == [1, 2]
    assert page.columns[2].nulls == 3
    assert read(dicts, filters=[Filter(1, "contains", "X")]).total == 1
    assert read(dicts, filters=[Filter(0, "not null"), Filter(0, "<", 2)]).rows[0][0] == 1
    assert read([(1, 2), (3,)]).rows == [[1, 2], [3, None]]
    for other in ([], [1], [{1: 2}], [{"a": 1}, (1,)]):
        with pytest.raises(NotAllowed, match="no table"):
            read(other)


def test_only_the_library_s_own_classes_are_tables() -> None:
    """A subclass, or a class that calls itself a data frame, is none: its code must not run."""

    class Loud(pd.DataFrame):
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

    class Liar:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

    Liar.__module__, Liar.__qualname__, Liar.__name__ = "pandas", "DataFrame", "DataFrame"
    for value in (Loud({"a": [1]}), Liar(), 5, None, {"a": 1}):
        with pytest.raises(NotAllowed, match="no table"):
            read(value)


def test_foreign_arrays_in_a_frame_are_not_read() -> None:
    """A column of an extension that is not pandas' own shows its class; the others are there."""
    from pandas.tests.extension.decimal.array import DecimalArray

    foreign = DecimalArray([decimal.Decimal(1), decimal.Decimal(2)])
    page = read(pd.DataFrame({"a": foreign, "b": [1, 2]}), summary=True)
    assert page.rows == [["<DecimalArray>", 1], ["<DecimalArray>", 2]]
    assert page.columns[0].dtype == "DecimalArray"
    with pytest.raises(NotAllowed, match="DecimalArray"):
        read(pd.DataFrame({"a": foreign}), sort=[SortKey(0)])


def test_objects_of_the_user_s_are_never_asked() -> None:
    """Objects in a column are shown by their class, and not compared, hashed or printed."""
    ran: list[str] = []

    class Hostile:
        def __getattribute__(self, name: str) -> Any:
            ran.append(name)
            raise AssertionError(name)

        def _run(self, *args: Any) -> Any:
            ran.append("a method")
            raise AssertionError

        __eq__ = __lt__ = __gt__ = __hash__ = __repr__ = __str__ = __bool__ = __len__ = _run  # type: ignore[assignment]
        __float__ = __int__ = __index__ = __format__ = __array__ = __iter__ = _run

    objects = np.empty(3, dtype=object)
    objects[:] = ["a", None, None]
    objects[1] = Hostile()
    frame = pd.DataFrame({"o": pd.Series(objects, dtype=object), "n": [3, 1, 2]})
    page = read(frame, summary=True, sort=[SortKey(1)], filters=[Filter(1, ">", 0)])
    assert [row[0] for row in page.rows] == ["<Hostile>", None, "a"]
    assert (page.columns[0].nulls, page.columns[0].min) == (1, None)
    for option in ({"sort": [SortKey(0)]}, {"filters": [Filter(0, "==", "a")]}):
        with pytest.raises(NotAllowed, match="'Hostile'"):
            read(frame, **option)
    assert read([{"a": Hostile()}, {"a": 1}], summary=True).rows == [["<Hostile>"], [1]]
    assert ran == []


def test_zone_of_the_user_s_does_not_run() -> None:
    """Times with a zone of an unknown class are shown without asking it."""

    class Zone(datetime.tzinfo):
        def utcoffset(self, when: Any) -> Any:
            raise AssertionError("asked the zone")

    times = [datetime.datetime(2024, 1, 1, tzinfo=Zone()), None]
    series = pd.Series(times, dtype=object)
    assert column(series) == ["<datetime>", None]
    with pytest.raises(NotAllowed, match="zone"):
        read(series, sort=[SortKey(0)])


def test_redacted_columns() -> None:
    """A column whose label is redacted shows no value, has no figures, and is not compared."""
    frame = pd.DataFrame({"password": ["s3cret", "pa55"], "n": [1, 2]})
    page = read(frame, summary=True)
    assert page.rows == [["redacted", 1], ["redacted", 2]]
    assert page.columns[0].nulls is None
    assert page.columns[1].max == 2
    for option in ({"sort": [SortKey(0)]}, {"filters": [Filter(0, "==", "pa55")]}):
        with pytest.raises(NotAllowed, match="redacted"):
            read(frame, **option)
    assert read(frame.set_index("password")).index == ["redacted", "redacted"]


def test_table_is_left_as_it_was() -> None:
    """Nothing is sorted in place, cached on the frame or changed."""
    frame = pd.DataFrame({"a": [3, 1, 2], "t": list("xyz")}, index=list("pqr"))
    before, attributes = frame.copy(deep=True), set(vars(frame))
    read(frame, sort=[SortKey(1, True)], filters=[Filter(0, ">", 1)], summary=True)
    pd.testing.assert_frame_equal(frame, before)
    assert set(vars(frame)) == attributes
    array = np.array([3, 1, 2])
    array.flags.writeable = False
    assert column(array, sort=[SortKey(0)]) == [1, 2, 3]


def test_rows_of_an_array_are_read_without_the_rest() -> None:
    """A page of rows in any order costs no copy of the column, however the column lies."""
    tall = np.broadcast_to(np.arange(2.0), (1_000_000_000_000, 2))  # 16 TB, if it were copied
    for table in (tall, tall[:, 1]):
        page = read(table, start=999_999_999_990, columns=[0])
        assert len(page.rows) == 10
    source = source_of(tall[:, 1])
    assert source.piece(0, [5, 999_999_999_999, 7]).values.tolist() == [1.0, 1.0, 1.0]
    frame = pd.DataFrame(tall[:1000])
    assert source_of(frame).piece(1, np.array([2, 0])).values.tolist() == [1.0, 1.0]
