"""Variables for people's eyes, in a terminal or in plain text.

What comes from the user's program is text and nothing else: it goes into `rich.text.Text`, never
through markup, in the words of `livens.display.text`. Colours are rich's affair, which follows
``NO_COLOR`` and dumb terminals.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from rich.box import ASCII2, SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from livens.display.text import ago, cut, human_bytes, plain, sparkline
from livens.protocol.types import REDACTED, ChangeSet, Frame, Point, Variable

PAINT_S = 0.1
"""How often a live table is painted at the most."""

FRESH_S = 1.5
"""For so long a change is shown as new."""

_COLUMNS = {"name": 20, "type": 14, "size": 16, "changed": 24}
"""The columns besides the value, and how wide they may get where there is room."""
_NARROW = {"name": 14, "type": 10, "size": 12, "changed": 20}
_MIN_VALUE = 15
_MAX_NUMBER = 24
"""Up to so many characters of a number are shown before other columns are."""
_GAP = 2

_SPARKLINE = "cyan"
_LEAST_SPARKLINE = 3
"""So many bars say something; fewer are left out."""

_SUMMARY_CHARS = 30
"""Where a value is cut in a line that has several."""


def newest_first(variables: Iterable[Variable]) -> list[Variable]:
    """Return the variables by when they changed, those that did not by name at the end."""
    return sorted(variables, key=lambda v: (-(v.changed_at or 0.0), v.name))


def variables_table(
    variables: Iterable[Variable],
    *,
    sparklines: Mapping[str, Sequence[float]] | None = None,
    now: float | None = None,
    width: int = 80,
    max_rows: int | None = None,
    ascii_only: bool = False,
) -> Table:
    """Return a table of variables.

    Parameters
    ----------
    variables : iterable of Variable
        In the order of the rows.
    sparklines : mapping of str to sequence of float, optional
        Past values of the numbers, see `livens.display.trends`.
    now : float, optional
        The time, in seconds since the epoch, for "4 s ago"; without it no such thing is shown.
    width : int
        How many columns the terminal has.
    max_rows : int, optional
        Where there are more, the last row says how many.
    ascii_only : bool
        For outputs that cannot show anything else.

    Returns
    -------
    Table
        For a console of rich, or for `as_text`.
    """
    known = list(variables)
    shown = known if max_rows is None or len(known) <= max_rows else known[: max_rows - 1]
    rows = [_row(variable, sparklines or {}, now, ascii_only) for variable in shown]
    more = f"+ {len(known) - len(shown)} more" if len(shown) < len(known) else ""
    numbers = (cell_len(plain(v.preview)) for v in shown if v.kind in ("number", "bool"))
    wanted = min(_MAX_NUMBER, max(numbers, default=0))
    widths = _widths(rows, width, least=len(more), wanted=wanted)
    table = Table(
        box=ASCII2 if ascii_only else SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),
        header_style="bold",
    )
    for column, cells in widths.items():
        table.add_column(column, width=cells, no_wrap=True, overflow="crop")
    for row in rows:
        table.add_row(*(_fit(row[column], widths[column], ascii_only) for column in widths))
    if more:
        table.add_row(*(Text(more, "dim") if column == "value" else "" for column in widths))
    return table


def _row(
    variable: Variable,
    sparklines: Mapping[str, Sequence[float]],
    now: float | None,
    ascii_only: bool,
) -> dict[str, Text]:
    is_fresh = (
        now is not None and variable.changed_at is not None and now - variable.changed_at < FRESH_S
    )
    value = value_text(variable, ascii_only=ascii_only)
    value.stylize("green" if is_fresh else "")
    past = sparklines.get(variable.name, ())
    if len(past) > 1:
        value.append(" " + sparkline(past, ascii_only=ascii_only), _SPARKLINE)
    return {
        "name": Text(plain(variable.name), "bold"),
        "type": Text(plain(variable.type), "dim"),
        "value": value,
        "size": Text(size_text(variable, ascii_only=ascii_only)),
        "changed": Text(changed_text(variable, now), "dim"),
    }


def value_text(variable: Variable, *, ascii_only: bool = False) -> Text:
    """Return the text of a value; its style and words say whether it is stale or skipped."""
    if variable.status == "skipped":
        return Text(plain(f"skipped: {variable.reason or 'no reason given'}"), "dim italic")
    if variable.reason == REDACTED:
        return Text(REDACTED, "dim italic")
    preview = plain(variable.preview)
    if variable.truncated and "…" not in preview:
        preview += " …"
    if ascii_only:
        preview = preview.replace("…", "~").encode("ascii", "backslashreplace").decode()
    text = Text(preview)
    if variable.status == "stale":
        text.append(" (stale)", "dim italic")
    return text


def size_text(variable: Variable, *, ascii_only: bool = False) -> str:
    """Return a size: the shape or the length, and the bytes of what has a shape.

    Examples
    --------
    >>> size_text(Variable("a", [], "array", "ndarray", shape=[3, 4], nbytes=96))
    '3×4, 96 B'
    """
    parts = []
    if variable.shape is not None:
        parts.append(("x" if ascii_only else "×").join(map(str, variable.shape)) or "scalar")
    elif variable.length is not None:
        parts.append(str(variable.length))
    if variable.nbytes is not None and variable.kind not in ("text", "bytes", "number", "bool"):
        parts.append(human_bytes(variable.nbytes))
    return ", ".join(parts)


def changed_text(variable: Variable, now: float | None) -> str:
    """Return where and when a variable changed.

    Examples
    --------
    >>> from livens.protocol.types import Origin
    >>> x = Variable("x", [], "number", "int", changed_at=10.0, changed_by=Origin(3, line=2))
    >>> changed_text(x, 14.2)
    '[3] line 2, 4 s ago'
    """
    where = ""
    origin = variable.changed_by
    if origin is not None:
        parts = [] if origin.execution_count is None else [f"[{origin.execution_count}]"]
        parts += [] if origin.line is None else [f"line {origin.line}"]
        parts += [f"set from {origin.client}"] if origin.client else []
        where = " ".join(parts)
    if now is None or variable.changed_at is None:
        return where
    when = ago(max(0.0, now - variable.changed_at))
    return f"{where}, {when}" if where else when


def _widths(rows: list[dict[str, Text]], width: int, *, least: int, wanted: int) -> dict[str, int]:
    """Return the width of each column: what it needs, and for the value the rest."""
    widest = {
        column: max([len(column), *(row[column].cell_len for row in rows)])
        for column in ("name", "type", "value", "size", "changed")
    }
    widest["value"] = max(widest["value"], least)
    if not any(row["changed"].plain for row in rows):
        del widest["changed"]
    wanted = max(wanted, min(_MIN_VALUE, widest["value"]))
    for limits, dropped in (
        (_COLUMNS, ""),
        *((_NARROW, column) for column in ("", "changed", "size", "type")),
    ):
        widest.pop(dropped, None)
        taken = {
            name: min(cells, limits[name]) for name, cells in widest.items() if name != "value"
        }
        left = width - 1 - _GAP * len(taken) - sum(taken.values())
        if left >= wanted:
            break
    taken["value"] = max(5, min(left, widest["value"]))
    return {name: taken[name] for name in widest}


def _fit(text: Text, width: int, ascii_only: bool) -> Text:
    """Return a styled text cut to a width: of a sparkline first, whose newest part stays."""
    if text.cell_len <= width:
        return text
    if text.spans and text.spans[-1].style == _SPARKLINE:
        at = text.spans[-1].start
        value, line = text[:at], text[at:]
        value.rstrip()
        room = width - value.cell_len - 1
        if room >= _LEAST_SPARKLINE:
            return Text.assemble(value, " ", line[-room:])
        text = value
        if text.cell_len <= width:
            return text
    text.truncate(max(0, width - 1))
    text.append("~" if ascii_only else "…")
    return text


def summary_line(
    change_set: ChangeSet, *, width: int | None = None, ascii_only: bool = False
) -> str:
    """Return in one line what a change set changed.

    Examples
    --------
    >>> x = Variable("x", [["name", "x"]], "number", "int", preview="5")
    >>> df = Variable("df", [["name", "df"]], "table", "DataFrame", shape=[3, 4])
    >>> summary_line(ChangeSet("e", 1, [x, df], removed=["y"]))
    'x = 5, df (3, 4), - y'
    """
    parts = [_short(variable, ascii_only) for variable in change_set.changed]
    parts += [f"- {plain(name)}" for name in change_set.removed]
    parts += [f"{plain(item.name)} ?" for item in change_set.unevaluated]
    line = ", ".join(parts)
    return line if width is None else cut(line, width, ascii_only=ascii_only)


def status_line(
    variables: Iterable[Variable],
    *,
    width: int,
    sparklines: Mapping[str, Sequence[float]] | None = None,
    note: str = "",
    ascii_only: bool = False,
) -> str:
    """Return as many variables as fit into one line.

    Examples
    --------
    >>> x = Variable("x", [["name", "x"]], "number", "int", preview="5")
    >>> status_line([x], width=80, sparklines={"x": [1, 5]}, note="the kernel has ended")
    'the kernel has ended | x = 5 ▁█'
    """
    parts = [plain(note)] if note else []
    room = width - len(note)
    for variable in variables:
        part = _short(variable, ascii_only)
        past = (sparklines or {}).get(variable.name, ())
        if len(past) > 1:
            part += " " + sparkline(past, ascii_only=ascii_only)
        parts.append(part)
        room -= len(part)
        if room < 0:
            break
    return cut(" | ".join(parts), width, ascii_only=ascii_only)


def _short(variable: Variable, ascii_only: bool) -> str:
    name = plain(variable.name)
    if variable.shape is not None:
        return f"{name} ({', '.join(map(str, variable.shape))})"
    if variable.kind in ("function", "class", "module"):
        return f"{name} ({variable.kind})"
    value = value_text(variable, ascii_only=ascii_only).plain
    if variable.length is not None and len(value) > _SUMMARY_CHARS:
        return f"{name} ({plain(variable.type)} of {variable.length})"
    return f"{name} = {cut(value, _SUMMARY_CHARS, ascii_only=ascii_only)}"


def frame_line(frame: Frame, *, width: int | None = None, ascii_only: bool = False) -> str:
    """Return in one line where a function is and what its locals hold.

    Examples
    --------
    >>> epoch = Variable("epoch", [], "number", "int", preview="3")
    >>> frame_line(Frame("train", "", 12, variables=[epoch]))
    'train() line 12: epoch=3'
    """
    file = frame.file.replace("\\", "/").rpartition("/")[2]
    line = f"{plain(frame.function)}() {plain(file) + ' ' if file else ''}line {frame.line}"
    if frame.thread:
        line = f"{plain(frame.thread)}: {line}"
    known = [f"{plain(v.name)}={cut(value_text(v).plain, _SUMMARY_CHARS)}" for v in frame.variables]
    if known:
        line += ": " + ", ".join(known)
    if ascii_only:
        line = line.replace("…", "~").encode("ascii", "backslashreplace").decode()
    return line if width is None else cut(line, width, ascii_only=ascii_only)


def history_text(
    name: str, points: Sequence[Point], *, width: int = 80, ascii_only: bool = False
) -> str:
    """Return what a variable was: a line of figures, and a line that draws it.

    Examples
    --------
    >>> points = [Point(float(at), value) for at, value in enumerate([8, 4, 2, 1])]
    >>> print(history_text("loss", points))
    loss: 4 points in 3 s, 8 to 1 (1 to 8)
    █▄▂▁
    """
    numbers = [measure for measure in map(_measured, points) if measure is not None]
    what = "points" if any(point.value is not None for point in points) else "sizes"
    line = f"{plain(name)}: {len(points)} {what}"
    if len(points) > 1:
        line += f" in {points[-1].at - points[0].at:.3g} s"
    finite = [number for number in numbers if math.isfinite(number)]
    if finite:
        first, last, low, high = (f"{n:.4g}" for n in (*_ends(finite), min(finite), max(finite)))
        line += f", {first} to {last} ({low} to {high})"
    drawn = sparkline(_thinned(numbers, width), ascii_only=ascii_only)
    return "\n".join([cut(line, width, ascii_only=ascii_only), *([drawn] if numbers else [])])


def _ends(numbers: Sequence[float]) -> tuple[float, float]:
    return numbers[0], numbers[-1]


def _measured(point: Point) -> float | None:
    """Return what to draw of a point: its number, or how many items there were."""
    if point.value is not None:
        return float(point.value)
    return None if point.size is None else float(math.prod(point.size))


def _thinned(numbers: Sequence[float], count: int) -> list[float]:
    """Return the means of equally many neighbours, where there are more numbers than wanted."""
    if len(numbers) <= count:
        return list(numbers)
    cuts = [index * len(numbers) // count for index in range(count + 1)]
    return [sum(number / (b - a) for number in numbers[a:b]) for a, b in pairwise(cuts)]


def as_text(renderable: RenderableType, *, width: int = 80) -> str:
    """Return what rich draws, without colours, for files and for ``text/plain``."""
    console = Console(
        file=io.StringIO(), width=width, color_system=None, force_terminal=False, highlight=False
    )
    with console.capture() as capture:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
