"""What a sandboxed kernel sees of the file system: the list of its mounts.

It sees nothing that is not listed here: the system's programs and libraries, its interpreter, the
paths that the settings name, and its own folder. Only the folder, ``/tmp``, ``/dev/shm`` and the
home directory can be written. The last three are memory, and of this sandbox alone.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from livens.exceptions import SandboxRefused

HOME = "/home/sandbox"
"""The home directory in a sandbox."""

SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/gnu/store",
    "/nix/store",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/timezone",
)
"""What of the system can be read, where it exists."""


def interpreter_paths(program: str) -> list[Path]:
    """Return the folders that a program needs: its environment, and those that its links lead to.

    Parameters
    ----------
    program : str
        The first word of the kernel's command.

    Raises
    ------
    SandboxRefused
        If there is no such program.
    """
    found = shutil.which(program)
    if found is None:
        raise SandboxRefused(
            f"The kernel's program {program!r} is not found; expected its path, or a name in PATH"
        )
    path = Path(os.path.abspath(found))
    roots = []
    for _ in range(40):  # as many links as Linux follows
        roots.append(_root_of(path))
        if not path.is_symlink():
            break
        path = Path(os.path.normpath(path.parent / os.readlink(path)))
    for configuration in [root / "pyvenv.cfg" for root in roots]:
        if configuration.is_file():
            for line in configuration.read_text("utf-8").splitlines():
                name, _, value = line.partition("=")
                if name.strip() == "home" and os.path.isabs(value.strip()):
                    roots.append(_root_of(Path(value.strip()) / "python"))
    return list(dict.fromkeys(roots))


def python_path(environment: str) -> list[Path]:
    """Return the folders that ``PYTHONPATH`` names, and that exist."""
    parts = [Path(part) for part in environment.split(os.pathsep) if os.path.isabs(part)]
    return [part for part in parts if part.exists()]


def need_folder(folder: Path) -> None:
    """Raise `SandboxRefused` for a folder that must not be written by code in a sandbox.

    What is in the home directory runs at the next login. What is below ``/usr`` runs at any time.
    """
    if not folder.is_dir():
        raise SandboxRefused(f"The sandbox's folder {folder} does not exist; make it first")
    holds = [Path.home(), *(Path(path) for path in SYSTEM)]
    for place in holds:
        real = Path(os.path.realpath(place))
        if real == folder or folder in real.parents:
            raise SandboxRefused(
                f"The sandbox's folder {folder} is or contains {place}, which code in a sandbox "
                "must not write; expected a folder of its own: set `folder`, or start it in one"
            )


def mount_arguments(
    *,
    readable: Collection[Path],
    folder: Path,
    hidden: Collection[Path],
    tmp_bytes: int,
) -> list[str]:
    """Return the arguments for bubblewrap, but for those of the private directory.

    Parameters
    ----------
    readable : collection of Path
        What can be read besides the system.
    folder : Path
        What can be written.
    hidden : collection of Path
        Folders that are empty inside, also where something readable contains them.
    tmp_bytes : int
        The size of what is memory.
    """
    size = ["--size", str(tmp_bytes)]
    arguments = ["--proc", "/proc", *_proc_covers()]
    arguments += ["--dev", "/dev", *size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    arguments += ["--perms", "1777", *size, "--tmpfs", "/tmp", *size, "--tmpfs", HOME]
    binds = {Path(path): "--ro-bind-try" for path in SYSTEM}
    binds |= {Path(path): "--ro-bind" for path in readable}
    binds[folder] = "--bind"
    binds |= dict.fromkeys(hidden, "--tmpfs")
    # What is deeper comes later. So an environment in the folder stays read-only, and so on.
    for path, kind in sorted(binds.items(), key=lambda item: len(item[0].parts)):
        if kind == "--tmpfs":
            arguments += ["--size", "4096", kind, str(path)]
        else:
            arguments += [kind, str(path), str(path)]
    return arguments


def _root_of(program: Path) -> Path:
    """Return the environment that a program belongs to, if that is not half of the machine."""
    directory = program.parent
    root = directory.parent
    home = Path(os.path.realpath(Path.home()))
    too_large = {Path("/"), home, home / ".local", *home.parents}
    return directory if directory.name != "bin" or root in too_large else root


def _proc_covers() -> Iterator[str]:
    """Yield what makes read-only whatever of ``/proc`` is the machine's.

    Linux lets the machine's root write much of it without any capability, as ``/proc/sys``, and a
    server may run as root.
    """
    for entry in sorted(os.scandir("/proc"), key=lambda entry: entry.name):
        if entry.name.isdigit() or entry.is_symlink():
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode) or mode & 0o222:
            yield from ("--ro-bind", f"/proc/{entry.name}", f"/proc/{entry.name}")
