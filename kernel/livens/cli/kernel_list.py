"""``jupyter livens list``: the kernels that run here, and what they do."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.box import ASCII2, SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from livens.cli.screen import WIDTH, Screen
from livens.client.running_kernels import RunningKernel, find_running
from livens.display.text import plain

NAME_CHARS = 8
"""Of a kernel's name so much is shown: it is enough for ``--existing``."""


def main(args: argparse.Namespace) -> int:
    """Print the kernels that can be watched, and how many others there are; returns 0."""
    found = find_running()
    shown = [kernel for kernel in found if kernel.mode != "stock"]
    if args.json:
        # Escapes what UTF-8 cannot carry, as in the name of a file.
        sys.stdout.write(json.dumps(msgspec.to_builtins(shown)) + "\n")
        return 0
    screen = Screen(is_live=False)
    if shown:
        screen.console.print(kernels_table(shown, screen, now=time.time()))
    else:
        screen.line("No kernel runs that can be watched.")
    others = len(found) - len(shown)
    if others:
        screen.line(without_livens(others))
    return 0


def without_livens(others: int) -> str:
    """Return the line about kernels that cannot be watched, and what lets them be.

    Examples
    --------
    >>> without_livens(1)
    '1 other kernel runs without livens; `%load_ext livens` lets a kernel be watched.'
    """
    subject = "1 other kernel runs" if others == 1 else f"{others} other kernels run"
    return f"{subject} without livens; `%load_ext livens` lets a kernel be watched."


def kernels_table(
    kernels: Sequence[RunningKernel], screen: Screen, *, now: float, is_numbered: bool = False
) -> Table:
    """Return a table of kernels that fits 60 columns.

    Parameters
    ----------
    kernels : sequence of RunningKernel
        The kernels.
    screen : Screen
        Where it is printed.
    now : float
        Seconds since the epoch.
    is_numbered : bool
        Whether each has a number to choose it by.
    """
    table = Table(
        box=ASCII2 if screen.ascii_only else SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        header_style="bold",
        width=min(WIDTH, screen.console.width),
    )
    if is_numbered:
        table.add_column("", no_wrap=True, justify="right")
    table.add_column("kernel", no_wrap=True, min_width=NAME_CHARS)
    table.add_column("notebook", no_wrap=True, ratio=1)
    table.add_column("since", no_wrap=True, justify="right")
    table.add_column("runs", no_wrap=True, min_width=12)
    for number, kernel in enumerate(kernels, 1):
        cells = [
            Text(kernel.name[:NAME_CHARS]),
            Text(plain(title(kernel))),
            Text(age(now - kernel.started_at)),
            Text(activity(kernel, now), "" if kernel.answers else "yellow"),
        ]
        table.add_row(*([Text(str(number))] if is_numbered else []), *cells)
    return table


def title(kernel: RunningKernel) -> str:
    """Return what a person knows a kernel by: its notebook, or the name of its kernelspec."""
    name = Path(kernel.notebook).name or f"({kernel.kernel_name or 'no name'})"
    return f"{name}, {kernel.mode}" if kernel.mode in ("lite", "replay") else name


def activity(kernel: RunningKernel, now: float) -> str:
    """Return what a kernel does, as far as it says so.

    Examples
    --------
    >>> from livens.client.running_cells import RunningCell
    >>> kernel = RunningKernel(connection_file="kernel-1.json", mode="full", answers=True)
    >>> activity(kernel, 100.0)
    'idle'
    >>> kernel.cell = RunningCell(started_at=30.0, execution_count=3)
    >>> activity(kernel, 100.0)
    'In [3], 1 min'
    """
    if not kernel.answers:
        return "no answer"
    if kernel.mode == "replay":
        return "a record"
    if kernel.cell is None:
        return "idle"
    count = kernel.cell.execution_count
    number = "a cell" if count is None else f"In [{count}]"
    return f"{number}, {age(now - kernel.cell.started_at)}"


def age(seconds: float) -> str:
    """Return how long something takes, in one unit.

    Examples
    --------
    >>> [age(seconds) for seconds in (0.2, 59, 60, 7300, 200_000)]
    ['0 s', '59 s', '1 min', '2 h', '2 d']
    """
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(max(0.0, seconds))} s"
