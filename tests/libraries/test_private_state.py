"""No stale value: private attributes, classes that change, and what is only read."""

from __future__ import annotations

import dataclasses
import enum
import functools
import io
import pathlib
import queue
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import dask.array
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import sqlalchemy
import sqlalchemy.orm
import sympy
import xarray as xr
from differences import told
from plain import Listish

from livens.values.descriptions import describe


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
