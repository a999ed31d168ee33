"""Opening a value as a table: which source reads its class."""

from __future__ import annotations

from typing import Any

from livens.exceptions import NotAllowed
from livens.protocol.table_requests import Slice
from livens.values.passive import class_name
from livens.values.tables import arrow, numpy, pandas, polars, records
from livens.values.tables.columns import is_array
from livens.values.tables.sources import Maker, Source, loaded_class


def shown_table(value: object, part: Slice | None = None) -> Source:
    """Open a value to be looked at as a table: as `source_of`, and also any list or tuple.

    Raises
    ------
    NotAllowed, InvalidParams
        As `source_of`.
    """
    if part is None and type(value) in (list, tuple):
        return records.any_list(value)  # type: ignore[arg-type]
    return source_of(value, part)


def is_shown_table(value: Any) -> bool:
    """Return whether `shown_table` opens a value, or a part of it by a slice.

    Examples
    --------
    >>> is_shown_table([1]), is_shown_table([]), is_shown_table({"a": 1})
    (True, False, False)
    """
    cls = type(value)
    if cls is list or cls is tuple:
        return len(value) > 0
    if loaded_class("numpy", "ndarray") is cls:
        if value.dtype.names or value.dtype.kind == "V":
            return bool(value.dtype.names and value.ndim == 1)
        return bool(value.ndim)
    try:
        source_of(value)
    except NotAllowed:
        return False
    return True


def source_of(value: object, part: Slice | None = None) -> Source:
    """Open a value as a table; of an array of more than two dimensions a part of it.

    Raises
    ------
    NotAllowed
        If it is none.
    InvalidParams
        If there is no such part.
    """
    if part is not None:
        return numpy.sliced(value, part)
    cls = type(value)
    modules = (pandas, numpy, polars, arrow, records)
    tables: list[tuple[str, str, Maker]] = [table for m in modules for table in m.TABLES]
    for library, name, make in tables:
        if loaded_class(library, name) is cls:
            return make(value)
    raise NotAllowed(
        f"A value of class '{class_name(cls)[:100]}' is no table",
        expected="a frame, series or index of pandas, a frame or series of polars, a table of "
        "pyarrow, an array of numpy with one or two dimensions, or a list or tuple; "
        "of these exact classes",
        remedy="Look at it with 'inspect' or 'value'.",
    )


def all_of(value: object) -> Source:
    """Open a value for what is told of all its values: an array may have any dimensions.

    Raises
    ------
    NotAllowed
        As `source_of`.
    """
    return numpy.WholeArray(value) if is_array(value) else source_of(value)
