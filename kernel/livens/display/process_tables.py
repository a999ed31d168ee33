"""Many processes for people's eyes: a table of them, and what some names hold in each.

As in `livens.display.tables`, what comes from the user's programs is text and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec
from rich.box import ASCII2, SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from livens.display.tables import FRESH_S, frame_line, value_text
from livens.display.text import ago, cut, human_bytes, plain, sparkline
from livens.protocol.types import Frame, Variable

T = TypeVar("T")

_NAME_CHARS = 16
_VALUE_CHARS = 24
_THREAD_CHARS = 12
_LARGEST = 2
"""So many of the largest variables are named."""

_LEAST_COLUMN = 10
"""A column for a process is this wide at least; those that do not fit are counted."""


class ProcessRow(NamedTuple):
    """What there is to show of one process.

    Attributes
    ----------
    name, title : str
        What it is called, and what a person knows it by.
    state : str
        What it does, or that it does not answer, or has ended and why.
    is_well : bool
        Whether it answers.
    memory : int, optional
        Bytes of its process.
    variables : mapping
        Its variables by name.
    frames : sequence of Frame
        The functions that run in it.
    changed, changed_at
        The name that changed last, and when.
    trends : mapping
        Past values of its numbers.
    """

    name: str
    title: str
    state: str
    is_well: bool
    memory: int | None
    variables: Mapping[str, Variable]
    frames: Sequence[Frame]
    changed: str
    changed_at: float
    trends: Mapping[str, Sequence[float]]


class Shape(NamedTuple):
    """How a table is to look.

    Attributes
    ----------
    now : float
        Seconds since the epoch.
    width : int
        How many columns the terminal has.
    max_rows : int, optional
        Where there are more, the last row says how many.
    ascii_only : bool
        For outputs that cannot show anything else.
    titles : str
        What the titles of processes are.
    """

    now: float
    width: int = 80
    max_rows: int | None = None
    ascii_only: bool = False
    titles: str = "notebook"


class NameRow(NamedTuple):
    """What one name holds in many processes.

    Attributes
    ----------
    name : str
        The name.
    low, high : str
        The smallest and the largest number, with who has it.
    verdict : str
        Whether it is the same in all.
    values : mapping of str to Variable or None
        What each process holds.
    """

    name: str
    low: str
    high: str
    verdict: str
    values: Mapping[str, Variable | None]


def processes_table(
    rows: Sequence[ProcessRow],
    shape: Shape,
) -> Table:
    """Return a table of processes: what each does, its memory, its largest and newest variables.

    Parameters
    ----------
    rows : sequence of ProcessRow
        In this order.
    shape : Shape
        How it is to look.
    """
    table = _table(shape)
    largest = {row.name: _largest(row.variables) for row in rows}
    columns = {"process": 0, shape.titles: 2, "does": 2, "memory": 0, "largest": 2}
    if not any(largest.values()):
        del columns["largest"]
    for title, ratio in columns.items():
        table.add_column(title, no_wrap=True, ratio=ratio or None)
    has_changes = any(row.changed for row in rows) or not any(row.frames for row in rows)
    table.add_column("newest change" if has_changes else "runs", no_wrap=True, ratio=3)
    shown, more = _first(rows, shape.max_rows)
    for row in shown:
        table.add_row(
            _name(row.name, shape),
            Text(plain(row.title)),
            _state(row),
            Text("" if row.memory is None else human_bytes(row.memory)),
            *([Text(largest[row.name], "dim")] if "largest" in columns else []),
            _newest(row, shape),
        )
    _add_more(table, more, at=1)
    return table


def values_table(
    rows: Sequence[ProcessRow],
    names: Sequence[str],
    shape: Shape,
) -> Table:
    """Return a table of what a few names hold in each process, a row for each process."""
    table = _table(shape)
    table.add_column("process", no_wrap=True)
    table.add_column(shape.titles, no_wrap=True, ratio=1)
    for name in names:
        table.add_column(plain(name), no_wrap=True, ratio=2)
    table.add_column("does", no_wrap=True, ratio=1)
    shown, more = _first(rows, shape.max_rows)
    for row in shown:
        table.add_row(
            _name(row.name, shape),
            Text(plain(row.title)),
            *(_value(row.variables.get(n), row.trends.get(n, ()), shape) for n in names),
            _state(row),
        )
    _add_more(table, more, at=1)
    return table


def names_table(
    rows: Sequence[NameRow],
    processes: Sequence[ProcessRow],
    shape: Shape,
) -> Table:
    """Return a table of what names hold, a row for each name and a column for each process.

    What a process held that does not answer is shown dim, below what has become of it.
    """
    table = _table(shape)
    for title in ("name", "min", "max", ""):
        table.add_column(title, no_wrap=True)
    room = max(0, shape.width - 4 * _LEAST_COLUMN - 12) // (_LEAST_COLUMN + 1)
    fitting = list(processes)[: max(1, room)]
    for process in fitting:
        heading = Text(plain(process.name))
        if not process.is_well:
            heading.append(f" {plain(process.state)}", "yellow")
        table.add_column(heading, no_wrap=True, ratio=1, style="" if process.is_well else "dim")
    if len(fitting) < len(processes):
        table.add_column(f"+ {len(processes) - len(fitting)} more", no_wrap=True)
    shown, more = _first(rows, shape.max_rows)
    for row in shown:
        style = "yellow" if row.verdict.startswith("differs") else "dim"
        table.add_row(
            _name(row.name, shape),
            Text(plain(row.low)),
            Text(plain(row.high)),
            Text(row.verdict, style),
            *(_value(row.values.get(process.name), (), shape) for process in fitting),
        )
    _add_more(table, more)
    return table


def process_line(
    name: str, line: str, *, width: int | None = None, ascii_only: bool = False
) -> str:
    """Return a line about one process.

    Examples
    --------
    >>> process_line("3", "loss = 0.5")
    '3: loss = 0.5'
    """
    text = f"{plain(name)}: {line}"
    return text if width is None else cut(text, width, ascii_only=ascii_only)


def _table(shape: Shape) -> Table:
    return Table(
        box=ASCII2 if shape.ascii_only else SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
        width=shape.width,
    )


def _add_more(table: Table, more: int, at: int = 0) -> None:
    """Add a row that says in one of the columns how many there are besides, if there are any."""
    if more:
        table.add_row(*[""] * at, Text(f"+ {more} more", "dim"))


def _first(rows: Sequence[T], max_rows: int | None) -> tuple[Sequence[T], int]:
    if max_rows is None or len(rows) <= max_rows:
        return rows, 0
    return rows[: max_rows - 1], len(rows) - max_rows + 1


def _name(name: str, shape: Shape) -> Text:
    return Text(cut(plain(name), _NAME_CHARS, ascii_only=shape.ascii_only), "bold")


def _state(row: ProcessRow) -> Text:
    return Text(plain(row.state), "" if row.is_well else "yellow")


def _largest(variables: Mapping[str, Variable]) -> str:
    sized = [v for v in variables.values() if v.nbytes is not None]
    sized.sort(key=lambda v: -(v.nbytes or 0))
    return ", ".join(f"{plain(v.name)} {human_bytes(v.nbytes or 0)}" for v in sized[:_LARGEST])


def _runs(frames: Sequence[Frame], ascii_only: bool) -> str:
    """Return what runs, of the first thread, whose name may be the long key of a task."""
    if not frames:
        return ""
    thread = cut(frames[0].thread, _THREAD_CHARS, ascii_only=ascii_only)
    return frame_line(msgspec.structs.replace(frames[0], thread=thread), ascii_only=ascii_only)


def _newest(row: ProcessRow, shape: Shape) -> Text:
    variable = row.variables.get(row.changed)
    if variable is None:
        return Text(_runs(row.frames, shape.ascii_only), "dim")
    text = Text.assemble(
        (plain(variable.name), "bold"), " = ", value_text(variable, ascii_only=shape.ascii_only)
    )
    text.truncate(_VALUE_CHARS + _NAME_CHARS)
    if shape.now - row.changed_at < FRESH_S:
        text.stylize("green")
    return text.append(f", {ago(max(0.0, shape.now - row.changed_at))}", "dim")


def _value(variable: Variable | None, trend: Sequence[float], shape: Shape) -> Text:
    if variable is None:
        return Text("")
    text = value_text(variable, ascii_only=shape.ascii_only)
    if variable.changed_at is not None and shape.now - variable.changed_at < FRESH_S:
        text.stylize("green")
    if len(trend) > 1:
        text.append(" " + sparkline(trend, ascii_only=shape.ascii_only), "cyan")
    return text
