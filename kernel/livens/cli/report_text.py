"""What is in a record, as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from livens.cli.screen import Screen
from livens.display.text import cut, human_bytes, local_time, plain
from livens.recording.frames import RecordedCell
from livens.recording.reading import Record
from livens.recording.record import CellChange, Expected

PREVIEW_CHARS = 60
"""Where a value is cut beside the lines that changed it."""

TREND_VALUES = 12
"""How many values of a number its small bars show."""

SHOWN_CHANGES = 12
"""How many variables a cell lists in the text; the page and the JSON have all."""


def print_record(record: Record, screen: Screen) -> None:
    """Print what each cell did, and the variables at the end."""
    screen.line(headline(record), "bold")
    facts = facts_line(record)
    if facts:
        screen.short_line(facts, "dim")
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
    for expectation in record.expectations:
        is_good = expectation.status == "met"
        screen.line(expectation_text(expectation), "green" if is_good else "red")
    screen.line("")
    for name in record.names:
        values = [p.value for p in record.points(name) if isinstance(p.value, int | float)]
        screen.trends.put(name, [float(value) for value in _sample(values)])
    screen.table(record.final.values())


def expectation_text(checked: Expected) -> str:
    """Return in a line what was expected at the end, and whether it was so.

    Examples
    --------
    >>> expectation_text(Expected(at=0.0, condition="loss < 1", status="met"))
    'Expected loss < 1: met'
    """
    reason = f" ({plain(checked.reason)})" if checked.reason else ""
    return f"Expected {plain(checked.condition)}: {checked.status}{reason}"


def _sample(values: Sequence[float]) -> Sequence[float]:
    """Return a few values, from the first to the last."""
    if len(values) <= TREND_VALUES:
        return values
    step = (len(values) - 1) / (TREND_VALUES - 1)
    return [values[round(index * step)] for index in range(TREND_VALUES)]


def headline(record: Record) -> str:
    """Return in a line what was run, when, and how it ended."""
    header, footer = record.header, record.footer
    when = local_time(header.started_at, "%Y-%m-%d %H:%M")
    many = "1 cell" if len(record.cells) == 1 else f"{len(record.cells)} cells"
    ended = f"{footer.status}, {footer.seconds:.1f} s" if footer else record.status
    reason = f" ({plain(footer.reason)})" if footer and footer.reason else ""
    name = plain(header.notebook) or "A notebook"
    return f"{name}, {when}, livens {plain(header.livens)}: {many}, {ended}{reason}"


def facts_line(record: Record) -> str:
    """Return in a line with what was run, where, and what it took; empty if nothing is known."""
    header, footer, found = record.header, record.footer, record.environment
    parts = [f"{name}={value}" for name, value in header.parameters.items()]
    if header.git is not None:
        changed = ", changed since" if header.git.is_dirty else ""
        parts.append(f"commit {header.git.commit[:7]}{changed}")
    parts += [f"on {header.host}"] if header.host else []
    if found is not None:
        memory = found.peak_memory_bytes
        parts += [f"peak memory {human_bytes(memory)}"] if memory is not None else []
        parts.append(f"Python {found.python}, {len(found.packages)} packages")
    if footer is not None and footer.exit_code is not None:
        parts.append(f"exit code {footer.exit_code}")
    return plain("; ".join(parts))


def _print_cell(cell: RecordedCell, screen: Screen) -> None:
    ended = cell.ended
    seconds = f", {ended.seconds:.1f} s" if ended else ""
    head = f"[{cell.started.number}] {cell.status}{seconds}: {plain(cell.started.first_line)}"
    screen.short_line(head, "" if cell.status == "ok" else "red")
    if ended is None:
        return
    for change in ended.changed[:SHOWN_CHANGES]:
        screen.short_line(f"      {change_text(change)}", "dim")
    more = len(ended.changed) - SHOWN_CHANGES + ended.more
    if more > 0:
        screen.line(f"      and {more} more", "dim")
    if ended.error is not None:
        error = f"      {plain(ended.error.ename)}: {plain(ended.error.evalue)}"
        screen.short_line(error, "red")


def change_text(change: CellChange) -> str:
    """Return in a line what a cell did to a variable.

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
