"""The kernel provisioner ``livens-sandbox``, which Jupyter loads by its entry point.

It is Jupyter's local provisioner, whose command runs in a `livens.sandbox.box.Box`. The kernel
talks over Unix sockets, in a directory that no other sandbox sees.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import Enum, Int, List, Unicode

from livens.exceptions import SandboxRefused
from livens.sandbox import mounts
from livens.sandbox.box import Box, View
from livens.sandbox.environment import kept_of
from livens.sandbox.limits import Limits, LimitsBy
from livens.sandbox.private_directory import PrivateDirectory, remove_orphans

NAME = "livens-sandbox"
"""What kernelspecs and settings call it."""

_MB = 1_000_000


class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel in a sandbox."""

    memory_mb = Int(2000, help="How much memory the kernel and its processes may use, in MB.").tag(
        config=True
    )
    max_processes = Int(
        256, help="How many processes and threads there may be, with the kernel's own 15."
    ).tag(config=True)
    max_open_files = Int(1024, help="How many files each process may have open.").tag(config=True)
    cpu_s = Int(
        3600, help="How many seconds of CPU time each process may use; then it is killed."
    ).tag(config=True)
    tmp_mb = Int(
        200, help="The size in MB of /tmp, /dev/shm and the home directory, each; it is memory."
    ).tag(config=True)
    folder = Unicode(
        help="The folder that the kernel can write; by default the one that it starts in."
    ).tag(config=True)
    session_folders = Unicode(
        help="The folder in which each session of Jupyter that is no notebook's gets one of its "
        "own, by the session's name. It is made where it is missing; those of others are hidden."
    ).tag(config=True)
    readable_paths = List(
        Unicode(), help="What the kernel can read besides the system and its interpreter."
    ).tag(config=True)
    environment = List(
        Unicode(), help="Names of environment variables that the kernel gets too, as AWS_*."
    ).tag(config=True)
    limits_by = Enum(
        ["cgroup", "process"],
        default_value="cgroup",
        help="What limits memory and processes: control groups, or the limits of each process, "
        "where memory_mb is that of each. The second is for users who may write no cgroup.",
    ).tag(config=True)

    _private: PrivateDirectory | None = None
    _box: Box | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Have the kernel talk over Unix sockets, and give it an environment without secrets."""
        if self._private is None:
            remove_orphans()
            self._private = PrivateDirectory(mounts.HOME)
            manager = self._manager
            manager.cache_ports = False
            manager.transport = "ipc"
            manager.ip = str(self._private.sockets / "k")
        try:
            kwargs = await super().pre_launch(**kwargs)
        except BaseException:
            self._remove_private()
            raise
        kwargs["env"] = kept_of(
            kwargs["env"], self.kernel_spec.env, self.environment, home=mounts.HOME
        )
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel, when its limits hold.

        Raises
        ------
        SandboxRefused
            If bubblewrap is missing or fails, a limit cannot hold, or the folder is not one that
            may be written.
        """
        await self._close_box()
        try:
            return await self._launch(cmd, kwargs)
        except BaseException as err:
            said = await self._abandon()
            if isinstance(err, SandboxRefused) and said:
                raise SandboxRefused(f"{err}; bubblewrap says: {said}") from None
            raise

    async def _launch(self, cmd: list[str], options: dict[str, Any]) -> KernelConnectionInfo:
        assert self._private is not None
        view = self._view(cmd[0], options)
        target = _descriptor(options.pop("stderr", None))
        options.pop("stdout", None)
        self._box = box = Box(self.limits(), self._private, target)
        # Independent: the kernel sees another parent than ours, and would end at once.
        options |= {"cwd": view.folder, "independent": True, "pass_fds": box.pass_fds}
        info = await super().launch_kernel(
            box.command(cmd, view),
            stdout=box.output.write_end,
            stderr=box.output.write_end,
            **options,
        )
        self.pgid = cast(Any, await asyncio.to_thread(box.let_go))
        return info

    async def wait(self) -> int | None:
        """Wait for the end of the kernel, and remove its control groups."""
        code = await super().wait()
        await self._close_box()
        return code

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what belongs to the kernel; with *restart* its sockets stay where they are."""
        await super().cleanup(restart)
        if not self.has_process:
            await self._close_box()
            if not restart:
                self._remove_private()

    def limits(self) -> Limits:
        """Return what the settings say."""
        return Limits(
            self.memory_mb * _MB,
            self.max_processes,
            self.max_open_files,
            self.cpu_s,
            self.tmp_mb * _MB,
            cast(LimitsBy, self.limits_by),
        )

    @property
    def _manager(self) -> KernelManager:
        return cast(KernelManager, self.parent)

    def _view(self, program: str, options: dict[str, Any]) -> View:
        folder = self._folder(options)
        mounts.need_folder(folder)
        readable = [Path(path) for path in _absolute(self.readable_paths)]
        readable += mounts.interpreter_paths(program)
        readable += mounts.python_path(options["env"].get("PYTHONPATH", ""))
        if os.path.realpath(program) == os.path.realpath(sys.executable):
            readable.append(Path(__file__).resolve().parents[2])  # where livens itself is
        return View(
            folder,
            readable,
            self._hidden(),
            Path(os.path.realpath(self._manager.connection_file)),
        )

    def _folder(self, options: dict[str, Any]) -> Path:
        start = Path(os.path.realpath(self.folder or options.get("cwd") or Path.cwd()))
        session = str(options["env"].get("JPY_SESSION_NAME", self.kernel_id))
        if self.folder or not self.session_folders or session.endswith(".ipynb"):
            return start
        if start.parent == Path(os.path.realpath(self.session_folders)):
            return start  # the server has made it
        name = os.path.basename(session)
        if name in ("", ".", ".."):
            raise SandboxRefused(
                f"The session {session!r} can have no folder of its own; expected a name other "
                "than '.' and '..'"
            )
        own = Path(os.path.realpath(self.session_folders)) / name
        if own.is_symlink():
            raise SandboxRefused(f"The session's folder {own} is a link; remove it first")
        own.mkdir(parents=True, exist_ok=True)
        return own

    def _hidden(self) -> list[Path]:
        """Return Jupyter's connection files, and the folders of other sessions."""
        folders = [jupyter_runtime_dir(), *([self.session_folders] if self.session_folders else [])]
        return [path for path in map(Path, map(os.path.realpath, folders)) if path.is_dir()]

    async def _abandon(self) -> str:
        """End a process that must not run; returns the last that it said."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            await super().wait()
        said = await self._close_box()
        self._remove_private()
        return said

    async def _close_box(self) -> str:
        box, self._box = self._box, None
        return await asyncio.to_thread(box.close) if box is not None else ""

    def _remove_private(self) -> None:
        if self._private is not None:
            self._private.remove()
            self._private = None


def _absolute(paths: Sequence[str]) -> list[str]:
    for path in paths:
        if not os.path.isabs(path) or not os.path.exists(path):
            raise SandboxRefused(
                f"The path {path!r} in readable_paths does not exist; expected absolute paths of "
                "files or folders"
            )
    return list(paths)


def _descriptor(stream: Any) -> int:
    """Return where the output of a kernel goes: what its starter chose, else standard error."""
    if isinstance(stream, int) and stream >= 0:
        return stream
    return int(stream.fileno()) if hasattr(stream, "fileno") else 2
