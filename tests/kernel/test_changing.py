"""`set`, `delete` and `rename` in a real kernel: in their order, with their maker's name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from livens.client.blocking import watch
from livens.exceptions import EvaluationFailed, KernelBusy, VariableNotFound
from livens.protocol import messages
from livens.protocol.types import Origin
from livens.testing import KernelClient

GATED = """
class Gate:
    def __repr__(self):
        global n
        n = 1
        return "open"
gate = Gate()
n = 0
while not n: pass
seen = n
"""
"""A cell that runs until somebody asks for the text of `gate`."""


def test_every_client_sees_who_changed_what(kernel: KernelClient, second: KernelClient) -> None:
    """The one who asked, and all the others."""
    kernel.open(client="JupyterLab")
    second.open()
    kernel.execute("x = 1; y = [1]; same = y")
    assert kernel.request("set", name="x", expression="x + 1")["variable"]["preview"] == "2"
    assert kernel.request("rename", name="y", to="z")["variable"]["name"] == "z"
    assert kernel.request("delete", names=["x"])["names"] == ["x"]
    for client in (kernel, second):
        client.wait_for(lambda client=client: set(client.variables) == {"same", "z"})
        updates = [m.params for m in client.notifications if isinstance(m, messages.Update)]
        by = messages.Origin(client="JupyterLab")
        changes = [v for update in updates for v in update.changed if v.changed_by == by]
        assert [(v.name, v.preview) for v in changes] == [("x", "2"), ("z", "[1]")]
        renamed = next(update for update in updates if "y" in update.removed)
        assert [v.name for v in renamed.changed] == ["z"]
        assert renamed.origins == {"y": by}
        assert updates[-1].origins == {"x": by}
    assert kernel.execute("z is same, 'y' in dir()").result == "(True, False)"
    second.close()


def test_queued_changes_come_after_the_cell_and_before_the_next(watched: KernelClient) -> None:
    """In their order; the next cell was sent before the first one ended."""
    first = watched.start(GATED)
    watched.wait_for(lambda: "n" in watched.variables)
    second = watched.start("seen_next = (n, m)")
    answers: list[Any] = []
    for request_id, (method, params) in enumerate(
        [
            ("set", {"name": "n", "expression": "seen + 10"}),
            ("rename", {"name": "seen", "to": "m"}),
            ("set", {"name": "m", "expression": "n * 2"}),
        ]
    ):
        data = {"method": method, "params": {**params, "when_busy": "queue"}}
        watched.send_data({**data, "id": f"q{request_id}"})
    watched.request("value", path=[["name", "gate"]])
    watched.finish(first)
    watched.finish(second)
    watched.wait_for(lambda: watched.previews.get("seen_next") == "(11, 22)")
    answers = [watched._answers.get(f"q{n}") for n in range(3)]
    assert [answer["variable"]["preview"] for answer in answers] == ["11", "1", "22"]


def test_a_long_expression_can_be_interrupted(
    watched: KernelClient, interrupt: Callable[[], None]
) -> None:
    """The answer says so, the variable stays, and the next cell runs."""
    watched.execute("x = 1; import time")
    data = {
        "method": "set",
        "params": {"name": "x", "expression": "[print('now', flush=True), time.sleep(60)]"},
        "id": "long",
    }
    for channel in ("control", "shell"):
        watched.send_data(data, channel)
        while watched.next_message()["msg_type"] != "stream":
            pass
        interrupt()
        error = watched.wait_for(lambda: watched._answers.pop("long", None))
        assert error.code == -32004
        assert "was interrupted" in error.message
        assert watched.execute("x").result == "1"


def test_what_an_expression_prints_is_no_cells(watched: KernelClient) -> None:
    """It has no parent: the notebook of the cell that ran last stays as it is."""
    watched.execute("x = 1")
    watched.send_data({"method": "set", "params": {"name": "x", "expression": "print('hi')"}})
    while True:
        message = watched.next_message()
        if message["msg_type"] == "stream":
            break
    assert message["parent_header"] == {}
    run = watched.execute("print('mine')")
    assert run.stdout == "mine\n"


def test_a_program_changes_variables(kernel: KernelClient) -> None:
    """`livens.watch` has a method for each, with its errors; the change sets say who did it."""
    kernel.execute("x = 1; items = [1]")
    with watch(kernel.client, client="tuner") as changes:
        assert changes.set("x", "x + 1").preview == "2"
        item = [["name", "items"], ["index", 0]]
        assert changes.set("items", "items[0] + x", path=item).preview == "3"
        assert changes.rename("x", "y").name == "y"
        changes.delete("y")
        with pytest.raises(VariableNotFound):
            changes.delete("y")
        with pytest.raises(EvaluationFailed, match="raised ZeroDivisionError"):
            changes.set("x", "1 / 0")
        changes.settle()
        found = [changes.next(20) for _ in range(changes.pending)]
    assert found[-1].removed == ["y"]
    assert found[-1].origins == {"y": Origin(client="tuner")}
    assert kernel.execute("'y' in dir()").result == "False"


def test_a_program_may_wait_for_the_cell(kernel: KernelClient) -> None:
    """Refused by default; queued if it asks for that, also from asyncio."""

    kernel.execute("d = {'k': 1}")

    async def change() -> str:
        async with watch(kernel.client) as changes:
            cell = kernel.start(GATED)
            while "n" not in changes.variables:
                await changes.next(20)
            with pytest.raises(KernelBusy):
                await changes.set("n", "2")
            with pytest.raises(KernelBusy):
                await changes.set("d", "2", path=[["name", "d"], ["key", "str", "k"]])
            queued = asyncio.create_task(changes.set("m", "seen + 1", when_busy="queue"))
            await changes.request("value", path=[["name", "gate"]])
            variable = await queued
            kernel.finish(cell)
            assert (await changes.rename("m", "k")).preview == "2"
            await changes.delete("k", "seen")
            return variable.preview

    assert asyncio.run(change()) == "2"


def test_deleted_object_is_let_go_of_when_its_time_is_over(watched: KernelClient) -> None:
    """By the main thread, and not before; then nothing can be taken back."""
    watched.execute(
        "class Thing:\n    def __del__(self):\n        global gone\n        gone = True\n"
    )
    watched.execute("thing = Thing(); gone = False")
    deleted = watched.request("delete", names=["thing"], keep_s=1)
    assert watched.previews["gone"] == "False"
    watched.wait_for(lambda: watched.previews.get("gone") == "True")
    assert watched.request("undo", id=deleted["undo"]).code == -32001
