"""Pages of tables as people see them: each value as Python writes it, with every digit."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pages import read

from livens.protocol.table_requests import SortKey

COLUMNS: dict[str, tuple[Any, list[str], list[int]]] = {
    "float": ([1.0, float("nan"), 123456789.12345679], ["1.0", "nan", "123456789.12345679"], [1]),
    "signs": ([-0.0, 1e22, float("-inf")], ["-0.0", "1e+22", "-inf"], []),
    "float32": (np.array([0.1, np.nan], "f4"), ["0.1", "nan"], [1]),
    "int": ([1, -2], ["1", "-2"], []),
    "uint64": (np.array([2**64 - 1, 0], "u8"), ["18446744073709551615", "0"], []),
    "bool": ([True, False], ["True", "False"], []),
    "Int64": (pd.array([1, None], dtype="Int64"), ["1", "<NA>"], [1]),
    "boolean": (pd.array([True, None], dtype="boolean"), ["True", "<NA>"], [1]),
    "text": (["None", None, "1.0"], ["None", "nan", "1.0"], [1]),
    "string": (pd.array(["a", None], dtype="string"), ["a", "<NA>"], [1]),
    "category": (pd.Categorical(["b", None]), ["b", "nan"], [1]),
    "time": (pd.to_datetime(["2024-01-01", None]), ["2024-01-01T00:00:00", "NaT"], [1]),
    "span": (pd.to_timedelta(["1s", None]), ["0:00:01", "NaT"], [1]),
    "objects": (
        pd.Series([1, 1.0, True, None, float("nan"), pd.NaT, "x", 2**70], dtype=object),
        ["1", "1.0", "True", "None", "nan", "NaT", "x", str(2**70)],
        [3, 4, 5],
    ),
}


@pytest.mark.parametrize(("values", "texts", "missing"), COLUMNS.values(), ids=COLUMNS)
def test_values_as_texts(values: Any, texts: list[str], missing: list[int]) -> None:
    """A missing value and a text that reads the same are told apart by `missing`."""
    page = read(pd.DataFrame({"c": values}), as_text=True)
    assert [row[0] for row in page.rows] == texts
    assert page.missing == [missing]


def test_other_tables_as_texts() -> None:
    """Lists of records, arrays and rows in another order are written in the same way."""
    page = read([{"a": 1, "b": None}, {"a": 2.0}], as_text=True, sort=[SortKey(0, True)])
    assert (page.rows, page.missing) == ([["2.0", "None"], ["1", "None"]], [[], [0, 1]])
    page = read(np.array([[1.0, np.nan], [0.5, 2.0]]), as_text=True)
    assert (page.rows, page.missing) == ([["1.0", "nan"], ["0.5", "2.0"]], [[], [0]])
    page = read(pd.DataFrame({"password": [1.5]}, index=[None]), as_text=True)
    assert (page.rows, page.index, page.missing) == ([["redacted"]], ["None"], [[]])
    days = np.array([datetime.date(2024, 1, 2), "NaT"], "M8[D]")
    assert read(days, as_text=True).rows == [["2024-01-02"], ["NaT"]]
