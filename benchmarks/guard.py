"""The guard: a small selection with wide limits, for machines that are noisy and busy.

It is there to notice that something got several times slower, or that a cost began to follow the
size of the namespace. It says nothing about the targets. What breaks a limit is measured again,
and only what breaks it three times counts: a machine that was busy elsewhere for a while is no
reason to fail, and what watching costs is there every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from benchmarks import cells, footprint, latency, memory, speed, suite
from benchmarks.figures import Figure
from benchmarks.report import line, number
from benchmarks.rounds import Plan
from benchmarks.variants import LIVENS, UNWATCHED, Variant

PLAN = Plan("guard")
TRIES = 3

_CODE = (
    suite.NESTED_CALLS,
    suite.CLASSES,
    suite.STORES,
    suite.ADDING,
    suite.COMPREHENSIONS,
    suite.ASYNC,
)


class Check(NamedTuple):
    """Something to measure, and how far it may go.

    Attributes
    ----------
    measure : callable
        Gives the figures.
    limits : dict
        The limit for the figures of a measure, by its name. Others are not checked.
    """

    measure: Callable[[], list[Figure]]
    limits: dict[str, float]


CHECKS = (
    # The wall time too: who takes the GIL away costs the executing thread no time of its own.
    Check(
        lambda: speed.user_code(PLAN, _CODE),
        {"user code": 1.25, "user code, wall time": 1.6},
    ),
    Check(
        lambda: cells.small_cell(PLAN),
        {"x = k, until told": 15.0, "x = k, bytes on IOPub": cells.MUST_BYTES},
    ),
    Check(
        lambda: cells.many_variables(PLAN),
        {"a cell that makes 1,000 new variables, CPU until idle": 8.0},
    ),
    Check(lambda: latency.first_statement(PLAN), {"first statement seen": 150.0}),
    Check(lambda: memory.peaks(PLAN), {"array of 400 MB, peak of memory": 1.15}),
    Check(
        lambda: footprint.being_there(PLAN),
        {"CPU while idle, 10,000 variables": 5.0, "resident memory": 40.0},
    ),
)
"""Wide limits: ratios to stock, milliseconds and bytes beyond stock, per cent of a core."""


def broken(check: Check) -> dict[tuple[str, str, str], str]:
    """Measure, and return a sentence for each limit that was broken, by what broke it."""
    found = {}
    for figure in check.measure():
        limit = check.limits.get(figure.measure)
        if limit is None:
            continue
        print(line(figure), flush=True)
        for variant in (LIVENS, UNWATCHED):
            if _is_beyond(figure, variant, limit):
                value = number(figure.spreads[variant.name].median, figure.unit)
                found[figure.measure, figure.case, variant.name] = (
                    f"{figure.measure}, {figure.case}: {variant.name} is at {value} "
                    f"{figure.unit}, the guard's limit is {number(limit, figure.unit)}"
                )
    return found


def _is_beyond(figure: Figure, variant: Variant, limit: float) -> bool:
    spread = figure.spreads.get(variant.name)
    return spread is not None and spread.median > limit


def failures_of(check: Check) -> list[str]:
    """Measure up to `TRIES` times; return what broke its limit every time."""
    failing = broken(check)
    for _ in range(TRIES - 1):
        if not failing:
            break
        print("A limit was broken; measuring once more", flush=True)
        again = broken(check)
        failing = {what: again[what] for what in failing if what in again}
    return list(failing.values())


def run(checks: Iterable[Check] = CHECKS) -> int:
    """Run all checks; returns the exit status."""
    failures = [failure for check in checks for failure in failures_of(check)]
    for failure in failures:
        print(f"FAILED {TRIES} times: {failure}")
    if failures:
        print("Run `make bench ARGS=--quick` before and after the change to see what it costs.")
    return 1 if failures else 0
