"""Whether every end of a run tells the truth: ``python -m benchmarks.ends --times 20``.

Runs a few notebooks by `jupyter livens run --jobs 2 --output --record --junit` again and again, and
ends each run at a random moment: by SIGKILL, SIGTERM, SIGINT or SIGHUP, by closing the pipe that it
prints to, or by a disk that is full after some bytes. Afterwards every file has to be whole, what
they say of a notebook has to agree, and with the exit code too, and nothing may be left behind.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import psutil

from livens.exceptions import RecordUnreadable
from livens.recording.outcome import SIGNAL_CODES, WORDS, ExitCode, worst
from livens.recording.reading import read_record

KINDS = ("kill", "term", "int", "hup", "pipe", "disk")

PLACES = ("in", "out", "records", "tmp", "runtime")

END_S = 120.0
"""A command that has not ended by then hangs, and so do kernels."""

GRACE_S = 3.0

SAVING = (
    "import time\ntry:\n    for step in range(10): time.sleep(0.1)\n"
    "except KeyboardInterrupt:\n    time.sleep(0.5); saved = step"
)
STUBBORN = (
    "import time\nfor step in range(8):\n    try: time.sleep(0.1)\n"
    "    except KeyboardInterrupt: pass"
)
NOTEBOOKS = {
    "cells.ipynb": [f"import time\nx = {n}\ntime.sleep(0.1)\nprint(x)" for n in range(6)],
    "saving.ipynb": ["x = 1", SAVING, "print('the end')"],
    "failing.ipynb": ["print('a' * 3000)", "x = 0", "1 / x", "print('never')"],
    "stubborn.ipynb": ["x = 1", STUBBORN, "print('b' * 3000)"],
}

TYPES = {WORDS[code]: int(code) for code in ExitCode if code not in SIGNAL_CODES}
"""The exit codes of the types in JUnit's file, but for those of a signal that was sent."""

SENT = {"term": 143, "hup": 129, "int": 130}

STATUSES = {"terminated": "terminated", "interrupted": "interrupted", "failed": "failed"}
"""What a record says where JUnit's file says this."""


class Trial:
    """One run that is ended.

    Parameters
    ----------
    folder : Path
        An empty folder.
    kind : str
        One of `KINDS`.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        self.kind = kind
        self.problems: list[str] = []
        self._signal = getattr(signal, f"SIG{kind.upper()}", 0)
        self._token = uuid.uuid4().hex
        self._env = {
            **os.environ,
            "LIVENS_TRIAL": self._token,
            "TMPDIR": str(folder / "tmp"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        for name in PLACES:
            (folder / name).mkdir()
        for name, sources in NOTEBOOKS.items():
            cells = [nbformat.v4.new_code_cell(source) for source in sources]
            nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "in" / name)

    def run(self, moment_s: float, disk_bytes: int = 0) -> int:
        """Run the notebooks, end the run at a moment, and check what is left.

        Returns
        -------
        int
            The exit code.
        """
        process = self._start(*NOTEBOOKS, disk_bytes=disk_bytes)
        if self.kind in ("kill", *SENT):
            time.sleep(moment_s)
            process.send_signal(self._signal)
        elif self.kind == "pipe":
            time.sleep(moment_s)
            assert process.stdout is not None
            process.stdout.close()
        try:
            error = process.communicate(timeout=END_S)[1].decode()
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.problems.append("the command did not end")
            return -1
        if "Exception ignored" in error or "never retrieved" in error or "livens/" in error:
            self.problems.append(f"it printed {error[-2000:]}")
        self._check_files(process.returncode)
        self._check_leftovers()
        return process.returncode

    def _start(self, *names: str, disk_bytes: int = 0) -> subprocess.Popen[bytes]:
        def limit() -> None:
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (disk_bytes, disk_bytes))

        places = ("--output", "../out", "--record", "../records", "--junit", "../report.xml")
        command = [sys.executable, "-m", "livens.cli", "run", *names, "--jobs", "2"]
        return subprocess.Popen(
            [*command, "--grace", str(GRACE_S), *places],
            cwd=self.folder / "in",
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=limit if disk_bytes else None,  # noqa: PLW1509 (there are no threads)
        )

    # -- files -----------------------------------------------------------------------------

    def _check_files(self, code: int) -> None:
        results = self._results()
        if results is None:
            # It ended before it began, or (a full disk) says so by its exit code.
            if code == 0 or (self.kind in ("int", "pipe") and code not in (130,)):
                self.problems.append(f"no report, and exit code {code}")
        elif self.kind != "kill":
            codes = {TYPES.get(kind) or SENT.get(self.kind, 0) for kind in results.values() if kind}
            expected = int(worst(codes))
            is_cut = self.kind == "disk" and code in (2, 5, 7)
            # A signal may come when all is done, and the process is about to end.
            is_late = code == -self._signal and not codes & {*SENT.values()}
            if code != expected and not (is_cut or is_late):
                self.problems.append(f"exit code {code}, but {results}")
        for name in NOTEBOOKS:
            self._check_notebook(name, None if results is None else results[name])

    def _results(self) -> dict[str, str] | None:
        """Return the type of each notebook's error; empty for one that is well."""
        file = self.folder / "report.xml"
        if not file.exists():
            return None
        try:
            suite = ElementTree.parse(file).getroot()[0]
        except ElementTree.ParseError as err:
            self.problems.append(f"the report is cut off: {err}")
            return None
        found = {}
        for case in suite:
            told = [child for child in case if child.tag in ("error", "failure")]
            found[str(case.get("name"))] = str(told[0].get("type")) if told else ""
        if found.keys() != NOTEBOOKS.keys():
            self.problems.append(f"the report has {sorted(found)}")
        return found

    def _check_notebook(self, name: str, result: str | None) -> None:
        status = self._status(name)
        outputs = self._outputs(name)
        is_killed = self.kind in ("kill", "disk")
        if result == "" and (status != "ok" or outputs is None or not all(outputs)):
            self.problems.append(f"{name} is well in the report, {status} in its record")
        if status == "ok" and result not in ("", None) and not is_killed:
            self.problems.append(f"{name} is ok in its record, {result} in the report")
        if result in STATUSES and status not in (STATUSES[result], "cut off" * is_killed):
            self.problems.append(f"{name} is {result} in the report, {status} in its record")
        if result == "no result" and self.kind != "kill":
            self.problems.append(f"{name} has no result")
        if result == "not begun" and (status or outputs is not None):
            self.problems.append(f"{name} was not begun, but there is something of it")

    def _status(self, name: str) -> str:
        file = next(self._records(name), None)
        if file is None or (self.kind in ("kill", "disk") and not file.stat().st_size):
            return ""
        try:
            return read_record(file).status
        except RecordUnreadable as err:
            if self.kind not in ("kill", "disk"):
                self.problems.append(f"{err}")
            return ""

    def _records(self, name: str) -> Iterator[Path]:
        """Return the records of a notebook, which are named after it and the time."""
        return (self.folder / "records").glob(f"{name.removesuffix('.ipynb')}-2*.livens.jsonl")

    def _outputs(self, name: str) -> list[bool] | None:
        """Return which cells of a notebook were executed; None if there is no notebook."""
        file = self.folder / "out" / name
        if not file.exists():
            return None
        try:
            notebook = nbformat.read(file, as_version=4)
            nbformat.validate(notebook)
        except (ValueError, nbformat.ValidationError) as err:
            self.problems.append(f"{name} is broken: {err}")
            return None
        return [cell.execution_count is not None for cell in notebook.cells]

    # -- what is left ----------------------------------------------------------------------

    def _check_leftovers(self) -> None:
        self._wait_for_kernels()
        if self.kind == "kill":  # the next run removes what a killed one could not
            process = self._start("failing.ipynb")
            process.communicate(timeout=END_S)
        for place in (".", *PLACES):
            expected = {
                *NOTEBOOKS,
                *(file.name for name in NOTEBOOKS for file in self._records(name)),
                *(*PLACES, "ipython", "report.xml"),
            }
            left = [path.name for path in (self.folder / place).iterdir()]
            others = sorted({*left} - expected)
            if self.kind == "disk" and place == "tmp":
                # What could not be written where it belongs is saved there, and named.
                others = [text for text in others if not text.startswith(_STEMS)]
            if others:
                self.problems.append(f"left in {place}: {', '.join(others)}")

    def _wait_for_kernels(self) -> None:
        until = time.monotonic() + END_S / 2
        while left := [process for process in psutil.process_iter() if self._is_ours(process)]:
            if time.monotonic() > until:
                self.problems.append(f"processes are left: {[process.pid for process in left]}")
                for process in left:
                    process.kill()
                return
            time.sleep(0.1)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            is_ours = process.environ().get("LIVENS_TRIAL") == self._token
            return is_ours and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


_STEMS = ("report", *(name.removesuffix(".ipynb") for name in NOTEBOOKS))


def main(say: Callable[[str], object] = print) -> int:
    """End runs; returns 1 if one did not end as it should."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ends", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="how often each way")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    args = parser.parse_args()
    chance = random.Random(args.seed)
    began = time.monotonic()
    undisturbed = trial("none", 0.0)
    seconds = time.monotonic() - began
    say(f"seed {args.seed}; a run takes {seconds:.1f} s; {undisturbed or 'it is well'}")
    failed = bool(undisturbed)
    for kind in args.kinds:
        count = 0
        for _ in range(args.times):
            moment, size = chance.uniform(0, seconds), chance.randrange(2_000, 30_000)
            problems = trial(kind, moment, size if kind == "disk" else 0)
            count += not problems
            for problem in problems:
                where = f"{size} bytes" if kind == "disk" else f"{moment:.2f} s"
                say(f"{kind} at {where}: {problem}")
        say(f"{kind}: {count} of {args.times} ended well")
        failed = failed or count < args.times
    return int(failed)


def trial(kind: str, moment_s: float, disk_bytes: int = 0) -> list[str]:
    """Return what is wrong after one run that was ended."""
    with tempfile.TemporaryDirectory(prefix="livens-ends-") as name:
        made = Trial(Path(name), kind)
        made.run(moment_s, disk_bytes)
        return made.problems


if __name__ == "__main__":
    sys.exit(main())
