"""What holds the kernel's memory: its variables, the largest first, beside the process's own."""

from __future__ import annotations

import time
from typing import Any

from livens.exceptions import TookTooLong
from livens.kernel.environment import memory_bytes, peak_memory_bytes
from livens.kernel.timed_work import Answer, TimedWork
from livens.protocol.memory_requests import HeldMemory, Memory, MemoryParams
from livens.values.held_sizes import held
from livens.values.passive import class_name
from livens.watching.view import View

_PAUSE_S = 0.002
"""After each few thousand objects the user's code may have the GIL for so long."""

_SHARE = 0.9
"""The part of the client's time after which the rest is left unmeasured."""


def memory(view: View, params: MemoryParams, answer: Answer) -> TimedWork:
    """Return the work to measure the variables, to be started in a thread of its own."""
    late = TookTooLong(
        f"Measuring took longer than {params.timeout_ms} ms", remedy="Ask with a larger timeout_ms."
    )
    ends = time.monotonic() + params.timeout_ms / 1000 * _SHARE
    working: TimedWork

    def data_bytes(value: object) -> int | None:
        return view.describe_child("", [["name", ""]], value).nbytes

    def work() -> Memory:
        names = view.variable_names()
        namespace = view.namespace
        found: list[HeldMemory] = []
        same: dict[int, list[str]] = {}
        for name in names:
            if name in namespace:
                same.setdefault(id(namespace[name]), []).append(name)
        unmeasured = 0
        for name in names:
            if name not in namespace:
                continue
            if working.is_over() or time.monotonic() > ends:
                unmeasured += 1
                continue
            value = namespace[name]
            size = held(value, data_bytes, pause=lambda: time.sleep(_PAUSE_S))
            others = [other for other in same[id(value)] if other != name]
            cls = class_name(type(value))
            found.append(HeldMemory(name, cls, size.nbytes, size.is_all, others))
            del value
        found.sort(key=_largest_first)
        return Memory(
            found[: params.limit], len(names), unmeasured, memory_bytes(), peak_memory_bytes()
        )

    working = TimedWork("livens-memory", work, params.timeout_ms, late, answer)
    return working


def _largest_first(one: HeldMemory) -> tuple[Any, ...]:
    return (-one.nbytes, one.name)
