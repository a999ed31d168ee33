"""Many processes in one terminal view: ``python -m benchmarks.fleet --processes 50 --seconds 60``.

Each process is a script that joined, and stores two numbers twenty times a second. One view of
``jupyter livens watch --all`` shows them all, in a terminal of its own. In the middle one process
is killed and another one is stopped. In the end the view has to show the last value of every other
one, and its memory must not have grown over its second half.

Needs ``tests/support`` in PYTHONPATH; ``make prove-fleet`` does it.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pexpect
import psutil
from joined import Script, joined

SOURCE = """
import sys, time
number, seconds = int(sys.argv[1]), float(sys.argv[2])
step, loss = 0, 0.0
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + seconds
while time.monotonic() < end:
    step += 1
    loss = number + 1 / step
    time.sleep(0.05)
step = 1_000_000 + number
print("done", flush=True)
sys.stdin.readline()
"""
"""Stores numbers for a while, then one that tells it from all others."""

SETTLE_S = 5.0
"""So long the view has to show the last values."""

MAX_GROWTH = 1.1
"""The memory of the view at the end, by that in the middle."""


class View:
    """``jupyter livens watch --all`` in a terminal, whose output is read all the time."""

    def __init__(self, rows: int) -> None:
        command = ["-m", "livens.cli", "watch", "--all", "--names", "step", "loss"]
        self.child: Any = pexpect.spawn(
            sys.executable, command, dimensions=(rows, 140), encoding="utf-8", timeout=5
        )
        self.process = psutil.Process(self.child.pid)
        self.memory: list[int] = []

    def read(self, seconds: float) -> None:
        """Read what it prints for a while, and note its memory each half second."""
        end = time.monotonic() + seconds
        sampled_at = 0.0
        while (now := time.monotonic()) < end:
            with suppress(pexpect.TIMEOUT):
                self.child.read_nonblocking(100_000, 0.2)
            if now - sampled_at >= 0.5:
                sampled_at = now
                self.memory.append(self.process.memory_info().rss)

    def end(self) -> str:
        """Press Ctrl-C; return the table that it leaves."""
        self.child.sendintr()
        left = self.child.read()
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", left)


def main() -> int:
    """Run it; returns 0 if all is as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        os.environ["JUPYTER_RUNTIME_DIR"] = str(Path(folder, "runtime"))
        os.environ["TMPDIR"] = folder
        scripts = [
            stack.enter_context(
                joined(Path(folder), number, args.seconds, source=SOURCE, name=f"p{number}.py")
            )
            for number in range(args.processes)
        ]
        return _watch(scripts, args.seconds)


def _watch(scripts: list[Script], seconds: float) -> int:
    view = View(rows=len(scripts) + 10)
    view.read(6.0)
    for script in scripts:
        _tell(script)
    view.read(seconds / 2)
    scripts[0].process.kill()
    os.kill(scripts[1].process.pid, signal.SIGSTOP)
    view.read(seconds / 2)
    for script in scripts[2:]:
        script.wait_until_ready()
    view.read(SETTLE_S)
    cpu = view.process.cpu_times()
    table = view.end()
    os.kill(scripts[1].process.pid, signal.SIGCONT)
    return _judge(view, table, len(scripts), cpu.user + cpu.system)


def _tell(script: Script) -> None:
    assert script.process.stdin is not None
    script.process.stdin.write("\n")
    script.process.stdin.flush()


def _judge(view: View, table: str, count: int, cpu_s: float) -> int:
    failures = []
    for number in range(2, count):
        row = re.search(rf"\bp{number}\.py\b.*", table)
        if row is None or str(1_000_000 + number) not in row[0]:
            failures.append(f"p{number}.py: {row[0].rstrip() if row else 'not there'}")
    for number, word in ((0, "ended"), (1, "no answer")):
        row = re.search(rf"\bp{number}\.py\b.*", table)
        if row is None or word not in row[0]:
            failures.append(f"p{number}.py does not show {word!r}: {row and row[0]}")
    half = view.memory[len(view.memory) // 2 :]
    quarter = max(1, len(half) // 4)
    before, after = statistics.median(half[:quarter]), statistics.median(half[-quarter:])
    print(f"{count} processes, {len(view.memory) / 2:.0f} s; the view took {cpu_s:.1f} s of CPU")
    print(
        f"memory of the view: {before / 1e6:.1f} MB in the middle, {after / 1e6:.1f} MB at the end"
    )
    if after > before * MAX_GROWTH:
        failures.append("the memory of the view has grown")
    for failure in failures:
        print("FAILED:", failure)
    print("every last value is right" if not failures else table)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
