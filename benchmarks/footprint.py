"""What a kernel costs by being there: its start, its memory, its work while idle."""

from __future__ import annotations

import time

from benchmarks.cells import fill
from benchmarks.figures import Figure, Samples
from benchmarks.kernels import Kernel
from benchmarks.rounds import Plan, in_turns, started

MUST_START = 1.15
MUST_RSS_MB = {10: 8.0, 10_000: 12.0}
MUST_IDLE = 0.5


def start(plan: Plan) -> list[Figure]:
    """Compare the time from starting the process to its first answer."""
    wall, cpu = Samples(), Samples()
    for number in range(plan.rounds(guard=3, quick=2, full=20)):
        for variant in in_turns(plan.kernels(), number):
            with Kernel(variant) as kernel:
                wall.add(variant, kernel.start_s)
                cpu.add(variant, kernel.start_cpu_s)
    return [
        Figure.ratio("kernel start", "wall time", wall, MUST_START),
        Figure.ratio("kernel start", "CPU time", cpu, MUST_START),
    ]


def being_there(plan: Plan) -> list[Figure]:
    """Measure resident memory, threads, and CPU time while nothing runs, beyond stock."""
    rss_mb = {size: Samples() for size in MUST_RSS_MB}
    threads, shares = Samples(), Samples()
    for _ in range(plan.rounds(guard=1, quick=1, full=4)):
        with started(plan.kernels()) as kernels:
            for size, of_size in rss_mb.items():
                for kernel in kernels:
                    fill(kernel, size)
                    kernel.run("x = 1")
                time.sleep(0.5)
                for kernel in kernels:
                    of_size.add(kernel.variant, kernel.rss_mb())
            for kernel in kernels:
                threads.add(kernel.variant, kernel.process.num_threads())
            _add_idle_shares(kernels, plan.pick(guard=3, quick=3, full=10), shares)
    figures = [
        Figure.extra("resident memory", f"{size:,} variables", rss_mb[size], "MB", must_mb)
        for size, must_mb in MUST_RSS_MB.items()
    ]
    idle = Figure.extra("CPU while idle, 10,000 variables", "", shares, "% of a core", MUST_IDLE)
    return [*figures, idle, Figure.extra("threads", "", threads, "threads")]


def _add_idle_shares(kernels: list[Kernel], seconds: float, shares: Samples) -> None:
    """Measure all of the kernels at the same time: none of them does anything."""
    time.sleep(1)
    began, before = time.perf_counter(), [kernel.cpu_s() for kernel in kernels]
    time.sleep(seconds)
    took_s = time.perf_counter() - began
    for kernel, cpu_s in zip(kernels, before, strict=True):
        shares.add(kernel.variant, (kernel.cpu_s() - cpu_s) / took_s * 100)
