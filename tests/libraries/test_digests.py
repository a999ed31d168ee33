"""Digests of what other libraries hold: by content, and never by running what is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import torch
import xarray

from livens.protocol.types import Digest
from livens.values import libraries
from livens.values.digests import digest_of


def digest(value: object) -> Digest:
    libraries.load()
    return digest_of("v", value, lambda name: False, lambda: None)


PAIRS: dict[str, Callable[[int], Any]] = {
    "polars frame": lambda n: pl.DataFrame({"a": [1, None, n], "t": ["x", None, "z"]}),
    "polars series": lambda n: pl.Series("s", [1.5, n]),
    "polars times": lambda n: pl.DataFrame({"t": pl.Series([n * 10**6]).cast(pl.Datetime("us"))}),
    "polars lists": lambda n: pl.DataFrame({"l": [[1], [n, 2]]}),
    "pyarrow": lambda n: pa.table({"a": [1, None, n], "t": ["x", None, "z"]}),
    "torch": lambda n: torch.tensor([1.0, n]),
    "bfloat16": lambda n: torch.tensor([1.0, n], dtype=torch.bfloat16),
    "parameter": lambda n: torch.nn.Parameter(torch.tensor([1.0, n])),
    "dict of tensors": lambda n: {"layer.weight": torch.tensor([1.0, n])},
    "sparse": lambda n: scipy.sparse.csr_matrix(np.diag([1, n])),
    "arrow dtype": lambda n: pd.DataFrame({"a": pd.array([1, n], dtype="int64[pyarrow]")}),
    "categories": lambda n: pd.DataFrame({"c": pd.Categorical([1, n])}),
    "intervals": lambda n: pd.Series(pd.interval_range(0, n)),
    "periods": lambda n: pd.Series(pd.period_range("2024", periods=n, freq="M")),
}


@pytest.mark.parametrize("name", PAIRS)
def test_content_counts(name: str) -> None:
    """Made twice from the same they have the same hash, and from something else another one."""
    make = PAIRS[name]
    assert digest(make(4)) == digest(make(4))
    assert digest(make(4)).hash != digest(make(5)).hash
    assert digest(make(4)).gap == ""


def test_chunks_do_not_count() -> None:
    """How the memory of a table is divided is no content."""
    whole = pa.table({"a": [1, 2, 3]})
    divided = pa.concat_tables([whole[:1], whole[1:]])
    assert divided.column(0).num_chunks == 2
    assert digest(whole).hash == digest(divided).hash


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (torch.zeros(2, device="meta"), "on meta"),
        (torch.eye(2).to_sparse(), "layout"),
        (xarray.DataArray([1, 2]), "DataArray"),
        (pl.LazyFrame({"a": [1]}), "LazyFrame"),
        (torch.nn.Linear(1, 1), "Linear"),
    ],
    ids=["device", "sparse tensor", "xarray", "lazy", "module"],
)
def test_what_is_not_read_is_said(value: object, why: str) -> None:
    """What cannot be read where it lies is not compared, and the reason names it."""
    assert why in digest(value).gap


def test_figures() -> None:
    """Columns have the same figures in all libraries."""
    data = {"v": [1.0, 5.0, None]}
    for table in (pl.DataFrame(data), pa.table(data), pd.DataFrame(data)):
        (told,) = digest(table).columns
        assert (told.nulls, told.min, told.max, told.mean) == (1, 1.0, 5.0, 3.0)
