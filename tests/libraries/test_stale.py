"""No stale value: whatever changes in an object is told, or it is said that it cannot be known."""

from __future__ import annotations

import array
import asyncio
import collections
import contextlib
import ctypes
import dataclasses
import enum
import functools
import hashlib
import io
import itertools
import mmap
import multiprocessing
import pathlib
import queue
import random
import socket
import sqlite3
import threading
import types
import weakref
from collections.abc import Callable, Generator
from typing import Any, ClassVar

import dask.array
import networkx as nx
import numpy as np
import pandas as pd
import PIL.Image
import polars as pl
import pyarrow as pa
import pytest
import sqlalchemy
import sqlalchemy.orm
import sympy
import torch
import xarray as xr

from livens.values import libraries
from livens.values.descriptions import describe
from livens.watching.snapshot import Snapshot

libraries.load()


def told(value: Any, change: Callable[[Any], Any]) -> str | None:
    """Return what is told of a change in place; None if nothing is."""
    snapshot = Snapshot({"x": value})
    snapshot.remember_all()
    assert snapshot.compare(["x"]) == []
    change(value)
    found = snapshot.compare(["x"])
    assert snapshot.compare(["x"]) == []
    return snapshot.take_differences(["x"]).get("x", "") if found else None


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


def exhausted() -> Generator[int]:
    """Make a generator that is about to end."""
    yield 1


def going_on() -> Generator[int]:
    """Make a generator that is in its loop."""
    found = started()
    next(found)
    return found


def started() -> Generator[int]:
    """Make a generator that has not begun."""
    n = 0
    while True:
        yield n
        n += 1


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A frozen dataclass with a list inside."""

    items: list[int]


class Pair(collections.namedtuple("Pair", "a b")):
    """A tuple with names."""


class Listish(list):  # type: ignore[type-arg]
    """A list with attributes."""

    def __init__(self, items: list[int]) -> None:
        super().__init__(items)
        self.tags: list[int] = []


class Structure(ctypes.Structure):
    """Two numbers, and an array."""

    _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_double * 3))


class Union(ctypes.Union):
    """A number in two ways."""

    _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_float))


class Target:
    """Something to refer to weakly."""


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


MAPPING = {"a": 1}

STATES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any], str]] = {
    "BytesIO moved": (lambda: io.BytesIO(b"abc"), lambda v: v.read(1), "position 0 → 1"),
    "BytesIO written": (
        lambda: io.BytesIO(b"abc"),
        lambda v: (v.write(b"x"), v.seek(0)),
        "",
    ),
    "BytesIO closed": (
        io.BytesIO,
        lambda v: v.close(),
        "open → closed, position changed",
    ),
    "StringIO moved": (lambda: io.StringIO("abc"), lambda v: v.read(1), "position 0 → 1"),
    "generator ended": (exhausted, list, "suspended → closed, line changed"),
    "generator begun": (started, next, "line changed"),
    "generator advanced": (going_on, next, ""),
    "list iterator": (lambda: iter([1, 2]), next, "left changed"),
    "dict iterator": (lambda: iter({1: 1}), next, "left changed"),
    "set iterator": (lambda: iter({1}), next, "left changed"),
    "enumerate": (lambda: enumerate("abc"), next, "position 0 → 1"),
    "reversed": (lambda: reversed((1, 2)), next, "position 1 → 0"),
    "zip": (lambda: zip([1, 2], [3, 4], strict=False), next, ""),
    "map": (lambda: map(str, [1, 2]), next, ""),
    "chain": (lambda: itertools.chain([1, 2], [3]), next, ""),
    "islice": (lambda: itertools.islice([1, 2], 2), next, ""),
    "count": (lambda: itertools.count(3), next, ""),
    "lock": (threading.Lock, lambda v: v.acquire(), "free → locked"),
    "reentrant lock": (threading.RLock, lambda v: v.acquire(), "free → locked"),
    "lock in a list": (lambda: [threading.Lock()], lambda v: v[0].acquire(), "item 0 changed"),
    "condition": (threading.Condition, lambda v: v.acquire(), "attribute '_lock' changed"),
    "event": (threading.Event, lambda v: v.set(), "attribute '_flag' changed"),
    "semaphore": (threading.Semaphore, lambda v: v.acquire(), "attribute '_value' changed"),
    "queue": (queue.Queue, lambda v: v.put(1), "attributes 'queue', 'unfinished_tasks' changed"),
    "simple queue": (queue.SimpleQueue, lambda v: v.put(1), "length 0 → 1"),
    "socket": (socket.socket, lambda v: v.close(), "open → closed"),
    "dict view": (MAPPING.keys, lambda v: MAPPING.update(b=2), "key 'b' added"),
    "proxy": (
        lambda: types.MappingProxyType(MAPPING),
        lambda v: MAPPING.update(a=5),
        "key 'a' changed",
    ),
    "database": (
        lambda: sqlite3.connect(":memory:"),
        lambda v: v.close(),
        "open → closed, rows changed changed",
    ),
    "memory view": (
        lambda: memoryview(bytearray(3)),
        lambda v: v.release(),
        "",
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_state_that_is_hidden_is_told(name: str) -> None:
    """What an object is now, where no attribute of it says so."""
    make, change, text = STATES[name]
    value = make()
    with contextlib.closing(value) if hasattr(value, "close") else contextlib.nullcontext():
        assert told(value, change) == text


def test_file_that_is_closed_is_told(tmp_path: pathlib.Path) -> None:
    """A text file, a buffered one, a raw one, a memory map."""
    path = tmp_path / "f"
    path.write_bytes(b"text")
    for arguments in ({"mode": "r"}, {"mode": "rb"}, {"mode": "rb", "buffering": 0}):
        with path.open(**arguments) as file:  # type: ignore[call-overload]
            assert told(file, lambda v: v.close()) == "open → closed"
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        assert told(mapped, lambda v: v.read(1)) == "position 0 → 1"
        assert told(mapped, lambda v: v.close()) is not None


def test_task_that_ends_is_told() -> None:
    """A task and a future of asyncio's, which hold their state in C."""

    async def run() -> list[str | None]:
        task = asyncio.get_running_loop().create_task(asyncio.sleep(0))
        snapshot = Snapshot({"task": task})
        snapshot.remember_all()
        await task
        future = asyncio.get_running_loop().create_future()
        found = [*snapshot.compare(["task"]), snapshot.take_differences(["task"]).get("task", "")]
        return [*found, told(future, lambda v: v.cancel())]

    assert asyncio.run(run()) == ["task", "pending → done", "pending → cancelled"]


def test_thread_that_ends_is_told() -> None:
    """Also where nobody joined it: its own lock says so."""
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait)
    snapshot = Snapshot({"thread": thread})
    snapshot.remember_all()
    thread.start()
    assert snapshot.compare(["thread"]) == ["thread"]
    assert snapshot.take_differences(["thread"]).get("thread", "") == "not started → running"
    gate.set()
    while not snapshot.compare(["thread"]):
        pass
    assert snapshot.take_differences(["thread"]).get("thread", "") == "running → ended"
    thread.join()
    assert snapshot.compare(["thread"]) == []


def test_reference_whose_target_is_gone_is_told() -> None:
    """A weak reference, a proxy, a dict of them."""
    targets = [Target()]
    values: dict[str, Any] = {
        "reference": weakref.ref(targets[0]),
        "proxy": weakref.proxy(targets[0]),
        "mapping": weakref.WeakValueDictionary(a=targets[0]),
        "list": [weakref.ref(targets[0])],
    }
    snapshot = Snapshot(values)
    snapshot.remember_all()
    assert snapshot.compare(values) == []
    targets.clear()
    assert snapshot.compare(values) == list(values)
    assert snapshot.take_differences(["reference"]).get("reference", "") == "alive → dead"
    assert snapshot.take_differences(["proxy"]).get("proxy", "") == "alive → dead"


OPAQUE: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "random": (lambda: random.Random(1), lambda v: v.random()),
    "numpy's generator": (lambda: np.random.default_rng(0), lambda v: v.random()),
    "a list of them": (lambda: [np.random.default_rng(0)], lambda v: v[0].random()),
    "torch's generator": (torch.Generator, lambda v: v.manual_seed(3)),
    "hash": (hashlib.sha256, lambda v: v.update(b"a")),
    "pixels": (lambda: PIL.Image.new("L", (2, 2)), lambda v: v.putpixel((0, 0), 9)),
    "module of torch": (
        lambda: torch.nn.Sequential(torch.nn.Linear(1, 1)),
        lambda v: v[0].weight.data.zero_(),
    ),
    "product": (lambda: itertools.product("ab"), next),
    "text in memory": (lambda: io.StringIO("abc"), lambda v: (v.write("x"), v.seek(0))),
    "pointer": (
        lambda: ctypes.pointer(ctypes.c_int(1)),
        lambda v: setattr(v.contents, "value", 2),
    ),
    "sentinel iterator": (lambda: iter(iter([1, 2]).__next__, 3), next),
}


@pytest.mark.parametrize("name", OPAQUE)
def test_what_cannot_be_known_is_said(name: str) -> None:
    """A value of which not all can be read is never taken for unchanged: it has a gap."""
    make, change = OPAQUE[name]
    value = make()
    snapshot = Snapshot({"x": value})
    snapshot.remember_all()
    assert snapshot.gap("x")
    change(value)
    assert snapshot.gap("x") or snapshot.compare(["x"])


class Cached:
    """A class with a property that is computed once."""

    @functools.cached_property
    def area(self) -> int:
        """Return a number."""
        return 3


class Lazy:
    """A descriptor that lets instances shadow what it computes."""

    def __get__(self, instance: object, owner: type) -> int:
        """Return a number."""
        return 1


class Shadowed:
    """A class with an attribute that is computed unless it is set."""

    size = Lazy()
    note = functools.partialmethod(print, "note")

    def __init__(self) -> None:
        self.mine = 1


class Account:
    """A class that is hashed by what never changes in it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._balance = 0

    def __eq__(self, other: object) -> bool:
        """Compare the numbers."""
        return type(other) is Account and other.number == self.number

    def __hash__(self) -> int:
        """Hash the number."""
        return hash(self.number)


@dataclasses.dataclass(unsafe_hash=True)
class Place:
    """A dataclass that can be changed although it has a hash."""

    x: int


class Folder(type(pathlib.Path())):  # type: ignore[misc]
    """A path with attributes of its own."""


class Level(enum.Enum):
    """An enumeration whose members take notes."""

    LOW = 1


class Worker(threading.Thread):
    """A thread with an attribute of its own."""

    _balance = 0


class Box(queue.Queue):  # type: ignore[type-arg]
    """A queue with an attribute of its own."""


class Other(Box):
    """Another one."""


class Point:
    """A class without attributes."""


class Pixel:
    """Another one."""


def put_private(value: Any) -> None:
    """Set a private attribute."""
    value._balance = 7


def with_private(value: Any) -> Any:
    """Return the object with a list as private attribute."""
    object.__setattr__(value, "_balance", [1])
    return value


def as_other(cls: type) -> Callable[[Any], None]:
    """Return what makes an object one of another class."""
    return lambda v: setattr(v, "__class__", cls)


class Slotted(list):  # type: ignore[type-arg]
    """A list with an attribute in a slot."""

    __slots__ = ("_balance",)


class Measured(xr.Dataset):
    """A dataset with an attribute in a slot."""

    __slots__ = ("_balance",)


class Row(sqlalchemy.orm.declarative_base()):  # type: ignore[misc]
    """A row of a table."""

    __tablename__ = "rows"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)


def execute(query: Any) -> None:
    """Execute a query on the empty table, in memory."""
    engine = sqlalchemy.create_engine("sqlite://")
    Row.metadata.create_all(engine)
    with sqlalchemy.orm.Session(engine) as session:
        session.execute(query).all()
    engine.dispose()


class Labels(pd.Index):
    """An index of the user's."""


class Tagged(pd.DataFrame):
    """A frame with an attribute of its own."""

    _metadata: ClassVar = ["tag"]


def tagged() -> Tagged:
    """Make a frame with a list for an attribute."""
    found = Tagged({"a": [1]})
    found.tag = [1]
    return found


READS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "cached property": (Cached, lambda v: v.area),
    "graph": (
        lambda: nx.path_graph(4),
        lambda v: (v.nodes, v.adj, v.edges, v.degree, nx.shortest_path(v, 0, 3)),
    ),
    "path": (lambda: pathlib.Path("a/b"), lambda v: (str(v), v.parts, hash(v), v.name)),
    "difference of times": (lambda: pd.Timedelta(1), lambda v: (str(v), v.components)),
    "formula": (
        lambda: sympy.Symbol("x") ** 2 + 1,
        lambda v: (str(v), hash(v), v.is_real, v.expand(), v.free_symbols),
    ),
    "dask": (
        lambda: dask.array.ones(4, chunks=2),
        lambda v: (str(v), v.numblocks, v.sum(), v.compute(scheduler="sync")),
    ),
    "dataset": (
        lambda: xr.Dataset({"a": ("time", [1.0])}, coords={"time": [1]}),
        lambda v: (str(v), v.attrs, v.a.attrs, v.mean(), v.indexes, v.encoding, v.to_dataframe()),
    ),
    "subclass of a frame": (tagged, lambda v: (repr(v), v["a"], v.describe())),
    "in-memory file": (lambda: io.BytesIO(b"abc"), lambda v: (v.getvalue(), v.tell())),
    "masked array": (lambda: np.ma.masked_array([1, 2]), lambda v: (v[0], v.mask, v.fill_value)),
    "cached function": (lambda: functools.lru_cache(abs), lambda v: v(3)),
    "queue": (queue.Queue, lambda v: (v.qsize(), v.empty())),
    "grouping": (
        lambda: pd.DataFrame({"a": [1, 1], "b": [1.0, 2.0]}).groupby("a"),
        lambda v: (v.mean(), v["b"].sum(), v.groups, v.ngroups, len(v)),
    ),
    "rolling": (lambda: pd.DataFrame({"a": [1.0, 2.0]}).rolling(2), lambda v: v.mean()),
    "expanding": (lambda: pd.Series([1.0, 2.0]).expanding(), lambda v: (v.sum(), v.max())),
    "weighted": (lambda: pd.Series([1.0, 2.0]).ewm(1), lambda v: v.mean()),
    "resampled": (
        lambda: pd.Series([1.0], pd.date_range("2020", periods=1)).resample("D"),
        lambda v: (v.mean(), v.groups),
    ),
    "subclass of an index": (
        lambda: Labels([1, 2]),
        lambda v: (v.is_unique, v.get_loc(2), v.hasnans, v.is_monotonic_increasing),
    ),
    "query": (
        lambda: sqlalchemy.select(sqlalchemy.column("a")),
        lambda v: (str(v), v.selected_columns, v.compile(), v._generate_cache_key()),
    ),
    "query of mapped objects": (
        lambda: sqlalchemy.select(Row),
        lambda v: (str(v), v.compile(), execute(v)),
    ),
    "table": (
        lambda: sqlalchemy.Table("t", sqlalchemy.MetaData(), sqlalchemy.Column("a")),
        lambda v: (str(v.select()), v.c.a, v.primary_key, str(v.c.a == 1)),
    ),
    "dataset with slots": (
        lambda: with_private(Measured({"a": ("x", [1])})),
        lambda v: (repr(v), v.a, v.mean(), v.indexes, v.coords),
    ),
    "subclass of a path": (lambda: Folder("a/b"), lambda v: (str(v), hash(v), v.parts, v.name)),
    "thread": (Worker, lambda v: (v.is_alive(), v.name, repr(v))),
    "box": (Box, lambda v: (v.qsize(), v.empty(), repr(v))),
}


ADDED = "attribute '_balance' added"
CHANGED = "attribute '_balance' changed"
PRIVATE: dict[str, tuple[Callable[[], Any], Callable[[Any], Any], str]] = {
    "hashed by a part": (lambda: Account(1), put_private, CHANGED),
    "hashed, in a list": (lambda: [Account(1)], lambda v: put_private(v[0]), "item 0 changed"),
    "hashed, public": (
        lambda: {"a": Place(1)},
        lambda v: setattr(v["a"], "x", 2),
        "key 'a' changed",
    ),
    "path": (lambda: Folder("a"), put_private, ADDED),
    "path in a tuple": (lambda: (Folder("a"),), lambda v: put_private(v[0]), "item 0 changed"),
    "thread": (Worker, put_private, ""),
    "queue": (Box, put_private, ADDED),
    "frame": (lambda: Tagged({"a": [1]}), lambda v: vars(v).update(_balance=7), ""),
    "list": (lambda: Listish([1]), put_private, ADDED),
    "slot of a list": (Slotted, put_private, ""),
    "slot of a list, again": (
        lambda: with_private(Slotted()),
        lambda v: v._balance.append(2),
        CHANGED,
    ),
    "slot of a dataset": (
        lambda: with_private(Measured({"a": ("x", [1])})),
        lambda v: v._balance.append(2),
        CHANGED,
    ),
    "method that is replaced": (
        Shadowed,
        lambda v: setattr(v, "note", 1),
        "attribute 'note' added",
    ),
}


@pytest.mark.parametrize("name", PRIVATE)
def test_private_attribute_of_the_users_is_told(name: str) -> None:
    """Neither a hash nor a base class of a library's hides what somebody else's class has."""
    make, change, text = PRIVATE[name]
    found = told(make(), change)
    assert found == text


def test_member_of_an_enumeration_that_takes_a_note_is_told() -> None:
    """It has a hash of the standard library's, and attributes of the user's."""
    assert told([Level.LOW], lambda v: put_private(v[0])) == "item 0 changed"
    del Level.LOW._balance  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", [Point, lambda: [Point()]])
def test_object_that_gets_another_class_is_told(make: Callable[[], Any]) -> None:
    """Its attributes stay what they are, and what they mean does not."""
    value = make()
    inner = value[0] if type(value) is list else value
    assert told(value, lambda v: as_other(Pixel)(inner)) is not None


def test_subclass_of_a_container_that_gets_another_class_is_told() -> None:
    """A list, a queue of the user's."""
    assert told(Box(), as_other(Other)) == "class changed"
    assert told(Listish([1]), as_other(type("More", (Listish,), {}))) == "class changed"
    assert told(Shadowed(), as_other(Cached)) == "class changed"


@pytest.mark.parametrize("cls", [Cached, Shadowed])
def test_what_is_not_compared_is_not_shown(cls: type) -> None:
    """What an instance keeps instead of a computed attribute is in no preview, so none is stale."""
    value = cls()
    name = "area" if cls is Cached else "size"
    before = describe("x", value).preview
    vars(value)[name] = 99
    assert describe("x", value).preview == before
    assert told(value, lambda v: vars(v).update({name: 98})) is None


@pytest.mark.parametrize("name", READS)
def test_what_is_only_read_has_not_changed(name: str) -> None:
    """What an object notes down when it is asked is no change of the user's."""
    make, read = READS[name]
    value = make()
    assert told(value, read) is None


def test_attribute_of_a_subclass_of_a_frame_is_told() -> None:
    """A subclass is read like a frame, and its own attributes as well."""
    assert told(tagged(), lambda v: v.tag.append(2)) == "attribute 'tag' changed"
    assert told(tagged(), lambda v: v.__setitem__("b", 1)) == "column 'b' added"
