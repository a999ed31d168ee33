"""The limits that Linux keeps for each process: they are set from outside, and read back.

Processes that the kernel starts inherit them. Without capabilities none of them can be raised.
"""

from __future__ import annotations

import os
import resource

from livens.exceptions import SandboxRefused
from livens.sandbox.limits import Limits

_NAMES = {
    resource.RLIMIT_NOFILE: "open files",
    resource.RLIMIT_CPU: "CPU time",
    resource.RLIMIT_CORE: "core dumps",
    resource.RLIMIT_AS: "memory",
    resource.RLIMIT_NPROC: "processes",
}


def set_rlimits(pid: int, limits: Limits) -> None:
    """Set the limits of a process, and read them back.

    Raises
    ------
    SandboxRefused
        If one of them does not hold.
    """
    for which, most in _wanted(limits).items():
        try:
            _, hard = resource.prlimit(pid, which)
            # Only a privileged process can raise a limit; a lower one holds as well.
            value = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.prlimit(pid, which, (value, value))
            found = resource.prlimit(pid, which)
        except OSError as err:
            raise SandboxRefused(
                f"The limit of {_NAMES[which]} cannot be set for the sandbox "
                f"({err.strerror or err}); expected that a user may set it for an own process"
            ) from None
        if found != (value, value):
            raise SandboxRefused(
                f"The limit of {_NAMES[which]} is {found} in the sandbox; expected {value}"
            )


def need_process_limits() -> None:
    """Raise `SandboxRefused` where the limits of a process limit no sandbox: Linux frees root."""
    if os.geteuid() == 0:
        raise SandboxRefused(
            "limits_by is 'process', and root's number of processes is not limited by Linux; "
            "expected a user other than root, or limits_by='cgroup'"
        )


def _wanted(limits: Limits) -> dict[int, int]:
    wanted = {
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CPU: limits.cpu_s,
        resource.RLIMIT_CORE: 0,
    }
    if limits.by == "process":
        # Since Linux 5.14 processes are counted in each user namespace by itself.
        wanted[resource.RLIMIT_AS] = limits.memory_bytes
        wanted[resource.RLIMIT_NPROC] = limits.processes
    return wanted
