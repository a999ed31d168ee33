"""bubblewrap, the program: where it is, which version, and the arguments that isolate."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

from livens.exceptions import SandboxRefused

OLDEST = (0, 8)
"""The first version that can forbid user namespaces inside of its own."""

_REMEDY = "install Debian's or Ubuntu's package `bubblewrap`, 0.8 or newer"

ISOLATION = (
    *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"),
    "--unshare-cgroup-try",  # a group's name is no secret
    "--disable-userns",
    *("--cap-drop", "ALL"),
    *("--uid", "1000", "--gid", "1000", "--hostname", "sandbox"),
    # A process group of its own, so that a signal for the kernel does not end bubblewrap.
    "--new-session",
    "--die-with-parent",
)
"""The arguments by which a process has namespaces of its own and no privileges."""


def find_bubblewrap() -> str:
    """Return the path of bubblewrap.

    Raises
    ------
    SandboxRefused
        If it is missing, too old, or this is not Linux.
    """
    if sys.platform != "linux":
        raise SandboxRefused(f"A sandbox needs Linux; this is {sys.platform}")
    path = shutil.which("bwrap")
    if path is None:
        raise SandboxRefused(f"bubblewrap (`bwrap`) is not installed; {_REMEDY}")
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as err:
        raise SandboxRefused(f"{path} does not say its version ({err}); {_REMEDY}") from None
    found = re.search(r"(\d+)\.(\d+)", answer)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise SandboxRefused(f"{path} is {answer.strip()!r}; {_REMEDY}")
    return path
