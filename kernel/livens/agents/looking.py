"""The tools that only look: nothing of the user's is executed for them, but by `ai_repr`.

Each gets what it is to do with, and returns an `Answer`. All answers about a kernel begin alike:
which kernel and process, of when the answer is, and which cell runs. If the kernel was restarted
since the agent asked last, this is the first line.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from livens.agents import lines, params
from livens.agents.answers import Answer, moment
from livens.agents.fence import quoted
from livens.agents.watched_kernels import WatchedKernel, WatchedKernels, plain_name
from livens.client.connection import connection_info
from livens.client.kernel_info import ask_kernels
from livens.protocol import requests
from livens.protocol.selection import Selection
from livens.protocol.types import Key

ANSWER_S = 10.0
"""How long a kernel may take for a request."""

FRAMES_S = 0.5
"""How long to wait for the functions that run; they are sent once every `FRAMES_MS`."""


def begun(kernel: WatchedKernel, as_of: float, max_chars: int) -> Answer:
    """Return the beginning of an answer about a kernel."""
    view = kernel.view
    head = [*view.take_news()]
    head.append(f"kernel: {kernel.name}  epoch: {view.epoch}  as_of: {moment(as_of)}")
    if time.time() - as_of > 0.9:
        head.append(
            "The kernel did not answer just now: something holds it up. This is what it told last."
        )
    head.append(_cell_line(kernel))
    answer = Answer(head, max_chars)
    answer.facts = {"kernel": kernel.name, "epoch": view.epoch, "as_of": as_of}
    return answer


def _cell_line(kernel: WatchedKernel) -> str:
    """Return which cell runs, as far as it was told."""
    if not kernel.watch.is_busy:
        return "cell: none runs"
    cell = kernel.view.cell
    if cell is not None and cell.running:
        line = f" at line {cell.line}" if cell.line is not None else ""
        return f"cell: {_number(cell.execution_count)} runs{line}"
    told = kernel.watch.cell
    return "cell: one runs" if told is None else f"cell: {_number(told.execution_count)} runs"


def _number(execution_count: int | None) -> str:
    return "a silent cell" if execution_count is None else f"In [{execution_count}]"


def path_of(path: str | list[list[str | int]]) -> list[Key]:
    """Return the path that an agent means: a text is the name of a variable, whatever is in it."""
    if isinstance(path, str):
        return [["name", path]]
    return [list(key) for key in path]


async def kernels(all_kernels: WatchedKernels, wanted: params.KernelsParams) -> Answer:
    """List the kernels that run."""
    found = await all_kernels.running()
    now = time.time()
    watchable = [kernel for kernel in found if kernel.can_be_watched]
    answer = Answer([f"as_of: {moment(now)}"], wanted.max_chars)
    others = len(found) - len(watchable)
    answer.say(f"Kernels that can be watched: {len(watchable)}, without livens: {others}.")
    told = []
    for kernel in watchable:
        notebook = f" notebook {quoted(kernel.notebook, 300)}" if kernel.notebook else ""
        state = "no answer" if not kernel.answers else "idle"
        if kernel.cell is not None:
            number = _number(kernel.cell.execution_count)
            state = f"runs {number} since {moment(kernel.cell.started_at)}"
        name = plain_name_of(kernel.connection_file)
        told.append(f"{name}: {kernel.mode},{notebook} {state}")
    count = answer.fill(told)
    if count < len(told):
        answer.left_out(f"{len(told) - count} more: ask with a larger max_chars.")
    answer.facts = {"as_of": now, "kernels": len(watchable)}
    return answer


def plain_name_of(connection_file: str) -> str:
    """Return what to call the kernel of a connection file."""
    return plain_name(Path(connection_file))


async def list_variables(kernel: WatchedKernel, wanted: params.ListParams) -> Answer:
    """List the variables, or what changed since a cursor."""
    as_of = await kernel.settle()
    answer = begun(kernel, as_of, wanted.max_chars)
    names = [wanted.names] if isinstance(wanted.names, str) else wanted.names
    selection = Selection(requests.Subscription(names=names[:1_000] or ["*"]))
    if wanted.changed_since:
        number = kernel.view.number_of(wanted.changed_since)
        if number is not None:
            return _changes(kernel, answer, wanted, selection, number)
        answer.say("changed_since is a cursor of another process or server: this is everything.")
    variables = [v for v in kernel.view.newest_first() if selection.has(v)]
    if wanted.order == "name":
        variables.sort(key=lambda variable: variable.name)
    page = variables[wanted.start : wanted.start + wanted.limit]
    cursor = kernel.view.cursor()
    answer.say(f"cursor: {cursor}")
    order = "newest first" if wanted.order == "newest" else "by name"
    answer.say(f"{len(variables)} of {len(kernel.view.variables)} variables, {order}:")
    now = time.time()
    count = answer.fill(lines.variable_line(variable, now) for variable in page)
    left = len(variables) - wanted.start - count
    if left > 0:
        answer.left_out(
            f"{left} left out. Narrow names, or ask with order='name' and start="
            f"{wanted.start + count if wanted.order == 'name' else 0}; later, changed_since."
        )
    answer.facts |= {"cursor": cursor, "shown": count, "total": len(variables)}
    return answer


def _changes(
    kernel: WatchedKernel,
    answer: Answer,
    wanted: params.ListParams,
    selection: Selection,
    number: int,
) -> Answer:
    """List what changed after a number; the cursor is that of the last that is told."""
    changes = [
        (n, name, variable)
        for n, name, variable in kernel.view.since(number)
        if (selection.has_name(name) if variable is None else selection.has(variable))
    ]
    answer.say(f"cursor: {'x' * 18}")  # the room for it
    now, last, count = time.time(), number, 0
    for n, name, variable in changes[: wanted.limit]:
        if variable is None:
            line = f"{quoted(name, 200)}: gone"
        else:
            line = lines.variable_line(variable, now)
        if not answer.add(line):
            break
        last, count = n, count + 1
    cursor = kernel.view.cursor() if count == len(changes) else kernel.view.cursor(last)
    answer.replace_last(f"cursor: {cursor}")
    answer.say(f"Changes since {wanted.changed_since}: {len(changes)}, the oldest first:")
    if count < len(changes):
        answer.left_out(f"{len(changes) - count} left out: ask again with the new cursor.")
    answer.facts |= {"cursor": cursor, "shown": count, "total": len(changes)}
    return answer


async def inspect(kernel: WatchedKernel, wanted: params.InspectParams) -> Answer:
    """Describe a value and what is below it."""
    path = path_of(wanted.path)
    found = await kernel.watch.request(
        "inspect", path=path, start=wanted.start, limit=wanted.limit, timeout=ANSWER_S
    )
    assert isinstance(found, requests.Inspection)
    now = time.time()
    answer = begun(kernel, now, wanted.max_chars)
    whole = lines.variable_line(found.variable, now, chars=min(2_000, answer.free // 2))
    answer.add(whole)
    if found.total:
        answer.say(f"{found.total} below it, from {wanted.start} on:")
    count = answer.fill(f"  {lines.child_line(child, now)}" for child in found.children)
    left = found.total - wanted.start - count
    if left > 0:
        answer.left_out(f"{left} left out: ask with start={wanted.start + count}.")
    answer.facts |= {"shown": count, "total": found.total}
    return answer


async def table(kernel: WatchedKernel, wanted: params.TableParams) -> Answer:
    """Show a page of a table."""
    asked: dict[str, Any] = {
        "path": path_of(wanted.path),
        "start": wanted.start,
        "limit": wanted.limit,
        "columns": wanted.columns,
        "sort": [{"column": by.column, "descending": by.descending} for by in wanted.sort],
        "filters": [{"column": w.column, "op": w.op, "value": w.value} for w in wanted.filters],
        "summary": wanted.summary,
    }
    page = await kernel.watch.request("table", timeout=90.0, **asked)
    assert isinstance(page, requests.Table)
    answer = begun(kernel, time.time(), wanted.max_chars)
    rows, columns = page.shape[0], page.shape[1] if len(page.shape) > 1 else 1
    passing = "" if page.total == rows else f"; {page.total} pass the filters"
    answer.say(f"{rows} rows x {columns} columns{passing}; rows from {page.start} on:")
    told = lines.table_lines(page)
    count = answer.fill(told)
    shown = max(0, count - len(page.columns))
    left = page.total - page.start - shown
    if count < len(page.columns):
        answer.left_out("Not all columns fit: choose some by `columns`, or a larger max_chars.")
    elif left > 0:
        answer.left_out(f"{left} rows left out: ask with start={page.start + shown}.")
    answer.facts |= {"shown": shown, "total": page.total}
    return answer


async def history(kernel: WatchedKernel, wanted: params.HistoryParams) -> Answer:
    """Tell what a variable was: its newest points, the oldest of them first."""
    found = await kernel.watch.history(
        wanted.name, since=wanted.since, limit=wanted.limit, timeout=ANSWER_S
    )
    now = time.time()
    answer = begun(kernel, now, wanted.max_chars)
    told = [lines.point_line(point, now) for point in found.points]
    kept: list[str] = []
    room = answer.free - 40  # for the line that counts them
    for line in reversed(told):  # where not all fit, the newest are told
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    answer.say(f"Points: {len(kept)}, the newest last:")
    answer.fill(reversed(kept))
    if len(kept) < len(told):
        answer.left_out(f"{len(told) - len(kept)} older points left out: larger max_chars.")
    answer.facts |= {"shown": len(kept), "total": len(told)}
    return answer


async def running(kernel: WatchedKernel, wanted: params.RunningParams) -> Answer:
    """Tell which cell runs since when, and the functions that run with their locals."""
    as_of = await kernel.settle()
    info = connection_info(kernel.file)[0]
    (said,) = await asyncio.to_thread(ask_kernels, [info])
    answer = begun(kernel, as_of, wanted.max_chars)
    cell = ((said or {}).get("livens") or {}).get("cell")
    answer.facts["is_running"] = cell is not None
    if said is None:
        answer.say("The kernel did not say whether a cell runs.")
        return answer
    if cell is None:
        answer.say("No cell runs.")
        return answer
    started_at = float(cell["started_at"])
    seconds = time.time() - started_at
    number = _number(cell.get("execution_count"))
    answer.say(f"running: {number} since {moment(started_at)} ({seconds:.1f} s)")
    frames = await kernel.frames(FRAMES_S)
    if not frames:
        answer.say("No function of the user's runs: the code is at the top level, or in a library.")
    told = lines.frame_lines(frames, time.time())
    count = answer.fill(told)
    if count < len(told):
        answer.left_out(f"{len(told) - count} lines left out: ask with a larger max_chars.")
    return answer
