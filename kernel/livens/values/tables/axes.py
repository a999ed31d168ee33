"""Axes of pandas: how long an index is and what its labels are, without asking the index.

An index of a class of the user's answers with methods of its own, and one of pandas' classes hands
questions on to the array that it holds, which may be of such a class. So the fields are read. To
slice an index of several levels, or to take a label out of a range, would fill a cache.
"""

from __future__ import annotations

import math
from typing import Any

from livens.values.passive import class_module, class_name, instance_dict, qualified_name
from livens.values.tables.dtypes import makes_foreign_items

_INDEXES = (
    ("base", "Index"), ("range", "RangeIndex"), ("multi", "MultiIndex"),
    ("datetimes", "DatetimeIndex"), ("timedeltas", "TimedeltaIndex"),
    ("period", "PeriodIndex"), ("interval", "IntervalIndex"), ("category", "CategoricalIndex"),
)  # fmt: skip
_ARRAYS = (
    ("categorical", "Categorical"), ("datetimes", "DatetimeArray"),
    ("timedeltas", "TimedeltaArray"), ("period", "PeriodArray"), ("interval", "IntervalArray"),
    ("integer", "IntegerArray"), ("floating", "FloatingArray"), ("boolean", "BooleanArray"),
    ("string_", "StringArray"), ("string_arrow", "ArrowStringArray"),
    ("arrow.array", "ArrowExtensionArray"), ("sparse.array", "SparseArray"),
    ("numpy_", "NumpyExtensionArray"), ("numpy_", "PandasArray"),
)  # fmt: skip

# pandas 3 names its classes by the public module, pandas 2 by the private one.
INDEXES = frozenset(
    (*(f"pandas.{name}" for _, name in _INDEXES),
     *(f"pandas.core.indexes.{module}.{name}" for module, name in _INDEXES))
)  # fmt: skip
"""The qualified names of pandas' own indexes."""

ARRAYS = frozenset(
    (*(f"pandas.{name}" for _, name in _ARRAYS), *(f"pandas.arrays.{name}" for _, name in _ARRAYS),
     *(f"pandas.core.arrays.{module}.{name}" for module, name in _ARRAYS))
)  # fmt: skip
"""The qualified names of pandas' own arrays."""


def is_own_array(array: object) -> bool:
    """Return whether an array is of one of the classes of pandas itself."""
    return qualified_name(type(array)) in ARRAYS


def is_numpy(array: object) -> bool:
    """Return whether an array is a `numpy.ndarray`, and of no subclass."""
    return qualified_name(type(array)) == "numpy.ndarray"


def fields(index: Any) -> dict[str, Any]:
    """Return the attributes of an index, whatever its class."""
    return instance_dict(index) or {}


def length_of(index: Any) -> int | None:
    """Return how long an index is, by what it holds; None if that is of a foreign class.

    Examples
    --------
    >>> length_of("no index") is None
    True
    """
    own = fields(index)
    numbers: Any = own.get("_range")
    codes: Any = own.get("_codes")
    data: Any = own.get("_data")
    if type(numbers) is range:
        return len(numbers)
    if codes is not None:
        return len(codes[0]) if len(codes) else 0
    return len(data) if is_numpy(data) or is_own_array(data) else None


def unread_labels(index: Any) -> str:
    """Return why the labels of an index are not read; empty if they are."""
    if qualified_name(type(index)) not in INDEXES:
        return f"an index of class {class_name(type(index))} is not looked into"
    own = fields(index)
    if "_codes" in own:
        return next(filter(None, map(unread_labels, own["_levels"])), "")
    data = own.get("_data")
    if "_range" in own or is_numpy(data):
        return ""
    if not is_own_array(data):
        return f"an array of class {class_name(type(data))} is not looked into"
    if _times(data) is None and makes_foreign_items(data):
        return "labels that are made by classes of another library are not looked into"
    return ""


def labels(index: Any, start: int, stop: int) -> list[Any]:
    """Return some labels of an index for which `unread_labels` has no reason; times as numpy's."""
    own = fields(index)
    data: Any = own.get("_data")
    if is_numpy(data):
        found: list[Any] = data[start:stop].tolist()
        return found
    if "_codes" in own:
        return _tuples(own, start, stop)
    if "_range" in own:
        return list(own["_range"][start:stop])
    times = _times(data)
    if times is not None:
        return list(times[start:stop])  # the zone, if any, is in the dtype
    return [_exact(data[number]) for number in range(start, min(stop, len(data)))]


def items(array: Any, start: int, stop: int) -> list[Any]:
    """Return some items of an array of pandas' own, for which `makes_foreign_items` is false.

    They are taken out of a slice: an array of times notes its unit in a cache when it makes one.
    """
    if class_name(type(array)) != "Categorical":
        found: list[Any] = array[start:stop].tolist()
        return found
    categories = fields(array._dtype)["_categories"]
    chosen = array._ndarray[start:stop].tolist()
    known = {code: _boxed(categories, code) for code in set(chosen) if code >= 0}
    return [known.get(code, math.nan) for code in chosen]


def _boxed(index: Any, position: int) -> Any:
    """Return one label of an index as pandas makes it."""
    data = fields(index).get("_data")
    if is_own_array(data) and not unread_labels(index):
        return items(data, position, position + 1)[0]
    return labels(index, position, position + 1)[0]


def _times(data: Any) -> Any:
    """Return the numbers of an array of dates or differences, which may be in any zone."""
    is_time = class_name(type(data)) in ("DatetimeArray", "TimedeltaArray")
    return data._ndarray if is_time and is_own_array(data) else None


def _exact(label: Any) -> Any:
    """Take the exact number or text out of a scalar of numpy's."""
    if class_module(type(label)) == "numpy" and getattr(label, "dtype", None) is not None:
        return label.item() if label.dtype.kind not in "mM" else label
    return label


def _tuples(own: dict[str, Any], start: int, stop: int) -> list[Any]:
    """Put the labels of a `MultiIndex` together, without filling its caches."""
    levels = []
    for level, codes in zip(own["_levels"], own["_codes"], strict=True):
        chosen = codes[start:stop].tolist()
        known = {code: labels(level, code, code + 1)[0] for code in set(chosen) if code >= 0}
        levels.append([known.get(code) for code in chosen])
    return list(zip(*levels, strict=True))
