"""Whether many runs leave anything behind: ``python -m benchmarks.manyruns --runs 200``.

Runs so many small notebooks by `jupyter livens run --jobs`, with records, and counts afterwards
what there should be none of: processes, open files, connection files, temporary files, history
databases, and records that have no end. Every tenth notebook fails, every twentieth takes its
kernel with it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil

from livens.cli import main as livens_main
from livens.recording.reading import read_record


def main() -> int:
    """Run them; returns 1 if something was left behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.manyruns", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="livens-manyruns-") as name:
        return _measure(Path(name), args.runs, args.jobs)


def _measure(folder: Path, runs: int, jobs: int) -> int:
    for name in ("notebooks", "records", "tmp", "runtime"):
        (folder / name).mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder / "tmp")
    os.environ["JUPYTER_RUNTIME_DIR"] = str(folder / "runtime")
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    paths = [_notebook(folder / "notebooks" / f"{n:04}.ipynb", n) for n in range(runs)]
    me = psutil.Process()
    options = ["--jobs", str(jobs), "--record", str(folder / "records"), "--no-live"]
    livens_main(["run", *map(str, paths[:jobs]), *options])  # loads what is loaded once
    files, memory = me.num_fds(), me.memory_info().rss
    began = time.perf_counter()
    code = livens_main(["run", *map(str, paths), *options])
    seconds = time.perf_counter() - began
    records = [read_record(path) for path in sorted((folder / "records").iterdir())]
    found = {
        "processes": len(me.children(recursive=True)),
        "threads of other names": me.num_threads() - 1,
        "open files more": me.num_fds() - files,
        "connection files": len(list((folder / "runtime").iterdir())),
        "temporary files": len(list((folder / "tmp").iterdir())),
        "history databases": len(list(folder.glob("ipython/**/history.sqlite*"))),
        "records without an end": sum(bool(record.problems) for record in records),
        "records missing": runs - len(records),
    }
    print(f"\n{runs} runs, {jobs} at once, exit code {code}: {seconds:.0f} s")
    print(f"memory: {(me.memory_info().rss - memory) / 1e6:+.1f} MB")
    statuses = [record.status for record in records]
    print({status: statuses.count(status) for status in sorted(set(statuses))})
    for what, count in found.items():
        print(f"{what}: {count}")
    allowed = {"threads of other names": 8, "open files more": 8}
    return int(any(count > allowed.get(what, 0) for what, count in found.items()))


def _notebook(path: Path, number: int) -> Path:
    notebook = nbformat.v4.new_notebook()
    last = (
        "1 / 0" if number % 10 == 0 else "import os; os._exit(1)" if number % 20 == 5 else "z = 1"
    )
    for source in (f"x = {number}", "for i in range(1000): y = i * x", last):
        notebook.cells.append(nbformat.v4.new_code_cell(source))
    nbformat.write(notebook, path)
    return path


if __name__ == "__main__":
    sys.exit(main())
