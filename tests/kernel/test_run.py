"""`jupyter livens run`: what it prints, writes and returns."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pexpect
import pytest
from commands import TIMEOUT_S, notebook_file, run, run_in_process
from gates import IS_PROOF

import livens

EXAMPLES = Path(__file__).parents[2] / "examples"
SHORTER = {
    "60_000": "600",
    "6_000": "200",
    "epochs=1_600": "epochs=16",
    "assert accuracy > 0.95": "assert accuracy > 0",
    "sleep(0.": "sleep(0.00",
}
"""What the examples repeat, and how often here; not with ``LIVENS_PROVE``."""


@contextmanager
def terminal(*args: object, **env: str) -> Iterator[pexpect.spawn]:
    """Call the command in a terminal."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "livens.cli", "run", *map(str, args)],
        env={**os.environ, "TERM": "xterm-256color", **env},
        encoding="utf-8",
        timeout=TIMEOUT_S,
        dimensions=(24, 80),
    )
    try:
        yield child
    finally:
        child.close(force=True)


def outputs(path: Path) -> list[Any]:
    return [cell.get("outputs") for cell in nbformat.read(path, as_version=4).cells]


class TestPlain:
    """Where the output is no terminal."""

    @pytest.mark.every_python("a smoke test: `jupyter livens run`")
    def test_lines_table_and_sentence(self, tmp_path: Path) -> None:
        """Every cell has its lines with what it changed; a table and a sentence end it."""
        path = notebook_file(
            tmp_path / "a.ipynb", "x = 5\ny = [1, 2]", "", "del y", "z = 'a'", kernel=""
        )
        done = run_in_process(path)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        text = re.sub(r"\d+\.\d s", "N s", "\n".join(lines[:6]))
        assert text.splitlines() == [
            "[1/3] x = 5",
            "[1/3] ok, N s: x = 5, y = [1, 2]",
            "[2/3] del y",
            "[2/3] ok, N s: - y",
            "[3/3] z = 'a'",
            "[3/3] ok, N s: z = 'a'",
        ]
        assert [line.split()[0] for line in lines[8:10]] == ["x", "z"]
        assert re.fullmatch(r"3 cells ran in .* s; not written \(see --output\)\.", lines[-1])
        assert "\x1b" not in done.stdout
        # The kernel opens no plain port, so ipykernel does not warn of one.
        assert "encryption" not in done.stderr + done.stdout
        assert done.stderr == ""

    def test_table_fits_80_columns(self, tmp_path: Path) -> None:
        """The final table is as wide as a terminal is by custom."""
        path = notebook_file(tmp_path / "a.ipynb", "x = list(range(1000)); y = 'z' * 1000")
        table = run(path).stdout.splitlines()[2:-1]
        assert max(map(len, table)) <= 80

    def test_working_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The cells run where the notebook is, whatever the current directory."""
        (tmp_path / "data.txt").write_text("42")
        path = notebook_file(tmp_path / "a.ipynb", "x = open('data.txt').read()")
        monkeypatch.chdir("/")
        assert "x = '42'" in run(path).stdout

    @pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.ipynb")))
    def test_examples(self, name: str, tmp_path: Path) -> None:
        """The notebooks that we show run, and their variables are seen.

        With fewer rounds and shorter pauses than those who read them see.
        """
        shutil.copytree(EXAMPLES, tmp_path / "examples")
        path = tmp_path / "examples" / name
        text = path.read_text("utf-8")
        if not IS_PROOF:
            for shown, short in SHORTER.items():
                text = text.replace(shown, short)
            assert text != path.read_text("utf-8")
        path.write_text(text, "utf-8")
        done = run(path, "--output", tmp_path / "done.ipynb")
        assert done.returncode == 0, done.stderr
        assert "name" in done.stdout
        assert (tmp_path / "done.ipynb").exists()


class TestWritten:
    """The notebook that is written."""

    def test_same_bytes_as_a_stock_kernel(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is what `jupyter execute` writes with a stock kernel of the same name."""
        sources = [
            "x = 1\nprint(x)",
            "x",
            "import sys; print('e', file=sys.stderr)",
            "from IPython.display import display, HTML; display(HTML('<b>é</b>'))",
            "%%time\ny = sum(range(10))\nprint('done')",
            "for i in range(50): x = i",
            "_, Out, len(In), get_ipython().execution_count",
            "sorted(n for n in globals() if not n.startswith('_'))",
            "",
            "raise_me = 1 / 0",
        ]
        tags = {9: ["raises-exception"], 4: ["skip-execution"]}
        path = notebook_file(tmp_path / "a.ipynb", *sources, tags=tags)
        ours, theirs = tmp_path / "ours.ipynb", tmp_path / "theirs.ipynb"
        assert run(path, "--output", ours).returncode == 0
        stock = tmp_path / "jupyter" / "kernels" / "livens"
        stock.mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Stock", "language": "python"}
        (stock / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(stock.parents[1]))
        subprocess.run(
            [
                *(sys.executable, "-c", "from nbclient.cli import main; main()"),
                *(str(path), "--kernel_name=livens", "--output=theirs"),
            ],
            check=True,
            capture_output=True,
            timeout=TIMEOUT_S,
        )
        assert without_times(ours) == without_times(theirs)

    def test_not_written_unless_asked(self, tmp_path: Path) -> None:
        """Without --output nothing is written, as with `jupyter execute`."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        before = path.read_bytes()
        run(path)
        assert path.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]

    def test_inplace(self, tmp_path: Path) -> None:
        """With --inplace the notebook itself gets its outputs."""
        path = notebook_file(tmp_path / "a.ipynb", "6 * 7")
        assert run(path, "--inplace").returncode == 0
        assert outputs(path)[0][0]["data"]["text/plain"] == "42"

    def test_parameters(self, tmp_path: Path) -> None:
        """Parameters are set after the cell with their defaults, in both ways of giving them."""
        path = notebook_file(
            tmp_path / "a.ipynb", "a = 0; b = ''", "a, b", tags={0: ["parameters"]}
        )
        out = tmp_path / "b.ipynb"
        done = run(path, "-o", out, "-p", "a", "7", "--parameters", "b=x=y")
        assert done.returncode == 0, done.stderr
        assert outputs(out)[2][0]["data"]["text/plain"] == "(7, 'x=y')"

    def test_parameters_without_a_place(self, tmp_path: Path) -> None:
        """A notebook without such a cell is told that they went to the top."""
        done = run(notebook_file(tmp_path / "a.ipynb", "a"), "-p", "a", "7")
        assert done.returncode == 0
        assert "no cell tagged 'parameters'" in done.stderr


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

    def test_allowed_errors(self, tmp_path: Path) -> None:
        """With --allow-errors the run goes on, and says how many cells failed."""
        done = run(notebook_file(tmp_path / "a.ipynb", "1 / 0", "x = 1"), "--allow-errors")
        assert done.returncode == 0
        assert "[1/2] failed" in done.stdout
        assert "2 cells ran, 1 of them failed, in" in done.stdout

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
            found = livens.read_record(tmp_path / f"{name}.livens.jsonl")
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


class TestTerminal:
    """Where the output is a terminal."""

    SLOW = ("import time", "for i in range(400): x = i; time.sleep(0.05)", "y = 1")

    def test_live_table(self, tmp_path: Path) -> None:
        """The variables are shown while their cell runs, with a progress bar over the cells."""
        path = notebook_file(tmp_path / "a.ipynb", "import time", *["x = 5; time.sleep(1)"] * 2)
        with terminal(path) as child:
            child.expect(r"cell 2 of 3")
            child.expect(r"x +")
            child.expect(r"\[2\] line 1, now")
            child.expect(r"3 cells ran in")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 0

    def test_no_live(self, tmp_path: Path) -> None:
        """With --no-live the terminal gets lines, and its cursor stays where it is."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 5")
        with terminal(path, "--no-live", NO_COLOR="1") as child:
            child.expect(pexpect.EOF)
            assert "[1/1] ok" in child.before
            assert not re.search(r"\x1b\[\d*[A-HJKf]|\x1b\[\?25", child.before)

    def test_dumb_terminal(self, tmp_path: Path) -> None:
        """A dumb terminal gets lines."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 5")
        with terminal(path, TERM="dumb") as child:
            child.expect(pexpect.EOF)
            assert "[1/1] ok" in child.before
            assert "\x1b" not in child.before

    def test_interrupt(self, tmp_path: Path) -> None:
        """Ctrl-C interrupts the cell, writes what there is, and returns 130."""
        import_, loop, after = self.SLOW
        begun = tmp_path / "begun"
        path = notebook_file(tmp_path / "a.ipynb", import_, f"open('begun', 'w')\n{loop}", after)
        out = tmp_path / "b.ipynb"
        with terminal(path, "--output", out, "--no-live") as child:
            child.expect(r"\[2/3\]")
            while not begun.exists():
                time.sleep(0.05)
            child.sendintr()
            child.expect("KeyboardInterrupt")
            child.expect("Interrupted in cell 2 of 3 after")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 130
        assert outputs(out)[1][0]["ename"] == "KeyboardInterrupt"
        assert outputs(out)[2] == []

    def test_second_interrupt(self, tmp_path: Path) -> None:
        """A cell that does not mind Ctrl-C is given up on after the second."""
        stubborn = (
            "import time\nx = 0\nwhile True:\n"
            "    try: time.sleep(0.1); x += 1\n    except KeyboardInterrupt: pass"
        )
        path = notebook_file(tmp_path / "a.ipynb", stubborn)
        out = tmp_path / "b.ipynb"
        with terminal(path, "--output", out, "--no-live") as child:
            child.expect(r"\[1/1\]")
            child.sendintr()
            child.expect("Ctrl-C again")
            child.sendintr()
            child.expect("Interrupted in cell 1 of 1 after")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 130
        assert out.exists()

    def test_interrupt_while_the_kernel_starts(self, tmp_path: Path) -> None:
        """Ctrl-C before the first cell leaves no kernel behind."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        slow = tmp_path / "jupyter" / "kernels" / "slow"
        slow.mkdir(parents=True)
        pid_file = tmp_path / "pid"
        code = (
            "import os, pathlib, time\n"
            f"pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\n"
            "print('started', flush=True)\ntime.sleep(60)"
        )
        spec = {"argv": [sys.executable, "-c", code], "display_name": "S", "language": "python"}
        (slow / "kernel.json").write_text(json.dumps(spec))
        with terminal(path, "--kernel", "slow", JUPYTER_PATH=str(slow.parents[1])) as child:
            child.expect("started")
            child.sendintr()
            child.expect("Interrupted before the first cell after")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 130
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid_file.read_text()), signal.SIGTERM)


def without_times(path: Path) -> str:
    """Read a notebook's text without what differs from one run to the next."""
    text = re.sub(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"', '"TIME"', path.read_text("utf-8"))
    return re.sub(r"(CPU times|Wall time).*", "TIME", text)
