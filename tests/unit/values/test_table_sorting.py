"""Pages of tables: sorting and filtering."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import read

from livens.exceptions import InvalidParams, NotAllowed
from livens.protocol.table_requests import Filter, SortKey
from livens.values.tables import comparing

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
    mask = comparing._OPERATORS[op](series, wanted) & series.notna()
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
