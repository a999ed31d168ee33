"""Which of several kernels is meant: asked in a terminal, else it is the newest, with a note."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from livens.cli.kernel_list import age, kernels_table, title
from livens.cli.screen import Screen
from livens.client.running_kernels import RunningKernel
from livens.display.text import plain


def choose_running(kernels: Sequence[RunningKernel], *, may_ask: bool = True) -> RunningKernel:
    """Return one of several kernels.

    Parameters
    ----------
    kernels : sequence of RunningKernel
        The kernels, the newest first.
    may_ask : bool
        Whether a person may be asked. This is done where input and output are a terminal.

    Raises
    ------
    KeyboardInterrupt
        If the person leaves.
    """
    screen = Screen(is_live=False, to_stderr=True)
    if may_ask and sys.stdin.isatty() and sys.stdout.isatty():
        return _ask(kernels, screen)
    newest = kernels[0]
    since = age(time.time() - newest.started_at)
    screen.line(
        f"{len(kernels)} kernels run; this is the newest: {newest.name[:8]}, "
        f"{plain(title(newest))}, since {since}. Choose another one by --existing; "
        "`jupyter livens list` shows them.",
        "yellow",
    )
    return newest


def _ask(kernels: Sequence[RunningKernel], screen: Screen) -> RunningKernel:
    """Ask until the answer is a number of the table, or empty for the first."""
    screen.console.print(kernels_table(kernels, screen, now=time.time(), is_numbered=True))
    while True:
        sys.stderr.write(f"Which kernel? 1 to {len(kernels)}, Enter for 1, Ctrl-C to leave: ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
        if not answer:  # Ctrl-D
            raise KeyboardInterrupt
        text = answer.strip() or "1"
        if text.isascii() and text.isdigit() and 1 <= int(text) <= len(kernels):
            return kernels[int(text) - 1]
        screen.line(f"{text!r} is no number from 1 to {len(kernels)}.")
