"""How fast the user's own code runs.

Kernels are started anew several times: where the allocator and the randomised addresses put a
process decides about two or three per cent of its speed, for as long as it lives.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.figures import Figure, Samples, geometric_mean
from benchmarks.kernels import Kernel
from benchmarks.rounds import Plan, in_turns, started
from benchmarks.suite import CASES, N_BODY, NESTED_CALLS, PREPARATION, Case
from benchmarks.variants import AGAIN, ALL, COMPARED, FRAMES, STOCK, UNWATCHED, Variant

MEASURE = "user code"
READINGS = "%timeit"
MUST_EACH, MUST_MEAN, MUST_READING = 1.03, 1.01, 1.02

_READINGS = {
    "a global": "GLOBAL",
    "a call": "called()",
    "a builtin": "len",
    "a builtin's call": "len(TEXT)",
}
_COMPILED = 5
"""How many times each is compiled: where its code lies in memory is worth a tenth of its time."""

_BEST = f"min(_reading.best for _reading in [{', '.join(f'_r{i}' for i in range(_COMPILED))}])"
_READINGS_PREPARATION = """
GLOBAL, TEXT = 1, "text"
def called():
    return GLOBAL
"""


def user_code(
    plan: Plan,
    cases: Sequence[Case] = CASES,
    measure: str = MEASURE,
    variants: Sequence[Variant] = ALL,
) -> list[Figure]:
    """Compare the CPU time of the executing thread, and the wall time, of each case."""
    cpu = {case.name: Samples() for case in cases}
    wall = {case.name: Samples() for case in cases}
    starts = plan.pick(guard=1, quick=1, full=6)
    for _ in range(starts):
        with started(plan.kernels(variants)) as kernels:
            for kernel in kernels:
                _prepare(kernel, cases)
            for number in range(plan.rounds(guard=5, quick=3, full=7)):
                for case in cases:
                    for kernel in in_turns(kernels, number):
                        cpu_s, wall_s = kernel.run(case.cell, value="_took").found
                        cpu[case.name].add(kernel.variant, cpu_s)
                        wall[case.name].add(kernel.variant, wall_s)
    return [
        *_figures(measure, cpu, starts, is_cpu=True),
        *_figures(f"{measure}, wall time", wall, starts, is_cpu=False),
    ]


def frames(plan: Plan) -> list[Figure]:
    """Compare code that calls much, while a client is told all functions that run."""
    variants = (STOCK, FRAMES, UNWATCHED, AGAIN)
    return user_code(plan, (NESTED_CALLS, N_BODY), f"{MEASURE}, frames told", variants)


def _figures(
    measure: str, samples: dict[str, Samples], starts: int, *, is_cpu: bool
) -> list[Figure]:
    """Make a figure for each case, and one of the geometric mean over them, round by round."""
    must_each, must_mean = (MUST_EACH, MUST_MEAN) if is_cpu else (None, None)
    mean = Figure(measure, "geometric mean", "x", must_mean)
    for variant in COMPARED:
        if not all(of_case.of(variant) for of_case in samples.values()):
            continue
        rounds = zip(*(of_case.ratios(variant) for of_case in samples.values()), strict=True)
        mean.add(variant, [geometric_mean(list(ratios)) for ratios in rounds], starts)
    each = [Figure.ratio(measure, name, samples[name], must_each, starts) for name in samples]
    return [*each, mean]


def _prepare(kernel: Kernel, cases: Sequence[Case]) -> None:
    kernel.run(PREPARATION)
    for case in cases:
        if case.preparation:
            kernel.run(case.preparation.strip())
        kernel.run(case.cell)  # the first time is for caches


def _reading(statement: str) -> str:
    return "\n".join(
        f"_r{number} = %timeit -o -q -n 200000 -r 5 {statement}" for number in range(_COMPILED)
    )


def timeit_readings(plan: Plan) -> list[Figure]:
    """Compare what ``%timeit`` says of the smallest statements."""
    samples = {name: Samples() for name in _READINGS}
    starts = plan.pick(guard=1, quick=3, full=6)
    for _ in range(starts):
        with started(plan.kernels()) as kernels:
            for kernel in kernels:
                kernel.run(_READINGS_PREPARATION.strip())
            for number in range(plan.pick(guard=3, quick=2, full=6)):
                for name, statement in _READINGS.items():
                    for kernel in in_turns(kernels, number):
                        best = kernel.run(_reading(statement), value=_BEST).found
                        samples[name].add(kernel.variant, best)
    return [Figure.ratio(READINGS, name, samples[name], MUST_READING, starts) for name in samples]
