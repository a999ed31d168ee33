"""The tables of a race, as Markdown."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.figures import Spread
from benchmarks.race.peers import FLOORS, LEFT_OUT, RACED, Peer
from benchmarks.race.questions import LIVE_VALUES, SIZES
from benchmarks.race.results import Results

BEGIN = "<!-- race: begin (make race) -->"
END = "<!-- race: end -->"


def document(results: Results) -> str:
    """Write what stands between the markers of the page."""
    parts = [
        _caption(results.setting),
        "### All in one table",
        _table(_SUMMARY, results),
        "### Cost of `x = k` by the number of variables",
        _table(_COSTS, results),
        f"With {SIZES[-1]:,} variables:",
        _table(_PARTS, results),
        "### Bytes for `x = k`",
        _table(_BYTES, results),
        "### Live values in a cell of two seconds",
        _table(_LIVE if results.asked else {"by itself": _live}, results),
        "### Changes in place",
        _changes(results),
        "### Beside big values",
        _table(_BIG, results),
        "### Who took part",
        _peers(results),
        "### Not run",
        _left_out(results),
    ]
    return "\n\n".join(parts)


def _caption(setting: dict[str, Any]) -> str:
    versions = ", ".join(
        f"{name} {setting['versions'][name]}"
        for name in ("ipykernel", "ipython", "numpy", "pandas")
        if name in setting["versions"]
    )
    size = "a quick run (few rounds), " if setting.get("quick") else ""
    load = f"load {setting['load'][0]} before and {setting['load_after'][0]} after"
    return (
        f"Measured on {setting['date']} at commit `{setting['commit']}`: {size}"
        f"Python {setting['python']}, {versions}; {setting['cpus']} CPUs, "
        f"{setting['memory_gb']} GB, {load}. A load above 1 before the run means that others used "
        f"the machine: times are then too high for all, and their order is what counts."
    )


def _table(columns: dict[str, Callable[[Results, str], str]], results: Results) -> str:
    rows = [f"| | {' | '.join(columns)} |", "|---|" + "--:|" * len(columns)]
    for peer in RACED:
        cells = (write(results, peer.name) for write in columns.values())
        name = f"**{peer.name}**" if peer == RACED[0] else peer.name
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


# -- columns -------------------------------------------------------------------------------


def quantity(value: float | None, unit: str) -> str:
    """Write a number with its unit, or that it was not run.

    Examples
    --------
    >>> quantity(3.14159, "ms"), quantity(1234.5, "ms"), quantity(None, "ms")
    ('3.1 ms', '1,234 ms', 'not run')
    >>> quantity(950, "B"), quantity(12_400, "B"), quantity(2_300_000, "B")
    ('950 B', '12.4 kB', '2.3 MB')
    """
    if value is None:
        return "not run"
    if unit == "B":
        for size, name in ((1e6, "MB"), (1e3, "kB")):
            if abs(value) >= size:
                return f"{value / size:,.1f} {name}"
        return f"{value:.0f} B"
    return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.1f} {unit}"


def _extra(case: str, what: str, unit: str) -> Callable[[Results, str], str]:
    def write(results: Results, name: str) -> str:
        return quantity(results.extra(results.costs.get(case, {}), name, what), unit)

    return write


def _spread(case: str) -> Callable[[Results, str], str]:
    def write(results: Results, name: str) -> str:
        extras = results.extras(results.costs.get(case, {}), name, "done_ms")
        if not extras:
            return "not run"
        spread = Spread.of(extras)
        low, high = (quantity(value, "ms") for value in (spread.low, spread.high))
        return f"{quantity(spread.median, 'ms')} ({low} – {high})"

    return write


def _live(results: Results, name: str) -> str:
    seen = results.live.get(name)
    return "not run" if not seen else f"{median(seen):.0f} of {LIVE_VALUES}"


def _asked(results: Results, name: str) -> str:
    if not results.live.get(name):
        return "not run"
    seen = results.asked.get(name)
    return "no button" if not seen else f"{median(seen):.0f} of {LIVE_VALUES}"


def _in_place(results: Results, name: str) -> str:
    seen = results.changes_seen(name)
    return "not run" if seen is None else f"{seen} of {len(results.in_place)}"


def _big(case: str) -> Callable[[Results, str], str]:
    def write(results: Results, name: str) -> str:
        extra = results.extra(results.big_case(case), name, "done_ms")
        return quantity(extra, "ms")

    return write


def _peak(case: str) -> Callable[[Results, str], str]:
    def write(results: Results, name: str) -> str:
        peaks = next((p for c, p in results.peaks_mb.items() if c.startswith(case)), {})
        return quantity(peaks.get(name), "MB")

    return write


_MOST = str(SIZES[-1])
_SUMMARY = {
    f"`x = k` beside {SIZES[-1]:,} variables": _extra(_MOST, "done_ms", "ms"),
    "bytes for it": _extra(_MOST, "size", "B"),
    "live values": _live,
    "changes in place": _in_place,
    "beside an array of 400 MB": _big("array"),
    "beside a slow repr": _big("object"),
}
_COSTS = {f"{size:,} variables": _spread(str(size)) for size in SIZES}
_PARTS = {
    "before the cell is idle": _extra(_MOST, "cell_ms", "ms"),
    "CPU of the kernel": _extra(_MOST, "cpu_ms", "ms"),
    "until told, its own pauses included": _extra(_MOST, "told_ms", "ms"),
}
_BYTES = {f"{size:,} variables": _extra(str(size), "size", "B") for size in SIZES}
_LIVE = {"by itself": _live, "button pressed ten times a second": _asked}
_BIG = {
    "array of 400 MB": _big("array"),
    "list of 1,000,000 texts": _big("list"),
    "memory grew meanwhile by": _peak("list"),
    "object whose repr computes for 0.2 s": _big("object"),
}


# -- the other tables ----------------------------------------------------------------------


def _changes(results: Results) -> str:
    rows = [
        f"| | {' | '.join(peer.name for peer in RACED)} |",
        "|---|" + "---|" * len(RACED),
    ]
    for change, verdicts in results.in_place.items():
        seen = (verdicts[p.name].seen if p.name in verdicts else "not run" for p in RACED)
        rows.append(f"| {change} | {' | '.join(seen)} |")
    delays = [
        verdict.delay_ms
        for verdicts in results.in_place.values()
        if (verdict := verdicts.get(RACED[0].name)) and verdict.seen in ("yes", "told")
    ]
    if delays:
        rows.append("")
        rows.append(
            f"livens told the latest of them {quantity(max(0.0, *delays), 'ms')} after the cell "
            "was idle; the others are asked at its end, and answer what is true then."
        )
    return "\n".join(rows)


def _peers(results: Results) -> str:
    rows = ["| | package | how it works |", "|---|---|---|"]
    for peer in (*FLOORS, *RACED):
        package = _package(peer, results.peers.get(peer.name, ""))
        rows.append(f"| {peer.name} | {package} | {peer.what} |")
    return "\n".join(rows)


def _package(peer: Peer, version: str) -> str:
    name = peer.package or ("livens" if peer == RACED[0] else "ipykernel")
    return f"{name} {version}" if version else f"{name}, not installed"


def _left_out(results: Results) -> str:
    rows = [f"- **{name}**: {reason}" for name, reason in results.failed.items()]
    rows += [f"- {name}: {reason}" for name, reason in LEFT_OUT]
    return "\n".join(rows)
