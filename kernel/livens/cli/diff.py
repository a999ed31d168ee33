"""``jupyter livens diff``: what differs between two recorded runs, and where that began."""

from __future__ import annotations

import argparse
import sys

import msgspec

from livens.cli.screen import WIDTH, Screen
from livens.display.text import cut, plain
from livens.recording.comparison import Comparison, Difference, Tolerance, compare
from livens.recording.reading import Record, read_record

MAX_SHOWN = 200
"""So many variables are shown; the JSON has all."""


def main(args: argparse.Namespace) -> int:
    """Compare two records; returns 0 if they are the same, else 1."""
    a, b = read_record(args.a), read_record(args.b)
    found = compare(a, b, Tolerance(rel=args.rel_tol, abs=args.abs_tol))
    if args.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        _print(a, b, found, Screen(is_live=False))
    return 0 if found.is_same else 1


def _print(a: Record, b: Record, found: Comparison, screen: Screen) -> None:
    for letter, record in (("A", a), ("B", b)):
        screen.line(f"{letter}: {plain(str(record.path))}, {record.status}", "bold")
        for problem in record.problems:
            screen.line(f"   {problem}", "yellow")
    if found.is_same:
        screen.line("The runs are the same.", "green")
        return
    for sentence in found.cells:
        screen.line(f"{sentence}.", "yellow")
    if found.first is not None:
        line = f", line {found.first.line}" if found.first.line is not None else ""
        screen.line(f"\nThey diverge first in cell {found.first.number}{line}:")
        _print_code(a, found.first.number, screen)
        _print_difference(found.first, screen)
    if found.final:
        screen.line(f"\nAt the end {_many(len(found.final))}:")
        for difference in found.final[:MAX_SHOWN]:
            _print_difference(difference, screen)
        if len(found.final) > MAX_SHOWN:
            screen.line(f"  and {len(found.final) - MAX_SHOWN} more; --json has all")
    elif found.first is not None:
        screen.line("\nAt the end all variables are the same.")


def _many(count: int) -> str:
    return "1 variable differs" if count == 1 else f"{count} variables differ"


def _print_code(record: Record, number: int | None, screen: Screen) -> None:
    if number is not None and number <= len(record.cells):
        screen.line(f"  {plain(record.cells[number - 1].started.first_line)}", "dim")


def _print_difference(difference: Difference, screen: Screen) -> None:
    screen.line(f"  {plain(difference.name)}", "bold")
    for sign, text, style in (("-", difference.a, "red"), ("+", difference.b, "green")):
        shown = plain(text) if text else "not there"
        shown = cut(f"    {sign} {shown}", WIDTH, ascii_only=screen.ascii_only)
        screen.line(shown, style if text else f"dim {style}")
