"""The tools that change something: offered only where that is allowed, and written down before.

The names of what they change, and of the cells that they run, say which agent it was, to all who
watch the kernel.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from livens.agents import lines, params
from livens.agents.answers import Answer
from livens.agents.audit import AuditLog, Who
from livens.agents.looking import begun
from livens.agents.runs import Runs
from livens.agents.watched_kernels import WatchedKernel
from livens.exceptions import LivensError


class Changing:
    """What changes kernels.

    Parameters
    ----------
    audit : AuditLog
        Where each change is written down.
    runs : Runs
        The code that agents run.
    """

    def __init__(self, audit: AuditLog, runs: Runs) -> None:
        self._audit = audit
        self._runs = runs

    async def set(self, kernel: WatchedKernel, wanted: params.SetParams) -> Answer:
        """Bind a name to the value of an expression."""
        variable = await self._audited(
            kernel, "set", wanted, lambda: kernel.watch.set(wanted.name, wanted.expression)
        )
        answer = await self._done(kernel, wanted, "The variable is now:")
        answer.add(lines.variable_line(variable, time.time()))
        return answer

    async def delete(self, kernel: WatchedKernel, wanted: params.DeleteParams) -> Answer:
        """Delete variables, all of them or none."""
        await self._audited(kernel, "delete", wanted, lambda: kernel.watch.delete(*wanted.names))
        return await self._done(kernel, wanted, f"Variables deleted: {len(wanted.names)}.")

    async def interrupt(self, kernel: WatchedKernel, wanted: params.InterruptParams) -> Answer:
        """Interrupt the cell that runs."""
        await self._audited(kernel, "interrupt", wanted, kernel.watch.interrupt)
        return await self._done(
            kernel, wanted, "The kernel was interrupted; `wait_for` tells when the cell has ended."
        )

    async def run(self, kernel: WatchedKernel, wanted: params.RunParams) -> Answer:
        """Run code as a cell; returns at once."""
        run = await self._audited(
            kernel,
            "run",
            wanted,
            lambda: self._runs.start(kernel.file, kernel.name, wanted.code, kernel.agent),
        )
        answer = await self._done(
            kernel, wanted, f"run: {run.id}  Its end is seen by wait_for(run='{run.id}')."
        )
        answer.facts["run"] = run.id
        return answer

    async def _done(self, kernel: WatchedKernel, wanted: params.Tool, told: str) -> Answer:
        answer = begun(kernel, await kernel.settle(), wanted.max_chars)
        answer.say(told)
        return answer

    async def _audited(
        self,
        kernel: WatchedKernel,
        tool: str,
        wanted: msgspec.Struct,
        change: Callable[[], Awaitable[Any]],
    ) -> Any:
        """Write down a change, make it, and write down how it ended."""
        what = msgspec.to_builtins(wanted)
        what = {k: v for k, v in what.items() if k not in ("kernel", "max_chars")}
        who = Who(kernel.agent, kernel.name, kernel.view.epoch, tool)
        await asyncio.to_thread(self._audit.begun, who, what)
        try:
            result = await change()
        except (LivensError, TimeoutError) as err:
            await asyncio.to_thread(self._audit.ended, who, f"{type(err).__name__}: {err}")
            raise
        await asyncio.to_thread(self._audit.ended, who, "done")
        return result
