"""How long an agent waits for `list_variables` while a cell computes, by the SDK's own client.

``python -m benchmarks.agents`` prints the median and the 95th percentile of 200 calls over stdio,
in a namespace of 10 and of 10,000 variables, beside a cell that computes without a pause.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time

from jupyter_client.manager import KernelManager
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

CALLS = 200
COMPUTE = "n = 0\nwhile True: n += 1"


async def measured(connection_file: str) -> list[float]:
    """Return how long each call took, in milliseconds."""
    arguments = ["-m", "livens.cli", "mcp", connection_file]
    params = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
    found = []
    async with Client(stdio_client(params)) as client:
        await client.call_tool("list_variables", {})
        for _ in range(CALLS):
            began_at = time.perf_counter()
            answer = await client.call_tool("list_variables", {})
            found.append((time.perf_counter() - began_at) * 1000)
            assert not answer.is_error
    return found


def main() -> None:
    """Measure, and print."""
    for count in (10, 10_000):
        manager = KernelManager(kernel_name="livens")
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        try:
            client.execute(f"for _n in range({count}): globals()[f'v{{_n}}'] = _n")
            client.execute(COMPUTE)
            times = asyncio.run(measured(manager.connection_file))
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        p95 = sorted(times)[int(len(times) * 0.95)]
        print(f"{count:6} variables: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms")


if __name__ == "__main__":
    main()
