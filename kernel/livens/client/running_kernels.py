"""The kernels that run on this machine: `find_running` lists those of this user.

Connection files are in Jupyter's runtime directory, or in the temporary folder, where nbclient and
papermill put theirs. A file may be of a kernel that has died. Which kernel it is of is told by the
process that was given it: its command line tells a livens kernel from another. A stock kernel in
which ``%load_ext livens`` was run has a file of ours open (`livens.kernel.lite.open_mark`). Nothing
is sent to any other stock kernel.

What has no process here, such as a kernel in a container or behind a tunnel, is asked.
"""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import psutil
from jupyter_core.paths import jupyter_runtime_dir

from livens.client.connection import connection_info
from livens.client.connection_files import OWNER, remove_orphans
from livens.client.kernel_info import ask_kernels, can_be_watched
from livens.client.kernel_specs import starts_livens
from livens.client.running_cells import RunningCell
from livens.exceptions import ConnectionFailed

_FILE_OPTION = re.compile(r"(-f|--f|--connection[-_]file|--[\w.]*\.connection_file)(=.*)?")
"""The options of ipykernel's application that name the connection file."""

_CLIENT_WORD = re.compile(r"console|qtconsole|watch|--existing(=.*)?")
"""What is in the command lines of programs that only connect to a kernel."""

EXTERNAL = "external_kernels"
"""Where jupyter_server looks for kernels of others, below the runtime directory."""

_MAX_BYTES = 10_000
"""A connection file is smaller."""

_MARK = ("livens", "kernel", "lite.py")
"""The end of the path of the file that is open where ``%load_ext livens`` was run."""


Mode = Literal["full", "lite", "replay", "stock", "unknown"]


class RunningKernel(msgspec.Struct, kw_only=True):
    """A kernel that runs.

    Attributes
    ----------
    connection_file : str
        Where its connection file is.
    kernel_name : str
        The name of its kernelspec; empty where whoever started it did not say.
    notebook : str
        The path of the notebook; empty for a console, and where it is not known.
    started_at : float
        When its process began, or its connection file was written; seconds since the epoch.
    pid : int, optional
        Its process; None if that is not on this machine.
    mode : {"full", "lite", "replay", "stock", "unknown"}
        A livens kernel, a stock kernel with ``%load_ext livens``, the replay of a record, or a
        kernel without livens; unknown if it does not answer.
    answers : bool, optional
        Whether it has answered; None if it was not asked.
    cell : RunningCell, optional
        The cell that it runs.
    """

    connection_file: str
    kernel_name: str = ""
    notebook: str = ""
    started_at: float = 0.0
    pid: int | None = None
    mode: Mode = "unknown"
    answers: bool | None = None
    cell: RunningCell | None = None

    @property
    def name(self) -> str:
        """The part of the connection file's name that differs."""
        return Path(self.connection_file).stem.removeprefix("kernel-")

    @property
    def can_be_watched(self) -> bool:
        """Whether livens is at work in it."""
        return self.mode in ("full", "lite", "replay")


class _Process(NamedTuple):
    """A process that may be a kernel."""

    pid: int
    started_at: float
    argv: Sequence[str]


def find_running(part: str = "") -> list[RunningKernel]:
    """Return the kernels of this user that run, the newest first.

    Parameters
    ----------
    part : str
        Only those in whose connection file's name or notebook's path this occurs.
    """
    remove_orphans(Path(jupyter_runtime_dir()))
    files = _connection_files()
    processes = _processes_of(files)
    read = [_read(file, processes.get(file)) for file in files]
    found = [
        kernel
        for kernel in read
        if kernel is not None
        and (part in Path(kernel.connection_file).name or part in kernel.notebook)
    ]
    _ask([kernel for kernel in found if kernel.mode != "stock"])
    # The port of a kernel that has died may be somebody else's by now.
    found = [kernel for kernel in found if kernel.pid is not None or kernel.answers]
    return sorted(found, key=lambda kernel: kernel.started_at, reverse=True)


def _connection_files() -> list[Path]:
    """Return what may be connection files of this user's kernels."""
    runtime = Path(jupyter_runtime_dir())
    named = [*runtime.glob("kernel-*.json"), *(runtime / EXTERNAL).glob("kernel-*.json")]
    unnamed = Path(tempfile.gettempdir()).glob("tmp*.json")
    return [*named, *(file for file in unnamed if _may_be_one(file))]


def _may_be_one(file: Path) -> bool:
    """Return whether a temporary file is this user's, and small enough."""
    try:
        status = file.lstat()
    except OSError:
        return False
    is_mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return is_mine and 0 < status.st_size <= _MAX_BYTES


def _processes_of(files: Collection[Path]) -> dict[Path, _Process]:
    """Return the process of each kernel, by its connection file, as far as it is on this machine.

    Of several with one file it is the oldest: the others are children that it has forked.
    """
    known = {file.name: file for file in files}
    found: dict[Path, _Process] = {}
    for process in psutil.process_iter(["pid", "cmdline", "create_time"]):
        argv = process.info["cmdline"] or []
        name = _file_named(argv) or (_names_itself(argv) and f"kernel-{process.pid}.json") or ""
        file = known.get(Path(name).name)
        if file is None:
            continue
        before = found.get(file)
        if before is None or process.info["create_time"] < before.started_at:
            found[file] = _Process(process.pid, process.info["create_time"], argv)
    return found


def _file_named(argv: Sequence[str]) -> str:
    """Return the connection file that a kernel's command line names, or nothing.

    Examples
    --------
    >>> _file_named(["python", "-m", "ipykernel_launcher", "-f", "/run/kernel-1.json"])
    '/run/kernel-1.json'
    >>> _file_named(["R", "--slave", "-e", "IRkernel::main()", "--args", "/run/kernel-2.json"])
    '/run/kernel-2.json'
    >>> _file_named(["jupyter-console", "--existing", "kernel-1.json"])
    ''
    """
    for word, following in zip(argv, [*argv[1:], ""], strict=False):
        option = _FILE_OPTION.fullmatch(word)
        if option is not None:
            return option[2][1:] if option[2] else following
    if any(_CLIENT_WORD.fullmatch(Path(word).name) for word in argv):
        return ""
    paths = (word for word in argv if re.fullmatch(r"(kernel-|tmp).*\.json", Path(word).name))
    return next(paths, "")


def _names_itself(argv: Sequence[str]) -> bool:
    """Return whether a kernel was given no connection file: it calls it by its process id."""
    return starts_livens(argv) or "kernel" in argv or any("ipykernel" in word for word in argv)


def _read(file: Path, process: _Process | None) -> RunningKernel | None:
    """Return the kernel of a connection file, or None if it is none or has ended."""
    try:
        info, _, _ = connection_info(file)
        started_at = process.started_at if process else file.stat().st_mtime
    except (ConnectionFailed, OSError):
        return None
    if process is None and not is_bound(info):
        return None
    pid = process.pid if process is not None else _joined_pid(info)
    kernel = RunningKernel(
        connection_file=str(file),
        kernel_name=str(info.get("kernel_name") or ""),
        notebook=str(info.get("jupyter_session") or ""),
        started_at=started_at,
        pid=pid,
    )
    if process is not None:
        kernel.mode = "full" if starts_livens(process.argv) else _mode_of_stock(process.pid)
    return kernel


def _joined_pid(info: Mapping[str, Any]) -> int | None:
    """Return the process that wrote its own connection file, such as a script that has joined."""
    owner = info.get(OWNER)
    pid = owner.get("pid") if info.get("livens_joined") and isinstance(owner, dict) else None
    return pid if isinstance(pid, int) else None


def _mode_of_stock(pid: int) -> Mode:
    """Return whether livens is loaded in a kernel that is no livens kernel."""
    has_mark = _has_mark(pid)
    if has_mark is None:
        return "unknown"
    return "lite" if has_mark else "stock"


def _has_mark(pid: int) -> bool | None:
    """Return whether livens is loaded in a stock kernel; None where that cannot be seen."""
    if os.name == "nt":
        return None
    try:
        files = psutil.Process(pid).open_files()
    except (psutil.Error, OSError):
        return None
    return any(Path(file.path).parts[-len(_MARK) :] == _MARK for file in files)


def _ask(kernels: Sequence[RunningKernel]) -> None:
    """Fill in what the kernels say of themselves."""
    infos = [connection_info(kernel.connection_file)[0] for kernel in kernels]
    for kernel, answer in zip(kernels, ask_kernels(infos), strict=True):
        kernel.answers = answer is not None
        if answer is None:
            continue
        said = answer.get("livens")
        kernel.mode = "full" if can_be_watched(answer) else "stock"
        with suppress(msgspec.ValidationError):
            told = msgspec.convert(said, _Said)
            kernel.mode, kernel.cell = told.mode, told.cell


class _Said(msgspec.Struct):
    """What is under ``livens`` in a ``kernel_info_reply``."""

    mode: Mode
    cell: RunningCell | None = None


def is_bound(info: Mapping[str, Any]) -> bool:
    """Return whether somebody listens at the address of a connection file."""
    host, port = info.get("ip") or "127.0.0.1", info["control_port"]
    if info.get("transport") == "ipc":
        return os.path.exists(f"{host}-{port}")
    try:
        socket.create_connection((host, port), timeout=2.0).close()
    except OSError:
        return False
    return True
