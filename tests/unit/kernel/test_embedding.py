"""Watching without Jupyter: messages as JSON text, and an event loop that tests let run."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from livens.kernel.embedding import Connection, Embedding, Process

needs_monitoring = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="sys.monitoring, which every Pyodide has, came with 3.12"
)


class Told:
    """What a client was sent."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def __call__(self, text: str) -> None:
        self.messages.append(json.loads(text))

    def previews(self, name: str) -> list[str]:
        """Return the previews of a variable, in the order in which they were told."""
        params = [message.get("params", {}) for message in self.messages]
        changed = [p.get("changed", []) + p.get("variables", []) for p in params]
        return [v["preview"] for each in changed for v in each if v["name"] == name]

    def answer(self, request_id: int) -> dict[str, Any]:
        """Return the answer to a request."""
        return next(message for message in self.messages if message.get("id") == request_id)


def ask(connection: Connection, request_id: int, method: str, **params: Any) -> None:
    """Send a request."""
    connection.receive(json.dumps({"id": request_id, "method": method, "params": params}))


def test_values_are_told_and_set() -> None:
    """The first state comes at once; what is set is in the exact dict."""
    namespace: dict[str, Any] = {"__name__": "__main__", "x": 1}
    told = Told()

    async def main() -> None:
        embedding = Embedding(namespace)
        connection = embedding.connect(told)
        assert told.previews("x") == ["1"]
        assert told.previews("__name__") == []
        ask(connection, 1, "set", name="y", expression="[1, 2]")
        namespace["x"] = 2
        while told.previews("x") != ["1", "2"]:
            await asyncio.sleep(0)
        connection.close()

    asyncio.run(main())
    assert namespace["y"] == [1, 2]
    assert told.previews("y") == ["[1, 2]"]
    assert told.answer(1)["result"]["variable"]["name"] == "y"


@needs_monitoring
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
    assert sys.monitoring.get_tool(5) is None


@needs_monitoring
def test_process_tells_runs_and_lines() -> None:
    """It runs the code itself, so that it knows what changed what."""
    told = Told()

    async def main() -> dict[str, Any]:
        process = Process()
        process.connect(told)
        await process.run("for n in range(3):\n    last = n", "mine")
        outcome: dict[str, Any] = json.loads(await process.run("n + 1"))
        return outcome

    assert asyncio.run(main()) == {"status": "ok", "execution_count": 2, "result": "3"}
    updates = [m["params"] for m in told.messages if m.get("method") == "update"]
    assert updates[-1]["cell"]["running"] is False
    changed = {v["name"]: v for update in updates for v in update.get("changed", ())}
    assert changed["last"]["changed_by"] == {"execution_count": 1, "line": 2}
    assert {update["cell"]["msg_id"] for update in updates if "cell" in update} >= {"mine"}


def test_change_waits_for_the_run_to_end() -> None:
    """Queued changes come after it, in order; others are refused."""
    told = Told()

    async def main() -> dict[str, Any]:
        process = Process()
        connection = process.connect(told)
        process.interpreter.namespace["ask"] = lambda *a, **k: ask(connection, *a, **k)
        await process.run(
            "x = 0\nask(1, 'set', name='x', expression='5')\n"
            "ask(2, 'set', name='x', expression='6', when_busy='queue')\ninside = x"
        )
        return process.interpreter.namespace

    namespace = asyncio.run(main())
    assert (namespace["inside"], namespace["x"]) == (0, 6)
    assert told.answer(1)["error"]["code"] == -32002
    assert told.answer(2)["result"]["variable"]["name"] == "x"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", '{"id": 1}', '{"id": 1, "method": "no"}', "\0"]
)
def test_bad_messages_are_answered(text: str) -> None:
    """Nothing raises into the program that carries them."""
    told = Told()

    async def main() -> None:
        connection = Embedding({}).connect(told, text)
        connection.receive(text)
        connection.close()

    asyncio.run(main())
    assert "error" in told.messages[-1]


def test_clients_come_and_go() -> None:
    """After the last nothing is looked at, and no tool is left."""
    told = Told()

    async def main() -> int:
        embedding = Embedding({})
        for _ in range(3):
            embedding.connect(told).close()
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    if sys.version_info >= (3, 12):
        assert [sys.monitoring.get_tool(tool) for tool in (3, 4, 5)] == [None] * 3
