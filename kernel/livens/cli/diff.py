"""``jupyter livens diff``: what differs between two recorded runs, and where that began."""

from __future__ import annotations

import argparse
import sys

import msgspec

from livens.cli.screen import WIDTH, Screen
from livens.display.text import cut, plain
from livens.recording.comparison import Comparison, Difference, Unknown, compare
from livens.recording.outcome import ExitCode
from livens.recording.reading import Record, read_record
from livens.recording.value_comparison import Tolerance

MAX_SHOWN = 200
"""So many variables are shown; the JSON has all."""

MAX_UNKNOWN = 20
"""So many that could not be compared are named; the JSON has all."""


def main(args: argparse.Namespace) -> int:
    """Compare two records.

    Returns
    -------
    int
        0 if they are the same, 1 if something differs, and 6 if nothing that was compared does, but
        not everything could be compared.
    """
    a, b = read_record(args.a), read_record(args.b)
    found = compare(a, b, Tolerance(rel=args.rel_tol, abs=args.abs_tol))
    if args.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        _print(a, b, found, Screen(is_live=False))
    if found.differs:
        return ExitCode.FAILED
    return ExitCode.UNDECIDED if found.unknown else ExitCode.OK


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
        _print_code(a, found.first, screen)
        _print_difference(found.first, screen)
    if found.final:
        screen.line(f"\nAt the end {_many(len(found.final))}:")
        for difference in found.final[:MAX_SHOWN]:
            _print_difference(difference, screen)
        if len(found.final) > MAX_SHOWN:
            screen.line(f"  and {len(found.final) - MAX_SHOWN} more; --json has all")
    elif found.first is not None and not found.unknown:
        screen.line("\nAt the end all variables are the same.")
    elif not found.differs:
        screen.line(f"No difference was found in {found.compared} of {_total(found)}.")
    if found.unknown:
        _print_unknown(found.unknown, screen)


def _total(found: Comparison) -> str:
    total = found.compared + len(found.unknown)
    return "1 variable" if total == 1 else f"{total} variables"


def _print_unknown(unknown: list[Unknown], screen: Screen) -> None:
    """Print the variables that could not be compared, with the reasons."""
    many = "1 variable" if len(unknown) == 1 else f"{len(unknown)} variables"
    screen.line(f"\n{many} could not be compared, or only in part:", "yellow")
    for one in unknown[:MAX_UNKNOWN]:
        text = f"  {plain(one.name)}: {plain(one.reason)}"
        screen.line(cut(text, WIDTH, ascii_only=screen.ascii_only))
    if len(unknown) > MAX_UNKNOWN:
        screen.line(f"  and {len(unknown) - MAX_UNKNOWN} more; --json has all")


def _many(count: int) -> str:
    return "1 variable differs" if count == 1 else f"{count} variables differ"


def _print_code(record: Record, first: Difference, screen: Screen) -> None:
    """Print the line where the runs diverge; of a record without sources, the cell's first one."""
    number = first.number or 0
    if not first.code and not 0 < number <= len(record.cells):
        return
    code = first.code or record.cells[number - 1].started.first_line
    text = f"  {first.line} | {plain(code)}" if first.code else f"  {plain(code)}"
    screen.line(cut(text, WIDTH, ascii_only=screen.ascii_only), "dim")


def _print_difference(difference: Difference, screen: Screen) -> None:
    screen.line(f"  {plain(difference.name)}", "bold")
    if not (difference.columns and difference.a == difference.b):
        for sign, text, style in (("-", difference.a, "red"), ("+", difference.b, "green")):
            shown = plain(text) if text else "not there"
            shown = cut(f"    {sign} {shown}", WIDTH, ascii_only=screen.ascii_only)
            screen.line(shown, style if text else f"dim {style}")
    for column in difference.columns:
        screen.line(f"    {plain(column)}")
