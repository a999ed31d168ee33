"""Tables of many processes: what fits, who does not answer, and what differs."""

from __future__ import annotations

from livens.display.process_tables import (
    NameRow,
    ProcessRow,
    Shape,
    names_table,
    processes_table,
    values_table,
)
from livens.display.tables import as_text
from livens.protocol.types import Frame, Variable


def _variable(name: str, preview: str, **fields: object) -> Variable:
    return Variable(name, [], "number", "float", preview=preview, **fields)


def _row(name: str, *variables: Variable, **fields: object) -> ProcessRow:
    row = ProcessRow(
        name, "a.ipynb", "idle", True, 5_000_000, {v.name: v for v in variables}, (), "", 0.0, {}
    )
    return row._replace(**fields)


def test_row_has_memory_largest_and_newest() -> None:
    """Of the largest variables two, of the newest one with its value and age."""
    data = [_variable(f"d{n}", "[…]", nbytes=n * 1_000) for n in range(1, 5)]
    row = _row("k1", *data, _variable("loss", "0.5"), changed="loss", changed_at=96.0)
    text = as_text(processes_table([row], Shape(100.0, 140)), width=140)
    assert "5.0 MB" in text
    assert "d4 4.0 kB, d3 3.0 kB " in text
    assert "loss = 0.5, 4 s ago" in text


def test_running_function_stands_where_no_variable_changed() -> None:
    """As in a worker of dask, whose tasks have locals only."""
    frame = Frame("task", "", 3, "key-1", variables=[_variable("n", "4")])
    text = as_text(processes_table([_row("w", frames=[frame])], Shape(100.0, 140)), width=140)
    assert "key-1: task() line 3: n=4" in text
    long = [frame.__class__("task", "", 3, "task-" + "f" * 40)]
    text = as_text(processes_table([_row("w", frames=long)], Shape(100.0, 140)), width=140)
    assert "task-ffffff…: task() line 3" in text


def test_what_does_not_fit_is_counted() -> None:
    """Rows in the last row, processes in the last column."""
    rows = [_row(f"k{number}", _variable("x", str(number))) for number in range(50)]
    shown = as_text(values_table(rows, ["x"], Shape(0.0, 80, max_rows=10)))
    assert len(shown.splitlines()) == 12
    assert "+ 41 more" in shown
    name = NameRow("x", "0 (k0)", "49 (k49)", "differs", {r.name: r.variables["x"] for r in rows})
    wide = as_text(names_table([name], rows, Shape(0.0, 100)), width=100)
    assert "more" in wide.splitlines()[0]
    assert "differs" in wide
    assert max(map(len, wide.splitlines())) <= 100


def test_process_that_is_not_there_says_so_above_its_values() -> None:
    """They are those of its last message."""
    rows = [_row("0", _variable("x", "1")), _row("1", _variable("x", "2"))]
    rows[1] = rows[1]._replace(state="ended: killed", is_well=False)
    name = NameRow("x", "1 (0)", "1 (0)", "same", {r.name: r.variables["x"] for r in rows})
    text = as_text(names_table([name], rows, Shape(0.0, 100)), width=100)
    assert text.splitlines()[0].split() == ["name", "min", "max", "0", "1", "ended:", "killed"]


def test_control_characters_reach_no_terminal() -> None:
    """Titles and reasons come from others' programs."""
    row = _row("k\x1b[31m", title="\x1b]0;t\x07.ipynb", state="ended: \x1b[2J", is_well=False)
    for table in (
        processes_table([row], Shape(0.0, 120)),
        values_table([row], ["\x1b[x"], Shape(0.0, 120)),
    ):
        assert "\x1b" not in as_text(table, width=120)
