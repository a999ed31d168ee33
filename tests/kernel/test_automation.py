"""Runs with nobody watching: several notebooks, expectations, papermill, nbconvert and pytest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import psutil
import pytest

import livens

TIMEOUT_S = 90


def notebook_file(path: Path, *sources: str, metadata: dict[int, Any] | None = None) -> Path:
    made = nbformat.v4.new_notebook()
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    for index, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source, id=f"cell-{index}")
        cell.metadata.update((metadata or {}).get(index, {}))
        made.cells.append(cell)
    nbformat.write(made, path)
    return path


def command(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, args)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        **options,
    )


def run(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return command("-m", "livens.cli", "run", *args, **options)


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
        assert done.returncode == 4


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
            ["wrong.ipynb", "failed", "2"],
            ["broken.ipynb", "not", "run"],
        ]
        assert max(map(len, done.stdout.splitlines()[3:])) <= 80
        assert "3 notebooks ran, 2 of them not well, in" in done.stdout
        assert "ZeroDivisionError" in done.stderr
        suite = ElementTree.parse(junit).getroot()[0]
        assert {suite.get(key) for key in ("tests", "failures", "errors")} == {"3", "1"}
        told = {case.get("name"): [child.tag for child in case] for case in suite}
        assert told == {"good.ipynb": [], "wrong.ipynb": ["failure"], "broken.ipynb": ["error"]}
        assert sorted(p.name for p in folders[0].iterdir()) == ["good.ipynb", "wrong.ipynb"]
        statuses = {p.name: livens.read_record(p).status for p in folders[1].iterdir()}
        assert statuses == {"good.livens.jsonl": "ok", "wrong.livens.jsonl": "failed"}

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
        assert "1 were not begun" in out
        assert "Traceback" not in err
        assert psutil.wait_procs(kernels, timeout=TIMEOUT_S)[1] == []

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
        one = command("-c", count, "run", *paths[:2], *args, env=env)
        many = command("-c", count, "run", *paths, *args, env=env)
        assert many.returncode == 0, many.stderr
        left = [int(word) for word in many.stdout.splitlines()[-1].split()[1:]]
        first = [int(word) for word in one.stdout.splitlines()[-1].split()[1:]]
        assert left[:2] == [0, 0]
        assert left[2] <= first[2] + 2
        assert list((tmp_path / "runtime").iterdir()) == []
        assert list((tmp_path / "tmp").iterdir()) == []
        assert list(tmp_path.glob("ipython/**/history.sqlite")) == []


class TestGlue:
    """Variables in the notebook, where scrapbook reads them."""

    READ = (
        "import json, sys, scrapbook\n"
        "print(json.dumps(scrapbook.read_notebook(sys.argv[1]).scraps.data_dict))"
    )

    def test_scraps(self, tmp_path: Path) -> None:
        """scrapbook reads the plain values; of others it is said why they are not there."""
        path = notebook_file(
            tmp_path / "a.ipynb",
            "n = 3\nloss = 0.25\nyes = True\ntext = 'é' * 500\nitems = [1, {'a': None}] * 50",
            "import os, numpy\ncount = numpy.int64(7)\nbig = 2**70\npairs = {'a': (1, 2)}",
            "nothing = None\nnan = float('nan')\nz = 1j\nraw = b'x'\nkeys = {(1, 2): 3}",
        )
        out = tmp_path / "b.ipynb"
        plain = ("n", "loss", "yes", "text", "items", "count", "big", "pairs")
        others = ("os", "nope", "nothing", "nan", "z", "raw", "keys")
        done = run(path, "--output", out, "--glue", *plain, *others)
        assert done.returncode == 0, done.stderr
        nbformat.validate(nbformat.read(out, as_version=4))
        read = command("-W", "ignore", "-c", self.READ, out)
        assert read.returncode == 0, read.stderr
        assert json.loads(read.stdout) == {
            "n": 3,
            "loss": 0.25,
            "yes": True,
            "text": "é" * 500,
            "items": [1, {"a": None}] * 50,
            "count": 7,
            "big": 2**70,
            "pairs": {"a": [1, 2]},
        }
        told = [line for line in done.stderr.splitlines() if "is not in the notebook" in line]
        assert [line.split()[0] for line in told] == list(others)
        assert "os is not in the notebook: it is of type module" in done.stderr
        assert "nope is not in the notebook: there is no such variable" in done.stderr
        assert "nothing is not in the notebook: it is None, which scrapbook" in done.stderr
        assert "nan is not in the notebook: 'nan' is no plain value" in done.stderr


class TestPapermill:
    """`papermill --engine livens`."""

    @pytest.mark.every_python("a smoke test: papermill")
    def test_record_beside_the_output(self, tmp_path: Path) -> None:
        """It runs on livens, with parameters, and leaves a record beside the output."""
        path = notebook_file(
            tmp_path / "a.ipynb", "n = 1", "x = n + 1", metadata={0: {"tags": ["parameters"]}}
        )
        out = tmp_path / "b.ipynb"
        done = command("-m", "papermill", "--engine", "livens", path, out, "-p", "n", "5")
        assert done.returncode == 0, done.stderr
        found = livens.read_record(tmp_path / "b.livens.jsonl")
        assert found.final["x"].preview == "6"
        assert found.header.notebook == "a.ipynb"
        assert found.status == "ok"
        assert nbformat.read(out, as_version=4).metadata.papermill.exception is None

    def test_failing_cell(self, tmp_path: Path) -> None:
        """A failing cell fails as papermill's do, and the record says so."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1", "1 / 0", "y = 1")
        out = tmp_path / "b.ipynb"
        done = command("-m", "papermill", "--engine", "livens", path, out)
        assert done.returncode == 1
        assert "ZeroDivisionError" in done.stderr
        found = livens.read_record(tmp_path / "b.livens.jsonl")
        assert found.status == "failed"
        assert [cell.status for cell in found.cells] == ["ok", "failed"]


def test_nbconvert(tmp_path: Path) -> None:
    """nbconvert executes by our preprocessor, and leaves a record."""
    path = notebook_file(tmp_path / "a.ipynb", "x = 6 * 7\nx")
    done = command(
        *("-m", "nbconvert", "--to", "markdown", "--stdout", path),
        "--Exporter.preprocessors=livens.nbconvert_preprocessor.RecordingPreprocessor",
        f"--RecordingPreprocessor.record_file={tmp_path / 'a.jsonl'}",
    )
    assert done.returncode == 0, done.stderr
    assert "42" in done.stdout
    assert livens.read_record(tmp_path / "a.jsonl").final["x"].preview == "42"


def test_nbconvert_goes_on_after_errors(tmp_path: Path) -> None:
    """With --allow-errors the record says all the same what has failed, unless it was to."""
    expected = {0: {"tags": ["raises-exception"]}}
    path = notebook_file(tmp_path / "a.ipynb", "1 / 0", "x = 1", "open('no')", metadata=expected)
    for count, status in ((3, "failed"), (2, "ok")):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = notebook.cells[:count]
        nbformat.write(notebook, path)
        done = command(
            *("-m", "nbconvert", "--to", "markdown", "--stdout", "--allow-errors", path),
            "--Exporter.preprocessors=livens.nbconvert_preprocessor.RecordingPreprocessor",
            f"--RecordingPreprocessor.record_file={tmp_path / 'a.jsonl'}",
        )
        assert done.returncode == 0, done.stderr
        found = livens.read_record(tmp_path / "a.jsonl")
        assert found.status == status
        assert [c.status for c in found.cells] == ["failed", "ok", "failed"][:count]
        assert found.footer is not None
        reason = found.footer.reason
        assert ("FileNotFoundError: " in reason and "in cell 3; the run" in reason) == (count == 3)


class TestPytest:
    """`pytest --livens`."""

    @staticmethod
    def pytest(*args: object, cwd: Path) -> subprocess.CompletedProcess[str]:
        return command("-m", "pytest", "-q", "-p", "no:cacheprovider", *args, cwd=cwd)

    def test_cells_are_tests(self, tmp_path: Path) -> None:
        """What a comment or the metadata expects is checked when the cell has ended."""
        notebook_file(
            tmp_path / "a.ipynb",
            "x = 1\n# expect: x == 1",
            "x = 2\n# expect: x < 2",
            "y = 'a'",
            metadata={2: {"livens": {"expect": ["y == 'b'", "exists(x)"]}}},
        )
        done = self.pytest("--livens", "--livens-record", "records", cwd=tmp_path)
        assert "2 failed, 1 passed" in done.stdout, done.stdout + done.stderr
        assert "a.ipynb, cell 2" in done.stdout
        assert "   1 | x = 2\n   2 | # expect: x < 2\n\nexpected x < 2, but x = 2" in done.stdout
        assert "expected y == 'b', but y = 'a'" in done.stdout
        assert "a.ipynb::cell 2 - expected x < 2, but x = 2" in done.stdout
        assert livens.read_record(tmp_path / "records" / "a.livens.jsonl").status == "ok"

    def test_after_an_error_cells_are_skipped(self, tmp_path: Path) -> None:
        """A cell that raises shows its own traceback; those after it are not run."""
        notebook_file(tmp_path / "a.ipynb", "def f():\n    1 / 0\nf()", "open('ran', 'w')")
        done = self.pytest("--livens", "-rfs", cwd=tmp_path)
        assert "1 failed, 1 skipped" in done.stdout
        assert "ZeroDivisionError: division by zero" in done.stdout
        assert "pytest_plugin" not in done.stdout.partition("short test summary")[0]
        assert "cell 1 has failed" in done.stdout
        assert "a.ipynb::cell 1 - ZeroDivisionError: division by zero" in done.stdout
        assert not (tmp_path / "ran").exists()

    def test_bad_input(self, tmp_path: Path) -> None:
        """What is no notebook, and what is no condition, is said in a sentence."""
        (tmp_path / "a.ipynb").write_text("hello")
        assert "a.ipynb is not JSON" in self.pytest("--livens", cwd=tmp_path).stdout
        notebook_file(tmp_path / "a.ipynb", "x = 1  \n# expect: x <")
        assert "something is missing at the end" in self.pytest("--livens", cwd=tmp_path).stdout

    def test_only_if_asked(self, tmp_path: Path) -> None:
        """Without the option notebooks are none of pytest's business, and nothing is loaded."""
        notebook_file(tmp_path / "a.ipynb", "x = 1")
        assert "no tests ran" in self.pytest(cwd=tmp_path).stdout
        loaded = command(
            "-c",
            "import sys, json, livens.pytest_plugin\n"
            "print(json.dumps([n for n in ('zmq', 'nbclient', 'IPython') if n in sys.modules]))",
        )
        assert json.loads(loaded.stdout) == []
