"""Tries whether a sandbox can be made here, so that a server can refuse before it listens."""

from __future__ import annotations

import subprocess

from livens.exceptions import SandboxRefused
from livens.sandbox.bubblewrap import ISOLATION, find_bubblewrap


def try_sandbox() -> None:
    """Make a sandbox that ends at once.

    Whether limits hold is seen for each kernel, because they are settings of it.

    Raises
    ------
    SandboxRefused
        If bubblewrap is missing or too old, or may not make namespaces.
    """
    command = [find_bubblewrap(), *ISOLATION, "--ro-bind", "/", "/", "--", "/bin/sh", "-c", ":"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        raise SandboxRefused("bubblewrap takes over 30 s to make a sandbox") from None
    if done.returncode:
        raise SandboxRefused(
            f"bubblewrap cannot make a sandbox here: {done.stderr.strip()}; expected that users "
            "may make namespaces (`sysctl user.max_user_namespaces`, and AppArmor's rules)"
        )
