"""What a variable says that it can be shown as is what a request for it shows, and nothing else."""

from __future__ import annotations

import datetime
from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from endpoints import Client
from matplotlib.figure import Figure
from PIL import Image

Row = namedtuple("Row", "a b")
ITEMS = type("Items", (list,), {})

CASES: list[tuple[Any, list[str]]] = [
    (pd.DataFrame({"a": [1]}), ["table", "html"]),
    (pd.DataFrame(), ["table", "html"]),
    (pd.Series([1]), ["table"]),
    (pd.MultiIndex.from_tuples([(1, "a")]), ["table"]),
    (pl.DataFrame({"a": [1]}), ["table", "html"]),
    (pl.LazyFrame({"a": [1]}), ["html"]),
    (pa.table({"a": [1]}), ["table"]),
    ([{"a": 1}, {"b": 2}], ["table"]),
    ([{}, {"a": 1}], ["table"]),
    ([{1: "a"}], ["table"]),
    ([{(1, 2): "a"}], ["table"]),
    ([1, "x", None], ["table"]),
    (list(range(100_000)), ["table"]),
    ([[1, 2], [3]], ["table"]),
    ([{"a": 1}, 5], ["table"]),
    ((1, 2), ["table"]),
    ([Row(1, 2)], ["table"]),
    ([], []),
    ((), []),
    (ITEMS([1]), []),
    (Row(1, 2), []),
    ({"a": 1}, []),
    (OrderedDict(a=1), []),
    ({1, 2}, []),
    (np.arange(3), ["table"]),
    (np.zeros((2, 3)), ["table"]),
    (np.zeros((20, 30)), ["image", "table"]),
    (np.zeros((20, 30), "u1"), ["image", "table"]),
    (np.zeros((20, 30), int), ["table"]),
    (np.zeros((20, 30, 3)), ["image", "table"]),
    (np.array(5), []),
    (np.zeros(2, [("a", int)]), ["table"]),
    (np.zeros((2, 2), [("a", int)]), []),
    (np.zeros((2, 2)).view(np.matrix), []),
    (Image.new("RGB", (4, 4)), ["image"]),
    (Figure(), ["image"]),
    (datetime.date(2020, 1, 1), []),
    (5, []),
    ("text", []),
    (None, []),
]


@pytest.mark.parametrize(("value", "forms"), CASES, ids=lambda v: str(type(v).__name__))
def test_what_it_says_is_shown(value: Any, forms: list[str]) -> None:
    """A table is sent where one is told, and refused where none is."""
    client = Client(v=value)
    path = [["name", "v"]]
    variable = client.ask("inspect", path=path, limit=1)["variable"]
    assert variable.get("forms", []) == forms
    shape = getattr(value, "shape", ())
    cut = {"slice": {"rows": 0, "columns": 1, "at": [0] * len(shape)}} if len(shape) > 2 else {}
    answer = client.ask("table", path=path, **cut)
    assert ("shape" in answer) is ("table" in forms), answer
    for form, mime in (("image", "image/png"), ("html", "text/html")):
        if form in forms:
            assert client.ask("value", path=path, mime=mime)["mime"] == mime


def test_redacted_value_has_no_form() -> None:
    """Nothing but its type is told."""
    client = Client(api_key=[1, 2], v={"password": [1]})
    path = [["name", "v"]]
    [child] = client.ask("inspect", path=path)["children"]
    variables = client.ask("list")["variables"]
    assert "forms" not in child
    assert [v.get("forms") for v in variables if v["name"] == "api_key"] == [None]
