"""Where the words of livens go: to the kernel's log, never into the notebook.

In a kernel `sys.stderr` is the running cell's output, and what writes to file descriptor 2 lands
there too (``ipykernel/iostream.py``, ``_setup_stream_redirects``). A logger without a handler of
its own writes to `sys.stderr`, or to whatever the user gave `logging.basicConfig`. So the logger
``livens`` gets one handler that hands its records to those of the kernel's application, whose
streams ipykernel keeps on the real stderr, and passes nothing on to the root logger.

No other logger is touched: how the user's code logs is the user's.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import Any

_ROOT = "livens"


class KernelLog(logging.Handler):
    """Hand records to the handlers of a kernel's own log.

    Parameters
    ----------
    log : logging.Logger or LoggerAdapter, optional
        The kernel's; None where there is no kernel, as in a terminal.
    """

    def __init__(self, log: Any = None) -> None:
        super().__init__()
        self._log = getattr(log, "logger", log)
        self._fallback: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Hand over one record; says nothing about a log that cannot be written to."""
        try:
            if self._log is not None and not self._log.isEnabledFor(record.levelno):
                return
            text = self.format(record)
            for handler in self._handlers():
                if record.levelno >= handler.level:
                    handler.handle(_plain(record, text, self._logger_name(record), handler))
        except Exception:  # noqa: BLE001 - a border: what is wrong with a log is no matter of a cell
            return

    def _logger_name(self, record: logging.LogRecord) -> str:
        return record.name if self._log is None else str(self._log.name)

    def _handlers(self) -> list[logging.Handler]:
        """Return the kernel's handlers, with another for those that write into the notebook."""
        handlers = [] if self._log is None else list(self._log.handlers)
        kept = [each for each in handlers if not _is_captured(each)]
        if self._log is not None and len(kept) == len(handlers):
            return kept
        if self._fallback is None:
            self._fallback = _to_real_stderr()
        return [*kept, self._fallback]


def _is_captured(handler: logging.Handler) -> bool:
    """Return whether a handler writes to what ipykernel publishes as a cell's output."""
    stream = getattr(handler, "stream", None)
    return stream is not None and hasattr(stream, "pub_thread")


def _to_real_stderr() -> logging.Handler:
    """Return a handler for the stderr that the process was started with."""
    kept = getattr(sys.stderr, "_original_stdstream_copy", None)  # ipykernel moved fd 2 away
    if type(kept) is int:
        raw = io.FileIO(os.dup(kept), "w")
        stream: Any = io.TextIOWrapper(raw, errors="backslashreplace", line_buffering=True)
    else:
        stream = sys.__stderr__
    if stream is None:
        return logging.NullHandler()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("[%(name)s] %(levelname)s | %(message)s"))
    return handler


def _plain(
    record: logging.LogRecord, text: str, name: str, handler: logging.Handler
) -> logging.LogRecord:
    """Make a record of a text that the handler's stream can write.

    A handler that cannot write prints a traceback to `sys.stderr`: into the running cell.
    """
    encoding = getattr(getattr(handler, "stream", None), "encoding", None) or "utf-8"
    text = text.encode(encoding, "backslashreplace").decode(encoding)
    return logging.LogRecord(name, record.levelno, record.pathname, record.lineno, text, None, None)


def install(log: Any = None) -> KernelLog:
    """Send all that livens logs in this process to the kernel's log.

    Parameters
    ----------
    log : logging.Logger or LoggerAdapter, optional
        The kernel's; None where there is no kernel.

    Returns
    -------
    KernelLog
        To hand to `remove`.

    Examples
    --------
    >>> words = io.StringIO()
    >>> log = logging.Logger("kernel")
    >>> log.addHandler(logging.StreamHandler(words))
    >>> handler = install(log)
    >>> logging.getLogger("livens.example").warning("Variable %r", "\\udcff")
    >>> remove(handler)
    >>> words.getvalue()
    "Variable '\\\\udcff'\\n"
    """
    logger = logging.getLogger(_ROOT)
    for old in [each for each in logger.handlers if isinstance(each, KernelLog)]:
        logger.removeHandler(old)  # a kernel in the same process before this one
    handler = KernelLog(log)
    logger.addHandler(handler)
    logger.propagate = False
    return handler


def remove(handler: KernelLog) -> None:
    """Leave the logger ``livens`` as it was."""
    logger = logging.getLogger(_ROOT)
    if handler in logger.handlers:
        logger.removeHandler(handler)
        logger.propagate = True
