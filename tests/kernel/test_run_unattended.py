"""`jupyter livens run` with nobody watching: expectations, rules, and several notebooks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import psutil
import pytest
from commands import TIMEOUT_S, command, notebook_file, python, run

import livens


class TestExpectations:
    """`--expect`: what has to hold at the end."""

    def test_met_and_not_met(self, tmp_path: Path) -> None:
        """What does not hold is told with its values and its place, and the code is 4."""
        path = notebook_file(tmp_path / "a.ipynb", "loss = 0.5\nn = 3")
        assert run(path, "--expect", "loss < 1", "--expect", "n == 3").returncode == 0
        done = run(path, "--expect", "loss < 0.1", "--expect", "n == 3")
        assert done.returncode == 4
        assert "Expected loss < 0.1, but loss = 0.5 (cell In [1], line 1)." in done.stderr
        assert "n == 3" not in done.stderr

    def test_results_are_kept(self, tmp_path: Path) -> None:
        """What was expected, and whether it was so, is in the record, its report and JUnit."""
        path = notebook_file(tmp_path / "a.ipynb", "loss = 0.5\nn = 3")
        record, junit = tmp_path / "a.jsonl", tmp_path / "report.xml"
        places = ("--record", record, "--junit", junit)
        assert run(path, "--expect", "loss < 0.1", "--expect", "n == 3", *places).returncode == 4
        found = livens.read_record(record)
        assert found.status == "unmet"
        assert found.footer is not None
        assert found.footer.reason.startswith("Expected loss < 0.1, but loss = 0.5")
        assert [(one.condition, one.status) for one in found.expectations] == [
            ("loss < 0.1", "unmet"),
            ("n == 3", "met"),
        ]
        told = "Expected loss < 0.1: unmet (expected loss < 0.1, but loss = 0.5"
        shown = command("report", record).stdout
        assert told in shown
        assert "Expected n == 3: met\n" in shown
        page = tmp_path / "a.html"
        command("report", record, "--output", page)
        assert "Expected n == 3: met" in page.read_text("utf-8")
        data = json.loads(command("report", record, "--format", "json").stdout)
        assert [one["status"] for one in data["expectations"]] == ["unmet", "met"]
        case = ElementTree.parse(junit).getroot()[0][0]
        assert case[0].get("type") == "unmet"
        assert case.findtext("system-out") == "unmet: loss < 0.1\nmet: n == 3"

    def test_run_that_does_not_come_to_its_end(self, tmp_path: Path) -> None:
        """What is expected of a run that fails is not checked, and that is recorded."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1", "x / 0")
        record = tmp_path / "a.jsonl"
        assert run(path, "--expect", "x == 1", "--record", record).returncode == 1
        found = livens.read_record(record)
        assert found.status == "failed"
        assert [one.status for one in found.expectations] == ["unchecked"]

    @pytest.mark.parametrize("option", ["--until", "--fail-if", "--expect"])
    def test_conditions_are_read_at_the_start(self, option: str, tmp_path: Path) -> None:
        """What is no condition is told before anything runs, with what is allowed."""
        path = notebook_file(tmp_path / "a.ipynb", "open('ran', 'w')")
        done = run(path, option, "loss <")
        assert done.returncode == 2
        assert "at column 7: something is missing at the end" in done.stderr
        assert "expected: variables, numbers" in done.stderr
        assert not (tmp_path / "ran").exists()

    def test_names_that_no_cell_mentions(self, tmp_path: Path) -> None:
        """A slip in a name is told at the start, with what may be meant."""
        path = notebook_file(tmp_path / "a.ipynb", "loss = 1")
        done = run(path, "--expect", "los > 0")
        assert "no cell mentions it" in done.stderr
        assert "did you mean 'loss'?\n" in done.stderr
        assert done.returncode == 6


class TestRules:
    """`--until` and `--fail-if`: rules that stop a run."""

    LOOP = (
        "import time\nloss = 8.0",
        "for epoch in range(10_000):\n    time.sleep(0.01)\n    loss = loss / 2",
        "open('ran', 'w')",
    )

    def test_until(self, tmp_path: Path) -> None:
        """The cell is stopped, what follows is not run, and all is well."""
        path = notebook_file(tmp_path / "a.ipynb", *self.LOOP)
        record = tmp_path / "a.jsonl"
        done = run(path, "--until", "loss < 0.1", "--record", record)
        assert done.returncode == 0, done.stderr
        assert "Stopped by --until in cell 2 of 3 after" in done.stdout
        assert "loss < 0.1: loss = 0.0625 (cell In [2], line 3)" in done.stdout
        assert not (tmp_path / "ran").exists()
        found = livens.read_record(record)
        assert found.status == "stopped"
        assert [cell.status for cell in found.cells] == ["ok", "stopped"]
        assert found.events[0].rule is not None
        assert found.events[0].rule.condition == "loss < 0.1"

    def test_fail_if(self, tmp_path: Path) -> None:
        """The rule, its values, the cell and the line are named, and the code is 3."""
        path = notebook_file(tmp_path / "a.ipynb", *self.LOOP)
        out, junit = tmp_path / "b.ipynb", tmp_path / "report.xml"
        done = run(path, "--fail-if", "loss < 1", "--output", out, "--junit", junit)
        assert done.returncode == 3
        assert "loss < 1: loss = 0.5 (cell In [2], line 3)" in done.stderr
        assert "Stopped by --fail-if in cell 2 of 3 after" in done.stdout
        assert nbformat.read(out, as_version=4).cells[1].outputs[-1].ename == "KeyboardInterrupt"
        assert "loss = 0.5" in junit.read_text()

    def test_rule_that_fires_as_its_cell_ends(self, tmp_path: Path) -> None:
        """A rule that a cell makes true with its last line stops the run before the next cell."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1", "x = 2", "open('ran', 'w')")
        done = run(path, "--fail-if", "x == 2")
        assert done.returncode == 3
        assert not (tmp_path / "ran").exists()

    def test_expectations_after_a_stop(self, tmp_path: Path) -> None:
        """What is expected is asked after --until as well."""
        path = notebook_file(tmp_path / "a.ipynb", "n = 0", "n = 3", "n = 4")
        assert run(path, "--until", "n == 3", "--expect", "n == 3").returncode == 0
        assert run(path, "--until", "n == 3", "--expect", "n == 4").returncode == 4

    def test_kernel_that_has_no_rules(self, tmp_path: Path) -> None:
        """On a kernel that cannot be watched a rule is refused before anything runs."""
        path = notebook_file(tmp_path / "a.ipynb", "open('ran', 'w')")
        done = run(path, "--until", "x > 1", "--kernel", "python3")
        assert done.returncode == 2
        assert "needs a livens kernel" in done.stderr
        assert not (tmp_path / "ran").exists()

    def test_cell_that_catches_everything(self, tmp_path: Path) -> None:
        """A cell that swallows the interrupt ends by itself, and nothing after it is run."""
        path = notebook_file(
            tmp_path / "a.ipynb",
            "import time\ntry:\n    for x in range(1000): time.sleep(0.01)\n"
            "except BaseException:\n    y = 1",
            "open('ran', 'w')",
        )
        assert run(path, "--fail-if", "x == 5").returncode == 3
        assert not (tmp_path / "ran").exists()


class TestSeveral:
    """Several notebooks at once."""

    def test_table_junit_and_records(self, tmp_path: Path) -> None:
        """Each has its line, its row, its test case, its notebook and its record."""
        folders = [tmp_path / name for name in ("out", "records")]
        for folder in folders:
            folder.mkdir()
        paths = [
            notebook_file(tmp_path / "good.ipynb", "x = 1", "y = 2"),
            notebook_file(tmp_path / "wrong.ipynb", "x = 1", "x / 0", "y = 2"),
            tmp_path / "broken.ipynb",
        ]
        paths[2].write_text("hello")
        options = ("--output", folders[0], "--record", folders[1])
        junit = tmp_path / "report.xml"
        done = run(*paths, "--jobs", 2, *options, "--junit", junit)
        assert done.returncode == 1, done.stderr
        rows = [line.split() for line in done.stdout.splitlines()[5:-1]]
        assert [row[:3] for row in rows] == [
            ["good.ipynb", "ok", "2"],
            ["wrong.ipynb", "failed", "2/3"],
            ["broken.ipynb", "not", "run"],
        ]
        assert max(map(len, done.stdout.splitlines()[3:])) <= 80
        assert "2 notebooks ran, 1 of them not well, in" in done.stdout
        assert done.stdout.endswith(" s. 1 could not be run.\n")
        assert "ZeroDivisionError" in done.stderr
        suite = ElementTree.parse(junit).getroot()[0]
        assert {suite.get(key) for key in ("tests", "failures", "errors")} == {"3", "1"}
        told = {case.get("name"): [child.tag for child in case] for case in suite}
        assert told == {"good.ipynb": [], "wrong.ipynb": ["failure"], "broken.ipynb": ["error"]}
        assert sorted(p.name for p in folders[0].iterdir()) == ["good.ipynb", "wrong.ipynb"]
        statuses = {
            p.name.rpartition("-")[0]: livens.read_record(p).status for p in folders[1].iterdir()
        }
        assert statuses == {"good": "ok", "wrong": "failed"}

    def test_places_that_clash(self, tmp_path: Path) -> None:
        """Two notebooks of one name are not written over each other; that is told at once."""
        (tmp_path / "b").mkdir()
        paths = [notebook_file(tmp_path / folder / "a.ipynb", "x = 1") for folder in (".", "b")]
        done = run(*paths, "--record", tmp_path)
        assert done.returncode == 2
        assert "Two notebooks are called a.ipynb" in done.stderr
        done = run(*paths, "--record", tmp_path / "no")
        assert "is a directory, and" in done.stderr

    def test_interrupt_ends_all(self, tmp_path: Path) -> None:
        """Ctrl-C ends all of them, leaves no kernel, and returns 130."""
        sleep = (
            "x = 1",
            "import os, time\nopen(f'begun-{os.getpid()}', 'w').close()\ntime.sleep(60)",
        )
        paths = [notebook_file(tmp_path / f"{name}.ipynb", *sleep) for name in "abc"]
        with subprocess.Popen(
            [sys.executable, "-m", "livens.cli", "run", *paths, "--jobs", "2"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            until = time.monotonic() + TIMEOUT_S
            while len(list(tmp_path.glob("begun-*"))) < 2:
                assert time.monotonic() < until
                time.sleep(0.05)
            kernels = psutil.Process(process.pid).children()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 130, err
        assert "1 was not begun" in out
        assert err.count("Traceback") == err.count("KeyboardInterrupt: ")  # those of the cells
        assert psutil.wait_procs(kernels, timeout=TIMEOUT_S)[1] == []

    @pytest.mark.long_because("it runs eight notebooks in a process of its own")
    def test_nothing_is_left_behind(self, tmp_path: Path) -> None:
        """Many runs leave no process, no open file, no temporary file and no history behind."""
        paths = [notebook_file(tmp_path / f"{n}.ipynb", f"x = {n}") for n in range(8)]
        (tmp_path / "records").mkdir()
        (tmp_path / "tmp").mkdir()
        (tmp_path / "runtime").mkdir()
        env = {
            **os.environ,
            "IPYTHONDIR": str(tmp_path / "ipython"),
            "TMPDIR": str(tmp_path / "tmp"),
            "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        }
        count = (
            "import os, sys, psutil\n"
            "from livens.cli import main\n"
            "code = main(sys.argv[1:])\n"
            "me = psutil.Process()\n"
            "kinds = [os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd')\n"
            "         if os.path.exists(f'/proc/self/fd/{fd}')]\n"
            "print('left', len(me.children(recursive=True)),\n"
            "      sum('record' in kind or '.sqlite' in kind for kind in kinds), me.num_fds())\n"
            "sys.exit(code)\n"
        )
        args = ("--jobs", 2, "--record", tmp_path / "records")
        one = python("-c", count, "run", *paths[:2], *args, env=env)
        many = python("-c", count, "run", *paths, *args, env=env)
        assert many.returncode == 0, many.stderr
        left = [int(word) for word in many.stdout.splitlines()[-1].split()[1:]]
        first = [int(word) for word in one.stdout.splitlines()[-1].split()[1:]]
        assert left[:2] == [0, 0]
        assert left[2] <= first[2] + 2
        assert list((tmp_path / "runtime").iterdir()) == []
        assert list((tmp_path / "tmp").iterdir()) == []
        assert list(tmp_path.glob("ipython/**/history.sqlite")) == []
