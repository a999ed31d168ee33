"""Outputs that nobody reads any more: a closed pipe, a full disk, a terminal that was hung up.

A command that runs notebooks goes on without its output: what it writes to files counts. So the
first write that fails ends the output, and nothing else. A file descriptor that is closed from the
start (``>&-``) is opened on the null device: else the next file that is opened would get its
number, and the kernels would print into it.
"""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

_NAMES = ("stdin", "stdout", "stderr")


class UnfailingFile(io.FileIO):
    """A file whose writes never fail.

    Attributes
    ----------
    is_gone : bool
        Whether one would have: what is written since then goes nowhere.
    """

    is_gone = False

    def write(self, data: Any, /) -> int:
        """Write all of it, unless the file is gone; returns how many bytes that was."""
        rest = memoryview(data).cast("B")
        while rest and not self.is_gone:
            try:
                count = super().write(rest)
                if count is None:  # a pipe that is set not to block, and is full
                    select.select([], [self.fileno()], [])
            except OSError:
                self.is_gone = True
            else:
                rest = rest[count or 0 :]
        return memoryview(data).nbytes


@contextmanager
def unfailing_outputs() -> Iterator[None]:
    """Let nothing fail that is written to stdout and stderr meanwhile."""
    _open_closed_descriptors()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_unfailing, before)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        sys.stdout, sys.stderr = before


def is_gone(stream: TextIO) -> bool:
    """Return whether nobody gets any more what is written to a stream."""
    raw = _raw(stream)
    return isinstance(raw, UnfailingFile) and raw.is_gone


def _raw(stream: TextIO) -> Any:
    """Return the file of a stream; where Python does not buffer (``-u``), it is the buffer."""
    buffer = getattr(stream, "buffer", None)
    return getattr(buffer, "raw", buffer)


def _unfailing(stream: TextIO) -> TextIO:
    """Return a stream to the same file; what is no file, or a console of Windows, stays."""
    raw = _raw(stream)
    if type(raw) is not io.FileIO:
        return stream
    with suppress(OSError):  # as when the interpreter ends: what was printed before stays first
        stream.flush()
    file = UnfailingFile(raw.fileno(), "w", closefd=False)
    is_buffered = raw is not getattr(stream, "buffer", None)
    return io.TextIOWrapper(
        io.BufferedWriter(file) if is_buffered else file,
        encoding=stream.encoding,
        # Previews are anybody's text: an output that cannot show a character must not end us.
        errors="backslashreplace",
        line_buffering=getattr(stream, "line_buffering", True),
        write_through=getattr(stream, "write_through", False),
    )


def _open_closed_descriptors() -> None:
    for number, name in enumerate(_NAMES):
        try:
            os.fstat(number)
        except OSError:
            mode = "r" if name == "stdin" else "w"
            opened = os.open(os.devnull, os.O_RDONLY if name == "stdin" else os.O_WRONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)  # the kernels have it too
            if getattr(sys, name) is None:
                setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: SIM115
