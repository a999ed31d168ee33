"""Nothing of the user's runs that an object of a library holds: zones, types, arrays, indexes.

Each maker puts an object of a class that is written here into one of a library. What the library
itself runs when it is asked is no excuse: then it is not asked.
"""

from __future__ import annotations

import abc
import datetime
import io
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from looks import look
from pandas.api.extensions import ExtensionArray, ExtensionDtype
from spies import RAN, Spy


class Zone(datetime.tzinfo):
    """A time zone of the user's."""

    def utcoffset(self, moment: Any) -> datetime.timedelta:
        RAN.append("Zone.utcoffset")
        return datetime.timedelta(hours=1)

    def dst(self, moment: Any) -> datetime.timedelta:
        RAN.append("Zone.dst")
        return datetime.timedelta(0)

    def tzname(self, moment: Any) -> str:
        RAN.append("Zone.tzname")
        return "Z"

    def __str__(self) -> str:
        RAN.append("Zone.__str__")
        return "Z"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        RAN.append("Zone.__eq__")
        return self is other

    def __hash__(self) -> int:
        RAN.append("Zone.__hash__")
        return 1


def _times() -> Any:
    return pd.to_datetime(["2020-01-01", "2020-01-02"]).tz_localize("UTC").tz_convert(Zone())


class Kind(pa.ExtensionType):  # type: ignore[misc]
    """An extension type of the user's."""

    def __init__(self) -> None:
        super().__init__(pa.int64(), "tests.kind")

    def __arrow_ext_serialize__(self) -> bytes:
        RAN.append("Kind.serialize")
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: Any, serialized: Any) -> Any:
        RAN.append("Kind.deserialize")
        return cls()

    def __arrow_ext_class__(self) -> Any:
        RAN.append("Kind.class")
        return pa.ExtensionArray

    def __str__(self) -> str:
        RAN.append("Kind.__str__")
        return "Kind"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        RAN.append("Kind.__eq__")
        return self is other

    def __hash__(self) -> int:
        RAN.append("Kind.__hash__")
        return 1


def _kinds() -> Any:
    return pa.ExtensionArray.from_storage(Kind(), pa.array([1, 2]))


def _list_of_kinds() -> Any:
    return pa.ListArray.from_arrays([0, 2], _kinds())


class OwnDtype(ExtensionDtype):
    """The dtype of `OwnArray`."""

    name = "own"
    type = int

    @classmethod
    def construct_array_type(cls) -> Any:
        return OwnArray


def _noting(name: str, result: Callable[[Any], Any]) -> Any:
    def method(self: Any) -> Any:
        RAN.append(name)
        return result(self)

    return method


class OwnArray(ExtensionArray):
    """An extension array of the user's."""

    def __init__(self, values: list[int]) -> None:
        self._values = values

    dtype = property(_noting("OwnArray.dtype", lambda self: OwnDtype()))
    ndim = property(_noting("OwnArray.ndim", lambda self: 1))
    shape = property(_noting("OwnArray.shape", lambda self: (len(self._values),)))
    nbytes = property(_noting("OwnArray.nbytes", lambda self: 8))
    __len__ = _noting("OwnArray.__len__", lambda self: len(self._values))

    def __getitem__(self, item: Any) -> Any:
        RAN.append("OwnArray.__getitem__")
        return self._values[item] if isinstance(item, int) else OwnArray(self._values[item])

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> Any:
        return cls(list(scalars))

    def isna(self) -> Any:
        RAN.append("OwnArray.isna")
        return np.zeros(len(self._values), bool)

    def copy(self) -> Any:
        return self

    def view(self, dtype: Any = None) -> Any:
        return self


class OwnIndex(pd.Index):
    """An index of the user's."""

    def __len__(self) -> int:
        RAN.append("OwnIndex.__len__")
        return 2

    def __getitem__(self, item: Any) -> Any:
        RAN.append("OwnIndex.__getitem__")
        return item

    def __getattribute__(self, name: str) -> Any:
        RAN.append(f"OwnIndex.{name}")
        return super().__getattribute__(name)


class OwnRange(pd.RangeIndex):
    """A range of the user's."""

    def __len__(self) -> int:
        RAN.append("OwnRange.__len__")
        return 2

    def __getitem__(self, item: Any) -> Any:
        RAN.append("OwnRange.__getitem__")
        return item


class Offset(pd.offsets.Day):
    """A frequency of the user's."""

    @property
    def freqstr(self) -> str:
        RAN.append("Offset.freqstr")
        return "D"

    def __str__(self) -> str:
        RAN.append("Offset.__str__")
        return "D"

    __repr__ = __str__


def _own_index() -> Any:
    return OwnIndex._simple_new(np.array([1, 2]))


def _frame_on(index: Any, *, axis: int) -> Any:
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    frame._mgr.set_axis(axis, index)
    return frame


def _series_on(index: Any) -> Any:
    series = pd.Series([1, 2])
    series._mgr.set_axis(0, index)
    return series


def _sparse(fill: Any) -> Any:
    items = np.empty(3, dtype=object)
    items[:] = [1, fill, 2]
    return pd.arrays.SparseArray(items, fill_value=fill)


class RawMeta(abc.ABCMeta):
    """A metaclass that notes what is asked of a class of files."""

    def __eq__(cls, other: object) -> bool:
        RAN.append("RawMeta.__eq__")
        return cls is other

    def __hash__(cls) -> int:
        RAN.append("RawMeta.__hash__")
        return 1


class Raw(io.RawIOBase, metaclass=RawMeta):
    """A file of the user's."""

    def readable(self) -> bool:
        return True

    writable = readable

    def seekable(self) -> bool:
        return False


class Step(Spy):
    """A number of the user's."""

    def __add__(self, other: Any) -> Any:
        return self


MAKERS: dict[str, Callable[[], Any]] = {
    "series of times": lambda: pd.Series(_times()),
    "index of times": _times,
    "column of times": lambda: pd.DataFrame({"a": _times()}),
    "row labels of times": lambda: pd.DataFrame({"a": [1, 2]}, index=_times()),
    "column labels of times": lambda: pd.DataFrame([[1, 2]], columns=_times()),
    "categories of times": lambda: pd.Categorical(_times()),
    "series of categories of times": lambda: pd.Series(pd.Categorical(_times())),
    "index of categories of times": lambda: pd.CategoricalIndex(_times()),
    "column labels of categories": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.CategoricalIndex(_times())
    ),
    "intervals of times": lambda: pd.IntervalIndex.from_breaks(_times()),
    "series of intervals": lambda: pd.Series(pd.IntervalIndex.from_breaks(_times())),
    "levels of times": lambda: pd.MultiIndex.from_arrays([_times(), [1, 2]]),
    "column labels with levels": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.MultiIndex.from_arrays([_times(), [1, 2]])
    ),
    "array of times": lambda: _times().array,
    "dtype of times": lambda: _times().dtype,
    "time": lambda: _times()[0],
    "sparse": lambda: _sparse(Spy()),
    "sparse series": lambda: pd.Series(_sparse(Spy())),
    "sparse column": lambda: pd.DataFrame({"a": _sparse(Spy())}),
    "sparse dtype": lambda: _sparse(Spy()).dtype,
    "extension array": _kinds,
    "chunks of an extension type": lambda: pa.chunked_array([_kinds()]),
    "chunks of lists": lambda: pa.chunked_array([_list_of_kinds()]),
    "array of lists": _list_of_kinds,
    "table": lambda: pa.table({"a": _kinds(), "b": [1, 2]}),
    "table of lists": lambda: pa.table({"a": _list_of_kinds()}),
    "batch": lambda: pa.record_batch({"a": _kinds()}),
    "schema": lambda: pa.table({"a": _kinds()}).schema,
    "field": lambda: pa.field("a", Kind()),
    "type": Kind,
    "type of lists": lambda: pa.list_(Kind()),
    "series of Arrow": lambda: pd.Series(pd.arrays.ArrowExtensionArray(_kinds())),
    "array of Arrow": lambda: pd.arrays.ArrowExtensionArray(_kinds()),
    "column of Arrow": lambda: pd.DataFrame({"a": pd.arrays.ArrowExtensionArray(_kinds())}),
    "own index": _own_index,
    "row labels": lambda: _frame_on(_own_index(), axis=1),
    "column labels": lambda: _frame_on(_own_index(), axis=0),
    "labels of a series": lambda: _series_on(_own_index()),
    "range as row labels": lambda: _frame_on(OwnRange._simple_new(range(2)), axis=1),
    "range as column labels": lambda: _frame_on(OwnRange._simple_new(range(2)), axis=0),
    "own array": lambda: OwnArray([1, 2]),
    "series of an own array": lambda: pd.Series(OwnArray([1, 2])),
    "column of an own array": lambda: pd.DataFrame({"a": OwnArray([1, 2]), "b": [1, 2]}),
    "index of an own array": lambda: pd.Index(OwnArray([1, 2])),
    "labels of an own array": lambda: pd.DataFrame(
        [[1, 2]], columns=pd.Index(OwnArray([1, 2]))
    ),
    "row labels of an own array": lambda: pd.Series([1, 2], index=pd.Index(OwnArray([1, 2]))),
    "dates of an own frequency": lambda: pd.date_range("2020", periods=3, freq=Offset()),
    "grouping": lambda: _frame_on(_own_index(), axis=1).groupby("a"),
    "count": lambda: itertools.count(Step(), Step()),
    "file": lambda: io.TextIOWrapper(Raw()),  # type: ignore[type-var]
}  # fmt: skip


@pytest.mark.parametrize("maker", MAKERS)
def test_what_a_library_holds_is_not_run(maker: str) -> None:
    """All looks leave alone what is of a class of the user's within an object of a library."""
    value = MAKERS[maker]()
    RAN.clear()
    look(value)
    assert RAN == []
