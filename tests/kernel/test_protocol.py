"""The protocol as only a kernel of Jupyter has it: channels, subshells, comms, output, nbclient.

What any host must do is in `tests/conformance`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

from livens.protocol import TARGET, messages
from livens.testing import KernelClient

BUSY = "import time\nwaiting = True\nn = 0\nwhile waiting: n += 1; time.sleep(0.01)"
"""A cell that changes a variable until it is interrupted."""


def ask_while_busy(
    kernel: KernelClient, interrupt: Callable[[], None], channel: str, header: Any
) -> list[Any]:
    """Ask several things while a cell runs, with pushes in between, and return the answers."""
    cell = kernel.start(BUSY)
    kernel.wait_for(lambda: "n" in kernel.variables)
    answers = []
    for _ in range(5):
        answers.append(kernel.request("list", channel, header))
        answers.append(kernel.request("inspect", channel, header, path=[["name", "waiting"]]))
        kernel.wait_for(lambda before=kernel.previews["n"]: kernel.previews["n"] != before)
    assert kernel.request("set", channel, header, name="x", expression="1").code == -32002
    answers.append(kernel.request("delete", channel, header, names=["time"]).code)
    interrupt()
    run = kernel.finish(cell)
    assert run.error == "KeyboardInterrupt"
    return answers


def test_control_channel_answers_while_a_cell_runs(
    watched: KernelClient, interrupt: Callable[[], None]
) -> None:
    """Requests on control are answered while the main thread is busy, push after push."""
    answers = ask_while_busy(watched, interrupt, "control", None)
    assert answers[0]["total"] >= 2
    assert answers[-1] == -32002


def test_subshell_answers_while_a_cell_runs(
    kernel: KernelClient, interrupt: Callable[[], None], subshell: str
) -> None:
    """Requests on a subshell are, too: no push re-routes them to the busy main shell."""
    header = {"subshell_id": subshell}
    kernel.open("shell", header)
    answers = ask_while_busy(kernel, interrupt, "shell", header)
    assert answers[0]["total"] >= 2


@pytest.mark.parametrize("channel", ["control", "shell"])
def test_answers_leave_what_the_cell_prints_whole(
    kernel: KernelClient, subshell: str, channel: str
) -> None:
    """A question beside a cell does not flush its output: no line is cut, no message added."""
    header = {"subshell_id": subshell} if channel == "shell" else None
    kernel.open(channel, header)
    code = "import time\nfor i in range(50): print(i); time.sleep(0.02)"
    messages = kept_messages(kernel)
    started = time.monotonic()
    cell = kernel.start(code)
    kernel.wait_for(lambda: "i" in kernel.variables)
    # Who waits for an answer may take in the end of the cell as well.
    while int(kernel.previews["i"]) < 45:
        kernel.request("list", channel, header)
    kernel.wait_for(lambda: is_idle(cell, messages))
    seconds = time.monotonic() - started
    printed = [m["content"]["text"] for m in messages if m["msg_type"] == "stream"]
    assert "".join(printed) == "".join(f"{i}\n" for i in range(50))
    # `OutStream` flushes every 0.2 s, and at times has more than one timer for it; a flush per
    # question would make it 50, one for each line.
    assert len(printed) <= 4 * seconds / 0.2 + 2


def is_idle(msg_id: str, messages: list[Any]) -> bool:
    """Tell whether a request is done."""
    return any(
        message["content"].get("execution_state") == "idle"
        for message in messages
        if message["parent_header"].get("msg_id") == msg_id
    )


def kept_messages(kernel: KernelClient) -> list[Any]:
    """Keep every message on IOPub from now on, whoever waits for it."""
    messages: list[Any] = []
    take = kernel.next_message

    def take_and_keep(*args: Any) -> Any:
        messages.append(take(*args))
        return messages[-1]

    kernel.next_message = take_and_keep  # type: ignore[method-assign]
    return messages


def test_main_shell_answers_between_cells(watched: KernelClient) -> None:
    """A client that knows nothing of control and subshells is served as well."""
    watched.execute("x = 1")
    assert watched.request("list", "shell")["total"] == 1
    assert watched.request("set", "shell", name="x", expression="x + 1")["variable"]
    assert watched.execute("print(x)").stdout == "2\n"


def test_set_from_control_runs_on_the_main_thread(watched: KernelClient) -> None:
    """An expression is evaluated where the user's code runs, and every client is told."""
    expression = "__import__('threading').current_thread().name"
    got = watched.request("set", name="where", expression=expression)
    assert got["variable"]["preview"] == "'MainThread'"
    assert watched.previews["where"] == "'MainThread'"


@pytest.mark.parametrize("channel", ["control", "shell"])
def test_large_garbage_is_answered_and_the_comm_lives(watched: KernelClient, channel: str) -> None:
    """Ten megabytes of it give an error, and the next request works; on either channel."""
    watched.send_data({"method": "x" * 10_000_000, "id": 3}, channel)
    answer = watched.wait_for(lambda: watched._answers.get(3))
    assert answer.code == -32601
    assert len(answer.message) < 1000
    assert watched.request("list", channel) == {"variables": [], "start": 0, "total": 0}


def test_deep_nesting_is_survived(watched: KernelClient) -> None:
    """JSON nested 10,000 deep, which few decoders take, leaves kernel and comm alive."""
    watched.client.session.pack, pack = (
        lambda o: pack(o).replace(b'"DEEP"', b"[" * 10_000 + b"]" * 10_000),
        watched.client.session.pack,
    )
    try:
        watched.send_data({"method": "list", "params": {"start": "DEEP"}, "id": 1})
    finally:
        watched.client.session.pack = pack
    assert watched.request("list")["total"] == 0
    assert watched.execute("print(1)").stdout == "1\n"


def test_unknown_target_on_control_is_ignored(watched: KernelClient) -> None:
    """The control channel takes comms for this target only."""
    content = {"comm_id": "w", "target_name": "jupyter.widget", "data": {}}
    watched.send("comm_open", content, "control")
    watched.send("comm_msg", {"comm_id": "w", "data": {}}, "control")
    watched.send("comm_close", {"comm_id": "nope", "data": {}}, "control")
    watched.send("comm_msg", {}, "control")
    watched.send("comm_open", {}, "control")
    assert watched.request("list")["total"] == 0


def test_open_twice_is_a_new_subscription(watched: KernelClient) -> None:
    """A second comm_open with the same id changes the choice and refreshes; nothing doubles."""
    watched.execute("x = 1; y = 2")
    content = {"comm_id": watched.comm_id, "target_name": TARGET, "data": {"names": ["x"]}}
    watched.send("comm_open", content)
    watched.wait_for(lambda: set(watched.variables) == {"x"})
    watched.execute("x = 2")
    assert watched.seen("x")[-1:] == ["2"]
    assert len(watched.seen("x")) == 2


def test_message_to_a_closed_comm_is_ignored(watched: KernelClient) -> None:
    """After comm_close nothing comes, and the kernel goes on."""
    watched.close()
    watched.send_data({"method": "list", "id": 1})
    run = watched.execute("x = 1")
    assert run.error is None
    assert not [m for m in run.messages if m["msg_type"] == "comm_msg"]


FLOOD = (
    "for n in range(50_000):\n"
    "    globals()[f'v{n % 100}'] = n\n"
    "    x = n\n"
    "    if n % 5_000 == 0: print('print', n)\n"
    "'result', x"
)


def test_flood_leaves_the_user_s_output_whole(watched: KernelClient) -> None:
    """50,000 stores: every print, the result and idle arrive, and every last value is right."""
    run = watched.execute(FLOOD, timeout_s=60)
    assert run.stdout.count("print") == 10
    assert run.result == "('result', 49999)"
    assert watched.previews == {
        "n": "49999",
        "x": "49999",
        **{f"v{k}": str(49_900 + k) for k in range(100)},
    }
    assert not watched.replica.needs_refresh


def test_flood_of_single_statements(watched: KernelClient) -> None:
    """2,000 statements that each store through the MonitoredDict are a few messages."""
    run = watched.execute("\n".join(f"x = {n}" for n in range(2_000)), timeout_s=60)
    assert watched.previews["x"] == "1999"
    messages = [m for m in run.messages if m["msg_type"] == "comm_msg"]
    assert len(messages) < 100


def test_flood_under_nbclient() -> None:
    """nbclient keeps all of the user's output while a watched cell stores 50,000 times."""
    until_watched = (
        "import time\nwhile not get_ipython().kernel.watcher.is_watched: time.sleep(0.01)"
    )
    cells = [nbformat.v4.new_code_cell(code) for code in (until_watched, FLOOD)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(
        notebook,
        kernel_name="livens",
        extra_arguments=["--HistoryManager.hist_file=:memory:"],
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),
    )
    updates = []

    def watch(notebook: Any) -> None:
        content = {"comm_id": "c", "target_name": TARGET, "data": {}}
        client.kc.control_channel.send(client.kc.session.msg("comm_open", content))
        handle = client.handle_comm_msg

        def spy(outs: Any, msg: Any, cell_index: int) -> Any:
            updates.append(messages.decode_message(msg["content"]["data"]))
            return handle(outs, msg, cell_index)

        client.handle_comm_msg = spy

    client.on_notebook_start = watch
    client.execute()
    outputs = notebook.cells[1].outputs
    printed = "".join(o.text for o in outputs if o.output_type == "stream")
    assert printed.count("print") == 10
    assert outputs[-1].data["text/plain"] == "('result', 49999)"
    last = {v.name: v.preview for u in updates for v in u.params.changed}
    assert last["x"] == "49999"


def test_interrupt_in_the_middle_of_a_flood(fresh: tuple[Any, KernelClient]) -> None:
    """An interrupt ends the cell with KeyboardInterrupt; its reply, idle and last values come."""
    manager, client = fresh
    client.open()
    for _ in range(5):
        cell = client.start("n = 0\nwhile True: n += 1")
        client.wait_for(lambda: len(client.seen("n")) > 3)
        manager.interrupt_kernel()
        run = client.finish(cell)
        assert run.error == "KeyboardInterrupt"
        assert client.execute("print(n)").stdout.strip() == client.previews["n"]
        client.notifications.clear()
