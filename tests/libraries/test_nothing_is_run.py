"""No code of the user's runs, whatever holds the value: all looks at containers of many kinds."""

from __future__ import annotations

import collections
import dataclasses
import functools
import queue
import types
import typing
import weakref
from collections.abc import Callable
from typing import Any

import attrs
import networkx as nx
import numpy as np
import pandas as pd
import pydantic
import pytest
import xarray as xr
from looks import look
from spies import RAN, Spy

Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class Data:
    a: Any
    b: Any = None


@attrs.define
class Attrs:
    a: Any


class Model(pydantic.BaseModel):
    a: Any


def _queue(cls: Any) -> Callable[[Any], Any]:
    def make(value: Any) -> Any:
        made = cls()
        made.put(value)
        return made

    return make


def _wrapper(cls: Any) -> Callable[[Any], Any]:
    """Make a wrapper whose inner value is no dict or list."""

    def make(value: Any) -> Any:
        made = cls()
        made.data = made.maps = made.queue = value
        return made

    return make


def _weakly(value: Any) -> Any:
    made: Any = weakref.WeakValueDictionary()
    made["a"] = value
    return made


def _objects(*values: Any) -> Any:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _with_attrs(value: Any) -> Any:
    made = pd.DataFrame({"a": [1]})
    made.attrs["a"] = value
    return made


HOLDERS: dict[str, Callable[[Any], Any]] = {
    "itself": lambda v: v,
    "list": lambda v: [v, [v]],
    "tuple": lambda v: (v, (v,)),
    "dict": lambda v: {"a": v, v: 1, (v,): v},
    "set": lambda v: {v},
    "frozenset": lambda v: frozenset([v]),
    "deque": lambda v: collections.deque([v]),
    "OrderedDict": lambda v: collections.OrderedDict({"a": v, v: 1}),
    "defaultdict": lambda v: collections.defaultdict(list, {v: v}),
    "Counter": lambda v: collections.Counter([v]),
    "ChainMap": lambda v: collections.ChainMap({v: v}, {}),
    "UserDict": lambda v: collections.UserDict({v: v}),
    "UserList": lambda v: collections.UserList([v]),
    "UserDict, inner": _wrapper(collections.UserDict),
    "UserList, inner": _wrapper(collections.UserList),
    "UserString, inner": _wrapper(lambda: collections.UserString("a")),
    "ChainMap, inner": _wrapper(collections.ChainMap),
    "Queue": _queue(queue.Queue),
    "Queue, inner": _wrapper(queue.Queue),
    "PriorityQueue": _queue(queue.PriorityQueue),
    "SimpleQueue": _queue(queue.SimpleQueue),
    "mappingproxy": lambda v: types.MappingProxyType({v: v}),
    "WeakValueDictionary": _weakly,
    "weakref": weakref.ref,
    "namedtuple": lambda v: Pair(v, v),
    "dataclass": Data,
    "attrs": Attrs,
    "pydantic": lambda v: Model.model_construct(a=v),
    "partial": lambda v: functools.partial(print, v, a=v),
    "method": lambda v: types.MethodType(print, v),
    "SimpleNamespace": lambda v: types.SimpleNamespace(a=v),
    "exception": ValueError,
    "slice": lambda v: slice(v, v, v),
    "range of keys": lambda v: {1: v}.items(),
    "function": lambda v: lambda a=v, *, b=v: a,
    "array": lambda v: _objects(v, 1),
    "array of one": lambda v: _objects(v).reshape(()),
    "missing text": lambda v: np.array(["a"], dtype=np.dtypes.StringDType(na_object=v)),
    "structured array": lambda v: np.array([(v, 1)], dtype=[("a", object), ("b", int)]),
    "void": lambda v: np.array([(v, 1)], dtype=[("a", object), ("b", int)])[0],
    "frame": lambda v: pd.DataFrame({"a": _objects(v, v), "b": [1, 2]}),
    "column": lambda v: pd.DataFrame([[1]], columns=pd.Index(_objects(v))),
    "index": lambda v: pd.Index(_objects(v)),
    "series": lambda v: pd.Series(_objects(v), name="a"),
    "series' name": lambda v: pd.Series([1], name=v),
    "index name": lambda v: pd.Index([1], name=v),
    "frame's attrs": _with_attrs,
    "categorical": lambda v: pd.Series(pd.Categorical.from_codes([0], categories=_objects(v))),
    "interval": lambda v: pd.Interval(1, 2),
    "DataArray": lambda v: xr.DataArray(_objects(v), dims=["a"], attrs={"b": v}),
    "dimension": lambda v: xr.DataArray([1], dims=[v]),
    "Dataset": lambda v: xr.Dataset({"a": ("x", _objects(v))}),
    "variable": lambda v: xr.Dataset({v: ("x", [1])}),
    "graph": lambda v: nx.Graph([(v, 1)]),
    "records": lambda v: [{"a": v}, {"a": v}],
    "rows": lambda v: [(v, 1), (v, 2)],
    "alias": lambda v: types.GenericAlias(list, (v,)),
    "annotated": lambda v: typing.Annotated[int, v],
}


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("kind", ["object", "class"])
def test_nothing_of_it_runs(holder: str, kind: str) -> None:
    """Neither the class, nor its metaclass, nor an instance is asked, whatever holds them."""
    value = HOLDERS[holder](Spy() if kind == "object" else Spy)
    RAN.clear()
    look(value)
    assert RAN == []
