"""The limits of a sandbox, and what is refused because it cannot be a limit."""

from __future__ import annotations

from typing import Literal, NamedTuple

from livens.exceptions import SandboxRefused

LimitsBy = Literal["cgroup", "process"]
"""What memory and processes are limited by: of the sandbox as a whole, or of each process."""


class Limits(NamedTuple):
    """What a sandbox may use.

    Attributes
    ----------
    memory_bytes : int
        Memory, with what is in ``/tmp`` and the page cache of its own.
    processes : int
        Processes and threads at one time.
    open_files : int
        Open files of each process.
    cpu_s : int
        CPU time of each process.
    tmp_bytes : int
        The size of ``/tmp``, of ``/dev/shm`` and of the home directory, each.
    by : LimitsBy
        What memory and processes are limited by.
    """

    memory_bytes: int
    processes: int
    open_files: int
    cpu_s: int
    tmp_bytes: int
    by: LimitsBy = "cgroup"

    def check(self) -> None:
        """Raise `SandboxRefused` for a limit that is not a number above zero.

        Examples
        --------
        >>> Limits(1, 1, 1, 0, 1).check()
        Traceback (most recent call last):
            ...
        livens.exceptions.SandboxRefused: The limit cpu_s is 0; expected a whole number above 0
        """
        for name in ("memory_bytes", "processes", "open_files", "cpu_s", "tmp_bytes"):
            value = getattr(self, name)
            if value <= 0:
                raise SandboxRefused(
                    f"The limit {name} is {value}; expected a whole number above 0"
                )
