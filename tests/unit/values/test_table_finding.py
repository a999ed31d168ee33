"""A text leads to the row or the column that it names, in the table as it is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from endpoints import Client

TOWNS = pd.DataFrame(
    {"price": [3, 1, 2], "Town name": ["x", "y", "z"], "7": [0, 0, 0]},
    index=["Graz", "Aachen", "2"],
)
DAYS = pd.DataFrame({"n": range(5)}, index=pd.date_range("2020-01-01", periods=5))
LEVELS = pd.DataFrame({"n": [1, 2]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))

CASES: list[tuple[Any, str, list[int], dict[str, Any]]] = [
    (TOWNS, "Aachen", [1, -1], {}),
    (TOWNS, "price", [-1, 0], {}),
    (TOWNS, "2", [2, -1], {}),  # a label, which comes before the number of a row
    (TOWNS, "1", [1, -1], {}),
    (TOWNS, "7", [-1, 2], {}),
    (TOWNS, "aach", [1, -1], {}),
    (TOWNS, "name", [-1, 1], {}),
    (TOWNS, "nowhere", [-1, -1], {}),
    (TOWNS, "99", [-1, -1], {}),
    (TOWNS, "Graz", [2, -1], {"sort": [{"column": 0}]}),
    (TOWNS, "Graz", [-1, -1], {"filters": [{"column": 0, "op": "<", "value": 3}]}),
    (TOWNS, "2", [1, -1], {"filters": [{"column": 0, "op": "<", "value": 3}]}),
    (DAYS, "2020-01-03", [2, -1], {}),
    (LEVELS, "('b', 2)", [1, -1], {}),
    (np.zeros((20_000, 3)), "12345", [12345, -1], {}),
    (np.zeros(2, [("a", int), ("b", int)]), "b", [-1, 1], {}),
    ([{"a": 1}, {"b": 2}], "b", [-1, 1], {}),
    (list(range(10, 20)), "3", [3, -1], {}),
]


@pytest.mark.parametrize(("table", "text", "found", "how"), CASES, ids=lambda v: str(v)[:12])
def test_text_leads_to_what_it_names(
    table: Any, text: str, found: list[int], how: dict[str, Any]
) -> None:
    """Its row as it is sorted and filtered, or its column."""
    client = Client(v=table)
    path = [["name", "v"]]
    answer = client.ask("table", path=path, find=text, limit=0, columns=[], **how)
    assert answer["found"] == found


def test_redacted_labels_are_not_found() -> None:
    """No text of an index that is redacted leads anywhere."""
    frame = pd.DataFrame({"n": [1, 2]}, index=pd.Index(["abc", "def"], name="password"))
    answer = Client(v=frame).ask("table", path=[["name", "v"]], find="def")
    assert answer["found"] == [-1, -1]
