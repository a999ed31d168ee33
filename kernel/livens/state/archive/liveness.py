"""Which sessions still run: a process with the same number may be another one."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Iterable

import psutil

from livens.state.archive.records import Process, Session

_START_TOLERANCE_S = 2.0
"""So far apart two readings of the start of one process may be: clocks are set."""

_SILENT_FOR_S = 86_400.0
"""A session of another host that kept nothing for so long counts as ended."""


def this_process() -> Process:
    """Return what tells this process from all others.

    Examples
    --------
    >>> is_running(this_process())
    True
    """
    pid = os.getpid()
    started_at = psutil.Process(pid).create_time()
    return Process(socket.gethostname(), pid, started_at, platform.python_version())


def is_running(process: Process) -> bool | None:
    """Return whether a process runs; None if it is one of another host, which nobody can ask."""
    if process.host != socket.gethostname():
        return None
    try:
        started_at = psutil.Process(process.pid).create_time()
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
    return bool(abs(started_at - process.started_at) < _START_TOLERANCE_S)


def running(sessions: Iterable[Session], now: float) -> set[int]:
    """Return the numbers of the sessions that run, or may: their last word is not a day old."""
    found = set()
    for session in sessions:
        runs = session.ended_at is None and is_running(session.process)
        if runs is None:
            runs = (session.last_at or session.started_at) > now - _SILENT_FOR_S
        if runs:
            found.add(session.id)
    return found
