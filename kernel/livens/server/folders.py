"""The folder of a session: its kernel's working directory, and files that clients send and fetch.

Code of the session may put anything there, also while a file is opened. So no path is looked at
first and opened later: each part is opened in the folder before it, and links are not followed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

SIMPLE = re.compile(r"[a-z0-9_-]([a-z0-9._-]*[a-z0-9_-])?\Z")
"""Ids that every file system takes as they are, and keeps apart."""

RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?\Z", re.IGNORECASE)
"""Names of devices on Windows."""

FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
"""Characters that are no part of a name on some file system."""

MAX_PARTS = 32
MAX_NAME_BYTES = 200
MAX_LISTED = 10_000
"""So many files are listed, or counted for the quota."""

_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class BadPath(ValueError):
    """It names no file of the folder."""


class OverQuota(ValueError):
    """There is no room for the file."""


class Found(NamedTuple):
    """One file: its path with slashes, its size, and when it changed, in seconds since 1970."""

    path: str
    size: int
    modified: float


def folder_name(session_id: str) -> str:
    """Return what the folder of a session is called.

    Examples
    --------
    >>> folder_name("my-session")
    'my-session'
    >>> folder_name("..").startswith("~"), folder_name("A") == folder_name("a")
    (True, False)
    """
    if SIMPLE.match(session_id) and not RESERVED.match(session_id):
        return session_id
    return "~" + hashlib.sha256(session_id.encode()).hexdigest()[:24]


def parts_of(path: str) -> list[str]:
    """Return the names of which a path consists.

    Raises
    ------
    BadPath
        If it could lead out of a folder, or is no path on some system.
    """
    parts = path.split("/")
    for part in parts:
        if (
            part in ("", ".", "..")
            or FORBIDDEN.search(part)
            or RESERVED.match(part)
            or part[-1] in ". "
            or len(part.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES
        ):
            raise BadPath(
                f"{path[:200]!r} is no path of a file; expected names with '/' between them, that "
                "are names on every system"
            )
    if len(parts) > MAX_PARTS:
        raise BadPath(f"{path[:200]!r} has {len(parts)} parts; expected {MAX_PARTS} at most")
    return parts


class Folder:
    """The folder of one session; none of its methods makes or needs a kernel.

    Parameters
    ----------
    path : Path
        Where it is, or will be.
    quota_bytes : int
        How much clients may put there. What code writes is counted, and not prevented.
    """

    def __init__(self, path: Path, quota_bytes: int) -> None:
        self.path = path
        self._quota = quota_bytes

    def make(self) -> None:
        """Make the folder, if it is not there."""
        self.path.mkdir(parents=True, exist_ok=True)

    def remove(self, *, files: bool) -> None:
        """Remove the folder if it is empty, or with its files."""
        if files:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            with suppress(OSError):
                self.path.rmdir()

    def files(self) -> list[Found]:
        """Return the files, by path; links are none."""
        found: list[Found] = []
        for root, folders, names in os.walk(self.path):
            folders.sort()
            for name in names:
                place = Path(root, name)
                with suppress(OSError):  # it may have gone
                    info = place.lstat()
                    if stat.S_ISREG(info.st_mode):
                        where = place.relative_to(self.path).as_posix()
                        found.append(Found(where, info.st_size, info.st_mtime))
            if len(found) >= MAX_LISTED:
                break
        return sorted(found)[:MAX_LISTED]

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading.

        Raises
        ------
        BadPath
            If the path is none.
        OSError
            If there is no such file, or it is a link, a folder or something else.
        """
        *above, name = parts_of(path)
        with self._inside(above) as folder:
            file = os.open(name, os.O_RDONLY | _FILE, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise FileNotFoundError(f"{path!r} is no file")
            return os.fdopen(file, "rb")
        except BaseException:
            os.close(file)
            raise

    def write(self, path: str, data: bytes) -> bool:
        """Write a file, whole or not at all; returns whether it is new.

        Raises
        ------
        BadPath
            If the path is none.
        OverQuota
            If there is no room.
        OSError
            If a link or a file is in the way.
        """
        *above, name = parts_of(path)
        self.make()
        files = {found.path: found.size for found in self.files()}
        total = sum(files.values()) - files.get(path, 0) + len(data)
        if total > self._quota:
            raise OverQuota(
                f"{len(data):,} bytes would make {total:,} in this folder; expected "
                f"{self._quota:,} or less; delete something first"
            )
        if path not in files and len(files) >= MAX_LISTED:
            raise OverQuota(f"There are {MAX_LISTED:,} files in this folder; delete one first")
        with self._inside(above, make=True) as folder:
            draft = f".livens-{uuid.uuid4().hex}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE
            try:
                with os.fdopen(os.open(draft, flags, 0o644, dir_fd=folder), "wb") as file:
                    file.write(data)
                os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(draft, dir_fd=folder)
                raise
        return path not in files

    def delete(self, path: str) -> None:
        """Delete a file, a link or an empty folder.

        Raises
        ------
        BadPath
            If the path is none.
        OSError
            If there is none, or the folder is not empty.
        """
        *above, name = parts_of(path)
        with self._inside(above) as folder:
            if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                os.rmdir(name, dir_fd=folder)
            else:
                os.unlink(name, dir_fd=folder)

    @contextmanager
    def _inside(self, parts: list[str], *, make: bool = False) -> Iterator[int]:
        """Open a folder below this one, part by part; a context of its descriptor."""
        folder = os.open(self.path, _DIRECTORY)
        try:
            for part in parts:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=folder)
                below = os.open(part, _DIRECTORY, dir_fd=folder)
                os.close(folder)
                folder = below
            yield folder
        finally:
            os.close(folder)


def is_supported() -> bool:
    """Return whether this system can open files in an open folder; Windows cannot."""
    return os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
