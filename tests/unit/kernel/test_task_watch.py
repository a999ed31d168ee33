"""What is told of a dask worker: small events, only while somebody says that he watches."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from livens.kernel.task_watch import LEASE_S, MAX_BYTES, TaskWatch, smaller
from livens.protocol.messages import Update, UpdateParams
from livens.protocol.types import Frame, Variable


def _worker() -> Any:
    return SimpleNamespace(active_threads={}, active_threads_lock=threading.Lock())


def test_lease_that_is_not_renewed_ends_the_watch() -> None:
    """A client that was killed leaves a plugin behind, which tells nothing any more."""
    now = [0.0]
    told: list[dict[str, Any]] = []
    watch = TaskWatch(_worker(), ["*"], told.append, clock=lambda: now[0])
    watch.renew()
    try:
        assert '"method":"refresh"' in told[0]["message"]
        now[0] = LEASE_S - 1
        watch.beat()
        assert "beat" in told[-1]
        watch.renew()
        now[0] += LEASE_S + 1
        del told[:]
        watch.beat()
        watch.refresh()
        assert told == []
        watch.renew()
        assert '"method":"refresh"' in told[0]["message"]
    finally:
        watch.close()


def test_short_tasks_are_not_told() -> None:
    """What runs at two looks in a row is told; a thread that has another task begins anew."""
    worker = _worker()
    watch = TaskWatch(worker, ["*"], lambda fields: None)
    worker.active_threads = {1: "long", 2: ("short", 1)}
    assert watch.tasks() == {}
    worker.active_threads = {1: "long", 2: ("short", 2)}
    assert watch.tasks() == {1: "long"}
    assert watch.tasks() == {1: "long", 2: "('short', 2)"}
    worker.active_threads = {}
    assert watch.tasks() == {}


@pytest.mark.parametrize("functions", [1, 5, 200])
def test_no_event_is_larger_than_it_may_be(functions: int) -> None:
    """Locals are left out, of functions that say so; then functions."""
    local = Variable("a_name_of_a_local", [], "text", "str", preview="é" * 60)
    frames = [
        Frame(f"function_{n}", "/a/file.py", n, "key", None, [local] * 30) for n in range(functions)
    ]
    message = Update(UpdateParams(epoch="e", seq=1, frames=frames))
    text = smaller(message)
    assert len(text) <= MAX_BYTES
    told = msgspec.json.decode(text)["params"]["frames"]
    assert told[0]["function"] == "function_0"
    assert all(frame["truncated"] for frame in told)


def test_small_message_is_sent_as_it_is() -> None:
    """Nothing is left out without need."""
    frames = [Frame("f", "", 1, variables=[Variable("x", [], "number", "int", preview="1")])]
    message = Update(UpdateParams(epoch="e", seq=1, frames=frames))
    assert msgspec.json.decode(smaller(message), type=Update).params.frames == frames
