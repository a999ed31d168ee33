"""The arrays, dtypes and single values of pandas, by what they are made of.

Nothing is converted. An array is kept by the arrays of numpy or Arrow that it holds, with its
dtype, also below a mask. After it is made again its dtype is compared with what it was.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding.arrays import numpy
from livens.state.encoding.blocks import Block
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

_MASKED = ("IntegerArray", "FloatingArray", "BooleanArray")
_TIMES = ("DatetimeArray", "TimedeltaArray")


def pandas() -> Any:
    """Return the module."""
    return import_module("pandas")


def encode(writer: Writer, value: Any) -> Node | None:
    """Return the node of an array, dtype or single value of pandas; None of anything else."""
    pd = pandas()
    name = passive.class_name(type(value))
    if value is pd.NaT or value is pd.NA:
        return Node("pdsingleton", data="NaT" if value is pd.NaT else "NA")
    if passive.is_real_instance(value, pd.api.extensions.ExtensionDtype):
        return _dtype(writer, value)
    if passive.is_real_instance(value, pd.api.extensions.ExtensionArray):
        return _array(writer, value, name)
    encoder = _SCALARS.get(name)
    if encoder is not None and type(value) is getattr(pd, name, None):
        return encoder(writer, value)
    if passive.is_real_instance(value, pd.offsets.BaseOffset):
        return _offset(writer, value)
    return None


# -- arrays ----------------------------------------------------------------------------------


def _array(writer: Writer, value: Any, name: str) -> Node:
    """Encode an array by its parts: *args* are the dtype, and what it holds."""
    dtype = writer.ref(value.dtype)
    if name == "Categorical":
        return _node("categorical", dtype, [writer.ref(Block(value._ndarray))])
    if name in _TIMES or name == "PeriodArray":
        freq = writer.ref(getattr(value, "_freq", None)) if name in _TIMES else None
        return _node(name, dtype, [writer.ref(Block(value._ndarray)), freq])
    if name in _MASKED:
        return _node(name, dtype, [writer.ref(Block(part)) for part in (value._data, value._mask)])
    if name == "IntervalArray":
        return _node(name, dtype, [writer.ref(held(part)) for part in (value._left, value._right)])
    if name in ("NumpyExtensionArray", "PandasArray"):
        return _node("NumpyExtensionArray", dtype, [writer.ref(Block(value._ndarray))])
    if name.startswith(("ArrowStringArray", "ArrowExtensionArray")):
        return _node("arrow", dtype, [writer.ref(value._pa_array)])
    if name.startswith("StringArray"):
        return _node("strings", dtype, [writer.ref(Block(value._ndarray))])
    if name == "SparseArray":
        index = value.sp_index
        parts = [index.indices] if hasattr(index, "indices") else [index.blocs, index.blengths]
        refs = [writer.ref(Block(part)) for part in (value.sp_values, *parts)]
        return _node("sparse", dtype, [*refs, writer.ref(value.fill_value), index.length])
    raise Refused(f"an array of class {name}")


def _node(form: str, dtype: Any, parts: list[Any]) -> Node:
    return Node("pdarray", [dtype, *parts], data=form)


def held(values: Any) -> Any:
    """Return what is encoded of an array that pandas holds: a numpy array without its sharing."""
    return Block(values) if passive.is_real_instance(values, numpy().ndarray) else values


def _make_array(_reader: Reader, node: Node, args: list[Any]) -> Any:
    dtype, *parts = args
    made = _assembled(node.data, dtype, parts)
    if made.dtype != dtype or str(made.dtype) != str(dtype):
        raise DocumentUnreadable(f"its dtype {dtype} is another one in this version of pandas")
    return made


def _assembled(form: str, dtype: Any, parts: list[Any]) -> Any:
    pd = pandas()
    if form == "categorical":
        return pd.Categorical.from_codes(parts[0], dtype=dtype)
    if form in _TIMES:
        cls = getattr(pd.arrays, form)
        freq = {} if parts[1] is None else {"freq": parts[1]}
        return cls._simple_new(parts[0], dtype=dtype, **freq)
    if form == "PeriodArray":
        return pd.arrays.PeriodArray(parts[0], dtype=dtype)
    if form in _MASKED:
        return getattr(pd.arrays, form)(*parts)
    if form == "IntervalArray":
        return pd.arrays.IntervalArray.from_arrays(*parts, closed=dtype.closed)
    if form == "NumpyExtensionArray":
        return pd.arrays.NumpyExtensionArray(parts[0])
    if form == "arrow":
        if type(dtype) is pd.ArrowDtype:
            return pd.arrays.ArrowExtensionArray(parts[0])
        return dtype.__from_arrow__(parts[0])
    if form == "strings":
        return pd.array(parts[0], dtype=dtype)
    if form == "sparse":
        return _sparse(dtype, parts)
    raise DocumentUnreadable("an array of an unknown class; the document is damaged")


def _sparse(dtype: Any, parts: list[Any]) -> Any:
    values, *index, fill, length = parts
    forms = import_module("pandas._libs.sparse")
    made = forms.IntIndex(length, *index) if len(index) == 1 else forms.BlockIndex(length, *index)
    return pandas().arrays.SparseArray(values, sparse_index=made, fill_value=fill, dtype=dtype)


# -- dtypes ----------------------------------------------------------------------------------


def _dtype(writer: Writer, value: Any) -> Node:
    pd = pandas()
    name = passive.class_name(type(value))
    if type(value) is pd.CategoricalDtype:
        return Node("pddtype", [writer.ref(value.categories), writer.ref(value.ordered)], data=name)
    if type(value) is pd.DatetimeTZDtype:
        return Node("pddtype", [value.unit, writer.ref(value.tz)], data=name)
    if type(value) is pd.StringDtype:
        missing = [writer.ref(value.na_value)] if hasattr(value, "_na_value") else []
        return Node("pddtype", [value.storage, *missing], data=name)
    if type(value) is pd.ArrowDtype:
        return Node("pddtype", [writer.ref(value.pyarrow_dtype)], data=name)
    if type(value) is pd.SparseDtype:
        parts = [writer.ref(value.subtype), writer.ref(value.fill_value)]
        return Node("pddtype", parts, data=name)
    if name in ("NumpyEADtype", "PandasDtype"):
        return Node("pddtype", [writer.ref(value.numpy_dtype)], data="NumpyEADtype")
    try:
        same = pd.api.types.pandas_dtype(str(value)) == value
    except (TypeError, ValueError):
        same = False
    if not same:
        raise Refused(f"a dtype that its name does not make again: {str(value)[:50]}")
    return Node("pddtype", [str(value)], data="")


def _make_dtype(_reader: Reader, node: Node, args: list[Any]) -> Any:
    pd = pandas()
    name = node.data
    if not name:
        return pd.api.types.pandas_dtype(args[0])
    if name == "NumpyEADtype":
        return pd.array(numpy().empty(0, args[0]), dtype=args[0]).dtype
    if name == "StringDtype":
        missing = {"na_value": args[1]} if len(args) > 1 else {}
        return pd.StringDtype(args[0], **missing)
    if name in ("CategoricalDtype", "DatetimeTZDtype", "ArrowDtype", "SparseDtype"):
        return getattr(pd, name)(*args)
    raise DocumentUnreadable("a dtype of an unknown class; the document is damaged")


# -- single values ---------------------------------------------------------------------------


def _timestamp(writer: Writer, value: Any) -> Node:
    return Node(
        "Timestamp", [writer.ref(value.tzinfo)], data=[value._value, value.unit, value.fold]
    )


def _make_timestamp(_reader: Reader, node: Node, args: list[Any]) -> Any:
    pd = pandas()
    number, unit, fold = node.data
    made = pd.Timestamp(numpy().datetime64(number, unit))
    if args[0] is not None:
        made = made.tz_localize("UTC").tz_convert(args[0])
    elif fold:
        made = made.replace(fold=fold)
    if made.fold != fold or made.unit != unit or made._value != number:
        raise DocumentUnreadable("a time is another one with the time zones that are here")
    return made


def _timedelta(_writer: Writer, value: Any) -> Node:
    return Node("Timedelta", data=[value._value, value.unit])


def _period(writer: Writer, value: Any) -> Node:
    return Node("Period", [writer.ref(value.freq)], data=value.ordinal)


def _interval(writer: Writer, value: Any) -> Node:
    return Node("Interval", [writer.ref(value.left), writer.ref(value.right)], data=value.closed)


def _offset(writer: Writer, value: Any) -> Node:
    """Encode a frequency by its text, if that makes the same again."""
    to_offset = import_module("pandas.tseries.frequencies").to_offset
    try:
        made = to_offset(value.freqstr)
    except (TypeError, ValueError):
        made = None
    if type(made) is not type(value) or made != value:
        raise Refused(f"a frequency that its name does not make again: {value.freqstr[:50]}")
    return Node("offset", data=value.freqstr)


_SCALARS = {
    "Timestamp": _timestamp, "Timedelta": _timedelta, "Period": _period, "Interval": _interval,
}  # fmt: skip

KINDS: dict[str, Kind] = {
    "pdarray": Kind(_make_array),
    "pddtype": Kind(_make_dtype),
    "pdsingleton": Kind(lambda _r, node, _a: pandas().NaT if node.data == "NaT" else pandas().NA),
    "Timestamp": Kind(_make_timestamp),
    "Timedelta": Kind(lambda _r, node, _a: pandas().Timedelta(numpy().timedelta64(*node.data))),
    "Period": Kind(lambda _r, node, args: pandas().Period(ordinal=node.data, freq=args[0])),
    "Interval": Kind(lambda _r, node, args: pandas().Interval(*args, closed=node.data)),
    "offset": Kind(
        lambda _r, node, _a: import_module("pandas.tseries.frequencies").to_offset(node.data)
    ),
}
