"""Moments in code that keeps the event loop busy.

Where there are no threads, no timer fires while the user's code computes. There are two ways to be
called all the same, and each is good at what the other is bad at.

In Pyodide, CPython asks for signals at each fiftieth jump or call (`livens.kernel.ticks`).
That costs fast loops nothing that could be measured, and functions are seen as well. But fifty
rounds of half a second each are a long time.

CPython tells, for single code objects, each jump backwards (`sys.monitoring`, the event ``JUMP``).
This is asked for in statements of the user's at the top level. The callback takes longer than the
round of a bare loop. So where there are signals a jump is told only as long as its rounds are slow:
the first fast one switches it off, and the next signal on again. Where there are none, all jumps
are told, and the time is asked for each few of them.

A statement's beginning is such a moment too. Who wants to know what a statement stored is told of
its end: a shell that is not ours says nothing of the statements of a cell.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from inspect import CO_OPTIMIZED
from threading import get_ident
from types import CodeType
from typing import Any
from weakref import WeakValueDictionary

from livens.kernel.ticks import Ticks
from livens.watching.bytecode import has_loop

_MOST_JUMPS = 32
"""So many jumps may pass before the time is asked for; fewer if they take long."""

_OFTEN_S = 0.001
"""The time is asked for about once in so long. A round that takes longer is slow."""

_monitoring: Any = getattr(sys, "monitoring", None)
"""Of Python 3.12 and later; every Pyodide that livens runs in has it."""

_TOOLS = (4, 3)
"""The ids that no tool of a known kind has (`sys.monitoring`): the first that is free is taken."""


OnStatement = Callable[[CodeType], None]


class LoopEvents:
    """Calls a function now and then while code runs that is in a namespace.

    It is called on the thread that called `start`; what other threads run is left alone.

    Parameters
    ----------
    look : callable
        Called in the middle of the user's code. What it raises is raised there.
    namespace : dict
        The globals of the code that is meant.
    clock : callable
        Seconds.
    ticks : Ticks, optional
        The signals; those of this process by default.
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
        ticks: Ticks | None = None,
        *,
        started: OnStatement | None = None,
        ended: OnStatement | None = None,
    ) -> None:
        self._look, self._namespace, self._clock = look, namespace, clock
        self._started, self._ended = started, ended
        self._ticks = ticks or Ticks(self._ticked)
        self._has_ticks = False
        self._tool: int | None = None
        self._thread = 0
        # Kept here, for when Python ends and this module has gone.
        self._disable = _monitoring and _monitoring.DISABLE
        self._in_function = CO_OPTIMIZED
        self._code: CodeType | None = None
        self._codes: WeakValueDictionary[int, CodeType] = WeakValueDictionary()

    def start(self) -> bool:
        """Begin; returns whether there is any way to be called."""
        self._has_ticks = self._ticks.start()
        monitoring = _monitoring
        if self._tool is None and monitoring is not None:
            free = [tool for tool in _TOOLS if monitoring.get_tool(tool) is None]
            if free:
                tool = self._tool = free[0]
                self._thread = get_ident()
                monitoring.use_tool_id(tool, "livens")
                events = monitoring.events
                monitoring.register_callback(tool, events.PY_START, self._code_starts)
                monitoring.register_callback(tool, events.PY_RETURN, self._code_ends)
                monitoring.set_events(tool, events.PY_START)
                # Code that started under this id before was told to be of no interest.
                monitoring.restart_events()
        return self._has_ticks or self._tool is not None

    def stop(self) -> None:
        """End; loops that run go on without it."""
        self._ticks.stop()
        tool, self._tool, self._code = self._tool, None, None
        if tool is not None:
            events = _monitoring.events
            _monitoring.set_events(tool, events.NO_EVENTS)
            for code in list(self._codes.values()):  # they would tell the next tool of this id
                _monitoring.set_local_events(tool, code, events.NO_EVENTS)
            self._codes.clear()
            for event in (events.PY_START, events.PY_RETURN, events.JUMP):
                _monitoring.register_callback(tool, event, None)
            _monitoring.free_tool_id(tool)

    def _code_starts(self, code: CodeType, offset: int) -> object:
        """Have a statement's jumps and its end told; of other code, nothing is asked again."""
        if not code.co_flags & self._in_function and self._tool is not None:
            frame = sys._getframe(1)
            if frame.f_code is code and frame.f_globals is self._namespace:
                if get_ident() != self._thread:
                    return None  # this thread may run it as well, later
                self._statement_starts(code)
        return self._disable

    def _statement_starts(self, code: CodeType) -> None:
        monitoring, events = _monitoring, _monitoring.events
        self._code = code if has_loop(code) else None
        if self._code is not None:
            # Anew for each statement: how fast the loops of another were says nothing.
            callback = self._slow_jumps() if self._has_ticks else self._jump_counter()
            monitoring.register_callback(self._tool, events.JUMP, callback)
        wanted = self._wanted(code)
        if wanted:
            monitoring.set_local_events(self._tool, code, wanted)
            self._codes[id(code)] = code
        if self._started is not None:
            self._started(code)
            self._look()

    def _wanted(self, code: CodeType) -> int:
        """Return the events that are to be told of a statement."""
        events = _monitoring.events
        wanted: int = events.NO_EVENTS
        if code is self._code:
            wanted |= events.JUMP
        if self._ended is not None:
            wanted |= events.PY_RETURN
        return wanted

    def _code_ends(self, code: CodeType, offset: int, value: object) -> None:
        if self._ended is not None and get_ident() == self._thread:
            self._ended(code)

    def _ticked(self) -> None:
        """Look, and see anew whether the rounds of the statement that runs have become slow."""
        code = self._code
        if self._tool is not None and code is not None:
            for wanted in (_monitoring.events.NO_EVENTS, self._wanted(code)):
                _monitoring.set_local_events(self._tool, code, wanted)
        self._look()

    def _slow_jumps(self) -> Callable[[CodeType, int, int], object]:
        """Return what is called for each jump as long as rounds are slow."""
        look, clock, disable, thread = self._look, self._clock, self._disable, self._thread
        last = float("-inf")

        def jumped(code: CodeType, offset: int, destination: int) -> object:
            nonlocal last
            now = clock()
            round_s, last = now - last, now
            if round_s < _OFTEN_S:
                return disable
            if get_ident() == thread:
                look()
            last = clock()
            return None

        return jumped

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
