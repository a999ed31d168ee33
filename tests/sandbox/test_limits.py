"""The limits of a sandbox hold, and the kernel that runs into one can be started again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sandboxed import FORK_UNTIL_REFUSED, Kernel, kernel_spec

pytestmark = pytest.mark.slow

BOMB = """
import os, time
while True:
    try:
        os.fork()
    except OSError:
        time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def limited(folders: Path) -> Iterator[Kernel]:
    """A kernel whose limits are soon reached."""
    started = Kernel(
        folders / "limited",
        kernel_spec(memory_mb=300, max_processes=60, max_open_files=100, cpu_s=3, tmp_mb=20),
    )
    yield started
    started.stop()


def groups(kernel: Kernel) -> list[Path]:
    """Return the control groups of a kernel."""
    group = kernel.provisioner._box._group
    return list(group.directories)


def processes(kernel: Kernel) -> list[int]:
    """Return how many processes there are in each group."""
    return [len((group / "cgroup.procs").read_text().split()) for group in groups(kernel)]


def test_processes_are_limited(limited: Kernel) -> None:
    """The kernel's own threads count; nothing else is disturbed."""
    why, made = limited.run(FORK_UNTIL_REFUSED).split("\n")[-3:-1]
    assert why == "Resource temporarily unavailable"
    assert 10 < int(made) < 60
    assert limited.run("print('still here')") == "still here\n"


def test_fork_bomb_is_contained_and_ended(limited: Kernel) -> None:
    """Its processes never end by themselves, and a restart removes them all."""
    limited.run(f"import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {BOMB!r}])")
    while max(processes(limited)) < 30:
        pass
    assert max(processes(limited)) <= 60
    limited.restart()
    assert set(processes(limited)) == {2}
    assert limited.run("print('new')") == "new\n"


def test_memory_is_limited(limited: Kernel) -> None:
    """A kernel that takes too much is killed, and no other process."""
    limited.lose("x = bytearray(600_000_000)")
    assert limited.run("print('new')") == "new\n"


def test_memory_of_all_processes_together_is_limited(limited: Kernel) -> None:
    """Each takes less than the limit; one of them has to end."""
    said = limited.run(
        "import os, subprocess, sys\n"
        "program = 'x = bytearray(150_000_000); print(1, flush=True); input()'\n"
        "pipes = {'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE}\n"
        "started = [subprocess.Popen([sys.executable, '-c', program], **pipes) for _ in range(3)]\n"
        "said = [process.stdout.readline() for process in started]\n"
        "os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)\n"
        "print(-9 in [process.poll() for process in started])"
    )
    # Which of them Linux chooses is its affair; it may be the kernel.
    assert said == "True\n" or not limited.manager.is_alive()
    limited.restart()


def test_temporary_files_are_limited(limited: Kernel) -> None:
    """Each of what is memory has a size of its own."""
    for place in ("/tmp", "/dev/shm", "/home/sandbox"):
        said = limited.run(f"open('{place}/large', 'wb').write(bytes(40_000_000))")
        assert "No space left on device" in said


def test_open_files_are_limited(limited: Kernel) -> None:
    """The kernel's own count too."""
    said = limited.run("files = [open('/dev/null') for _ in range(100)]")
    assert "Too many open files" in said


@pytest.mark.long_because("so much CPU time has to be used")
def test_cpu_time_is_limited(limited: Kernel) -> None:
    """What reaches it is killed by Linux, and cannot catch it."""
    limited.restart()
    limited.lose("import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass")
    assert limited.run("print('new')") == "new\n"


def test_limits_are_in_the_control_groups(limited: Kernel) -> None:
    """The kernel, and not only the process that started it, is in them."""
    first = psutil.Process(limited.provisioner.pgid)
    (kernel,) = first.children()
    for directory in groups(limited):
        assert {first.pid, kernel.pid} <= set(
            map(int, (directory / "cgroup.procs").read_text().split())
        )
