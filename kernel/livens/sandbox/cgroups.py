"""Control groups: the limits of memory and processes for a sandbox as a whole, in v1 and v2.

A group is made below the one that this process is in, so that all limits around it stay in force.
What was written is read back, and so is which group the process is in.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from livens.exceptions import SandboxRefused
from livens.sandbox.limits import Limits

CONTROLLERS = ("memory", "pids")
"""What limits are kept by."""

_REMEDY = (
    "expected cgroups that this user may write: start it as root, or by `systemd-run --user "
    "--scope -p Delegate=yes …`; or set limits_by='process', which limits each process by itself"
)

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Parent(NamedTuple):
    """The group that groups are made below.

    Attributes
    ----------
    directory : Path
        Where it is.
    version : int
        1 or 2.
    controllers : tuple of str
        What it is for.
    """

    directory: Path
    version: int
    controllers: tuple[str, ...]


class Group:
    """The groups of one sandbox: one in v2, one for each controller in v1.

    Parameters
    ----------
    name : str
        What to call them.
    parents : iterable of Parent
        What they are made below.
    """

    def __init__(self, name: str, parents: Iterable[Parent]) -> None:
        self._parents = list(parents)
        self.directories = [parent.directory / name for parent in self._parents]

    def create(self, limits: Limits) -> None:
        """Make the groups and set their limits.

        Raises
        ------
        SandboxRefused
            If one of them cannot be made, or a limit does not hold.
        """
        try:
            for parent, directory in zip(self._parents, self.directories, strict=True):
                if parent.version == 2:
                    _enable(parent.directory)
                directory.mkdir()
                for file, value in settings_of(parent, directory, limits).items():
                    _write_limit(directory / file, value)
        except OSError as err:
            self.remove()
            raise SandboxRefused(
                f"Memory and processes cannot be limited by cgroups ({err}); {_REMEDY}"
            ) from None
        except SandboxRefused:
            self.remove()
            raise

    def add(self, pid: int) -> None:
        """Put a process in, and read back that it is there.

        Raises
        ------
        SandboxRefused
            If it is not.
        """
        for directory in self.directories:
            file = directory / "cgroup.procs"
            try:
                file.write_text(str(pid))
                is_there = str(pid) in file.read_text().split()
            except OSError as err:
                raise SandboxRefused(
                    f"The sandbox cannot be put into the cgroup {directory} "
                    f"({err.strerror or err}); {_REMEDY}"
                ) from None
            if not is_there:
                raise SandboxRefused(f"The sandbox is not in the cgroup {directory}; {_REMEDY}")

    def remove(self) -> bool:
        """Remove the groups; returns whether none is left, as while a process ends in one."""
        for directory in self.directories:
            with suppress(OSError):
                directory.rmdir()
        return not any(directory.exists() for directory in self.directories)


def find_parents(proc: Path = Path("/proc/self")) -> list[Parent]:
    """Return the groups that this process is in, for all controllers.

    Parameters
    ----------
    proc : Path
        The directory of the process in ``/proc``.

    Raises
    ------
    SandboxRefused
        If there is none for one of the controllers.
    """
    mounts = _mounts((proc / "mountinfo").read_text())
    found: dict[str, Parent] = {}
    for line in (proc / "cgroup").read_text().splitlines():
        number, names, path = line.split(":", 2)
        for mount in mounts:
            if mount.version == (2 if number == "0" else 1):
                directory = mount.directory_of(path)
                for name in mount.controllers(directory, names.split(",")):
                    found.setdefault(name, Parent(directory, mount.version, (name,)))
    missing = [name for name in CONTROLLERS if name not in found]
    if missing:
        raise SandboxRefused(
            f"There is no cgroup for {' and '.join(missing)} here, by which it could be limited; "
            f"{_REMEDY}"
        )
    return _together([found[name] for name in CONTROLLERS])


def settings_of(parent: Parent, directory: Path, limits: Limits) -> Mapping[str, str]:
    """Return what is written into which file of a group, in the order in which it has to be."""
    memory = str(limits.memory_bytes // _PAGE * _PAGE)
    settings: dict[str, str] = {}
    if "memory" in parent.controllers:
        # What could be moved to the swap space would not be limited.
        bound, swap = (
            ("memory.max", ("memory.swap.max", "0"))
            if parent.version == 2
            else ("memory.limit_in_bytes", ("memory.memsw.limit_in_bytes", memory))
        )
        settings[bound] = memory
        if (directory / swap[0]).exists():
            settings[swap[0]] = swap[1]
        elif parent.version == 1:
            settings["memory.swappiness"] = "0"
    if "pids" in parent.controllers:
        settings["pids.max"] = str(limits.processes)
    return settings


class _Mount(NamedTuple):
    root: str
    point: Path
    version: int
    options: tuple[str, ...]

    def directory_of(self, path: str) -> Path:
        """Return where a group is; a container may have mounted only its own part."""
        inside = os.path.relpath(path, self.root)
        return self.point if inside.startswith("..") else self.point / inside

    def controllers(self, directory: Path, names: list[str]) -> list[str]:
        """Return which of our controllers a group has."""
        if self.version == 1:
            return [name for name in names if name in CONTROLLERS and name in self.options]
        with suppress(OSError):
            has = (directory / "cgroup.controllers").read_text().split()
            return [name for name in CONTROLLERS if name in has]
        return []


def _mounts(mountinfo: str) -> list[_Mount]:
    """Return the mounts of cgroups; the format is in ``proc_pid_mountinfo(5)``."""
    mounts = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, rest = after.partition(" ")
        if kind in ("cgroup", "cgroup2"):
            words = before.split()
            options = tuple(rest.split()[-1].split(","))
            mounts.append(_Mount(words[3], Path(words[4]), 2 if kind == "cgroup2" else 1, options))
    return mounts


def _together(parents: list[Parent]) -> list[Parent]:
    """Return the groups, with one for all the controllers that share a directory."""
    by_directory: dict[Path, Parent] = {}
    for parent in parents:
        known = by_directory.get(parent.directory)
        controllers = (known.controllers if known else ()) + parent.controllers
        by_directory[parent.directory] = parent._replace(controllers=controllers)
    return list(by_directory.values())


def _write_limit(file: Path, value: str) -> None:
    """Set a limit and read it back."""
    try:
        file.write_text(value)
    except OSError as err:
        if err.errno != errno.EINVAL:
            raise
        raise SandboxRefused(
            f"The limit {file.name} cannot be {value}; expected what Linux accepts"
        ) from None
    found = file.read_text().strip()
    if found != value:
        raise SandboxRefused(f"The limit {file} is {found}; expected {value}")


def _enable(directory: Path) -> None:
    """Have the groups below one in v2 keep our limits; it must have no process then but ours."""
    control = directory / "cgroup.subtree_control"
    if set(CONTROLLERS) <= set(control.read_text().split()):
        return
    wanted = " ".join(f"+{name}" for name in CONTROLLERS)
    with suppress(OSError):
        control.write_text(wanted)
        return
    # Processes may only be in groups that have none below. Whoever shares this one is not ours.
    if (directory / "cgroup.procs").read_text().split() != [str(os.getpid())]:
        raise OSError(f"{directory} has other processes than this one")
    own = directory / "livens-server"
    own.mkdir(exist_ok=True)
    (own / "cgroup.procs").write_text(str(os.getpid()))
    control.write_text(wanted)
