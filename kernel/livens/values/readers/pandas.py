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

from livens.values.content import Content, Reader, state
from livens.values.content_registry import content_of
from livens.values.marks import Part, short
from livens.values.passive import class_name, instance_dict, qualified_name
from livens.values.tables import axes
from livens.values.tables.axes import (
    ARRAYS,
    INDEXES,
    fields,
    is_numpy,
    is_own_array,
    length_of,
    unread_labels,
)
from livens.values.tables.dtypes import array_dtype, foreign_parts, makes_foreign_items

_INDEX, _ATTRS, _VALUES = Part("index"), Part("attrs"), Part("values")
_TEXT = 200


def _own(value: Any) -> dict[str, Any]:
    """Return the attributes of an instance; of pandas' own classes in the short way."""
    if qualified_name(type(value)).startswith("pandas."):
        found = getattr(value, "__dict__", None)
        return found if type(found) is dict else {}
    return instance_dict(value) or {}


def _frame(value: Any) -> Content:
    own = _own(value)
    manager = own["_mgr"]
    labels, index = manager.axes
    gap = unread_labels(labels)
    blocks, rows = _places(manager)
    count = len(blocks)
    rest = [(_INDEX, index), (_ATTRS, own.get("_attrs"))]

    def read(start: int, stop: int) -> Any:
        last = min(stop, count)
        names = list(range(start, last)) if gap else axes.labels(labels, start, last)
        parts = [
            _column(manager.blocks[block].values, row)
            for block, row in zip(blocks[start:last], rows[start:last], strict=True)
        ]
        if stop > count:
            more = rest[max(0, start - count) : stop - count]
            names = [*names, *(label for label, _ in more)]
            parts = [*parts, *(part for _, part in more)]
        return names, parts

    of_labels = fields(labels)
    facts = (*_facts(labels, of_labels, "columns "), *_flags(own))
    header = ("frame", length_of(index), count)
    is_made = bool(gap) or not _holds(of_labels)
    return Content("columns", header, count + 2, read, facts=facts, is_made=is_made, gap=gap)


def _flags(own: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    flags = getattr(own.get("_flags"), "_allows_duplicate_labels", None)
    return () if flags is None else (("flags", flags is True),)


def _places(manager: Any) -> tuple[Any, Any]:
    """Return for each column in which block it is, and in which row of that."""
    if all(qualified_name(type(axis)) in INDEXES for axis in manager.axes) and None not in map(
        length_of, manager.axes
    ):
        return manager.blknos, manager.blklocs
    # To work them out the manager asks its axes how long they are.
    found = {
        int(number): (block, row)
        for block, held in enumerate(manager.blocks)
        for row, number in enumerate(held.mgr_locs)
    }
    places = [found[number] for number in sorted(found)]
    return [block for block, _ in places], [row for _, row in places]


def _column(values: Any, row: int) -> Any:
    """Return what a column is read by: one row of a block, or all of it."""
    is_numpys = qualified_name(type(values)).startswith("numpy.")
    if not is_numpys and not is_own_array(values):
        return _array(values)
    if values.ndim != 2:
        return values
    return values[row] if is_numpys else _typed(_dtype_facts(values), values._ndarray[row])


def _typed(facts: tuple[tuple[str, Any], ...], array: Any) -> Any:
    """Read one row of a block of dates: its numbers, under the dtype that gives them a meaning."""
    content = content_of(array, is_nested=True)
    return array if content is None else content._replace(facts=facts)


def _array(values: Any) -> Any:
    """Return what a column or a series is read by."""
    if is_own_array(values) or qualified_name(type(values)).startswith("numpy."):
        return values
    gap = f"an array of class {class_name(type(values))} is not looked into"
    return state(("_array", id(values)), gap=gap)


def _dtype_facts(values: Any) -> tuple[tuple[str, Any], ...]:
    """Return the dtype of an array of pandas' own: with its zone, its ends, its order."""
    text = array_dtype(values)
    if class_name(type(values)) == "Categorical" and values._dtype.ordered is True:
        text += ", ordered"
    foreign = foreign_parts(values)
    return (("dtype", text[:_TEXT]), *((("_foreign", foreign),) if foreign else ()))


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
    return is_numpy(data) and bool(data.dtype.hasobject)


def _facts(index: Any, own: dict[str, Any], prefix: str = "") -> tuple[tuple[str, Any], ...]:
    """Return what an index is besides its labels: its names, its dtype."""
    if "_codes" in own:
        names = tuple(short(name) for name in own["_names"])
        dtypes = ", ".join(_dtype_of(level, fields(level)) for level in own["_levels"])
        return ((f"{prefix}names", names), (f"{prefix}dtype", f"({dtypes})"[:_TEXT]))
    facts: tuple[tuple[str, Any], ...]
    facts = ((f"{prefix}name", short(own.get("_name"))), (f"{prefix}dtype", _dtype_of(index, own)))
    freq = getattr(own.get("_data"), "_freq", None)  # of dates, where it is known
    foreign = foreign_parts(own.get("_data"))
    if foreign:
        facts += ((f"_{prefix}foreign", foreign),)
    return facts if freq is None else (*facts, (f"{prefix}freq", id(freq)))


def _dtype_of(index: Any, own: dict[str, Any]) -> str:
    data: Any = own.get("_data")
    if is_numpy(data):
        return str(data.dtype.str)
    return array_dtype(data) if is_own_array(data) else class_name(type(index))


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
    names = [name for name in _INNER if name in own]
    gap = ""
    if "_pa_array" in names and makes_foreign_items(value):
        names.remove("_pa_array")
        gap = "an array of an extension type of Arrow is not looked into"
    parts = [own[name] for name in names]
    backing = getattr(value, "_ndarray", None)
    if backing is not None:
        parts.append(backing)
    of_dtype = {} if "_mask" in own else _own(getattr(value, "_dtype", None))
    parts += [of_dtype[name] for name in ("_categories", "_fill_value") if name in of_dtype]
    return Content(
        "items",
        (),
        len(parts),
        lambda i, j: (None, parts[i:j]),
        facts=_dtype_facts(value),
        gap=gap,
    )


_INNER = ("_data", "_mask", "_left", "_right", "_sparse_index", "_sparse_values", "_pa_array")
"""The attributes in which pandas' own extension arrays hold their data."""


def _sparse_index(value: Any) -> Content:
    parts = [
        getattr(value, name) for name in ("indices", "blocs", "blengths") if hasattr(value, name)
    ]
    return Content("items", (int(value.length),), len(parts), lambda i, j: (None, parts[i:j]))


READERS: dict[str, Reader] = {
    **dict.fromkeys(INDEXES, _index),
    **dict.fromkeys(ARRAYS, _extension),
    "pandas._libs.sparse.IntIndex": _sparse_index,
    "pandas._libs.sparse.BlockIndex": _sparse_index,
}

BASES: dict[str, Reader] = {
    "pandas.DataFrame": _frame,
    "pandas.core.frame.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.core.series.Series": _series,
}
