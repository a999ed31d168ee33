"""`jupyter livens list` finds the kernels that can be watched, whatever started them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pexpect
import psutil
import pytest
from commands import command, notebook_file
from gates import wait_for
from jupyter_client.kernelspec import KernelSpecManager
from kernels import started
from rich.console import Console

import livens
from livens.client.running_kernels import RunningKernel, find_running
from livens.testing import KernelClient

TIMEOUT_S = 90


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the connection files of this test in folders of its own."""
    for name, variable in (("runtime", "JUPYTER_RUNTIME_DIR"), ("temporary", "TMPDIR")):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.setattr(tempfile, "tempdir", None)


def until(found: Callable[[], Any]) -> Any:
    """Look again until there is something; a look at files, which asks no kernel."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.01)
    raise TimeoutError


def notebook_that_waits(path: Path, gate: Path) -> Path:
    """Write a notebook whose second cell says that it runs, and waits for a file."""
    begun = path.with_suffix(".begun")
    return notebook_file(path, "x = 1", f"open({str(begun)!r}, 'w').close()\n{wait_for(gate)}")


def running(notebook: Path) -> RunningKernel:
    """Wait until the second cell of a notebook runs, and return its kernel."""
    until(notebook.with_suffix(".begun").exists)
    (kernel,) = find_running(notebook.name)
    return kernel


@contextmanager
def program(*args: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start Python, and see to its end."""
    process = subprocess.Popen(
        [sys.executable, *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()


EXECUTE = (
    "import os, sys, nbformat\n"
    "from livens.recorder import RecordingNotebookClient\n"
    "folder, name = os.path.split(sys.argv[1])\n"
    "resources = {'metadata': {'path': folder, 'name': name}}\n"
    "notebook = nbformat.read(sys.argv[1], as_version=4)\n"
    "RecordingNotebookClient(notebook, resources=resources).execute()\n"
)

PROGRAMS: dict[str, Callable[[Path], list[str]]] = {
    "run": lambda file: ["-m", "livens.cli", "run", str(file)],
    "papermill": lambda file: ["-m", "papermill", "--engine", "livens", str(file), os.devnull],
    "pytest": lambda file: ["-m", "pytest", "--livens", "-p", "no:cacheprovider", str(file)],
    "nbclient": lambda file: ["-c", EXECUTE, str(file)],
}


@pytest.mark.long_because("four programs start, each with its libraries and a kernel")
def test_runs_of_notebooks(tmp_path: Path) -> None:
    """Each is found with its notebook and cell; its file is private, and gone in the end."""
    gate = tmp_path / "gate"
    files = {name: notebook_that_waits(tmp_path / f"of_{name}.ipynb", gate) for name in PROGRAMS}
    with ExitStack() as stack:
        for name, make in PROGRAMS.items():
            stack.enter_context(program(*make(files[name])))
        for file in files.values():
            kernel = running(file)
            assert kernel.notebook == str(file)
            assert kernel.cell is not None
            assert (kernel.mode, kernel.answers, kernel.cell.execution_count) == ("full", True, 2)
            connection = Path(kernel.connection_file)
            assert connection.parent == tmp_path / "runtime"
            assert connection.stat().st_mode & 0o777 == 0o600
        shown = command("list")
        assert all(file.name in shown.stdout for file in files.values())
        gate.touch()
        until(lambda: not list((tmp_path / "runtime").glob("*.json")))
    assert find_running() == []


@pytest.fixture
def other_name(tmp_path: Path) -> Path:
    """A folder with the kernelspec of a livens kernel that has another name."""
    spec = KernelSpecManager().get_kernel_spec("livens")
    folder = tmp_path / "specs/lab-7"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec.to_dict()))
    return folder.parent


def test_kernels_of_all_kinds(other_name: Path, tmp_path: Path) -> None:
    """Other names, plain jupyter_client, and stock kernels with and without livens."""
    with ExitStack() as stack:

        def start(*args: Any, **options: Any) -> tuple[Any, KernelClient]:
            kernel: tuple[Any, KernelClient] = stack.enter_context(started(*args, **options))
            return kernel

        # As jupyter_server tells a kernel its notebook.
        session = {**os.environ, "JPY_SESSION_NAME": "/data/sales.ipynb"}
        named, _ = start("lab-7", other_name, env=session)
        lite, client = start("python3")
        stock, bystander = start("python3")
        assert client.execute("%load_ext livens").error is None
        told = bystander.client.iopub_channel
        modes = {kernel.connection_file: kernel.mode for kernel in find_running()}
        assert modes == {
            named.connection_file: "full",
            lite.connection_file: "lite",
            stock.connection_file: "stock",
        }
        assert not told.msg_ready(), "a stock kernel was asked something"
        with livens.watch(lite.connection_file) as changes:
            assert changes.next(TIMEOUT_S).complete
            client.execute("y = 5")
            assert changes.next(TIMEOUT_S).changed[0].name == "y"

        shown = command("list")
        assert "sales.ipynb" in shown.stdout
        assert "(python3), lite" in shown.stdout
        assert "1 other kernel runs without livens; `%load_ext livens`" in shown.stdout
        listed = json.loads(command("list", "--json").stdout)
        assert {kernel["kernel_name"] for kernel in listed} == {"lab-7", "python3"}

        assert client.execute("%unload_ext livens").error is None
        assert [kernel.mode for kernel in find_running()].count("stock") == 2


@pytest.mark.long_because("a program starts, a kernel, and then looks whether that lives")
def test_killed_runs_leave_nothing(tmp_path: Path) -> None:
    """Their kernels end by themselves, and the next who looks removes their files."""
    gate = tmp_path / "gate"
    file = notebook_that_waits(tmp_path / "killed.ipynb", gate)
    with program("-m", "livens.cli", "run", str(file)) as process:
        kernel = running(file)
        assert kernel.pid is not None
        process.kill()
    with suppress(psutil.NoSuchProcess):
        psutil.Process(kernel.pid).wait(TIMEOUT_S)
    assert Path(kernel.connection_file).exists()
    assert find_running() == []
    assert not Path(kernel.connection_file).exists()


def test_busy_and_silent_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that computes says so without a mark in what it prints; a stopped one says none."""
    gate = tmp_path / "gate"
    with started() as (manager, client):
        begun = tmp_path / "begun"
        cell = client.start(
            f"open({str(begun)!r}, 'w').close()\nprint('a', end='')\n{wait_for(gate)}"
            "print('b', end='')"
        )
        until(begun.exists)
        (kernel,) = find_running()
        assert kernel.cell is not None
        assert kernel.cell.execution_count == 1
        gate.touch()
        run = client.finish(cell)
        assert run.stdout == "ab"
        monkeypatch.setattr("livens.client.kernel_info.ANSWER_S", 0.2)
        process = psutil.Process(kernel.pid)
        process.suspend()
        try:
            shown = command("list")
        finally:
            process.resume()
        assert "no answer" in shown.stdout
        assert manager.is_alive()


def test_table_fits_60_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long names are cut, and what the kernel does stays."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(
        "livens.cli.kernel_list.find_running",
        lambda: [
            RunningKernel(
                connection_file=f"kernel-{'3f1c' * 9}.json",
                notebook=f"/data/{'a-long-name' * 9}.ipynb",
                started_at=time.time() - 7200,
                mode="full",
                answers=is_there,
            )
            for is_there in (True, False)
        ],
    )
    lines = command("list").stdout.splitlines()
    assert max(map(len, lines)) <= 60
    assert [line.split()[-1] for line in lines[2:]] == ["idle", "answer"]
    assert Console().width == 60


def test_asks_which_of_several(tmp_path: Path) -> None:
    """In a terminal a number chooses; anything else is asked again."""
    with started() as (_, first), started() as (_, second):
        first.execute("older = 1")
        second.execute("newer = 1")
        for answers, shown in ((["9", "2"], "older"), ([""], "newer")):
            child = pexpect.spawn(
                sys.executable,
                ["-m", "livens.cli", "watch", "--once"],
                env={**os.environ, "TERM": "xterm-256color"},
                encoding="utf-8",
                timeout=TIMEOUT_S,
                dimensions=(24, 60),
            )
            for answer in answers:
                child.expect("Which kernel\\? 1 to 2")
                child.sendline(answer)
            child.expect(shown)
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 0
