"""``jupyter livens watch``: the variables of a kernel that somebody else has started."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from jupyter_core.paths import jupyter_runtime_dir
from rich.text import Text

from livens.cli.screen import Screen
from livens.client import Watch, watch
from livens.events import ChangeSet
from livens.exceptions import ConnectionFailed, KernelGone
from livens.line import connection_info
from livens.render import summary_line

TICK_S = 1.0
"""How often the live table is painted when nothing changes, for its "4 s ago"."""


def main(args: argparse.Namespace) -> int:
    """Watch until the kernel ends; returns the exit code."""
    path = find_kernel(args.connection_file, args.existing)
    with watch(path, names=args.names, interval_ms=args.interval_ms, timeout_s=5.0) as changes:
        if args.json:
            return _json(changes, once=args.once)
        screen = Screen(is_live=not args.once)
        if args.once:
            changes.next()
            screen.table(changes.variables.values())
            return 0
        try:
            return _show(changes, screen, path)
        finally:
            screen.end_live()


def find_kernel(name: str | None, existing: str | None) -> Path:
    """Find the connection file that is meant.

    Parameters
    ----------
    name : str, optional
        A path, or the name of a file in Jupyter's runtime directory.
    existing : str, optional
        A part of the name of such a file.

    Raises
    ------
    ConnectionFailed
        If there is none, or no kernel behind it.
    """
    if name:
        in_runtime = Path(jupyter_runtime_dir()) / name
        path = in_runtime if not Path(name).exists() and in_runtime.exists() else Path(name)
        _need_listener(path)
        return path
    running = [path for path in _connection_files(existing or "") if _listens(path)]
    ours = [path for path in running if _kernel_name(path) == "livens"]
    if not running:
        which = f" whose name contains {existing!r}" if existing else ""
        raise ConnectionFailed(
            f"No connection file of a running kernel{which} in {jupyter_runtime_dir()}; start a "
            "kernel with `jupyter livens console`, or in JupyterLab with 'Python 3 (livens)'"
        )
    return (ours or running)[0]


def _connection_files(part: str) -> list[Path]:
    """List the connection files of this user, the newest first."""
    found = Path(jupyter_runtime_dir()).glob("kernel-*.json")
    matching = [path for path in found if part in path.name]
    return sorted(matching, key=lambda path: path.stat().st_mtime, reverse=True)


def _kernel_name(path: Path) -> str:
    """Read which kernel it is; who starts a kernel may leave that out."""
    return str(json.loads(path.read_text("utf-8")).get("kernel_name", ""))


def _listens(path: Path) -> bool:
    try:
        _need_listener(path)
    except ConnectionFailed:
        return False
    return True


def _need_listener(path: Path) -> None:
    """See at once, not after a timeout, whether a file was left behind by a kernel that died."""
    info, where, _ = connection_info(path)
    if not _is_bound(info):
        raise ConnectionFailed(
            f"No kernel answers at {where}; expected a running livens kernel. The file was left "
            "behind by one that has ended: delete it, and name another one (`jupyter livens "
            "watch` finds the newest that runs)."
        )


def _is_bound(info: dict[str, Any]) -> bool:
    host, port = info.get("ip") or "127.0.0.1", info["control_port"]
    if info.get("transport") == "ipc":
        return os.path.exists(f"{host}-{port}")
    try:
        socket.create_connection((host, port), timeout=2.0).close()
    except OSError:
        return False
    return True


# -- showing -------------------------------------------------------------------------------


def _json(changes: Watch, *, once: bool) -> int:
    """Print a line for each change set; ends quietly when nobody reads any more."""
    encoder = msgspec.json.Encoder()
    try:
        for change_set in changes:
            sys.stdout.buffer.write(encoder.encode(change_set) + b"\n")
            sys.stdout.buffer.flush()
            if once:
                break
    except BrokenPipeError:
        # What is left in the buffer would fail again when Python closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _show(changes: Watch, screen: Screen, path: Path) -> int:
    head = Text(f"{path.name}, Ctrl-C ends the watch", "dim")
    epoch = ""
    for change_set in _ticking(changes):
        if change_set is not None:
            if epoch and change_set.epoch != epoch:
                screen.line("kernel restarted", "yellow")
            epoch = change_set.epoch
            screen.trends.add(change_set)
            if not screen.is_live:
                _print(change_set, screen)
        screen.paint(changes.variables.values(), head, is_due=change_set is None)
    screen.end_live()
    if screen.is_live:
        screen.table(changes.variables.values())
    screen.line("The kernel has ended.")
    return 0


def _ticking(changes: Watch) -> Iterator[ChangeSet | None]:
    """Iterate over the change sets, and give None when nothing came for a while."""
    while True:
        try:
            yield changes.next(timeout=TICK_S)
        except TimeoutError:
            yield None
        except KernelGone:
            return


def _print(change_set: ChangeSet, screen: Screen) -> None:
    line = summary_line(change_set, ascii_only=screen.ascii_only)
    if line:
        screen.line(line)
