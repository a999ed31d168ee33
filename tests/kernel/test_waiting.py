"""Waiting for a condition by `Watch.wait_for`: how a wait ends, and what it leaves behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from gates import wait_for
from kernels import started
from watches import TIMEOUT_S

from livens.client.blocking import Watch, watch
from livens.exceptions import InvalidCondition
from livens.testing import KernelClient


class TestHowItEnds:
    """The five outcomes."""

    def test_a_condition_that_becomes_true(
        self, kernel: KernelClient, changes: Watch, tmp_path: Path
    ) -> None:
        """It is told with the value that made it true, although the cell goes on."""
        gate = tmp_path / "go on"
        cell = kernel.start(
            f"loss = 1.0\nfor step in range(100):\n    loss = loss / 2\n{wait_for(gate)}"
        )
        waited = changes.wait_for("loss < 0.1", timeout_s=TIMEOUT_S)
        assert waited.outcome == "fired"
        assert waited.message.startswith("loss < 0.1: loss = ")
        assert waited.variables["loss"].kind == "number"
        gate.touch()
        kernel.finish(cell)

    def test_a_condition_that_holds_already(self, kernel: KernelClient, changes: Watch) -> None:
        """It needs no change to be told."""
        kernel.execute("n = 3")
        waited = changes.wait_for("n == 3", timeout_s=TIMEOUT_S)
        assert waited.outcome == "fired"
        assert waited.message.startswith("n == 3: n = 3 (cell In [")

    @pytest.mark.parametrize(
        ("condition", "reason"),
        [
            ("n > 100", "not true: n > 100: n = 3"),
            ("nope > 1", "'nope'"),
            ("any(isnan(values))", "not true: "),
            ("changed(other)", "not true: "),
        ],
    )
    def test_the_end_of_the_cell(
        self, kernel: KernelClient, changes: Watch, condition: str, reason: str
    ) -> None:
        """A condition that has not become true then is told as such, with its values."""
        kernel.execute("n = 1; values = [1.0]; other = 'x'")
        cell = kernel.start("n = 3")
        waited = changes.wait_for(condition, timeout_s=TIMEOUT_S, cell=cell)
        assert waited.outcome == "cell_ended"
        assert reason in waited.message
        kernel.finish(cell)

    def test_a_cell_that_fails_has_ended(self, kernel: KernelClient, changes: Watch) -> None:
        """So has one that raises."""
        cell = kernel.start("1 / 0")
        assert changes.wait_for("x == 1", timeout_s=TIMEOUT_S, cell=cell).outcome == "cell_ended"
        assert kernel.finish(cell).error == "ZeroDivisionError"

    def test_the_time_is_over(self, kernel: KernelClient, changes: Watch, tmp_path: Path) -> None:
        """That is no error; it is told whether a cell runs."""
        kernel.execute("n = 1")
        assert changes.wait_for("n > 1", timeout_s=0.1).outcome == "idle"
        gate = tmp_path / "go on"
        cell = kernel.start(f"n = 1\n{wait_for(gate)}")
        kernel.wait_for(lambda: changes.is_busy or bool(changes.settle()))
        waited = changes.wait_for("n > 1", timeout_s=0.1)
        assert waited.outcome == "still_running"
        assert waited.message.startswith("not true: n > 1: n = 1")
        gate.touch()
        kernel.finish(cell)

    def test_a_kernel_that_dies(self) -> None:
        """The wait ends, with what was known last."""
        with started() as (_, client), watch(client.client, grace_s=2.0) as changes:
            client.execute("n = 1")
            changes.settle()
            client.start("import os; os._exit(1)")
            waited = changes.wait_for("n > 1", timeout_s=TIMEOUT_S)
            assert waited.outcome == "kernel_gone"
            assert waited.variables["n"].preview == "1"

    def test_a_kernel_that_is_restarted(self) -> None:
        """Its variables are gone, so that the condition is not waited for any longer."""
        with started() as (_, client), watch(client.client) as changes:
            client.execute("n = 1")
            changes.settle()
            client.start("import os, sys; os.execv(sys.executable, sys.orig_argv)")
            waited = changes.wait_for("n > 1", timeout_s=TIMEOUT_S)
            assert waited.outcome == "kernel_gone"
            assert waited.message


def test_no_condition(kernel: KernelClient, changes: Watch) -> None:
    """What is none is refused, and the watch goes on."""
    with pytest.raises(InvalidCondition):
        changes.wait_for("n >", timeout_s=1.0)
    kernel.execute("n = 1")
    assert changes.wait_for("n == 1", timeout_s=TIMEOUT_S).outcome == "fired"


def test_nothing_is_left(kernel: KernelClient, changes: Watch) -> None:
    """The rule is gone with the wait, and the change sets that came meanwhile are there."""
    kernel.execute("n = 1")
    changes.wait_for("n > 1", timeout_s=0.05)
    changes.wait_for("n == 1", timeout_s=TIMEOUT_S)
    rules: Any = changes.request("rule.list")
    assert rules.rules == []
    assert changes.pending > 0


def test_asynchronously(kernel: KernelClient) -> None:
    """Two tasks wait for two conditions of one watch, and each gets its own."""

    async def both() -> list[str]:
        async with watch(kernel.client) as changes:
            waits = asyncio.gather(
                changes.wait_for("a == 1", timeout_s=TIMEOUT_S),
                changes.wait_for("b == 2", timeout_s=TIMEOUT_S),
            )
            await asyncio.sleep(0)
            cell = kernel.start("a = 1\nb = 2")
            found = await waits
            await asyncio.to_thread(kernel.finish, cell)
            return [f"{each.outcome} {each.message.partition(':')[0]}" for each in found]

    assert asyncio.run(both()) == ["fired a == 1", "fired b == 2"]


def test_an_interrupt(kernel: KernelClient, changes: Watch) -> None:
    """A watch can interrupt the cell."""
    cell = kernel.start("import time\nbegun = 1\nwhile True: time.sleep(0.01)")
    changes.wait_for("begun == 1", timeout_s=TIMEOUT_S)
    changes.interrupt()
    assert changes.wait_for("begun == 2", timeout_s=TIMEOUT_S, cell=cell).outcome == "cell_ended"
    assert kernel.finish(cell).error == "KeyboardInterrupt"
