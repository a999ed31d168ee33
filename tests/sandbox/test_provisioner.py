"""A sandboxed kernel is managed as any other, leaves nothing behind, or is refused by name."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
import pytest
from sandboxed import Kernel, kernel_spec

from livens.client.blocking import watch
from livens.exceptions import SandboxRefused
from livens.sandbox.cgroups import find_parents

pytestmark = pytest.mark.slow


WAITS = """
try:
    open("begun", "w").close()
    while True:
        pass
except KeyboardInterrupt:
    open("interrupted", "w").close()
"""


def left_behind(pid: int = os.getpid()) -> set[Path]:
    """Return the private directories and the control groups of the sandboxes of a process."""
    roots = [Path(tempfile.gettempdir()), *(parent.directory for parent in find_parents())]
    return {path for root in roots for path in root.glob(f"livens-sandbox-{pid}-*")}


def interrupted(kernel: Kernel, code: str) -> str:
    """Run a cell, interrupt it when it has made the file ``begun``, and return its error."""
    request = kernel.client.execute(code)
    begun = kernel.folder / "begun"
    while not begun.exists():
        pass
    begun.unlink()
    kernel.manager.interrupt_kernel()
    while True:
        reply = kernel.client.get_shell_msg(timeout=60)
        if reply["parent_header"]["msg_id"] == request:
            return str(reply["content"].get("ename"))


def test_cell_is_interrupted(kernel: Kernel) -> None:
    """The signal reaches the kernel, and not what keeps the sandbox."""
    assert (
        interrupted(kernel, "open('begun', 'w').close()\nwhile True: pass") == "KeyboardInterrupt"
    )
    assert kernel.run("print('still here')") == "still here\n"


def test_program_of_a_cell_is_interrupted_too(kernel: Kernel) -> None:
    """As without a sandbox: what the cell has started gets the signal."""
    interrupted(
        kernel, f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {WAITS!r}])"
    )
    kernel.run("import os\nwhile not os.path.exists('interrupted'): pass")
    assert (kernel.folder / "interrupted").exists()


def test_variables_are_watched(kernel: Kernel) -> None:
    """A client connects by the connection file, as to any kernel."""
    kernel.run("answer = 41")
    with watch(kernel.manager.connection_file) as watching:
        kernel.run("answer += 1")
        watching.settle()
        assert watching.variables["answer"].preview == "42"


def test_kernel_that_ends_itself_is_started_again(kernel: Kernel) -> None:
    """Its sockets stay where they are, so that clients find the new one."""
    before = kernel.manager.ip
    kernel.lose("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert kernel.run("print('new')") == "new\n"
    assert kernel.manager.ip == before


def test_nothing_is_left_behind(folders: Path) -> None:
    """Neither of a kernel that is shut down, nor of what it has started."""
    before = left_behind()
    started = Kernel(folders / "ended", kernel_spec())
    first = psutil.Process(started.provisioner.pgid)
    started.run("import subprocess; program = subprocess.Popen(['sleep', '600'])")
    processes = [first, *first.children(recursive=True)]
    assert "sleep" in [process.name() for process in processes]
    assert left_behind() > before
    started.client.stop_channels()
    started.manager.shutdown_kernel()
    assert left_behind() == before
    assert not any(_runs(process) for process in processes)


def test_kernel_ends_with_its_server(folders: Path) -> None:
    """A server that is killed leaves no process; the next sandbox removes its directories."""
    program = (
        "import sys; from pathlib import Path; from sandboxed import Kernel, kernel_spec\n"
        f"kernel = Kernel(Path({str(folders / 'orphan')!r}), kernel_spec())\n"
        "print(kernel.provisioner.pgid, flush=True); sys.stdin.read()"
    )
    support = str(Path(__file__).parents[1] / "support")
    path = os.pathsep.join([support, os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    ) as server:
        assert server.stdout is not None
        first = psutil.Process(int(server.stdout.readline()))
        server.kill()
        first.wait(20)
    assert left_behind(server.pid)
    Kernel(folders / "next", kernel_spec()).stop()
    assert not left_behind(server.pid)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"memory_mb": 0}, "memory_bytes is 0"),
        ({"max_processes": 10**9}, "limit pids.max cannot be 1000000000"),
        ({"folder": "/usr"}, "folder /usr is or contains /usr"),
        ({"folder": "/"}, "folder / is or contains"),
        ({"folder": str(Path.home())}, f"contains {Path.home()}"),
        ({"folder": "/no/such/folder"}, "/no/such/folder does not exist"),
        ({"readable_paths": ["/no/such/path"]}, "'/no/such/path' in readable_paths"),
    ],
)
def test_wrong_setting_is_refused(folders: Path, config: dict[str, Any], named: str) -> None:
    """No kernel starts, and the error names what is wrong."""
    before = left_behind()
    with pytest.raises(SandboxRefused, match=named):
        Kernel(folders / "refused", kernel_spec(**config))
    assert left_behind() == before


def test_missing_bubblewrap_is_refused(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setenv("PATH", str(folders))
    with pytest.raises(SandboxRefused, match=r"not installed; install .* `bubblewrap`"):
        Kernel(folders / "refused", kernel_spec())


@pytest.mark.parametrize(("answer", "named"), [("bubblewrap 0.6.1", "0.8 or newer"), ("", "is ''")])
def test_old_bubblewrap_is_refused(
    folders: Path, monkeypatch: pytest.MonkeyPatch, answer: str, named: str
) -> None:
    """It could not forbid what is forbidden by a newer one."""
    _stand_in(folders, f"echo '{answer}'", monkeypatch)
    with pytest.raises(SandboxRefused, match=named):
        Kernel(folders / "refused", kernel_spec())


def test_bubblewrap_that_fails_is_quoted(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where an administrator has forbidden user namespaces."""
    says = 'case $1 in --version) echo bubblewrap 0.8.0;; *) echo "no namespaces" >&2; exit 1; esac'
    _stand_in(folders, says, monkeypatch)
    before = left_behind()
    with pytest.raises(SandboxRefused, match=r"could not make the sandbox.*no namespaces"):
        Kernel(folders / "refused", kernel_spec())
    assert left_behind() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="is about root")
def test_limits_of_processes_are_refused_for_root(folders: Path) -> None:
    """Linux does not limit the number of root's processes."""
    with pytest.raises(SandboxRefused, match="root's number of processes is not limited"):
        Kernel(folders / "refused", kernel_spec(limits_by="process"))


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _stand_in(folders: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = Path(tempfile.mkdtemp(dir=folders))
    program = directory / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:{os.environ['PATH']}")
