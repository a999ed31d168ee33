"""pyarrow: arrays by the buffers that they are made of.

Arrays and tables cannot be changed; they are read because pandas and others hold them and
exchange them, and the address of one that is gone is used again. A buffer that is shown to us
keeps nothing from being resized, for it cannot be.
"""

from __future__ import annotations

from typing import Any

from livens.fingerprints import Content, Reader, nothing


def _chunked(value: Any) -> Content:
    return _arrays(value, [value.chunk(number) for number in range(value.num_chunks)])


def _array(value: Any) -> Content:
    return _arrays(value, [value])


def _arrays(value: Any, chunks: list[Any]) -> Content:
    """Read the buffers of some arrays; the arrays themselves are made anew for each look."""
    header = (str(value.type), *((len(chunk), chunk.offset) for chunk in chunks))
    buffers = [buffer for chunk in chunks for buffer in chunk.buffers()]
    return Content("items", header, len(buffers), lambda i, j: (None, buffers[i:j]))


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
    )


def _buffer(value: Any) -> Content:
    if not value.is_cpu:
        return Content("cells", (value.size,), 0, nothing, gap="not in memory")
    view = memoryview(value)
    return Content("cells", (), len(view), lambda start, stop: bytes(view[start:stop]), 1)


_ARRAYS = (
    "BooleanArray", "Int8Array", "Int16Array", "Int32Array", "Int64Array", "UInt8Array",
    "UInt16Array", "UInt32Array", "UInt64Array", "HalfFloatArray", "FloatArray", "DoubleArray",
    "StringArray", "LargeStringArray", "StringViewArray", "BinaryArray", "LargeBinaryArray",
    "Date32Array", "Date64Array", "TimestampArray", "Time32Array", "Time64Array",
    "DurationArray", "Decimal128Array", "ListArray", "LargeListArray", "StructArray",
)  # fmt: skip

READERS: dict[str, Reader] = {
    "pyarrow.lib.ChunkedArray": _chunked,
    "pyarrow.lib.Table": _table,
    "pyarrow.lib.Buffer": _buffer,
    "pyarrow.lib.ResizableBuffer": _buffer,
    **{f"pyarrow.lib.{name}": _array for name in _ARRAYS},
}
