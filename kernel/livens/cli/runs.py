"""``jupyter livens runs``: the runs that left records, in a table."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from rich.cells import cell_len

from livens.cli.screen import Screen
from livens.display.text import cut, human_bytes, local_time, plain
from livens.exceptions import LivensError
from livens.recording.notebooks import Parameter, parse_value
from livens.recording.record_names import SUFFIX
from livens.recording.runs import RunSummary, find_records, read_runs

WIDTH = 100
"""How wide the table is where there is room."""

_GOOD = ("ok", "stopped")
_OPEN = ("running",)
_SORTS: dict[str, Callable[[RunSummary], Any]] = {
    "started": lambda run: run.started_at,
    "notebook": lambda run: run.notebook,
    "status": lambda run: run.status,
    "time": lambda run: run.seconds if run.seconds is not None else math.inf,
    "memory": lambda run: run.peak_memory_bytes or 0,
}


def main(args: argparse.Namespace) -> int:
    """List runs; returns the exit code."""
    runs, problems = read_runs(find_records(map(Path, args.paths)))
    runs = _sorted([run for run in runs if _is_wanted(run, args)], args)
    errors = Screen(is_live=False, to_stderr=True)
    for problem in problems:
        errors.line(plain(problem), "yellow")
    if args.json:
        sys.stdout.write(msgspec.json.encode(runs).decode() + "\n")
    elif runs:
        _print_table(runs, Screen(is_live=False))
    else:
        Screen(is_live=False).line("There are no such records.")
    return 2 if problems and not runs else 0


# -- which ---------------------------------------------------------------------------------


def _is_wanted(run: RunSummary, args: argparse.Namespace) -> bool:
    if args.status and run.status not in args.status:
        return False
    if args.notebook and run.notebook not in args.notebook:
        return False
    return all(
        name in run.parameters and is_value(run.parameters[name], text)
        for name, text in args.parameter
    )


def is_value(value: object, text: str) -> bool:
    """Return whether a parameter has the value that is written so on a command line.

    Examples
    --------
    >>> is_value(2024, "2024"), is_value("2024", "2024"), is_value(0.5, "5e-1"), is_value(True, "1")
    (True, True, True, False)
    """
    wanted: Parameter = parse_value(text)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value == wanted or str(value) == text


def _sorted(runs: list[RunSummary], args: argparse.Namespace) -> list[RunSummary]:
    key = _SORTS.get(args.sort)
    if key is None:
        known = sorted({name for run in runs for name in run.parameters})
        if args.sort not in known and runs:
            raise LivensError(
                f"--sort {args.sort} is no column, and no run has a parameter of that name; "
                f"expected one of {', '.join([*_SORTS, *known])}"
            )
        key = _by_parameter(args.sort)
    return sorted(runs, key=key, reverse=args.reverse)


def _by_parameter(name: str) -> Callable[[RunSummary], Any]:
    def key(run: RunSummary) -> tuple[bool, bool, float, str]:
        value = run.parameters.get(name)
        number = float(value) if isinstance(value, int | float) else None
        return (name not in run.parameters, number is None, number or 0.0, str(value))

    return key


# -- the table -----------------------------------------------------------------------------


def _print_table(runs: list[RunSummary], screen: Screen) -> None:
    width = min(WIDTH, screen.console.width)
    rows = [_row(run) for run in runs]
    widths = _widths(rows, width)
    screen.line(_line(dict(zip(widths, widths, strict=True)), widths, screen), "bold")
    shown = _varying(runs)
    for run, row in zip(runs, rows, strict=True):
        style = "" if run.status in _GOOD else "yellow" if run.status in _OPEN else "red"
        screen.line(_line(row, widths, screen), style)
        values = [f"{name}={run.parameters[name]}" for name in shown if name in run.parameters]
        if values:
            text = plain(f"  {', '.join(values)}")
            screen.line(cut(text, width - 1, ascii_only=screen.ascii_only), "dim")
    screen.line(_sentence(runs))


def _row(run: RunSummary) -> dict[str, str]:
    seconds = "" if run.seconds is None else f"{run.seconds:.1f} s"
    memory = "" if run.peak_memory_bytes is None else human_bytes(run.peak_memory_bytes)
    return {
        "record": plain(Path(run.path).name.removesuffix(".gz").removesuffix(SUFFIX)),
        "status": plain(run.status),
        "time": seconds,
        "before": _than_before(run),
        "memory": memory,
        "started": local_time(run.started_at, "%Y-%m-%d %H:%M"),
        "commit": _commit(run),
    }


def _than_before(run: RunSummary) -> str:
    if run.than_before == "differs":
        return f"{len(run.differing)} differ" if run.differing else "other code"
    return run.than_before or ""


def _commit(run: RunSummary) -> str:
    if run.git is None:
        return ""
    return f"{run.git.commit[:7]}{'+' if run.git.is_dirty else ''}"


_RECORD_CHARS = (24, 40)
"""How wide the first column is at least, before others are left out for it, and at the most."""


def _widths(rows: list[dict[str, str]], width: int) -> dict[str, int]:
    """Return the columns that fit, and how wide each is."""
    needed = {
        name: max(len(name), *(cell_len(row[name]) for row in rows))
        for name in rows[0]
        if name == "record" or any(row[name] for row in rows)
    }
    wanted = min(needed.pop("record"), _RECORD_CHARS[1])
    least = min(wanted, _RECORD_CHARS[0])
    room = width - 1 - sum(needed.values()) - 2 * len(needed)
    for name in ("commit", "started", "memory", "before"):
        if room < least and name in needed:
            room += needed.pop(name) + 2
    return {"record": max(1, min(wanted, room)), **needed}


def _line(row: dict[str, str], widths: dict[str, int], screen: Screen) -> str:
    parts = []
    for name, cells in widths.items():
        text = row[name]
        if name == "record" and cell_len(text) > cells:  # names differ most at their ends
            mark = "~" if screen.ascii_only else "…"
            text = mark + text[len(text) - cells + 1 :]
        parts.append(text + " " * (cells - cell_len(text)))
    return "  ".join(parts).rstrip()


def _varying(runs: list[RunSummary]) -> list[str]:
    """Return the parameters that are not the same in all runs."""
    names = dict.fromkeys(name for run in runs for name in run.parameters)
    return [
        name for name in names if len({repr(run.parameters.get(name, ...)) for run in runs}) > 1
    ]


def _sentence(runs: list[RunSummary]) -> str:
    """Return how many runs there are, by how they ended."""
    counts: dict[str, int] = {}
    for run in runs:
        counts[run.status] = counts.get(run.status, 0) + 1
    many = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    return f"{many}: {', '.join(f'{count} {plain(word)}' for word, count in counts.items())}."
