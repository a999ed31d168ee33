"""What keeping costs: ``python -m benchmarks.state_cost``.

*cells*: ``x = k`` with 10 and 10,000 other variables, in a kernel that keeps, one that is watched
and one that does neither, in turns.

*array*: a 400 MB array is kept once, then ``a[5] = 1``: how long the two cells take, and how much
the archive grows, beside a whole dump by cloudpickle and by dill, where they are installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.state_notebook import Kernel, kernel, wait_until_kept
from livens.exceptions import LivensError
from livens.state.archive.reading import ArchiveReader

OTHERS = "globals().update({{f'v{{k}}': k for k in range({n})}})"
WATCHED = "import livens; handle = livens.on_change('never', print)"

DUMP = """\
import time, {library}, io
began = time.perf_counter()
out = io.BytesIO(); {library}.dump(a, out); size = out.tell(); del out
took = time.perf_counter() - began
"""


def main() -> int:
    """Measure, and print tables; return how many limits are not kept."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--mb", type=int, default=400, help="how large the array is")
    args = parser.parse_args()
    failed = 0
    for number in (10, 10_000):
        failed += cells(number, args.rounds)
    failed += array(args.mb)
    return min(failed, 1)


def cells(number: int, rounds: int) -> int:
    """Compare ``x = k`` in three kernels, in turns."""
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
            for turn in range(rounds):
                for name, each in kernels.items():
                    took[name].append(min(_timed(each, f"x = {turn * 5 + k}") for k in range(5)))
    medians = {name: statistics.median(times) * 1000 for name, times in took.items()}
    added = medians["kept"] - medians["stock of livens"]
    text = ", ".join(f"{name} {ms:.2f} ms" for name, ms in medians.items())
    print(f"x = k beside {number:,} variables: {text}; keeping adds {added:+.2f} ms", flush=True)
    return int(added > 0.5)


def _timed(each: Kernel, code: str) -> float:
    began = time.perf_counter()
    each.run(code)
    return time.perf_counter() - began


def array(mb: int) -> int:
    """Keep a large array once, then a change of one item."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "archive.sqlite")
        with kernel(None) as plain, kernel(path) as kept:
            make = f"import numpy as np; a = np.random.default_rng(1).random({mb} * 125_000)"
            first = {name: _timed(each, make) for name, each in (("off", plain), ("on", kept))}
            began = time.perf_counter()
            before = _wait_for(path, "a", 1)
            rows.append(
                ("livens, first", first["on"] - first["off"], time.perf_counter() - began, before)
            )
            time.sleep(1.0)
            change = {n: _timed(each, "a[5] = 1") for n, each in (("off", plain), ("on", kept))}
            began = time.perf_counter()
            after = _wait_for(path, "a", 2)
            rows.append(
                (
                    "livens, a[5] = 1",
                    change["on"] - change["off"],
                    time.perf_counter() - began,
                    after - before,
                )
            )
            for library in ("cloudpickle", "dill"):
                if importlib.util.find_spec(library):
                    failure = plain.run(DUMP.format(library=library))
                    took, size = (float(plain.value(name)) for name in ("took", "size"))
                    rows.append((f"{library}, each time{failure}", took, 0.0, int(size)))
    print(f"an array of {mb} MB:\n{'':24}{'of the cell':>14}{'beside it':>12}{'stored':>14}")
    for name, cell_s, beside_s, nbytes in rows:
        print(f"{name:24}{cell_s * 1000:11.1f} ms{beside_s:10.1f} s{nbytes / 1e6:11.2f} MB")
    return int(rows[1][1] > 0.020 or rows[1][3] > 1_000_000)


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
