"""Whether kept states survive everything: ``python -m benchmarks.state_proof --times 200``.

*kills*: a busy notebook is killed by SIGKILL at random moments. The archive has to open, every
state in it has to be one that existed, and no cell may have failed.

*disks*: while it runs, the file system fails at random moments and recovers: no file may grow, the
disk is full or read-only (where this user may mount one), the archive is removed, or locked. No
cell may fail, `%state` has to say so, and afterwards everything has to be kept again.

*pace*: the same cells with and without an archive, in turns. Beyond 0.5 ms a cell, keeping may take
at most 1.03 times as long.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.state_notebook import (
    Kernel,
    Replay,
    cell,
    kernel,
    mistakes,
    wait_until_kept,
)

MOST_S = 1.5
"""A notebook is killed within so many seconds."""

CELLS = 140
"""So many cells run while the file system fails."""

BUSY = "total = 0\nfor k in range({n}): total += k * k % 7\nresult = [total, {cell}]"


def main() -> int:
    """Run the proofs; return how many failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=20, help="how often to kill")
    parser.add_argument("--rounds", type=int, default=10, help="how often to measure the pace")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", choices=("kills", "disks", "pace"))
    args = parser.parse_args()
    print(f"seed {args.seed}")
    dice = random.Random(args.seed)
    failed = 0
    if args.only in (None, "kills"):
        failed += kills(args.times, dice)
    if args.only in (None, "disks"):
        failed += disks(max(1, args.times // 20), dice)
    if args.only in (None, "pace"):
        failed += pace(args.rounds)
    return min(failed, 1)


# -- kills ---------------------------------------------------------------------------------------


def kills(times: int, dice: random.Random) -> int:
    """Kill kernels at random moments; return how many archives were wrong."""
    failed = 0
    totals = {"commits": 0, "values": 0, "not kept": 0}
    for number in range(1, times + 1):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "archive.sqlite")
            delay_s = dice.random() ** 2 * MOST_S
            wrong = _killed(path, delay_s, number % 2 == 0)
            found, counts = mistakes(path, Replay())
            for key, value in counts.items():
                totals[key] += value
            wrong += found
            if wrong:
                failed += 1
                print(f"{number}: killed after {delay_s:.3f} s: {'; '.join(wrong[:5])}")
            elif number % 20 == 0:
                print(f"{number} of {times}: {totals}", flush=True)
    print(f"kills: {times - failed} of {times} archives held states that existed; {totals}")
    return failed


def _killed(path: Path, delay_s: float, is_resting: bool) -> list[str]:
    """Run cells until the kernel is killed; return which failed."""
    wrong: list[str] = []
    with kernel(path, "state_interval_s=0.2") as running:
        wrong += filter(None, [running.run(cell(0))])
        wait_until_kept(path, 1)
        timer = threading.Timer(delay_s, running.manager.signal_kernel, [9])
        timer.start()
        number = 0
        try:
            while timer.is_alive():
                number += 1
                wrong += filter(None, [_run_unless_killed(running, number)])
                if is_resting and number % 5 == 0:
                    time.sleep(0.05)
        finally:
            timer.join()
    return wrong


def _run_unless_killed(running: Kernel, number: int) -> str:
    msg_id = running.client.execute(cell(number))
    while running.manager.is_alive():
        try:
            reply = running.client.get_shell_msg(timeout=0.2)
        except Exception:  # noqa: BLE001 - it is dead, or not yet done
            continue
        if reply["parent_header"].get("msg_id") == msg_id:
            content = reply["content"]
            return "" if content["status"] == "ok" else f"cell {number}: {content['evalue']}"
    return ""


# -- failing file systems ------------------------------------------------------------------------


class Trouble:
    """Something that is wrong with the place of the archive, and how it is put right."""

    def __init__(self, name: str, begin: Callable[[], object], end: Callable[[], object]) -> None:
        self.name, self.begin, self.end = name, begin, end


def _limited(running: Kernel) -> Trouble:
    def limit(nbytes: int) -> None:
        _, most = resource.prlimit(running.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (nbytes, most))

    return Trouble("no file grows", lambda: limit(4096), lambda: limit(resource.RLIM_INFINITY))


def _removed(path: Path) -> Trouble:
    def remove() -> None:
        for each in path.parent.iterdir():
            each.unlink()

    return Trouble("removed", remove, lambda: None)


def _locked(path: Path) -> Trouble:
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    return Trouble("locked", lambda: connection.execute("BEGIN IMMEDIATE"), connection.close)


def _full(path: Path) -> Trouble:
    ballast = path.with_name("ballast")

    def fill() -> None:
        with open(ballast, "wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"\0" * 65536)
            except OSError:
                pass

    return Trouble("disk full", fill, ballast.unlink)


def _read_only(path: Path) -> Trouble:
    """Make the place read-only from the start: where files are open already, it cannot be."""
    path.parent.mkdir()
    subprocess.run(["mount", "--bind", path.parent, path.parent], check=True)

    def remount(mode: str) -> None:
        subprocess.run(["mount", "-o", f"remount,bind,{mode}", path.parent], check=True)

    remount("ro")
    return Trouble("read-only", lambda: None, lambda: remount("rw"))


def disks(rounds: int, dice: random.Random) -> int:
    """Have the file system fail while a notebook runs; return how many times something is wrong."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "disk")
        place.mkdir()
        is_mounted = _mount(place)
        try:
            for number in range(rounds):
                for kind in ("limited", "removed", "locked", *(("full", "read-only") * is_mounted)):
                    path = place / f"{number}-{kind}" / "archive.sqlite"
                    wrong = _troubled(path, kind, dice)
                    failed += bool(wrong)
                    print(f"disks: {kind}: {'; '.join(wrong[:5]) or 'right'}", flush=True)
                    if kind == "read-only":
                        subprocess.run(["umount", "-l", path.parent], check=False)
                    subprocess.run(["rm", "-rf", path.parent], check=False)
        finally:
            if is_mounted:
                subprocess.run(["umount", "-l", place], check=False)
    return failed


def _mount(place: Path) -> bool:
    if os.geteuid() != 0:
        print("disks: this user cannot mount: no full and no read-only disk")
        return False
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", place],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        print(f"disks: no mount: {done.stderr.decode().strip()}")
    return done.returncode == 0


def _troubled(path: Path, kind: str, dice: random.Random) -> list[str]:
    wrong: list[str] = []
    early = _read_only(path) if kind == "read-only" else None
    with kernel(path, "state_interval_s=0.2") as running:
        wrong += filter(None, [running.run(cell(0))])
        if early is None:
            wait_until_kept(path, 1)
        trouble = early or _trouble(kind, path, running)
        begins, ends = sorted(dice.sample(range(1, 120), 2))
        for number in range(1, CELLS):
            if number == begins:
                trouble.begin()
            if number == ends:
                trouble.end()
            wrong += filter(None, [running.run(cell(number))])
            time.sleep(dice.random() * 0.02)
        said = running.value("__import__('livens').state.list().failure")
        wrong += _recovered(path, running, said)
    if kind != "removed":
        wrong += mistakes(path, Replay())[0]
    return wrong


def _trouble(kind: str, path: Path, running: Kernel) -> Trouble:
    match kind:
        case "limited":
            return _limited(running)
        case "removed":
            return _removed(path)
        case "locked":
            return _locked(path)
    return _full(path)


def _recovered(path: Path, running: Kernel, said: str) -> list[str]:
    """Return what is wrong after the trouble is over: everything has to be kept again."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        failure = running.value("__import__('livens').state.list().failure")
        if failure == "''":
            failed = running.run(cell(CELLS))
            wait_until_kept(path, CELLS + 1)
            return [failed] if failed else []
        time.sleep(0.2)
    return [f"it is not kept again: {said}"]


# -- pace ----------------------------------------------------------------------------------------


def pace(rounds: int) -> int:
    """Compare the time of cells with and without an archive, in turns."""
    ratios, added = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "archive.sqlite")
        with kernel(None) as without, kernel(path) as keeping:
            for each in (without, keeping):
                each.run(cell(0))
            for turn in range(rounds):
                order = (without, keeping) if turn % 2 else (keeping, without)
                took = {each: _pass(each, turn) for each in order}
                cells = 40
                ratios.append((took[keeping] - cells * 0.0005) / took[without])
                added.append((took[keeping] - took[without]) / cells * 1000)
    ratio = statistics.median(ratios)
    print(
        f"pace: {ratio:.3f} times as long beyond 0.5 ms a cell (median of {rounds} rounds;"
        f" {min(ratios):.3f} to {max(ratios):.3f}); {statistics.median(added):+.2f} ms a cell"
    )
    return int(ratio > 1.03)


def _pass(each: Kernel, turn: int) -> float:
    began = time.perf_counter()
    for number in range(20):
        each.run(cell(1 + 20 * turn + number))
        each.run(BUSY.format(n=200_000, cell=number))
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
