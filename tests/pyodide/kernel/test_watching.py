"""Variables of the kernel in Pyodide, watched and set from outside."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import nbformat
import pytest
from commands import command, notebook_file
from jupyter_client.multikernelmanager import AsyncMultiKernelManager

from livens.client.blocking import watch
from livens.client.kernel_specs import PYODIDE_NAME as NAME
from livens.client.running_kernels import find_running
from livens.testing import KernelClient


@pytest.fixture
def watched(kernel: KernelClient) -> Any:
    """The shared kernel with a comm open on it."""
    kernel.open()
    yield kernel
    kernel.close()


@pytest.mark.parametrize(
    "code",
    [
        "n = 0\nwhile not done(): n += 1",
        "def f():\n    global n\n    n = 0\n    while not done(): n += 1\nf()",
        "import asyncio\nn = 0\nwhile not done():\n    n += 1\n    await asyncio.sleep(0)",
        "import time\nn = 0\nwhile not done():\n    n += 1\n    time.sleep(0.01)",
        "n = []\nwhile not done(): n.append(1) if len(n) < 10_000 else time.sleep(0.01)",
    ],
)
def test_values_come_while_a_cell_computes(watched: KernelClient, code: str) -> None:
    """In loops, in functions that store globals, in awaits, in sleeps, and inside of lists."""
    watched.execute("import time\ndef done(t=[]):\n    t.append(time.monotonic())\n"
                    "    del t[1:-1]\n    return t[-1] - t[0] > 1")  # fmt: skip
    msg_id = watched.start(code)
    watched.wait_for(lambda: len(set(watched.seen("n"))) >= 3)
    assert watched.finish(msg_id).error is None


def test_stores_have_their_lines(watched: KernelClient) -> None:
    """The shell is one that is watched: the mode is full."""
    run = watched.execute("a = 1\nif a:\n    b = 2")
    watched.wait_for(lambda: "b" in watched.variables)
    told = watched.variables["b"].changed_by
    assert told is not None
    assert (told.line, told.execution_count) == (3, run.reply["execution_count"])


def test_requests_are_answered_while_a_cell_computes(watched: KernelClient) -> None:
    """Looking is; setting is refused, or done after it."""
    watched.execute("x = 1")
    msg_id = watched.start("print('runs')\nwhile True: pass")
    watched.wait_for(lambda: "runs" in str(watched.next_message()["content"]))
    found = watched.request("inspect", path=[["name", "x"]])
    assert found["variable"]["preview"] == "1"
    assert watched.request("set", name="x", expression="2").code == -32002
    watched.send("interrupt_request", {})
    assert watched.finish(msg_id).error == "KeyboardInterrupt"
    assert watched.request("set", name="x", expression="[2]")["variable"]["preview"] == "[2]"
    assert watched.execute("x").result == "[2]"


def test_rule_stops_a_loop(watched: KernelClient) -> None:
    """At the store that makes it true."""
    watched.request("rule.add", condition="q > 5", action="stop")
    run = watched.execute("for q in range(1_000_000): pass")
    assert run.error == "KeyboardInterrupt"
    assert "q > 5" in run.reply["evalue"]
    assert watched.execute("q").result == "6"


def test_kernel_is_found_and_watched_from_outside(manager: Any, kernel: KernelClient) -> None:
    """By `livens.watch` and by the list of kernels, with nothing but the connection file."""
    kernel.execute("seen = 'from outside'")
    with watch(manager.connection_file) as changes:
        assert changes.variables["seen"].preview == "'from outside'"
    (found,) = find_running(Path(manager.connection_file).name)
    assert (found.mode, found.answers, found.can_be_watched) == ("full", True, True)


@pytest.mark.long_because("a kernel starts in Pyodide")
def test_run_executes_a_notebook(tmp_path: Path) -> None:
    """`jupyter livens run` on this kernel writes its outputs, and records its variables."""
    path = notebook_file(tmp_path / "in.ipynb", "total = sum(range(10))", "total")
    out, record = tmp_path / "out.ipynb", tmp_path / "record.jsonl"
    done = command("run", path, "--kernel", NAME, "--output", out, "--record", record)
    assert done.returncode == 0, done.stderr
    assert nbformat.read(out, 4).cells[1].outputs[0]["data"]["text/plain"] == "45"
    assert '"45"' in record.read_text()


@pytest.mark.long_because("eight kernels start, on two cores")
def test_eight_kernels_at_once() -> None:
    """Each has its own Python, and none waits for another."""

    async def main() -> list[str]:
        kernels = AsyncMultiKernelManager()
        ids = await asyncio.gather(*[kernels.start_kernel(kernel_name=NAME) for _ in range(8)])
        try:
            managers = [kernels.get_kernel(kernel_id) for kernel_id in ids]
            return await asyncio.gather(*map(one, managers, range(8)))
        finally:
            await kernels.shutdown_all(now=True)

    async def one(manager: Any, number: int) -> str:
        client = manager.client()
        client.start_channels()
        printed: list[str] = []

        def hear(message: Any) -> None:
            printed.append(message["content"].get("text", ""))

        try:
            await client.wait_for_ready(timeout=90)
            code = f"number = {number}\nprint(number, 'of its own')"
            await client.execute_interactive(code, output_hook=hear, timeout=90)
            return "".join(printed).strip()
        finally:
            client.stop_channels()

    assert asyncio.run(main()) == [f"{number} of its own" for number in range(8)]
