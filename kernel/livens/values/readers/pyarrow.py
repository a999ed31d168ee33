"""pyarrow: arrays by the buffers that they are made of.

Arrays and tables cannot be changed; they are read because pandas and others hold them and
exchange them, and the address of one that is gone is used again. A buffer that is shown to us
keeps nothing from being resized, for it cannot be.
"""

from __future__ import annotations

from typing import Any

from livens.values.content import Content, Reader, nothing, state
from livens.values.passive import class_name
from livens.values.tables.arrowtypes import is_plain_type, may_run_code

_MAX_CHUNKS = 64
"""Up to so many chunks are looked at as one; more would take longer than a look may."""


_GAP = "a value of an extension type of Arrow is not looked into"


def _chunked(value: Any) -> Content:
    if may_run_code(value):
        return state(("_chunks", value.num_chunks), ("length", len(value)), gap=_GAP)
    count = value.num_chunks
    if count > _MAX_CHUNKS:
        return _long(value, count)
    return _arrays(value, [value.chunk(number) for number in range(count)])


def _long(value: Any, count: int) -> Content:
    """Read an array of many chunks chunk by chunk, as far as the look goes."""
    return Content(
        "items",
        (len(value), count),
        count,
        lambda i, j: (None, [value.chunk(number) for number in range(i, min(j, count))]),
        facts=(("dtype", str(value.type)),),
        is_made=True,
    )


def _array(value: Any) -> Content:
    if not is_plain_type(value.type):
        return state(("length", len(value)), gap=_GAP)
    return _arrays(value, [value])


def _arrays(value: Any, chunks: list[Any]) -> Content:
    """Read the buffers of some arrays; the arrays themselves are made anew for each look."""
    header = tuple((len(chunk), chunk.offset) for chunk in chunks)
    parts = [buffer for chunk in chunks for buffer in chunk.buffers()]
    # The texts that the numbers of a dictionary stand for are in buffers of their own.
    parts += [chunk.dictionary for chunk in chunks if class_name(type(chunk)) == "DictionaryArray"]
    return Content(
        "items",
        header,
        len(parts),
        lambda i, j: (None, parts[i:j]),
        facts=(("dtype", str(value.type)),),
        is_made=True,
    )


def _table(value: Any) -> Content:
    if may_run_code(value):
        return state(("rows", value.num_rows), ("columns", value.num_columns), gap=_GAP)
    names = value.schema.names
    return Content(
        "columns",
        ("frame", value.num_rows, value.num_columns),
        len(names),
        lambda start, stop: (
            names[start:stop],
            [value.column(number) for number in range(start, min(stop, len(names)))],
        ),
        is_made=True,
    )


def _buffer(value: Any) -> Content:
    if not value.is_cpu:
        return Content("cells", (value.size,), 0, nothing, gap="not in memory")
    view = memoryview(value)
    return Content("cells", (), len(view), lambda start, stop: bytes(view[start:stop]), 1)


READERS: dict[str, Reader] = {
    "pyarrow.lib.ChunkedArray": _chunked,
    "pyarrow.lib.Table": _table,
    "pyarrow.lib.RecordBatch": _table,
    "pyarrow.lib.Buffer": _buffer,
    "pyarrow.lib.ResizableBuffer": _buffer,
}

BASES: dict[str, Reader] = {"pyarrow.lib.Array": _array}
