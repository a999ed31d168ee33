"""Nothing that livens looks at is changed by it: no cache is filled, no attribute added.

An object of every type that there is an adapter or a reader for is compared, before and after all
looks, down to the memory of the objects that it holds.
"""

from __future__ import annotations

import array
import ast
import collections
import contextlib
import ctypes
import datetime
import decimal
import enum
import fractions
import functools
import gc
import importlib.metadata
import io
import ipaddress
import mmap
import pathlib
import pickle
import queue
import re
import sqlite3
import threading
import types
import typing
import urllib.parse
import uuid
import weakref
import zoneinfo
from collections.abc import Callable
from typing import Any

import attrs
import dask.array
import duckdb
import matplotlib.figure
import networkx as nx
import numpy as np
import pandas as pd
import PIL.Image
import polars as pl
import pyarrow as pa
import pydantic
import pytest
import scipy.sparse
import sqlalchemy as sa
import sympy
import torch
import xarray as xr
from looks import look

from livens.values.checksums import ChunkSums
from livens.values.fingerprints import fingerprint

_SHARED = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.CodeType)
_DEPTH = 4
_MANY = 3_000


_NO_CONTENT = (
    str, weakref.ReferenceType, threading.Lock, type(threading.RLock()), datetime.datetime,
    datetime.time,
)  # fmt: skip
"""How a text is written in UTF-8, and who waits for a lock, are no content; times without a zone
take less memory than their size says."""

_WORKING = ("generator", "BlockManager")
"""What notes things for itself alone: that it has a frame object, which block a column is in.
So do the objects of pyarrow: whether they lie in memory."""


def snapshot(value: object) -> dict[int, tuple[str, Any]]:
    """Return what an object and the objects within it hold, down to the words in memory."""
    found: dict[int, tuple[str, Any]] = {}
    held: list[object] = [value]
    waiting = [(value, 0)]
    while waiting and len(found) < _MANY:
        item, depth = waiting.pop(0)
        cls = type(item)
        if id(item) in found or any(issubclass(cls, shared) for shared in _SHARED):
            continue
        if depth < _DEPTH:
            # CPython makes the dict of an instance when it is asked for, and it says nothing.
            with contextlib.suppress(AttributeError, TypeError):
                object.__getattribute__(item, "__dict__")
            below = gc.get_referents(item)
            held += below
            waiting += [(other, depth + 1) for other in below]
        found[id(item)] = (cls.__qualname__, _content(item))
    return found


def _content(item: object) -> Any:
    cls = type(item)
    if issubclass(cls, dict):
        return [(str(key), id(value)) for key, value in dict.items(item)]
    if cls in _NO_CONTENT:
        return None
    if cls.__qualname__ in _WORKING or cls.__module__ == "pyarrow.lib":
        return None
    size = object.__sizeof__(item) if cls.__itemsize__ == 0 else cls.__basicsize__
    head = object.__basicsize__
    memory = bytearray(ctypes.string_at(id(item) + head, max(0, size - head)))
    if cls.__weakrefoffset__ > 0:  # who refers to it weakly is nothing that it holds
        place = cls.__weakrefoffset__ - head
        memory[place : place + 8] = bytes(8)
    return bytes(memory)


class Colour(enum.Enum):
    RED = 1


class Perm(enum.Flag):
    R = 1
    W = 2


class Model(pydantic.BaseModel):
    a: int


@attrs.define
class Attrs:
    a: int


class Cached:
    @functools.cached_property
    def slow(self) -> int:
        raise AssertionError("it was computed")


def _frame() -> Any:
    return pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": pd.to_datetime(["2020", "2021"])})


X = sympy.Symbol("x")

MAKERS: dict[str, Callable[[], Any]] = {
    "Path": lambda: pathlib.Path("data/x"),
    "Path of parts": lambda: pathlib.Path("data", "x", "..", "y"),
    "parent": lambda: pathlib.Path("data/x").parent,
    "joined": lambda: pathlib.Path("data") / "x",
    "PureWindowsPath": lambda: pathlib.PureWindowsPath("c:/data", "x"),
    "empty path": pathlib.Path,
    "Fraction": lambda: fractions.Fraction(1, 3),
    "Decimal": lambda: decimal.Decimal("1.50"),
    "UUID": lambda: uuid.UUID(int=5),
    "IPv4Address": lambda: ipaddress.ip_address("127.0.0.1"),
    "IPv4Network": lambda: ipaddress.ip_network("10.0.0.0/8"),
    "IPv4Interface": lambda: ipaddress.ip_interface("10.0.0.1/8"),
    "IPv6Network": lambda: ipaddress.ip_network("fe80::/10"),
    "IPv6Interface": lambda: ipaddress.ip_interface("fe80::1/10"),
    "datetime": lambda: datetime.datetime(2020, 1, 2, 3),
    "aware datetime": lambda: datetime.datetime(2020, 1, 2, tzinfo=zoneinfo.ZoneInfo("UTC")),
    "date": lambda: datetime.date(2020, 1, 2),
    "time": lambda: datetime.time(1),
    "timedelta": lambda: datetime.timedelta(1, 2, 3),
    "timezone": lambda: datetime.timezone(datetime.timedelta(hours=1)),
    "ZoneInfo": lambda: zoneinfo.ZoneInfo("Europe/Berlin"),
    "Pattern": lambda: re.compile("a+"),
    "Match": lambda: re.match("a+", "aa"),
    "urlsplit": lambda: urllib.parse.urlsplit("http://a:b@c/d"),
    "ChainMap": lambda: collections.ChainMap({"a": 1}),
    "UserDict": lambda: collections.UserDict(a=1),
    "Counter": lambda: collections.Counter("aab"),
    "deque": lambda: collections.deque([1]),
    "array": lambda: array.array("d", [1.0]),
    "memoryview": lambda: memoryview(b"abc"),
    "bytearray": lambda: bytearray(b"abc"),
    "tuple": lambda: (1, "a"),
    "frozenset": lambda: frozenset("ab"),
    "slice": lambda: slice(1, 2),
    "range": lambda: range(5),
    "enum": lambda: Colour.RED,
    "no flag": lambda: Perm(0),
    "flag": lambda: Perm.R | Perm.W,
    "cached property": Cached,
    "partial": lambda: functools.partial(print, 1),
    "generator": lambda: (x for x in "ab"),
    "StringIO": lambda: io.StringIO("a"),
    "BytesIO": lambda: io.BytesIO(b"a"),
    "mmap": lambda: mmap.mmap(-1, 10),
    "Thread": threading.Thread,
    "Event": threading.Event,
    "Queue": queue.Queue,
    "SimpleQueue": queue.SimpleQueue,
    "sqlite": lambda: sqlite3.connect(":memory:"),
    "EntryPoint": lambda: importlib.metadata.EntryPoint("a", "b:c", "d"),
    "node of a tree": lambda: ast.parse("a + 1"),
    "GenericAlias": lambda: list[int],
    "Union": lambda: int | None,
    "Optional": lambda: typing.Optional[int],  # noqa: UP045
    "TypeVar": lambda: typing.TypeVar("T"),  # type: ignore[misc]
    "ctypes": lambda: (ctypes.c_int * 3)(1, 2, 3),
    "numpy": lambda: np.arange(5.0),
    "object array": lambda: np.array([[1], "a", None], dtype=object),
    "structured": lambda: np.array([(1, "a")], dtype=[("a", int), ("b", "U3")]),
    "strings": lambda: np.array(["a", "b" * 30], dtype=np.dtypes.StringDType()),
    "numpy scalar": lambda: np.float64(1.5),
    "datetime64": lambda: np.datetime64("2020-01-01"),
    "dtype": lambda: np.dtype([("a", int)]),
    "matrix": lambda: np.zeros((1, 1)).view(np.matrix),
    "masked": lambda: np.ma.array([1, 2], mask=[0, 1]),
    "DataFrame": _frame,
    "frame with a MultiIndex": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.MultiIndex.from_product([["a"], [1, 2]])
    ),
    "frame with dates as columns": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.date_range("2020", periods=2)
    ),
    "frame with periods as columns": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.period_range("2020", periods=2, freq="M")
    ),
    "frame with intervals as columns": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.interval_range(0, 2)
    ),
    "frame with masked numbers": lambda: pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}),
    "frame of ranges": lambda: pd.DataFrame(np.zeros((3, 2))),
    "frame of many columns": lambda: pd.DataFrame(np.zeros((2, 12))),
    "frame with sliced levels": lambda: pd.DataFrame(
        [[1]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])[:1]
    ),
    "frame with levels as rows": lambda: _frame().set_index(["a", "b"]),
    "frame with dates and levels as columns": lambda: pd.DataFrame(
        [[1, 2]],
        columns=pd.MultiIndex.from_arrays([pd.date_range("2020", periods=2), ["a", "b"]]),
    ),
    "frame with differences as columns": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.timedelta_range("1D", periods=2)
    ),
    "frame with categories as columns": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.CategoricalIndex(["a", "b"])
    ),
    "frame with ranges as columns": lambda: pd.DataFrame([[1, 2]], columns=pd.RangeIndex(5, 7)),
    "series of dates": lambda: pd.Series(pd.to_datetime(["2020", "2021"])),
    "series of dates in a zone": lambda: pd.Series(
        pd.date_range("2020", periods=3, tz="Europe/Berlin")
    ),
    "series of differences": lambda: pd.Series(pd.to_timedelta([1, 2], unit="D")),
    "series of periods": lambda: pd.Series(pd.period_range("2020", periods=2, freq="M")),
    "series of intervals": lambda: pd.Series(pd.interval_range(0, 2)),
    "series of categories of dates": lambda: pd.Series(
        pd.Categorical(pd.date_range("2020", periods=2))
    ),
    "sparse series": lambda: pd.Series(pd.arrays.SparseArray([0, 0, 1])),
    "series of Arrow": lambda: pd.Series([1, None], dtype="int64[pyarrow]"),
    "sliced MultiIndex": lambda: pd.MultiIndex.from_tuples([(1, 2), (3, 4)])[:1],
    "unpickled MultiIndex": lambda: pickle.loads(
        pickle.dumps(pd.MultiIndex.from_product([["a"], [1, 2]]))
    ),
    "Series": lambda: pd.Series([1, 2], name="a"),
    "Series of text": lambda: pd.Series(["a", None]),
    "Categorical": lambda: pd.Categorical(["a", "b"]),
    "CategoricalIndex": lambda: pd.CategoricalIndex(["a", "b"]),
    "Index": lambda: pd.Index(["a", "b"]),
    "object Index": lambda: pd.Index(["a", 1], dtype=object),
    "RangeIndex": lambda: pd.RangeIndex(5),
    "MultiIndex": lambda: pd.MultiIndex.from_product([["a"], [1, 2]]),
    "DatetimeIndex": lambda: pd.date_range("2020", periods=3),
    "PeriodIndex": lambda: pd.period_range("2020", periods=3, freq="M"),
    "IntervalIndex": lambda: pd.interval_range(0, 3),
    "TimedeltaIndex": lambda: pd.timedelta_range("1D", periods=3),
    "Timestamp": lambda: pd.Timestamp("2020-01-01 12:00"),
    "Timestamp with zone": lambda: pd.Timestamp("2020-01-01", tz="Europe/Berlin"),
    "Timedelta": lambda: pd.Timedelta("1D 2h"),
    "Period": lambda: pd.Period("2020-01"),
    "Interval": lambda: pd.Interval(0, 1),
    "CategoricalDtype": lambda: pd.CategoricalDtype(["a"]),
    "IntegerArray": lambda: pd.array([1, None], dtype="Int64"),
    "StringArray": lambda: pd.array(["a", None], dtype="string"),
    "SparseArray": lambda: pd.arrays.SparseArray([0, 0, 1]),
    "groupby": lambda: _frame().groupby("a"),
    "rolling": lambda: _frame()[["a"]].rolling(2),
    "polars": lambda: pl.DataFrame({"a": [1, 2], "b": ["x", None]}),
    "polars series": lambda: pl.Series("a", [1, 2]),
    "lazy polars": lambda: pl.LazyFrame({"a": [1]}),
    "pyarrow table": lambda: pa.table({"a": [1, 2]}),
    "pyarrow array": lambda: pa.array(["a", None]),
    "pyarrow schema": lambda: pa.schema([("a", pa.int64())]),
    "DataArray": lambda: xr.DataArray([1.0, 2.0], dims=["x"], coords={"x": [1, 2]}),
    "Dataset": lambda: xr.Dataset({"a": ("x", [1, 2])}),
    "Variable": lambda: xr.Variable("x", [1, 2]),
    "csr": lambda: scipy.sparse.csr_array(np.eye(3)),
    "lil": lambda: scipy.sparse.lil_matrix(np.eye(3)),
    "tensor": lambda: torch.zeros(3),
    "parameter": lambda: torch.nn.Parameter(torch.zeros(3)),
    "module": lambda: torch.nn.Linear(2, 1),
    "optimizer": lambda: torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1),
    "image": lambda: PIL.Image.new("RGB", (2, 2)),
    "figure": matplotlib.figure.Figure,
    "graph": lambda: nx.Graph([(1, 2)]),
    "directed graph": lambda: nx.MultiDiGraph([(1, 2)]),
    "symbol": lambda: sympy.Symbol("y", positive=True),
    "expression": lambda: X**2 + sympy.sin(X) / 3,
    "sympy matrix": lambda: sympy.Matrix([[X, 1]]),
    "rational": lambda: sympy.Rational(1, 3),
    "engine": lambda: sa.create_engine("sqlite://"),
    "sql table": lambda: sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer)),
    "statement": lambda: sa.select(sa.column("a")),
    "duckdb": duckdb.connect,
    "dask array": lambda: dask.array.zeros((4, 4), chunks=2),
    "pydantic": lambda: Model(a=1),
    "attrs": lambda: Attrs(1),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_looking_leaves_no_trace(maker: str) -> None:
    """All looks together leave an object as it was."""
    look(MAKERS[maker]())  # what the library does once for the class or the process
    value = MAKERS[maker]()
    before = snapshot(value)
    assert before == snapshot(value), "taking a snapshot changes it"
    look(value)
    after = snapshot(value)
    assert {k: v for k, v in before.items() if after.get(k) != v} == {}


@pytest.mark.parametrize(
    ("maker", "use"),
    [
        ("Path", str),
        ("Path of parts", hash),
        ("PureWindowsPath", lambda path: path.parent.name),
        ("IPv4Network", lambda network: network.broadcast_address),
        ("IPv6Network", lambda network: network.num_addresses),
        ("UUID", hash),
        ("Fraction", hash),
        ("Timedelta", str),
        ("Timestamp", hash),
        ("Period", str),
    ],
)
def test_what_an_object_notes_for_itself_is_no_change(
    maker: str, use: Callable[[Any], Any]
) -> None:
    """A cache that the user's code has filled is not told as a change of what cannot change."""
    value = MAKERS[maker]()
    before = fingerprint(value)
    sums = ChunkSums()
    sums.step(value)
    use(value)
    assert fingerprint(value) == before
    assert not sums.step(value).differs


def _pandas(value: Any) -> dict[int, tuple[object, Any]]:
    """Return what the objects of pandas within a value have noted, with the objects."""
    found: dict[int, tuple[object, Any]] = {}
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        if not type(item).__module__.startswith("pandas") or id(item) in found:
            continue
        own = getattr(item, "__dict__", {})
        refs = getattr(own.get("_references"), "referenced_blocks", ())
        found[id(item)] = item, (sorted(own), sorted(map(str, own.get("_cache") or ())), len(refs))
        waiting += [*own.values(), *(own.get("_levels") or ())]
        if "Manager" in type(item).__name__:
            waiting += [*item.axes, *(block.values for block in item.blocks)]
        else:
            waiting.append(getattr(item, "_dtype", None))
    return found


OF_PANDAS = [name for name, make in MAKERS.items() if type(make()).__module__.startswith("pandas")]


@pytest.mark.parametrize("maker", OF_PANDAS)
def test_pandas_notes_nothing(maker: str) -> None:
    """No cache in an index, an array or a dtype of pandas is filled, and no view is counted."""
    value = MAKERS[maker]()
    before = _pandas(value)
    look(value)
    after = _pandas(value)
    assert {k: (v, after[k]) for k, v in before.items() if after[k][1] != v[1]} == {}
