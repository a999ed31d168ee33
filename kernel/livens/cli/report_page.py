"""The page of a record: one HTML file that loads nothing else.

The record is in the page as JSON, which its script puts into text nodes: values are text and
never markup. The page's own policy (CSP) allows its one script and its one style sheet, by their
hashes, and forbids every request.
"""

from __future__ import annotations

import base64
import hashlib
import html
import math
from importlib.resources import files
from typing import Any

import msgspec

from livens.cli.report_text import expectation_text, facts_line, headline
from livens.display.tables import changed_text, size_text, value_text
from livens.display.text import local_time
from livens.protocol.types import Point, Variable
from livens.recording.frames import RecordedCell
from livens.recording.reading import Record

MAX_CHANGES = 50_000
"""So many changes are in a page; of more, the first ones."""

MAX_POINTS = 1_000
"""So many points of one variable; of more, the extremes of as many pieces of time."""

MAX_SERIES = 500
"""So many variables have a plot."""

_SCRIPTS = ("plots.js", "page.js")

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<header><h1 id="title">{title}</h1><p id="headline" class="dim"></p><div id="notes"></div></header>
<nav><input id="search" type="search" placeholder="Search names, values, code"
 aria-label="Search names, values and code"></nav>
<main>
<h2>Cells</h2><div id="cells"></div>
<h2>Numbers over time</h2><div id="plots"></div><p id="more-plots" class="dim"></p>
<h2>Variables at the end</h2><div id="final"></div>
<h2>All changes <span id="count" class="dim"></span></h2>
<div id="changes" tabindex="0" aria-label="All changes"></div>
</main>
<noscript>The record is in this page as JSON; its tables need JavaScript.</noscript>
<script type="application/json" id="record">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def page(record: Record) -> str:
    """Return the page."""
    assets = files("livens.cli") / "assets"
    script = "".join((assets / name).read_text("utf-8") for name in _SCRIPTS)
    style = (assets / "page.css").read_text("utf-8")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return _PAGE.format(
        policy=policy,
        title=html.escape(_title(record)),
        style=style,
        script=script,
        data=_embedded(as_data(record)),
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _embedded(data: dict[str, Any]) -> str:
    """Return JSON that cannot end the element that it is in."""
    text = msgspec.json.encode(data).decode()
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _title(record: Record) -> str:
    return record.header.notebook or record.path.name


def as_data(record: Record) -> dict[str, Any]:
    """Return what the page shows."""
    began = record.header.started_at
    changes = [
        [
            round(change.at - began, 4),
            change.name,
            change.number,
            change.line,
            change.variable.type if change.variable is not None else None,
            value_text(change.variable).plain if change.variable is not None else None,
        ]
        for change in record.changes[:MAX_CHANGES]
    ]
    return {
        "title": _title(record),
        "headline": ". ".join(filter(None, (headline(record), facts_line(record)))),
        "notes": _notes(record),
        "met": [expectation_text(one) for one in record.expectations if one.status == "met"],
        "cells": [_cell(cell, record.header.policy.max_chars) for cell in record.cells],
        "series": _series(record),
        "final": [_variable(variable) for variable in record.final.values()],
        "changes": changes,
    }


def _notes(record: Record) -> list[str]:
    notes = [*record.problems, *(event.message for event in record.events)]
    notes += [expectation_text(one) for one in record.expectations if one.status != "met"]
    for cut in record.cuts:
        what = f" of {cut.name}" if cut.name else ""
        where = f" in cell {cut.number}" if cut.number is not None else ""
        notes.append(
            f"The limits of the record left out {cut.dropped or 'the'} {cut.what}{what}{where}."
        )
    if len(record.changes) > MAX_CHANGES:
        notes.append(f"The page has the first {MAX_CHANGES} of {len(record.changes)} changes.")
    return notes


def _cell(cell: RecordedCell, max_chars: int) -> dict[str, Any]:
    ended = cell.ended
    error = ended.error if ended is not None else None
    source = cell.started.source or cell.started.first_line
    return {
        "number": cell.started.number,
        "status": cell.status,
        "seconds": ended.seconds if ended is not None else None,
        "first_line": cell.started.first_line,
        "source": source,
        "cut": len(source) >= max_chars,
        "error": (error.traceback or f"{error.ename}: {error.evalue}") if error else "",
        "more": ended.more if ended is not None else 0,
        "changed": [
            {name: getattr(change, name) for name in change.__struct_fields__}
            for change in (ended.changed if ended is not None else [])
        ],
    }


def _variable(variable: Variable) -> dict[str, str]:
    when = ""
    if variable.changed_at is not None:
        when = local_time(variable.changed_at, "%H:%M:%S")
    return {
        "name": variable.name,
        "type": variable.type,
        "preview": value_text(variable).plain,
        "size": size_text(variable),
        "changed": changed_text(variable, None) or when,
    }


def _series(record: Record) -> list[dict[str, Any]]:
    """Return the plots: of numbers that had two values or more."""
    began = record.header.started_at
    found = []
    for name in record.names[: 4 * MAX_SERIES]:
        points = [p for p in record.points(name) if number(p) is not None]
        if len(points) < 2 or not any(math.isfinite(number(p) or 0.0) for p in points):
            continue
        thin = thinned(points)
        values = [number(p) for p in thin]
        found.append(
            {
                "name": name,
                "times": [round(p.at - began, 4) for p in thin],
                "values": [v if v is not None and math.isfinite(v) else None for v in values],
                "cells": [p.execution_count for p in thin],
            }
        )
        if len(found) >= MAX_SERIES:
            break
    return found


def number(point: Point) -> float | None:
    """Return what a point says as a number, if it is one.

    Examples
    --------
    >>> number(Point(0.0, "inf")), number(Point(0.0, None))
    (inf, None)
    """
    if isinstance(point.value, str) and point.value not in ("nan", "inf", "-inf"):
        return None
    try:
        return None if point.value is None else float(point.value)
    except OverflowError:
        return None


def thinned(points: list[Point], limit: int = MAX_POINTS) -> list[Point]:
    """Return fewer points that draw the same picture: the extremes of each piece of time.

    Examples
    --------
    >>> [p.value for p in thinned([Point(float(n), n % 7) for n in range(100)], 4)]
    [0, 6, 6, 0, 1]
    """
    if len(points) <= limit:
        return points
    size = -(-len(points) // max(1, limit // 2))
    chosen = []
    for start in range(0, len(points), size):
        piece = points[start : start + size]
        finite = [p for p in piece if math.isfinite(number(p) or 0.0)]
        if not finite:
            chosen.append(piece[0])
            continue
        low, high = min(finite, key=_value), max(finite, key=_value)
        chosen += [low, high] if low.at <= high.at else [high, low]
    return [*chosen, points[-1]]


def _value(point: Point) -> float:
    return number(point) or 0.0
