"""What a cell costs: until it is idle and everything was told, in time and in bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

from benchmarks.figures import Figure, Samples
from benchmarks.kernels import Kernel, Message
from benchmarks.rounds import Plan, in_turns, started
from benchmarks.slopes import slope_figure
from benchmarks.variants import AGAIN, BEFORE, LIVENS, STOCK, UNWATCHED, Variant

SMALL_CELL = "x = k"
CALLING_CELL = "x = f(k)"
FUNCTION = "def f(k):\n    return k"
MUST_MS = 1.0
MUST_MS_BEYOND_10_000 = 2.0
MUST_BYTES = 1_300.0
MUST_MANY = 1.10
MUST_MS_PER_SUBSCRIBER = 0.3

MANY = 1_000
MANY_BY_LINES = "\n".join(f"many_{i} = {i}" for i in range(MANY))
MANY_BY_CALLS = "\n".join(f"many_{i} = f({i})" for i in range(MANY))
MANY_BY_LOOP = f"for i in range({MANY}):\n    globals()[f'many_{{i}}'] = i"
FORGET_MANY = "for i in range(1000):\n    globals().pop(f'many_{i}', None)"


def fill(kernel: Kernel, count: int) -> None:
    """Give a kernel so many variables, of a mixture of types."""
    kernel.run(
        f"for _i in range({count}):\n"
        "    globals()[f'v{_i}'] = (_i, _i / 3, f'text {_i}', [_i, 1], {'n': _i})[_i % 5]\n"
        "del _i"
    )
    kernel.messages_for(0.3)


# -- the smallest cell ---------------------------------------------------------------------


class SmallCells:
    """The numbers of ``x = k``, run over and over in all kernels.

    Attributes
    ----------
    took_ms : Samples
        Until the kernel was idle and the client had been told the new value.
    cpu_ms : Samples
        What all threads of the kernel computed until its next cell: also after the idle status.
    sent_bytes : Samples
        All that came on IOPub.
    """

    def __init__(self) -> None:
        self.took_ms, self.cpu_ms, self.sent_bytes = Samples(), Samples(), Samples()

    def run(self, kernels: list[Kernel], rounds: int, cell: str = SMALL_CELL) -> None:
        """Run the cell in each kernel, round by round, with another number for its k."""
        computed: dict[Variant, list[float]] = {kernel.variant: [] for kernel in kernels}
        for number in range(-3, rounds):  # the first ones are for caches
            for kernel in in_turns(kernels, number):
                if number >= 0:
                    computed[kernel.variant].append(kernel.cpu_s() * 1000)
                k = 1000 + number
                run = kernel.run(cell.replace("k", str(k)), until=says("x", k))
                if number >= 0:
                    self.took_ms.add(kernel.variant, run.took_s * 1000)
                    self.sent_bytes.add(kernel.variant, run.size)
        for variant, totals in computed.items():
            for before, after in pairwise(totals):
                self.cpu_ms.add(variant, after - before)


def says(name: str, value: int) -> Callable[[Message], bool]:
    """Return what waits for the message that a variable has a value."""

    def says(message: Message) -> bool:
        return message.tells(name, str(value))

    return says


def small_cell(plan: Plan) -> list[Figure]:
    """Measure ``x = k`` among more and more variables: time, CPU time, bytes."""
    sizes = plan.pick(
        guard=(10, 10_000), quick=(10, 10_000, 100_000), full=(10, 100, 1_000, 10_000, 100_000)
    )
    cells = {size: SmallCells() for size in sizes}
    calling = SmallCells()
    queued_ms = {size: Samples() for size in sizes}
    rounds, starts = plan.pick(guard=20, quick=15, full=80), plan.pick(guard=1, quick=1, full=3)
    for _ in range(starts):
        with started(plan.kernels()) as kernels:
            for size in sizes:
                for kernel in kernels:
                    fill(kernel, size)
                cells[size].run(kernels, rounds)
                if size == sizes[0]:
                    for kernel in kernels:
                        kernel.run(FUNCTION)
                    calling.run(kernels, rounds, CALLING_CELL)
                for number in range(plan.rounds(guard=0, quick=3, full=8)):
                    for kernel in in_turns(kernels, number):
                        queued_ms[size].add(kernel.variant, ten_at_once(kernel) * 1000)
    measure, case = f"{CALLING_CELL}, until told", f"{sizes[0]:,} variables"
    return [
        *_small_cell_figures(cells, queued_ms, starts),
        Figure.extra(measure, case, calling.took_ms, "ms", starts=starts),
    ]


def _small_cell_figures(
    cells: dict[int, SmallCells], queued_ms: dict[int, Samples], starts: int
) -> list[Figure]:
    figures: dict[str, list[Figure]] = {"took": [], "cpu": [], "sent": [], "queued": []}
    for size, of_size in cells.items():
        case = f"{size:,} variables"
        must_ms = MUST_MS if size <= 10_000 else MUST_MS_BEYOND_10_000
        measure = f"{SMALL_CELL}, until told"
        took = Figure.extra(measure, case, of_size.took_ms, "ms", must_ms, starts=starts)
        figures["took"].append(took)
        measure = f"{SMALL_CELL}, CPU of the kernel"
        figures["cpu"].append(Figure.extra(measure, case, of_size.cpu_ms, "ms", starts=starts))
        measure = f"{SMALL_CELL}, bytes on IOPub"
        figures["sent"].append(Figure.extra(measure, case, of_size.sent_bytes, "B", MUST_BYTES))
        if queued_ms[size].values:
            measure = f"ten cells {SMALL_CELL} at once, until told"
            queued = Figure.extra(measure, case, queued_ms[size], "ms", starts=starts)
            figures["queued"].append(queued)
    points = {size: figure.value for size, figure in zip(cells, figures["took"], strict=True)}
    slope = slope_figure(figures["took"][0].measure, "ms", "variable", 1_000, points)
    figures["took"].append(slope)
    return [figure for group in figures.values() for figure in group]


def ten_at_once(kernel: Kernel) -> float:
    """Queue ten cells, as "run all" does; return the seconds until the last one was told."""
    kernel.drain()
    started_at = time.perf_counter()
    requests = [kernel.send(f"y = {number}") for number in range(10)]
    idle_at: float | None = None
    told_at: float | None = None if kernel.is_subscribed else started_at
    while idle_at is None or told_at is None:
        message = kernel.next_message(60)
        if message is None:
            raise TimeoutError(f"{kernel.variant.name}: ten cells at once")
        if message.is_idle_of(requests[-1]):
            idle_at = message.at
        elif message.tells("y", "9"):
            told_at = message.at
    for request in requests:
        kernel.finish(request)
    kernel.run("del y")
    return max(idle_at, told_at) - started_at


# -- many changes in a cell ----------------------------------------------------------------


def many_variables(plan: Plan) -> list[Figure]:
    """Compare cells that make 1,000 new variables: by lines, by calls and in a loop.

    The loop takes stock about 4 ms: no kernel that tells a thousand variables is within a tenth
    of that, so it has no target. It is here to show what a thousand changes cost.
    """
    cells = {
        "written as 1,000 lines": MANY_BY_LINES,
        "made by a loop": MANY_BY_LOOP,
        "1,000 statements that call": MANY_BY_CALLS,
    }
    musts = dict(zip(cells, (MUST_MANY, None, None), strict=True))
    idle_s, cpu_s, told_s = ({case: Samples() for case in cells} for _ in range(3))
    starts = plan.pick(guard=1, quick=1, full=4)
    for _ in range(starts):
        with started(plan.kernels()) as kernels:
            for kernel in kernels:
                kernel.run(FUNCTION)
            for number in range(plan.rounds(guard=4, quick=4, full=16)):
                for case, cell in cells.items():
                    for kernel in in_turns(kernels, number):
                        run = kernel.run(cell, until=says(f"many_{MANY - 1}", MANY - 1))
                        idle_s[case].add(kernel.variant, run.idle_s)
                        cpu_s[case].add(kernel.variant, run.cpu_s)
                        told_s[case].add(kernel.variant, run.took_s)
                        kernel.run(FORGET_MANY)
                        kernel.messages_for(0.02)
    measure = "a cell that makes 1,000 new variables"
    return [
        *(Figure.ratio(f"{measure}, until idle", c, idle_s[c], musts[c], starts) for c in cells),
        *(Figure.ratio(f"{measure}, CPU until idle", c, cpu_s[c], starts=starts) for c in cells),
        *(Figure.ratio(f"{measure}, until told", c, told_s[c], starts=starts) for c in cells),
    ]


def changes(plan: Plan) -> list[Figure]:
    """Measure cells that set more and more of 10,000 names."""
    sizes = plan.pick(guard=(1, 1_000), quick=(1, 1_000), full=(1, 10, 100, 1_000, 10_000))
    figures: list[Figure] = []
    points = {}
    with started(plan.kernels((STOCK, LIVENS, AGAIN))) as kernels:
        for kernel in kernels:
            fill(kernel, 10_000)
        for size in sizes:
            took = Samples()
            for number in range(plan.rounds(guard=4, quick=3, full=20)):
                for kernel in in_turns(kernels, number):
                    took.add(kernel.variant, _change(kernel, size, number) * 1000)
            measure = "a cell that changes some of 10,000 variables"
            figures.append(Figure.extra(measure, f"{size:,} changes", took, "ms"))
            points[size] = figures[-1].value
    return [*figures, slope_figure(figures[0].measure, "ms", "change", 1_000, points)]


def _change(kernel: Kernel, size: int, number: int) -> float:
    first = 1_000_000 + number  # no name has this value yet
    cell = f"for _i in range({size}):\n    globals()[f'v{{_i}}'] = {first} + _i"
    took_s = kernel.run(cell, until=says(f"v{size - 1}", first + size - 1)).took_s
    kernel.messages_for(0.05)
    return took_s


# -- many subscribers ----------------------------------------------------------------------


def subscribers(plan: Plan) -> list[Figure]:
    """Measure ``x = k`` while a kernel gets more and more subscribers, all in one client."""
    sizes = plan.pick(guard=(1, 20), quick=(1, 20), full=(1, 2, 5, 10, 20, 50))
    figures: list[Figure] = []
    points = {}
    crowd = Variant(LIVENS.name, LIVENS.kernel)
    with started(plan.kernels((STOCK, crowd, UNWATCHED, AGAIN))) as kernels:
        crowds = [k for k in kernels if k.variant.name in (LIVENS.name, BEFORE.name)]
        count = 0
        for size in sizes:
            for kernel in crowds:
                kernel.subscribe(size - count)
            count = size
            cells = SmallCells()
            cells.run(kernels, plan.pick(guard=20, quick=15, full=100))
            measure, case = f"{SMALL_CELL}, until all are told", f"{size} subscribers"
            must_ms = max(MUST_MS, size * MUST_MS_PER_SUBSCRIBER)
            figures.append(Figure.extra(measure, case, cells.took_ms, "ms", must_ms))
            points[size] = figures[-1].value
    return [*figures, slope_figure(figures[0].measure, "ms", "subscriber", 1, points)]
