"""How soon a value is seen, and how many of them, while the code runs.

The cells store the time itself, on the clock that the client reads too: the age of a value is
the difference between its text and its arrival.
"""

from __future__ import annotations

from statistics import quantiles

from benchmarks.figures import Figure, Samples
from benchmarks.kernels import Message
from benchmarks.rounds import Plan, in_turns, started
from benchmarks.variants import LIVENS

MUST_MEDIAN_MS, MUST_99TH_MS = 10.0, 60.0
MUST_PER_SECOND, MUST_AGE_MS = 15.0, 100.0

_PREPARATION = """
import time
def spin(seconds):
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass
"""
_FIRST = {
    "while it sleeps": "seen = time.perf_counter_ns()\ntime.sleep(0.07)",
    "while it computes": "seen = time.perf_counter_ns()\nspin(0.07)",
}
_BUSY = {
    "for loop": """
n = time.perf_counter_ns()
until = n + 1_000_000_000
for _ in iter(int, 1):
    n = time.perf_counter_ns()
    if n > until:
        break
""",
    "while loop with prints": """
n = time.perf_counter_ns()
until = n + 1_000_000_000
while n < until:
    n = time.perf_counter_ns()
    total = sum(range(1000))
    if total < 0:
        print(total)
""",
}


_BLOCK = 5
"""Of so many ages the oldest is compared between commits: a percentile has no rounds."""


def first_statement(plan: Plan) -> list[Figure]:
    """Measure from the first statement of a cell to the client, while the cell goes on."""
    variants, ages = plan.kernels((LIVENS,)), {case: Samples() for case in _FIRST}
    starts = plan.pick(guard=1, quick=1, full=4)
    for _ in range(starts):
        with started(variants) as kernels:
            for kernel in kernels:
                kernel.run(_PREPARATION)
            for case, cell in _FIRST.items():
                for number in range(plan.pick(guard=10, quick=25, full=100)):
                    for kernel in in_turns(kernels, number):
                        run = kernel.run(cell, until=lambda message: bool(message.value_of("seen")))
                        ages[case].add(kernel.variant, _ages_ms(run.messages, "seen")[0])
    figures = []
    note = f"between commits: the oldest of each {_BLOCK}" if plan.trees else ""
    for case in _FIRST:
        middle = Figure("first statement seen", f"{case}, median", "ms", MUST_MEDIAN_MS)
        highest = Figure("first statement seen", f"{case}, 99th", "ms", MUST_99TH_MS, note=note)
        for variant in variants:
            all_of_it = ages[case].of(variant)
            rare = quantiles(all_of_it, n=100, method="inclusive")[98]
            blocks = range(0, len(all_of_it), _BLOCK)
            middle.add(variant, all_of_it, starts)
            highest.add(
                variant, [rare], starts, [max(all_of_it[at : at + _BLOCK]) for at in blocks]
            )
        figures += [middle, highest]
    return figures


def _ages_ms(messages: list[Message], name: str) -> list[float]:
    told = [(m.at, m.value_of(name)) for m in messages if m.kind == "comm_msg"]
    return [at * 1000 - int(value) / 1e6 for at, value in told if value is not None]


def busy_loop(plan: Plan) -> list[Figure]:
    """Count the values that arrive while a loop at the top level runs for a second."""
    variants = plan.kernels((LIVENS,))
    counts, oldest = ({case: Samples() for case in _BUSY} for _ in range(2))
    with started(variants) as kernels:
        for kernel in kernels:
            kernel.run(_PREPARATION)
        for case, cell in _BUSY.items():
            for number in range(plan.rounds(guard=1, quick=1, full=10)):
                for kernel in in_turns(kernels, number):
                    ages = _ages_ms(kernel.run(cell.strip()).messages, "n")
                    counts[case].add(kernel.variant, float(len(ages)))
                    oldest[case].add(kernel.variant, max(ages))
    figures = []
    for case in _BUSY:
        measure = "values in a busy loop of 1 s"
        told = Figure(measure, f"{case}, values", "/s", MUST_PER_SECOND, at_least=True)
        age = Figure(measure, f"{case}, oldest of them", "ms", MUST_AGE_MS)
        for variant in variants:
            told.add(variant, counts[case].of(variant))
            rounds = oldest[case].of(variant)
            age.add(variant, [max(rounds)], rounds=rounds)
        figures += [told, age]
    return figures
