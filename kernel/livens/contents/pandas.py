"""pandas: frames and series by the columns' arrays, the column labels and the index.

What is read are the arrays that the block manager holds, as they are, by plain attributes of the
instances; nothing is converted, consolidated, cached or computed. Columns are told apart, not
blocks: pandas moves columns into other blocks when a frame is only read (``df.values``,
``describe``), and that is no change. Labels are made anew whenever they are asked for, but in an
index of objects.

An array of another library inside a frame is compared by identity, which is said.
"""

from __future__ import annotations

from typing import Any

from livens.content import Content, Reader, content_of, state
from livens.marks import Part, short
from livens.passive import class_module, class_name, instance_dict, qualified_name
from livens.tables.dtypes import masked_dtype

_INDEX, _ATTRS, _VALUES = Part("index"), Part("attrs"), Part("values")
_TEXT = 200


def _own(value: Any) -> dict[str, Any]:
    """Return the attributes of an instance; of pandas' own classes in the short way."""
    if qualified_name(type(value)).startswith("pandas."):
        found = getattr(value, "__dict__", None)
        return found if type(found) is dict else {}
    return instance_dict(value) or {}


def _is_numpy(data: object) -> bool:
    return qualified_name(type(data)) == "numpy.ndarray"


def _frame(value: Any) -> Content:
    own = _own(value)
    manager = own["_mgr"]
    labels, index = manager.axes
    of_labels = _own(labels)
    count = len(labels)
    columns = _columns(manager, count)
    rest = [(_INDEX, index), (_ATTRS, own.get("_attrs"))]

    def read(start: int, stop: int) -> Any:
        names = _labels(labels, of_labels, start, min(stop, count))
        parts = columns[start : min(stop, count)]
        if stop > count:
            more = rest[max(0, start - count) : stop - count]
            names = [*names, *(label for label, _ in more)]
            parts = [*parts, *(part for _, part in more)]
        return names, parts

    facts = (*_facts(labels, of_labels, "columns "), *_flags(own))
    header = ("frame", len(index), count)
    return Content("columns", header, count + 2, read, facts=facts, is_made=not _holds(of_labels))


def _flags(own: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    flags = getattr(own.get("_flags"), "_allows_duplicate_labels", None)
    return () if flags is None else (("flags", flags is True),)


def _columns(manager: Any, count: int) -> list[Any]:
    columns: list[Any] = [None] * count
    for block in manager.blocks:
        values = block.values
        if getattr(values, "ndim", 1) == 2:
            if class_module(type(values)) == "numpy":
                for row, number in enumerate(block.mgr_locs):
                    columns[number] = values[row]
            else:
                dtype = _dtype(values)
                for row, number in enumerate(block.mgr_locs):
                    columns[number] = _typed(dtype, values._ndarray[row])
        else:
            for number in block.mgr_locs:
                columns[number] = _array(values)
    return columns


def _typed(dtype: str, array: Any) -> Any:
    """Read one row of a block of dates: its numbers, under the dtype that gives them a meaning."""
    content = content_of(array, is_nested=True)
    return array if content is None else content._replace(facts=(("dtype", dtype),))


def _array(values: Any) -> Any:
    """Return what a column or a series is read by."""
    name = qualified_name(type(values))
    if name in READERS or name.startswith("numpy."):
        return values
    gap = f"an array of class {class_name(type(values))} is not looked into"
    return state(("_array", id(values)), gap=gap)


def _dtype(values: Any) -> str:
    """Write the dtype of an array of pandas' own: with its zone, its ends, its order."""
    own = _own(values)
    if "_mask" in own:  # it would keep its dtype in a cache, to be asked for it
        return masked_dtype(own["_data"].dtype.name)
    dtype = values._dtype if hasattr(values, "_dtype") else values.dtype
    if not qualified_name(type(dtype)).startswith(("pandas.", "numpy.")):
        return class_name(type(dtype))
    text = str(dtype)
    if getattr(dtype, "ordered", None) is True:
        text += ", ordered"
    return text[:_TEXT]


def _series(value: Any) -> Content:
    own = _own(value)
    manager = own["_mgr"]
    values = manager.blocks[0].values
    parts = [_array(values), manager.axes[0], own.get("_attrs")]
    return Content(
        "columns",
        ("series",),
        3,
        lambda start, stop: ([_VALUES, _INDEX, _ATTRS][start:stop], parts[start:stop]),
        facts=(("name", short(own.get("_name"))), *_flags(own)),
    )


def _holds(own: dict[str, Any]) -> bool:
    """Return whether an index holds its labels as objects, and makes none when it is asked."""
    data: Any = own.get("_data")
    return _is_numpy(data) and bool(data.dtype.hasobject)


def _labels(index: Any, own: dict[str, Any], start: int, stop: int) -> list[Any]:
    data: Any = own.get("_data")
    if _is_numpy(data):
        found: list[Any] = data[start:stop].tolist()
        return found
    if "_codes" in own:
        return _tuples(own, start, stop)
    if class_name(type(data)) in ("DatetimeArray", "TimedeltaArray"):
        return list(data._ndarray[start:stop])  # the zone, if any, is in the dtype
    return [_exact(index[number]) for number in range(start, stop)]


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
        own_of = _own(level)
        known = {
            code: _labels(level, own_of, code, code + 1)[0] for code in set(chosen) if code >= 0
        }
        levels.append([known.get(code) for code in chosen])
    return list(zip(*levels, strict=True))


def _facts(index: Any, own: dict[str, Any], prefix: str = "") -> tuple[tuple[str, Any], ...]:
    """Return what an index is besides its labels: its names, its dtype."""
    if "_codes" in own:
        names = tuple(short(name) for name in own["_names"])
        dtypes = ", ".join(_dtype_of(level, _own(level)) for level in own["_levels"])
        return ((f"{prefix}names", names), (f"{prefix}dtype", f"({dtypes})"[:_TEXT]))
    facts = ((f"{prefix}name", short(own.get("_name"))), (f"{prefix}dtype", _dtype_of(index, own)))
    freq = getattr(own.get("_data"), "_freq", None)  # of dates, where it is known
    return facts if freq is None else (*facts, (f"{prefix}freq", id(freq)))


def _dtype_of(index: Any, own: dict[str, Any]) -> str:
    data: Any = own.get("_data")
    if _is_numpy(data):
        return str(data.dtype.str)
    if data is None or not qualified_name(type(data)).startswith("pandas."):
        return class_name(type(index))
    return _dtype(data)


def _index(value: Any) -> Content:
    """Read an index: its array; of a range its ends; of several levels each level's codes."""
    own = _own(value)
    parts = [own.get("_data")]
    if "_range" in own:
        parts = [own["_range"].start, own["_range"].stop, own["_range"].step]
    elif "_codes" in own:
        parts = [*own["_levels"], *own["_codes"]]
    return Content(
        "items", (), len(parts), lambda i, j: (None, parts[i:j]), facts=_facts(value, own)
    )


def _extension(value: Any) -> Content:
    """Read an array of pandas' own by the arrays in which it holds its data."""
    own = _own(value)
    parts = [own[name] for name in _INNER if name in own]
    backing = getattr(value, "_ndarray", None)
    if backing is not None:
        parts.append(backing)
    own_dtype = None if "_mask" in own else getattr(value, "_dtype", None)
    categories = getattr(own_dtype, "categories", None)
    if categories is not None:
        parts.append(categories)
    facts = (("dtype", _dtype(value)),)
    return Content("items", (), len(parts), lambda i, j: (None, parts[i:j]), facts=facts)


_INNER = ("_data", "_mask", "_left", "_right", "_sparse_index", "_sparse_values", "_pa_array")
"""The attributes in which pandas' own extension arrays hold their data."""


def _sparse_index(value: Any) -> Content:
    parts = [
        getattr(value, name) for name in ("indices", "blocs", "blengths") if hasattr(value, name)
    ]
    return Content("items", (int(value.length),), len(parts), lambda i, j: (None, parts[i:j]))


_INDEXES = (
    ("base", "Index"), ("range", "RangeIndex"), ("multi", "MultiIndex"),
    ("datetimes", "DatetimeIndex"), ("timedeltas", "TimedeltaIndex"),
    ("period", "PeriodIndex"), ("interval", "IntervalIndex"), ("category", "CategoricalIndex"),
)  # fmt: skip
_EXTENSIONS = (
    ("categorical", "Categorical"), ("datetimes", "DatetimeArray"),
    ("timedeltas", "TimedeltaArray"), ("period", "PeriodArray"), ("interval", "IntervalArray"),
    ("integer", "IntegerArray"), ("floating", "FloatingArray"), ("boolean", "BooleanArray"),
    ("string_", "StringArray"), ("string_arrow", "ArrowStringArray"),
    ("arrow.array", "ArrowExtensionArray"), ("sparse.array", "SparseArray"),
    ("numpy_", "NumpyExtensionArray"),
)  # fmt: skip

READERS: dict[str, Reader] = {
    # pandas 3 names its classes by the public module, pandas 2 by the private one.
    **{f"pandas.{name}": _index for _, name in _INDEXES},
    **{f"pandas.core.indexes.{module}.{name}": _index for module, name in _INDEXES},
    **{f"pandas.{name}": _extension for _, name in _EXTENSIONS},
    **{f"pandas.arrays.{name}": _extension for _, name in _EXTENSIONS},
    **{f"pandas.core.arrays.{module}.{name}": _extension for module, name in _EXTENSIONS},
    "pandas._libs.sparse.IntIndex": _sparse_index,
    "pandas._libs.sparse.BlockIndex": _sparse_index,
}

BASES: dict[str, Reader] = {
    "pandas.DataFrame": _frame,
    "pandas.core.frame.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.core.series.Series": _series,
}
