"""A user who may write no cgroup is refused, or chooses the limits of each process.

Root runs this test as such a user: an outer bubblewrap shows it what root alone can reach.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sandboxed import FORK_UNTIL_REFUSED

from livens.sandbox.mounts import python_path

pytestmark = pytest.mark.slow

USER = "54321"

PROGRAM = f"""
import json, sys
from pathlib import Path
from sandboxed import Kernel, kernel_spec

found = {{"refused": ""}}
folder = Path("/tmp/folder")
try:
    Kernel(folder, kernel_spec()).stop()
except Exception as err:
    found["refused"] = f"{{type(err).__name__}}: {{err}}"
kernel = Kernel(folder, kernel_spec(limits_by="process", max_processes=60, memory_mb=1500))
found["forks"] = kernel.run({FORK_UNTIL_REFUSED!r}).split("\\n")[-3:-1]
found["memory"] = kernel.run("x = bytearray(1_600_000_000)")
found["written"] = kernel.run("open('here', 'w').close(); import os; print(os.listdir())")
kernel.stop()
print(json.dumps(found))
"""


def as_user_without_cgroups(command: list[str]) -> list[str]:
    """Return a command that runs another one as a user other than root, for root."""
    needed = [
        Path(__file__).parents[2],
        Path(sys.prefix),
        Path(os.path.realpath(sys.base_prefix)),
        *python_path(os.environ.get("PYTHONPATH", "")),
    ]
    closed = {Path("/tmp"), *(top for path in needed if (top := _first_closed(path)))}
    return [
        *("bwrap", "--bind", "/", "/", "--dev-bind", "/dev", "/dev"),
        *(word for path in sorted(closed) for word in ("--perms", "1777", "--tmpfs", str(path))),
        *(word for path in needed for word in _shown(path, closed)),
        *("--die-with-parent", "--setenv", "HOME", "/tmp", "--unsetenv", "TMPDIR", "--"),
        *("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", *command),
    ]


def _first_closed(path: Path) -> Path | None:
    """Return the first folder on the way to a path that only root may pass through."""
    for folder in [*reversed(path.parents), path]:
        if not folder.stat().st_mode & 0o001:
            return folder
    return None


def _shown(path: Path, closed: set[Path]) -> list[str]:
    """Return what shows a path to anybody that is in a closed folder, or is one."""
    if not closed & {path, *path.parents}:
        return []
    folders = [folder for folder in path.parents if closed & set(folder.parents)]
    is_open = bool(path.stat().st_mode & 0o001)
    folders = [*reversed(folders), *([] if is_open else [path])]
    words = [word for folder in folders for word in ("--perms", "0755", "--dir", str(folder))]
    for each in [path] if is_open else path.iterdir():
        words += ["--ro-bind", str(each), str(each)]
    return words


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What such a user gets."""
    command = [sys.executable, "-c", PROGRAM]
    path = os.pathsep.join(
        [str(Path(__file__).parents[1] / "support"), os.environ.get("PYTHONPATH", "")]
    )
    done = subprocess.run(
        as_user_without_cgroups(command) if os.geteuid() == 0 else command,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_no_kernel_starts_without_cgroups(found: dict[str, Any]) -> None:
    """The error says what to do. Whoever is no root may have a cgroup of its own."""
    if os.geteuid() == 0 or found["refused"]:
        assert found["refused"].startswith("SandboxRefused: Memory and processes cannot be limited")
        assert "limits_by='process'" in found["refused"]


def test_processes_are_limited(found: dict[str, Any]) -> None:
    """Linux counts them in the sandbox alone."""
    why, made = found["forks"]
    assert why == "Resource temporarily unavailable"
    assert 10 < int(made) < 60


def test_memory_of_a_process_is_limited(found: dict[str, Any]) -> None:
    """It gets an error, and lives on."""
    assert "MemoryError" in found["memory"]
    assert "here" in found["written"]
