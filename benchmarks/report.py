"""What a run leaves behind: lines in the terminal, a JSON file, a table in the documentation."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from benchmarks.figures import Figure, Spread
from benchmarks.variants import AGAIN, LIVENS, UNWATCHED

BEGIN = "<!-- table: begin (python -m benchmarks --write-docs) -->"
END = "<!-- table: end -->"

_PACKAGES = (
    "livens", "ipykernel", "ipython", "jupyter_client", "comm", "msgspec", "pyzmq", "tornado",
    "traitlets", "numpy", "pandas", "pyperf",
)  # fmt: skip


def setting() -> dict[str, Any]:
    """Return when, where and with what the measuring is done."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed_files": len(_git("status", "--porcelain", "--", "kernel").splitlines()),
        "python": platform.python_version(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
        "system": platform.platform(),
        "processor": _processor(),
        "cpus": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _git(*arguments: str) -> str:
    run = subprocess.run(["git", *arguments], check=False, capture_output=True, text=True)
    return run.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if "model name" in line), "")


def write_json(path: Path, where: dict[str, Any], figures: Iterable[Figure]) -> None:
    """Write every number of a run, a line for each figure."""
    lines = [json.dumps(_short(figure.as_json()), ensure_ascii=False) for figure in figures]
    setting_text = json.dumps(where, ensure_ascii=False)
    listed = ",\n  ".join(lines)
    path.write_text(f'{{"setting": {setting_text},\n "figures": [\n  {listed}]}}\n', "utf-8")


def _short(data: Any) -> Any:
    """Round to six digits."""
    if isinstance(data, float):
        return float(f"{data:.6g}")
    if isinstance(data, dict):
        return {key: _short(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_short(value) for value in data]
    return data


# -- text ----------------------------------------------------------------------------------


def number(value: float, unit: str) -> str:
    """Write a number as precisely as it deserves.

    Examples
    --------
    >>> number(1.0123, "x"), number(12.345, "ms"), number(930.0, "B")
    ('1.012', '12.3', '930')
    """
    if unit == "x":
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def spread_text(spread: Spread | None, unit: str) -> str:
    """Write a median with its quartiles."""
    if spread is None:
        return ""
    middle = number(spread.median, unit)
    if spread.numbers < 2:
        return middle
    return f"{middle} ({number(spread.low, unit)} – {number(spread.high, unit)})"


def line(figure: Figure) -> str:
    """Write a figure for the terminal."""
    parts = [
        f"{name} {spread_text(spread, figure.unit)}" for name, spread in figure.spreads.items()
    ]
    must = f", must {_must(figure)}" if figure.must is not None else ""
    note = f"  [{_notes(figure)}]" if _notes(figure) else ""
    label = f"{figure.measure}: {figure.case}" if figure.case else figure.measure
    return f"{figure.verdict or '-':>6}  {label}, in {figure.unit}{must}: {'; '.join(parts)}{note}"


def _must(figure: Figure) -> str:
    if figure.must is None:
        return ""
    return f"{'≥' if figure.at_least else '≤'} {number(figure.must, figure.unit)}"


def _notes(figure: Figure) -> str:
    differs = "unwatched is not as stock" if figure.unwatched_is_stock is False else ""
    return "; ".join(filter(None, [differs, figure.note]))


def table(figures: Iterable[Figure]) -> str:
    """Write the Markdown table."""
    rows = [
        "| | must | livens, one subscriber | nobody subscribed | stock against itself | |",
        "|---|--:|--:|--:|--:|---|",
    ]
    groups: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        groups.setdefault((figure.measure, figure.unit), []).append(figure)
    for (measure, unit), cases in groups.items():
        rows.append(f"| **{measure}**, in {unit} | | | | | |")
        rows += [_row(figure) for figure in cases]
    return "\n".join(rows)


def _row(figure: Figure) -> str:
    spreads = [figure.spreads.get(v.name) for v in (LIVENS, UNWATCHED, AGAIN)]
    cells = [spread_text(spread, figure.unit) for spread in spreads]
    marks = {"met": "met", "missed": "**missed**", "unsure": "within noise", "": ""}
    last = "; ".join(filter(None, [marks[figure.verdict], _notes(figure)]))
    return f"| {figure.case or 'all'} | {_must(figure)} | {' | '.join(cells)} | {last} |"


def document(where: dict[str, Any], figures: list[Figure]) -> str:
    """Write what stands between the markers of the documentation."""
    versions = ", ".join(f"{name} {number}" for name, number in where["versions"].items())
    return "\n".join(
        [
            f"Measured on {where['date']} at commit `{where['commit']}`, "
            f"Python {where['python']}, {versions}; {where['processor']}, {where['cpus']} CPUs, "
            f"{where['memory_gb']} GB, {where['system']}, load {where['load'][0]}.",
            "",
            table(figures),
        ]
    )


def write_document(path: Path, text: str, begin: str = BEGIN, end: str = END) -> None:
    """Replace what stands between the markers.

    Raises
    ------
    ValueError
        If the markers are not there.
    """
    whole = path.read_text("utf-8")
    if begin not in whole or end not in whole:
        raise ValueError(f"{path} has no place for the table: expected {begin!r} and {end!r}")
    before, _, rest = whole.partition(begin)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")
