"""``jupyter livens report``: what is in a record, for people and for other programs."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from livens.cli.report_text import print_record
from livens.cli.screen import WIDTH, Screen
from livens.exceptions import RecordFailed
from livens.recording.reading import Record, read_record
from livens.recording.saving import PRIVATE_MODE, descriptor_of, save
from livens.recording.targets import Kind, Target, check_targets

KINDS = {"html": Kind.PAGE, "text": Kind.TEXT, "json": Kind.JSON}


def main(args: argparse.Namespace) -> int:
    """Write a report; returns the exit code."""
    record = read_record(args.record)
    if args.format is None:
        args.format = format_of(args.output)
    if args.format == "text" and args.output is None:
        print_record(record, Screen(is_live=False))
        return 0
    if args.output is None and args.format == "json":
        sys.stdout.write(_written(record, args.format))
        return 0
    output = Path(args.output) if args.output else _beside(record.path, args.format)
    check_targets([Target("--output", output, KINDS[args.format])], [record.path])
    data = _written(record, args.format).encode("utf-8", "backslashreplace")
    mode = PRIVATE_MODE if args.file_mode is None else args.file_mode
    try:
        save(output, data, mode=mode)
    except OSError as err:
        reason = err.strerror or err
        raise RecordFailed(f"{output} cannot be written: {reason}; name another --output") from None
    hint = "; open it in a browser" if args.format == "html" else ""
    to_stderr = descriptor_of(output) == 1
    Screen(is_live=False, to_stderr=to_stderr).line(f"Written to {output}{hint}.")
    return 0


def format_of(output: str | None) -> str:
    """Return in which format a report is written, by the name of its file.

    Examples
    --------
    >>> format_of("r.html"), format_of("r.JSON"), format_of("r.txt"), format_of(None)
    ('html', 'json', 'text', 'text')
    """
    suffix = Path(output or "").suffix.lower()
    return {".html": "html", ".htm": "html", ".json": "json"}.get(suffix, "text")


def _written(record: Record, form: str) -> str:
    if form == "html":
        from livens.cli.report_page import page

        return page(record)
    if form == "json":
        return msgspec.json.encode(as_data(record)).decode() + "\n"
    screen = Screen(is_live=False)
    # Not the terminal's, whose colours and width are no affair of a file.
    screen.console = Console(file=io.StringIO(), width=WIDTH, color_system=None, highlight=False)
    screen.ascii_only = False
    with screen.console.capture() as capture:
        print_record(record, screen)
    return capture.get()


def _beside(path: Path, form: str) -> Path:
    """Return a file for a report in the current directory, named after its record."""
    name = path.name.removesuffix(".gz").removesuffix(".jsonl").removesuffix(".livens")
    return Path(f"{name}.livens.{form}")


def as_data(record: Record) -> dict[str, Any]:
    """Return what ``--format json`` writes: the record by cells, with the series of its numbers."""
    return {
        "header": record.header,
        "status": record.status,
        "footer": record.footer,
        "cells": [
            {**_fields(cell.started), **_fields(cell.ended), "status": cell.status}
            for cell in record.cells
        ],
        "changes": record.changes,
        "points": {name: points for name in record.names if (points := record.points(name))},
        "events": record.events,
        "cuts": record.cuts,
        "expectations": record.expectations,
        "digests": [
            {"number": number, "digests": list(digests.values())}
            for number, digests in record.digests.items()
        ],
        "environment": record.environment,
        "final": list(record.final.values()),
        "problems": record.problems,
    }


def _fields(record_line: msgspec.Struct | None) -> dict[str, Any]:
    if record_line is None:
        return {}
    data = {name: getattr(record_line, name) for name in record_line.__struct_fields__}
    if "seconds" in data:
        data["ended_at"] = data.pop("at")
    return data
