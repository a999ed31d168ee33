"""What agents change: only where it is allowed, written down before, and told to the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asking import AGENT, Asking, asked, audit_of, data_lines
from gates import wait_for
from watches import TIMEOUT_S

from livens.client.blocking import Watch
from livens.testing import KernelClient


def file_of(kernel: KernelClient) -> str:
    """Return the connection file of a kernel."""
    return str(kernel.client.connection_file)


def test_changes_say_whose_they_are(kernel: KernelClient, changes: Watch, tmp_path: Path) -> None:
    """In the audit log, and to every other client of the kernel."""
    log = tmp_path / "audit.jsonl"
    kernel.execute("x = 1; y = 2")

    async def ask(call: Asking) -> None:
        set_ = await call("set", name="x", expression="6 * 7")
        assert '"x": int = "42"' in set_.text()
        run = await call("run", code="z = x + 1\nprint('seen')\n1 / 0")
        assert run.facts["run"] in run.text()
        ended = await call("wait_for", run=run.facts["run"], timeout_s=60)
        assert ended.facts["outcome"] == "cell_ended"
        assert ended.facts["status"] == "error"
        told = data_lines(ended.text())
        assert told[0] == '"ZeroDivisionError: division by zero"'
        assert '"seen"' in told
        assert not (await call("delete", names=["y"])).is_error

    asked(file_of(kernel), ask, allow_changes=True, audit_log=log)
    changes.settle()
    variables = changes.variables
    assert {name: v.preview for name, v in variables.items()} == {"x": "42", "z": "43"}
    assert variables["x"].changed_by is not None
    assert variables["x"].changed_by.client == AGENT
    assert variables["z"].changed_by is not None
    assert variables["z"].changed_by.client == AGENT
    assert variables["z"].changed_by.execution_count is not None
    lines = audit_of(log)
    assert [(line["event"], line["tool"]) for line in lines] == [
        (event, tool) for tool in ("set", "run", "delete") for event in ("asked", "ended")
    ]
    assert {line["client"] for line in lines} == {AGENT}


def test_an_interrupt_says_whose_it_is(kernel: KernelClient, tmp_path: Path) -> None:
    """The traceback of the cell names the agent."""
    cell = kernel.start("begun = 1\nwhile True: __import__('time').sleep(0.01)")

    async def ask(call: Asking) -> None:
        await call("wait_for", condition="begun == 1", timeout_s=60)
        assert not (await call("interrupt")).is_error
        ended = await call("wait_for", condition="begun == 2", timeout_s=1)
        while ended.facts["outcome"] == "still_running":  # the cell may have ended before it asks
            ended = await call("wait_for", condition="begun == 2", timeout_s=1)
        assert ended.facts["outcome"] in ("cell_ended", "idle")

    asked(file_of(kernel), ask, allow_changes=True, audit_log=tmp_path / "audit.jsonl")
    reply = kernel.finish(cell).reply
    assert reply["ename"] == "KeyboardInterrupt"
    assert reply["evalue"] == f"Interrupted by {AGENT}"


def test_a_diverging_loss_is_found_and_stopped(kernel: KernelClient, tmp_path: Path) -> None:
    """A scripted agent finds it, waits for it, and stops the run; it executes no cell."""
    log = tmp_path / "audit.jsonl"
    cells = int(kernel.execute("print(len(In))", store_history=False).stdout)
    cell = kernel.start(
        "import time\nloss = 1.0\n"
        "def train():\n    global loss\n    while True:\n"
        "        loss = loss * 1.1\n        time.sleep(0.005)\n"
        "train()"
    )

    async def ask(call: Asking) -> None:
        assert (await call("wait_for", condition="loss > 1", timeout_s=60)).facts[
            "outcome"
        ] == "fired"
        found = await call("list_variables", names=["loss*"])
        assert data_lines(found.text())[0].startswith('"loss": float = ')
        points = await call("history", name="loss", limit=20)
        while not data_lines(points.text()):  # nobody has looked since the watch began
            points = await call("history", name="loss", limit=20)
        assert data_lines(points.text())[-1].endswith(")")
        running = await call("running")
        assert any(line.startswith('"train" at In [') for line in data_lines(running.text()))
        waited = await call("wait_for", condition="loss > 1e6 or isnan(loss)", timeout_s=60)
        assert waited.facts["outcome"] == "fired"
        assert not (await call("interrupt")).is_error

    asked(file_of(kernel), ask, allow_changes=True, audit_log=log)
    assert kernel.finish(cell).error == "KeyboardInterrupt"
    run = int(kernel.execute("print(len(In))", store_history=False).stdout) - cells
    assert run == 1  # the training itself
    assert [line["tool"] for line in audit_of(log)] == ["interrupt", "interrupt"]


def test_what_is_not_written_down_is_not_done(kernel: KernelClient, tmp_path: Path) -> None:
    """A log that cannot be written stops the change, with the reason."""
    kernel.execute("x = 1")

    async def ask(call: Asking) -> None:
        for tool, arguments in (
            ("set", {"name": "x", "expression": "2"}),
            ("delete", {"names": ["x"]}),
            ("run", {"code": "x = 3"}),
            ("interrupt", {}),
        ):
            answer = await call(tool, **arguments)
            assert answer.is_error
            assert "cannot be written" in answer.text()

    asked(file_of(kernel), ask, allow_changes=True, audit_log=tmp_path)
    assert kernel.execute("print(x)").stdout == "1\n"


def test_without_leave_nothing_is_changed(kernel: KernelClient) -> None:
    """The tools that change something are not there."""

    async def ask(call: Asking) -> None:
        for tool in ("set", "delete", "run", "interrupt"):
            with pytest.raises(KeyError):
                await call(tool)

    asked(file_of(kernel), ask)


def test_a_run_returns_at_once(kernel: KernelClient, tmp_path: Path) -> None:
    """Its end is seen later; until then it is said that it runs, which is no error."""
    gate = tmp_path / "go on"

    async def ask(call: Asking) -> None:
        run: Any = (await call("run", code=wait_for(gate) + "'end'")).facts["run"]
        early = await call("wait_for", run=run, timeout_s=0.1)
        assert early.facts["outcome"] == "still_running"
        assert early.facts["status"] == "running"
        gate.touch()
        ended = await call("wait_for", condition="nope > 1", run=run, timeout_s=TIMEOUT_S)
        assert ended.facts["outcome"] == "cell_ended"
        assert ended.facts["status"] == "ok"
        assert "\"'end'\"" in data_lines(ended.text())

    asked(file_of(kernel), ask, allow_changes=True, audit_log=tmp_path / "audit.jsonl")
