"""Runs by other programs: scrapbook, papermill, nbconvert and pytest."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nbformat
from commands import notebook_file, python, run

import livens


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
        read = python("-W", "ignore", "-c", self.READ, out)
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

    def test_record_beside_the_output(self, tmp_path: Path) -> None:
        """It runs on livens, with parameters, and leaves a record beside the output."""
        path = notebook_file(
            tmp_path / "a.ipynb", "n = 1", "x = n + 1", metadata={0: {"tags": ["parameters"]}}
        )
        out = tmp_path / "b.ipynb"
        done = python("-m", "papermill", "--engine", "livens", path, out, "-p", "n", "5")
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
        done = python("-m", "papermill", "--engine", "livens", path, out)
        assert done.returncode == 1
        assert "ZeroDivisionError" in done.stderr
        found = livens.read_record(tmp_path / "b.livens.jsonl")
        assert found.status == "failed"
        assert [cell.status for cell in found.cells] == ["ok", "failed"]


def test_nbconvert(tmp_path: Path) -> None:
    """nbconvert executes by our preprocessor, and leaves a record."""
    path = notebook_file(tmp_path / "a.ipynb", "x = 6 * 7\nx")
    done = python(
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
        done = python(
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
        return python("-m", "pytest", "-q", "-p", "no:cacheprovider", *args, cwd=cwd)

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

    def test_records_of_notebooks_with_one_name(self, tmp_path: Path) -> None:
        """Each notebook has its record, at its own path; what is no record is left alone."""
        project = tmp_path / "project"
        for folder in (project / "a", project / "b", project, tmp_path / "outside"):
            folder.mkdir(exist_ok=True, parents=True)
            notebook_file(folder / "same.ipynb", f"x = {folder.name!r}")
        notebook_file(project / ".same.partial.ipynb", "x = 'of a run that was killed'")
        notebook_file(project / "taken.ipynb", "x = 1")
        records = project / "records"
        records.mkdir()
        (records / "taken.livens.jsonl").write_text("mine")
        (project / "pytest.ini").write_text("[pytest]")
        args = ("--livens", "--livens-record", "records", "--livens-record-mode", "640")
        done = self.pytest(*args, ".", "../outside", cwd=project)
        assert "4 passed, 1 error" in done.stdout, done.stdout + done.stderr
        assert "exists and is no record of livens" in done.stdout
        assert (records / "taken.livens.jsonl").read_text() == "mine"
        outside = Path("_outside", *tmp_path.parts[1:], "outside")
        for place, value in {"a": "a", "b": "b", ".": "project", outside: "outside"}.items():
            path = records / place / "same.livens.jsonl"
            assert livens.read_record(path).final["x"].preview == repr(value)
            assert path.stat().st_mode & 0o777 == 0o640
        done = self.pytest("--livens", "--livens-record", "a/same.ipynb", cwd=project)
        assert "--livens-record a/same.ipynb cannot be made: File exists" in done.stderr
        done = self.pytest(*args[:3], "--livens-record-mode", "rw", cwd=project)
        assert "'rw' is no mode of a file" in done.stderr

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

    def test_expectations_that_fail_or_warn(self, tmp_path: Path) -> None:
        """Comments behind code count, what is unknown fails, and near misses are warnings."""
        path = notebook_file(
            tmp_path / "a.ipynb",
            "x = 1  # expect: x == 2",
            "import pandas as pd\ndf = pd.DataFrame({'v': [1]})  # expect: df > 3\n"
            "# expect: df['v'].nulls == 1\n# expect: rows(df) == 1",
            "y = '# expect: y == 0'\n# Expect: y == 0\n%time z = 1  # expect z == 2",
            "w = 1  # expect: w == 1",
            metadata={
                1: {"livens": {"expects": ["x == 2"]}},
                3: {"livens": {"expect": {"w": 1}}},
            },
        )
        made = nbformat.read(path, as_version=4)
        made.cells.append(nbformat.v4.new_markdown_cell("# expect: x == 7"))
        nbformat.write(made, path)
        done = self.pytest("--livens", cwd=tmp_path)
        told = done.stdout
        assert "3 failed, 1 passed, 4 warnings" in told, told + done.stderr
        assert "expected x == 2, but x = 1 (cell In [1], line 1)" in told
        assert "expected df > 3, which could not be worked out: 'df': it is of type" in told
        assert "expected df['v'].nulls == 1, but df['v'].nulls = 0 (cell In [2], line 2)" in told
        assert "expected rows(df)" not in told
        assert "livens.expect = {'w': 1}; expected a text, or a list of texts" in told
        right = "is not checked; an expectation begins with '# expect:'"
        assert f"a.ipynb, cell 3, line 2: '# Expect: y == 0' {right}" in told
        assert f"a.ipynb, cell 3, line 3: '# expect z == 2' {right}" in told
        assert "a.ipynb, cell 2, metadata: 'livens.expects' is not read" in told
        assert "cell at position 5, which is not run, line 1: '# expect: x == 7'" in told

    def test_only_if_asked(self, tmp_path: Path) -> None:
        """Without the option notebooks are none of pytest's business, and nothing is loaded."""
        notebook_file(tmp_path / "a.ipynb", "x = 1")
        assert "no tests ran" in self.pytest(cwd=tmp_path).stdout
        loaded = python(
            "-c",
            "import sys, json, livens.pytest_plugin\n"
            "print(json.dumps([n for n in ('zmq', 'nbclient', 'IPython') if n in sys.modules]))",
        )
        assert json.loads(loaded.stdout) == []
