"""Moments in code that keeps the event loop busy: where its loops jump back.

Where there are no threads, no timer fires while the user's code computes. CPython tells, for single
code objects, each jump backwards (`sys.monitoring`, the event ``JUMP``): of a statement of the
user's at the top level that is a moment in which the watcher may look. Functions are left alone:
their loops run as fast as ever, and what they store is seen when the statement goes on.

A statement's beginning is such a moment too. Who wants to know what a statement stored is told of
its end: a shell that is not ours says nothing of the statements of a cell
(`livens.kernel.loop_kernel`).

A jump that asks nothing else costs half a tenth of a microsecond; to ask for the time costs five
times as much, so that is done each few jumps, or each one if they are slow.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from inspect import CO_OPTIMIZED
from types import CodeType
from typing import Any

_MOST_JUMPS = 32
"""So many jumps may pass before the time is asked for; fewer if they take long."""

_OFTEN_S = 0.001
"""The time is asked for about once in so long."""

_monitoring: Any = getattr(sys, "monitoring", None)
"""Of Python 3.12 and later; every Pyodide that livens runs in has it."""

_TOOLS = range(5, 2, -1)
"""The ids that no tool of a known kind has (`sys.monitoring`): the first that is free is taken."""


OnStatement = Callable[[CodeType], None]


class LoopEvents:
    """Calls a function now and then while statements of a namespace run loops.

    Parameters
    ----------
    look : callable
        Called in the middle of the user's code. What it raises is raised there.
    namespace : dict
        The globals of the code that is meant.
    clock : callable
        Seconds.
    started, ended : callable, optional
        Called with the code of each statement: when it begins, and when it has run to its end, not
        when it raises. What they raise is raised there.

    Examples
    --------
    >>> looks, namespace = [], {"n": None}
    >>> events = LoopEvents(lambda: looks.append(namespace["n"]), namespace)
    >>> has_begun = events.start()  # not in Python 3.11
    >>> exec("for n in range(1000): pass", namespace)
    >>> events.stop()
    >>> (0 < len(looks) <= 1000) is has_begun
    True
    """

    def __init__(
        self,
        look: Callable[[], None],
        namespace: dict[str, Any],
        clock: Callable[[], float] = time.perf_counter,
        *,
        started: OnStatement | None = None,
        ended: OnStatement | None = None,
    ) -> None:
        self._look, self._namespace, self._clock = look, namespace, clock
        self._started, self._ended = started, ended
        self._tool: int | None = None

    def start(self) -> bool:
        """Begin; returns whether there was an id for it among those that tools may have."""
        monitoring = _monitoring
        if self._tool is None and monitoring is not None:
            for tool in _TOOLS:
                if monitoring.get_tool(tool) is None:
                    monitoring.use_tool_id(tool, "livens")
                    self._tool = tool
                    events = monitoring.events
                    monitoring.register_callback(tool, events.PY_START, self._code_starts)
                    monitoring.register_callback(tool, events.PY_RETURN, self._code_ends)
                    monitoring.set_events(tool, events.PY_START)
                    # What started before, without us, was told to be of no interest.
                    monitoring.restart_events()
                    break
        return self._tool is not None

    def stop(self) -> None:
        """End; loops that run go on without it."""
        tool, self._tool = self._tool, None
        if tool is not None:
            events = _monitoring.events
            _monitoring.set_events(tool, events.NO_EVENTS)
            for event in (events.PY_START, events.PY_RETURN, events.JUMP):
                _monitoring.register_callback(tool, event, None)
            _monitoring.free_tool_id(tool)

    def _code_starts(self, code: CodeType, offset: int) -> object:
        """Have a statement's jumps and its end told; of other code, nothing is asked again."""
        if not code.co_flags & CO_OPTIMIZED and self._tool is not None:
            frame = sys._getframe(1)
            if frame.f_code is code and frame.f_globals is self._namespace:
                self._statement_starts(code)
        return _monitoring.DISABLE

    def _statement_starts(self, code: CodeType) -> None:
        monitoring, tool = _monitoring, self._tool
        events = monitoring.events
        # Anew for each statement: how fast the loops of another were says nothing.
        monitoring.register_callback(tool, events.JUMP, self._jump_counter())
        wanted = events.JUMP if self._ended is None else events.JUMP | events.PY_RETURN
        monitoring.set_local_events(tool, code, wanted)
        if self._started is not None:
            self._started(code)
        self._look()

    def _code_ends(self, code: CodeType, offset: int, value: object) -> None:
        if self._ended is not None:
            self._ended(code)

    def _jump_counter(self) -> Callable[[CodeType, int, int], None]:
        """Return what is called for each jump; by closure, which takes half as long."""
        look, clock = self._look, self._clock
        left = many = 1
        last = 0.0

        def jumped(code: CodeType, offset: int, destination: int) -> None:
            nonlocal left, many, last
            left -= 1
            if left:
                return
            now = clock()
            many = min(2 * many, _MOST_JUMPS) if now - last < _OFTEN_S else 1
            left, last = many, now
            look()

        return jumped
