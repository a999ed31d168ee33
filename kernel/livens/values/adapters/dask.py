"""dask: collections by their chunks and partitions, as far as they keep them; never computed.

Read from ``__dict__`` and ``__slots__``. The columns and partitions of a frame of dask-expr are
worked out from its expression when they are asked for, so it is told by its class.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import attributes, class_name, qualified_name
from livens.values.summaries import Adapter, Limits, Preview, Summary

_MAX_CHUNKS = 100_000


def _array(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = attributes(value)
    chunks, meta = found.get("_Array__chunks", found.get("_chunks")), found.get("_meta")
    shape = _shape(chunks)
    count = 1
    for sizes in chunks if shape is not None else ():  # type: ignore[union-attr]
        count *= len(sizes)
    dtype = str(meta.dtype)[:200] if qualified_name(type(meta)) == "numpy.ndarray" else None  # type: ignore[union-attr]
    size = "" if shape is None else f" {' × '.join(map(str, shape))} in {count} chunks"
    return Summary(
        "lazy",
        f"dask Array{size}, not computed",
        length=shape[0] if shape else None,
        shape=shape,
        dtype=dtype,
    )


def _shape(chunks: object) -> list[int] | None:
    if type(chunks) is not tuple or not all(type(sizes) is tuple for sizes in chunks):
        return None
    if sum(map(len, chunks)) > _MAX_CHUNKS:
        return None
    if not all(type(size) is int for sizes in chunks for size in sizes):
        return None  # a size that dask does not know yet is a float that is no number
    return [sum(sizes) for sizes in chunks]


def _lazy(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = attributes(value)
    partitions = found.get("npartitions")
    told = f", {partitions} partitions" if type(partitions) is int else ""
    return Summary("lazy", f"dask {class_name(type(value))}{told}, not computed")


def _delayed(value: Any, limits: Limits, preview: Preview) -> Summary:
    key = attributes(value).get("_key")
    told = f" {preview(key)}" if type(key) is str else ""
    return Summary("lazy", f"dask {class_name(type(value))}{told}, not computed")


ADAPTERS: dict[str, Adapter] = {"dask.array.core.Array": _array}

BASES: dict[str, Adapter] = {
    "dask.delayed.Delayed": _delayed,
    "dask.base.DaskMethodsMixin": _lazy,
    "dask.dataframe.dask_expr._groupby.GroupBy": _lazy,
    "dask_expr._collection.FrameBase": _lazy,
    "dask_expr._groupby.GroupBy": _lazy,
}
