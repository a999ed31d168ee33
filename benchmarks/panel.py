"""What the tests in the browser measured of the panel, as a table in the documentation.

Time in a browser is measured in the browser: the tests in ``kernel/labextension/tests/browser``
write a line of JSON for each figure (``make bench-panel``), and this puts them beside the date and
the machine. Nothing is measured here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks import report

BEGIN = "<!-- panel: begin (make bench-panel) -->"
END = "<!-- panel: end -->"

Line = dict[str, Any]


def read(path: Path) -> list[Line]:
    """Read the figures that the tests wrote, the newest of each.

    Raises
    ------
    ValueError
        If there are none.
    """
    lines = [json.loads(text) for text in path.read_text("utf-8").splitlines()]
    if not lines:
        raise ValueError(f"{path} has no figures: were the tests in the browser run?")
    for line in lines:
        line["value"] = round(line["value"], 4)
    return list({(line["measure"], line["case"]): line for line in lines}.values())


def write(path: Path, where: Line, lines: Iterable[Line]) -> None:
    """Keep the figures, with when and where they were measured."""
    listed = ",\n  ".join(json.dumps(line, ensure_ascii=False) for line in lines)
    setting = json.dumps(where, ensure_ascii=False)
    path.write_text(f'{{"setting": {setting},\n "figures": [\n  {listed}]}}\n', "utf-8")


def table(lines: Iterable[Line]) -> str:
    """Write the Markdown table.

    Examples
    --------
    >>> print(table([{"measure": "delay", "case": "median", "unit": "ms", "value": 31.4,
    ...               "must": 150}]))
    | | must | measured | |
    |---|--:|--:|---|
    | **delay**, in ms | | | |
    | median | ≤ 150 | 31.4 | met |
    """
    rows = ["| | must | measured | |", "|---|--:|--:|---|"]
    for measure, group in groupby(lines, key=lambda line: line["measure"]):
        cases = list(group)
        rows.append(f"| **{measure}**, in {cases[0]['unit']} | | | |")
        rows += [_row(line) for line in cases]
    return "\n".join(rows)


def _row(line: Line) -> str:
    value, must, unit = line["value"], line["must"], line["unit"]
    if must is None:
        return f"| {line['case']} |  | {report.number(value, unit)} |  |"
    mark = "met" if value <= must else "**missed**"
    limit, measured = report.number(must, unit), report.number(value, unit)
    return f"| {line['case']} | ≤ {limit} | {measured} | {mark} |"


def document(where: Line, lines: Iterable[Line]) -> str:
    """Write what stands between the markers of the documentation."""
    return "\n".join(
        [
            f"Measured in Chromium on {where['date']} at commit `{where['commit']}`; "
            f"{where['processor']}, {where['cpus']} CPUs, {where['system']}, "
            f"load {where['load'][0]}.",
            "",
            table(lines),
        ]
    )
