"""scipy: sparse arrays and matrices by shape, dtype and how many items they store.

Read from the instance's ``__dict__``: the public ``nnz`` counts in some of the formats. What is
stored is told by the arrays that it is stored in; explicit zeros count as stored.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from livens.values.passive import class_name, instance_dict, qualified_name
from livens.values.summaries import Adapter, Limits, Preview, Summary


def _sparse(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    shape = _shape(found.get("_shape"))
    arrays = [item for item in found.values() if qualified_name(type(item)) == "numpy.ndarray"]
    data = found.get("data")
    dtype = found.get("dtype", found.get("_dtype"))
    if dtype is None and _is_array(data):
        dtype = data.dtype
    stored = _stored(found)
    size = " × ".join(map(str, shape or []))
    return Summary(
        "array",
        f"{class_name(type(value))}, {size}" + ("" if stored is None else f", {stored} stored"),
        length=shape[0] if shape else None,
        shape=shape,
        dtype=str(dtype) if qualified_name(type(dtype)).startswith("numpy.dtypes.") else None,
        nbytes=sum(array.nbytes for array in arrays) if arrays else None,
        truncated=True,
    )


def _shape(shape: object) -> list[int] | None:
    if type(shape) is not tuple or not all(map(_is_size, shape)):
        return None
    return [int(size) for size in shape]


def _is_size(size: object) -> bool:
    return type(size) is int or qualified_name(type(size)) in ("numpy.int64", "numpy.int32")


def _is_array(thing: Any) -> TypeGuard[Any]:
    return qualified_name(type(thing)) == "numpy.ndarray"


def _stored(found: dict[str, Any]) -> int | None:
    data, pointers, items = found.get("data"), found.get("indptr"), found.get("_dict")
    if _is_array(pointers) and _is_array(data):
        block = int(data.size // data.shape[0]) if data.ndim == 3 and data.shape[0] else 1
        return int(pointers[-1]) * block
    if type(items) is dict:
        return len(items)
    if _is_array(data) and "rows" not in found:
        return int(data.size)
    return None  # lists of lists: counting them takes as long as there are rows


_FORMATS = ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")

ADAPTERS: dict[str, Adapter] = {
    f"scipy.sparse._{name}.{name}_{kind}": _sparse
    for name in _FORMATS
    for kind in ("matrix", "array")
}
