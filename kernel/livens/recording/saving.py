"""Saving files whole: a file has its old content or its new one, and never a part of either.

The new content goes into a temporary file in the same folder and onto the disk, and then takes the
place of the old file in one step. On Linux the temporary file has no name until it is complete, so
that a process that is killed leaves none behind.

Three kinds of targets are different. What is no regular file (a device, a pipe) is written to. So
is an open descriptor such as ``/dev/stdout``, which must not be replaced under the shell's feet. A
file that cannot be replaced, because its folder is read-only or because it is a mount point of its
own, is overwritten, when there is room for all of the new content.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

PRIVATE_MODE = 0o600
"""The permission bits of files that are there for their values: only their owner reads them."""

_CANNOT_REPLACE = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.EROFS)
"""Says that a folder takes no new file, or a file cannot be replaced; it may still be written."""

_NO_UNNAMED_FILES = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT)
_DESCRIPTORS = re.compile(r"/dev/fd|/proc/\d+/(task/\d+/)?fd")
_EFFECTIVE = os.access in os.supports_effective_ids
_MAX_LINKS = 40
_STEM_CHARS = 80
_TRIAL = bytes(4096)


def parse_mode(text: str) -> int:
    """Return permission bits that are written in octal, as ``chmod`` takes them.

    Raises
    ------
    ValueError
        If they are none, or if the owner could not read and write the file.

    Examples
    --------
    >>> oct(parse_mode("640"))
    '0o640'
    """
    mode = int(text, 8) if re.fullmatch("[0-7]{3,4}", text) else 0
    if mode & PRIVATE_MODE != PRIVATE_MODE or mode > 0o777:
        raise ValueError(
            f"{text!r} is no mode of a file: expected octal digits such as 600 or 640, with which "
            "the owner can read and write"
        )
    return mode


def save(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write a file whole, and wait until it is on the disk.

    A symbolic link stays, and the file that it leads to is written.

    Parameters
    ----------
    path : Path
        The file.
    data : bytes
        Its new content.
    mode : int, optional
        Its permission bits. By default an existing file keeps its own, with its owner and its
        extended attributes, and a new one gets what the umask leaves.

    Raises
    ------
    OSError
        If it cannot be written. What was there is unchanged then.
    """
    descriptor = descriptor_of(path)
    if descriptor is not None:
        _write_to_stream(os.dup(descriptor), data)
        return
    real = os.path.realpath(path)
    found = _status(real)
    if found is not None and not stat.S_ISREG(found.st_mode):
        _write_to_stream(_open_stream(real, found), data)
        return
    try:
        _replace(real, data, found, mode)
    except OSError as err:
        if found is None or err.errno not in _CANNOT_REPLACE:
            raise
        _overwrite(real, data)


def save_elsewhere(path: Path, data: bytes) -> Path:
    """Write what cannot be written to *path* to a new file, and return where that is.

    It goes into the temporary folder, else into the user's home or the current directory.

    Raises
    ------
    OSError
        If none of them takes it.
    """
    reason: OSError = FileNotFoundError(errno.ENOENT, "there is no folder for it")
    for folder in (tempfile.gettempdir, Path.home, os.getcwd):
        try:
            prefix = f"{path.stem[:_STEM_CHARS]}-"
            number, name = tempfile.mkstemp(path.suffix, prefix, folder())
        except (OSError, RuntimeError) as err:
            reason = err if isinstance(err, OSError) else reason
            continue
        try:
            _fill(number, data)
            return Path(name)
        except OSError as err:
            reason = err
            with suppress(OSError):
                os.unlink(name)
        finally:
            os.close(number)
    raise reason


def open_new(path: Path, mode: int = PRIVATE_MODE) -> int:
    """Open a new and empty file in the place of what is there; returns its descriptor.

    Whoever still writes to the file that was there does so without harm to the new one.

    Raises
    ------
    OSError
        If that cannot be done.
    """
    descriptor = descriptor_of(path)
    if descriptor is not None:
        return os.dup(descriptor)
    real = os.path.realpath(path)
    found = _status(real)
    if found is not None and not stat.S_ISREG(found.st_mode):
        return _open_stream(real, found)
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0)
    try:
        _replace(real, b"", None, mode)
    except OSError as err:
        if found is None or err.errno not in _CANNOT_REPLACE:
            raise
        return os.open(real, flags | os.O_TRUNC)
    return os.open(real, flags)


def check_place(path: Path) -> None:
    """Try whether a file could be saved now; leaves nothing behind.

    Raises
    ------
    OSError
        If it could not.
    """
    if descriptor_of(path) is not None:
        return
    real = os.path.realpath(path)
    found = _status(real)
    if found is not None and not stat.S_ISREG(found.st_mode):
        return
    try:
        os.unlink(_write_beside(real, _TRIAL, None, PRIVATE_MODE))
    except OSError as err:
        if found is None or err.errno not in _CANNOT_REPLACE:
            raise
        os.close(os.open(real, os.O_RDWR))


def descriptor_of(path: Path) -> int | None:
    """Return the open descriptor of this process that a path such as ``/dev/stdout`` leads to."""
    text = os.path.abspath(path)
    for _ in range(_MAX_LINKS):
        folder, name = os.path.split(text)
        folder = os.path.realpath(folder)
        if _DESCRIPTORS.fullmatch(folder) and name.isdigit():
            is_own = folder == "/dev/fd" or folder.split("/")[2] == str(os.getpid())
            return int(name) if is_own and _is_open(int(name)) else None
        if not os.path.islink(text):
            return None
        text = os.path.join(folder, os.readlink(text))
    return None


def is_stream(path: Path) -> bool:
    """Return whether what is written to a path goes through it: a pipe, a device, a descriptor."""
    if descriptor_of(path) is not None:
        return True
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def is_devnull(path: Path) -> bool:
    """Return whether a path leads to the null device, which any number of files may go to."""
    try:
        return os.path.samefile(path, os.devnull)
    except OSError:
        return False


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _status(path: str) -> os.stat_result | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not os.access(path, os.W_OK, effective_ids=_EFFECTIVE):  # replacing it would not ask
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    return found


def _replace(path: str, data: bytes, like: os.stat_result | None, mode: int | None) -> None:
    name = _write_beside(path, data, like, mode)
    try:
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _write_beside(path: str, data: bytes, like: os.stat_result | None, mode: int | None) -> str:
    """Write a temporary file in the folder of another one; returns its path."""
    folder = os.path.dirname(path)
    created = PRIVATE_MODE if like is not None else 0o666 if mode is None else mode
    name = os.path.join(folder, f".livens-{secrets.token_hex(6)}.tmp")
    number = _open_unnamed(folder, created)
    if number is not None:
        unnamed = f"/proc/self/fd/{number}"
        try:
            _fill(number, data)
            _set_status(unnamed, path, like, mode)
            # With a descriptor of a folder, which an absolute path ignores, links are followed.
            os.link(unnamed, name, src_dir_fd=0, follow_symlinks=True)
            return name
        except OSError as err:
            if err.errno not in (*_NO_UNNAMED_FILES, errno.EXDEV):
                raise
        finally:
            os.close(number)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    number = os.open(name, flags, created)
    try:
        _fill(number, data)
        _set_status(name, path, like, mode)
    except BaseException:
        os.close(number)
        os.unlink(name)
        raise
    os.close(number)
    return name


def _open_unnamed(folder: str, mode: int) -> int | None:
    """Return the descriptor of a new file without a name, where the system has such files."""
    if not hasattr(os, "O_TMPFILE"):
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR, mode)
    except OSError as err:
        if err.errno not in _NO_UNNAMED_FILES or not os.path.isdir(folder):
            raise
        return None


def _set_status(new: str, old: str, like: os.stat_result | None, mode: int | None) -> None:
    """Give a new file what it takes over, as far as its file system has such things."""
    if like is not None:
        with suppress(OSError, AttributeError):  # there are no owners on Windows
            os.chown(new, like.st_uid, like.st_gid)
        with suppress(OSError):
            shutil.copystat(old, new)
            os.utime(new)
        mode = stat.S_IMODE(like.st_mode) if mode is None else mode
    if mode is not None:
        with suppress(OSError):
            os.chmod(new, mode)


def _fill(number: int, data: bytes) -> None:
    """Write to a descriptor, and wait for the disk."""
    rest = memoryview(data)
    while rest:  # a disk that is nearly full takes a part first
        rest = rest[os.write(number, rest) :]
    try:
        os.fsync(number)
    except OSError as err:
        if err.errno not in (errno.EINVAL, errno.ENOTSUP):  # a pipe, or a device
            raise


def _overwrite(path: str, data: bytes) -> None:
    """Overwrite a file that cannot be replaced, once the disk has room for all of it.

    The room is taken by line breaks at the end, which are nothing in JSON and XML.
    """
    number = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        size = os.lseek(number, 0, os.SEEK_END)
        try:
            _fill(number, b"\n" * (len(data) - size))
        except OSError:
            os.ftruncate(number, size)
            raise
        os.lseek(number, 0, os.SEEK_SET)
        _fill(number, data)
        os.ftruncate(number, len(data))
        os.fsync(number)
    finally:
        os.close(number)


def _open_stream(path: str, found: os.stat_result) -> int:
    """Open a pipe or a device; a pipe that nobody reads is an error, and not waited for."""
    if not stat.S_ISFIFO(found.st_mode):
        return os.open(path, os.O_WRONLY)
    try:
        number = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as err:
        if err.errno != errno.ENXIO:
            raise
        raise OSError(errno.ENXIO, "no program reads this pipe", path) from None
    os.set_blocking(number, True)
    return number


def _write_to_stream(number: int, data: bytes) -> None:
    try:
        _fill(number, data)
    finally:
        os.close(number)
