"""Tables of many rows: sorted in pieces, without keeping the GIL, in the order of pandas."""

from __future__ import annotations

import datetime
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import read, still

from livens.protocol.requests import TableParams
from livens.protocol.table_requests import Filter, SortKey
from livens.values.tables import page, sorting, text_order
from livens.values.tables.arrangement import Arrangement, is_sorted
from livens.values.tables.opening import source_of
from livens.values.tables.pace import NotWanted, Pace
from livens.values.tables.page import PageReader
from livens.values.tables.sorting import stable_order
from livens.values.tables.text_order import text_ranks

LETTERS = st.sampled_from(["ab", "a\0", "a\0b", "ab\ud800é", "abc\U0001f600"])


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the tables of these tests were long: many pieces, and windows of two characters."""
    monkeypatch.setattr(sorting, "_PIECE", 7)
    monkeypatch.setattr(sorting, "STRETCH", 5)
    for module in (text_order, page):
        monkeypatch.setattr(module, "STRETCH", 5)
    monkeypatch.setattr(text_order, "_FEWEST_CHARS", 2)
    monkeypatch.setattr(text_order, "_WINDOW_BYTES", 0)


@given(st.data(), LETTERS, st.sampled_from(["", "https://"]))
def test_ranks_of_texts_are_python_s(data: st.DataObject, letters: str, prefix: str) -> None:
    """Texts come in the order of Python: zeros, surrogates, copies and long beginnings too."""
    texts = data.draw(st.lists(st.text(letters, max_size=9).map(prefix.__add__), max_size=40))
    ranks = text_ranks(texts, Pace()).tolist()
    assert [sorted(set(ranks)).index(rank) for rank in ranks] == [
        sorted(set(texts)).index(text) for text in texts
    ]


@pytest.mark.parametrize("kind", ["copies", "mostly copies", "one long beginning"])
def test_long_texts_need_no_look_at_each_copy(kind: str) -> None:
    """Long texts that are equal are told apart once, wherever the copies stand."""
    distinct = [f"{n:03}" + "x" * 50 for n in range(100)]
    texts = {
        "copies": distinct[:2] * 50,
        "mostly copies": distinct + [distinct[3]] * 200,
        "one long beginning": ["y" * 60 + text for text in distinct] * 2,
    }[kind]
    ranks = text_ranks(texts, Pace())
    order = ranks.argsort(kind="stable").tolist()
    assert [texts[place] for place in order] == sorted(texts)


@given(st.lists(st.integers(-3, 3) | st.integers(), max_size=60), st.booleans())
def test_order_by_buckets_is_stable(values: list[int], descending: bool) -> None:
    """Equal values stay in their order, whichever bucket they fall into."""
    array = np.array([value % 2**62 for value in values], dtype="i8")
    order = stable_order(array, Pace(), descending=descending).tolist()
    places = sorted(range(len(array)), key=array.tolist().__getitem__, reverse=descending)
    assert order == places


def columns(rows: int) -> pd.DataFrame:
    """Return a frame with a column of each kind, with copies and missing values."""
    rng = random.Random(7)
    numbers = [rng.randrange(rows // 2) for _ in range(rows)]
    day = datetime.datetime(2024, 1, 1)
    frame = pd.DataFrame(
        {
            "float": [None if n % 7 == 0 else n / 3 for n in numbers],
            "int": numbers,
            "text": [None if n % 5 == 0 else f"name {n}" for n in numbers],
            "time": pd.to_datetime([day + datetime.timedelta(seconds=n) for n in numbers]),
            "Int64": pd.array([None if n % 3 == 0 else n for n in numbers], dtype="Int64"),
            "category": pd.Categorical([f"k{n % 9}" for n in numbers]),
        }
    )
    objects: dict[str, list[Any]] = {
        "texts": [None if n % 4 == 0 else f"{n}" for n in numbers],
        "dates": [day.date() + datetime.timedelta(days=n % 500) for n in numbers],
        "huge": [n * 10**30 for n in numbers],
        "ints": [None if n % 6 == 0 else n for n in numbers],
    }
    for name, values in objects.items():
        frame[name] = pd.Series(values, dtype=object)
    return frame


FRAME = columns(997)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", list(FRAME))
def test_all_rows_are_sorted_as_pandas_sorts(column: str, descending: bool) -> None:
    """Whatever the kind of column, the order is that of all the rows."""
    expected = FRAME.sort_values(column, ascending=not descending, kind="stable").index
    found = read(FRAME, sort=[SortKey(FRAME.columns.get_loc(column), descending)], limit=1000)
    assert found.index == [str(label) for label in expected]
    assert (found.total, found.sampled) == (len(FRAME), None)


def test_filter_and_two_keys_as_pandas_does() -> None:
    """Filters and several keys together give what pandas gives."""
    kept = FRAME[(FRAME["int"] > 100) & FRAME["text"].str.contains("3")]
    expected = kept.sort_values(["category", "float"], ascending=[True, False], kind="stable")
    found = read(
        FRAME,
        filters=[Filter(1, ">", 100), Filter(2, "contains", "3")],
        sort=[SortKey(5), SortKey(0, True)],
        limit=1000,
    )
    assert found.index == [str(label) for label in expected.index]


# -- the pace ------------------------------------------------------------------------------


def test_a_running_cell_keeps_most_of_the_gil() -> None:
    """After a piece of Python the work rests in proportion, as long as a cell runs."""
    rests: list[float] = []
    cpu = iter([0.0, 0.0, 0.01, 0.01, 0.02, 0.02])
    busy = iter([True] * 3 + [False] * 10)
    pace = Pace(still, is_busy=lambda: next(busy), cpu_clock=lambda: next(cpu), sleep=rests.append)
    pace.start(1.0)
    pace.step()
    assert 0.2 <= sum(rests) <= 1.0
    del rests[:]
    pace.step()  # the cell has ended
    assert sum(rests) <= 0.25


@pytest.mark.parametrize(("wall_s", "is_left"), [(0.011, False), (0.02, True)])
def test_a_running_cell_keeps_the_processor(wall_s: float, is_left: bool) -> None:
    """Work without the GIL rests too, but only where it had to wait for a processor."""
    rests: list[float] = []
    cpu, clock = iter(n * 0.01 for n in range(9)), iter(n * wall_s for n in range(99))
    busy = iter([True, True, False, False])
    pace = Pace(
        lambda: next(clock),
        is_busy=lambda: next(busy),
        cpu_clock=lambda: next(cpu),
        sleep=rests.append,
    )
    pace.step_aside()
    assert bool(rests) is is_left


def test_what_nobody_waits_for_ends_at_the_next_piece() -> None:
    """Work on a table is given up between two pieces, also while it rests."""
    is_over = False
    looks: list[int] = []

    def over() -> bool:
        looks.append(1)
        return is_over or len(looks) > 20

    with pytest.raises(NotWanted):
        text_ranks([f"{n}" for n in range(1000)], Pace(is_over=over))
    assert len(looks) == 21


def test_progress_goes_forward_to_the_end() -> None:
    """What is told of the progress names what is done, and never goes back."""
    told: list[tuple[str, float]] = []
    clock = iter(n * 0.05 for n in range(100_000))
    pace = Pace(lambda: next(clock), tell=lambda doing, done: told.append((doing, done)))
    read(
        FRAME,
        pace=pace,
        filters=[Filter(2, "contains", "name")],
        sort=[SortKey(2), SortKey(6)],
    )
    parts = [doing for doing, _ in told]
    assert [parts[0], parts[-1]] == ["filtering", "sorting"]
    done = [part for _, part in told]
    assert done[0] < 0.2
    assert done[-1] > 0.8
    assert max(done) <= 1.0


# -- page after page -----------------------------------------------------------------------


def test_next_page_needs_no_sorting_unless_the_rows_are_not_what_they_were() -> None:
    """A known order serves further pages, and is found anew where a page of it no longer fits."""
    frame = pd.DataFrame({"n": [5, 3, 8, 1, 9, 2], "t": list("abcabc")})
    source = source_of(frame)

    def page(known: Arrangement | None, start: int = 0) -> tuple[list[str], Arrangement | None]:
        reader = PageReader(source, lambda _: False, str, still, known=known)
        filters = [Filter(1, "!=", "c")]
        params = TableParams(
            path=[["name", "x"]], start=start, limit=2, sort=[SortKey(0, True)], filters=filters
        )
        return reader.read(params).index, reader.arrangement

    first, known = page(None)
    assert (first, known is None) == (["4", "0"], False)
    assert page(known, 2) == (["1", "3"], known)
    frame.iloc[1, 0] = 0  # in place: the second page is in another order
    assert page(known, 2)[0] == ["3", "1"]
    frame.iloc[4, 1] = "c"  # the first page has a row that no longer passes
    again, other = page(known)
    assert again == ["0", "3"]
    assert other is not known


def test_order_of_rows_is_checked_as_it_is_made() -> None:
    """Ties, directions and missing values of several keys are known to be in order."""
    order = FRAME.sort_values(
        ["category", "texts", "float"], ascending=[True, False, True], kind="stable"
    )
    # pandas has missing values of all keys last, as livens has.
    sort = [SortKey(5), SortKey(6, True), SortKey(0)]
    rows = [FRAME.index.get_loc(label) for label in order.index]
    reader = PageReader(source_of(FRAME), lambda _: False, str, still)
    columns = [reader._comparable(key.column, rows, {}, "sorted") for key in sort]
    assert is_sorted(sort, columns)
    rows[10], rows[500] = rows[500], rows[10]
    columns = [reader._comparable(key.column, rows, {}, "sorted") for key in sort]
    assert not is_sorted(sort, columns)
