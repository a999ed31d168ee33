"""pyarrow and polars by Arrow's own format, which has all of their types.

These values do not change, or are cheap to copy. So their bytes are made only when somebody reads
them, on any thread.
"""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.plain.blobs import Made
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

_FORMS = ("Table", "RecordBatch", "ChunkedArray", "Array", "Scalar", "Schema", "Field", "DataType")


def pyarrow() -> Any:
    """Return the module."""
    return import_module("pyarrow")


def encode(writer: Writer, value: Any) -> Node | None:
    """Return the node of a value of pyarrow's; None if it is none of those that hold data."""
    pa = pyarrow()
    for form in _FORMS:
        if passive.is_real_instance(value, getattr(pa, form)):
            break
    else:
        return None
    if not passive.class_module(type(value)).startswith("pyarrow."):
        raise Refused(f"a value of class {passive.qualified_name(type(value))} is not kept")
    writer.count_nbytes(getattr(value, "nbytes", 0) if form in _FORMS[:4] else 0)
    blob = writer.blob(Made(lambda: _stream(form, value)), is_made=True)
    data = [form, str(_type_of(form, value)), blob]
    return Node("arrow", data=data)


def _type_of(form: str, value: Any) -> Any:
    if form in ("Table", "RecordBatch"):
        return value.schema
    return value.type if form in ("ChunkedArray", "Array", "Scalar", "Field") else value


def _stream(form: str, value: Any) -> bytes:
    """Return the bytes of Arrow's stream format for a value."""
    pa = pyarrow()
    if form == "Table":
        table = value
    elif form == "RecordBatch":
        table = pa.Table.from_batches([value])
    elif form in ("ChunkedArray", "Array"):
        table = pa.Table.from_arrays([value], ["x"])
    elif form == "Scalar":
        table = pa.Table.from_arrays([pa.array([value.as_py()], value.type)], ["x"])
    else:
        fields = {"Schema": lambda: value, "Field": lambda: pa.schema([value])}
        schema = fields.get(form, lambda: pa.schema([pa.field("x", value)]))()
        table = schema.empty_table()
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def _make_arrow(reader: Reader, node: Node, _args: list[Any]) -> Any:
    pa = pyarrow()
    form, kind, blob = node.data
    table = pa.ipc.open_stream(pa.py_buffer(bytes(reader.blob(blob)))).read_all()
    made = _from_table(form, table)
    if str(_type_of(form, made)) != kind:
        raise DocumentUnreadable(f"its type {kind[:100]} is another one here")
    return made


def _from_table(form: str, table: Any) -> Any:
    pa = pyarrow()
    if form == "Table":
        return table
    if form == "RecordBatch":
        batches = table.to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
    if form in ("Schema", "Field", "DataType"):
        field = table.schema.field(0) if form != "Schema" else None
        return table.schema if field is None else (field if form == "Field" else field.type)
    column = table.column(0)
    if form == "ChunkedArray":
        return column
    array = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    return array[0] if form == "Scalar" else array


# -- polars ----------------------------------------------------------------------------------


def encode_polars(writer: Writer, value: Any) -> Node | None:
    """Return the node of a frame or series of polars; None of anything else."""
    polars = import_module("polars")
    cls = type(value)
    if cls is polars.DataFrame:
        writer.need_shown(value.columns)
        frame, name = value.clone(), None
    elif cls is polars.Series:
        frame, name = value.clone().to_frame(), value.name
    else:
        return None
    if "Object" in str(frame.schema):
        raise Refused("a polars frame with objects of Python in it")
    writer.count_nbytes(int(frame.estimated_size()))
    blob = writer.blob(Made(lambda: _ipc(frame)), is_made=True)
    data = [name is not None, str(frame.schema), list(frame.shape), blob]
    return Node("polars", data=data)


def _ipc(frame: Any) -> bytes:
    sink = io.BytesIO()
    frame.write_ipc(sink)
    return sink.getvalue()


def _make_polars(reader: Reader, node: Node, _args: list[Any]) -> Any:
    polars = import_module("polars")
    is_series, schema, shape, blob = node.data
    frame = polars.read_ipc(io.BytesIO(reader.blob(blob)))
    if str(frame.schema) != schema or list(frame.shape) != shape:
        raise DocumentUnreadable("its schema or size is another one in this version of polars")
    return frame.to_series() if is_series else frame


def loaded(reader: Any, node: Node) -> Any:
    """Return the value of a node, whose bytes the ``blob`` of a reader gives."""
    return KINDS[node.kind].create(reader, node, [])


KINDS: dict[str, Kind] = {"arrow": Kind(_make_arrow), "polars": Kind(_make_polars)}
