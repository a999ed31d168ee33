"""Big values: that they cost nothing to be there, and are never held."""

from __future__ import annotations

from benchmarks.cells import SmallCells
from benchmarks.figures import Figure, Samples
from benchmarks.kernels import PEAKS_ARE_KNOWN
from benchmarks.rounds import Plan, in_turns, started
from benchmarks.variants import AGAIN, LIVENS, STOCK

MUST_BIG_MS, MUST_BIG_MB = 2.0, 1.0
MUST_PEAK, MUST_FREE_MB = 1.02, 392.0

_PREPARATION = """
import time
import numpy as np, pandas as pd
class Sleeper:
    def __repr__(self):
        time.sleep(2)
class Raiser:
    def __repr__(self):
        raise ValueError
"""

_BIG = {
    "list of 1 million str": "big = [str(i) for i in range(1_000_000)]",
    "dict of 1 million": "big = {i: str(i) for i in range(1_000_000)}",
    "frame of 1 million rows, float": "big = pd.DataFrame(np.ones((1_000_000, 10)))",
    "frame of 1 million rows, object": (
        "big = pd.DataFrame({c: [f'{c}{i}' for i in range(1_000_000)] for c in 'abcd'}, "
        "dtype=object)"
    ),
    "array of 100 million floats": "big = np.ones(100_000_000)",
    "list nested 5,000 deep": "big = []\nfor _ in range(5000):\n    big = [big]",
    "__repr__ that sleeps": "big = Sleeper()",
    "__repr__ that raises": "big = Raiser()",
}

_SLOW_TO_MAKE = frozenset({"frame of 1 million rows, object"})
"""What a first look leaves out."""

_KERNELS = (STOCK, LIVENS, AGAIN)


def big_values(plan: Plan) -> list[Figure]:
    """Measure what a big value in the namespace adds to ``x = k``, in time and in memory."""
    figures = []
    with started(plan.kernels(_KERNELS)) as kernels:
        for kernel in kernels:
            kernel.run(_PREPARATION)
        for case, cell in _BIG.items():
            if plan.name == "quick" and case in _SLOW_TO_MAKE:
                continue
            cells, grown, peak = SmallCells(), Samples(), Samples()
            for kernel in kernels:
                kernel.run(cell)
                kernel.run("import gc; _ = gc.collect()")
                kernel.messages_for(0.3)
            before = {kernel: kernel.rss_mb() for kernel in kernels}
            for kernel in kernels:
                kernel.reset_peak()
            cells.run(kernels, plan.pick(guard=10, quick=8, full=60))
            for kernel in kernels:
                grown.add(kernel.variant, kernel.rss_mb() - before[kernel])
                peak.add(kernel.variant, kernel.peak_mb() - before[kernel])
                kernel.run("del big")
            measure = "x = k beside a big value"
            figures += [
                Figure.extra(f"{measure}, until told", case, cells.took_ms, "ms", MUST_BIG_MS),
                Figure.extra(f"{measure}, CPU of the kernel", case, cells.cpu_ms, "ms", None),
                Figure.extra(f"{measure}, peak of memory", case, peak, "MB", MUST_BIG_MB),
            ]
            figures[-1].raw.update({f"{k}, after": v for k, v in grown.values.items()})
    return figures


# -- never held ----------------------------------------------------------------------------


_ARRAY = """
import numpy as np
def grow(times):
    global a
    for _ in range(times):
        a = a + 1
a = np.ones(50_000_000)
"""
_PEAKS = {
    "a = a + 1 in a loop": "for _ in range({times}):\n    a = a + 1",
    "through a global in a function": "grow({times})",
}

_DELETING = """
def _rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6
_before = _rss()
del a
_freed = _before - _rss()
"""


def peaks(plan: Plan) -> list[Figure]:
    """Compare the peak of memory of cells that replace a 400 MB array; Linux only."""
    if not PEAKS_ARE_KNOWN:
        print("  peaks of memory are left out: there is no /proc/self/clear_refs here")
        return []
    peak_mb = {case: Samples() for case in _PEAKS}
    freed_mb = Samples()
    times = plan.pick(guard=3, quick=3, full=20)
    with started(plan.kernels(_KERNELS)) as kernels:
        for number in range(plan.rounds(guard=1, quick=1, full=4)):
            for case, cell in _PEAKS.items():
                for kernel in in_turns(kernels, number):
                    kernel.run(_ARRAY)
                    kernel.messages_for(0.1)
                    kernel.reset_peak()
                    kernel.run(cell.format(times=times))
                    peak_mb[case].add(kernel.variant, kernel.peak_mb())
                    freed_mb.add(kernel.variant, kernel.run(_DELETING, value="_freed").found)
    measure = "array of 400 MB, peak of memory"
    figures = [Figure.ratio(measure, case, peak_mb[case], MUST_PEAK) for case in _PEAKS]
    freed = Figure("array of 400 MB", "del frees at once", "MB", MUST_FREE_MB, at_least=True)
    for kernel in kernels:
        freed.add(kernel.variant, freed_mb.of(kernel.variant))
    return [*figures, freed]
