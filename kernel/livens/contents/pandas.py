"""pandas: frames and series by the columns' arrays, the column labels and the index.

Only exact classes are meant. What is read are the arrays that the block manager holds, as they
are, by plain attributes; nothing is converted, consolidated, cached or computed. Columns are
told apart, not blocks: pandas moves columns into other blocks when a frame is only read
(``df.values``, ``describe``), and that is no change.

An array of another library inside a frame is compared by identity.
"""

from __future__ import annotations

from typing import Any

from livens.fingerprints import Content, Reader
from livens.passive import class_module, instance_dict, is_exactly
from livens.tables.dtypes import masked_dtype


def _frame(value: Any) -> Content:
    manager = value._mgr
    labels, index = manager.axes
    columns = _columns(manager, len(labels))
    count = len(columns)

    def read(start: int, stop: int) -> Any:
        chosen = range(start, min(stop, count))
        names = [_label(labels, number) for number in chosen]
        parts = [columns[number] for number in chosen]
        if stop > count:
            names += ["index", "attrs"][max(0, start - count) : stop - count]
            parts += [index, value._attrs][max(0, start - count) : stop - count]
        return names, parts

    return Content("columns", ("frame", len(index), count), count + 2, read)


def _columns(manager: Any, count: int) -> list[Any]:
    columns: list[Any] = [None] * count
    for block in manager.blocks:
        values = block.values
        if values.ndim == 2:
            values = values if class_module(type(values)) == "numpy" else values._ndarray
            for row, number in enumerate(block.mgr_locs):
                columns[number] = values[row]
        else:
            for number in block.mgr_locs:
                columns[number] = values
    return columns


def _series(value: Any) -> Content:
    manager = value._mgr
    block = manager.blocks[0]
    parts = [block.values, manager.axes[0], value._attrs]
    name = value._name
    header = ("series", name if is_exactly(name, str, int) else id(name))
    return Content(
        "columns",
        header,
        3,
        lambda start, stop: (["values", "index", "attrs"][start:stop], parts[start:stop]),
    )


def _label(labels: Any, number: int) -> Any:
    found = labels[number]
    if class_module(type(found)) != "numpy":
        return found  # of any class: not asked for anything
    item = getattr(found, "item", None)
    return found if item is None else item()


def _index(value: Any) -> Content:
    """Read an index: its array; of a range its ends; of several levels each level's codes."""
    own = instance_dict(value) or {}
    name = own.get("_name")
    header: tuple[Any, ...] = ("index", name if is_exactly(name, str, int) else id(name))
    parts = [own.get("_data")]
    if "_range" in own:
        parts = [own["_range"].start, own["_range"].stop, own["_range"].step]
    elif "_codes" in own:
        parts = [*own["_levels"], *own["_codes"], *own["_names"]]
    return Content("items", header, len(parts), lambda i, j: (None, parts[i:j]))


def _extension(value: Any) -> Content:
    """Read an array of pandas' own by the arrays in which it holds its data."""
    own = instance_dict(value) or {}
    parts = [own[name] for name in _INNER if name in own]
    backing = getattr(value, "_ndarray", None)
    if backing is not None:
        parts.append(backing)
    if "_mask" in own:  # it would keep its dtype in a cache, to be asked for it
        name = masked_dtype(own["_data"].dtype.name)
    else:
        dtype = value._dtype if hasattr(value, "_dtype") else value.dtype
        name = str(dtype.name)
        categories = getattr(dtype, "categories", None)
        if categories is not None:
            parts.append(categories)
    return Content("items", (name,), len(parts), lambda i, j: (None, parts[i:j]))


_INNER = ("_data", "_mask", "_left", "_right", "_sparse_index", "_sparse_values", "_pa_array")
"""The attributes in which pandas' own extension arrays hold their data."""

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
    "pandas.DataFrame": _frame,
    "pandas.core.frame.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.core.series.Series": _series,
    **{f"pandas.{name}": _index for _, name in _INDEXES},
    **{f"pandas.core.indexes.{module}.{name}": _index for module, name in _INDEXES},
    **{f"pandas.{name}": _extension for _, name in _EXTENSIONS},
    **{f"pandas.arrays.{name}": _extension for _, name in _EXTENSIONS},
    **{f"pandas.core.arrays.{module}.{name}": _extension for module, name in _EXTENSIONS},
}
