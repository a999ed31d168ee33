"""The functions that run, where one thread does all."""

from __future__ import annotations

import asyncio
from typing import Any

from embeddings import Told

from livens.kernel.embedding import Process


def test_functions_below_a_look_are_told() -> None:
    """The look is taken in the middle of them, as by a signal's handler, or while they await."""
    told = Told()

    async def main() -> None:
        process = Process()
        process.interpreter.namespace["look"] = process.look
        connection = process.connect(told, '{"frames": "all", "interval_ms": 10}')
        await process.run(
            "import time\ndef inner(a):\n    ends = time.monotonic() + 60\n"
            "    while not told() and time.monotonic() < ends: look()\n"
            "def outer():\n    key = 5\n    inner(key)\n"
            "def told(): return False"
        )
        process.interpreter.namespace["told"] = lambda: has_told("inner")
        await process.run("outer()")
        process.interpreter.namespace["told"] = lambda: has_told("waits")
        await process.run(
            "import asyncio\nasync def waits(b):\n    while not told(): await asyncio.sleep(0.01)\n"
            "await waits(3)"
        )
        connection.close()

    def frames() -> list[list[dict[str, Any]]]:
        params = [m["params"] for m in told.messages if m.get("method") == "update"]
        return [p["frames"] for p in params if p.get("frames")]

    def has_told(function: str) -> bool:
        innermost = [found[0] for found in frames()]
        return any(each["function"] == function and "variables" in each for each in innermost)

    asyncio.run(main())
    assert [f["function"] for f in frames()[0]] == ["inner", "outer"]
    inner = [found[0] for found in frames() if found[0]["function"] == "inner"]
    assert inner[-1]["variables"][0]["preview"] == "5"
    assert [f["function"] for f in frames()[-1]] == ["waits"]
