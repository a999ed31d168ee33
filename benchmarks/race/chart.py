"""The picture of a race: bars for each peer, as SVG that is read in light and in dark."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from statistics import median
from typing import NamedTuple

from benchmarks.race.page import quantity
from benchmarks.race.peers import LIVENS, RACED
from benchmarks.race.questions import LIVE_VALUES, SIZES
from benchmarks.race.results import Results

_NAMES_WIDTH, _PANEL_WIDTH, _BAR_WIDTH = 170, 200, 110
_HEADING, _ROW, _BAR = 84, 24, 14

_STYLE = """
svg { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
.page { fill: #ffffff; }
text { fill: #1f2328; }
.quiet { fill: #59636e; }
.rest { fill: #8c959f; }
.livens { fill: #0969da; }
.track { fill: #eaeef2; }
.title { font-weight: 600; }
.small { font-size: 11px; }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117; }
  text { fill: #f0f6fc; }
  .quiet { fill: #9198a1; }
  .rest { fill: #656c76; }
  .livens { fill: #4493f8; }
  .track { fill: #21262d; }
}
"""


class Panel(NamedTuple):
    """One column of bars.

    Attributes
    ----------
    title, unit, order : str
        What stands above it, one below the other.
    value : callable
        The number of a peer; None where it was not run.
    text : callable
        How a number is written.
    full : float, optional
        The number whose bar has the full width; by default the largest.
    """

    title: str
    unit: str
    order: str
    value: Callable[[Results, str], float | None]
    text: Callable[[float], str]
    full: float | None = None


def draw(results: Results) -> str:
    """Return the chart of a race: two bands, each with a row for each peer."""
    bands = (_cost_panels(), _other_panels(results))
    width = _NAMES_WIDTH + max(map(len, bands)) * _PANEL_WIDTH + 10
    band_height = _HEADING + len(RACED) * _ROW
    height = len(bands) * band_height + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="title">',
        '<title id="title">Variable inspectors for Jupyter and livens: cost of a cell, bytes, '
        "live values, changes in place and big values</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}" rx="6"/>',
    ]
    for band, panels in enumerate(bands):
        top = band * band_height
        parts += _names(top)
        for number, panel in enumerate(panels):
            parts += _bars(panel, results, _NAMES_WIDTH + number * _PANEL_WIDTH, top)
    parts.append(_text(16, height - 14, _footer(results), "quiet small"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cost_panels() -> list[Panel]:
    def extra(size: int, what: str) -> Callable[[Results, str], float | None]:
        return lambda found, name: found.extra(found.costs.get(str(size), {}), name, what)

    costs = [
        Panel("Cost of x = k", f"{size:,} variables", "less is better", extra(size, "done_ms"), _ms)
        for size in SIZES
    ]
    size = SIZES[-1]
    return [
        *costs,
        Panel("Bytes for it", f"{size:,} variables", "less is better", extra(size, "size"), _bytes),
    ]


def _other_panels(results: Results) -> list[Panel]:
    def live(found: Results, name: str) -> float | None:
        return median(found.live[name]) if found.live.get(name) else None

    def big(word: str) -> Callable[[Results, str], float | None]:
        return lambda found, name: found.extra(found.big_case(word), name, "done_ms")

    changes = len(results.in_place)
    return [
        Panel(
            "Live values", f"of {LIVE_VALUES} in a cell of 2 s", "more is better", live, _count,
            full=LIVE_VALUES,
        ),
        Panel(
            "Changes in place", f"seen, of {changes}", "more is better",
            lambda found, name: found.changes_seen(name), _count, full=changes,
        ),
        Panel("Cost of x = k", "beside an array of 400 MB", "less is better", big("array"), _ms),
        Panel("Cost of x = k", "beside a repr of 0.2 s", "less is better", big("object"), _ms),
    ]  # fmt: skip


def _ms(value: float) -> str:
    return "+" + quantity(value, "ms") if value > 0 else "+0 ms"


def _bytes(value: float) -> str:
    return quantity(value, "B")


def _count(value: float) -> str:
    return f"{value:.0f}"


def _names(top: float) -> list[str]:
    return [
        _text(16, _baseline(top, row), peer.name, "title" if peer == LIVENS else "")
        for row, peer in enumerate(RACED)
    ]


def _bars(panel: Panel, results: Results, left: float, top: float) -> list[str]:
    values = {peer.name: panel.value(results, peer.name) for peer in RACED}
    largest = max((value for value in values.values() if value is not None), default=0.0)
    parts = [
        _text(left, top + 32, panel.title, "title"),
        _text(left, top + 50, panel.unit, "quiet small"),
        _text(left, top + 66, panel.order, "quiet small"),
    ]
    for row, (name, value) in enumerate(values.items()):
        baseline = _baseline(top, row)
        if value is None:
            parts.append(_text(left, baseline, "not run", "quiet"))
            continue
        share = _share(panel, value, largest)
        place = top + _HEADING + row * _ROW
        parts.append(_bar(left, place, 1.0, "track"))
        parts.append(_bar(left, place, share, "livens" if name == LIVENS.name else "rest"))
        parts.append(_text(left + _BAR_WIDTH + 8, baseline, panel.text(value), ""))
    return parts


def _share(panel: Panel, value: float, largest: float) -> float:
    """Return how much of the width a bar has, from 0 to 1."""
    full = largest if panel.full is None else panel.full
    return min(1.0, max(0.0, value / full)) if full > 0 else 0.0


def _bar(left: float, top: float, share: float, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{left}" y="{top}" width="{share * _BAR_WIDTH:.1f}" '
        f'height="{_BAR}" rx="2"/>'
    )


def _baseline(top: float, row: int) -> float:
    return top + _HEADING + row * _ROW + _BAR - 2.5


def _text(left: float, baseline: float, text: str, kind: str) -> str:
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{left}" y="{baseline}"{kind}>{escape(text)}</text>'


def _footer(results: Results) -> str:
    setting = results.setting
    return (
        f"Beyond a stock kernel in the same rounds. {setting['date'][:10]}, "
        f"Python {setting['python']}, {setting['cpus']} CPUs, load {setting['load'][0]} before."
    )
