"""Frames, series and indexes of pandas, by the arrays that they are made of.

A frame is kept by its blocks, which are arrays of columns of one dtype, with its labels. Nothing
goes through Arrow, which would change objects, missing values and labels that are no texts. So all
of it is as it was: dtypes, names, ``attrs``, the frequency of an index.
"""

from __future__ import annotations

from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding import arrays
from livens.state.encoding.pandas_arrays import encode as encode_part
from livens.state.encoding.pandas_arrays import held, pandas
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

_TIME_INDEXES = ("DatetimeIndex", "TimedeltaIndex")
_MAX_BLOCKS = 20_000


def encode(writer: Writer, value: Any) -> Node | None:
    """Return the node of a value of pandas; None if it is none that holds data."""
    pd = pandas()
    cls = type(value)
    if cls is pd.DataFrame:
        return _frame(writer, value)
    if cls is pd.Series:
        return _series(writer, value)
    if passive.is_real_instance(value, pd.Index):
        return _index(writer, value)
    found = encode_part(writer, value)
    if found is None and passive.is_real_instance(value, pd.DataFrame, pd.Series):
        raise Refused(f"a frame or series of class {passive.class_name(cls)}")
    return found


def _frame(writer: Writer, value: Any) -> Node:
    manager = value._mgr
    blocks = list(manager.blocks)
    writer.need_shown(_labels(manager.axes[0]))
    if len(blocks) > _MAX_BLOCKS:
        raise Refused(f"a frame of more than {_MAX_BLOCKS:,} blocks")
    args = [writer.ref(axis) for axis in manager.axes]
    places = []
    for block in blocks:
        claim(writer, block.values, value)
        values, dtype = _of_block(writer, block.values)
        args += [writer.ref(values), dtype]
        places.append([int(place) for place in block.mgr_locs])
    dtypes = [str(block.dtype) for block in blocks]
    return Node("frame", args, _attrs(writer, value), [places, dtypes, _flags(value)])


def _of_block(writer: Writer, values: Any) -> tuple[Any, Any]:
    """Return the array of a block, and the ref of its dtype if it is of times."""
    if passive.class_name(type(values)) in ("DatetimeArray", "TimedeltaArray"):
        return held(values._ndarray), writer.ref(values.dtype)
    return held(values), None


def claim(writer: Writer, values: Any, user: Any) -> None:
    """Refuse a frame or series that shares memory which the user can write to otherwise."""
    for name in ("", "_ndarray", "_data", "_mask"):
        part: Any = getattr(values, name, None) if name else values
        if passive.is_real_instance(part, arrays.numpy().ndarray) and part.flags.writeable:
            arrays.claim(writer, part, user, "frame" if shares_safely() else "one frame")


def shares_safely() -> bool:
    """Return whether frames that share memory copy it before they write to it."""
    pd = pandas()
    if int(pd.__version__.partition(".")[0]) >= 3:
        return True
    return bool(pd.options.mode.copy_on_write is True)


def _labels(index: Any) -> list[Any]:
    names = list(index.names)
    return (
        names
        if len(index) > 100_000
        else names
        + [label for labels in index for label in (labels if type(labels) is tuple else [labels])]
    )


def _attrs(writer: Writer, value: Any) -> list[Any]:
    attrs = value._attrs
    return [writer.ref(attrs)] if attrs else []


def _flags(value: Any) -> bool:
    return bool(value.flags.allows_duplicate_labels)


def _series(writer: Writer, value: Any) -> Node:
    [block] = value._mgr.blocks
    claim(writer, block.values, value)
    writer.need_shown([value.name])
    args = [writer.ref(part) for part in (value.index, held(block.values), value.name)]
    return Node("series", args, _attrs(writer, value), [str(value.dtype), _flags(value)])


def _index(writer: Writer, value: Any) -> Node:
    pd = pandas()
    cls = type(value)
    name = passive.class_name(cls)
    if cls is not getattr(pd, name, None):
        raise Refused(f"an index of class {passive.qualified_name(cls)}")
    if cls is pd.RangeIndex:
        parts = [value.start, value.stop, value.step, writer.ref(value.name)]
        return Node("index", parts, data=[name, "int64"])
    if cls is pd.MultiIndex:
        codes = [writer.ref(held(codes)) for codes in value._codes]
        levels = [writer.ref(level) for level in value._levels]
        names = [writer.ref(label) for label in value.names]
        data = [name, "object", value.sortorder, len(codes)]
        return Node("index", [*levels, *codes, *names], data=data)
    parts = [writer.ref(held(value._data)), writer.ref(value.name)]
    if name in _TIME_INDEXES:
        parts.append(writer.ref(value.freq))
    return Node("index", parts, data=[name, str(value.dtype)])


def below(value: Any) -> tuple[bool, list[Any]] | None:
    """Return what `reach` finds in a frame, a series or an array of pandas; None of others.

    An index never changes, and is shared by many frames.
    """
    pd = pandas()
    if passive.is_real_instance(value, pd.Index):
        return False, []
    if passive.is_real_instance(value, pd.DataFrame, pd.Series):
        found = [value._attrs] if value._attrs else []
        for block in value._mgr.blocks:
            found += _memory_of(block.values)
        return True, found
    if passive.is_real_instance(value, pd.api.extensions.ExtensionArray):
        return True, _memory_of(value)
    return None


def _memory_of(values: Any) -> list[Any]:
    """Return who owns the memory of an array, or what an array of objects holds."""
    ndarray = arrays.numpy().ndarray
    parts = [values, *(getattr(values, name, None) for name in ("_ndarray", "_data", "_mask"))]
    found = []
    for part in parts:
        if passive.is_real_instance(part, ndarray):
            found += [arrays.owner_of(part)]
            if part.dtype.hasobject and not part.dtype.names:
                found += part.ravel().tolist()
    return found


# -- back ------------------------------------------------------------------------------------


def _make_frame(_reader: Reader, node: Node, args: list[Any]) -> Any:
    pd = pandas()
    columns, index, *parts = args
    places, dtypes, allows_duplicates = node.data
    found: dict[int, Any] = {}
    for number, where in enumerate(places):
        values, dtype = parts[2 * number : 2 * number + 2]
        if getattr(values, "ndim", 1) == 1:
            values = [values] if len(where) == 1 else None
        for row, place in enumerate(where):
            found[place] = values[row] if dtype is None else _times(values[row], dtype)
    if sorted(found) != list(range(len(columns))):
        raise DocumentUnreadable("columns of it are missing; the document is damaged")
    made = pd.DataFrame._from_arrays(
        [found[place] for place in range(len(columns))], columns, index, verify_integrity=False
    )
    for where, dtype in zip(places, dtypes, strict=True):
        if any(str(made._mgr.iget(place).dtype) != dtype for place in where[:100]):
            raise DocumentUnreadable(f"dtype {dtype} is another one in this version of pandas")
    if not allows_duplicates:
        made.flags.allows_duplicate_labels = False
    return made


def _times(values: Any, dtype: Any) -> Any:
    arrays_ = pandas().arrays
    form = arrays_.TimedeltaArray if values.dtype.kind == "m" else arrays_.DatetimeArray
    return form._simple_new(values, dtype=dtype)


def _make_series(_reader: Reader, node: Node, args: list[Any]) -> Any:
    index, values, name = args
    dtype, allows_duplicates = node.data
    made = pandas().Series(values, index=index, name=name, dtype=values.dtype, copy=False)
    if str(made.dtype) != dtype:
        raise DocumentUnreadable(f"dtype {dtype} is another one in this version of pandas")
    if not allows_duplicates:
        made.flags.allows_duplicate_labels = False
    return made


def _put_attrs(_reader: Reader, made: Any, _node: Node, fill: list[Any]) -> None:
    for attrs in fill:
        made.attrs = attrs


def _make_index(_reader: Reader, node: Node, args: list[Any]) -> Any:
    pd = pandas()
    name, dtype, *more = node.data
    if name == "RangeIndex":
        return pd.RangeIndex(*args[:3], name=args[3])
    if name == "MultiIndex":
        sortorder, count = more
        levels, codes, names = args[:count], args[count : 2 * count], args[2 * count :]
        return pd.MultiIndex(levels, codes, sortorder=sortorder, names=names)
    values, label, *freq = args
    cls = getattr(pd, name)
    made = cls._simple_new(values, name=label)
    if freq and made.freq != freq[0]:
        made.freq = freq[0]
    if type(made) is not cls or str(made.dtype) != dtype:
        raise DocumentUnreadable(f"an index of {dtype} is another one in this version of pandas")
    return made


KINDS: dict[str, Kind] = {
    "frame": Kind(_make_frame, _put_attrs),
    "series": Kind(_make_series, _put_attrs),
    "index": Kind(_make_index),
}
