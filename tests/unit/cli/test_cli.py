"""The command line without a kernel: arguments, notebooks, parameters, and everything missing."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec

import livens
from livens import cli
from livens.cli.live_toolbar import StatusRow
from livens.cli.run_report import RunReport
from livens.cli.screen import Screen
from livens.client import kernels
from livens.exceptions import RunFailed
from livens.protocol.types import ChangeSet, Variable
from livens.recording import notebooks
from livens.recording.observer import CellEnd
from livens.recording.runner import Outcome


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of a known size, and no colours."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


def notebook_file(path: Path, *sources: str, tags: dict[int, list[str]] | None = None) -> Path:
    notebook = nbformat.v4.new_notebook()
    for index, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source)
        if tags and index in tags:
            cell.metadata["tags"] = tags[index]
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return path


class TestArguments:
    """What is asked for."""

    @pytest.mark.parametrize(
        "command", [[], ["run"], ["watch"], ["console"], ["report"], ["diff"], ["replay"]]
    )
    def test_help_has_examples(
        self, command: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Every command explains itself, with examples."""
        with pytest.raises(SystemExit) as caught:
            cli.main([*command, "--help"])
        assert caught.value.code == 0
        out = capsys.readouterr().out
        assert "examples:" in out
        assert " ".join(["jupyter livens", *command]) in out

    def test_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The version is that of the package."""
        with pytest.raises(SystemExit):
            cli.main(["--version"])
        assert capsys.readouterr().out == f"livens {livens.__version__}\n"

    @pytest.mark.parametrize(
        "argv",
        [
            [],
            ["fly"],
            ["run"],
            ["run", "a.ipynb", "--output", "b.ipynb", "--inplace"],
            ["run", "a.ipynb", "--timeout", "0"],
            ["run", "a.ipynb", "--fast"],
            ["watch", "--interval-ms", "soon"],
            ["watch", "kernel.json", "--existing"],
        ],
    )
    def test_wrong_usage(self, argv: list[str]) -> None:
        """Arguments that make no sense are refused with code 2."""
        with pytest.raises(SystemExit) as caught:
            cli.main(argv)
        assert caught.value.code == 2

    def test_help_imports_little(self) -> None:
        """The help is there at once: nothing of Jupyter or rich is imported for it."""
        code = (
            "import sys\nfrom livens.cli import main\n"
            "try: main(['run', '--help'])\nexcept SystemExit: pass\n"
            "print(sorted({'rich', 'zmq', 'nbclient', 'IPython'} & set(sys.modules)))"
        )
        out = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert out.stdout.endswith("[]\n")

    def test_module(self) -> None:
        """`python -m livens.cli` is the command."""
        out = subprocess.run(
            [sys.executable, "-m", "livens.cli", "--version"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert out.stdout == f"livens {livens.__version__}\n"


class TestReading:
    """Notebooks that are, and files that are none."""

    def test_notebook(self, tmp_path: Path) -> None:
        """A notebook is read as nbformat reads it."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        assert notebooks.read(path) == nbformat.read(path, as_version=4)

    def test_old_notebook(self, tmp_path: Path) -> None:
        """A notebook of version 3 is converted."""
        old = nbformat.v3.new_notebook(
            worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell("x = 1")])]
        )
        path = tmp_path / "old.ipynb"
        path.write_text(nbformat.v3.writes_json(old))
        assert [cell.source for cell in notebooks.read(path).cells] == ["x = 1"]

    def test_notebook_without_cell_ids(self, tmp_path: Path) -> None:
        """A notebook that lacks the ids of its cells is no reason for a warning."""
        cell = {"cell_type": "code", "metadata": {}, "source": "x", "outputs": []}
        data = {"cells": [cell | {"execution_count": None}], "metadata": {}}
        path = tmp_path / "a.ipynb"
        path.write_text(json.dumps({**data, "nbformat": 4, "nbformat_minor": 5}))
        assert len(notebooks.read(path).cells) == 1

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "No notebook"),
            (b"# a script", "is not JSON"),
            (b"", "is not JSON"),
            (b"[" * 100_000, "is not JSON"),
            (b"\xff\xfe\x00", "cannot be read"),
            (b"[1, 2]", "but no notebook"),
            (b'{"a": 1}', "but no notebook"),
            (b'{"cells": 5}', "but no notebook that can be read"),
            (b'{"cells": [{}], "nbformat": 4}', "but no notebook that can be read"),
            (b'{"cells": [], "nbformat": "x"}', "but no notebook that can be read"),
        ],
    )
    def test_no_notebook(
        self,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        content: bytes | None,
        message: str,
    ) -> None:
        """A file that is no notebook ends in code 2 and a sentence that names it."""
        path = tmp_path / "bad.ipynb"
        if content is not None:
            path.write_bytes(content)
        assert cli.main(["run", str(path)]) == 2
        err = capsys.readouterr().err
        assert message in err
        assert str(path) in err
        assert "Traceback" not in err

    @pytest.mark.parametrize(
        ("metadata", "expected"),
        [
            ({}, ("", "")),
            ({"kernelspec": {"language": "R", "name": "ir"}}, ("R", "ir")),
            ({"language_info": {"name": "julia"}}, ("julia", "")),
            ({"kernelspec": 5, "language_info": []}, ("", "")),
        ],
    )
    def test_language(self, metadata: Any, expected: tuple[str, str]) -> None:
        """The language is read from either place, and garbage there is no reason to fail."""
        notebook = nbformat.v4.new_notebook()
        notebook.metadata.update(metadata)
        assert notebooks.language_and_kernel(notebook) == expected

    def test_directory(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A directory is no notebook."""
        assert cli.main(["run", str(tmp_path)]) == 2
        assert "cannot be read" in capsys.readouterr().err

    def test_output_in_no_directory(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Where the notebook is to go is checked before an hour of computing."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        assert cli.main(["run", str(path), "--output", str(tmp_path / "no" / "b.ipynb")]) == 2
        assert "No directory" in capsys.readouterr().err

    def test_missing_kernel(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A kernel that is not installed is named, with those that are."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        assert cli.main(["run", str(path), "--kernel", "no-such"]) == 2
        err = capsys.readouterr().err
        assert "No kernel 'no-such'" in err
        assert "python3" in err

    def test_livens_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where our own kernel is missing, the remedy is the command that installs it."""

        def nothing(self: Any, name: str) -> Any:
            raise kernels.NoSuchKernel(name)

        monkeypatch.setattr(kernels.KernelSpecManager, "get_kernel_spec", nothing)
        with pytest.raises(RunFailed, match="pip install livens"):
            kernels.find_kernel_spec("livens")


class TestWriting:
    """Notebooks are written as Jupyter writes them."""

    def test_bytes(self, tmp_path: Path) -> None:
        """What we write is what nbformat writes, byte for byte."""
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "x = 'é'", "y = 2"))
        nbformat.write(notebook, tmp_path / "theirs.ipynb")
        notebooks.write(notebook, tmp_path / "ours.ipynb")
        theirs, ours = (tmp_path / f"{who}.ipynb" for who in ("theirs", "ours"))
        assert ours.read_bytes() == theirs.read_bytes()

    def test_failure_names_the_file(self, tmp_path: Path) -> None:
        """A place that cannot be written is named."""
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "x = 1"))
        with pytest.raises(RunFailed, match="cannot be written"):
            notebooks.write(notebook, tmp_path)

    def test_notebook_that_is_no_json_costs_nothing(self, tmp_path: Path) -> None:
        """A notebook that cannot be turned into JSON leaves the file as it was."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        notebook = notebooks.read(path)
        before = path.read_bytes()
        notebook.metadata["bad"] = object()
        with pytest.raises(TypeError):
            notebooks.write(notebook, path)
        assert path.read_bytes() == before


class TestParameters:
    """Parameters in papermill's way."""

    @pytest.mark.parametrize(
        "text", ["1", "-2", "1.5", "1e-3", "nan", "-inf", "True", "False", "None", "true", "x y"]
    )
    def test_values_as_in_papermill(self, text: str) -> None:
        """A value is what papermill takes it for."""
        papermill = pytest.importorskip("papermill.cli")
        assert repr(notebooks.parse_value(text)) == repr(papermill._resolve_type(text))

    def test_cell_as_in_papermill(self, tmp_path: Path) -> None:
        """The injected cell is, to the letter, the one that papermill makes."""
        translators = pytest.importorskip("papermill.translators")
        values = notebooks.parse_parameters(
            [("a", "1"), ("b", 'say "hi"\\\n é')],
            ["c=0.5", "d=None", "e=True", "f=nan", "g=-inf", "h=x=y"],
        )
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "a = 0"))
        notebooks.inject_parameters(notebook, values)
        expected = translators.PythonTranslator.codify(values)
        for mine, theirs in zip(
            notebook.cells[0].source.splitlines(), expected.splitlines(), strict=True
        ):
            assert mine == theirs
        assert notebook.cells[0].metadata.tags == ["injected-parameters"]

    def test_after_the_tagged_cell(self, tmp_path: Path) -> None:
        """The parameters come after the cell with their defaults."""
        path = notebook_file(tmp_path / "a.ipynb", "1", "a = 0", "2", tags={1: ["parameters"]})
        notebook = notebooks.read(path)
        assert notebooks.inject_parameters(notebook, {"a": 5})
        sources = [cell.source for cell in notebook.cells]
        assert sources == ["1", "a = 0", "# Parameters\na = 5\n", "2"]
        nbformat.validate(notebook)

    def test_injected_cell_is_replaced(self, tmp_path: Path) -> None:
        """A notebook that was run before gets the new parameters in the place of the old."""
        tags = {0: ["parameters"], 1: ["injected-parameters"]}
        path = notebook_file(tmp_path / "a.ipynb", "a = 0", "a = 1", "a", tags=tags)
        notebook = notebooks.read(path)
        notebooks.inject_parameters(notebook, {"a": 2})
        sources = [cell.source for cell in notebook.cells]
        assert sources == ["a = 0", "# Parameters\na = 2\n", "a"]

    def test_no_tagged_cell(self, tmp_path: Path) -> None:
        """Without such a cell they go to the top, and the caller is told."""
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "x"))
        assert not notebooks.inject_parameters(notebook, {"a": 1})
        assert notebook.cells[0].source == "# Parameters\na = 1\n"

    def test_format_before_cell_ids(self, tmp_path: Path) -> None:
        """A notebook of version 4.4 stays one: its cells have no ids."""
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "x"))
        notebook.nbformat_minor = 4
        del notebook.cells[0]["id"]
        notebooks.inject_parameters(notebook, {"a": 1})
        nbformat.validate(notebook)

    @pytest.mark.parametrize("argv", [["a"], ["1a=2"], ["=2"], ["a-b=2"]])
    def test_bad_parameters(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
    ) -> None:
        """What is no parameter is named."""
        path = notebook_file(tmp_path / "a.ipynb", "x")
        assert cli.main(["run", str(path), "--parameters", *argv]) == 2
        assert repr(argv[0].partition("=")[0]) in capsys.readouterr().err


class TestKernels:
    """Finding a kernel, and talking to it in private."""

    @pytest.fixture
    def runtime(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(kernels, "jupyter_runtime_dir", lambda: str(tmp_path))
        return tmp_path

    @pytest.fixture
    def listening(self, monkeypatch: pytest.MonkeyPatch) -> set[int]:
        """The control ports behind which there is a kernel."""
        ports: set[int] = set()
        monkeypatch.setattr(kernels, "_is_bound", lambda info: info["control_port"] in ports)
        return ports

    def file(self, path: Path, port: int, name: str = "livens", age: int = 0) -> Path:
        channels = ("shell", "iopub", "stdin", "control", "hb")
        info = {f"{channel}_port": port for channel in channels}
        path.write_text(json.dumps({**info, "kernel_name": name, "transport": "tcp"}))
        os.utime(path, (1e9 - age, 1e9 - age))
        return path

    def test_newest_that_runs(self, runtime: Path, listening: set[int]) -> None:
        """Without a name, the newest livens kernel that still runs is meant."""
        listening |= {1, 2, 4}
        self.file(runtime / "kernel-1.json", 1, age=9)
        wanted = self.file(runtime / "kernel-2.json", 2, age=5)
        self.file(runtime / "kernel-3.json", 3)
        self.file(runtime / "kernel-4.json", 4, "python3")
        (runtime / "kernel-5.json").write_text("garbage")
        assert kernels.find_kernel(None, None) == wanted

    def test_part_of_a_name(self, runtime: Path, listening: set[int]) -> None:
        """A part of the file's name is enough."""
        listening |= {1, 2}
        wanted = self.file(runtime / "kernel-abc.json", 1, age=9)
        self.file(runtime / "kernel-def.json", 2)
        assert kernels.find_kernel(None, "ab") == wanted

    def test_name_in_the_runtime_directory(self, runtime: Path, listening: set[int]) -> None:
        """A bare file name is looked for where Jupyter keeps them."""
        listening |= {1}
        wanted = self.file(runtime / "kernel-abc.json", 1)
        assert kernels.find_kernel("kernel-abc.json", None) == wanted

    def test_none_runs(
        self, runtime: Path, listening: set[int], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Where no kernel runs, the remedy is how to start one."""
        assert cli.main(["watch"]) == 2
        assert "start a kernel with `jupyter livens console`" in capsys.readouterr().err
        assert cli.main(["watch", "--existing", "abc"]) == 2
        assert "contains 'abc'" in capsys.readouterr().err

    def test_stale_file(
        self, runtime: Path, listening: set[int], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A file that a dead kernel left behind is named at once."""
        path = self.file(runtime / "kernel-abc.json", 1)
        assert cli.main(["watch", str(path)]) == 2
        assert f"No kernel answers at {path}" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "No connection file"),
            ("not JSON", "expected JSON"),
            ("[1]", "expected an object"),
            ('{"ip": "127.0.0.1"}', "expected the numbers shell_port"),
            ('{"shell_port": "1", "iopub_port": 2}', "expected the numbers shell_port"),
        ],
    )
    def test_no_connection_file(
        self,
        runtime: Path,
        capsys: pytest.CaptureFixture[str],
        content: str | None,
        message: str,
    ) -> None:
        """A file that is no connection file is named, with what was expected."""
        path = runtime / "kernel-abc.json"
        if content is not None:
            path.write_text(content)
        assert cli.main(["watch", str(path)]) == 2
        err = capsys.readouterr().err
        assert message in err
        assert str(path) in err

    def test_curve_where_the_kernel_knows_it(self) -> None:
        """A kernel that knows CurveZMQ gets keys."""
        spec = KernelSpec(metadata={"supported_encryption": ["curve"]})
        with kernels.private_transport(spec) as settings:
            assert settings == {"transport_encryption": "required"}

    def test_sockets_elsewhere(self) -> None:
        """Any other kernel gets Unix sockets, in a directory that is private and then gone."""
        with kernels.private_transport(KernelSpec()) as settings:
            directory = Path(settings["ip"]).parent
            assert settings["transport"] == "ipc"
            assert directory.stat().st_mode & 0o777 == 0o700
        assert not directory.exists()

    def test_long_temporary_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A path that is too long for a socket is not used."""
        long = tmp_path / ("d" * 120)
        long.mkdir()
        monkeypatch.setattr(kernels.tempfile, "tempdir", str(long))
        with kernels.private_transport(KernelSpec()) as settings:
            assert len(settings["ip"]) < 50
        assert list(long.iterdir()) == []

    @pytest.mark.skipif(os.name != "posix", reason="Unix sockets")
    def test_bound(self, tmp_path: Path) -> None:
        """Whether somebody listens is asked of the port or of the socket's file."""
        info = {"transport": "ipc", "ip": str(tmp_path / "k"), "control_port": 4}
        assert not kernels._is_bound(info)
        (tmp_path / "k-4").touch()
        assert kernels._is_bound(info)
        assert not kernels._is_bound({"ip": "127.0.0.1", "control_port": 1})


class TestReport:
    """What a run says."""

    def run(self, *outcomes: bool) -> tuple[RunReport, io.StringIO, io.StringIO]:
        out, err = io.StringIO(), io.StringIO()
        screens = []
        for stream in (out, err):
            screen = Screen(is_live=False)
            screen.console.file = stream
            screens.append(screen)
        report = RunReport(len(outcomes), *screens)
        for number, is_ok in enumerate(outcomes, 1):
            report.cell_started(nbformat.v4.new_code_cell(f"# why\nx = {number}"), 0, 0.0)
            x = Variable("x", [["name", "x"]], "number", "int", preview=str(number))
            report.changed(ChangeSet("e", number, [x]), 0.0)
            report.cell_ended(CellEnd("ok" if is_ok else "failed"), 0.0)
        return report, out, err

    def test_lines(self) -> None:
        """Each cell has a line when it starts and one when it ends, with what it changed."""
        report, out, err = self.run(True, True)
        assert report.finish(Outcome(0), Path("done.ipynb")) == 0
        lines = out.getvalue().splitlines()
        assert lines[:4] == [
            "[1/2] x = 1",
            "[1/2] ok, 0.0 s: x = 1",
            "[2/2] x = 2",
            "[2/2] ok, 0.0 s: x = 2",
        ]
        assert lines[-1] == "2 cells ran in 0.0 s; written to done.ipynb."
        assert any(line.startswith("x ") for line in lines)
        assert err.getvalue() == ""

    def test_failure(self) -> None:
        """The cell that failed is shown with its number, its source and the traceback."""
        report, out, err = self.run(True, False)
        traceback = "\x1b[31mZeroDivisionError\x1b[0m: division by zero"
        assert report.finish(Outcome(1, "failed", traceback), None) == 1
        assert err.getvalue().splitlines() == [
            "Cell 2 of 2:",
            "   1 | # why",
            "   2 | x = 2",
            "ZeroDivisionError: division by zero",
        ]
        assert out.getvalue().splitlines()[-1] == (
            "Cell 2 of 2 failed after 0.0 s; not written (see --output)."
        )

    def test_allowed_failures_are_counted(self) -> None:
        """A run that went on after failures says so."""
        report, out, _ = self.run(False, True)
        report.finish(Outcome(0), None)
        assert "2 cells ran, 1 of them failed, in" in out.getvalue()

    def test_unwatched(self) -> None:
        """A kernel that cannot be watched gets no table."""
        report, out, _ = self.run()
        report.finish(Outcome(0), None)
        assert out.getvalue() == "0 cells ran in 0.0 s; not written (see --output).\n"

    def test_initial_state_is_no_change(self) -> None:
        """What was there before, and is told again, is not what the cell has changed."""
        report, out, _ = self.run(True)
        x = Variable("x", [["name", "x"]], "number", "int", preview="1")
        report.cell_started(nbformat.v4.new_code_cell("pass"), 0, 0.0)
        report.changed(ChangeSet("e", 9, [x], complete=True), 0.0)
        report.cell_ended(CellEnd("ok"), 0.0)
        assert out.getvalue().splitlines()[-1] == "[2/1] ok, 0.0 s"

    def test_removed(self) -> None:
        """A name that is gone is told with a minus, and is not in the table."""
        report, out, _ = self.run(True)
        report.cell_started(nbformat.v4.new_code_cell("del x"), 0, 0.0)
        report.changed(ChangeSet("e", 9, removed=["x"]), 0.0)
        report.cell_ended(CellEnd("ok"), 0.0)
        report.finish(Outcome(0), None)
        assert out.getvalue().splitlines()[-3:-1] == [
            "[2/1] ok, 0.0 s: - x",
            "There are no variables.",
        ]

    def test_no_cursor_movement(self) -> None:
        """What is no terminal gets no escapes."""
        report, out, err = self.run(True, False)
        report.paint()
        report.finish(Outcome(1, "failed", "\x1b[2J\x1b[31mError"), None)
        assert "\x1b" not in out.getvalue() + err.getvalue()


class FakeTerminal(io.StringIO):
    """A terminal of 80 by 24 that keeps what is written to it."""

    def fileno(self) -> int:
        return 1


class TestStatusRow:
    """The last row of the terminal, while a cell runs."""

    @pytest.fixture
    def size(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        size = [80, 24]
        monkeypatch.setattr(os, "get_terminal_size", lambda fd: os.terminal_size(size))
        return size

    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        now = [0.0]
        monkeypatch.setattr("livens.cli.live_toolbar.time.monotonic", lambda: now[0])
        return now

    def test_short_cell_shows_nothing(self, size: list[int], clock: list[float]) -> None:
        """A cell that is done at once leaves the terminal alone."""
        out = FakeTerminal()
        row = StatusRow(lambda width: "x = 5", out)
        row.begin()
        row.paint()
        row.end()
        assert out.getvalue() == ""

    def test_row(self, size: list[int], clock: list[float]) -> None:
        """The rows above are left to scroll, the line goes into the last one, and is taken away."""
        out = FakeTerminal()
        row = StatusRow(lambda width: f"x = {width}", out)
        row.begin()
        clock[0] = 1.0
        row.paint()
        assert "\x1b[1;23r" in out.getvalue()
        assert "\x1b[24;1H\x1b[7mx = 79\x1b[0m" in out.getvalue()
        before = len(out.getvalue())
        row.paint()
        assert len(out.getvalue()) == before
        row.end()
        assert out.getvalue().endswith("\x1b7\x1b[r\x1b[24;1H\x1b[2K\x1b8")

    def test_resize(self, size: list[int], clock: list[float]) -> None:
        """A terminal that gets another size gets another region."""
        out = FakeTerminal()
        row = StatusRow(lambda width: "x", out)
        row.begin()
        clock[0] = 1.0
        row.paint()
        size[:] = [100, 30]
        row.paint()
        assert "\x1b[1;29r" in out.getvalue()
        assert "\x1b[30;1H" in out.getvalue()

    def test_not_in_pipes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Pipes and dumb terminals have no last row."""
        assert not StatusRow.is_possible(io.StringIO())


def test_console_without_jupyter_console(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The optional package that the console needs is named, with the command to install it."""
    monkeypatch.delitem(sys.modules, "livens.cli.console_app", raising=False)
    for name in [name for name in sys.modules if name.split(".")[0] == "jupyter_console"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jupyter_console", None)
    monkeypatch.setitem(sys.modules, "jupyter_console.app", None)
    assert cli.main(["console"]) == 2
    assert "pip install 'livens[console]'" in capsys.readouterr().err
