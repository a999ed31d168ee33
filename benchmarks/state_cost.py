"""What keeping costs: ``python -m benchmarks.state_cost``.

*cells*: ``x = k`` with 10 and 10,000 other variables, in a kernel that keeps, one that is watched
and one that does neither, in turns.

*array*: a 400 MB array is kept once, then ``a[5] = 1``: how long the two cells take, and how much
the archive grows.

Both stand beside a whole dump by cloudpickle and by dill, where they are installed, and beside
Kishu, if ``--kishu`` names a Python that has it. `benchmarks.state_kinds` compares what becomes of
kinds of values.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.state_notebook import Kernel, kernel, wait_until_kept
from benchmarks.state_peers import NAMES, dumps, kishu
from livens.exceptions import LivensError
from livens.state.archive.reading import ArchiveReader

OTHERS = "globals().update({{f'v{{k}}': k for k in range({n})}})"
WATCHED = "import livens; handle = livens.on_change('never', print)"

ARRAY = "import numpy as np; a = np.random.default_rng(1).random({mb} * 125_000)"

Row = tuple[str, float, float, int]
"""Of a table: what it is, seconds of the cell, seconds beside it, and bytes."""


def main() -> int:
    """Measure, and print tables; return how many limits are not kept."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--mb", type=int, default=400, help="how large the array is")
    parser.add_argument("--kishu", default="", metavar="PYTHON", help="a Python that has Kishu")
    parser.add_argument("--only", choices=("cells", "array"))
    args = parser.parse_args()
    failed = 0
    if args.only in (None, "cells"):
        for number in (10, 10_000):
            failed += cells(number, args.rounds, args.kishu)
    if args.only in (None, "array"):
        failed += array(args.mb, args.kishu)
    if not args.kishu:
        print("Kishu: NOT MEASURED; name a Python that has it by --kishu")
    return min(failed, 1)


def cells(number: int, rounds: int, python: str) -> int:
    """Compare ``x = k`` in three kernels, in turns; then what others take for it."""
    took: dict[str, list[float]] = {"stock of livens": [], "watched": [], "kept": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "archive.sqlite")
        with kernel(None) as plain, kernel(None) as watched, kernel(path) as kept:
            kernels = dict(zip(took, (plain, watched, kept), strict=True))
            watched.run(WATCHED)
            for each in kernels.values():
                each.run(OTHERS.format(n=number))
            wait_until_kept(path, 1)
            time.sleep(2.0)  # what 10,000 variables leave to be read
            before = _nbytes(path)
            for turn in range(rounds):
                for name, each in kernels.items():
                    took[name].append(min(_timed(each, f"x = {turn * 5 + k}") for k in range(5)))
            wait_until_kept(path, 1 + 5 * rounds)
            nbytes = (_nbytes(path) - before) // (5 * rounds)
            rows: list[Row] = [(name, s, 0.0, n) for name, s, n in dumps(plain, NAMES)]
    medians = {name: statistics.median(times) * 1000 for name, times in took.items()}
    added = medians["kept"] - medians["stock of livens"]
    text = ", ".join(f"{name} {ms:.2f} ms" for name, ms in medians.items())
    print(f"x = k beside {number:,} variables: {text}; keeping adds {added:+.2f} ms")
    rows.insert(0, ("livens", added / 1000, 0.0, nbytes))
    _table([*rows, *_kishu(python, OTHERS.format(n=number), "x = 1", "x = 2", "x = 3")])
    return int(added > 0.5)


def _kishu(python: str, *codes: str) -> list[Row]:
    """Return what Kishu adds to the last of some cells, and to the first."""
    if not python:
        return []
    with tempfile.TemporaryDirectory() as folder, kishu(python, Path(folder)) as kernels:
        added = [kernels.added(code) for code in codes]
    first, last = added[0], min(added[1:])
    return [("Kishu, first", first[0], 0.0, first[1]), ("Kishu, the change", last[0], 0.0, last[1])]


def _table(rows: list[Row]) -> None:
    print(f"{'':34}{'of the cell':>14}{'beside it':>12}{'stored':>16}")
    for name, cell_s, beside_s, nbytes in rows:
        print(f"{name:34}{cell_s * 1000:11.2f} ms{beside_s:10.1f} s{nbytes / 1000:13,.1f} kB")
    sys.stdout.flush()


def _timed(each: Kernel, code: str) -> float:
    began = time.perf_counter()
    each.run(code)
    return time.perf_counter() - began


def array(mb: int, python: str) -> int:
    """Keep a large array once, then a change of one item."""
    make = ARRAY.format(mb=mb)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "archive.sqlite")
        with kernel(None) as plain, kernel(path) as kept:
            rows = [
                _row("livens, first", (plain, kept), make, path, 1),
                _row("livens, a[5] = 1", (plain, kept), "a[5] = 1", path, 2),
            ]
            rows += [(name, seconds, 0.0, nbytes) for name, seconds, nbytes in dumps(plain, "a")]
    print(f"an array of {mb} MB, and a[5] = 1:")
    _table([*rows, *_kishu(python, make, "a[5] = 1")])
    return int(rows[1][1] > 0.020 or rows[1][3] > 1_000_000)


def _row(name: str, kernels: tuple[Kernel, Kernel], code: str, path: Path, cell: int) -> Row:
    """Run a cell without and with keeping, and wait until it is kept."""
    plain, kept = kernels
    before = _nbytes(path)
    time.sleep(1.0)
    took = {each: _timed(each, code) for each in (plain, kept)}
    began = time.perf_counter()
    after = _wait_for(path, "a", cell)
    return name, took[kept] - took[plain], time.perf_counter() - began, after - before


def _nbytes(path: Path) -> int:
    """Return how much an archive holds; nothing if there is none yet."""
    try:
        with ArchiveReader(path) as reader:
            return reader.nbytes()
    except LivensError:
        return 0


def _wait_for(path: Path, name: str, cell: int) -> int:
    """Wait until a name is kept as it was after a cell; return how much the archive holds."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with ArchiveReader(path) as reader:
                for commit in reader.commits(1):
                    entry = commit.entries.get(name)
                    if commit.cell == cell and entry is not None and entry.kind == "kept":
                        return reader.nbytes()
        except LivensError:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"'{name}' is not kept after cell {cell}")


if __name__ == "__main__":
    sys.exit(main())
