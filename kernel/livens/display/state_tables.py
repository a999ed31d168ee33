"""What is kept, as tables that fit 60 columns: for the magic and for the command."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from livens.display.tables import as_text
from livens.display.text import cut, human_bytes, plain
from livens.protocol.state_requests import (
    StateCell,
    StateDifference,
    StateDone,
    StateList,
    StateName,
    StateSession,
)

WIDTH = 60
_NAME = 18
_MOST_NAMES = 200
"""So many rows of names are shown."""

_LEAVE_OUT = 12
"""So many names of one kind are listed in a row."""


def status_text(state: StateList) -> str:
    """Return what is kept of each variable, and where."""
    lines = [f"Keeping is {'on' if state.is_on else 'off'}. {plain(state.file)}"]
    if state.nbytes:
        lines[0] += f" ({human_bytes(state.nbytes)})"
    if state.failure:
        since = f" since {clock(state.failed_at)}" if state.failed_at is not None else ""
        lines.append(f"Nothing is kept{since}: {plain(state.failure)}")
    if state.names:
        lines.append(names_text(state.names))
    for session in state.earlier[:3]:
        lines.append(_earlier_text(session))
    if not state.is_on and not state.earlier:
        lines.append("'%state keep on' keeps what each cell changes.")
    return "\n".join(lines)


def _earlier_text(session: StateSession) -> str:
    last = f"kept last {moment(session.last_at)}" if session.last_at is not None else "empty"
    runs = ", still running" if session.is_running else ""
    return f"Earlier session {session.session}: {last}{runs}. See '%state restore'."


def names_text(names: Sequence[StateName]) -> str:
    """Return what has become of names."""
    table = _table("name", "state", "why, or size")
    for name in names[:_MOST_NAMES]:
        said = name.reason
        if not said:
            size = human_bytes(name.nbytes) if name.nbytes else ""
            cell = f"after cell {name.cell}" if name.cell is not None else ""
            said = ", ".join(filter(None, (size, cell)))
        table.add_row(Text(cut(plain(name.name), _NAME)), Text(name.outcome), Text(plain(said)))
    more = len(names) - _MOST_NAMES
    return as_text(table, width=WIDTH) + (f"\n+ {more} more" if more > 0 else "")


def done_text(done: StateDone) -> str:
    """Return what was done."""
    parts = [names_text(done.names)] if done.names else []
    notes = [textwrap.fill(plain(note), WIDTH) for note in done.notes]
    return "\n".join([*parts, *notes]) or "There was nothing to do."


def cells_text(cells: Sequence[StateCell]) -> str:
    """Return what cells changed."""
    if not cells:
        return "No cell is kept yet."
    table = _table("cell", "time", "what it changed")
    for cell in cells:
        number = {"cell": "", "during": "during "}.get(cell.kind, cell.kind)
        number += str(cell.cell) if cell.cell is not None else ""
        what = [*cell.changed, *(f"-{name}" for name in cell.removed)]
        said = _some(what) + (f" (not kept: {_some(cell.not_kept)})" if cell.not_kept else "")
        tag = f" [{plain(cell.tag)}]" if cell.tag else ""
        table.add_row(Text(number or "silent"), Text(clock(cell.at)), Text(plain(said) + tag))
    return as_text(table, width=WIDTH)


def sessions_text(sessions: Sequence[StateSession]) -> str:
    """Return the sessions of an archive."""
    if not sessions:
        return "The archive holds no session."
    table = _table("session", "last kept", "what")
    for session in sessions:
        of = session.name or session.notebook or "no notebook"
        runs = ", running" if session.is_running else ""
        at = moment(session.last_at) if session.last_at is not None else "nothing"
        said = f"{plain(of)}: {session.cells} commits, Python {session.python}{runs}"
        table.add_row(Text(str(session.session)), Text(at), Text(said))
    return as_text(table, width=WIDTH)


def difference_text(difference: StateDifference) -> str:
    """Return what differs between two states."""
    table = _table("name", "difference", "why")
    rows = [
        *((name, "added", "") for name in difference.added),
        *((name, "changed", "") for name in difference.changed),
        *((name, "removed", "") for name in difference.removed),
        *((name, "not known", why) for name, why in difference.unknown.items()),
    ]
    for name, what, why in rows:
        table.add_row(Text(cut(plain(name), _NAME)), Text(what), Text(plain(why)))
    return as_text(table, width=WIDTH) if rows else "Nothing differs."


def clock(at: float) -> str:
    """Return a time of today."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S")


def moment(at: float) -> str:
    """Return a time with its day."""
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _LEAVE_OUT
    return ", ".join(names[:_LEAVE_OUT]) + (f" + {more} more" if more > 0 else "")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
