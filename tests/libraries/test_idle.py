"""An idle kernel says nothing: objects of many libraries, looked at for a minute, never changed."""

from __future__ import annotations

import array
import asyncio
import collections
import concurrent.futures
import contextlib
import ctypes
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import io
import ipaddress
import itertools
import logging
import mmap
import pathlib
import queue
import random
import re
import sqlite3
import threading
import types
import uuid
import weakref
import zoneinfo
from typing import Any

import attrs
import dask.array
import dask.dataframe
import duckdb
import ibis
import networkx as nx
import numpy as np
import pandas as pd
import PIL.Image
import polars as pl
import pyarrow as pa
import pydantic
import pytest
import scipy.sparse
import sqlalchemy
import sympy
import torch
import xarray as xr
from jupyter_client.manager import run_kernel
from matplotlib.figure import Figure

from livens.protocol import requests
from livens.testing import Clock, KernelClient, MessageLog
from livens.values import libraries
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher

libraries.load()


class Color(enum.Enum):
    """An enumeration."""

    RED = 1


class Model(pydantic.BaseModel):
    """A model of pydantic's."""

    n: int = 1
    tags: list[str] = ["a"]


@attrs.define
class Attrs:
    """A class with slots, by attrs."""

    n: int = 1


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A frozen dataclass with a list inside."""

    items: list[int]


class Listish(list):  # type: ignore[type-arg]
    """A list with attributes."""


DAYS = pd.date_range("2020-01-01", periods=3, tz="Europe/Berlin")
MONTHS = pd.period_range("2020-01", periods=3, freq="M")
LONG = "long text " * 40


def with_columns(columns: Any) -> pd.DataFrame:
    """Make a frame whose labels are made anew whenever they are asked for."""
    return pd.DataFrame(np.ones((2, len(columns))), columns=columns)


def pivoted() -> pd.DataFrame:
    """Make a frame as `pivot_table` does."""
    frame = pd.DataFrame({"a": list("xyxy"), "b": list("uuvv"), "c": [1, 2, 3, 4]})
    return frame.pivot_table(index="a", columns="b", values="c", aggfunc=["mean", "sum"])


def pandas_values() -> dict[str, Any]:
    """Make frames and series whose parts are made anew at each look."""
    intervals = pd.interval_range(0, 3)
    nested = pd.DataFrame({"a": [1, 1, 2], "b": [1.0, 2.0, 3.0]})
    attributed = pd.DataFrame({"a": [1]})
    attributed.attrs["at"] = pd.Timestamp("2020")
    arrow = pd.DataFrame(
        {
            "b": pd.array([b"a", None], dtype=pd.ArrowDtype(pa.binary())),
            "t": pd.array([LONG, None], dtype=pd.ArrowDtype(pa.string())),
            "n": pd.array([None, None], dtype=pd.ArrowDtype(pa.null())),
            "l": pd.array([[1], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
        }
    )
    return {
        "multi": pivoted(),
        "aggregated": nested.groupby("a").agg(["mean", "std"]),
        "by_dates": with_columns(DAYS),
        "by_naive_dates": with_columns(DAYS.tz_localize(None)),
        "by_deltas": with_columns(pd.timedelta_range("1D", periods=3)),
        "by_periods": with_columns(MONTHS),
        "by_intervals": with_columns(intervals),
        "by_categories": with_columns(pd.CategoricalIndex(list("abc"))),
        "by_ranges": with_columns(pd.RangeIndex(3)),
        "by_floats": with_columns(pd.Index([0.5, float("nan"), 2.5])),
        "by_objects": with_columns(pd.Index([("a", 1), datetime.date(2020, 1, 1), 10**30])),
        "by_arrow": with_columns(pd.Index([LONG, "b"], dtype="string[pyarrow]")),
        "by_text": with_columns(pd.Index([LONG, "b"], dtype="str")),
        "dated": pd.DataFrame({"t": DAYS, "p": MONTHS, "i": intervals, "n": [1, 2, None]}),
        "named": pd.Series([1, 2], name=("a", pd.Timestamp("2020"))),
        "periods": MONTHS,
        "intervals": intervals,
        "index_of_tuples": pd.MultiIndex.from_product([DAYS, ["a", "b"]], names=["t", "l"]),
        "sparse_series": pd.Series(pd.arrays.SparseArray([0, 0, 1])),
        "arrow_frame": arrow,
        "attributed": attributed,
        "categories": pd.Series(pd.Categorical(["a", "b"], ordered=True)),
        "grouping": nested.groupby("a"),
    }


def array_values() -> dict[str, Any]:
    """Make arrays and tables of other libraries."""
    masked = np.ma.masked_array([1, 2, 3], mask=[0, 1, 0])
    dataset = xr.Dataset(
        {"v": (("time", "x"), np.ones((3, 2)))},
        coords={"time": DAYS.tz_localize(None), "x": ["a", "b"]},
        attrs={"made": np.float64(1.5)},
    )
    stacked = dataset.stack(z=("time", "x"))
    polars = pl.DataFrame(
        {
            "long": [LONG, "b"],
            "when": [datetime.datetime(2020, 1, 1), None],
            "list": [[datetime.date(2020, 1, 1)], []],
            "binary": [b"a" * 300, None],
            "null": [None, None],
            "exact": [decimal.Decimal("1.5"), None],
            "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
            "enum": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
            "struct": [{"a": datetime.timedelta(1)}, None],
            "object": pl.Series([object(), object()], dtype=pl.Object),
        }
    )
    dense = np.array([[0.0, 1.5], [0.0, 0.0]])
    return {
        "matrix": np.ones((1, 2)).view(np.matrix),
        "records": np.rec.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
        "fields": np.zeros(200, dtype=[("a", "i4"), ("o", "O")]),
        "masked": masked,
        "zero_d": np.array(5),
        "times": np.array(["2020-01-01"], dtype="M8[ns]"),
        "datetimes": np.array([datetime.datetime(2020, 1, 1)] * 100, dtype=object),
        "strings": np.array([LONG] * 100, dtype=np.dtypes.StringDType()),
        "numbers": [np.float64(1.5), np.datetime64("2020"), np.longdouble(1)],
        "generator": np.random.default_rng(0),
        "polars_frame": polars,
        "polars_series": polars["long"],
        "polars_lazy": polars.lazy(),
        "expression": pl.col("a") + 1,
        "table": pa.table({"a": [LONG], "b": [[1]]}),
        "batch": pa.record_batch({"a": [1]}),
        "dictionary": pa.array(["a", "b", "a"]).dictionary_encode(),
        "dataset": dataset,
        "stacked": stacked,
        "variable": dataset["v"],
        "xarray_coords": dataset.coords,
        "tensor": torch.ones(3),
        "parameter": torch.nn.Parameter(torch.ones(3)),
        "network": torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU()),
        "torch_generator": torch.Generator(),
        "csr": scipy.sparse.csr_array(dense),
        "dok": scipy.sparse.dok_array(dense),
        "dask_array": dask.array.ones((4, 4), chunks=2),
        "dask_frame": dask.dataframe.from_pandas(pd.DataFrame({"a": [1, 2]}), npartitions=1),
    }


def object_values() -> dict[str, Any]:
    """Make objects of libraries that hold no arrays."""
    engine = sqlalchemy.create_engine("sqlite://")
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2])
    connection = duckdb.connect()
    return {
        "symbol": sympy.Symbol("x"),
        "formula": sympy.sin(sympy.Symbol("x")) ** 2,
        "sympy_matrix": sympy.Matrix([[1, 2]]),
        "graph": nx.path_graph(5),
        "weighted": nx.DiGraph([(1, 2, {"w": datetime.date(2020, 1, 1)})]),
        "engine": engine,
        "metadata": sqlalchemy.MetaData(),
        "select": sqlalchemy.select(sqlalchemy.column("a")),
        "duck": connection,
        "relation": connection.sql("select 1 as a"),
        "ibis_table": ibis.memtable({"a": [1]}),
        "image": PIL.Image.new("RGB", (4, 4)),
        "figure": figure,
        "axes": axes,
        "model": Model(),
        "models": [Model(), Model(n=2)],
        "attrs": Attrs(),
        "frozen": Frozen([1]),
        "color": Color.RED,
        "logger": logging.getLogger("livens.test"),
    }


def stdlib_values(stack: contextlib.ExitStack, folder: pathlib.Path) -> dict[str, Any]:
    """Make values of the standard library, many of which have a state that is hidden."""
    path = folder / "text"
    path.write_text("text")
    opened = stack.enter_context(path.open())
    mapped = stack.enter_context(
        mmap.mmap(stack.enter_context(path.open("rb")).fileno(), 0, access=mmap.ACCESS_READ)
    )
    listish = Listish([1])
    listish.tags = [datetime.date(2020, 1, 1)]  # type: ignore[attr-defined]
    generator = (n for n in range(3))
    next(generator)
    structure = type("Structure", (ctypes.Structure,), {"_fields_": [("a", ctypes.c_int)]})
    loop = asyncio.new_event_loop()
    stack.callback(loop.close)
    connection = stack.enter_context(contextlib.closing(sqlite3.connect(":memory:")))
    values = {"a": 1}
    return {
        "ordered": collections.OrderedDict(a=1, b=2),
        "counter": collections.Counter("aab"),
        "defaulting": collections.defaultdict(list, a=[1]),
        "deque": collections.deque(range(3), maxlen=5),
        "chain_map": collections.ChainMap({"a": 1}, {}),
        "user_dict": collections.UserDict(a=1),
        "listish": listish,
        "keys": values.keys(),
        "view": values.items(),
        "proxy": types.MappingProxyType(values),
        "class_dict": Color.__dict__,
        "space": types.SimpleNamespace(a=[1]),
        "spaces": [types.SimpleNamespace(a=[1])],
        "cell": types.CellType([1]),
        "partial": functools.partial(print, [1], end=""),
        "cached": functools.lru_cache(len),
        "method": [].append,
        "opened": opened,
        "mapped": mapped,
        "mapped_view": stack.enter_context(memoryview(mapped)),
        "bytes_file": io.BytesIO(b"abc"),
        "text_file": io.StringIO("abc"),
        "lock": threading.Lock(),
        "locks": [threading.RLock(), threading.Condition(), threading.Semaphore()],
        "event": threading.Event(),
        "thread": threading.current_thread(),
        "queue": queue.Queue(),
        "simple_queue": queue.SimpleQueue(),
        "executor": stack.enter_context(concurrent.futures.ThreadPoolExecutor(1)),
        "future": concurrent.futures.Future(),
        "loop": loop,
        "loop_future": loop.create_future(),
        "generator_expression": generator,
        "iterators": [iter([1]), iter({1}), iter({1: 1}), enumerate("a")],
        "zipped": zip([1], [2], strict=True),
        "count": itertools.count(3),
        "chained": itertools.chain([1], [2]),
        "product": itertools.product("ab", "cd"),
        "reference": weakref.ref(Color),
        "weak_proxy": weakref.proxy(Color),
        "weak_values": weakref.WeakValueDictionary(a=Color),
        "c_int": ctypes.c_int(1),
        "c_array": (ctypes.c_double * 3)(),
        "structure": structure(),
        "pointer": ctypes.pointer(ctypes.c_int(1)),
        "doubles": array.array("d", [1.0]),
        "buffer": memoryview(bytearray(3)),
        "database": connection,
        "cursor": connection.execute("select 1"),
        "exact": decimal.Decimal("1.50"),
        "third": fractions.Fraction(1, 3),
        "moment": datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Berlin")),
        "dates": {datetime.date(2020, 1, n + 1): [datetime.timedelta(n)] for n in range(9)},
        "identity": uuid.uuid4(),
        "address": ipaddress.ip_address("::1"),
        "path": pathlib.Path("data/x"),
        "pattern": re.compile("a"),
        "match": re.match("a", "a"),
        "random": random.Random(1),
        "class": Color,
        "error": ValueError("a", [1]),
    }


def all_values(stack: contextlib.ExitStack, folder: pathlib.Path) -> dict[str, Any]:
    """Make all of them."""
    return {
        **pandas_values(),
        **array_values(),
        **object_values(),
        **stdlib_values(stack, folder),
    }


@pytest.mark.filterwarnings("ignore")  # what the libraries say when values are made
def test_idle_kernel_says_nothing(tmp_path: pathlib.Path) -> None:
    """Nobody changes anything for 60 s, and nobody is told of a change in any of 100 objects."""
    with contextlib.ExitStack() as stack:
        values = all_values(stack, tmp_path)
        assert len(values) >= 100
        clock = Clock()
        watcher = Watcher(clock=clock, cpu_clock=clock, wall_clock=clock)
        watcher.attach(MonitoredDict(values))
        told = MessageLog()
        watcher.subscribe(requests.Subscription(), told)
        first = len(told.messages)
        for _ in range(60):
            clock.push(1)
            watcher.tick()
        assert {v.name: v.change for update in told.updates for v in update.changed} == {}
        assert len(told.messages) == first


MAKE = """
import contextlib as _contextlib, importlib.util as _util, pathlib as _pathlib, sys as _sys
_spec = _util.spec_from_file_location("_idle", {file!r})
_module = _sys.modules["_idle"] = _util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
globals().update(_module.all_values(_contextlib.ExitStack(), _pathlib.Path({folder!r})))
"""
SETTLED = "print(get_ipython().watcher.is_settled)"


@pytest.mark.slow
@pytest.mark.long_because("the kernel loads twenty libraries, and is then listened to for 5 s")
@pytest.mark.parametrize("kernel_name", ["livens", "python3"])
def test_idle_kernel_sends_nothing(tmp_path: pathlib.Path, kernel_name: str) -> None:
    """A real kernel with all of them sends no message for five seconds; in the lite mode too."""
    with run_kernel(kernel_name=kernel_name, startup_timeout=60) as blocking:
        client = KernelClient(blocking)
        if kernel_name != "livens":
            assert client.execute("%load_ext livens").error is None
        client.open()
        run = client.execute(MAKE.format(file=__file__, folder=str(tmp_path)), timeout_s=100)
        assert run.reply["status"] == "ok", run.reply
        while client.execute(SETTLED, silent=True).stdout != "True\n":
            pass
        known = client.replica.variables
        assert len(known) >= 100
        assert [message["content"] for message in client.messages_for(5)] == []
