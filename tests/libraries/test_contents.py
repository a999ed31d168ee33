"""Contents of the other libraries' values: every change counts, reading is none."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
import torch
import xarray as xr

from livens.values import readers
from livens.values.checksums import ChunkSums
from livens.values.content_registry import content_of
from livens.values.fingerprints import fingerprint

readers.register_all()


class Case(NamedTuple):
    """How a value is made, changed in place, and only read."""

    make: Callable[[], Any]
    change: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _polars() -> Any:
    return pl.DataFrame(
        {
            "n": range(5_000),
            "d": [datetime.date(2020, 1, 1) + datetime.timedelta(n) for n in range(5_000)],
            "t": [f"text {n}" for n in range(5_000)],
            "l": [[n] for n in range(5_000)],
        }
    )


def _dataset() -> Any:
    return xr.Dataset(
        {"a": (("x", "y"), np.zeros((50, 400)))}, coords={"x": range(50), "y": range(400)}
    )


def _sparse(form: str) -> Any:
    dense = np.zeros((200, 200))
    dense[::2, ::3] = 1.5
    if form == "dia":
        dense = np.eye(200)
    return sp.csr_array(dense).asformat(form)


CASES = {
    "polars frame": Case(
        _polars, lambda v: v.__setitem__((2_500, "n"), -1), lambda v: v.group_by("n").len()
    ),
    "polars frame, new column": Case(
        _polars, lambda v: v.insert_column(0, pl.Series("z", range(5_000))), lambda v: v["n"].sum()
    ),
    "polars series": Case(
        lambda: pl.Series("s", range(5_000)), lambda v: v.__setitem__(2_500, 0), lambda v: v.sort()
    ),
    "xarray dataset": Case(
        _dataset, lambda v: v["a"].values.__setitem__((25, 200), 1), lambda v: v.mean()
    ),
    "xarray dataset, new variable": Case(
        _dataset, lambda v: v.__setitem__("b", v["a"] + 1), lambda v: v.sel(x=3)
    ),
    "xarray array": Case(
        lambda: _dataset()["a"], lambda v: v.__setitem__((25, 200), 1), lambda v: v.sum("x")
    ),
    **{
        form: Case(
            lambda form=form: _sparse(form),  # type: ignore[misc]
            lambda v: v.data.__setitem__(v.data.shape[0] // 2, v.data[0] * 2),
            lambda v: (v @ v, v.sum(), v.T, repr(v)),
        )
        for form in ("csr", "csc", "coo", "bsr", "dia")
    },
    "torch": Case(
        lambda: torch.zeros(100, 100),
        lambda v: v.add_(1),
        lambda v: (v + 1, v.sum().item(), v.numpy().sum(), repr(v)),
    ),
    "torch parameter's gradient": Case(
        lambda: torch.nn.Parameter(torch.ones(3)),
        lambda v: (v * 2).sum().backward(),
        lambda v: v.detach().sum(),
    ),
    "lil": Case(lambda: _sparse("lil"), lambda v: v.__setitem__((5, 5), 3), lambda v: v.sum()),
    "dok": Case(lambda: _sparse("dok"), lambda v: v.__setitem__((5, 5), 3), lambda v: v.sum()),
}


def differs(sums: ChunkSums, value: Any) -> bool:
    """Make one round."""
    found = False
    while True:
        step = sums.step(value)
        found = found or step.differs
        if step.is_over:
            return found


@pytest.mark.parametrize("name", CASES)
def test_change_is_found_and_reading_is_none(name: str) -> None:
    """A round after reading finds nothing, a round after one change finds it."""
    value = CASES[name].make()
    sums, before = ChunkSums(), fingerprint(value)
    differs(sums, value)
    for _ in range(3):
        CASES[name].read(value)
        assert fingerprint(value) == before
        assert not differs(sums, value)
    CASES[name].change(value)
    assert differs(sums, value) or fingerprint(value) != before
    assert not differs(sums, value)


def test_missing_numbers_are_no_change() -> None:
    """NaN equals nothing, and polars makes another one each time: reading is no change."""
    value = pl.DataFrame({"n": [float("nan"), 1.5] * 1_000})
    assert fingerprint(value) == fingerprint(value)
    assert fingerprint(value["n"]) == fingerprint(value["n"])


def test_pyarrow_is_looked_at_by_its_buffers() -> None:
    """A table looks the same each time, whatever pyarrow makes anew for the look."""
    value = pa.table({"n": range(5_000), "t": [f"text {n}" for n in range(5_000)]})
    sums = ChunkSums()
    differs(sums, value)
    assert sums.size > 5_000 * 8
    assert not differs(sums, value)
    assert fingerprint(value) == fingerprint(value)
    other = ChunkSums()
    differs(other, value.slice(1))
    assert differs(other, value)


def test_long_lists_of_polars_are_not_copied() -> None:
    """A row of many items costs no more than its size, is told as unseen, and the others count."""
    series = pl.Series([[1], list(range(5_000)), [2]])
    before = fingerprint(series)
    assert "long lists in a series" in before.gap
    changed = pl.Series([[1], list(range(5_000)), [3]])
    assert fingerprint(changed) != before


def test_many_chunks_of_arrow_are_read_one_by_one() -> None:
    """Of an array of many chunks only those are looked at that the look comes to."""
    many = pa.chunked_array([[number] for number in range(200)])
    content = content_of(many)
    assert content is not None
    assert content.length == 200
    assert len(content.read(198, 300)[1]) == 2
    other = pa.chunked_array([[number + 1] for number in range(200)])
    assert fingerprint(many) != fingerprint(other)
