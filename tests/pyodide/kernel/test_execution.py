"""Cells in Pyodide under Node: output, errors, input, interrupts, restarts."""

from __future__ import annotations

import base64

import pytest
from kernels import started

from livens.client.kernel_specs import PYODIDE_NAME as NAME
from livens.testing import KernelClient


@pytest.mark.parametrize(
    ("code", "result", "error"),
    [
        ("1 + 1", "2", None),
        ("x = 3", None, None),
        ("import asyncio\nawait asyncio.sleep(0, 'slept')", "'slept'", None),
        ("type(get_ipython().user_ns).__name__", "'MonitoredDict'", None),
        ("locals() is globals()", "True", None),
        ("import sys; sys.platform", "'emscripten'", None),
        ("1 / 0", None, "ZeroDivisionError"),
        ("def", None, "SyntaxError"),
        ("raise SystemExit", None, "SystemExit"),
        ("raise KeyboardInterrupt", None, "KeyboardInterrupt"),
        ("import numpy", None, "ModuleNotFoundError"),
        ("%time 1", "1", None),
        ("%no_such_magic", None, "UsageError"),
    ],
)
def test_cells_end_as_in_any_kernel(
    kernel: KernelClient, code: str, result: str | None, error: str | None
) -> None:
    """With a result or an error, and the next one runs."""
    run = kernel.execute(code)
    assert (run.result, run.error if error != "UsageError" else error) == (result, error)
    assert kernel.execute("'alive'").result == "'alive'"


@pytest.mark.parametrize("meanwhile", ["pass", "time.sleep(0.01)", "await asyncio.sleep(0)"])
def test_streams_come_while_the_cell_runs(kernel: KernelClient, meanwhile: str) -> None:
    """Also from a loop that computes, and from one that sleeps."""
    code = f"import asyncio, time\nprint('first')\nprint('second')\nwhile True: {meanwhile}"
    msg_id = kernel.start(code)
    kernel.wait_for(lambda: "second" in str(kernel.next_message()["content"]))
    interrupt(kernel)
    assert kernel.finish(msg_id).error in ("KeyboardInterrupt", "CancelledError")


def interrupt(kernel: KernelClient) -> None:
    """Interrupt as a front end does: by a message on the control channel."""
    kernel.send("interrupt_request", {})


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("while True: pass", "KeyboardInterrupt"),
        ("def f():\n    while True: pass\nf()", "KeyboardInterrupt"),
        ("import time; time.sleep(100)", "KeyboardInterrupt"),
        ("import asyncio; await asyncio.sleep(100)", "CancelledError"),
        ("input()", "KeyboardInterrupt"),
        ("while True: print('x' * 1000)", "KeyboardInterrupt"),
    ],
)
def test_interrupt_ends_a_cell(kernel: KernelClient, code: str, error: str) -> None:
    """Whatever it does; the next cells run."""
    msg_id = kernel.start(f"print('runs')\n{code}", allow_stdin=True)
    kernel.wait_for(lambda: "runs" in str(kernel.next_message()["content"]))
    interrupt(kernel)
    run = kernel.finish(msg_id)
    assert run.error == error
    assert "livens" not in "".join(run.reply["traceback"])
    assert kernel.execute("'alive'").result == "'alive'"


def test_interrupt_between_cells_is_of_no_effect(kernel: KernelClient) -> None:
    """There is nothing to interrupt."""
    interrupt(kernel)
    assert kernel.execute("import time; time.sleep(0.1); 'alive'").result == "'alive'"


def test_input_is_asked_for(kernel: KernelClient) -> None:
    """By `input` and `getpass`, from the client that runs the cell."""
    while kernel.client.stdin_channel.msg_ready():
        kernel.client.get_stdin_msg(timeout=1)  # of a cell that was interrupted
    msg_id = kernel.start(
        "import getpass\nsaid = input('who? '), getpass.getpass()", allow_stdin=True
    )
    asked = []
    for answer in ("me", "é" * 100_000):
        asked.append(kernel.client.get_stdin_msg(timeout=30)["content"])
        kernel.client.input(answer)
    assert kernel.finish(msg_id).error is None
    assert asked == [
        {"prompt": "who? ", "password": False},
        {"prompt": "Password: ", "password": True},
    ]
    assert kernel.execute("said[0], len(said[1])").result == "('me', 100000)"
    assert kernel.execute("input()", allow_stdin=False).error == "RuntimeError"


def test_cells_behind_one_that_fails_are_aborted(kernel: KernelClient) -> None:
    """Those that were asked for by then; later ones run."""
    ids = [kernel.start(code) for code in ("import time; time.sleep(0.3); 1 / 0", "a = 1", "b = 2")]
    replies = {}
    while len(replies) < 3:
        reply = kernel.client.get_shell_msg(timeout=30)
        replies[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
    assert [replies[each] for each in ids] == ["error", "aborted", "aborted"]
    assert kernel.execute("'a' in globals()").result == "False"


@pytest.mark.parametrize(
    ("code", "payload"),
    [
        ("exit", {"source": "ask_exit", "keepkernel": False}),
        ("quit()", {"source": "ask_exit", "keepkernel": False}),
        ("%recall 1", {"source": "set_next_input", "text": "first = 1", "replace": False}),
    ],
)
def test_front_end_is_asked_to_act(kernel: KernelClient, code: str, payload: object) -> None:
    """To end the session, to fill in the next cell: by the payload of the reply."""
    kernel.execute("%reset -f in\nget_ipython().history_manager.input_hist_raw[1] = 'first = 1'")
    assert kernel.execute(code).reply["payload"] == [payload]


def test_silent_cells_and_expressions(kernel: KernelClient) -> None:
    """Silent code shows no result and counts for nothing; expressions are answered."""
    count = kernel.execute("1").reply["execution_count"]
    assert [m["msg_type"] for m in kernel.execute("2", silent=True).messages] == ["status"] * 2
    reply = kernel.execute("3", user_expressions={"sum": "1 + 1", "bad": "1 / 0"}).reply
    assert reply["execution_count"] == count + 1
    assert reply["user_expressions"]["sum"]["data"]["text/plain"] == "2"
    assert reply["user_expressions"]["bad"]["ename"] == "ZeroDivisionError"


def test_displays_of_all_kinds(kernel: KernelClient) -> None:
    """Pictures, updates, odd texts: what a kernel shows."""
    code = (
        "from IPython.display import Image, display\n"
        "display(Image(b'\\x89PNG\\r\\n\\x1a\\n', format='png', width=1, height=1))\n"
        "handle = display('old', display_id=True)\nhandle.update('new')\nprint('\\ud800 ü 🎉')"
    )
    run = kernel.execute(code)
    shown = [m for m in run.messages if m["msg_type"] in ("display_data", "update_display_data")]
    assert [m["msg_type"] for m in shown] == ["display_data"] * 2 + ["update_display_data"]
    assert base64.b64decode(shown[0]["content"]["data"]["image/png"])[:4] == b"\x89PNG"
    ids = [m["content"]["transient"]["display_id"] for m in shown[1:]]
    assert (ids[0] == ids[1], run.stdout) == (True, "? ü 🎉\n")


def test_flood_of_output_arrives_whole(kernel: KernelClient) -> None:
    """In a few messages, however often the code prints."""
    run = kernel.execute("for n in range(20_000): print(n)")
    assert run.stdout == "".join(f"{n}\n" for n in range(20_000))
    assert len(run.messages) < 2_000


@pytest.mark.long_because("two kernels start in Pyodide")
def test_restart_makes_a_new_python() -> None:
    """As Jupyter's own manager does it."""
    with started(NAME) as (own, client):
        client.execute("x = 1")
        own.restart_kernel(now=False)
        client.client.wait_for_ready(timeout=60)
        assert client.execute("x").error == "NameError"


def test_messages_with_a_wrong_signature_are_left_out(kernel: KernelClient) -> None:
    """Nothing is run that was not signed with the key of the connection file."""
    session = kernel.client.session
    key, session.key = session.key, b"another"
    try:
        kernel.start("forged = True")
    finally:
        session.key = key
    assert kernel.execute("'forged' in globals()").result == "False"
