"""How a client is kept in step: the state, updates, choices, and what is lost."""

from __future__ import annotations

import pytest

from conformance.clients import Client, Clients
from conformance.hosts import Host, Ran
from livens.protocol.capabilities import ALL


def test_first_message_is_the_state(host: Host, clients: Clients) -> None:
    """All of it: version, mode, capabilities and variables; numbers begin with 1."""
    host.execute("x = 1\ntext = 'a'")
    client = clients()
    params = client.first["params"]
    assert client.first["method"] == "refresh"
    assert (params["protocol"], params["seq"], params["start"]) == (1, 1, 0)
    assert params["capabilities"].items() <= ALL.items()
    assert client.previews == {"x": "1", "text": "'a'"}


def test_two_clients_are_of_one_process(clients: Clients) -> None:
    """They have the same epoch and can do the same; each counts for itself."""
    one, other = clients(), clients()
    assert one.replica.epoch == other.replica.epoch
    assert one.replica.capabilities == other.replica.capabilities
    assert other.first["params"]["seq"] == 1


@pytest.mark.parametrize(
    ("code", "previews"),
    [
        ("x = 1\nx = 2", {"x": "2"}),
        ("items = [1]\nitems.append(2)", {"items": "[1, 2]"}),
        ("def f():\n    global g\n    g = 7\nf()\ndel f", {"g": "7"}),
        ("globals()['made'] = 3", {"made": "3"}),
        ("for n in range(5): pass", {"n": "4"}),
        ("a, (b, *c) = 1, (2, 3, 4)", {"a": "1", "b": "2", "c": "[3, 4]"}),
        ("from math import pi as p", {"p": "3.141592653589793"}),
        ("(w := 5)", {"w": "5"}),
        ("d = {}\nd['k'] = 1", {"d": "{'k': 1}"}),
        ("if True:\n    with open(__import__('os').devnull) as file: size = 0", {"size": "0"}),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_whatever_stores_is_told(
    host: Host, client: Client, code: str, previews: dict[str, str]
) -> None:
    """By the end of the code at the latest."""
    assert host.execute(code) == Ran()
    client.shows(**previews)


def test_what_is_gone_is_told(host: Host, client: Client) -> None:
    """Deleted by a statement, or from a function."""
    host.execute("x = y = 1")
    client.shows(x="1", y="1")
    host.execute("del x\nglobals().pop('y')")
    client.wait_for(lambda: not client.variables)


def test_values_are_told_while_code_computes(host: Host, client: Client) -> None:
    """A loop that never awaits is seen in between."""
    host.execute(
        "import time\nn, ends = 0, time.monotonic() + 1.5\nwhile time.monotonic() < ends: n += 1"
    )
    host.execute("n = 'over'")
    client.shows(n="'over'")
    between = [int(preview) for preview in client.seen("n") if preview.isdigit()]
    assert len(set(between) - {0}) >= 2
    assert between == sorted(between)


def test_values_are_told_while_code_awaits(host: Host, client: Client) -> None:
    """So is one that awaits in every round."""
    host.execute("import asyncio\nfor k in range(25): await asyncio.sleep(0.05)\nk = 'over'")
    client.shows(k="'over'")
    between = [preview for preview in client.seen("k") if preview.isdigit()]
    assert len(set(between)) >= 2


def test_code_that_fails_has_stored_all_the_same(host: Host, client: Client) -> None:
    """The error is the code's own."""
    assert host.execute("x = 1\n1 / 0\nx = 2").ename == "ZeroDivisionError"
    client.shows(x="1")


def test_flood_is_a_few_messages_and_the_last_values(host: Host, client: Client) -> None:
    """Of 20,000 stores, and none of the numbers is missing."""
    host.execute("for n in range(20_000): globals()[f'v{n % 100}'] = n")
    last = {f"v{k}": str(19_900 + k) for k in range(100)}
    client.shows(n="19999", **last)
    assert len(client.updates) < 1_000
    assert not client.replica.needs_refresh


def test_many_variables_come_in_parts(host: Host, clients: Clients) -> None:
    """None of them much larger than was asked for."""
    host.execute("for n in range(500): globals()[f'v{n}'] = 'x' * 50")
    client = clients(max_bytes=10_000)
    client.wait_for(lambda: len(client.variables) == 501)
    assert len(client.first["params"]["variables"]) < 100
    assert client.first["params"]["length"] == 501


def test_each_client_gets_what_it_chose(host: Host, clients: Clients) -> None:
    """Names, kinds, private ones too if a pattern says so; one outlives the other."""
    by_name, by_kind = clients(names=["y*", "_own"]), clients(kinds=["text"])
    every = clients()
    host.execute("x = 1\ny1 = 2\n_own = 3\nz = 'text'")
    by_name.shows(y1="2", _own="3")
    by_kind.shows(z="'text'")
    every.shows(x="1", y1="2", z="'text'")
    assert set(by_name.variables) == {"y1", "_own"}
    assert set(by_kind.variables) == {"z"}
    assert "_own" not in every.variables
    clients.close(by_name)
    host.execute("x = 4\ndel _own")
    every.shows(x="4")


def test_subscription_is_changed(host: Host, client: Client) -> None:
    """A refresh with the new choice comes before the answer."""
    host.execute("x = y = 1")
    client.shows(x="1", y="1")
    answer = client.ask("subscribe", names=["x"], client="me")
    assert answer["subscription"]["names"] == ["x"]
    assert set(client.variables) == {"x"}
    assert answer["seq"] == client.replica.seq


def test_client_that_lost_messages_recovers(host: Host, client: Client) -> None:
    """A gap in the numbers is seen, and a refresh makes the copy right again."""
    client.replica.seq -= 1
    host.execute("x = 1")
    client.wait_for(lambda: client.replica.needs_refresh)
    client.ask("refresh")
    assert not client.replica.needs_refresh
    assert client.previews == {"x": "1"}


def test_client_that_comes_back_sees_what_is_there(host: Host, clients: Clients) -> None:
    """Also what was changed while nobody watched."""
    first = clients()
    host.execute("x = [1]")
    first.shows(x="[1]")
    clients.close(first)
    host.execute("x.append(2)\ny = 3")
    assert clients().previews == {"x": "[1, 2]", "y": "3"}


def test_secrets_are_not_shown(host: Host, client: Client) -> None:
    """Nor what is below them."""
    host.execute("password = 'hunter2'\nconfig = {'api_key': 'hunter3'}")
    client.wait_for(lambda: {"password", "config"} <= set(client.variables))
    told = repr(client.variables)
    assert "hunter" not in told
    error = client.ask("inspect", path=[["name", "config"], ["key", "str", "api_key"]])
    assert "hunter" not in repr(error)


def test_texts_that_json_cannot_carry_are_told(host: Host, client: Client) -> None:
    """Lone surrogates, numbers that are none, huge ones, and names of other scripts."""
    host.execute("odd = chr(0xDCFF)\nnan = float('nan')\nhuge = 10 ** 5_000\n数 = '\\0'")
    client.wait_for(lambda: {"odd", "nan", "huge", "数"} <= set(client.variables))
    assert "udcff" in client.previews["odd"]
    assert client.previews["nan"] == "nan"
