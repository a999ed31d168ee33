"""Rules, and the features that a host says it has; where it has none of it, that is checked too."""

from __future__ import annotations

from typing import Any

from conformance.clients import Client
from conformance.hosts import Host
from livens.protocol import messages


def test_rule_tells_when_it_becomes_true(host: Host, clients: Any) -> None:
    """Everybody, once; and not any more when it is removed."""
    one, other = clients(client="one"), clients()
    rule = one.ask("rule.add", condition="x > 5")["rule"]
    host.execute("for x in range(10): pass")
    for client in (one, other):
        event = client.wait_for(lambda client=client: client.events)[0]
        assert (event.kind, event.rule.condition, event.rule.client) == ("rule", "x > 5", "one")
    assert [r["id"] for r in other.ask("rule.list")["rules"]] == [rule["id"]]
    other.ask("rule.remove", id=rule["id"])
    host.execute("x = 0\nx = 9\ndone = 1")
    one.shows(done="1")
    assert len(one.events) == 1


def test_rules_end_with_their_client(host: Host, clients: Any) -> None:
    """Whoever stays does not see them any more."""
    one, other = clients(), clients()
    one.ask("rule.add", condition="x > 5")
    clients.close(one)
    assert other.ask("rule.list")["rules"] == []


def test_rule_about_data_is_worked_out(host: Host, client: Client) -> None:
    """By the values at the end of the code."""
    client.ask("rule.add", condition="rows(table) > 2")
    host.execute("table = [{'a': n} for n in range(5)]")
    assert client.wait_for(lambda: client.events)[0].name == "table"


def test_rule_stops_what_runs(host: Host, client: Client) -> None:
    """At the very store, and while code awaits, if the host can; else it is refused."""
    answer = client.ask("rule.add", condition="x > 5", action="stop")
    if "stop" not in client.replica.capabilities:
        assert isinstance(answer, messages.ErrorInfo)
        assert answer.code == -32003
        return
    assert host.execute("x = 0\nwhile True: x += 1").ename == "KeyboardInterrupt"
    host.execute("seen = x\nx = 0")
    client.wait_for(lambda: "seen" in client.variables)
    if client.first["params"]["mode"] == "full":
        assert client.previews["seen"] == "6"
    code = (
        "import asyncio\nasync def f():\n    global x\n    while True:\n"
        "        x += 1\n        await asyncio.sleep(0.001)\nawait f()"
    )
    assert host.execute(code).ename in ("KeyboardInterrupt", "CancelledError")
    assert host.execute("assert x > 5").ename == ""


def test_changes_say_which_cell_and_line(host: Host, client: Client) -> None:
    """As far as the host says that it knows."""
    offered = client.replica.capabilities
    host.execute("first = 1\n\nsecond = 2")
    client.shows(second="2")
    origin = client.variables["second"].changed_by
    told = [update.cell for update in client.updates if update.cell is not None]
    if "cells" not in offered:
        assert (origin, told) == (None, [])
        return
    assert origin is not None
    assert origin.execution_count is not None
    client.wait_for(lambda: any(u.cell and not u.cell.running for u in client.updates))
    assert origin.line == (3 if "lines" in offered else None)


def test_running_functions_are_told(host: Host, clients: Any) -> None:
    """While they await, with their locals, to those who ask; and that they have ended."""
    client = clients(frames="top", interval_ms=10)
    host.execute(
        "import asyncio\nasync def waits(a):\n    for n in range(10): await asyncio.sleep(0.05)\n"
        "await waits(7)\nover = 1"
    )
    client.shows(over="1")
    told = [update.frames for update in client.updates if update.frames]
    if "frames" not in client.replica.capabilities:
        assert told == []
        return
    functions = {frame.function for frames in told for frame in frames}
    assert functions == {"waits"}
    assert told[0][0].variables[0].preview == "7"
    client.wait_for(lambda: client.replica.frames == [])


def test_digests_come_at_the_end_of_a_cell(host: Host, clients: Any) -> None:
    """To those who ask, of small values; where cells are known, as a client may see."""
    client = clients(digests=True, interval_ms=100)
    has_digests = {"digests", "cells"} <= set(client.replica.capabilities)
    # Only what takes no time has some, and the first loads what makes them.
    for n in range(100, 150):
        host.execute(f"x = list(range({n}))")
        client.wait_for(lambda n=n: "x" in client.variables and client.variables["x"].length == n)
        if any(update.digests for update in client.updates) or not has_digests:
            break
    assert any(update.digests for update in client.updates) == has_digests
    digest = client.ask("digest", names=["x"])["digests"][0]
    told = [d for update in client.updates for d in update.digests]
    assert not told or told[-1].hash == digest["hash"]


def test_requests_beside_code_that_computes(host: Host, client: Client) -> None:
    """They are answered, if the host says so, before the code has ended; else after it."""
    host.execute("import time\nx = 1")
    ended = host.start("ends = time.monotonic() + 1\nwhile time.monotonic() < ends: n = 1\nx = 2")
    client.wait_for(lambda: "ends" in client.variables)
    answer = client.ask("set", name="x", expression="3")
    is_answered = "answers-while-busy" in client.replica.capabilities
    if is_answered:
        assert isinstance(answer, messages.ErrorInfo)
        assert answer.code == -32002
    assert ended().ename == ""
    client.shows(x="2" if is_answered else "3")


def test_change_waits_for_code_that_awaits(host: Host, client: Client) -> None:
    """With `when_busy` it is made when the code has ended; without it is refused."""
    if "cells" not in client.replica.capabilities:
        return  # it is not known there that code runs: changes are made in between
    ended = host.start("import asyncio\nx = 1\nawait asyncio.sleep(1)\nassert x == 1")
    client.shows(x="1")
    assert client.ask("set", name="x", expression="2").code == -32002
    answer = client.ask("set", name="x", expression="3", when_busy="queue")
    assert answer["variable"]["preview"] == "3"
    assert ended().ename == ""


def test_events_of_shared_names_are_subscribed_to(host: Host, client: Client) -> None:
    """If the host can share names; else that is refused."""
    answer = client.ask("subscribe", sharing=True)
    if "sharing" in client.replica.capabilities:
        assert answer["subscription"]["sharing"]
    else:
        assert isinstance(answer, messages.ErrorInfo)
        assert answer.code == -32003
