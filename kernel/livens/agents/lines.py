"""Variables, rows, points and frames as lines of an answer: one each, the user's words quoted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from livens.agents.fence import quoted, word
from livens.protocol.requests import Table
from livens.protocol.types import Frame, Key, Origin, Point, Variable

PREVIEW_CHARS = 300
"""So much of a preview is in a line."""

PATH_CHARS = 800
"""A longer path is not told."""

CELL_CHARS = 100
"""So much of a cell of a table."""


def place(origin: Origin | None) -> str:
    """Return where a change was made, as far as it is known.

    Examples
    --------
    >>> place(Origin(7, line=3)), place(None)
    ('In [7] line 3', '')
    """
    if origin is None:
        return ""
    parts = [f"In [{origin.execution_count}]"] if origin.execution_count is not None else []
    parts += [f"line {origin.line}"] if origin.line is not None else []
    parts += [f"set from {quoted(origin.client, 100)}"] if origin.client else []
    parts += [f"from the store {quoted(origin.store, 100)}"] if origin.store else []
    return " ".join(parts)


def seconds_ago(seconds: float) -> str:
    """Return how long ago something was.

    Examples
    --------
    >>> seconds_ago(0.21), seconds_ago(75), seconds_ago(7300)
    ('0.2 s ago', '75 s ago', '122 min ago')
    """
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s ago"
    return f"{seconds:.0f} s ago" if seconds < 300 else f"{seconds / 60:.0f} min ago"


def variable_line(variable: Variable, now: float, *, chars: int = PREVIEW_CHARS) -> str:
    """Return a variable as a line: its name, which is its key, then what is known of its value.

    Examples
    --------
    >>> x = Variable("x", [["name", "x"]], "number", "int", preview="1", changed_at=4.0)
    >>> variable_line(x, 6.0)
    '"x": int = "1" (2.0 s ago)'
    """
    size = _size(variable)
    text = f"{quoted(variable.name, 200)}: {word(variable.type or '?')}{size}"
    if variable.preview:
        text += f" = {quoted(variable.preview, chars)}"
    notes = [place(variable.changed_by)]
    if variable.changed_at is not None:
        notes.append(seconds_ago(now - variable.changed_at))
    if variable.change:
        notes.append(quoted(variable.change, 100))
    if variable.status != "current":
        notes.append(variable.status)
    if variable.reason:
        notes.append(quoted(variable.reason, 160))
    told = ", ".join(note for note in notes if note)
    return f"{text} ({told})" if told else text


def _size(variable: Variable) -> str:
    parts = []
    if variable.shape is not None:
        parts.append("x".join(map(str, variable.shape)) or "scalar")
    elif variable.length is not None:
        parts.append(f"len {variable.length}")
    if variable.dtype:
        parts.append(word(variable.dtype))
    if variable.device and variable.device != "cpu":
        parts.append(word(variable.device))
    return f" [{', '.join(parts)}]" if parts else ""


def path_text(path: Sequence[Key]) -> str:
    """Return a path as the tools take it.

    Examples
    --------
    >>> path_text([["name", "x"], ["index", 3]])
    '[["name","x"],["index",3]]'
    """
    written = json.dumps(path, ensure_ascii=True, separators=(",", ":"))
    return written


def child_line(child: Variable, now: float) -> str:
    """Return what is below a value as a line, with its path where something is below it."""
    line = variable_line(child, now)
    if not child.has_children:
        return line
    path = path_text(child.path)
    return f"{line} path={path}" if len(path) <= PATH_CHARS else f"{line} (its path is too long)"


def table_lines(page: Table) -> list[str]:
    """Return a page of a table: its columns, one a line, and then its rows as JSON arrays."""
    lines = []
    for column in page.columns:
        line = f"column {column.position} {quoted(column.label, CELL_CHARS)}: {word(column.dtype)}"
        known = {"nulls": column.nulls, "min": column.min, "max": column.max, "mean": column.mean}
        told = [f"{name} {_scalar(value)}" for name, value in known.items() if value is not None]
        lines.append(f"{line} ({', '.join(told)})" if told else line)
    for label, row in zip(page.index, page.rows, strict=True):
        cells = ", ".join(_scalar(cell) for cell in row)
        lines.append(f"{quoted(label, CELL_CHARS)}: [{cells}]")
    return lines


def _scalar(value: Any) -> str:
    return quoted(value, CELL_CHARS) if isinstance(value, str) else json.dumps(value)


def point_line(point: Point, now: float) -> str:
    """Return a point of a history as a line.

    Examples
    --------
    >>> point_line(Point(4.0, 0.5, 7), 6.0)
    '2.0 s ago: 0.5 (In [7])'
    """
    if point.value is not None:
        what = _scalar(point.value)
    elif point.size is not None:
        what = "size " + "x".join(map(str, point.size))
    else:
        what = "deleted"
    what += f", {point.nbytes} bytes" if point.nbytes is not None else ""
    where = f" (In [{point.execution_count}])" if point.execution_count is not None else ""
    return f"{seconds_ago(now - point.at)}: {what}{where}"


def frame_lines(frames: Sequence[Frame], now: float) -> list[str]:
    """Return running functions with their locals, the innermost first."""
    lines = []
    for frame in frames:
        where = quoted(frame.file, 200) if frame.file else f"In [{frame.execution_count}]"
        thread = f" in thread {quoted(frame.thread, 80)}" if frame.thread else ""
        lines.append(f"{quoted(frame.function, 120)} at {where} line {frame.line}{thread}")
        lines += [f"  {variable_line(v, now, chars=120)}" for v in frame.variables]
        if frame.truncated:
            lines.append("  (more locals are not told)")
    return lines
