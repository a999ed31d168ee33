"""pyarrow: tables and arrays by schema and size, the first items of plain arrays; lazy by class.

Schemas, lengths and sizes are kept in C++ and read from there. Items are turned into Python
objects for plain types in the main memory only, where a slice of five of them is small: those of
time types would import pandas, those of extension types run the extension's code, those of
nested types may be of any size. A dataset and a scanner are told by their schema, which they
have; nothing is scanned.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_name
from livens.values.summaries import Adapter, Limits, Preview, Summary
from livens.values.table_text import (
    SHOWN_COLUMNS,
    columns_text,
    frame_summary,
    item_text,
    short_name,
)
from livens.values.tables.arrowtypes import arrow_type_text, may_run_code

_ITEMS = 5
_MAX_ITEM_BYTES = 100_000
"""Bytes that the first items may take to be shown."""

_PLAIN = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64",
          "Float", "Double", "Boolean", "Null", "String", "LargeString")  # fmt: skip

_PLAIN_TYPES = frozenset(
    ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double",
     "bool", "null", "string", "large_string")
)  # fmt: skip


def _table(value: Any, limits: Limits, preview: Preview) -> Summary:
    rows, width = value.num_rows, value.num_columns
    if may_run_code(value):
        # To ask for a column's type, or for its number of bytes, would make an object of it.
        names = value.schema.names[:SHOWN_COLUMNS]
        return frame_summary(rows, width, list(map(short_name, names)))
    is_small = width <= 1_000 and (
        width == 0 or class_name(type(value)) != "Table" or value.column(0).num_chunks <= 100
    )
    nbytes = value.nbytes if is_small else None
    return frame_summary(rows, width, _named(value.schema), nbytes)


def _columns(schema: Any) -> str:
    return columns_text(len(schema), _named(schema))


def _named(schema: Any) -> list[str]:
    fields = [schema.field(n) for n in range(min(len(schema), SHOWN_COLUMNS))]
    return [f"{short_name(field.name)} {_type(field.type)}" for field in fields]


def _type(dtype: Any) -> str:
    return short_name(arrow_type_text(dtype))


def _array(value: Any, limits: Limits, preview: Preview) -> Summary:
    length = len(value)
    if class_name(type(value)) == "ChunkedArray" and may_run_code(value):
        text = f"{length} items of an extension type"
        return Summary("array", text, length=length, shape=[length])
    dtype = _type(value.type)
    text = f"{length} items"
    if dtype in _PLAIN_TYPES and _is_near(value):
        first = value.slice(0, _ITEMS)
        if first.nbytes <= _MAX_ITEM_BYTES:
            items = ", ".join(item_text(item, preview) for item in first.to_pylist())
            text = f"[{items}{', …' if length > _ITEMS else ''}]"
    is_small = class_name(type(value)) != "ChunkedArray" or value.num_chunks <= 100
    return Summary(
        "array",
        text,
        length=length,
        shape=[length],
        dtype=dtype,
        nbytes=value.nbytes if is_small and dtype in _PLAIN_TYPES else None,
        truncated=length > _ITEMS,
    )


def _is_near(value: Any) -> bool:
    """Return whether the data of an array are in the main memory."""
    if class_name(type(value)) == "ChunkedArray":
        return value.num_chunks <= 100 and all(
            _is_near(value.chunk(n)) for n in range(value.num_chunks)
        )
    return all(buffer is None or buffer.is_cpu for buffer in value.buffers())


def _schema(value: Any, limits: Limits, preview: Preview) -> Summary:
    columns = ", of extension types" if may_run_code(value) else _columns(value)
    return Summary("other", f"Schema{columns}", length=len(value))


def _field(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", f"{short_name(value.name)} {_type(value.type)}")


def _dtype(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", f"type {_type(value)}")


def _buffer(value: Any, limits: Limits, preview: Preview) -> Summary:
    size = value.size
    return Summary("bytes", f"buffer of {size} bytes", length=size, nbytes=size)


def _lazy(value: Any, limits: Limits, preview: Preview) -> Summary:
    schema = value.schema
    columns = "" if may_run_code(schema) else _columns(schema)
    return Summary("lazy", f"{class_name(type(value))}, not scanned{columns}")


def _reader(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("lazy", f"{class_name(type(value))}, not read")


_OTHER_ARRAYS = (
    "HalfFloat", "Date32", "Date64", "Time32", "Time64", "Timestamp", "Duration", "Binary",
    "LargeBinary", "StringView", "BinaryView", "FixedSizeBinary", "Decimal32", "Decimal64",
    "Decimal128", "Decimal256", "Dictionary", "RunEndEncoded", "List", "LargeList", "ListView",
    "LargeListView", "FixedSizeList", "Map", "Struct", "Union", "MonthDayNanoInterval",
)  # fmt: skip

ADAPTERS: dict[str, Adapter] = {
    "pyarrow.lib.Table": _table,
    "pyarrow.lib.RecordBatch": _table,
    "pyarrow.lib.ChunkedArray": _array,
    **{f"pyarrow.lib.{name}Array": _array for name in (*_PLAIN, *_OTHER_ARRAYS)},
    "pyarrow.lib.Schema": _schema,
    "pyarrow.lib.Field": _field,
    "pyarrow.lib.DataType": _dtype,
    "pyarrow.lib.Buffer": _buffer,
    "pyarrow.lib.ResizableBuffer": _buffer,
    "pyarrow._dataset.FileSystemDataset": _lazy,
    "pyarrow._dataset.InMemoryDataset": _lazy,
    "pyarrow._dataset.UnionDataset": _lazy,
    "pyarrow._dataset.Scanner": _reader,
    "pyarrow.lib.RecordBatchReader": _reader,
    "pyarrow.parquet.core.ParquetFile": _reader,
}
