"""What `jupyter livens watch` knows of many processes, made into rows for a table."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from typing import Literal

import psutil
from rich.table import Table

from livens.cli.kernel_list import NAME_CHARS, age
from livens.cluster.comparison import compare
from livens.cluster.fleet import News
from livens.cluster.members import Key, Member
from livens.display.process_tables import (
    NameRow,
    ProcessRow,
    Shape,
    names_table,
    processes_table,
    values_table,
)
from livens.display.trends import Trends

MEMORY_S = 2.0
"""How often the memory of a process is asked for."""

MAX_NAMES = 3
"""So many names have a column each; more of them have a row each."""

Noun = Literal["kernel", "engine", "worker"]


class Processes:
    """The members of a fleet, and what is kept of them for the eyes.

    Parameters
    ----------
    members : mapping
        By their keys.
    names : sequence of str
        The names or patterns that are watched.
    """

    def __init__(self, members: Mapping[Key, Member], names: Sequence[str]) -> None:
        self.members = members
        self._names = list(names)
        self._trends: dict[Key, Trends] = {}
        self._memory: dict[Key, tuple[float, int | None]] = {}

    def take(self, news: News) -> None:
        """Take note of what a member told."""
        self._trends.setdefault(news.member, Trends()).add(news.change_set)

    def table(self, noun: Noun, shape: Shape) -> Table:
        """Return what is known, as a table."""
        rows = [self._row(member) for member in self._sorted()]
        if noun != "engine" and self._names == ["*"]:
            return processes_table(rows, shape)
        names = self._found_names()
        if noun != "engine" and len(names) <= MAX_NAMES:
            return values_table(rows, names or self._names[:1], shape)
        found = [self._name_row(name) for name in names]
        return names_table(found, rows, shape)

    def line(self, noun: Noun, member: Member) -> str:
        """Return in a line what has become of a member."""
        title = _title(member)
        what = f" ({title})" if title and noun == "kernel" else ""
        return f"{noun} {_name(member)}{what}: {self.state(member)[0]}"

    def state(self, member: Member) -> tuple[str, bool]:
        """Return in words what a member does, and whether it answers."""
        match member.state:
            case "ended":
                return f"ended: {member.reason}", False
            case "silent":
                return f"no answer for {age(member.silent_s)}", False
            case "joining":
                return "no answer yet", False
        if member.busy_since is not None:
            return f"busy, {age(time.time() - member.busy_since)}", True
        return "idle", True

    def _sorted(self) -> list[Member]:
        """Return the members by number or in order of coming, those that have ended at the end."""

        def place(member: Member) -> tuple[bool, int]:
            return member.state == "ended", member.key if isinstance(member.key, int) else 0

        return sorted(self.members.values(), key=place)

    def _row(self, member: Member) -> ProcessRow:
        state, is_well = self.state(member)
        trends = self._trends.get(member.key)
        return ProcessRow(
            _name(member),
            _title(member),
            state,
            is_well,
            self._memory_of(member),
            member.variables,
            member.frames if member.state == "watched" else (),
            member.changed,
            member.changed_at,
            trends.items() if trends else {},
        )

    def _found_names(self) -> list[str]:
        found: dict[str, None] = {}
        for member in self.members.values():
            found |= dict.fromkeys(member.variables)
        return sorted(found)

    def _name_row(self, name: str) -> NameRow:
        """Compare what the members hold that are there: what others held is not compared."""
        there = {m.key: m.variables.get(name) for m in self._sorted() if m.state == "watched"}
        found = compare(there)
        low = f"{found.low[0]} ({found.low[1]})" if found.low else ""
        high = f"{found.high[0]} ({found.high[1]})" if found.high else ""
        verdict = found.verdict
        missing = f", {len(found.missing)} without" if found.missing else ""
        values = {_name(m): m.variables.get(name) for m in self.members.values()}
        return NameRow(name, low, high, verdict + missing, values)

    def _memory_of(self, member: Member) -> int | None:
        process = member.process
        pid = member.pid
        if pid is None and process is not None and process.host == platform.node():
            pid = process.pid
        if pid is None or member.state == "ended":
            return None
        at, memory = self._memory.get(member.key, (float("-inf"), None))
        now = time.monotonic()
        if now - at >= MEMORY_S:
            memory = _resident(pid)
            self._memory[member.key] = now, memory
        return memory


def _name(member: Member) -> str:
    key = member.key
    return key[:NAME_CHARS] if isinstance(key, str) and "/" not in key else str(key)


def _title(member: Member) -> str:
    title = member.title.replace("\\", "/").rpartition("/")[2] if member.title else ""
    process = member.process
    if process is not None and process.rank is not None:
        return f"rank {process.rank} of {process.world}" + (f", {title}" if title else "")
    return title


def _resident(pid: int) -> int | None:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None
