"""The directory of a sandbox on the machine: sockets, a connection file, names of users, a lock.

It is readable by this user alone. A process that is killed leaves it behind, with empty control
groups. Whoever makes the next one removes those: as long as its owner lives, its lock is held.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from livens.exceptions import SandboxRefused

PREFIX = "livens-sandbox-"
"""What the names of these directories begin with."""

_SOCKET_PATH_BYTES = 107
"""What the path of a Unix socket may take (``sun_path`` in ``unix(7)``)."""

_USERS = "sandbox:x:1000:1000:sandbox:{home}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"

_FILES = {
    "passwd": _USERS,
    "group": "sandbox:x:1000:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
}


class PrivateDirectory:
    """A directory of a sandbox.

    Parameters
    ----------
    home : str
        The home directory in the sandbox.

    Attributes
    ----------
    path : Path
        Where it is.
    sockets : Path
        Where the kernel makes its sockets; the one part of it that the kernel may write.

    Raises
    ------
    SandboxRefused
        If there is no place whose path leaves room for the name of a socket.
    """

    def __init__(self, home: str) -> None:
        self.path = _make()
        self.sockets = self.path / "s"
        self.sockets.mkdir(mode=0o700)
        for name, text in _FILES.items():
            (self.path / name).write_text(text.format(home=home))
        self._lock = _locked(self.path)

    @property
    def name(self) -> str:
        """What no other sandbox is called."""
        return self.path.name

    def note_groups(self, directories: Iterable[Path]) -> None:
        """Note which control groups belong to it, so that they are removed with it."""
        (self.path / "cgroups").write_text("".join(f"{path}\n" for path in directories))

    def mount_arguments(self, connection_file: Path) -> list[str]:
        """Return the arguments for bubblewrap by which the kernel sees its part of it.

        Parameters
        ----------
        connection_file : Path
            The kernel gets a copy of it. ipykernel writes it anew where there are CurveZMQ keys.
        """
        copy = self.path / "connection.json"
        shutil.copy(connection_file, copy)  # with its mode, which ipykernel checks
        arguments = ["--bind", str(self.sockets), str(self.sockets)]
        arguments += ["--bind", str(copy), str(connection_file)]
        for name in _FILES:
            arguments += ["--ro-bind", str(self.path / name), f"/etc/{name}"]
        return arguments

    def remove(self) -> None:
        """Remove it; does nothing the second time.

        It stays if a control group of it does, for whoever removes what was left behind.
        """
        if self._lock is not None:
            noted = self.path / "cgroups"
            if not noted.exists() or not noted.read_text():
                shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = None


def remove_orphans() -> None:
    """Remove what sandboxes have left behind whose server was killed."""
    for parent in {tempfile.gettempdir(), "/tmp"}:
        for directory in Path(parent).glob(f"{PREFIX}*"):
            with suppress(OSError):
                _remove_orphan(directory)


def _remove_orphan(directory: Path) -> None:
    if directory.is_symlink() or directory.stat().st_uid != os.geteuid():
        return
    lock = os.open(directory / "lock", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        listed = directory / "cgroups"
        for path in listed.read_text().splitlines() if listed.exists() else ():
            if Path(path).name == directory.name and Path(path).is_dir():
                os.rmdir(path)  # fails while a process is in it; then the next one does it
        shutil.rmtree(directory, ignore_errors=True)
    finally:
        os.close(lock)


def _make() -> Path:
    for parent in (None, "/tmp"):
        with suppress(OSError):
            path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
            if len(os.fsencode(path)) + len("/s/k-65535") <= _SOCKET_PATH_BYTES:
                return path
            path.rmdir()
    raise SandboxRefused(
        f"No directory for the sandbox's sockets can be made in {tempfile.gettempdir()} or /tmp; "
        "expected one of them to be writable, with a path of less than 80 characters"
    )


def _locked(directory: Path) -> int | None:
    """Return the lock of a directory. It has its name only when it is held."""
    new = directory / "lock.new"
    lock = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    new.rename(directory / "lock")
    return lock
