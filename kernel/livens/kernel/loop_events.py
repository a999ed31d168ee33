"""Moments in code that keeps the event loop busy: where its loops jump back.

Where there are no threads, no timer fires while the user's code computes. CPython tells, for
single code objects, each jump backwards (`sys.monitoring`, the event ``JUMP``): of a statement of
the user's at the top level that is a moment in which the watcher may look. Functions are left
alone: their loops run as fast as ever, and what they store is seen when the statement goes on.

A jump that asks nothing else costs half a tenth of a microsecond; to ask for the time costs five
times as much, so that is done each few jumps, or each one if they are slow.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from threading import get_ident
from types import CodeType
from typing import Any
from weakref import WeakValueDictionary

_MOST_JUMPS = 32
"""So many jumps may pass before the time is asked for; fewer if they take long."""

_OFTEN_S = 0.001
"""The time is asked for about once in so long."""

_monitoring: Any = getattr(sys, "monitoring", None)
"""Of Python 3.12 and later; every Pyodide that livens runs in has it."""

_TOOLS = (4, 3)
"""The ids that no tool of a known kind has (`sys.monitoring`): the first that is free is taken."""


class LoopEvents:
    """Calls a function now and then while statements of a namespace run loops.

    It is called on the thread that called `start`; what other threads run is left alone.

    Parameters
    ----------
    look : callable
        Called in the middle of the user's code. What it raises is raised there.
    namespace : dict
        The globals of the code that is meant.
    clock : callable
        Seconds.

    Examples
    --------
    >>> looks, namespace = [], {}
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
    ) -> None:
        self._look, self._namespace, self._clock = look, namespace, clock
        self._tool: int | None = None
        self._thread = 0
        self._disable = _monitoring and _monitoring.DISABLE  # also when this module has gone
        self._codes: WeakValueDictionary[int, CodeType] = WeakValueDictionary()

    def start(self) -> bool:
        """Begin; returns whether there was an id for it among those that tools may have."""
        monitoring = _monitoring
        if self._tool is None and monitoring is not None:
            free = [tool for tool in _TOOLS if monitoring.get_tool(tool) is None]
            if free:
                tool = self._tool = free[0]
                self._thread = get_ident()
                monitoring.use_tool_id(tool, "livens")
                start = monitoring.events.PY_START
                monitoring.register_callback(tool, start, self._code_starts)
                monitoring.set_events(tool, start)
                # Code that started under this id before was told to be of no interest.
                monitoring.restart_events()
        return self._tool is not None

    def stop(self) -> None:
        """End; loops that run go on without it."""
        tool, self._tool = self._tool, None
        if tool is not None:
            events = _monitoring.events
            _monitoring.set_events(tool, events.NO_EVENTS)
            for code in list(self._codes.values()):  # they would tell the next tool of this id
                _monitoring.set_local_events(tool, code, events.NO_EVENTS)
            self._codes.clear()
            for event in (events.PY_START, events.JUMP):
                _monitoring.register_callback(tool, event, None)
            _monitoring.free_tool_id(tool)

    def _code_starts(self, code: CodeType, offset: int) -> object:
        """Have a statement's jumps told; of any other code, nothing is asked again."""
        if code.co_name == "<module>" and self._tool is not None:
            frame = sys._getframe(1)
            if frame.f_code is code and frame.f_globals is self._namespace:
                if get_ident() != self._thread:
                    return None  # this thread may run it as well, later
                monitoring = _monitoring
                jump = monitoring.events.JUMP
                # Anew for each statement: how fast the loops of another were says nothing.
                monitoring.register_callback(self._tool, jump, self._jump_counter())
                monitoring.set_local_events(self._tool, code, jump)
                self._codes[id(code)] = code
        return self._disable

    def _jump_counter(self) -> Callable[[CodeType, int, int], None]:
        """Return what is called for each jump; by closure, which takes half as long."""
        look, clock, thread = self._look, self._clock, self._thread
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
            if get_ident() == thread:
                look()

        return jumped
