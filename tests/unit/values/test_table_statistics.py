"""Statistics of columns and arrays: as the libraries have them, and what is refused."""

from __future__ import annotations

import datetime
import math
import time
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import preview

from livens.exceptions import InvalidParams, NotAllowed
from livens.protocol.table_requests import Filter, Slice, Statistics, StatisticsParams
from livens.values.tables import statistics
from livens.values.tables.opening import all_of, source_of
from livens.values.tables.statistics import StatisticsReader


def told(value: object, column: int | None = 0, **params: Any) -> Statistics:
    """Read the statistics of a column, or of a whole array."""
    asked = StatisticsParams(path=[["name", "x"]], column=column, **params)
    is_whole = column is None and asked.slice is None
    source = all_of(value) if is_whole else source_of(value, asked.slice)
    reader = StatisticsReader(source, lambda label: label == "password", preview, time.perf_counter)
    return reader.statistics(asked)


def top(found: Statistics) -> list[tuple[Any, int]]:
    """Return the most frequent values and how often they are there."""
    return [(one.value, one.count) for one in found.top]


@given(
    st.lists(
        st.none() | st.integers(-5, 5) | st.floats(-1e6, 1e6, allow_subnormal=False), max_size=50
    )
)
def test_numbers_are_those_of_pandas(values: list[float | None]) -> None:
    """Mean, deviation, quantiles, different and frequent values, of arrays and of objects."""
    floats = pd.Series(values, dtype="float64")
    present = floats.dropna()
    for series in (floats, pd.Series(values, dtype=object), pd.Series(values, dtype="Float64")):
        found = told(series)
        assert (found.rows, found.nulls) == (len(values), int(floats.isna().sum()))
        if not len(present):
            assert found.mean is found.unique is None
            continue
        assert found.unique == present.nunique()
        assert found.mean == pytest.approx(present.mean(), abs=1e-6)
        if len(present) > 1:
            assert found.std == pytest.approx(present.std(), rel=1e-6, abs=1e-6)
        wanted = present.quantile(list(statistics.PARTS))
        assert [q.value for q in found.quantiles] == pytest.approx(list(wanted), abs=1e-6)
        assert found.zeros == int((present == 0).sum())
        assert found.negatives == int((present < 0).sum())
        most = present.value_counts().iloc[0]
        assert found.top[0].count == most
        assert found.histogram is not None
        assert sum(found.histogram.counts) == len(present)


TEXTS: dict[str, Any] = {
    "object": pd.Series(["b", None, "a", "bb", "b"], dtype=object),
    "string": pd.Series(["b", None, "a", "bb", "b"], dtype="string"),
    "polars": pl.Series(["b", None, "a", "bb", "b"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_counted_and_measured(name: str) -> None:
    """Of texts it is told how many differ, which are frequent, and how long they are."""
    found = told(TEXTS[name])
    assert (found.rows, found.nulls, found.unique) == (5, 1, 3)
    assert (found.min, found.max) == ("a", "bb")
    assert top(found) == [("b", 2), ("a", 1), ("bb", 1)]
    assert (found.shortest, found.longest, found.mean_length) == (1, 2, 1.25)
    assert found.histogram is not None
    assert sum(found.histogram.counts) == 4
    assert found.mean is None


def test_categories_are_counted_by_their_labels() -> None:
    """A category that no row has is none of the different values."""
    column = pd.Series(pd.Categorical(["x", "y", "x", None], categories=["y", "x", "z"]))
    found = told(column)
    assert (found.nulls, found.unique, found.min, found.max) == (1, 2, "y", "x")
    assert top(found) == [("x", 2), ("y", 1)]


DAYS = ["2024-01-01", None, "2024-01-03", "2024-01-03"]
TIMES: dict[str, Any] = {
    "datetime64[ns]": pd.Series(pd.to_datetime(DAYS)),
    "datetime64[s]": pd.Series(pd.to_datetime(DAYS)).astype("datetime64[s]"),
    "in a zone": pd.Series(pd.to_datetime(DAYS)).dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
    "numpy": np.array(["2024-01-01", "NaT", "2024-01-03", "2024-01-03"], "M8[D]"),
    "objects": pd.Series(
        [None if day is None else datetime.datetime.fromisoformat(day) for day in DAYS],
        dtype=object,
    ),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_have_a_mean_and_quantiles(name: str) -> None:
    """They are written as the cells are, and so are the edges of the histogram."""
    found = told(TIMES[name], bins=2)
    first, last = (
        ("2024-01-01T09:00:00+09:00", "2024-01-03T09:00:00+09:00")
        if name == "in a zone"
        else ("2024-01-01", "2024-01-03")
        if name == "numpy"
        else ("2024-01-01T00:00:00", "2024-01-03T00:00:00")
    )
    assert (found.rows, found.nulls, found.unique) == (4, 1, 2)
    assert (found.min, found.max) == (first, last)
    assert top(found) == [(last, 2), (first, 1)]
    assert str(found.mean).startswith("2024-01-02")
    assert str(found.std).startswith("1 day")
    assert [q.value for q in found.quantiles] == [first, first, last, last, last]
    assert found.histogram is not None
    assert found.histogram.counts == [1, 2]
    assert (found.edges[0], found.edges[-1]) == (first, last)


def test_spans_are_written_as_spans() -> None:
    """The mean of 1, 2 and 6 hours are 3 hours."""
    found = told(pd.Series(pd.to_timedelta([1, 2, 6, None], unit="h")))
    assert (found.mean, found.min, found.max) == ("3:00:00", "1:00:00", "6:00:00")


def test_bools_have_a_mean() -> None:
    """It is the part of them that is true."""
    found = told(np.array([True, False, True, True]))
    assert (found.mean, found.unique) == (0.75, 2)
    assert top(found) == [(True, 3), (False, 1)]
    assert found.quantiles == []


def test_infinite_numbers_spoil_no_histogram() -> None:
    """The mean of them is not told, and how many there are is."""
    found = told(np.array([1.0, math.inf, -math.inf, 2.0]))
    assert (found.infinities, found.mean, found.min, found.max) == (2, None, "-inf", "inf")
    assert found.histogram is not None
    assert sum(found.histogram.counts) == 2


class Loud:
    """An object whose methods must not be called."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        raise AssertionError


def test_objects_of_the_user_are_not_compared() -> None:
    """It is told why there is no more than the number of missing ones."""
    found = told(pd.Series([Loud(), None, Loud()], dtype=object))
    assert (found.rows, found.nulls, found.unique) == (3, 1, None)
    assert "would run their code" in found.reason


def test_statistics_are_of_the_rows_that_are_left() -> None:
    """Filters hold for them, by another column too."""
    frame = pd.DataFrame({"a": [1, 2, 3, 4], "b": ["x", "y", "x", "x"]})
    found = told(frame, 0, filters=[Filter(1, "==", "x")])
    assert (found.rows, found.mean) == (3, pytest.approx(8 / 3))


def test_redacted_columns_have_none() -> None:
    """Neither their own, nor those of others where they are filtered by them."""
    frame = pd.DataFrame({"password": [1, 2], "b": [1, 2]})
    with pytest.raises(NotAllowed, match="redacted"):
        told(frame, 0)
    with pytest.raises(NotAllowed, match="redacted"):
        told(frame, 1, filters=[Filter(0, ">", 1)])


CUBE = np.arange(24.0).reshape(2, 3, 4)


def test_arrays_of_any_dimensions_have_statistics() -> None:
    """Of all values, of a slice, of a column of a slice; in any order in memory."""
    for cube in (CUBE, np.asfortranarray(CUBE), CUBE[:, ::2, ::-1], np.array(5.0)):
        found = told(cube, None)
        assert (found.rows, found.mean) == (cube.size, pytest.approx(cube.mean()))
    part = Slice(rows=1, columns=2, at=[1, 0, 0])
    assert told(CUBE, None, slice=part).mean == CUBE[1].mean()
    assert told(CUBE, 3, slice=part).mean == CUBE[1][:, 3].mean()
    turned = Slice(rows=2, columns=0, at=[0, 1, 0])
    assert told(CUBE, 1, slice=turned).mean == CUBE[1, 1, :].mean()


def test_only_arrays_have_all_values_in_one() -> None:
    """Columns of a frame are not thrown together."""
    with pytest.raises(InvalidParams, match="No column"):
        told(pd.DataFrame({"a": [1], "b": [2]}), None)
    with pytest.raises(InvalidParams):
        told(CUBE, None, filters=[Filter(0, ">", 1)])
    with pytest.raises(InvalidParams, match="No column at position 4"):
        told(CUBE, 4, slice=Slice(1, 2, [0, 0, 0]))


def test_very_many_values_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is told of how many rows the figures are."""
    monkeypatch.setattr(statistics, "MOST_VALUES", 100)
    assert told(np.arange(1000), None).sampled == 100
    assert told(np.arange(1000)).sampled == 100
    assert told(np.arange(100)).sampled is None
