"""``jupyter livens report``: what is in a record, for people and for other programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from livens.cli.screen import Screen
from livens.exceptions import RecordFailed
from livens.reading import Record, RecordedCell, read_record
from livens.record import CellChange
from livens.wording import cut, plain

FORMATS = ("html", "text", "json")

LINE_CHARS = 160
"""Where a plain line is cut."""

PREVIEW_CHARS = 60
"""Where a value is cut beside the lines that changed it."""

TREND_VALUES = 12
"""How many values of a number its small bars show."""

SHOWN_CHANGES = 12
"""How many variables a cell lists in the text; the page and the JSON have all."""


def main(args: argparse.Namespace) -> int:
    """Write a report; returns the exit code."""
    record = read_record(args.record)
    if args.output is not None and args.format is None:
        args.format = Path(args.output).suffix.lstrip(".")
    if args.format not in FORMATS:
        args.format = "text" if args.output is None else "html"
    if args.format == "text" and args.output is None:
        _print(record, Screen(is_live=False))
        return 0
    text = _written(record, args.format)
    if args.output is None and args.format == "json":
        sys.stdout.write(text)
        return 0
    output = Path(args.output) if args.output else _beside(record.path, args.format)
    try:
        output.write_text(text, "utf-8")
    except OSError as err:
        raise RecordFailed(f"{output} cannot be written: {err}; name another --output") from None
    hint = "; open it in a browser" if args.format == "html" else ""
    Screen(is_live=False).line(f"Written to {output}{hint}.")
    return 0


def _written(record: Record, form: str) -> str:
    if form == "html":
        from livens.cli.page import page

        return page(record)
    if form == "json":
        return msgspec.json.encode(as_data(record)).decode() + "\n"
    screen = Screen(is_live=False)
    with screen.console.capture() as capture:
        _print(record, screen)
    return capture.get()


def _beside(path: Path, form: str) -> Path:
    """Put a report beside its record, under the same name."""
    name = path.name.removesuffix(".gz").removesuffix(".jsonl").removesuffix(".livens")
    return Path(f"{name}.livens.{form}")


def as_data(record: Record) -> dict[str, Any]:
    """Make what ``--format json`` writes: the record by cells, with the series of its numbers."""
    return {
        "header": record.header,
        "status": record.status,
        "footer": record.footer,
        "cells": [{**_fields(cell.started), **_fields(cell.ended)} for cell in record.cells],
        "changes": record.changes,
        "points": {name: points for name in record.names if (points := record.points(name))},
        "events": record.events,
        "cuts": record.cuts,
        "final": list(record.final.values()),
        "problems": record.problems,
    }


def _fields(line: msgspec.Struct | None) -> dict[str, Any]:
    if line is None:
        return {"status": "killed"}
    data = {name: getattr(line, name) for name in line.__struct_fields__}
    if "seconds" in data:
        data["ended_at"] = data.pop("at")
    return data


def _print(record: Record, screen: Screen) -> None:
    screen.line(headline(record), "bold")
    for problem in record.problems:
        screen.line(problem, "yellow")
    screen.line("")
    for cell in record.cells:
        _print_cell(cell, screen)
    for event in record.events:
        screen.line(plain(event.message), "yellow")
    if record.cuts:
        dropped = sum(cut_line.dropped for cut_line in record.cuts)
        screen.line(f"The limits of the record left out {dropped} points or changes.", "yellow")
    screen.line("")
    for name in record.names:
        values = [p.value for p in record.points(name) if isinstance(p.value, int | float)]
        screen.trends.put(name, [float(value) for value in _sample(values)])
    screen.table(record.final.values())


def _sample(values: Sequence[float]) -> Sequence[float]:
    """Choose a few values from the first to the last."""
    if len(values) <= TREND_VALUES:
        return values
    step = (len(values) - 1) / (TREND_VALUES - 1)
    return [values[round(index * step)] for index in range(TREND_VALUES)]


def headline(record: Record) -> str:
    """Say in a line what was run, when, and how it ended."""
    header, footer = record.header, record.footer
    when = local_time(header.started_at, "%Y-%m-%d %H:%M")
    many = "1 cell" if len(record.cells) == 1 else f"{len(record.cells)} cells"
    ended = f"{footer.status}, {footer.seconds:.1f} s" if footer else "killed"
    reason = f" ({plain(footer.reason)})" if footer and footer.reason else ""
    name = plain(header.notebook) or "A notebook"
    return f"{name}, {when}, livens {plain(header.livens)}: {many}, {ended}{reason}"


def _print_cell(cell: RecordedCell, screen: Screen) -> None:
    ended = cell.ended
    seconds = f", {ended.seconds:.1f} s" if ended else ""
    head = f"[{cell.started.number}] {cell.status}{seconds}: {plain(cell.started.first_line)}"
    screen.line(_cut(head, screen), "" if cell.status == "ok" else "red")
    if ended is None:
        return
    for change in ended.changed[:SHOWN_CHANGES]:
        screen.line(_cut(f"      {change_text(change)}", screen), "dim")
    more = len(ended.changed) - SHOWN_CHANGES + ended.more
    if more > 0:
        screen.line(f"      and {more} more", "dim")
    if ended.error is not None:
        error = f"      {plain(ended.error.ename)}: {plain(ended.error.evalue)}"
        screen.line(_cut(error, screen), "red")


def change_text(change: CellChange) -> str:
    """Say in a line what a cell did to a variable.

    Examples
    --------
    >>> change_text(CellChange(name="x", count=3, lines=[1, 4], type="int", preview="5"))
    'x = 5 (lines 1, 4; 3 times)'
    >>> change_text(CellChange(name="x", removed=True))
    '- x'
    """
    notes = []
    if change.lines:
        word = "line" if len(change.lines) == 1 else "lines"
        notes.append(f"{word} {', '.join(map(str, change.lines))}")
    if change.count > 1:
        notes.append(f"{change.count} times")
    where = f" ({'; '.join(notes)})" if notes else ""
    name = plain(change.name)
    value = cut(plain(change.preview), PREVIEW_CHARS)
    return f"- {name}{where}" if change.removed else f"{name} = {value}{where}"


def _cut(text: str, screen: Screen) -> str:
    return cut(text, LINE_CHARS, ascii_only=screen.ascii_only)


def local_time(at: float, form: str) -> str:
    """Say when something happened.

    Examples
    --------
    >>> local_time(-1e300, "%Y")  # in a broken record
    'at an unknown time'
    """
    try:
        return datetime.fromtimestamp(at).strftime(form)
    except (OverflowError, ValueError, OSError):
        return "at an unknown time"
