"""Measures of data: the same as the libraries' own, of all shapes, and what a sample is."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livens.values import measures
from livens.values.items import item_of
from livens.values.masks import Items, Untestable
from livens.values.measures import Measure, Unmeasured, data_of, is_measurable, spread_out

NEVER = math.inf


def measure(value: Any, *, until: float = NEVER) -> Measure:
    """Return the measure of a value, by a clock that stands at 0."""
    return Measure(data_of(value), lambda: 0.0, until)


def figures(value: Any) -> list[Any]:
    """Return every figure of a value."""
    made = measure(value)
    found = (made.nulls, made.smallest, made.largest, made.mean, made.unique)
    return [each().value for each in found]


VALUES = [3.0, None, 1.0, 3.0]
COLUMN = {"v": VALUES}
HOLDERS: dict[str, Any] = {
    "pandas": item_of(pandas.DataFrame(COLUMN), "v"),
    "pandas, nullable": item_of(pandas.DataFrame(COLUMN).convert_dtypes(), "v"),
    "pandas, objects": item_of(pandas.DataFrame(COLUMN, dtype=object), "v"),
    "pandas, arrow": item_of(pandas.DataFrame(COLUMN, dtype="double[pyarrow]"), "v"),
    "a series": pandas.Series(VALUES),
    "polars": item_of(polars.DataFrame(COLUMN), "v"),
    "a series of polars": polars.Series(VALUES),
    "pyarrow": item_of(pyarrow.table(COLUMN), "v"),
    "a list of dicts": item_of([{"v": value} for value in VALUES], "v"),
    "a list": VALUES,
    "a tuple": tuple(VALUES),
    "an array": numpy.array([3, numpy.nan, 1, 3]),
    "an array of objects": numpy.array(VALUES, dtype=object),
    "a matrix": numpy.array([[3, numpy.nan], [1, 3]], order="F"),
    "a view with steps": numpy.array([[3, 9, numpy.nan, 9], [1, 9, 3, 9]])[::-1, ::2],
    "three dimensions": numpy.array([3, numpy.nan, 1, 3]).reshape(2, 1, 2),
    "records": item_of(numpy.array([(3,), (numpy.nan,), (1,), (3,)], dtype=[("v", "f4")]), "v"),
}


@pytest.mark.parametrize("name", HOLDERS)
def test_figures_of_every_holder_of_data(name: str) -> None:
    """They are the same wherever the numbers are."""
    assert figures(HOLDERS[name]) == [1, 1, 3, pytest.approx(7 / 3), 2]


@given(st.lists(st.floats(width=32) | st.none()), st.booleans())
def test_figures_are_those_of_pandas(values: list[float | None], is_objects: bool) -> None:
    """Of any numbers, infinite ones among them; there is none where pandas has none."""
    series = pandas.Series(values, dtype="float64")
    held = pandas.Series(values, dtype=object) if is_objects else series
    assert measure(held).nulls().value == series.isna().sum()
    assert measure(held).unique().value == series.nunique()
    if series.count() == 0:
        for figure in (measure(held).smallest, measure(held).largest, measure(held).mean):
            with pytest.raises(Unmeasured, match="it holds no values"):
                figure()
        return
    assert measure(held).smallest().value == series.min()
    assert measure(held).largest().value == series.max()
    with numpy.errstate(invalid="ignore"):  # of infinities of both signs
        expected = float(series.mean())
    finite = series[numpy.isfinite(series)].abs()
    error = 1e-9 * float(finite.max()) if len(finite) else 0.0  # sums may cancel each other out
    assert measure(held).mean().value == pytest.approx(expected, abs=error, nan_ok=True)


OTHERS: list[tuple[Any, list[Any]]] = [
    (["b", None, "a"], [1, "a", "b", None, 2]),
    (pandas.Series(["b", "a", "b"], dtype="category"), [0, "a", "b", None, 2]),
    ([True, False, True], [0, False, True, 2 / 3, 2]),
    (numpy.array([2**63], dtype="u8"), [0, 2**63, 2**63, 2**63, 1]),
    ([2**70, 1], [0, 1, 2**70, pytest.approx(2**69), 2]),
    (
        pandas.Series(pandas.to_datetime(["2024-01-02", "2024-01-01"])),
        [0, "2024-01-01T00:00:00", "2024-01-02T00:00:00", None, 2],
    ),
    ([datetime.date(2024, 1, 2)], [0, "2024-01-02", "2024-01-02", None, 1]),
    (pandas.RangeIndex(3), [0, 0, 2, 1, 3]),
    (numpy.array(5), [0, 5, 5, 5, 1]),
]


@pytest.mark.parametrize(("value", "expected"), OTHERS, ids=[repr(row[0]) for row in OTHERS])
def test_figures_of_other_kinds(value: Any, expected: list[Any]) -> None:
    """Times are texts in ISO 8601; what has no mean says so."""
    made = measure(value)
    found: list[Any] = [made.nulls().value, made.smallest().value, made.largest().value]
    assert [*found, made.unique().value] == [*expected[:3], expected[4]]
    if expected[3] is None:
        with pytest.raises(Unmeasured, match="there is no mean of"):
            made.mean()
    else:
        assert made.mean().value == expected[3]


REFUSED: list[tuple[Any, str]] = [
    ([object()], "comparing them would run their code"),
    ([1, "a"], "different kinds"),
    (pandas.to_timedelta(pandas.Series(["1 day"])), "spans of time are not compared"),
    ([1j], "comparing them would run their code"),
]


@pytest.mark.parametrize(("value", "reason"), REFUSED)
def test_what_has_no_smallest_value_says_why(value: Any, reason: str) -> None:
    """None of its code is run to find out."""
    with pytest.raises(Unmeasured, match=reason):
        measure(value).smallest()


def test_means_that_are_no_number() -> None:
    """Of infinities of both signs it is NaN, as everywhere; what no float can hold has none."""
    for holder in (list, numpy.array):
        assert math.isnan(measure(holder([math.inf, -math.inf])).mean().value)
    with pytest.raises(Unmeasured, match="too large for a mean"):
        measure([10**400, 1.0]).mean()


def test_what_has_no_data() -> None:
    """A number, a text and a dict have none; a frame has that of each of its columns."""
    for value in (5, "text", {"a": 1}, object()):
        assert not is_measurable(value)
        with pytest.raises(Unmeasured, match="of which there are no figures"):
            data_of(value)
    with pytest.raises(Unmeasured, match="it has columns; say of which"):
        data_of(pandas.DataFrame({"v": [1]}))


def test_several_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found in one is put together with the others, whatever their order."""
    monkeypatch.setattr(measures, "STRETCH", 7)
    numbers = numpy.random.default_rng(1).integers(0, 50, 1_000).astype("f8")
    numbers[::9] = numpy.nan
    series = pandas.Series(numbers)
    expected = [series.isna().sum(), series.min(), series.max(), series.mean(), series.nunique()]
    for value in (numbers, numbers.reshape(10, 100).T, series, list(numbers)):
        assert figures(value) == pytest.approx(expected)


def test_a_sample_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time is over, what was looked at is told, and at least a stretch was."""
    monkeypatch.setattr(measures, "STRETCH", 100)
    made = measure(list(range(1_000)), until=-1.0)
    assert made.largest() == (99, 100, 1_000)
    ticks = iter(range(100))
    made = Measure(data_of(list(range(1_000))), lambda: float(next(ticks)), 2.0)
    found = made.largest()
    assert (found.looked_at, found.total) == (400, 1_000)
    assert found.value > 500, "the stretches are spread over all of the data"


def test_stretches_come_each_once() -> None:
    """In an order in which the first ones are far apart."""
    for count in range(200):
        assert sorted(spread_out(count)) == list(range(count))


def larger(limit: float) -> Any:
    """Return the test whether items are larger."""
    return lambda items: items.compare(">", limit)


def test_any_and_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """They end as soon as it is known, which is then no matter of a sample."""
    monkeypatch.setattr(measures, "STRETCH", 10)
    values = [*range(50), None]
    assert measure(values).holds(larger(48), for_all=False) == (True, 51, 51)
    assert measure(values).holds(larger(49), for_all=False) == (False, 51, 51)
    assert measure(values).holds(larger(-1), for_all=True) == (False, 51, 51), "one is missing"
    assert measure(values[:50]).holds(larger(-1), for_all=True) == (True, 50, 50)
    assert measure(values, until=-1).holds(larger(100), for_all=False) == (False, 10, 51)
    assert measure(values, until=-1).holds(larger(0), for_all=True).looked_at == 51
    assert measure([]).holds(larger(0), for_all=True).value is True


@pytest.mark.parametrize("holder", [list, numpy.array, pandas.Series, polars.Series])
def test_masks(holder: Any) -> None:
    """Each way to test items, on arrays and on lists."""
    value = holder([1.0, math.nan, math.inf, 0.0])

    def mask(test: Any) -> list[bool]:
        found: list[Any] = []

        def note(items: Items) -> Any:
            found.append(test(items))
            return items.missing()

        measure(value).holds(note, for_all=False)
        return [bool(each) for each in found[0]]

    assert mask(lambda items: items.missing()) == [False, True, False, False]
    assert mask(lambda items: items.infinite()) == [False, False, True, False]
    assert mask(lambda items: items.true()) == [True, False, True, False]
    assert mask(lambda items: items.compare("<=", 1)) == [True, False, False, True]
    assert mask(lambda items: items.compare("!=", 1)) == [False, False, True, True]
    assert mask(lambda items: items.compare("in", (0, 1))) == [True, False, False, True]
    assert mask(lambda items: items.compare("not in", (0, 1))) == [False, False, True, False]
    assert mask(lambda items: items.inverse(items.missing())) == [True, False, True, True]
    both = mask(lambda items: items.both(items.compare(">", 0), items.compare("<", 2)))
    assert both == [True, False, False, False]
    either = mask(lambda items: items.either(items.missing(), items.compare("==", 0)))
    assert either == [False, True, False, True]


def test_tests_that_make_no_sense() -> None:
    """Texts are not compared with numbers, nor times with them; None is no value."""
    for value, wanted in ((["a"], 1), ([1], "a"), ([1], None), ([datetime.date.today()], 5)):
        with pytest.raises(Untestable, match="not comparable with"):
            measure(value).holds(lambda items, w=wanted: items.compare("==", w), for_all=False)  # type: ignore[misc]
    with pytest.raises(Untestable, match="neither true nor false"):
        measure(["a"]).holds(lambda items: items.true(), for_all=False)
    assert measure([None]).holds(larger(1), for_all=False).value is False
