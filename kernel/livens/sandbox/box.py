"""One process in a sandbox: it is started, held until its limits hold, and then let go.

bubblewrap says on a pipe which process it has made, and waits on another one before it runs the
command. In between the limits are set and read back. When this process ends, so does the sandbox.
"""

from __future__ import annotations

import json
import os
import select
from pathlib import Path
from typing import NamedTuple

from livens.exceptions import SandboxRefused
from livens.sandbox import mounts
from livens.sandbox.bubblewrap import ISOLATION, find_bubblewrap
from livens.sandbox.cgroups import Group, find_parents
from livens.sandbox.limits import Limits
from livens.sandbox.output import CopiedOutput
from livens.sandbox.private_directory import PrivateDirectory
from livens.sandbox.rlimits import need_process_limits, set_rlimits
from livens.sandbox.system_calls import seccomp_program

START_S = 10.0
"""How long bubblewrap may take to make the namespaces."""

END_S = 5.0
"""How long the processes of a sandbox may take to end, after bubblewrap has."""


class View(NamedTuple):
    """What a sandboxed kernel sees of the machine.

    Attributes
    ----------
    folder : Path
        What it can write, and where it starts.
    readable : list of Path
        What it can read besides the system.
    hidden : list of Path
        Folders that are empty inside.
    connection_file : Path
        How clients reach it.
    """

    folder: Path
    readable: list[Path]
    hidden: list[Path]
    connection_file: Path


class Box:
    """A sandbox for one process.

    Parameters
    ----------
    limits : Limits
        What it may use.
    private : PrivateDirectory
        Its sockets; outlives the process.
    target : int
        The file descriptor that gets what the process prints.

    Raises
    ------
    SandboxRefused
        If bubblewrap is missing, or a limit cannot hold.
    """

    def __init__(self, limits: Limits, private: PrivateDirectory, target: int) -> None:
        limits.check()
        self._program = find_bubblewrap()
        program = seccomp_program()
        self._limits = limits
        self._private = private
        self._group: Group | None = None
        if limits.by == "process":
            need_process_limits()
        else:
            self._group = Group(private.name, find_parents())
            private.note_groups(self._group.directories)
            try:
                self._group.create(limits)
            except SandboxRefused:
                self._forget_group()
                raise
        self.output = CopiedOutput(target)
        self._info, self._info_write = os.pipe()
        self._go_read, self._go = os.pipe()
        self._first = -1
        self._filter = os.memfd_create("seccomp")
        os.write(self._filter, program)
        os.lseek(self._filter, 0, os.SEEK_SET)

    @property
    def pass_fds(self) -> tuple[int, ...]:
        """What bubblewrap inherits, besides its standard output and error."""
        return self._info_write, self._go_read, self._filter

    def command(self, command: list[str], view: View) -> list[str]:
        """Return the command that runs another one in the sandbox."""
        return [
            *(self._program, *ISOLATION),
            *mounts.mount_arguments(
                readable=view.readable,
                folder=view.folder,
                hidden=view.hidden,
                tmp_bytes=self._limits.tmp_bytes,
            ),
            *self._private.mount_arguments(view.connection_file),
            *(word for path in view.hidden for word in ("--remount-ro", str(path))),
            *("--remount-ro", "/", "--chdir", str(view.folder)),
            *("--info-fd", str(self._info_write), "--block-fd", str(self._go_read)),
            *("--seccomp", str(self._filter)),
            "--",
            *command,
        ]

    def let_go(self) -> int:
        """Set the limits of the process that was started, and let it run its command.

        Returns
        -------
        int
            Its first process, which is also the process group of the kernel.

        Raises
        ------
        SandboxRefused
            If bubblewrap could not make the sandbox, or a limit does not hold.
        """
        os.close(self._info_write)
        os.close(self._go_read)
        self._info_write = self._go_read = -1
        self.output.started()
        pid = self._first_process()
        self._first = os.pidfd_open(pid)
        set_rlimits(pid, self._limits)
        if self._group is not None:
            self._group.add(pid)
        os.write(self._go, b"1")
        os.close(self._go)
        self._go = -1
        return pid

    def close(self) -> str:
        """Remove what belongs to the process, which has ended; returns the last that it printed.

        bubblewrap may end a moment before what runs in the sandbox.
        """
        if self._first >= 0:
            select.select([self._first], [], [], END_S)
        ours = (self._first, self._info, self._info_write, self._go, self._go_read, self._filter)
        for descriptor in ours:
            if descriptor >= 0:
                os.close(descriptor)
        self._first = self._info = self._info_write = self._go = self._go_read = self._filter = -1
        text = self.output.close()
        self._forget_group()
        return text

    def _forget_group(self) -> None:
        if self._group is not None and self._group.remove():
            self._private.note_groups(())

    def _first_process(self) -> int:
        text = b""
        while b"}" not in text:
            ready, _, _ = select.select([self._info], [], [], START_S)
            part = os.read(self._info, 4096) if ready else b""
            if not part:
                raise SandboxRefused("bubblewrap could not make the sandbox")
            text += part
        return int(json.loads(text)["child-pid"])
