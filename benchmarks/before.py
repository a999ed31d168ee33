"""What became worse since an earlier commit, whose kernels ran in the same rounds.

Neighbours are compared: the quotient of the two kernels in each round where a figure is a ratio to
stock, else their difference. Stock itself drops out of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from benchmarks.figures import ENOUGH, Figure, Spread
from benchmarks.kernels import Kernel
from benchmarks.report import spread_text
from benchmarks.rounds import Plan
from benchmarks.variants import BEFORE, LIVENS, UNWATCHED, UNWATCHED_BEFORE, Variant

Verdict = Literal["worse", "worse once", "better", "same", ""]

PAIRS = ((LIVENS, BEFORE), (UNWATCHED, UNWATCHED_BEFORE))

TRIES = 3
"""How often a figure has to come out as worse, each time with new kernels.

Of equal kernels one figure in twenty did in a first look: by chance, or because of the luck that
the memory of one process has for as long as it lives.
"""


class Change(NamedTuple):
    """A figure of one kind of kernel, now and before.

    Attributes
    ----------
    figure : Figure
        What was measured.
    now, before : Variant
        The two kernels.
    spread : Spread
        The quotients or the differences of the rounds.
    verdict : str
        "worse" or "better" where their median is beyond twice its standard error, else "same";
        empty where there are too few rounds to know, and "worse once" where measuring again did
        not confirm it.
    """

    figure: Figure
    now: Variant
    before: Variant
    spread: Spread
    verdict: Verdict

    @property
    def label(self) -> str:
        """What it is called in a sentence."""
        unwatched = "nobody subscribed" if self.now == UNWATCHED else ""
        return ", ".join(filter(None, [self.figure.measure, self.figure.case, unwatched]))


def changes_of(figures: Iterable[Figure]) -> list[Change]:
    """Compare all figures that were measured of both commits."""
    return [
        _change(figure, now, before)
        for figure in figures
        for now, before in PAIRS
        if now.name in figure.rounds and before.name in figure.rounds
    ]


def _change(figure: Figure, now: Variant, before: Variant) -> Change:
    pairs = list(zip(figure.rounds[now.name], figure.rounds[before.name], strict=True))
    is_ratio = figure.unit == "x"
    spread = Spread.of([a / b if is_ratio else a - b for a, b in pairs], figure.starts)
    more = spread.median - (1.0 if is_ratio else 0.0)
    verdict: Verdict = "same"
    if len(pairs) < ENOUGH:
        verdict = ""
    elif abs(more) > 2 * spread.error:
        verdict = "worse" if (more > 0) != figure.at_least else "better"
    return Change(figure, now, before, spread, verdict)


def confirmed(changes: list[Change], again: Callable[[], Iterable[Figure]]) -> list[Change]:
    """Measure again while anything is worse, up to `TRIES` times; what is not so again is noise."""
    for _ in range(TRIES - 1):
        if not worse_of(changes):
            break
        print("Something is worse than before; measuring once more", flush=True)
        still = {change.label for change in worse_of(changes_of(again()))}
        changes = [
            change._replace(verdict="worse once")
            if change.verdict == "worse" and change.label not in still
            else change
            for change in changes
        ]
    return changes


def check_kernels(plan: Plan) -> None:
    """Start each kind of kernel once, and look where its livens comes from.

    Raises
    ------
    RuntimeError
        If it is not from the folder that it should be from.
    """
    for variant in plan.kernels((LIVENS,)):
        with Kernel(variant) as kernel:
            found = kernel.run("import livens", value="livens.__file__").found
        if variant.code is None or not Path(found).is_relative_to(variant.code.resolve()):
            raise RuntimeError(f"the kernel {variant.name} runs {found}, not {variant.code}")


# -- text ----------------------------------------------------------------------------------


def table(changes: Iterable[Change], revision: str) -> str:
    """Write the comparison as Markdown."""
    rows = [
        f"| | now | before ({revision}) | now to before: quotient of ratios, else difference | |",
        "|---|--:|--:|--:|---|",
    ]
    heading = ""
    for change in changes:
        figure = change.figure
        above = f"| **{figure.measure}**, in {figure.unit} | | | | |"
        if above != heading:
            rows.append(above)
            heading = above
        unwatched = "nobody subscribed" if change.now == UNWATCHED else ""
        case = ", ".join(filter(None, [figure.case, unwatched])) or "all"
        spreads = (figure.spreads[v.name] for v in (change.now, change.before))
        texts = [spread_text(spread, figure.unit) for spread in (*spreads, change.spread)]
        verdict = "**worse**" if change.verdict == "worse" else change.verdict or "too few rounds"
        rows.append(f"| {case} | {' | '.join(texts)} | {verdict} |")
    return "\n".join(rows)


def conclusion(changes: Iterable[Change]) -> str:
    """Write the line that counts: what is worse, if anything is.

    Examples
    --------
    >>> conclusion([])
    'nothing could be compared'
    """
    judged = [change for change in changes if change.verdict]
    if not judged:
        return "nothing could be compared"
    worse = worse_of(judged)
    if not worse:
        return f"no figure is worse beyond twice the standard error ({len(judged)} compared)"
    names = "\n".join(f"  {change.label}" for change in worse)
    return (
        f"worse beyond twice the standard error, {TRIES} times out of {TRIES}: "
        f"{len(worse)} of {len(judged)} compared\n{names}"
    )


def worse_of(changes: Iterable[Change]) -> list[Change]:
    """Return those that became worse."""
    return [change for change in changes if change.verdict == "worse"]
