"""The file of a record: writing its lines so that they survive, and reading them.

Without compression every line is handed to the operating system at once, so that killing the
process loses nothing. A file whose name ends in ``.gz`` is compressed, and what was written is
handed over when the cell has ended: cut off, it can be read up to the last `RecordFile.sync`.

Nobody who runs cells waits for the disk. A thread does, for one cell behind at the most: when the
next cell ends, the one before is safe. The thread belongs to the file and ends with it.
"""

from __future__ import annotations

import errno
import os
import stat
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from livens.exceptions import RecordFailed, RecordUnreadable
from livens.recording.saving import PRIVATE_MODE, descriptor_of, open_new, save_elsewhere

GZIP_BITS = 31
"""The window of `zlib`, and 16 for the header of gzip."""

CHUNK_BYTES = 1 << 20

MAX_LINE_BYTES = 64_000_000
"""No line of a record is longer: the largest policy that makes sense fits twice."""


class RecordFile:
    """A record's file, which `livens.recording.timeline` writes to.

    Parameters
    ----------
    path : Path
        The place. A new file takes the place of what is there.
    mode : int, optional
        The permission bits; by default it is for its owner only.

    Attributes
    ----------
    kept_at : Path, optional
        Where the record was saved when it ended, if it was no longer in its place.

    Raises
    ------
    RecordFailed
        By everything here: the message names the file and what to do.
    """

    def __init__(self, path: Path, mode: int = PRIVATE_MODE) -> None:
        self.path = path
        self.kept_at: Path | None = None
        self._gzip = zlib.compressobj(wbits=GZIP_BITS) if path.suffix == ".gz" else None
        self._place = os.path.realpath(path)  # another working directory changes nothing
        try:
            self._file = open(open_new(path, mode), "wb", buffering=0)  # noqa: SIM115
        except OSError as err:
            raise self._failed(err) from None
        _lock(self._file)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="livens-record")
        self._syncing: Future[None] | None = None

    def write(self, data: bytes) -> None:
        """Add a line."""
        self._write_all(self._gzip.compress(data) if self._gzip is not None else data)

    def sync(self) -> None:
        """Hand everything over, and have the thread wait for the disk.

        Waits itself until what was handed over by the call before is on the disk.
        """
        if self._gzip is not None:
            self._write_all(self._gzip.flush(zlib.Z_SYNC_FLUSH))
        self._wait_for_thread()
        self._syncing = self._thread.submit(self._wait_for_disk)

    def close(self) -> None:
        """End the file, when everything is on the disk; it can be called twice."""
        if self._file.closed:
            return
        try:
            self._wait_for_thread()
        finally:
            self._thread.shutdown()
            self._close()

    def _close(self) -> None:
        try:
            if self._gzip is not None:
                self._write_all(self._gzip.flush())
            self._keep()
        finally:
            self._file.close()

    def _keep(self) -> None:
        """Save the record elsewhere if its folder has vanished, or another file has its place."""
        status = os.fstat(self._file.fileno())
        if not stat.S_ISREG(status.st_mode) or descriptor_of(self.path) is not None:
            return
        with suppress(OSError):
            if os.path.samestat(status, os.stat(self._place)):
                return
        try:
            self._file.seek(0)
            with open(os.dup(self._file.fileno()), "rb") as whole:
                self.kept_at = save_elsewhere(self.path, whole.read())
        except OSError as err:
            raise self._failed(err) from None

    def _wait_for_thread(self) -> None:
        syncing, self._syncing = self._syncing, None
        if syncing is not None:
            syncing.result()  # raises what went wrong there

    def _wait_for_disk(self) -> None:
        try:
            os.fsync(self._file.fileno())
        except OSError as err:
            if err.errno not in (errno.EINVAL, errno.ENOTSUP):  # a pipe, or a device
                raise self._failed(err) from None

    def _write_all(self, data: bytes) -> None:
        try:
            while data:  # a disk that is nearly full takes a part first
                data = data[self._file.write(data) or 0 :]
        except OSError as err:
            raise self._failed(err) from None

    def _failed(self, err: OSError) -> RecordFailed:
        if isinstance(err, FileNotFoundError):
            return RecordFailed(f"No directory {self.path.parent} for the record; make it first")
        remedy = (
            "free some space"
            if err.errno in (errno.ENOSPC, errno.EDQUOT)
            else "check the directory"
        )
        return RecordFailed(
            f"The record {self.path} cannot be written: {err.strerror or err}; {remedy}, or name "
            "another place"
        )


def _lock(file: BinaryIO) -> None:
    """Lock the file while it is open, for `is_being_written`; where that cannot be, do nothing."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    with suppress(OSError):
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_being_written(path: Path) -> bool | None:
    """Return whether somebody is writing a record; None where that cannot be known."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    try:
        with open(path, "rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def read_lines(path: Path) -> Iterator[bytes]:
    """Read the lines of a file, unpacked if it is compressed; the last may be cut off.

    What is cut off comes without its line break.

    Raises
    ------
    RecordUnreadable
        If the file cannot be read, or a line has no end.
    """
    try:
        with open(path, "rb") as file:
            rest = b""
            for chunk in _unpacked(file):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line + b"\n" for line in lines)
                if len(rest) > MAX_LINE_BYTES:
                    raise RecordUnreadable(
                        f"{path} has a line of more than {MAX_LINE_BYTES // 10**6} MB; expected a "
                        "record as `jupyter livens run --record` writes it"
                    )
            if rest:
                yield rest
    except FileNotFoundError:
        raise RecordUnreadable(f"No record {path}; expected a file of --record") from None
    except (OSError, zlib.error) as err:
        raise RecordUnreadable(f"{path} cannot be read: {err}") from None


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    chunk = file.read(CHUNK_BYTES)
    if not chunk.startswith(b"\x1f\x8b"):
        while chunk:
            yield chunk
            chunk = file.read(CHUNK_BYTES)
        return
    unpack = zlib.decompressobj(wbits=GZIP_BITS)
    while chunk:
        # In pieces: what unpacks to a thousand times its size must not do so at once.
        yield unpack.decompress(chunk, CHUNK_BYTES)
        if unpack.eof:
            chunk = unpack.unused_data or file.read(CHUNK_BYTES)
            unpack = zlib.decompressobj(wbits=GZIP_BITS)
        else:
            chunk = unpack.unconsumed_tail or file.read(CHUNK_BYTES)
    yield unpack.flush()
