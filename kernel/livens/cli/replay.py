"""``jupyter livens replay``: serve a record as if it were a kernel that is running."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from livens.cli.screen import Screen
from livens.client.running_kernels import EXTERNAL
from livens.exceptions import RecordUnreadable
from livens.recording.reading import read_record
from livens.recording.replay_server import ReplayServer, new_connection_file
from livens.recording.signals import EndSignals


def main(args: argparse.Namespace, signals: EndSignals) -> int:
    """Serve until a signal ends it, such as Ctrl-C; returns the exit code."""
    record = read_record(args.record)
    if not record.lines:
        raise RecordUnreadable(f"{record.path} has a header and nothing else: nothing to replay")
    screen = Screen(is_live=not args.no_live)
    for problem in record.problems:
        screen.line(problem, "yellow")
    directory = Path(args.directory) if args.directory else Path(jupyter_runtime_dir())
    if args.lab:
        directory /= EXTERNAL
    server = ReplayServer(
        record, new_connection_file(directory), speed=args.speed, max_gap_s=args.max_gap
    )
    with server:
        name = server.connection_file.name
        where = f" in {directory}" if args.directory else ""
        screen.line(f"Connection file {name}{where}; Ctrl-C ends the replay.")
        if args.lab:
            screen.line("In JupyterLab it is among the running kernels, if the server was started")
            screen.line("with --ServerApp.allow_external_kernels=True: choose it for a notebook.")
        screen.line(_beginning(name, is_at_once=args.now, is_in_lab=args.lab))
        with Progress(
            TextColumn("line {task.completed:.0f} of {task.total:.0f}", markup=False),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            console=screen.console,
            transient=True,
            disable=not screen.is_live,
        ) as progress:
            task = progress.add_task("", total=len(record.lines))
            server.run(
                on_line=lambda: progress.advance(task),
                is_at_once=args.now,
                ends=args.once,
                is_ended=lambda: signals.end is not None,
            )
    if signals.end is not None and not server.playback.is_over:
        screen.line(f"{signals.end.reason} before the end of the record.")
        return signals.end.code
    screen.line("The replay has ended.")
    return 0


def _beginning(name: str, *, is_at_once: bool, is_in_lab: bool) -> str:
    """Return when the replay begins, and how to see it."""
    if is_at_once:
        how = "open the panel of variables" if is_in_lab else f"jupyter livens watch {name}"
        return f"It begins now, and waits for nobody. To see it: {how}"
    if is_in_lab:
        return "It begins when the panel of variables is open."
    return f"It begins when somebody watches: jupyter livens watch {name}"
