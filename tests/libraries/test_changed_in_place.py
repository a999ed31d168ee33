"""No stale value: frames, arrays and builtins that are changed in place."""

from __future__ import annotations

import array
import collections
import ctypes
import dataclasses
import functools
import multiprocessing
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
import xarray as xr
from differences import told
from plain import Listish


def frame() -> pd.DataFrame:
    """Make a frame with columns whose dtype has parameters."""
    return pd.DataFrame(
        {
            "t": pd.date_range("2020", periods=3),
            "z": pd.date_range("2020", periods=3, tz="UTC"),
            "p": pd.period_range("2020-01", periods=3, freq="M"),
            "i": pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3]),
            "c": pd.Categorical(list("aba")),
            "n": [1, 2, 3],
        }
    )


def put(name: str, make: Callable[[pd.DataFrame], Any]) -> Callable[[pd.DataFrame], None]:
    """Return what stores a column."""
    return lambda df: df.__setitem__(name, make(df))


FRAMES: dict[str, tuple[Callable[[pd.DataFrame], Any], str]] = {
    "localized": (
        put("t", lambda df: df["t"].dt.tz_localize("UTC")),
        "column 't' datetime64[us] → datetime64[us, UTC]",
    ),
    "converted": (
        put("z", lambda df: df["z"].dt.tz_convert("Asia/Tokyo")),
        "column 'z' datetime64[us, UTC] → datetime64[us, Asia/Tokyo]",
    ),
    "unit": (
        put("t", lambda df: df["t"].dt.as_unit("s")),
        "column 't' datetime64[us] → datetime64[s]",
    ),
    "freq": (
        put("p", lambda df: df["p"].dt.asfreq("D")),
        "column 'p' period[M] → period[D]",
    ),
    "closed": (
        put("i", lambda df: pd.Series(df["i"].array.set_closed("left"))),
        "column 'i' interval[int64, right] → interval[int64, left]",
    ),
    "ordered": (
        put("c", lambda df: df["c"].cat.as_ordered()),
        "column 'c' category → category, ordered",
    ),
    "renamed categories": (
        put("c", lambda df: df["c"].cat.rename_categories({"a": "z"})),
        "column 'c' changed",
    ),
    "binary": (
        put("n", lambda df: pd.array([b"a"] * 3, dtype=pd.ArrowDtype(pa.binary()))),
        "column 'n' int64 → binary[pyarrow]",
    ),
    "columns' name": (lambda df: setattr(df.columns, "name", "c"), "columns name changed"),
    "index' name": (lambda df: setattr(df.index, "name", "c"), "index changed"),
    "attrs": (lambda df: df.attrs.update(a=1), "attrs changed"),
    "flags": (lambda df: setattr(df.flags, "allows_duplicate_labels", False), "flags changed"),
    "label": (
        lambda df: df.__setitem__(("a", pd.Timestamp("2020")), 1),
        "column ('a', '2020-01-01 00:00:00') added",
    ),
}


@pytest.mark.parametrize("name", FRAMES)
def test_dtype_of_a_column_is_told(name: str) -> None:
    """What a dtype consists of besides its name counts, and so do names, attrs and flags."""
    change, text = FRAMES[name]
    value = frame()
    value.columns = pd.Index(list(value.columns), dtype=object)
    value["t"] = value["t"].astype("datetime64[us]")
    value["z"] = value["z"].astype("datetime64[us, UTC]")
    assert told(value, change) == text


def test_label_of_a_column_that_is_made_anew_is_told() -> None:
    """A column of a frame with dates, tuples or periods as labels is named when it is new."""
    columns = pd.MultiIndex.from_tuples([("a", "mean")])
    value = pd.DataFrame([[1.0]], columns=columns)
    assert told(value, lambda v: v.__setitem__(("a", "std"), 1)) == "column ('a', 'std') added"
    value = pd.DataFrame([[1.0]], columns=pd.date_range("2020", periods=1))
    assert told(value, lambda v: v.iloc.__setitem__((0, 0), 2)) == "1 cell"
    zoned = value.columns.tz_localize("UTC")  # type: ignore[attr-defined]
    assert told(value, lambda v: setattr(v, "columns", zoned)) == (
        "columns dtype datetime64[us] → datetime64[us, UTC]"
    )


def test_series_and_index_tell_names_and_dtypes() -> None:
    """A series that is renamed in place, an index of which a level is renamed."""
    assert told(pd.Series([1]), lambda v: setattr(v, "name", ("a", 1))) == "name changed"
    index = pd.MultiIndex.from_tuples([("a", 1)])
    assert told(index, lambda v: v.set_names(["k", "l"], inplace=True)) == "names changed"


ARRAYS: dict[str, tuple[Any, Callable[[Any], Any], str]] = {
    "matrix": (np.zeros((2, 2)).view(np.matrix), lambda v: v.__setitem__((0, 0), 1), "1 cell"),
    "recarray": (
        np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        lambda v: v.a.__setitem__(0, 5),
        "1 cell",
    ),
    "masked array": (
        np.ma.masked_array([1, 2]),
        lambda v: v.__setitem__(0, 5),
        "1 cell",
    ),
    "mask": (
        np.ma.masked_array([1, 2], mask=[0, 0]),
        lambda v: v.__setitem__(0, np.ma.masked),
        "1 cell",
    ),
    "field": (
        np.zeros(3, dtype=[("a", "i4"), ("o", "O")]),
        lambda v: v["a"].__setitem__(0, 5),
        "1 cell",
    ),
    "field names": (
        np.zeros(3, dtype=[("a", "i4")]),
        lambda v: setattr(v.dtype, "names", ("b",)),
        "[('a', '<i4')] → [('b', '<i4')]",
    ),
    "few long texts": (
        np.array(["a" * 20] * 10),
        lambda v: v.__setitem__(3, "z"),
        "",
    ),
    "flag of few long texts": (
        np.array(["a" * 200] * 3),
        lambda v: setattr(v.flags, "writeable", False),
        "writable → read-only",
    ),
    "few long records": (
        np.zeros(10, dtype=[("a", "i4"), ("t", "S99")]),
        lambda v: v["t"].__setitem__(5, b"z"),
        "",
    ),
    "object's zero": (
        np.array([0.0], dtype=object),
        lambda v: v.__setitem__(0, -0.0),
        "item 0 changed",
    ),
    "0-d": (np.array(5), lambda v: v.__setitem__((), 6), "1 cell"),
    "read-only": (
        np.zeros(3),
        lambda v: setattr(v.flags, "writeable", False),
        "writable → read-only",
    ),
    "tensor": (torch.ones(2), lambda v: v.requires_grad_(), "requires_grad changed"),
    "xarray item": (
        xr.DataArray([1.0, 2.0], dims=["time"]),
        lambda v: v.__setitem__(0, 9),
        "values changed",
    ),
    "xarray default dimension": (
        xr.DataArray([1.0, 2.0]),
        lambda v: v.__setitem__(0, 9),
        "values changed",
    ),
    "xarray dims": (
        xr.Variable(["time"], [1.0, 2.0]),
        lambda v: setattr(v, "dims", ("x",)),
        "dims time → x",
    ),
    "xarray name": (
        xr.DataArray([1.0], dims=["x"]),
        lambda v: setattr(v, "name", "n"),
        "name changed",
    ),
    "xarray encoding": (
        xr.DataArray([1.0], dims=["x"]),
        lambda v: v.encoding.update(dtype="f4"),
        "values changed",
    ),
    "hardened mask": (
        np.ma.masked_array([1, 2]),
        lambda v: v.harden_mask(),
        "hard mask changed",
    ),
    "xarray attrs": (
        xr.Dataset({"a": ("x", [1])}),
        lambda v: v.attrs.update(a=1),
        "attrs changed",
    ),
    "polars binary": (
        pl.DataFrame({"a": [1]}),
        lambda v: v.insert_column(1, pl.Series("b", [b"a"])),
        "column 'b' added",
    ),
    "polars replaced": (
        pl.DataFrame({"a": [b"x"], "b": [1]}),
        lambda v: v.replace_column(0, pl.Series("a", [None])),
        "column 'a' Binary → Null",
    ),
    "polars renamed": (
        pl.DataFrame({"a": [1]}),
        lambda v: setattr(v, "columns", ["z"]),
        "column 'z' added, column 'a' removed",
    ),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_array_that_is_changed_in_place_is_told(name: str) -> None:
    """Subclasses, records, masks, names of dimensions: whatever is changed is told."""
    value, change, text = ARRAYS[name]
    assert told(value, change) == text


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_shape_and_dtype_that_are_set_are_told() -> None:
    """An array that is given another shape or dtype in place."""
    value = np.zeros(4)
    assert told(value, lambda v: setattr(v, "shape", (2, 2))) == "shape (4,) → (2, 2)"
    assert told(value, lambda v: setattr(v, "dtype", "i8")) == "float64 → int64"


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A frozen dataclass with a list inside."""

    items: list[int]


class Pair(collections.namedtuple("Pair", "a b")):
    """A tuple with names."""


class Structure(ctypes.Structure):
    """Two numbers, and an array."""

    _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_double * 3))


class Union(ctypes.Union):
    """A number in two ways."""

    _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_float))


def counted() -> int:
    """Count the calls, as teachers do."""
    return 0


def named() -> int:
    """Have a name."""
    return 0


def listed(items: list[int] = [1]) -> list[int]:  # noqa: B006 - the default is what changes
    """Have a list for a default."""
    return items


counted.__module__ = named.__module__ = listed.__module__ = "__main__"
Owned = type("Owned", (), {"limit": 3, "__module__": "__main__"})
IN_PLACE: dict[str, tuple[Any, Callable[[Any], Any], str]] = {
    "move_to_end": (
        collections.OrderedDict(a=1, b=2),
        lambda v: v.move_to_end("a"),
        "order changed",
    ),
    "reinserted": (
        {"a": 1, "b": 2},
        lambda v: v.__setitem__("a", v.pop("a")),
        "order of keys changed",
    ),
    "reordered, long": (
        collections.OrderedDict.fromkeys(range(1_000)),
        lambda v: v.move_to_end(500),
        "order changed",
    ),
    "default_factory": (
        collections.defaultdict(int),
        lambda v: setattr(v, "default_factory", list),
        "default_factory changed",
    ),
    "c_int": (ctypes.c_int(1), lambda v: setattr(v, "value", 2), "1 cell"),
    "ctypes array": ((ctypes.c_int * 3)(), lambda v: v.__setitem__(1, 2), "1 cell"),
    "ctypes matrix": ((ctypes.c_int * 3 * 2)(), lambda v: v[1].__setitem__(1, 2), "1 cell"),
    "structure": (Structure(), lambda v: setattr(v, "a", 2), ""),
    "structure's array": (Structure(), lambda v: v.b.__setitem__(2, 2), ""),
    "union": (Union(), lambda v: setattr(v, "b", 2), ""),
    "shared value": (
        multiprocessing.Value("i", 1),
        lambda v: setattr(v, "value", 2),
        "attribute '_obj' changed",
    ),
    "shared array": (
        multiprocessing.Array("i", 3),
        lambda v: v.__setitem__(1, 2),
        "attribute '_obj' changed",
    ),
    "array": (array.array("i", [1]), lambda v: v.__setitem__(0, 2), "1 cell"),
    "deque": (collections.deque(range(100)), lambda v: v.rotate(3), "64 items changed"),
    "named tuple": (Pair([1], 2), lambda v: v.a.append(2), "item 0 changed"),
    "frozen dataclass": (Frozen([1]), lambda v: v.items.append(2), "attribute 'items' changed"),
    "list's item": (Listish([1]), lambda v: v.append(2), "len 1 → 2"),
    "list's attribute": (Listish([1]), lambda v: v.tags.append(2), "attribute 'tags' changed"),
    "exception": (ValueError([1]), lambda v: v.args[0].append(2), ""),
    "note of an exception": (
        ValueError(1),
        lambda v: v.add_note("n"),
        "",
    ),
    "method of a list": ([1].append, lambda v: v(2), ""),
    "function's attribute": (counted, lambda v: setattr(v, "calls", 1), "attribute 'calls' added"),
    "function's name": (named, lambda v: setattr(v, "__name__", "other"), "name changed"),
    "default of a cached function": (
        functools.lru_cache(listed),
        lambda v: v.__wrapped__.__defaults__[0].append(2),
        "",
    ),
    "module's version": (
        types.ModuleType("m"),
        lambda v: setattr(v, "__version__", "2"),
        "version changed",
    ),
    "module's name": (types.ModuleType("m"), lambda v: setattr(v, "__name__", "n"), "name changed"),
    "class attribute": (Owned, lambda v: setattr(v, "limit", 4), "attribute 'limit' changed"),
    "nested namespace": (
        [types.SimpleNamespace(a=1)],
        lambda v: setattr(v[0], "a", 2),
        "item 0 changed",
    ),
    "chain map": (
        [collections.ChainMap({"a": 1})],
        lambda v: v[0].__setitem__("a", 2),
        "item 0 changed",
    ),
    "user dict": ([collections.UserDict()], lambda v: v[0].update(a=2), "item 0 changed"),
    "partial": (functools.partial(print, end=""), lambda v: v.keywords.update(end="x"), ""),
    "cell": (
        types.CellType(1),
        lambda v: setattr(v, "cell_contents", 2),
        "",
    ),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_builtin_that_is_changed_in_place_is_told(name: str) -> None:
    """Order, memory of C's, defaults, attributes of subclasses: whatever is changed is told."""
    value, change, text = IN_PLACE[name]
    assert told(value, change) == text
