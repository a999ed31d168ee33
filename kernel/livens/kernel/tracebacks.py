"""Tracebacks as the user is to see them: without our frames, which the user's code did not call."""

from __future__ import annotations

from types import TracebackType

from livens.kernel.probing_compiler import ProbingCompiler
from livens.watching.cells import Cells
from livens.watching.interrupts import Interrupts
from livens.watching.namespace import MonitoredDict
from livens.watching.probes import Probes
from livens.watching.running import Running

_OUR_MODULES = frozenset(
    {
        "livens.kernel.shell",
        "livens.kernel.interpreter",
        "livens.kernel.embedding",
        "livens.kernel.loop_events",
        "livens.kernel.ticks",
        "livens.kernel.results",
        "livens.kernel.loop_kernel",
        "livens.kernel.pyodide_kernel",
        "livens.kernel.pyodide_shell",
        "livens.kernel.sleeping",
        "livens.watching.driver",
        ProbingCompiler.__module__,
        MonitoredDict.__module__,
        Cells.__module__,
        Interrupts.__module__,
        Running.__module__,
        Probes.__module__,
        "livens.watching.watcher",
    }
)


def leave_out_our_frames(exception: BaseException | None) -> None:
    """Remove the frames of the shell and the namespace from a chain of exceptions."""
    seen: set[int] = set()
    while exception is not None and id(exception) not in seen:
        seen.add(id(exception))
        current = exception.__traceback__
        while current is not None:
            following = current.tb_next
            while following is not None and _is_ours(following):
                following = following.tb_next
            current.tb_next = following
            current = following
        exception = exception.__cause__ or exception.__context__


def end_at_our_frames(traceback: TracebackType | None) -> None:
    """End a traceback where a look at the variables began in the middle of the user's code."""
    while traceback is not None:
        following = traceback.tb_next
        if following is not None and _module(following).startswith("livens."):
            traceback.tb_next = following = None
        traceback = following


def _is_ours(traceback: TracebackType) -> bool:
    return _module(traceback) in _OUR_MODULES


def _module(traceback: TracebackType) -> str:
    return str(traceback.tb_frame.f_globals.get("__name__"))
