"""pyarrow: arrays by the buffers that they are made of.

Arrays and tables cannot be changed; they are read because pandas and others hold them and
exchange them, and the address of one that is gone is used again. A buffer that is shown to us
keeps nothing from being resized, for it cannot be.
"""

from __future__ import annotations

from typing import Any

from livens.content import Content, Reader, nothing
from livens.passive import class_name


def _chunked(value: Any) -> Content:
    return _arrays(value, [value.chunk(number) for number in range(value.num_chunks)])


def _array(value: Any) -> Content:
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
