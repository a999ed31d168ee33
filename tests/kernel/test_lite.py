"""``%load_ext livens`` in a stock ipykernel: the lite mode, loaded, used and unloaded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from livens.protocol import messages
from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("code that is watched in a stock shell")


@pytest.fixture
def lite(stock: KernelClient) -> Iterator[KernelClient]:
    """A client of a stock kernel in which livens was loaded, and is unloaded afterwards."""
    client = KernelClient(stock.client)
    assert client.execute("%load_ext livens").error is None
    yield client
    if client.comm_id:
        client.close()
    client.execute("%unload_ext livens")
    left = client.execute(
        "import threading; shell = get_ipython()\n"
        "print(sum(t.name.startswith('livens') for t in threading.enumerate()),\n"
        "      hasattr(shell, 'watcher'), 'watch' in shell.magics_manager.magics['line'],\n"
        "      'livens.variables' in shell.kernel.comm_manager.targets,\n"
        "      'comm_open' in shell.kernel.control_handlers)"
    )
    assert left.stdout == "0 False False False False\n"


def test_says_that_it_is_lite(lite: KernelClient) -> None:
    """Every client can tell people what to expect."""
    lite.execute("x = 1")
    lite.open()
    first: Any = lite.notifications[0]
    assert isinstance(first, messages.Refresh)
    assert first.params.mode == "lite"
    assert lite.previews["x"] == "1"


def test_changes_of_a_cell_are_told_before_it_is_idle(lite: KernelClient) -> None:
    """Assignments, in-place changes, deletions, and what a function's `global` changes."""
    lite.execute("a = [1]; b = 2\ndef f():\n    global c\n    c = 3")
    lite.open()
    run = lite.execute("a.append(5); del b; f(); d = 'new'")
    assert run.error is None
    assert {name: lite.previews.get(name) for name in "abcd"} == {
        "a": "[1, 5]",
        "b": None,
        "c": "3",
        "d": "'new'",
    }
    origin = lite.variables["d"].changed_by
    assert origin is not None
    assert origin.execution_count == run.reply["execution_count"]


@pytest.mark.parametrize(
    "code",
    [
        "n = 0\nwhile True: n += 1",
        "def f():\n    global n\n    n = 0\n    while True: n += 1\nf()",
        "import time\nn = 5\ntime.sleep(60)\nn = 0",
    ],
    ids=["loop", "function", "sleep"],
)
def test_rule_stops_the_cell(lite: KernelClient, code: str) -> None:
    """At the next look of the poller, with a line that names the rule; the next cell runs."""
    lite.execute("n = 0")
    lite.execute('%watch n --until "n > 3"')
    run = lite.execute(code)
    assert run.error == "KeyboardInterrupt"
    assert "Stopped by the rule n > 3: n = " in run.stdout
    after = lite.execute("n = 0\nprint(n)")
    assert (after.error, after.stdout) == (None, "0\n")
    lite.execute("%unwatch")


def test_rule_of_a_client_stops_the_cell(lite: KernelClient) -> None:
    """The protocol takes the action `stop` as a livens kernel does."""
    lite.open()
    lite.execute("n = 0")
    added = lite.request("rule.add", condition="n > 3", action="stop")
    run = lite.execute("while True: n += 1")
    assert run.error == "KeyboardInterrupt"
    lite.request("rule.remove", id=added["rule"]["id"])


def test_values_come_while_the_cell_runs(lite: KernelClient) -> None:
    """The poller sees a top-level loop, and questions are answered meanwhile."""
    lite.open()
    cell = lite.start("import time\nfor i in range(40): time.sleep(0.02)")
    lite.wait_for(lambda: "i" in lite.variables)
    assert lite.request("list")["total"] >= 1
    lite.finish(cell)
    assert len(lite.seen("i")) >= 3


def test_shell_stays_as_it_is(lite: KernelClient) -> None:
    """The namespace is the exact dict, and what IPython keeps is untouched."""
    lite.open()
    lite.execute("2 + 3")
    run = lite.execute("type(get_ipython().user_ns) is dict, globals() is locals(), _")
    assert run.result == "(True, True, 5)"
    lite.execute("%reset -f")
    lite.execute("y = 1")
    assert lite.previews == {"y": "1"}


def test_silent_cells_are_cells(lite: KernelClient) -> None:
    """What runs silently, as in ipyparallel's `execute`, is told before it is idle."""
    lite.execute("a = [1]")
    lite.open()
    msg_id = lite.start("a.append(5); d = 'new'; get_ipython().run_cell('e = 1', silent=True)",
                        silent=True)  # fmt: skip
    lite.finish(msg_id)
    assert [lite.previews.get(name) for name in "ade"] == ["[1, 5]", "'new'", "1"]
    assert lite.parents[-1].get("msg_id") == msg_id
    assert lite.variables["d"].changed_by is not None
    assert lite.variables["d"].changed_by.execution_count is None


ACTIVE = "len(get_ipython().watcher.cells.active)"


def test_comm_messages_are_no_cells(lite: KernelClient) -> None:
    """They fire the events of a silent cell; beside a cell they neither end it nor begin one."""
    lite.execute(
        "import asyncio\nseen = []\n"
        "def take(comm, message):\n"
        f"    comm.on_msg(lambda message: (seen.append({ACTIVE}), gate.set()))\n"
        "get_ipython().kernel.comm_manager.register_target('probe', take)"
    )
    lite.execute("gate = asyncio.Event()")
    lite.send("comm_open", {"comm_id": "probe", "target_name": "probe"}, "shell")
    lite.send("comm_msg", {"comm_id": "probe", "data": {}}, "shell")
    lite.execute(f"gate.clear(); seen.append({ACTIVE})", silent=True)
    cell = lite.start(f"await gate.wait(); seen.append({ACTIVE})")
    lite.send("comm_msg", {"comm_id": "probe", "data": {}}, "shell")
    assert lite.finish(cell).error is None
    assert lite.execute(f"print(seen, {ACTIVE})").stdout == "[0, 1, 1, 1] 1\n"


def test_code_that_a_cell_has_run_belongs_to_it(lite: KernelClient) -> None:
    """A cell that runs another goes on after it, and is ended once."""
    run = lite.execute(
        f"shell = get_ipython()\nshell.run_cell('n = 1')\nshell.run_cell('n = 2', silent=True)\n"
        f"shell.run_cell('1/0', store_history=False)\nprint({ACTIVE})"
    )
    assert run.stdout.endswith("1\n")
    assert lite.execute(f"print({ACTIVE}, n)").stdout == "1 2\n"


def test_cells_of_two_shells_run_beside_each_other(lite: KernelClient) -> None:
    """A cell on a subshell, silent or not, does not end that of the main shell."""
    lite.execute("import threading\ngate = threading.Event()")
    lite.send("create_subshell_request", {})
    header = {"subshell_id": lite.client.get_control_msg(timeout=60)["content"]["subshell_id"]}
    main = lite.start(f"gate.wait()\nafter = {ACTIVE}")
    for silent in (True, False):
        content = {"code": f"beside = {ACTIVE}", "silent": silent, "store_history": not silent,
                   "user_expressions": {}, "allow_stdin": False}  # fmt: skip
        lite.finish(lite.send("execute_request", content, "shell", header))
    content["code"] = "gate.set()"
    lite.send("execute_request", content, "shell", header)
    lite.finish(main)
    assert lite.execute("print(beside, after >= 1)").stdout == "2 True\n"
    lite.send("delete_subshell_request", header)
    lite.client.get_control_msg(timeout=60)


def test_failures_of_ours_are_no_errors_of_the_cell(lite: KernelClient) -> None:
    """Whatever our callbacks run into, the cell's outputs are its own, and the next is told."""
    lite.open()
    lite.execute("%watch --on")
    active = "get_ipython().livens_lite_watch"
    for broken in (f"{active}._note_names", f"{active}._close", f"{active}._attach",
                   "get_ipython().watcher.flush", "get_ipython().watcher.cells.stop_reason",
                   "get_ipython().kernel.comms.iopub.cell_started"):  # fmt: skip
        where, name = broken.rsplit(".", 1)
        lite.execute(f"{where}.{name} = lambda *args: 1/0")
        run = lite.execute("x = 1\nprint('mine')")
        assert run.error is None
        assert "error" not in [message["msg_type"] for message in run.messages]
        assert "Error in callback" not in run.stdout
        lite.execute(f"del {where}.{name}")
    lite.execute("%watch --off")
    lite.execute("x = 2")
    assert lite.previews["x"] == "2"


@pytest.mark.parametrize(
    ("lacking", "told", "has_clients"),
    [
        (["control_handlers"], ["answers while a cell runs"], True),
        (["control_handlers", "io_loop", "iopub_thread"], ["answers while", "changes by"], True),
        (["get_parent"], ["telling which cell"], True),
        (["session"], ["other clients: it has no 'session'"], False),
        (["iopub_socket"], ["other clients: it has no 'iopub_socket'"], False),
        (["comm_manager", "get_parent"], ["other clients: it has no 'comm_manager'"], False),
        (["comms"], ["widgets"], False),
    ],
)
def test_kernel_that_is_no_ipykernel(
    stock: KernelClient, lacking: list[str], told: list[str], has_clients: bool
) -> None:
    """What its kernel lacks is said once, by the answer of the magic; the rest works."""
    client = KernelClient(stock.client)
    client.execute(
        f"class Thin:\n"
        f"    def __init__(self, kernel): object.__setattr__(self, '_kernel', kernel)\n"
        f"    def __getattr__(self, name):\n"
        f"        if name in {lacking}: raise AttributeError(name)\n"
        f"        return getattr(self._kernel, name)\n"
        f"    def __setattr__(self, name, value):\n"
        f"        if name in {lacking}: raise AttributeError(name)\n"
        f"        object.__setattr__(self, name, value)\n"
        f"get_ipython().kernel = Thin(get_ipython().kernel)"
    )
    try:
        run = client.execute("%load_ext livens")
        assert run.error is None
        assert [line for line in told if line not in run.stdout] == []
        assert client.execute("%load_ext livens").stdout.count("Thin") == 0
        assert "x" in client.execute("x = 5\n%watch x").stdout
        client.execute("import livens; seen = []")
        client.execute("handle = livens.on_change('x', lambda v: seen.append(v.preview))")
        client.execute("x = 6")
        assert client.execute("print(seen); handle.close()").stdout == "['6']\n"
        client.execute(
            "import signal; pair = signal.pthread_kill, signal.raise_signal\n"
            "signal.pthread_kill = signal.raise_signal = None"
        )
        client.execute("%watch x --until 'x > 9'")
        assert client.execute("while True: x += 1").error == "KeyboardInterrupt"
        client.execute("%unwatch\nsignal.pthread_kill, signal.raise_signal = pair")
        if has_clients:
            client.open("shell")
            client.execute("x = 7")
            client.wait_for(lambda: client.previews["x"] == "7")
            assert client.request("list", "shell")["total"] >= 1
            client.close("shell")
        assert client.execute("%unload_ext livens").error is None
    finally:
        client.execute("get_ipython().kernel = get_ipython().kernel._kernel")


def test_errors_and_interrupted_cells_end_well(lite: KernelClient) -> None:
    """A cell that raises, or is no Python, is told like any other."""
    lite.open()
    assert lite.execute("x = 1; 1/0").error == "ZeroDivisionError"
    assert lite.previews["x"] == "1"
    assert lite.execute("this is no Python").error == "SyntaxError"
    lite.execute("x = 2")
    assert lite.previews["x"] == "2"


def test_magics_and_callbacks_work(lite: KernelClient) -> None:
    """`%watch` shows the table, `livens.on_change` calls."""
    lite.execute("x = 5\nseen = []\nimport livens")
    assert "x" in lite.execute("%watch x").stdout
    lite.execute("handle = livens.on_change('x', lambda v: seen.append(v.preview))")
    lite.execute("x = 6")
    assert lite.execute("print(seen); handle.close()").stdout == "['6']\n"


def test_loading_twice_and_unloading_with_a_client_is_harmless(stock: KernelClient) -> None:
    """Clients are told goodbye when the extension goes."""
    client = KernelClient(stock.client)
    client.execute("%load_ext livens")
    client.execute("%load_ext livens\n%reload_ext livens")
    client.open()
    taken: list[str] = []
    take = client.next_message

    def take_and_note(*args: Any) -> Any:
        message = take(*args)
        taken.append(message["msg_type"])
        return message

    client.next_message = take_and_note  # type: ignore[method-assign]
    client.execute("%unload_ext livens")
    assert "comm_close" in taken


def test_livens_kernel_has_nothing_to_load(kernel: KernelClient) -> None:
    """The extension says so and leaves everything as it is."""
    run = kernel.execute("%load_ext livens")
    assert run.error is None
    printed = [m["content"]["text"] for m in run.messages if m["msg_type"] == "stream"]
    assert "nothing to load" in "".join(printed)
    assert kernel.execute("type(get_ipython().user_ns).__name__").result == "'MonitoredDict'"


def test_terminal_ipython_can_watch(tmp_path: Any) -> None:
    """Without a kernel there are no comms; the magics work."""
    code = "%load_ext livens\nx = 41\n%watch x\n%unload_ext livens\nexit\n"
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner"],
        input=code,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
        check=False,
    )
    assert "41" in done.stdout, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
