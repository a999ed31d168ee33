"""Which encoder is for a value: by its exact class, its library, or what it is an instance of."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any

from livens.state.encoding import (
    arrays,
    arrow,
    classes,
    forms,
    frames,
    functions,
    instances,
    numpy_values,
    pandas_arrays,
    pickles,
    zones,
)
from livens.state.encoding.blocks import Block, encode_block
from livens.state.encoding.refusals import reason_for
from livens.state.plain import groups
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind
from livens.state.plain.writer import Encoder, Refused, Writer
from livens.values import passive

_LIBRARIES = {
    "numpy": numpy_values.encode, "pandas": frames.encode, "pyarrow": arrow.encode,
    "polars": arrow.encode_polars, "pytz": zones.encode_pytz, "dateutil": zones.encode_dateutil,
}  # fmt: skip
"""From the top-level package of a class to what knows its values. A library is asked only if the
user has imported it."""

ENCODERS: dict[int, Encoder] = {
    **groups.ENCODERS, **functions.ENCODERS, **forms.ENCODERS, id(type): classes.encode_class,
    id(Block): encode_block,
}  # fmt: skip

KINDS: dict[str, Kind] = {
    **groups.KINDS, **arrays.KINDS, **numpy_values.KINDS, **functions.KINDS, **classes.KINDS,
    **instances.KINDS, **forms.KINDS, **arrow.KINDS, **frames.KINDS, **pandas_arrays.KINDS,
    **pickles.KINDS, **zones.KINDS,
}  # fmt: skip


def encode_other(writer: Writer, value: Any) -> Node:
    """Return the node of a value of a class that has no encoder of its own.

    Raises
    ------
    Refused
        If it cannot be kept, with the reason in words.
    """
    cls = type(value)
    if passive.is_real_instance(value, type):
        return classes.encode_class(writer, value)
    package = passive.class_module(cls).partition(".")[0]
    encode = _LIBRARIES.get(package)
    if encode is not None and package in sys.modules:
        found = encode(writer, value)
        if found is not None:
            return found
    found = forms.encode(writer, value) or _by_own_name(writer, value)
    if found is not None:
        return found
    if passive.is_real_instance(value, BaseException):
        return instances.encode_instance(writer, value)
    reason = reason_for(value)
    if not reason.endswith("is not kept"):
        raise Refused(reason)
    if not instances.is_made_at_run_time(cls):
        raise Refused(reason)
    return instances.encode_instance(writer, value)


def _by_own_name(writer: Writer, value: Any) -> Node | None:
    """Return the node of a ufunc, or of a function in C that says where it is from."""
    cls = type(value)
    if passive.class_module(cls) == "numpy" and passive.class_name(cls) == "ufunc":
        for module in ("numpy", "scipy.special"):
            found = functions.named(writer, value, module, value.__name__)
            if found is not None:
                return found
        raise Refused("a ufunc that no module has under its name")
    names = ("cython_function_or_method", "fused_cython_function", "_ArrayFunctionDispatcher")
    if passive.class_name(cls) in names and type(value) is not FunctionType:
        found = functions.named(writer, value, value.__module__, value.__name__)
        return found or functions.named(writer, value, "numpy", value.__name__)
    return None
