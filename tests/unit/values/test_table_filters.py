"""Filters with alternatives, lists and ranges; and code of pandas that keeps the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from pages import read

from livens.exceptions import InvalidParams, NotAllowed
from livens.protocol.table_requests import Comparison, Filter, SortKey
from livens.values.tables.opening import source_of
from livens.values.tables.pandas_code import pandas_code

FRAME = pd.DataFrame(
    {
        "n": [3, 1, 2, 2, -7],
        "f": [1.5, np.nan, np.inf, -2.0, 0.0],
        "t": ["b", None, "a", "B", "it's"],
        "s": pd.array(["x", None, "y", "x", "z"], dtype="string"),
        "d": pd.to_datetime(["2024-01-01", None, "2024-01-03", "2024-01-03", "2024-02-01"]),
        "c": pd.Categorical(["v", "u", "v", None, "w"]),
        "b": [True, False, True, True, False],
        ("m", 1): [1, 2, 3, 4, 5],
        "i": pd.array([1, None, 2**53 + 1, 4, 5], dtype="Int64"),
        "span": pd.to_timedelta([1, 2, None, 4, 5], unit="h"),
        7: [0, 0, 1, 1, 2],
    }
)
PLACE = {label: position for position, label in enumerate(FRAME.columns)}


def test_or_keeps_what_one_of_them_keeps() -> None:
    """Also over several columns, and beside another filter, which has to hold in any case."""
    either = Filter(0, "==", 3, alternatives=[Comparison(2, "==", "a"), Comparison(1, "is null")])
    assert read(FRAME, filters=[either]).index == ["0", "1", "2"]
    assert read(FRAME, filters=[either, Filter(0, ">", 1)]).index == ["0", "2"]
    assert read(pl.DataFrame({"x": [1, 2, 3]}), filters=[
        Filter(0, "==", 1, alternatives=[Comparison(0, ">", 2)])
    ]).rows == [[1], [3]]  # fmt: skip


VALUES: list[tuple[Any, list[Any], list[str]]] = [
    ("n", [2, 3], ["0", "2", "3"]),
    ("f", ["inf", 0], ["2", "4"]),
    ("t", ["a", "b"], ["0", "2"]),
    ("s", ["x"], ["0", "3"]),
    ("d", ["2024-01-03", "2024-02-01"], ["2", "3", "4"]),
    ("c", ["v", "nothing"], ["0", "2"]),
    ("b", [False], ["1", "4"]),
    ("i", ["9007199254740993"], ["2"]),
    ("span", [7200], ["1"]),
    ("span", ["2:00:00", "5:00:00"], ["1", "4"]),
]


@pytest.mark.parametrize(("label", "values", "rows"), VALUES, ids=[str(v[0]) for v in VALUES])
def test_in_keeps_the_values_of_a_list(label: Any, values: list[Any], rows: list[str]) -> None:
    """Of any kind, and never a missing one."""
    assert read(FRAME, filters=[Filter(PLACE[label], "in", values=values)]).index == rows


RANGES: list[tuple[Any, list[Any], list[str]]] = [
    ("n", [1, 2], ["1", "2", "3"]),
    ("f", [-2, "inf"], ["0", "2", "3", "4"]),
    ("t", ["B", "b"], ["0", "2", "3"]),
    ("d", ["2024-01-02", "2024-01-31"], ["2", "3"]),
    ("i", [1, 4], ["0", "3"]),
    ("span", [3600, 7200], ["0", "1"]),
]


@pytest.mark.parametrize(("label", "values", "rows"), RANGES, ids=[str(v[0]) for v in RANGES])
def test_between_has_both_ends(label: Any, values: list[Any], rows: list[str]) -> None:
    """Both are among what is kept."""
    assert read(FRAME, filters=[Filter(PLACE[label], "between", values=values)]).index == rows


@pytest.mark.parametrize(
    ("op", "values", "why"),
    [
        ("in", [], "'in' has no values"),
        ("between", [1], "'between' has 1 values"),
        ("in", ["x"], "cannot be compared with 'x'"),
        ("in", [None], "cannot be compared with None"),
    ],
)
def test_what_fits_no_column_is_refused(op: Any, values: list[Any], why: str) -> None:
    """With what was expected."""
    with pytest.raises(InvalidParams, match=why):
        read(FRAME, filters=[Filter(0, op, values=values)])


def test_a_redacted_column_is_no_alternative() -> None:
    """What it holds could be told by the rows that are left."""
    frame = pd.DataFrame({"a": [1], "password": [2]})
    hidden = Filter(0, "==", 5, alternatives=[Comparison(1, "==", 2)])
    with pytest.raises(NotAllowed, match="redacted"):
        read(frame, filters=[hidden])


# -- code ----------------------------------------------------------------------------------


def code(frame: Any = FRAME, sort: Any = (), filters: Any = (), name: str = "df") -> str:
    """Return the code for an order and filters."""
    return pandas_code(source_of(frame), name, list(sort), list(filters))


def _each_filter() -> list[Filter]:
    found = [Filter(PLACE[label], "in", values=values) for label, values, _ in VALUES]
    found += [Filter(PLACE[label], "between", values=values) for label, values, _ in RANGES]
    for label in FRAME.columns:
        found += [Filter(PLACE[label], "is null"), Filter(PLACE[label], "not null")]
    numbers: list[tuple[Any, Any]] = [
        ("n", 2), ("f", 0), ("i", 4), (("m", 1), 3), (7, 1), ("d", "2024-01-03"), ("span", 7200),
        ("t", "b"), ("s", "x"),
    ]  # fmt: skip
    for op in ("==", "!=", "<", "<=", ">", ">="):
        found += [Filter(PLACE[label], op, value) for label, value in numbers]  # type: ignore[arg-type]
    found += [Filter(PLACE["c"], "==", "v"), Filter(PLACE["c"], "!=", "v")]
    found += [Filter(PLACE["b"], "==", True), Filter(PLACE["t"], "contains", "IT'S")]
    found += [Filter(0, "==", 3, alternatives=[Comparison(2, "!=", "a")])]
    return found


@pytest.mark.parametrize("one", _each_filter(), ids=lambda f: f"{f.column} {f.op}")
def test_code_keeps_the_rows_that_are_shown(one: Filter) -> None:
    """pandas keeps the same ones, in the same order, sorted or not."""
    for sort in ([], [SortKey(0, True), SortKey(2)], [SortKey(5)]):
        page = read(FRAME, sort=sort, filters=[one, Filter(0, ">", -100)])
        written = code(sort=sort, filters=[one, Filter(0, ">", -100)])
        assert list(map(str, eval(written, {"df": FRAME}).index)) == page.index, written


def test_code_of_a_series() -> None:
    """It needs no label."""
    series = pd.Series([3, 1, 2], name="v")
    written = code(series, [SortKey(0, True)], [Filter(0, ">", 1)], name="d['v']")
    assert written == "d['v'][d['v'] > 1].sort_values(ascending=False, kind='stable')"
    assert list(eval(written, {"d": {"v": series}})) == [3, 2]


def test_nothing_shown_otherwise_needs_no_code() -> None:
    """The table itself is what is shown."""
    assert code() == "df"


OBJECTS = pd.DataFrame({"o": pd.Series([1, 2.5], dtype=object)})

REFUSED: dict[str, tuple[Any, Any, str]] = {
    "polars": (pl.DataFrame({"a": [1]}), [], "of pandas"),
    "numpy": (np.arange(3), [], "of pandas"),
    "twice": (pd.DataFrame([[1, 2]], columns=["x", "x"]), [Filter(0, ">", 1)], "same label"),
    "label": (pd.DataFrame({pd.Timestamp("2024"): [1]}), [Filter(0, ">", 1)], "its label is"),
    "objects": (OBJECTS, [Filter(0, ">", 1)], "of Python"),
    "category": (FRAME, [Filter(PLACE["c"], "<", "v")], "categories"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_there_is_no_code_where_pandas_would_keep_others(name: str) -> None:
    """It is said why."""
    frame, filters, why = REFUSED[name]
    with pytest.raises(NotAllowed, match=why):
        code(frame, filters=filters)


# -- levels --------------------------------------------------------------------------------


def test_labels_of_several_levels_come_level_by_level() -> None:
    """Those of rows and of columns, missing ones too; the caches of the index stay empty."""
    index = pd.MultiIndex.from_arrays(
        [["a", "a", None], pd.DatetimeIndex(["2024-01-01", None, "2024-01-02"])],
        names=["key", None],
    )
    frame = pd.DataFrame([[1, 2]] * 3, index=index)
    frame.columns = pd.MultiIndex.from_tuples([("u", 1), ("u", 2)])
    before = set(index._cache), set(frame.columns._cache)
    page = read(frame, levels=True)
    assert page.index_names == ["key", ""]
    assert page.levels == [
        ["a", "a", "nan"],
        ["2024-01-01T00:00:00", "NaT", "2024-01-02T00:00:00"],
    ]
    assert [column.levels for column in page.columns] == [["u", "1"], ["u", "2"]]
    assert (set(index._cache), set(frame.columns._cache)) == before
    assert read(frame).levels == []


def test_one_level_comes_as_before() -> None:
    """Only its name is new."""
    page = read(pd.DataFrame({"x": [1]}, index=pd.Index(["a"], name="key")), levels=True)
    assert (page.index, page.index_names, page.levels) == (["a"], ["key"], [])


def test_texts_are_cut_where_the_client_says() -> None:
    """A file that is written of them needs them whole."""
    frame = pd.DataFrame({"x": ["a" * 1000]})
    assert len(read(frame, as_text=True).rows[0][0]) == 200
    assert read(frame, as_text=True, max_chars=1000).rows == [["a" * 1000]]


def test_slices_of_arrays_are_tables() -> None:
    """Of any two axes; positions that are not there are refused."""
    from livens.protocol.table_requests import Slice
    from livens.values.tables.numpy import sliced

    cube = np.arange(24).reshape(2, 3, 4)
    for rows, columns in ((0, 1), (1, 0), (2, 1)):
        found = sliced(cube, Slice(rows, columns, [1, 2, 3]))
        rest = 3 - rows - columns
        wanted = np.moveaxis(cube, (rows, columns, rest), (0, 1, 2))[..., rest + 1]
        assert found.shape == wanted.shape
        assert [found.piece(n, range(wanted.shape[0])).values.tolist()
                for n in range(wanted.shape[1])] == wanted.T.tolist()  # fmt: skip
    for part, why in (
        (Slice(0, 0, [0, 0, 0]), "axes 0 and 0"),
        (Slice(0, 3, [0, 0, 0]), "axes 0 and 3"),
        (Slice(0, 1, [0, 0]), "2 positions"),
        (Slice(0, 1, [0, 0, 4]), "no position 4"),
    ):
        with pytest.raises(InvalidParams, match=why):
            sliced(cube, part)
    with pytest.raises(NotAllowed, match="no slices"):
        sliced(cube[0], Slice(0, 1, [0, 0]))
