"""`jupyter livens run` where cells fail, kernels die, or nothing can be watched."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from commands import notebook_file, outputs, run, run_in_process

import livens
from livens.cli.run_report import MAX_ROWS


class TestFailures:
    """Cells that fail, kernels that die, and kernels that cannot be watched."""

    def test_failing_cell(self, tmp_path: Path) -> None:
        """Code 1, the cell with its number and source, the traceback, the last variables."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1", "y = 2\ny / 0", "z = 3")
        out = tmp_path / "b.ipynb"
        done = run(path, "--output", out)
        assert done.returncode == 1
        assert "Cell 2 of 3:\n   1 | y = 2\n   2 | y / 0\n" in done.stderr
        assert "ZeroDivisionError: division by zero" in done.stderr
        assert "\x1b" not in done.stderr
        assert [line.split()[0] for line in done.stdout.splitlines()[6:8]] == ["x", "y"]
        assert "Cell 2 of 3 failed after" in done.stdout
        assert outputs(out)[1][0]["ename"] == "ZeroDivisionError"
        assert outputs(out)[2] == []

    def test_error_stays_on_the_screen(self, tmp_path: Path) -> None:
        """The failed cell's output comes first, then some variables, and the error last."""
        path = notebook_file(
            tmp_path / "a.ipynb",
            "\n".join(f"v{n} = {n}" for n in range(70)),
            "import sys\nlast = 1\nfor n in range(100): print('line', n)\n"
            "print('to stderr', file=sys.stderr)\n1 / 0",
        )
        done = run_in_process(path, stderr=subprocess.STDOUT)
        lines = done.stdout.splitlines()
        output, table, source = (
            next(n for n, line in enumerate(lines) if line.startswith(start))
            for start in ("Output of cell 2 of 2:", "name ", "Cell 2 of 2:")
        )
        assert output < table < source
        assert lines[output + 1] == "... 61 lines before"
        assert lines[table - 1] == "to stderr"
        rows = lines[table + 2 : source]
        assert len(rows) == MAX_ROWS
        assert any(row.startswith("last ") for row in rows)
        assert rows[-1].strip() == "+ 54 more"
        assert lines[-2] == "ZeroDivisionError: division by zero"

    def test_output_of_all_cells(self, tmp_path: Path) -> None:
        """With --show-output each cell's text is printed, also of several notebooks."""
        paths = [notebook_file(tmp_path / f"{n}.ipynb", "print('o' 'ne')", "2 * 21") for n in "ab"]
        assert "one" not in run(paths[0]).stdout
        done = run(paths[0], "--show-output")
        assert [line for line in done.stdout.splitlines() if "[" not in line][:2] == ["one", "42"]
        done = run(*paths, "--show-output")
        for name in "ab":
            assert f"{name}.ipynb [1] one\n{name}.ipynb [2] 42\n" in done.stdout

    def test_allowed_errors(self, tmp_path: Path) -> None:
        """With --allow-errors the run goes on, and names and counts the errors everywhere."""
        sources = ("1 / 0", "x = 1", "raise ValueError", "{}['k']")
        path = notebook_file(tmp_path / "a.ipynb", *sources, tags={3: ["raises-exception"]})
        junit, record = tmp_path / "report.xml", tmp_path / "a.jsonl"
        places = ("--junit", junit, "--record", record)
        done = run(path, "--allow-errors", *places)
        assert done.returncode == 0
        assert "[1/4] failed, " in done.stdout
        assert "s, ZeroDivisionError: division by zero\n" in done.stdout
        assert "4 cells ran, 3 of them failed, in" in done.stdout
        told = [
            "ZeroDivisionError: division by zero in cell 1; the run went on",
            "ValueError in cell 3; the run went on",
        ]
        assert done.stderr.splitlines() == told
        text = ElementTree.parse(junit).findtext(".//system-out") or ""
        assert text.splitlines() == [
            "error, the run went on: ZeroDivisionError: division by zero in cell 1",
            "error, the run went on: ValueError in cell 3",
        ]
        assert livens.read_record(record).status == "failed"
        done = run(path, notebook_file(tmp_path / "b.ipynb", "x = 1"), "--allow-errors")
        assert done.returncode == 0
        rows = {line.split()[0]: line.split()[1:4] for line in done.stdout.splitlines()[3:]}
        assert rows["a.ipynb"] == ["2", "errors", "4"]
        assert rows["b.ipynb"][0] == "ok"
        assert "2 notebooks ran with 2 errors in" in done.stdout
        assert f"a.ipynb: {told[1]}" in done.stderr

    def test_kernel_dies(self, tmp_path: Path) -> None:
        """A cell that takes the kernel with it is named; what was run is written."""
        path = notebook_file(tmp_path / "a.ipynb", "print(1)", "import os; os._exit(3)")
        out = tmp_path / "b.ipynb"
        done = run_in_process(path, "--output", out)
        assert done.returncode == 1
        assert "Cell 2 of 2 died with its kernel after" in done.stdout
        assert outputs(out)[0][0]["text"] == "1\n"
        assert "Traceback" not in done.stderr

    def test_timeout(self, tmp_path: Path) -> None:
        """A cell that takes longer than it may is named."""
        path = notebook_file(tmp_path / "a.ipynb", "import time; time.sleep(60)")
        done = run(path, "--timeout", "1")
        assert done.returncode == 1
        assert "Cell 1 of 1 timed out (1 s a cell) after" in done.stdout
        assert "Traceback" not in done.stderr

    def test_stock_kernel(self, tmp_path: Path) -> None:
        """A kernel that cannot be watched runs all the same, and it is said that it cannot."""
        done = run(notebook_file(tmp_path / "a.ipynb", "x = 1"), "--kernel", "python3")
        assert done.returncode == 0
        assert "Nothing can be watched" in done.stderr
        assert "'ipython', expected 'livens'" in done.stderr
        assert "1 cell ran in" in done.stdout

    def test_notebook_of_another_language(self, tmp_path: Path) -> None:
        """A notebook that is not for Python is not run on a Python kernel by default."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
        nbformat.write(notebook, path)
        done = run(path)
        assert done.returncode == 2
        assert "is written for R" in done.stderr
        assert "--kernel ir" in done.stderr
        assert run(path, "--kernel", "livens").returncode == 0

    def test_kernel_that_does_not_start(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A kernel that ends before it answers is named; that is no failure of a cell."""
        broken = tmp_path / "jupyter" / "kernels" / "broken"
        broken.mkdir(parents=True)
        spec = {"argv": [sys.executable, "-c", ""], "display_name": "B", "language": "python"}
        (broken / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(broken.parents[1]))
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        done = run_in_process(path, "--kernel", "broken")
        assert done.returncode == 2
        assert "The kernel 'broken' did not start" in done.stderr
        assert done.stderr.count("it is started once more") == 1
        assert "Traceback" not in done.stderr

    def test_kernel_whose_first_start_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A kernel that dies before its first answer is started once more, and that is told.

        So it is for kernels that start side by side and take each other's ports.
        """
        unlucky = tmp_path / "jupyter" / "kernels" / "unlucky"
        unlucky.mkdir(parents=True)
        code = (
            "import os, runpy\n"
            f"try: os.mkdir({str(tmp_path / 'was-started')!r})\n"
            "except FileExistsError:\n"
            "    runpy.run_module('livens', run_name='__main__', alter_sys=True)\n"
        )
        argv = [sys.executable, "-c", code, "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "U", "language": "python"}
        (unlucky / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(unlucky.parents[1]))
        paths = [notebook_file(tmp_path / f"{name}.ipynb", "x = 1") for name in "ab"]
        done = run(*paths, "--jobs", "2", "--kernel", "unlucky", "--record", tmp_path)
        assert done.returncode == 0, done.stderr
        assert "2 notebooks ran in" in done.stdout
        assert done.stderr.count("The kernel 'unlucky' died before its first answer.") == 1
        assert done.stderr.count("it is started once more") == 1
        for name in "ab":
            (file,) = tmp_path.glob(f"{name}-*.livens.jsonl")
            found = livens.read_record(file)
            assert (found.status, found.final["x"].preview) == ("ok", "1")

    def test_kernel_without_encryption(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A kernel whose spec knows no CurveZMQ is talked to over Unix sockets."""
        plain = tmp_path / "jupyter" / "kernels" / "plain"
        plain.mkdir(parents=True)
        argv = [sys.executable, "-m", "livens", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "P", "language": "python"}
        (plain / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(plain.parents[1]))
        path = notebook_file(
            tmp_path / "a.ipynb",
            "import json, ipykernel\n"
            "transport = json.load(open(ipykernel.get_connection_file()))['transport']",
        )
        done = run_in_process(path, "--kernel", "plain")
        assert done.returncode == 0, done.stderr
        assert "transport = 'ipc'" in done.stdout
        assert done.stderr == ""
