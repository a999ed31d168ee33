"""The tool `wait_for`: how a condition, a cell or a run ends, told once, with the newest values."""

from __future__ import annotations

import asyncio
import time

from livens.agents import lines, params
from livens.agents.answers import Answer
from livens.agents.fence import quoted
from livens.agents.looking import begun
from livens.agents.runs import Run, Runs
from livens.agents.watched_kernels import WatchedKernel
from livens.client.waiting import Outcome, Waited
from livens.exceptions import InvalidParams, KernelGone
from livens.protocol.redaction import Redactor

_HEARD_S = 1.0
"""How long the end of a run may take to be told on the other connection."""


async def wait_for(kernel: WatchedKernel, wanted: params.WaitParams, runs: Runs) -> Answer:
    """Wait until a condition is true, the cell or the run has ended, or the time is over."""
    run = runs.get(wanted.run) if wanted.run else None
    if not wanted.condition and run is None:
        raise InvalidParams(
            "There is nothing to wait for", expected="a condition, or the id of a run, or both"
        )
    began_at = time.monotonic()
    if wanted.condition:
        waited = await _condition(kernel, wanted, run)
    else:
        assert run is not None
        waited = await _end(kernel, run, wanted.timeout_s)
    is_gone = waited.outcome == "kernel_gone"
    if is_gone and run is not None:
        run.ended("unknown")
    as_of = time.time() if is_gone else await kernel.settle()
    answer = begun(kernel, as_of, wanted.max_chars)
    answer.say(f"outcome: {waited.outcome}  after {time.monotonic() - began_at:.1f} s")
    answer.facts |= {"outcome": waited.outcome, "waited_s": waited.waited_s}
    now = time.time()
    if waited.message:
        answer.add(quoted(waited.message, 1_000))
    answer.fill(quoted(note, 500) for note in waited.notes)
    answer.fill(lines.variable_line(variable, now) for variable in waited.variables.values())
    if run is not None:
        if waited.outcome == "cell_ended":
            await heard(run)
        _tell_run(answer, run)
    return answer


async def _condition(kernel: WatchedKernel, wanted: params.WaitParams, run: Run | None) -> Waited:
    cell = run.msg_id if run is not None else ""
    return await kernel.watch.wait_for(wanted.condition, timeout_s=wanted.timeout_s, cell=cell)


async def _end(kernel: WatchedKernel, run: Run, timeout_s: float) -> Waited:
    """Wait for the end of a run alone."""
    began_at = time.monotonic()
    try:
        await kernel.watch.settle(timeout_s, cell=run.msg_id)
        outcome: Outcome = "cell_ended"
    except TimeoutError:
        outcome = "still_running"
    except KernelGone:
        outcome = "kernel_gone"
    return Waited(outcome, "", waited_s=round(time.monotonic() - began_at, 3))


def _tell_run(answer: Answer, run: Run) -> None:
    """Say how a run ended, and the end of what it printed."""
    answer.say(f"run: {run.id}  status: {run.status}")
    answer.facts |= {"run": run.id, "status": run.status}
    masked = Redactor().masked
    if run.error:
        answer.add(quoted(masked(run.error), 500))
    if not run.output:
        return
    printed = masked(run.output).splitlines()
    room, kept = answer.free - 60, 0
    told: list[str] = []
    for line in reversed(printed):
        text = quoted(line, 500)
        room -= len(text) + 1
        if room < 0:
            break
        told.append(text)
        kept += 1
    answer.say(f"printed, the last {kept} of {len(printed)} lines:")
    answer.fill(reversed(told))
    if kept < len(printed) or run.cut_chars:
        answer.left_out("More was printed: ask again with a larger max_chars for more of it.")


async def heard(run: Run) -> None:
    """Wait a moment for what the other connection has still to tell of a run that has ended."""
    try:
        await asyncio.wait_for(run.has_ended.wait(), _HEARD_S)
    except TimeoutError:
        return
