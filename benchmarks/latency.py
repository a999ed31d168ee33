"""How soon a value is seen, and how many of them, while the code runs.

The cells store the time itself, on the clock that the client reads too: the age of a value is
the difference between its text and its arrival.
"""

from __future__ import annotations

from statistics import quantiles

from benchmarks.figures import Figure
from benchmarks.kernels import Message
from benchmarks.rounds import Plan, started
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


def first_statement(plan: Plan) -> list[Figure]:
    """Measure from the first statement of a cell to the client, while the cell goes on."""
    figures = []
    with started((LIVENS,)) as (kernel,):
        kernel.run(_PREPARATION)
        for case, cell in _FIRST.items():
            ages = []
            for _ in range(plan.pick(guard=10, quick=25, full=400)):
                run = kernel.run(cell, until=lambda message: bool(message.value_of("seen")))
                ages.append(_ages_ms(run.messages, "seen")[0])
            rare = quantiles(ages, n=100, method="inclusive")[98]
            middle = Figure("first statement seen", f"{case}, median", "ms", MUST_MEDIAN_MS)
            highest = Figure("first statement seen", f"{case}, 99th", "ms", MUST_99TH_MS)
            figures += [middle.add(LIVENS, ages), highest.add(LIVENS, [rare])]
    return figures


def _ages_ms(messages: list[Message], name: str) -> list[float]:
    told = [(m.at, m.value_of(name)) for m in messages if m.kind == "comm_msg"]
    return [at * 1000 - int(value) / 1e6 for at, value in told if value is not None]


def busy_loop(plan: Plan) -> list[Figure]:
    """Count the values that arrive while a loop at the top level runs for a second."""
    figures = []
    with started((LIVENS,)) as (kernel,):
        kernel.run(_PREPARATION)
        for case, cell in _BUSY.items():
            counts, oldest = [], []
            for _ in range(plan.pick(guard=1, quick=1, full=10)):
                ages = _ages_ms(kernel.run(cell.strip()).messages, "n")
                counts.append(float(len(ages)))
                oldest.append(max(ages))
            measure = "values in a busy loop of 1 s"
            told = Figure(measure, f"{case}, values", "/s", MUST_PER_SECOND, at_least=True)
            age = Figure(measure, f"{case}, oldest of them", "ms", MUST_AGE_MS)
            figures += [told.add(LIVENS, counts), age.add(LIVENS, [max(oldest)])]
    return figures
