"""Watching without Jupyter: messages as JSON text, and an event loop that tests let run."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from embeddings import Told, ask

from livens.kernel.embedding import Embedding, Process


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
        connection.close()
        return process.interpreter.namespace

    namespace = asyncio.run(main())
    assert (namespace["inside"], namespace["x"]) == (0, 6)
    assert told.answer(1)["error"]["code"] == -32002
    assert told.answer(2)["result"]["variable"]["name"] == "x"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", '{"id": 1}', '{"id": 1, "method": "no"}', "\0", "[" * 5_000]
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
        assert [sys.monitoring.get_tool(tool) for tool in (3, 4)] == [None] * 2


def test_client_that_cannot_be_told_is_closed() -> None:
    """Its error reaches neither the code that runs nor the other clients."""
    told = Told()

    def broken(text: str) -> None:
        raise OSError("the page is gone")

    async def main() -> list[int]:
        process = Process()
        process.connect(broken)
        process.connect(told)
        counts = [len(process._connections)]
        assert json.loads(await process.run("x = 1"))["status"] == "ok"
        while len(process._connections) == 2:
            await asyncio.sleep(0)
        counts.append(len(process._connections))
        for connection in list(process._connections):
            connection.close()
        return counts

    assert asyncio.run(main()) == [2, 1]
    assert told.previews("x") == ["1"]


def test_timers_are_of_the_loop_that_there_was_first() -> None:
    """Code may run other loops inside of it, which end."""
    told = Told()

    async def main() -> None:
        namespace: dict[str, Any] = {"run_other": run_other}
        connection = Embedding(namespace).connect(told)
        await asyncio.sleep(0)
        connection.receive('{"id": 1, "method": "set", "params": {"name": "a", "expression": "1"}}')
        namespace["run_other"]()
        namespace["b"] = 2
        while told.previews("b") != ["2"]:
            await asyncio.sleep(0)
        connection.close()

    def run_other() -> None:
        other = threading.Thread(target=lambda: asyncio.run(asyncio.sleep(0)))
        other.start()
        other.join(20)

    asyncio.run(main())


def test_namespace_must_be_an_exact_dict() -> None:
    """Functions cannot have another for their globals."""

    class Other(dict[str, Any]):
        pass

    with pytest.raises(TypeError, match="Other, expected dict"):
        Embedding(Other())


def test_functions_are_pickled_where_the_namespace_is_that_of_main() -> None:
    """As in any console: pickle looks for them in the module `__main__`."""
    program = (
        "import __main__, asyncio\n"
        "from livens.kernel.embedding import Process\n"
        "process = Process(namespace=__main__.__dict__)\n"
        "code = 'import pickle\\ndef f(): return 7\\npickle.loads(pickle.dumps(f))()'\n"
        "print(asyncio.run(process.run(code)))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    assert '"result":"7"' in ran.stdout, ran.stderr


def test_what_it_cannot_do_is_refused_and_said() -> None:
    """A client can know before it asks."""
    told = Told()

    async def main() -> None:
        connection = Embedding({"x": 1}).connect(told)
        ask(connection, 1, "value", path=[["name", "x"]])
        ask(connection, 2, "rule.add", condition="x > 1", action="stop")
        ask(connection, 3, "rule.add", condition="x > 1", action="notify")
        connection.close()

    asyncio.run(main())
    capabilities = told.messages[0]["params"]["capabilities"]
    assert "value" not in capabilities
    assert "stop" not in capabilities
    assert capabilities["rule.add"] == 1
    assert [told.answer(n).get("error", {}).get("code") for n in (1, 2, 3)] == [
        -32003,
        -32003,
        None,
    ]


def test_rule_stops_what_awaits_and_what_computes() -> None:
    """By what a look finds: a function's own stores have no probe."""
    codes = {
        "await": "import asyncio\nasync def f():\n    global n\n    while True:\n"
        "        n += 1\n        await asyncio.sleep(0.001)\nawait f()",
        "call": "def f():\n    global n\n    for _ in range(100):\n        n += 1\nwhile True: f()",
    }
    if sys.version_info < (3, 12):  # there nothing looks in the middle of what computes
        del codes["call"]

    async def main(code: str) -> dict[str, Any]:
        process = Process()
        connection = process.connect(Told())
        await process.run("n = 0")
        ask(connection, 1, "rule.add", condition="n > 5", action="stop")
        outcome: dict[str, Any] = json.loads(await process.run(code))
        assert json.loads(await process.run("n > 5"))["result"] == "True"
        connection.close()
        return outcome

    for code in codes.values():
        outcome = asyncio.run(main(code))
        assert outcome["ename"] == "KeyboardInterrupt"
        assert "n > 5" in outcome["evalue"]
        assert "livens" not in outcome["traceback"]


@pytest.mark.skipif(sys.platform == "win32", reason="its signals are others")
def test_interrupt_ends_what_computes_what_awaits_and_nothing_else() -> None:
    """By a real SIGINT, and its handler; the next run goes on."""
    codes = ["interrupt()\nwhile True: pass", "import asyncio\nsoon()\nawait asyncio.sleep(60)"]

    async def main() -> list[str]:
        process = Process()
        names = process.interpreter.namespace
        names["interrupt"] = lambda: signal.raise_signal(signal.SIGINT)
        names["soon"] = lambda: asyncio.get_running_loop().call_later(0, names["interrupt"])
        before = signal.signal(signal.SIGINT, process.interrupt)
        try:
            outcomes = [json.loads(await process.run(code)) for code in codes]
            names["interrupt"]()
            connection = process.connect(told := Told())
            ask(connection, 1, "set", name="x", expression="interrupt()")
            assert told.answer(1)["error"]["code"] == -32004
            connection.close()
            outcomes.append(json.loads(await process.run("'alive'")))
        finally:
            signal.signal(signal.SIGINT, before)
        return [outcome.get("ename") or outcome["result"] for outcome in outcomes]

    assert asyncio.run(main()) == ["KeyboardInterrupt", "KeyboardInterrupt", "'alive'"]


def test_interrupt_in_the_middle_of_a_look_loses_nothing() -> None:
    """The whole state is sent again."""
    told = Told()

    async def main() -> None:
        process = Process()
        connection = process.connect(told)
        names = process.interpreter.namespace
        await process.run("x = 0")
        tell = process.watcher.view.describe

        def interrupted(name: str, *args: Any) -> Any:
            process.watcher.view.describe = tell
            raise KeyboardInterrupt

        def look() -> None:
            process.watcher.view.describe = interrupted
            while process.watcher.view.describe is not tell:
                process.look()

        names["look"] = look
        outcome = json.loads(
            await process.run("def f():\n    global x\n    x = 7\n    look()\nf()")
        )
        assert outcome["ename"] == "KeyboardInterrupt"
        connection.close()

    asyncio.run(main())
    assert told.previews("x")[-1] == "7"
