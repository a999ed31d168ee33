"""``jupyter livens watch --all``, ``--cluster`` and ``--dask``: many processes in one view."""

from __future__ import annotations

import argparse
import sys
import time

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text

from livens.cli.kernel_list import without_livens
from livens.cli.output_streams import is_gone
from livens.cli.process_rows import Noun, Processes
from livens.cli.screen import Screen
from livens.cluster.fleet import Fleet, News
from livens.cluster.members import Member
from livens.display.process_tables import Shape, process_line
from livens.display.tables import PAINT_S, summary_line

TICK_S = 1.0
"""How often the table is painted when nothing changes."""

SETTLE_S = 4.0
"""How long ``--once`` waits for those that have not answered yet, once it is known who is there."""

RUNNING_S = 0.5
"""How long it waits then to be told what runs: functions are told after the variables."""

LOOK_S = 15.0
"""How long it waits to know that."""


def main(args: argparse.Namespace) -> int:
    """Watch until nothing can come any more; returns the exit code."""
    view = _View(args)
    fleet = _fleet(args, view)
    with fleet:
        view.processes = Processes(fleet.members, args.names)
        if args.once:
            return view.once(fleet)
        try:
            return view.follow(fleet)
        except KeyboardInterrupt:
            view.end()
            return 130
        finally:
            view.screen.end_live()


def _fleet(args: argparse.Namespace, view: _View) -> Fleet:
    shared = {"names": args.names, "on_member": view.on_member}
    if args.dask is not None:
        from livens.cluster.dask import watch_dask

        return watch_dask(args.dask, **shared)
    if args.cluster is not None:
        from livens.cluster.engines import watch

        return watch(args.cluster, **shared, interval_ms=max(args.interval_ms, 50), frames="top")
    from livens.cluster.kernels import watch_kernels

    return watch_kernels(**shared, interval_ms=max(args.interval_ms, 200), frames="top")


class _View:
    """Where the news go: a live table, plain lines, or JSON Lines.

    Parameters
    ----------
    args : Namespace
        The parsed arguments.
    """

    processes: Processes

    def __init__(self, args: argparse.Namespace) -> None:
        self._is_json: bool = args.json
        self._is_once: bool = args.once
        self._noun: Noun = "kernel"
        if args.cluster is not None or args.dask is not None:
            self._noun = "engine" if args.dask is None else "worker"
        self.screen = Screen(is_live=not (args.once or args.json))
        self._encoder = msgspec.json.Encoder()

    def follow(self, fleet: Fleet) -> int:
        """Show what comes until nothing can come any more."""
        painted = False
        while not fleet.is_over and not is_gone(sys.stdout):
            for news in fleet.wait(TICK_S if painted or not self.screen.is_live else PAINT_S):
                self._tell(news)
            painted = self.screen.show(lambda: self._live_table(fleet.others))
        self.end()
        return 0

    def once(self, fleet: Fleet) -> int:
        """Show the present state of all, of those too that do not answer."""
        began = looked_at = time.monotonic()
        while time.monotonic() < min(looked_at + SETTLE_S, began + LOOK_S):
            self._take(fleet, 0.2)
            if not fleet.has_looked:
                looked_at = time.monotonic()
            elif all(member.state != "joining" for member in fleet.members.values()):
                break
        ends = time.monotonic() + RUNNING_S
        while fleet.members and (left := ends - time.monotonic()) > 0:
            self._take(fleet, left)
        if not self._is_json:
            self._print_table()
            if fleet.others:
                self.screen.line(without_livens(fleet.others))
        return 0

    def _take(self, fleet: Fleet, seconds: float) -> None:
        """Take what comes, and print it where that is wanted."""
        for news in fleet.wait(seconds):
            self.processes.take(news)
            if self._is_json:
                self._write({"member": news.member, "change_set": news.change_set})

    def end(self) -> None:
        """Leave the last state on the screen."""
        self.screen.end_live()
        if self.screen.is_live:
            self._print_table()

    def on_member(self, member: Member) -> None:
        """Tell that a process came, is silent, is back or has ended."""
        if self._is_once:
            return
        if self._is_json:
            fields = {"member": member.key, "state": member.state, "reason": member.reason}
            self._write({**fields, "process": member.process})
        elif member.state in ("silent", "ended") or not self.screen.is_live:
            text = self.processes.line(self._noun, member)
            self.screen.short_line(text, "yellow" if member.state != "watched" else "")

    def _tell(self, news: News) -> None:
        self.processes.take(news)
        if self._is_json:
            self._write({"member": news.member, "change_set": news.change_set})
        elif not self.screen.is_live:
            line = summary_line(news.change_set, ascii_only=self.screen.ascii_only)
            if line:
                self.screen.short_line(process_line(str(news.member), line))

    def _write(self, item: object) -> None:
        sys.stdout.write(self._encoder.encode(item).decode() + "\n")
        sys.stdout.flush()

    def _print_table(self) -> None:
        self.screen.console.print(self._table(None))

    def _live_table(self, others: int) -> RenderableType:
        besides = f", {others} without livens" if others else ""
        head = Text(f"{self._heading()}{besides}, Ctrl-C ends the watch", "dim")
        return Group(head, self._table(max(3, self.screen.console.height - 5)))

    def _heading(self) -> str:
        states = [member.state for member in self.processes.members.values()]
        there = sum(state == "watched" for state in states)
        other = [f"{states.count(s)} {s}" for s in ("joining", "silent", "ended") if s in states]
        plural = "" if there == 1 else "s"
        return ", ".join([f"{there} {self._noun}{plural}", *other])

    def _table(self, max_rows: int | None) -> RenderableType:
        width, ascii_only = self.screen.console.width, self.screen.ascii_only
        titles = "address" if self._noun == "worker" else "notebook"
        shape = Shape(time.time(), width, max_rows, ascii_only, titles)
        return self.processes.table(self._noun, shape)
