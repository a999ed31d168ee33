"""``%load_ext livens`` in a stock ipykernel: the lite mode, loaded, used and unloaded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from livens import wire
from livens.testing import KernelClient


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
    assert isinstance(first, wire.Refresh)
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
