"""What a kernel's process writes to its standard output and error: it is copied, through a pipe.

A process that gets the server's own log or terminal could open it anew, and read and erase it. A
pipe gives it nothing.
"""

from __future__ import annotations

import os
import re
from collections import deque
from contextlib import suppress
from threading import Thread

MOST_BYTES = 1_000_000
"""How much of one kernel is copied; a loop must not fill the server's log."""


_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")
"""What could command the terminal that the log is shown in."""


class CopiedOutput:
    """Copies a pipe into a file descriptor, in a thread that ends with the pipe.

    Parameters
    ----------
    target : int
        Where it goes; stays open.

    Attributes
    ----------
    write_end : int
        What the process gets; `started` closes it here.
    """

    def __init__(self, target: int) -> None:
        self._read_end, self.write_end = os.pipe()
        self._target = target
        self._last: deque[bytes] = deque(maxlen=20)
        self._thread = Thread(target=self._copy, name="livens-sandbox-output", daemon=True)

    def started(self) -> None:
        """Begin to copy, when the process has the other end."""
        os.close(self.write_end)
        self._thread.start()

    def close(self) -> str:
        """Wait until the process has closed it, for a second; returns the last of it."""
        if self._thread.ident is None:
            os.close(self.write_end)
            os.close(self._read_end)
        else:
            self._thread.join(1.0)
        return b"".join(self._last).decode(errors="replace").strip()[-1000:]

    def _copy(self) -> None:
        left = MOST_BYTES
        while read := os.read(self._read_end, 65536):
            data = _CONTROL.sub(b"?", read)
            self._last.append(data[-1000:])
            with suppress(OSError):  # a log that is gone; the process must not wait for it
                if left > 0:
                    os.write(self._target, data[:left])
                    left -= len(data)
                    if left <= 0:
                        os.write(self._target, b"\n[More output of this kernel is left out.]\n")
        os.close(self._read_end)
