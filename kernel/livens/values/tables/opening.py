"""Opening a value as a table: which source reads its class."""

from __future__ import annotations

from livens.exceptions import NotAllowed
from livens.values.passive import class_name
from livens.values.tables import arrow, numpy, pandas, polars, records
from livens.values.tables.sources import Maker, Source, loaded_class


def shown_table(value: object) -> Source:
    """Open a value to be looked at as a table: as `source_of`, and also any list or tuple.

    Raises
    ------
    NotAllowed
        If it is none.
    """
    return records.any_list(value) if type(value) in (list, tuple) else source_of(value)  # type: ignore[arg-type]


def source_of(value: object) -> Source:
    """Open a value as a table.

    Raises
    ------
    NotAllowed
        If it is none.
    """
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
