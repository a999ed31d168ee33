"""The kernel in Pyodide beside the native one: ``python -m benchmarks.pyodide_kernel``.

Both are measured in turn in the same minute: until the first cell has run, the memory of an idle
kernel, how long a small cell takes from its request to its reply and its ``idle``, and a loop.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from jupyter_client.manager import start_new_kernel

from livens.testing import KernelClient

STARTS = 3
CELLS = 50
KERNELS = {"native": "livens", "Pyodide": "livens-pyodide"}
LOOP = (
    "import time\nt = time.perf_counter()\nfor n in range(1_000_000): pass\ntime.perf_counter() - t"
)
FUNCTION = "def f():\n    for n in range(1_000_000): pass\n" + LOOP.replace(
    "for n in range(1_000_000): pass", "f()"
)


@contextmanager
def _started(name: str) -> Iterator[tuple[psutil.Process, KernelClient]]:
    manager, client = start_new_kernel(kernel_name=name, startup_timeout=120)
    try:
        yield psutil.Process(manager.provisioner.process.pid), KernelClient(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def measure(name: str) -> dict[str, float]:
    """Return the figures of one start of a kernel."""
    began = time.perf_counter()
    with _started(name) as (process, client):
        client.execute("1")
        figures = {"ready, s": time.perf_counter() - began}
        spent = process.cpu_times()
        figures["of that computing, s"] = spent.user + spent.system
        figures["memory, MB"] = process.memory_info().rss / 1e6
        times = [_timed(client) for _ in range(CELLS)]
        figures["a cell, ms"] = statistics.median(times) * 1000
        figures["a million rounds, s"] = float(client.execute(LOOP).result or "nan")
        figures["the same in a function, s"] = float(client.execute(FUNCTION).result or "nan")
        client.open()
        figures["a cell, watched, ms"] = (
            statistics.median(_timed(client) for _ in range(CELLS)) * 1000
        )
        figures["a million rounds, watched, s"] = float(client.execute(LOOP).result or "nan")
        return figures


def _timed(client: KernelClient) -> float:
    began = time.perf_counter()
    client.execute("x = 1")
    return time.perf_counter() - began


def main() -> None:
    """Print a table in Markdown: the median of some starts of each kernel."""
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in KERNELS}
    for _ in range(STARTS):
        for kind, name in KERNELS.items():
            found[kind].append(measure(name))
    print(f"| | {' | '.join(KERNELS)} |\n|---|{'--:|' * len(KERNELS)}")
    for figure in found["native"][0]:
        medians = [statistics.median(each[figure] for each in found[kind]) for kind in KERNELS]
        print(f"| {figure} | {' | '.join(f'{median:.3g}' for median in medians)} |")


if __name__ == "__main__":
    main()
