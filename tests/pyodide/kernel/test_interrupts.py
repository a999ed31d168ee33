"""Interrupts: where they are raised, where they wait, and that none is lost or left over."""

from __future__ import annotations

import pytest

from livens.testing import KernelClient


def interrupt(kernel: KernelClient) -> None:
    """Interrupt as a front end does: by a message on the control channel."""
    kernel.send("interrupt_request", {})


def wait_for_print(kernel: KernelClient, text: str) -> None:
    """Wait until code has printed something."""
    while text not in str(kernel.next_message()["content"].get("text")):
        pass


BUSY = "import asyncio\nasync def busy():\n    print('runs')\n    while True: pass\n"


@pytest.mark.parametrize(
    "code",
    [
        BUSY + "await asyncio.gather(busy())",
        BUSY + "t = asyncio.create_task(busy())\nawait t",
        BUSY + "async with asyncio.TaskGroup() as group: group.create_task(busy())",
        BUSY
        + "asyncio.get_event_loop().call_soon(lambda: [print('runs'), [0 for _ in iter(int, 1)]])"
        "\nawait asyncio.sleep(0.01); raise KeyboardInterrupt",
        "import sys, types, asyncio\nopen('apart.py', 'w').write('''async def busy():\n"
        "    print(\"runs\")\n    while True: pass''')\nsys.path.insert(0, '.')\nimport apart\n"
        "await asyncio.create_task(apart.busy())",
    ],
)
def test_tasks_that_compute_are_interrupted(kernel: KernelClient, code: str) -> None:
    """Also where the cell awaits them, and nothing of it is on the stack."""
    msg_id = kernel.start(code)
    wait_for_print(kernel, "runs")
    interrupt(kernel)
    run = kernel.finish(msg_id)
    assert run.error in ("KeyboardInterrupt", "BaseExceptionGroup"), run.reply
    assert kernel.execute("'alive'").result == "'alive'"


def test_task_that_computes_when_its_cell_is_done(kernel: KernelClient) -> None:
    """It would keep everything else from being done."""
    kernel.execute(
        BUSY + "t = asyncio.get_event_loop().call_later(0.1, asyncio.create_task, busy())"
    )
    wait_for_print(kernel, "runs")
    msg_id = kernel.start("'alive'")
    interrupt(kernel)
    run = kernel.finish(msg_id)
    assert run.result == "'alive'" or run.error == "KeyboardInterrupt"
    assert kernel.execute("'alive'").result == "'alive'"


def test_interrupt_at_any_moment(kernel: KernelClient) -> None:
    """Before the cell begins, in its first steps, many times: it ends the cell, and no other."""
    kernel.execute("kept = 'kept'")
    for presses in (1, 1, 1, 1, 2, 3, 10):
        msg_id = kernel.start("while True: pass")
        for _ in range(presses):
            interrupt(kernel)
        assert kernel.finish(msg_id).error == "KeyboardInterrupt"
        assert kernel.execute("kept").result == "'kept'"


def test_interrupts_of_cells_that_look_often(kernel: KernelClient) -> None:
    """No interrupt is lost beside the signals by which Python is asked to look."""
    kernel.open()
    for number in range(5):
        msg_id = kernel.start(f"import time\nn = 0\nprint('runs', {number})\nwhile True: n += 1")
        wait_for_print(kernel, f"runs {number}")
        interrupt(kernel)
        assert kernel.finish(msg_id).error == "KeyboardInterrupt"
    kernel.close()


def test_one_press_is_raised_once(kernel: KernelClient) -> None:
    """At `input`, in a sleep, in a loop: code that goes on is not interrupted again."""
    for waiting in ("input()", "time.sleep(100)", "[0 for _ in iter(int, 1)]"):
        code = (
            "import time\nraised = 0\nfor _ in range(5):\n    try:\n"
            f"        if not raised: print('runs'); {waiting}\n"
            "        time.sleep(0.1)\n    except KeyboardInterrupt:\n        raised += 1"
        )
        msg_id = kernel.start(code, allow_stdin=True)
        wait_for_print(kernel, "runs")
        interrupt(kernel)
        assert kernel.finish(msg_id).error is None
        assert kernel.execute("raised").result == "1"


def test_clients_are_told_and_answered_while_input_waits(kernel: KernelClient) -> None:
    """Whoever watches sees what the code has stored before it asks."""
    kernel.open()
    msg_id = kernel.start("x = 'before'\ninput()\nx = 'after'", allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=60)["content"]["password"] is False
    kernel.wait_for(lambda: kernel.previews.get("x") == "'before'")
    found = kernel.request("inspect", path=[["name", "x"]])
    assert found["variable"]["preview"] == "'before'"
    kernel.client.input("typed")
    assert kernel.finish(msg_id).error is None
    kernel.close()


def test_endless_set_is_interrupted(kernel: KernelClient) -> None:
    """Between cells, where nothing else runs; its client is told."""
    kernel.open()
    data = {"method": "set", "params": {"name": "x", "expression": "[0 for _ in iter(int, 1)]"}}
    kernel.send_data({**data, "id": 7})
    while not kernel._answers.get(7):
        interrupt(kernel)
        list(kernel.messages_for(0.2))
    assert "interrupted" in kernel._answers[7].message
    assert kernel.execute("'x' in globals()").result == "False"
    kernel.close()


def test_interrupt_in_the_middle_of_a_request(kernel: KernelClient) -> None:
    """The request is answered, and then the cell ends."""
    kernel.execute("rows = [{'n': n % 1000, 'm': -n} for n in range(10_000)]")
    kernel.open()
    for _ in range(2):
        msg_id = kernel.start("print('runs')\nwhile True: pass")
        wait_for_print(kernel, "runs")
        params = {"path": [["name", "rows"]], "sort": [{"column": 0}]}
        kernel.send_data({"method": "table", "params": params, "id": msg_id})
        interrupt(kernel)
        kernel.wait_for(lambda msg_id=msg_id: kernel._answers.get(msg_id))
        run = kernel.finish(msg_id)
        assert run.error == "KeyboardInterrupt"
        assert "livens" not in "".join(run.reply["traceback"])
    kernel.close()
