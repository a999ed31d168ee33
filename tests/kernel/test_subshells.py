"""Subshells: questions and code beside a running cell."""

from __future__ import annotations

import pytest

from livens.protocol import messages
from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("namespaces of other kinds, and the debugger")


@pytest.fixture
def header(subshell: str) -> dict[str, str]:
    """What to put into the header of a message for a subshell of the shared kernel."""
    return {"subshell_id": subshell}


def execute_on(kernel: KernelClient, header: dict[str, str], code: str) -> str:
    """Start to execute code on a subshell; returns the id of the request."""
    content = {
        "code": code, "silent": False, "store_history": True, "user_expressions": {},
        "allow_stdin": False, "stop_on_error": True,
    }  # fmt: skip
    message = kernel.client.session.msg("execute_request", content)
    message["header"].update(header)
    kernel.client.shell_channel.send(message)
    return str(message["header"]["msg_id"])


BUSY = "import threading\ngate = threading.Event()\nstarted = True\nloops = 0\n" \
       "while not gate.wait(0.005): loops += 1"  # fmt: skip


def test_requests_on_a_subshell_are_answered_while_a_cell_runs(
    kernel: KernelClient, header: dict[str, str]
) -> None:
    """A comm opened on a subshell is served there; pushes from the main shell do not move it."""
    kernel.execute("x = [1, 2]")
    cell = kernel.start(BUSY)
    kernel.open(channel="shell", header=header)
    for _ in range(3):
        seen = kernel.wait_for(lambda: kernel.previews.get("loops"))
        kernel.wait_for(lambda: kernel.previews.get("loops") != seen)  # noqa: B023
        answer = kernel.request("inspect", "shell", header, path=[["name", "x"]])
        assert [child["preview"] for child in answer["children"]] == ["1", "2"]
    refused = kernel.request("set", "shell", header, name="y", expression="1")
    assert isinstance(refused, messages.ErrorInfo)
    execute_on(kernel, header, "gate.set()")
    assert kernel.finish(cell).error is None


def test_code_on_a_subshell_is_watched_beside_the_main_shell(
    watched: KernelClient, header: dict[str, str]
) -> None:
    """Cells that run at the same time on two shells are both told, each as its own doing."""
    cell = watched.start(BUSY)
    watched.wait_for(lambda: watched.previews.get("started"))
    other = execute_on(
        watched, header,
        "beside = 1\nkind = type(get_ipython().user_ns).__name__\n"
        "def f():\n    global stored\n    stored = 2\nf()\nfor k in range(3): pass",
    )  # fmt: skip
    count = watched.finish(other).reply["execution_count"]
    told = {name: watched.variables[name] for name in ("beside", "kind", "stored", "k")}
    assert {name: variable.preview for name, variable in told.items()} == {
        "beside": "1", "kind": "'MonitoredDict'", "stored": "2", "k": "2",
    }  # fmt: skip
    makers = {name: variable.changed_by for name, variable in told.items()}
    assert {name: maker and maker.execution_count for name, maker in makers.items()} == (
        dict.fromkeys(told, count)
    )
    execute_on(watched, header, "gate.set()")
    assert watched.finish(cell).error is None
    assert watched.previews["beside"] == "1"
