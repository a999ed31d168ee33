"""Clocks that are there on every machine.

Pyodide's Python knows no time of a thread: there is one thread, and its work is all the time that
passes.
"""

from __future__ import annotations

import time

thread_time = getattr(time, "thread_time", time.perf_counter)
"""Seconds of this thread's work; `time.perf_counter` where that is not known."""
