"""What code in a sandbox tries is refused, and would succeed outside."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import socket
import subprocess
import sys
import sysconfig
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sandbox_attempts as attempts
from jupyter_core.paths import jupyter_runtime_dir
from sandboxed import SECRET, Kernel

from livens.sandbox.system_calls import REFUSED

pytestmark = pytest.mark.slow

ALL = [*attempts.NETWORK, *attempts.FILES, *attempts.PROCESSES, *attempts.PRIVILEGES]

CODE = attempts.PREPARE + attempts.MORE + attempts.JUDGE


@pytest.fixture(scope="module")
def names(
    folders: Path, kernel: Kernel, neighbour: Kernel, stranger: subprocess.Popen[bytes]
) -> Iterator[dict[str, Any]]:
    """What the attempts are about, all of it real and in use."""
    (folders / "secret.txt").write_text(SECRET)
    key = os.getpid() | 0x5A000000
    libc = ctypes.CDLL(None)
    memory = libc.shmget(key, 4096, 0o1600)
    runtime = Path(jupyter_runtime_dir())
    runtime.mkdir(parents=True, exist_ok=True)
    others = runtime / f"kernel-{uuid.uuid4()}.json"
    others.write_text("{}")
    shared = Path(f"/dev/shm/livens-{uuid.uuid4()}")
    shared.touch()
    abstract = f"livens-{uuid.uuid4()}"
    with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0" + abstract)
        unix.listen()
        yield {
            "ABSTRACT": abstract,
            "CALLS": REFUSED[platform.machine()],
            "ENVIRONMENT": str(Path(sysconfig.get_path("purelib")) / "livens-was-here.pth"),
            "FOLDER": str(kernel.folder),
            "NEIGHBOUR_FILE": str(neighbour.folder / "secret.txt"),
            "NEIGHBOUR_SOCKET": f"{neighbour.manager.ip}-{neighbour.manager.shell_port}",
            "OUTPUT": os.path.realpath("/proc/self/fd/2"),
            "PID": stranger.pid,
            "PORT": port.getsockname()[1],
            "RUNTIME": str(runtime),
            "SECRET": SECRET,
            "SECRET_FILE": str(folders / "secret.txt"),
            "SHM_FILE": str(shared),
            "SHM_KEY": key,
            "USERS_HOME": str(Path.home()),
        }
    libc.shmctl(memory, 0, None)
    others.unlink()
    shared.unlink()


@pytest.fixture(scope="module")
def inside(kernel: Kernel, names: dict[str, Any]) -> dict[str, str]:
    """How each attempt ends in a sandbox."""
    codes = {attempt.name: attempt.code for attempt in ALL}
    kernel.run(CODE)
    answer = kernel.run(
        f"import json\nglobals().update({names!r})\n"
        f"print(json.dumps({{name: outcome(code) for name, code in {codes!r}.items()}}))"
    )
    found: dict[str, str] = json.loads(answer)
    return found


@pytest.fixture(scope="module")
def outside(names: dict[str, Any]) -> dict[str, str]:
    """How each attempt that does no harm ends without one."""
    codes = {attempt.name: attempt.code for attempt in ALL if attempt.outside}
    program = (
        f"{CODE}\nimport json\nglobals().update({names!r})\n"
        f"print(json.dumps({{name: outcome(code) for name, code in {codes!r}.items()}}))"
    )
    environment = {**os.environ, "API_TOKEN": SECRET}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("attempt", ALL, ids=lambda attempt: attempt.name)
def test_attempt_is_refused(attempt: attempts.Attempt, inside: dict[str, str]) -> None:
    """It ends with one of the errors that refuse it."""
    assert inside[attempt.name] in attempt.refused.split()


@pytest.mark.parametrize(
    "attempt", [attempt for attempt in ALL if attempt.outside], ids=lambda attempt: attempt.name
)
def test_attempt_would_succeed_outside(attempt: attempts.Attempt, outside: dict[str, str]) -> None:
    """What it is about is there; so it is the sandbox that refuses it."""
    assert outside[attempt.name] == "succeeded"


def test_kernel_cannot_end_its_first_process(kernel: Kernel) -> None:
    """Linux lets no process of a namespace end its first one, which keeps the sandbox."""
    kernel.run(
        "import os, signal\nfor number in (signal.SIGTERM, signal.SIGKILL): os.kill(1, number)"
    )
    assert kernel.run("print('still here')") == "still here\n"


def test_folder_can_be_written(kernel: Kernel) -> None:
    """Its own folder is what it is given for its files."""
    kernel.run("open('result.txt', 'w').write('42')")
    assert (kernel.folder / "result.txt").read_text() == "42"


def test_nothing_that_is_written_beside_it_reaches_the_machine(kernel: Kernel) -> None:
    """There may be a private /tmp at the same path, which is memory."""
    kernel.run("open('../beside.txt', 'w').write('42')\nopen('/tmp/livens-here', 'w').write('42')")
    assert not (kernel.folder.parent / "beside.txt").exists()
    assert not Path("/tmp/livens-here").exists()


def test_connection_file_is_a_copy(kernel: Kernel) -> None:
    """Clients read the one outside, which the kernel cannot change."""
    file = Path(os.path.realpath(kernel.manager.connection_file))
    before = file.read_text()
    kernel.run(f"open({str(file)!r}, 'w').close()")
    assert file.read_text() == before != ""


def test_loopback_works_inside(kernel: Kernel) -> None:
    """Libraries that start a server for themselves still can."""
    code = "import socket\nwith socket.create_server(('127.0.0.1', 0)) as port:\n"
    code += "    socket.create_connection(port.getsockname()).close()\nprint('connected')"
    assert kernel.run(code) == "connected\n"


def test_environment_is_that_of_the_list(kernel: Kernel) -> None:
    """What the kernelspec sets is there too."""
    assert kernel.run("import os; print(os.environ['OF_THE_KERNELSPEC'])") == "1\n"
