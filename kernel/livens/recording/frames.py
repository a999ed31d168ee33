"""What a record has of changes and cells, and frames of pandas and polars that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, Literal

import msgspec

from livens.protocol.previews import number_of
from livens.protocol.types import Point, Variable
from livens.recording import record

FrameOf = Literal["changes", "points", "cells"]


class RecordedChange(msgspec.Struct, frozen=True, kw_only=True):
    """One variable that was described, or removed.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    name : str
        The variable.
    number : int, optional
        The cell that did it, 1 being the first that was executed; absent where that is unknown.
    line : int, optional
        The line in that cell, where it was seen.
    variable : Variable, optional
        The description; absent if the name was removed.
    """

    at: float
    name: str
    number: int | None = None
    line: int | None = None
    variable: Variable | None = None


def without_end(is_running: bool | None) -> str:
    """Return what a run or a cell without an end is, by whether its record is being written.

    Examples
    --------
    >>> without_end(True), without_end(False), without_end(None)
    ('running', 'cut off', 'no end')
    """
    if is_running is None:
        return "no end"
    return "running" if is_running else "cut off"


class RecordedCell(msgspec.Struct, kw_only=True):
    """One cell of the run.

    Attributes
    ----------
    started : CellStarted
        How it began.
    ended : CellEnded, optional
        How it ended; absent if the record ends in it.
    is_running : bool
        Whether it ran when the record was read.
    """

    started: record.CellStarted
    ended: record.CellEnded | None = None
    is_running: bool = False

    @property
    def status(self) -> str:
        """How it ended; ``running`` or ``cut off`` if that is not recorded."""
        return self.ended.status if self.ended is not None else without_end(self.is_running)


_COLUMNS: dict[FrameOf, dict[str, type]] = {
    "changes": {
        "at": float,
        "cell": int,
        "line": int,
        "name": str,
        "removed": bool,
        "kind": str,
        "type": str,
        "preview": str,
        "number": float,
        "length": int,
        "shape": str,
        "nbytes": int,
    },
    "points": {"at": float, "name": str, "execution_count": int, "value": float, "nbytes": int},
    "cells": {
        "cell": int,
        "execution_count": int,
        "first_line": str,
        "started_at": float,
        "seconds": float,
        "status": str,
        "error": str,
    },
}
"""The columns of the frames, and what is in them, where there is anything."""


def to_pandas(rows: Iterable[tuple[Any, ...]], what: FrameOf) -> Any:
    """Return a DataFrame of pandas with these rows."""
    return _library("pandas").DataFrame(_columns(rows, what))


def to_polars(rows: Iterable[tuple[Any, ...]], what: FrameOf) -> Any:
    """Return a DataFrame of polars with these rows."""
    polars = _library("polars")
    # Said beforehand: polars would guess from the first rows, and cut what comes later.
    types = {float: polars.Float64, int: polars.Int64, str: polars.String, bool: polars.Boolean}
    schema = {name: types[kind] for name, kind in _COLUMNS[what].items()}
    return polars.DataFrame(_columns(rows, what), schema=schema)


def point_rows(points: Mapping[str, Iterable[Point]]) -> Iterable[tuple[Any, ...]]:
    """Return what the frame ``points`` has of the points of variables."""
    return (
        (point.at, name, point.execution_count, _number(point.value), point.nbytes)
        for name, of_name in points.items()
        for point in of_name
    )


def _columns(rows: Iterable[tuple[Any, ...]], what: FrameOf) -> dict[str, list[Any]]:
    found = list(rows)
    names = _COLUMNS[what]
    return {name: [row[index] for row in found] for index, name in enumerate(names)}


def _number(value: float | str | None) -> float | None:
    return None if value is None else float(value)  # "nan" and "inf" come as text


def change_row(change: RecordedChange) -> tuple[Any, ...]:
    """Return what the frame ``changes`` has of a change."""
    v = change.variable
    if v is None:
        nothing = ("", "", "", None, None, None, None)
        return (change.at, change.number, change.line, change.name, True, *nothing)
    shape = "×".join(map(str, v.shape)) if v.shape is not None else None
    described = (v.kind, v.type, v.preview, number_of(v), v.length, shape, v.nbytes)
    return (change.at, change.number, change.line, change.name, False, *described)


def cell_row(cell: RecordedCell) -> tuple[Any, ...]:
    """Return what the frame ``cells`` has of a cell."""
    started, ended = cell.started, cell.ended
    error = f"{ended.error.ename}: {ended.error.evalue}" if ended and ended.error else ""
    return (
        started.number,
        ended.execution_count if ended else None,
        started.first_line,
        started.at,
        ended.seconds if ended else None,
        cell.status,
        error,
    )


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise ImportError(
            f"{name} is not installed here; expected it for a frame of a record. Run "
            f"`python -m pip install {name}`, or use Record.changes."
        ) from None
