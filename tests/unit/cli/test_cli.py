"""The command line without a kernel: arguments, kernels that are found, and everything missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from commands import notebook_file
from jupyter_client.kernelspec import KernelSpec

import livens
from livens import cli
from livens.cli.choosing import choose_running
from livens.client import kernels, running_kernels


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of a known size, and no colours."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


class TestArguments:
    """What is asked for."""

    @pytest.mark.parametrize(
        "command", [[], ["run"], ["watch"], ["list"], ["console"], ["report"], ["diff"], ["replay"]]
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
        """The version is that of the package; what is missing may follow."""
        with pytest.raises(SystemExit):
            cli.main(["--version"])
        assert capsys.readouterr().out.splitlines()[0] == f"livens {livens.__version__}"

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

    @pytest.mark.parametrize(
        "argv",
        [
            ["run", "LONG"],
            ["run", "a.ipynb", "--record", "LONG"],
            ["run", "a.ipynb", "--record", "LONG/LONG"],
            ["run", "a.ipynb", "--output", "LONG"],
            ["run", "a.ipynb", "--junit", "LONG"],
            ["run", "a.ipynb", "--cwd", "LONG"],
            ["run", "a.ipynb", "--resume", "LONG"],
            ["run", "a.ipynb", "a.ipynb", "--output", "LONG"],
            ["runs", "LONG"],
            ["diff", "LONG", "LONG"],
            ["watch", "LONG"],
            ["watch", "--existing", "LONG"],
            ["console", "--existing", "LONG"],
            ["report", "LONG"],
            ["replay", "LONG"],
        ],
        ids=" ".join,
    )
    def test_names_that_no_file_can_have(
        self,
        argv: list[str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """They are refused like any that is not there; nothing runs, and no traceback comes."""
        monkeypatch.chdir(tmp_path)
        notebook_file(tmp_path / "a.ipynb")
        name = "x" * 300
        assert cli.main([word.replace("LONG", name) for word in argv]) == 2
        assert name in capsys.readouterr().err

    def test_record_whose_name_would_be_too_long(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """A notebook may have the longest name; that of its record has the time as well."""
        monkeypatch.chdir(tmp_path)
        name = "x" * 245
        notebook_file(tmp_path / f"{name}.ipynb")
        Path("records").mkdir()
        assert cli.main(["run", f"{name}.ipynb", "--record", "records"]) == 2
        assert "name another place" in capsys.readouterr().err

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
        assert out.stdout.splitlines()[0] == f"livens {livens.__version__}"


class TestKernels:
    """Finding a kernel, and talking to it in private."""

    @pytest.fixture
    def runtime(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        for module in (kernels, running_kernels):
            monkeypatch.setattr(module, "jupyter_runtime_dir", lambda: str(tmp_path))
        (tmp_path / "temporary").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        return tmp_path

    @pytest.fixture
    def listening(self, monkeypatch: pytest.MonkeyPatch) -> set[int]:
        """The control ports behind which there is a kernel, which says what its file says."""
        ports: set[int] = set()

        def is_bound(info: dict[str, Any]) -> bool:
            return info["control_port"] in ports

        def ask(infos: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
            names = {"livens": "livens", "python3": "ipython"}
            return [{"implementation": names[info["kernel_name"]]} for info in infos]

        for module in (kernels, running_kernels):
            monkeypatch.setattr(module, "is_bound", is_bound)
        monkeypatch.setattr(running_kernels, "ask_kernels", ask)
        return ports

    def file(
        self, path: Path, port: int, name: str = "livens", age: int = 0, notebook: str = ""
    ) -> Path:
        channels = ("shell", "iopub", "stdin", "control", "hb")
        info = {f"{channel}_port": port for channel in channels}
        names = {"kernel_name": name, "jupyter_session": notebook}
        path.write_text(json.dumps({**info, **names, "transport": "tcp"}))
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

    def test_temporary_folder(self, runtime: Path, listening: set[int]) -> None:
        """Kernels that nbclient started are found where it puts their files."""
        listening |= {1}
        wanted = self.file(runtime / "temporary/tmpabc.json", 1)
        self.file(runtime / "temporary/other.json", 1)
        (runtime / "temporary/tmpx.json").write_text("1")
        assert kernels.find_kernel(None, None) == wanted

    def test_kernel_without_livens(
        self, runtime: Path, listening: set[int], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It is not taken to be watched, and the remedy is named; a console can use it."""
        listening |= {1}
        path = self.file(runtime / "kernel-1.json", 1, "python3")
        assert cli.main(["watch"]) == 2
        assert (
            "one kernel runs without livens: run `%load_ext livens` in one"
            in capsys.readouterr().err
        )
        assert kernels.find_kernel(None, None, needs_livens=False) == path

    def test_several(
        self, runtime: Path, listening: set[int], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Where nobody can be asked the newest is taken, and a note says so."""
        listening |= {1, 2}
        self.file(runtime / "kernel-1.json", 1, age=9)
        newest = self.file(runtime / "kernel-2.json", 2)
        assert kernels.find_kernel(None, None, choose=choose_running) == newest
        err = capsys.readouterr().err
        assert err.startswith("2 kernels run; this is the newest: 2, (livens), since ")
        assert "`jupyter livens list` shows them" in err

    def test_part_of_a_name(self, runtime: Path, listening: set[int]) -> None:
        """A part of the file's name is enough."""
        listening |= {1, 2}
        wanted = self.file(runtime / "kernel-abc.json", 1, age=9)
        self.file(runtime / "kernel-def.json", 2)
        assert kernels.find_kernel(None, "ab") == wanted

    def test_part_of_a_notebook(self, runtime: Path, listening: set[int]) -> None:
        """A part of the notebook's path does as well."""
        listening |= {1, 2}
        wanted = self.file(runtime / "kernel-1.json", 1, age=9, notebook="/data/sales.ipynb")
        self.file(runtime / "kernel-2.json", 2)
        assert kernels.find_kernel(None, "sales") == wanted

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
        assert cli.main(["list"]) == 0
        assert capsys.readouterr().out == "No kernel runs that can be watched.\n"

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
        assert not kernels.is_bound(info)
        (tmp_path / "k-4").touch()
        assert kernels.is_bound(info)
        assert not kernels.is_bound({"ip": "127.0.0.1", "control_port": 1})


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
