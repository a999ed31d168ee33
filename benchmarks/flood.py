"""A flood: a million changes in one cell, fifty subscribers, and one of them does not read.

What has to hold: the kernel's memory stays flat, everything that the user printed arrives, and
the client that does not read costs no more than one that does.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack

from benchmarks.figures import Figure, Samples
from benchmarks.kernels import Kernel
from benchmarks.rounds import Plan, in_turns, started
from benchmarks.variants import BEFORE, LIVENS, STOCK, UNWATCHED, Variant

NAMES, PRINTS, SUBSCRIBERS = 10_000, 100, 50
MUST_GROW_MB = 100.0

_PREPARATION = f"names = [f'flood_{{i}}' for i in range({NAMES})]\nspace = get_ipython().user_ns"
# `space` is the namespace as an object: through it every store is seen, where a kernel looks.
_CELLS = {
    "in the exact namespace": "globals()[names[i % 10_000]] = i",
    "through the watched one": "space[names[i % 10_000]] = i",
}


_WATCHED = ("through the watched one",)


def flood(plan: Plan) -> list[Figure]:
    """Measure floods among fifty subscribers, one of which has a connection it never reads."""
    crowd = Variant(LIVENS.name, LIVENS.kernel, SUBSCRIBERS - 1)
    changes = plan.pick(guard=100_000, quick=100_000, full=1_000_000)
    figures = []
    with started(plan.kernels((STOCK, crowd, UNWATCHED))) as kernels, ExitStack() as deaf:
        for kernel in kernels:
            kernel.run(_PREPARATION)
            if kernel.variant.name in (LIVENS.name, BEFORE.name):
                deaf.enter_context(kernel.deaf_subscriber())
        for case in plan.pick(guard=_WATCHED, quick=_WATCHED, full=tuple(_CELLS)):
            store = _CELLS[case]
            floods = [
                _Flood(kernel, store, changes)
                for number in range(plan.rounds(guard=1, quick=1, full=3))
                for kernel in in_turns(kernels, number)
            ]
            figures += _figures(f"{changes:,} changes {case}", floods)
    return figures


class _Flood:
    """One flood of one kernel: how long it took, how far memory grew, what was printed."""

    def __init__(self, kernel: Kernel, store: str, changes: int) -> None:
        every = changes // PRINTS
        cell = (
            f"for i in range({changes}):\n    {store}\n    if i % {every} == 0:\n        print(i)"
        )
        expected = [str(i) for i in range(0, changes, every)]
        self.variant = kernel.variant
        with _Highest(kernel) as memory:
            run = kernel.run(cell, timeout_s=300)
        self.took_s = run.took_s
        self.grown_mb = memory.grown_mb
        self.lost = len(set(expected) - set(run.text.split()))
        self.sent_mb = run.size / 1e6
        kernel.messages_for(0.5)


class _Highest:
    """Looks at the resident memory every few milliseconds while it is entered."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)

    def __enter__(self) -> _Highest:
        self._before = self._highest = self._kernel.rss_mb()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(0.01):
            self._highest = max(self._highest, self._kernel.rss_mb())

    @property
    def grown_mb(self) -> float:
        """How far it rose above what it was in the beginning."""
        return self._highest - self._before


def _figures(case: str, floods: list[_Flood]) -> list[Figure]:
    took, grown, lost, sent = Samples(), Samples(), Samples(), Samples()
    for one in floods:
        took.add(one.variant, one.took_s)
        grown.add(one.variant, one.grown_mb)
        lost.add(one.variant, float(one.lost))
        sent.add(one.variant, one.sent_mb)
    measure = f"flood, {case}, {SUBSCRIBERS} subscribers"
    return [
        Figure.ratio(f"{measure}: time until idle", "", took),
        Figure.extra(f"{measure}: growth of memory", "", grown, "MB", MUST_GROW_MB),
        Figure.extra(f"{measure}: prints lost", "", lost, "lines", 0.0),
        Figure.extra(f"{measure}: on IOPub", "", sent, "MB"),
    ]
