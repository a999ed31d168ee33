"""What a sandbox costs: the start of a kernel, and a cell, with and without one in turns.

``python -m benchmarks.sandbox``; the figures in docs/sandbox.md are from here.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from livens.client.environments import OneKernel
from livens.sandbox.kernel_specs import in_sandbox

CELLS = {
    "an empty cell": "pass",
    "a cell that makes 1,000 files": "for i in range(1000): open('file', 'w').close()",
    "a cell that computes": "sum(range(300_000))",
}


class Measured:
    """A kernel that is measured, and how long its start took."""

    def __init__(self, spec: KernelSpec, folder: str) -> None:
        began = time.perf_counter()
        self._manager = KernelManager(kernel_name="x", kernel_spec_manager=OneKernel(spec))
        self._manager.start_kernel(cwd=folder)
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        self.start_s = time.perf_counter() - began

    def cell_s(self, code: str) -> float:
        """Return how long a cell takes, from the request to the reply and all outputs."""
        began = time.perf_counter()
        self._client.execute_interactive(code, output_hook=_ignore)
        return time.perf_counter() - began

    def stop(self) -> None:
        """End it."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=8)
    parser.add_argument("--cells", type=int, default=100)
    args = parser.parse_args()
    plain = KernelSpec(
        argv=[sys.executable, "-m", "livens", "-f", "{connection_file}"], language="python"
    )
    with tempfile.TemporaryDirectory() as folder:
        ways: dict[str, Callable[[], Measured]] = {
            "sandbox": lambda: Measured(in_sandbox(plain), folder),
            "none": lambda: Measured(plain, folder),
        }
        starts: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(args.starts):
            for way, start in ways.items():
                kernel = start()
                starts[way].append(kernel.start_s)
                kernel.stop()
        _print("a start", starts)
        kernels = {way: start() for way, start in ways.items()}
        for name, code in CELLS.items():
            times = {way: [kernel.cell_s(code)] for way, kernel in kernels.items()}
            for _ in range(args.cells):
                for way, kernel in kernels.items():
                    times[way].append(kernel.cell_s(code))
            _print(name, times)
        for kernel in kernels.values():
            kernel.stop()


def _print(what: str, times: dict[str, list[float]]) -> None:
    figures = {way: statistics.median(found) * 1000 for way, found in times.items()}
    print(f"{what}: {figures['sandbox']:.1f} ms, without {figures['none']:.1f} ms")


def _ignore(message: dict[str, Any]) -> None:
    del message


if __name__ == "__main__":
    main()
