"""Moments in loops: whose, on which thread, and what is left behind; from Python 3.12 on."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from embeddings import Told

from livens.kernel.embedding import Embedding, Process
from livens.kernel.loop_events import LoopEvents

LOOP = "for n in range(1000): pass"


class Looks:
    """What is called in the middle of loops."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        self.count = 0
        self.events = LoopEvents(self, self.namespace)

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def looks() -> Iterator[Looks]:
    """Return looks that have begun."""
    made = Looks()
    assert made.events.start()
    yield made
    made.events.stop()


def test_loops_of_the_namespace_are_seen(looks: Looks) -> None:
    """Those of others are not, nor those in functions."""
    exec(LOOP, {})
    exec(f"def f():\n    {LOOP}\nf()", looks.namespace)
    assert looks.count == 0
    exec(LOOP, looks.namespace)
    assert 0 < looks.count <= 1000


def test_code_that_ran_before_is_seen_after_a_new_start(looks: Looks) -> None:
    """The very same code object, as a program may run it again and again."""
    code = compile(LOOP, "<code>", "exec")
    exec(code, looks.namespace)
    looks.events.stop()
    before = looks.count
    exec(code, looks.namespace)
    assert looks.count == before
    assert looks.events.start()
    exec(code, looks.namespace)
    assert looks.count > before


def test_other_threads_are_left_alone(looks: Looks) -> None:
    """A look is for the thread of the event loop; later this thread runs the same code."""
    code = compile(LOOP, "<code>", "exec")
    thread = threading.Thread(target=exec, args=(code, looks.namespace))
    thread.start()
    thread.join(20)
    assert looks.count == 0
    exec(code, looks.namespace)
    assert looks.count > 0


def test_tools_of_others_keep_their_ids() -> None:
    """Without a free one there are no events, and nothing fails."""
    monitoring = sys.monitoring
    for tool in (3, 4):
        monitoring.use_tool_id(tool, "other")
    try:
        looks = Looks()
        assert not looks.events.start()
        exec(LOOP, looks.namespace)
        looks.events.stop()
        assert looks.count == 0
        assert [monitoring.get_tool(tool) for tool in (3, 4)] == ["other"] * 2
        monitoring.free_tool_id(3)
        assert looks.events.start()
        assert monitoring.get_tool(3) == "livens"
        looks.events.stop()
        assert [monitoring.get_tool(tool) for tool in (3, 4)] == [None, "other"]
    finally:
        for tool in (3, 4):
            if monitoring.get_tool(tool) == "other":
                monitoring.free_tool_id(tool)


def test_code_is_left_without_events(looks: Looks) -> None:
    """The next tool of the same id would be told of it."""
    code = compile(LOOP, "<code>", "exec")
    exec(code, looks.namespace)
    looks.events.stop()
    monitoring = sys.monitoring
    told: list[object] = []
    monitoring.use_tool_id(4, "next")
    try:
        monitoring.register_callback(4, monitoring.events.JUMP, lambda *args: told.append(args))
        exec(code, looks.namespace)
    finally:
        monitoring.register_callback(4, monitoring.events.JUMP, None)
        monitoring.free_tool_id(4)
    assert told == []


def test_what_a_look_raises_is_raised_in_the_loop() -> None:
    """A rule stops it so."""

    def stop() -> None:
        raise KeyboardInterrupt("why")

    namespace: dict[str, Any] = {}
    events = LoopEvents(stop, namespace)
    assert events.start()
    try:
        with pytest.raises(KeyboardInterrupt, match="why"):
            exec("n = 0\nwhile True: n += 1", namespace)
    finally:
        events.stop()


def test_busy_loop_of_others_code_is_seen() -> None:
    """No timer fires meanwhile: the loop's own jumps lend a moment."""
    namespace: dict[str, Any] = {"told": (told := Told()), "enough": 3}

    async def main() -> None:
        connection = Embedding(namespace).connect(told)
        exec("n = 0\nwhile len(told.previews('n')) < enough:\n    n += 1", namespace)
        connection.close()

    asyncio.run(main())
    seen = [int(preview) for preview in told.previews("n")]
    assert len(seen) >= 3
    assert seen == sorted(set(seen))
    assert sys.monitoring.get_tool(4) is None


def test_process_tells_runs_and_lines() -> None:
    """It runs the code itself, so that it knows what changed what."""
    told = Told()

    async def main() -> dict[str, Any]:
        process = Process()
        connection = process.connect(told)
        await process.run("for n in range(3):\n    last = n", "mine")
        outcome: dict[str, Any] = json.loads(await process.run("n + 1"))
        connection.close()
        return outcome

    assert asyncio.run(main()) == {"status": "ok", "execution_count": 2, "result": "3"}
    updates = [m["params"] for m in told.messages if m.get("method") == "update"]
    assert updates[-1]["cell"]["running"] is False
    changed = {v["name"]: v for update in updates for v in update.get("changed", ())}
    assert changed["last"]["changed_by"] == {"execution_count": 1, "line": 2}
    assert {update["cell"]["msg_id"] for update in updates if "cell" in update} >= {"mine"}
