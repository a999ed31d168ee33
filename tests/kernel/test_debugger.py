"""The debugger in a watched kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from livens.testing import DEFAULT_TIMEOUT_S, KernelClient

pytestmark = pytest.mark.every_python("namespaces of other kinds, and the debugger")


class DebugClient:
    """Speaks the Debug Adapter Protocol with a kernel, on the control channel."""

    def __init__(self, client: KernelClient) -> None:
        self.client = client
        self.events: list[dict[str, Any]] = []
        self._seq = 0

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and return the body of its answer."""
        self._seq += 1
        content = {"type": "request", "seq": self._seq, "command": command, "arguments": arguments}
        self.client.send("debug_request", content)
        reply = self.client.client.get_control_msg(timeout=DEFAULT_TIMEOUT_S)["content"]
        assert reply["success"], reply
        return dict(reply.get("body") or {})

    def wait_for(self, event: str) -> dict[str, Any]:
        """Take messages on IOPub until the debugger tells of an event."""
        while True:
            message = self.client.next_message()
            if message["msg_type"] == "debug_event" and message["content"]["event"] == event:
                return dict(message["content"].get("body") or {})

    def variables(self, reference: int) -> dict[str, str]:
        """Return the values of the variables of a scope or a variable."""
        found = self.ask("variables", variablesReference=reference)["variables"]
        return {variable["name"]: variable["value"] for variable in found}


@pytest.fixture
def debugged(start: Callable[..., Any]) -> Iterator[DebugClient]:
    """A fresh watched kernel to whose debugger a front end has attached."""
    with start() as (_, client):
        client.open()
        debugger = DebugClient(client)
        debugger.ask(
            "initialize", clientID="test", adapterID="", linesStartAt1=True,
            columnsStartAt1=True, pathFormat="path",
        )  # fmt: skip
        debugger.ask("attach")
        yield debugger
        debugger.ask("disconnect", restart=False, terminateDebuggee=True)


CELL = """\
def f(a):
    b = a + 1
    return b

n = 5
for i in range(2):
    m = f(n + i)
last = m
after = f(last)"""


def test_debugger_stops_in_a_cell_and_shows_its_variables(debugged: DebugClient) -> None:
    """A breakpoint in a cell stops it; frames, locals and globals show; it can be continued."""
    client = debugged.client
    path = debugged.ask("dumpCell", code=CELL)["sourcePath"]
    lines = [{"line": 3}, {"line": 8}]
    set_there = debugged.ask(
        "setBreakpoints", source={"path": path}, breakpoints=lines, sourceModified=False
    )
    assert [point["verified"] for point in set_there["breakpoints"]] == [True, True]
    debugged.ask("configurationDone")
    cell = client.start(CELL)

    thread = debugged.wait_for("stopped")["threadId"]
    frames = debugged.ask("stackTrace", threadId=thread)["stackFrames"]
    assert [frame["name"] for frame in frames] == ["f", "<module>"]
    inside, top = (
        debugged.variables(
            debugged.ask("scopes", frameId=frame["id"])["scopes"][0]["variablesReference"]
        )
        for frame in frames
    )
    assert (inside["a"], inside["b"]) == ("5", "6")
    assert (top["n"], top["i"]) == ("5", "0")
    assert debugged.ask("evaluate", expression="n * 2", frameId=frames[1]["id"])["result"] == "10"

    # Watching goes on while the cell is stopped: questions are answered, nobody waits for ever.
    assert client.request("list")["total"] >= 3
    client.wait_for(lambda: client.previews.get("i") == "0")
    assert client.request("value", path=[["name", "n"]])["data"] == "5"

    debugged.ask("continue", threadId=thread)
    debugged.wait_for("stopped")
    debugged.ask("continue", threadId=thread)
    debugged.wait_for("stopped")
    client.wait_for(lambda: client.previews.get("m") == "7")
    # A step over a store at the top level ends at the next line, not inside of livens.
    debugged.ask("stepIn", threadId=thread)
    debugged.wait_for("stopped")
    frames = debugged.ask("stackTrace", threadId=thread)["stackFrames"]
    assert [(frame["name"], frame["line"]) for frame in frames] == [("<module>", 9)]
    assert client.request("list")["total"] >= 5
    client.wait_for(lambda: client.previews.get("last") == "7")
    debugged.ask("setBreakpoints", source={"path": path}, breakpoints=[], sourceModified=False)
    debugged.ask("continue", threadId=thread)
    assert client.finish(cell).error is None
    assert client.previews["after"] == "8"


def test_debugger_copies_a_local_variable_to_the_globals(debugged: DebugClient) -> None:
    """What a front end copies out of a stopped function is in the namespace, and told."""
    client = debugged.client
    code = "def f():\n    hidden = 'inside'\n    return hidden\nf()"
    path = debugged.ask("dumpCell", code=code)["sourcePath"]
    debugged.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": 3}])
    debugged.ask("configurationDone")
    cell = client.start(code)
    thread = debugged.wait_for("stopped")["threadId"]
    frame = debugged.ask("stackTrace", threadId=thread)["stackFrames"][0]["id"]
    names = {"srcVariableName": "hidden", "dstVariableName": "copied"}
    debugged.ask("copyToGlobals", srcFrameId=frame, **names)
    debugged.ask("continue", threadId=thread)
    client.finish(cell)
    client.wait_for(lambda: client.previews.get("copied") == "'inside'")
    assert client.execute("copied").result == "'inside'"


def test_debugger_inspects_variables_between_cells(debugged: DebugClient) -> None:
    """inspectVariables and richInspectVariables answer from the namespace, without a breakpoint."""
    client = debugged.client
    client.execute("number, items = 5, [1, 2]\ndef func(): pass")
    found = debugged.ask("inspectVariables")["variables"]
    values = {variable["name"]: variable["value"] for variable in found}
    assert values["number"], values["items"] == ("5", "[1, 2]")
    assert client.execute("number").result == "5"
    rich = debugged.ask("richInspectVariables", variableName="items")
    assert rich["data"]["text/plain"] == "[1, 2]"
