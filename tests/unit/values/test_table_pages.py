"""Pages of tables: sorted, filtered and summed up as pandas would, and the table left alone."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livens.exceptions import InvalidParams, NotAllowed, RequestError, TookTooLong
from livens.protocol.requests import Column, Filter, SortKey, Table, TableParams
from livens.values.tables import columns, rows
from livens.values.tables.opening import source_of
from livens.values.tables.page import PageReader
from livens.values.tables.rows import Rows


def still() -> float:
    """A clock that stands still: there is time for everything."""
    return 0.0


def preview(value: object) -> str:
    """Preview a value by its class: nothing of it runs."""
    return f"<{type(value).__name__}>"


def read(
    value: object,
    clock: Callable[[], float] = still,
    hides: Callable[[str], bool] = lambda label: label == "password",
    **params: Any,
) -> Table:
    """Read a page of a table."""
    reader = PageReader(source_of(value), hides, preview, clock)
    return reader.read(TableParams(path=[["name", "x"]], **params))


def column(value: object, **params: Any) -> list[Any]:
    """Read the first column of a page."""
    return [row[0] for row in read(value, **params).rows]


@pytest.fixture
def without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the user had not loaded numpy."""
    for module in (columns, rows):
        monkeypatch.setattr(module, "loaded_numpy", lambda: None)


# -- what is a table -----------------------------------------------------------------------


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


# -- sorted and filtered -------------------------------------------------------------------

NUMBERS = st.lists(st.none() | st.integers(-3, 3) | st.floats(allow_nan=True), max_size=30)


@given(NUMBERS, st.booleans())
def test_sorted_as_pandas_sorts(values: list[Any], descending: bool) -> None:
    """Sorting is stable both ways, with missing values last, by numpy as by Python."""
    series = pd.Series(values, dtype="float64")
    expected = series.sort_values(ascending=not descending, kind="stable").index.tolist()
    for table in (series, pd.Series(values, dtype=object)):
        page = read(table, sort=[SortKey(0, descending)])
        assert [int(label) for label in page.index] == expected


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc"), st.booleans()), max_size=30))
def test_sorted_by_several_columns(values: list[Any]) -> None:
    """The first key counts most, each with its own direction."""
    frame = pd.DataFrame(values, columns=["n", "t", "b"])
    keys = [SortKey(0), SortKey(1, True), SortKey(2)]
    page = read(frame, sort=keys)
    expected = frame.sort_values(["n", "t", "b"], ascending=[True, False, True], kind="stable")
    assert page.index == [str(label) for label in expected.index]
    plain = read([{"n": n, "t": t, "b": b} for n, t, b in values] or [{}], sort=keys * bool(values))
    assert not values or plain.rows == page.rows


@given(NUMBERS, st.integers(-3, 3), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
def test_filtered_as_pandas_filters(values: list[Any], wanted: int, op: Any) -> None:
    """Comparisons keep what pandas keeps, and never a missing value."""
    series = pd.Series(values, dtype="float64")
    mask = columns._OPERATORS[op](series, wanted) & series.notna()
    expected = [str(label) for label in series[mask].index]
    for table in (series, pd.Series(values, dtype=object)):
        page = read(table, filters=[Filter(0, op, wanted)])
        assert (page.index, page.total) == (expected, len(expected))


TIMES = pd.to_datetime(pd.Series(["2024-01-01", None, "2024-01-02", "2024-01-03"]))

COLUMNS: dict[str, Any] = {
    "text": pd.Series(["b", None, "Abc", "c"]),
    "object": pd.Series(["b", None, "Abc", "c"], dtype=object),
    "category": pd.Series(["b", None, "Abc", "c"], dtype="category"),
    "number": pd.Series([1, None, 3, 2**53 + 1], dtype="Int64"),
    "bool": pd.Series([True, None, False, True], dtype="boolean"),
    "time": TIMES,
    "zone": TIMES.dt.tz_localize("Europe/Berlin"),
    "dates": pd.Series([None if time is pd.NaT else time.date() for time in TIMES], dtype=object),
    "span": pd.to_timedelta(pd.Series(["1s", None, "2s", "3s"])),
    "empty": pd.Series([None, None, None, None], dtype=object),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "op", "value", "kept"),
    [
        ("text", "contains", "B", [0, 2]),
        ("object", "contains", "B", [0, 2]),
        ("category", "contains", "B", [0, 2]),
        ("text", "==", "b", [0]),
        ("text", "!=", "b", [2, 3]),
        ("object", ">", "Abc", [0, 3]),
        ("category", "!=", "b", [2, 3]),
        ("category", "is null", None, [1]),
        ("text", "is null", None, [1]),
        ("object", "not null", None, [0, 2, 3]),
        ("number", "is null", None, [1]),
        ("number", "not null", None, [0, 2, 3]),
        ("number", "==", str(2**53 + 1), [3]),
        ("number", ">", 1.5, [2, 3]),
        ("bool", "==", True, [0, 3]),
        ("time", ">=", "2024-01-02", [2, 3]),
        ("time", "<", "2024-01-02T00:00:00+01:00", [0]),
        ("zone", "==", "2024-01-02T00:00:00", [2]),
        ("zone", "==", "2024-01-01T23:00:00+00:00", [2]),
        ("dates", ">", "2024-01-01", [2, 3]),
        ("span", "<=", 2, [0, 2]),
        ("empty", "is null", None, [0, 1, 2, 3]),
        ("empty", "==", "x", []),
    ],
)
def test_filter(name: str, op: Any, value: Any, kept: list[int]) -> None:
    """Filters by kind of column; `contains` takes no notice of case."""
    page = read(COLUMNS[name], filters=[Filter(0, op, value)])
    assert [int(label) for label in page.index] == kept


@pytest.mark.parametrize(
    ("name", "op", "value"),
    [
        ("text", "==", 5),
        ("text", "<", None),
        ("number", "<", "x"),
        ("number", "contains", "1"),
        ("bool", "==", 1),
        ("time", "<", "yesterday"),
        ("zone", "<", "yesterday"),
        ("dates", "<", "2024-13-01"),
        ("span", "<", "x"),
        ("time", "contains", "2024"),
    ],
)
def test_filter_that_does_not_fit(name: str, op: Any, value: Any) -> None:
    """A value of another kind than the column's is an error that says what is expected."""
    with pytest.raises(InvalidParams, match="olumn"):
        read(COLUMNS[name], filters=[Filter(0, op, value)])


@pytest.mark.parametrize("option", ["columns", "sort", "filters"])
def test_column_that_is_not_there(option: str) -> None:
    """A position beyond the last column is an error that says which there are."""
    made = {"columns": [2], "sort": [SortKey(2)], "filters": [Filter(2, "is null")]}
    with pytest.raises(InvalidParams, match="position 2") as error:
        read(pd.DataFrame({"a": [1], "b": [2]}), **{option: made[option]})
    assert error.value.expected == "0 to 1"


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


@pytest.mark.parametrize(
    "values",
    [["a", 1], [datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 1)], [[1], [2]]],
    ids=repr,
)
def test_column_without_an_order(values: list[Any]) -> None:
    """A column of several kinds is refused with the reason, and still shown and counted."""
    series = pd.Series(values, dtype=object)
    with pytest.raises(NotAllowed, match="cannot be sorted by"):
        read(series, sort=[SortKey(0)])
    assert read(series, summary=True).columns[0].nulls == 0


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


# -- pages ---------------------------------------------------------------------------------


@given(st.integers(1, 7), st.booleans(), st.booleans())
def test_pages_make_up_the_whole(size: int, is_sorted: bool, is_filtered: bool) -> None:
    """Page after page gives each row once, in the order of the whole."""
    series = pd.Series([5, 3, 3, 8, 1, 9, 2, 7, 3, 0])
    options: dict[str, Any] = {
        "sort": [SortKey(0)] * is_sorted,
        "filters": [Filter(0, "<", 8)] * is_filtered,
    }
    whole = read(series, **options)
    labels: list[str] = []
    for start in range(0, whole.total, size):
        labels += read(series, start=start, limit=size, **options).index
    assert labels == whole.index
    assert len(labels) == whole.total
    assert read(series, start=100, **options).rows == []


def test_empty_tables() -> None:
    """No rows, no columns or neither is a table like any other."""
    for frame in (pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame(index=[1, 2])):
        page = read(frame, summary=True)
        assert (page.shape, page.total) == (list(frame.shape), len(frame))
        assert len(page.rows) == len(page.index) == len(frame)
    assert read(pd.DataFrame({"a": [1]}), limit=0).rows == []
    assert read(pd.DataFrame({"a": [1]}), columns=[]).rows == [[]]


def test_many_columns_are_sent_by_choice() -> None:
    """The first 50 by default, else those that were asked for, in that order."""
    frame = pd.DataFrame(np.zeros((1, 120)))
    assert len(read(frame).columns) == 50
    assert [c.position for c in read(frame, columns=[119, 3]).columns] == [119, 3]


# -- summed up -----------------------------------------------------------------------------


@given(NUMBERS, st.integers(1, 5))
def test_figures_are_those_of_pandas(values: list[Any], bins: int) -> None:
    """Missing values, ends, mean and histogram, by numpy as by Python."""
    series = pd.Series(values, dtype="float64")
    finite = series[np.isfinite(series)]
    for table in (series, pd.Series(values, dtype=object)):
        figures = read(table, summary=True, bins=bins).columns[0]
        assert figures.nulls == int(series.isna().sum())
        if series.notna().any():
            assert figures.min == as_told(series.min())
            assert figures.max == as_told(series.max())
        if figures.histogram is not None:
            assert sum(figures.histogram.counts) == len(finite)
            assert len(figures.histogram.edges) == len(figures.histogram.counts) + 1 == bins + 1
        if figures.mean is not None:
            assert figures.mean == pytest.approx(series.mean(), rel=1e-6, abs=1e-6)


def as_told(value: float) -> float | str:
    """Write a number as cells do."""
    return value if np.isfinite(value) else str(float(value))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series(["b", "a", None]), (1, "a", "b", None)),
        (pd.Series([True, False, True, True]), (0, False, True, 0.75)),
        (pd.Series(["b", "a", None], dtype=pd.CategoricalDtype(["b", "a"])), (1, "b", "a", None)),
        (pd.to_datetime(pd.Series(["2024-01-02", "2024-01-01", None])),
         (1, "2024-01-01T00:00:00", "2024-01-02T00:00:00", None)),
        (pd.Series([1, 2, None], dtype="Int64"), (1, 1, 2, 1.5)),
        (pd.Series([None, None]), (2, None, None, None)),
        (pd.Series([10**400, 1], dtype=object), (0, 1, str(10**400), None)),
        (np.array([1e308, -1e308, 1e308]), (0, -1e308, 1e308, None)),
    ],
    ids=range(8),
)  # fmt: skip
def test_figures(values: Any, expected: tuple[Any, ...]) -> None:
    """What is told of a column depends on its kind."""
    found = read(values, summary=True).columns[0]
    mean = found.mean if found.mean is None else pytest.approx(found.mean)
    if expected[0:3] == (0, -1e308, 1e308):
        assert found.histogram is None  # its bars would be wider than a float can say
        mean = None
    assert (found.nulls, found.min, found.max, mean) == expected


def test_figures_are_of_the_rows_that_filters_keep() -> None:
    """Filtering changes what is summed up."""
    frame = pd.DataFrame({"a": [1, 2, 3, 4]})
    assert read(frame, summary=True, filters=[Filter(0, ">", 2)]).columns[0].mean == 3.5


# -- within a time -------------------------------------------------------------------------


def ticking(step_s: float) -> Callable[[], float]:
    """A clock that goes on by so much with each look."""
    ticks = count()
    return lambda: next(ticks) * step_s


def test_sample_is_said() -> None:
    """What would take too long is done on evenly spaced rows, and each figure says so."""
    frame = pd.DataFrame({"n": np.arange(10_000_000)})
    page = read(frame, sort=[SortKey(0, True)], summary=True)
    assert page.sampled is not None
    assert 1_000 <= page.sampled < 10_000_000
    assert page.total == page.sampled
    assert page.shape == [10_000_000, 1]
    step = -(-10_000_000 // page.sampled)
    assert [row[0] % step for row in page.rows] == [0] * 100
    figures: Column = page.columns[0]
    assert figures.sampled is not None
    assert figures.sampled <= page.sampled
    assert figures.histogram is not None
    assert sum(figures.histogram.counts) == figures.sampled


def test_more_time_means_no_sample() -> None:
    """A client that waits longer gets all of it."""
    frame = pd.DataFrame({"n": np.arange(3_000_000)})
    assert read(frame, sort=[SortKey(0)]).sampled is not None
    page = read(frame, sort=[SortKey(0)], summary=True, timeout_ms=60_000)
    assert (page.sampled, page.columns[0].sampled) == (None, None)


def test_wrong_estimate_is_made_good_by_a_smaller_sample() -> None:
    """When the time runs out on the way, a tenth of the rows is tried."""
    values = pd.Series([str(n) for n in range(100_000)], dtype=object)
    page = read(values, ticking(0.01), sort=[SortKey(0)], timeout_ms=1000)
    assert page.sampled == 10_000
    assert column(values, clock=ticking(0.01), sort=[SortKey(0)], limit=2) == ["0", "10"]


def test_no_time_at_all_is_said() -> None:
    """Where not even a small sample fits, the client is told that it took too long."""
    values = pd.Series([str(n) for n in range(100_000)], dtype=object)
    with pytest.raises(TookTooLong, match="1000 of 100000 rows"):
        read(values, ticking(10.0), sort=[SortKey(0)])


def test_many_distinct_texts_are_sorted_in_pieces() -> None:
    """More distinct values than one stretch holds come out in order."""
    values = [str((n * 7919) % 100_003) for n in range(100_003)]
    series = pd.Series(values, dtype=object)
    assert column(series, sort=[SortKey(0)], timeout_ms=60_000, limit=1000) == sorted(values)[:1000]


@pytest.mark.usefixtures("without_numpy")
@given(st.lists(st.none() | st.integers(0, 5)), st.booleans())
def test_rows_without_numpy(values: list[Any], descending: bool) -> None:
    """Rows as lists are sorted and cut as rows in arrays are."""
    places = Rows(range(len(values)))
    places.sort(
        [-1 if v is None else v for v in values],
        [v is None for v in values],
        descending=descending,
    )
    found = [values[place] for place in places.page(0, 1000)]
    present = sorted((v for v in values if v is not None), reverse=descending)
    assert found == present + [None] * values.count(None)
    assert len(places.sample(2)) == -(-len(values) // 2)


def test_list_that_is_emptied_meanwhile_is_an_error_of_the_request() -> None:
    """A table that another thread changes gives an error, and a new request works."""
    records = [{"a": n} for n in range(1000)]
    reader = PageReader(source_of(records), lambda label: False, preview, still)
    records.clear()
    with pytest.raises(RequestError, match="changed"):
        reader.read(TableParams(path=[["name", "x"]]))
