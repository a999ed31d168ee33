"""Pages of tables: which rows and columns, figures, and what there is no time for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import column, preview, read, still

from livens.exceptions import RequestError, TookTooLong
from livens.protocol.requests import Column, TableParams
from livens.protocol.table_requests import Filter, SortKey
from livens.values.tables import comparing, rows, sort_keys
from livens.values.tables.opening import source_of
from livens.values.tables.page import PageReader
from livens.values.tables.rows import Rows

# -- pages ---------------------------------------------------------------------------------

NUMBERS = st.lists(st.none() | st.integers(-3, 3) | st.floats(allow_nan=True), max_size=30)


@pytest.fixture
def without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the user had not loaded numpy."""
    for module in (comparing, rows, sort_keys):
        monkeypatch.setattr(module, "loaded_numpy", lambda: None)


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
            # Where large values cancel each other out, the sum depends on the order.
            largest = finite.abs().max()
            assert figures.mean == pytest.approx(
                series.mean(), rel=1e-6, abs=1e-6 + 1e-12 * largest
            )


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
    page = read(frame, sort=[SortKey(0, True)], summary=True, sample=True, timeout_ms=1000)
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


def test_all_rows_take_part_unless_a_sample_is_asked_for() -> None:
    """Without `sample` nothing is left out; with it, only where the time is short."""
    frame = pd.DataFrame({"n": np.arange(3_000_000)})
    options: dict[str, Any] = {"sort": [SortKey(0)], "limit": 2}
    assert read(frame, sample=True, timeout_ms=1000, **options).sampled is not None
    for all_of_it in ({"timeout_ms": 50}, {"sample": True, "timeout_ms": 60_000}):
        page = read(frame, summary=True, **options, **all_of_it)
        assert (page.sampled, page.columns[0].sampled) == (None, None)
        assert page.columns[0].max == 2_999_999


def test_nulls_are_counted_over_all_rows_after_sorting() -> None:
    """Sorting changes no figure of a column; a sample's figures say of how many rows they are."""
    values = np.arange(1_000_000, dtype=float)
    values[::7] = np.nan
    frame = pd.DataFrame({"v": values})
    figures = read(frame, summary=True, sort=[SortKey(0)], limit=1).columns[0]
    assert (figures.nulls, figures.sampled) == (142_858, None)
    sampled = read(
        frame, summary=True, sort=[SortKey(0)], sample=True, timeout_ms=500, limit=1
    ).columns[0]
    assert sampled.nulls is not None
    assert sampled.nulls < 142_858
    assert sampled.sampled is not None


def test_wrong_estimate_is_made_good_by_a_smaller_sample() -> None:
    """When the time runs out on the way, a tenth of the rows is tried."""
    values = pd.Series([str(n) for n in range(100_000)], dtype=object)
    options: dict[str, Any] = {"sort": [SortKey(0)], "sample": True, "timeout_ms": 1000}
    page = read(values, ticking(0.002), **options)
    assert page.sampled == 10_000
    assert column(values, clock=ticking(0.002), limit=2, **options) == ["0", "10"]


def test_no_time_at_all_is_said() -> None:
    """Where not even a small sample fits, the client is told that it took too long."""
    values = pd.Series([str(n) for n in range(100_000)], dtype=object)
    with pytest.raises(TookTooLong, match="1000 of 100000 rows took"):
        read(values, ticking(10.0), sort=[SortKey(0)], sample=True, timeout_ms=1000)


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
