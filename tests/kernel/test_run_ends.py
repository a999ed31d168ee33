"""How `jupyter livens run` ends when a signal asks for it: real signals, real kernels."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import nbformat
import pexpect
import psutil
import pytest
from commands import TIMEOUT_S, notebook_file
from recorded import record_of

import livens

BEGUN = "open(f'begun-{os.getpid()}', 'w').close()"
SLOW = f"import os, time\nprint('printed')\n{BEGUN}\ntime.sleep(300)"
SAVING = f"import os, time\n{BEGUN}\ntry: time.sleep(300)\nexcept KeyboardInterrupt: saved = 1"
STUBBORN = (
    f"import os, time\n{BEGUN}\nwhile True:\n"
    "    try: time.sleep(0.1)\n    except KeyboardInterrupt: pass"
)


class Ended(NamedTuple):
    """What is left of a command."""

    code: int
    out: str
    err: str
    junit: dict[str, list[tuple[str | None, str | None]]]
    statuses: dict[str, str]


class Command:
    """A run with records, notebooks and JUnit's file, in a folder with places of its own."""

    def __init__(self, folder: Path, *args: object) -> None:
        self.folder = folder
        for name in ("out", "records", "tmp", "runtime"):
            (folder / name).mkdir()
        env = {**os.environ, "TMPDIR": f"{folder}/tmp", "JUPYTER_RUNTIME_DIR": f"{folder}/runtime"}
        places = ("--output", "out", "--record", "records", "--junit", "report.xml")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "livens.cli", "run", *map(str, (*args, *places))],
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for_cells(self, count: int = 1) -> None:
        """Wait until so many cells have begun."""
        until = time.monotonic() + TIMEOUT_S
        while len(list(self.folder.glob("begun-*"))) < count:
            assert time.monotonic() < until
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.02)

    def end(self) -> Ended:
        """Wait for the end; nothing may be left behind, and everything has to be whole."""
        out, err = self.process.communicate(timeout=TIMEOUT_S)
        assert "Traceback" not in err.replace("Traceback (most recent call last)\nCell", "")
        assert "never retrieved" not in err
        assert "Exception ignored" not in err
        assert list((self.folder / "tmp").iterdir()) == []
        assert list((self.folder / "runtime").iterdir()) == []
        for path in (self.folder / "out").iterdir():
            nbformat.validate(nbformat.read(path, as_version=4))
        records = [livens.read_record(path) for path in (self.folder / "records").iterdir()]
        assert [problem for record in records for problem in record.problems] == []
        statuses = {record.header.notebook: record.status for record in records}
        suite = ElementTree.parse(self.folder / "report.xml").getroot()[0]
        junit = {
            str(case.get("name")): [(told.get("type"), told.get("message")) for told in case[:1]]
            for case in suite
        }
        return Ended(self.process.returncode, out, err, junit, statuses)

    def cell(self, notebook: str, index: int) -> Any:
        """Return a cell of a notebook that was written."""
        return nbformat.read(self.folder / "out" / notebook, as_version=4).cells[index]


@contextmanager
def command(folder: Path, *args: object) -> Iterator[Command]:
    """Start a run; its kernels have to be gone afterwards."""
    made = Command(folder, *args)
    kernels: list[psutil.Process] = []
    try:
        yield made
    finally:
        if made.process.poll() is None:
            kernels = psutil.Process(made.process.pid).children()
            made.process.kill()
            made.process.communicate()
        assert kernels == []


@pytest.mark.parametrize(
    ("number", "code", "status", "reason"),
    [
        (signal.SIGTERM, 143, "terminated", "Terminated (SIGTERM) in cell 2 of 3"),
        (signal.SIGHUP, 129, "terminated", "Terminated (SIGHUP) in cell 2 of 3"),
        (signal.SIGINT, 130, "interrupted", "Interrupted in cell 2 of 3"),
    ],
)
def test_one_notebook(
    number: signal.Signals, code: int, status: str, reason: str, tmp_path: Path
) -> None:
    """The cell is interrupted, and the end is told in the terminal, record, JUnit and notebook."""
    notebook_file(tmp_path / "a.ipynb", "x = 1", SLOW, "y = 2")
    with command(tmp_path, "a.ipynb", "--expect", "x == 1") as running:
        running.wait_for_cells()
        running.process.send_signal(number)
        ended = running.end()
    assert ended.code == code, ended.err
    assert f"{reason} after" in ended.out
    assert ended.err.index("printed") < ended.err.index("KeyboardInterrupt")
    assert ended.statuses == {"a.ipynb": status}
    assert ended.junit == {"a.ipynb": [(status, reason)]}
    record = livens.read_record(record_of(tmp_path / "records", "a"))
    assert [cell.status for cell in record.cells] == ["ok", "failed"]
    assert [(one.condition, one.status) for one in record.expectations] == [("x == 1", "unchecked")]
    assert running.cell("a.ipynb", 1).outputs[-1].ename == "KeyboardInterrupt"
    assert running.cell("a.ipynb", 2).outputs == []


def test_several_notebooks(tmp_path: Path) -> None:
    """All of them end, also one that does not mind, and one that was not begun is reported."""
    for name, source in (("saving", SAVING), ("stubborn", STUBBORN), ("waiting", "x = 1")):
        notebook_file(tmp_path / f"{name}.ipynb", source, "y = 2")
    names = [f"{name}.ipynb" for name in ("saving", "stubborn", "waiting")]
    with command(tmp_path, *names, "--jobs", 2, "--grace", 1.5) as running:
        running.wait_for_cells(2)
        running.process.terminate()
        ended = running.end()
    assert ended.code == 143, ended.err
    rows = [line.split("  ") for line in ended.out.splitlines() if line.startswith(tuple(names))]
    assert {row[0]: [word.strip() for word in row if word.strip()][1] for row in rows} == {
        "saving.ipynb": "terminated",
        "stubborn.ipynb": "terminated",
        "waiting.ipynb": "not begun",
    }
    assert "Terminated (SIGTERM): 2 notebooks ran, 2 of them not well," in ended.out
    assert "1 was not begun" in ended.out
    assert ended.statuses == {"saving.ipynb": "terminated", "stubborn.ipynb": "terminated"}
    reason = "Terminated (SIGTERM) in cell 1 of 2"
    assert ended.junit == {
        "saving.ipynb": [("terminated", reason)],
        "stubborn.ipynb": [("terminated", reason)],
        "waiting.ipynb": [("not begun", "Terminated (SIGTERM) before it began")],
    }
    assert "saved" in livens.read_record(record_of(tmp_path / "records", "saving")).final
    assert "the cell did not end" in running.cell("stubborn.ipynb", 0).outputs[-1].evalue


def test_kernel_that_is_terminated_as_well(tmp_path: Path) -> None:
    """Where all processes get the signal, as of systemd, that is no death of the kernel."""
    notebook_file(tmp_path / "a.ipynb", SLOW)
    with command(tmp_path, "a.ipynb") as running:
        running.wait_for_cells()
        (begun,) = tmp_path.glob("begun-*")
        running.process.terminate()
        os.kill(int(begun.name.removeprefix("begun-")), signal.SIGTERM)
        ended = running.end()
    assert ended.code == 143, ended.err
    assert ended.statuses == {"a.ipynb": "terminated"}


def test_kernel_that_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal while the kernel starts ends the run before its first cell."""
    slow = tmp_path / "jupyter" / "kernels" / "slow"
    slow.mkdir(parents=True)
    code = f"import os, time\nos.chdir({str(tmp_path)!r})\n{BEGUN}\ntime.sleep(300)"
    spec = {"argv": [sys.executable, "-c", code], "display_name": "S", "language": "python"}
    (slow / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(slow.parents[1]))
    notebook_file(tmp_path / "a.ipynb", "x = 1")
    with command(tmp_path, "a.ipynb", "--kernel", "slow") as running:
        running.wait_for_cells()
        running.process.terminate()
        ended = running.end()
    assert ended.code == 143, ended.err
    reason = "Terminated (SIGTERM) before the first cell"
    assert f"{reason} after" in ended.out
    assert ended.junit == {"a.ipynb": [("terminated", reason)]}
    assert ended.statuses == {"a.ipynb": "terminated"}


def test_interrupt_that_gets_lost(tmp_path: Path) -> None:
    """A kernel that takes the interrupt for its own never replies, and is not waited for.

    ipykernel does so between what it does for a cell and the cell's code; here the moment is made
    long, after the code.
    """
    lose = (
        "import os, time\nkernel = get_ipython().kernel\n"
        f"def finish(*args):\n    {BEGUN}\n    time.sleep(300)\n"
        "kernel.finish_metadata = finish"
    )
    notebook_file(tmp_path / "a.ipynb", lose, "x = 1")
    with command(tmp_path, "a.ipynb") as running:
        running.wait_for_cells()
        running.process.send_signal(signal.SIGINT)
        ended = running.end()
    assert ended.code == 130, ended.err
    assert "KeyboardInterrupt caught in kernel" in ended.err
    assert ended.statuses == {"a.ipynb": "interrupted"}


def test_terminal_that_is_closed(tmp_path: Path) -> None:
    """When its terminal is closed the run ends in order, though nothing can be shown any more."""
    notebook_file(tmp_path / "a.ipynb", "x = 1", SLOW)
    args = ["-m", "livens.cli", "run", "a.ipynb", "--output", "b.ipynb", "--record", "a.jsonl"]
    child = pexpect.spawn(
        sys.executable, args, cwd=str(tmp_path), env={**os.environ, "TERM": "xterm"}, timeout=90
    )
    child.expect("cell 2 of 2")
    until = time.monotonic() + TIMEOUT_S
    while not list(tmp_path.glob("begun-*")):
        assert time.monotonic() < until
        time.sleep(0.02)
    os.close(child.child_fd)  # as a terminal emulator that ends; the system sends SIGHUP
    child.closed = True
    _, status = os.waitpid(child.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 129
    assert livens.read_record(tmp_path / "a.jsonl").status == "terminated"
    made = nbformat.read(tmp_path / "b.ipynb", as_version=4)
    assert made.cells[1].outputs[-1].ename == "KeyboardInterrupt"


class TestOutputs:
    """Outputs that nobody reads: the run goes on, and its exit code is as otherwise."""

    @pytest.mark.parametrize(
        "redirection",
        ["| head -n 1", "2>&1 | true", "> /dev/full 2> /dev/full", "<&- >&- 2>&-"],
    )
    def test_run_goes_on(self, redirection: str, tmp_path: Path) -> None:
        """The notebooks, records and JUnit's file are whole."""
        # Where its output is closed, a program ends by an error or a signal.
        system = "import os\nos.system('echo here && echo there >&2')"
        notebook_file(tmp_path / "a.ipynb", "x = 1", system, "y = 2")
        notebook_file(tmp_path / "b.ipynb", "x = 1", "print(1)\nx / 0")
        for name in ("out", "records"):
            (tmp_path / name).mkdir()
        run = f"{sys.executable} -m livens.cli run a.ipynb b.ipynb --jobs 2 --output out "
        run += "--record records --junit report.xml"
        script = f"{run} {redirection}; echo ${{PIPESTATUS[0]}} >code"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            # By this ipykernel leaves descriptors alone, as it does nowhere else.
            env={key: text for key, text in os.environ.items() if key != "PYTEST_CURRENT_TEST"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        assert (tmp_path / "code").read_text() == "1\n"
        assert "BrokenPipe" not in done.stderr
        assert "Exception" not in done.stderr
        records = [livens.read_record(record_of(tmp_path / "records", name)) for name in "ab"]
        assert [record.status for record in records] == ["ok", "failed"]
        a = nbformat.read(tmp_path / "out/a.ipynb", as_version=4)
        # What a program writes is read by a thread of ipykernel's: it may come after the result.
        results = [out.data for out in a.cells[1].outputs if out.output_type == "execute_result"]
        assert results == [{"text/plain": "0"}]
        suite = ElementTree.parse(tmp_path / "report.xml").getroot()[0]
        assert [len(case.findall("failure")) for case in suite] == [0, 1]
