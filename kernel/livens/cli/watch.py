"""``jupyter livens watch``: the variables of a kernel that somebody else has started."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import msgspec
from rich.text import Text

from livens.cli.choosing import choose_running
from livens.cli.output_streams import is_gone
from livens.cli.screen import Screen
from livens.client.blocking import Watch, watch
from livens.client.kernels import find_kernel
from livens.display.tables import PAINT_S, summary_line
from livens.exceptions import KernelGone
from livens.protocol.types import ChangeSet

TICK_S = 1.0
"""How often the live table is painted when nothing changes, for its "4 s ago"."""


def main(args: argparse.Namespace) -> int:
    """Watch until the kernel ends; returns the exit code."""
    if args.all or args.cluster is not None or args.dask is not None:
        from livens.cli.watch_many import main as watch_many

        return watch_many(args)
    choose = partial(choose_running, may_ask=not args.json)
    path = find_kernel(args.connection_file, args.existing, choose=choose)
    screen = Screen(is_live=not (args.once or args.json))
    frames = "top" if screen.is_live else "none"
    with watch(
        path, names=args.names, interval_ms=args.interval_ms, frames=frames, timeout_s=5.0
    ) as changes:
        if args.json:
            return _json(changes, once=args.once)
        if args.once:
            changes.next()
            screen.table(changes.variables.values())
            return 0
        try:
            return _show(changes, screen, path)
        except KeyboardInterrupt:
            screen.end_live()
            if screen.is_live:
                screen.line("")
                screen.table(changes.variables.values())
            return 130
        finally:
            screen.end_live()


def _json(changes: Watch, *, once: bool) -> int:
    """Print a line for each change set; end without an error when nobody reads any more."""
    encoder = msgspec.json.Encoder()
    for change_set in changes:
        sys.stdout.write(encoder.encode(change_set).decode() + "\n")
        sys.stdout.flush()
        if once or is_gone(sys.stdout):
            break
    return 0


def _show(changes: Watch, screen: Screen, path: Path) -> int:
    head = Text(f"{path.name}, Ctrl-C ends the watch", "dim")
    epoch = ""
    is_painted = False
    while not is_gone(sys.stdout):
        try:
            # What came too early to be painted is painted when it is time.
            change_set = changes.next(TICK_S if is_painted or not screen.is_live else PAINT_S)
        except TimeoutError:
            change_set = None
        except KernelGone:
            break
        if change_set is not None:
            if epoch and change_set.epoch != epoch:
                screen.line("kernel restarted", "yellow")
            epoch = change_set.epoch
            screen.trends.add(change_set)
            if not screen.is_live:
                _print(change_set, screen)
        is_painted = screen.paint(changes.variables.values(), head, frames=changes.frames)
    screen.end_live()
    if screen.is_live:
        screen.table(changes.variables.values())
    screen.line("The kernel has ended.")
    return 0


def _print(change_set: ChangeSet, screen: Screen) -> None:
    line = summary_line(change_set, ascii_only=screen.ascii_only)
    if line:
        screen.line(line)
