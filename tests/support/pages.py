"""Pages of tables, read without a kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livens.protocol.requests import Table, TableParams
from livens.values.tables.opening import source_of
from livens.values.tables.pace import Pace
from livens.values.tables.page import PageReader


def still() -> float:
    """A clock that stands still: there is time for everything."""
    return 0.0


def preview(value: object) -> str:
    """Preview a value by its class: nothing of it runs."""
    return f"<{type(value).__name__}>"


def read(
    value: object,
    clock: Callable[[], float] = still,
    hides: Callable[[str], bool] = lambda label: label == "password",
    pace: Pace | None = None,
    **params: Any,
) -> Table:
    """Read a page of a table."""
    reader = PageReader(source_of(value), hides, preview, clock, pace=pace)
    return reader.read(TableParams(path=[["name", "x"]], **params))


def column(value: object, **params: Any) -> list[Any]:
    """Read the first column of a page."""
    return [row[0] for row in read(value, **params).rows]
