"""All that is asked, by the names that ``--only`` takes."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import cells, flood, footprint, latency, memory, micro, speed
from benchmarks.figures import Figure
from benchmarks.rounds import Plan

Question = Callable[[Plan], list[Figure]]
"""Measures what the plan asks for."""

QUESTIONS: dict[str, Question] = {
    "code": speed.user_code,
    "frames": speed.frames,
    "timeit": speed.timeit_readings,
    "cell": cells.small_cell,
    "many": cells.many_variables,
    "changes": cells.changes,
    "subscribers": cells.subscribers,
    "first": latency.first_statement,
    "busy": latency.busy_loop,
    "big": memory.big_values,
    "peaks": memory.peaks,
    "start": footprint.start,
    "there": footprint.being_there,
    "flood": flood.flood,
    "parts": micro.timed,
}

NOT_QUICK = frozenset({"frames", "parts"})
"""What a first look leaves out, unless it is asked for by name."""

NOT_AGAINST = frozenset({"parts"})
"""What has no kernel, so that an earlier commit's cannot run beside it: left out likewise."""
