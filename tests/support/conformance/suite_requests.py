"""What a client may ask, and that a host can do what it says, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.clients import Client
from conformance.hosts import Host
from livens.protocol import messages
from livens.protocol.capabilities import ALL, FEATURES

X = [["name", "x"]]

REQUESTS: dict[str, dict[str, Any]] = {
    "subscribe": {"names": ["*"]},
    "refresh": {},
    "list": {"limit": 10},
    "inspect": {"path": X},
    "value": {"path": X},
    "table": {"path": [["name", "rows"]]},
    "statistics": {"path": [["name", "rows"]], "column": 0},
    "table.code": {"path": [["name", "rows"]], "expression": "rows"},
    "cancel": {"id": 12345},
    "history": {"name": "x"},
    "digest": {"names": ["x"]},
    "environment": {},
    "memory": {},
    "set": {"name": "x", "expression": "[1, 2, 3]"},
    "rename": {"name": "old", "to": "new"},
    "delete": {"names": ["new"]},
    "undo": {"id": "no such change"},
    "rule.add": {"condition": "x > 1"},
    "rule.check": {"condition": "n > 1"},
    "rule.list": {},
    "rule.remove": {"id": "no such rule"},
    "state.list": {},
    "state.save": {"tag": "a name"},
    "state.diff": {},
    "state.back": {},
    "state.restore": {"names": ["x"], "session": 1_000_000},
    "state.forget": {"names": ["no such name"]},
    "state.keep": {"on": False},
    "sharing.list": {},
}
"""One request of each method; what they are about is made by `prepared`."""

NOTHING_KEPT = {"state.diff", "state.back", "state.restore"}
"""These are refused where cells are not kept, or there is no such session."""

NO_SUCH_VALUE = {"table.code"}
"""These are refused for these values: there is code for tables of pandas only."""


@pytest.fixture
def prepared(host: Host, client: Client) -> Client:
    """A client of a host that has what the requests are about."""
    host.execute("x = [1, 2]\nn = 2\nrows = [{'a': 1, 'b': 'y'}, {'a': 2, 'b': 'z'}]\nold = 0")
    client.shows(x="[1, 2]", old="0")
    return client


def test_every_method_has_a_request_here() -> None:
    """So that none is forgotten in the next test."""
    assert set(REQUESTS) | set(FEATURES) == set(ALL)


def test_what_it_says_that_it_can_is_answered_and_the_rest_refused(prepared: Client) -> None:
    """A refusal says what there is instead."""
    offered = prepared.replica.capabilities
    for method, params in REQUESTS.items():
        answer = prepared.ask(method, **params)
        if method not in offered:
            assert isinstance(answer, messages.ErrorInfo), method
            assert answer.code == -32003
            assert "capabilities" in answer.data.expected
        elif method in ("rule.remove", "undo"):
            assert answer.code == -32001
        elif method in NOTHING_KEPT | NO_SUCH_VALUE:
            assert answer.code == -32003
            assert "capabilities" not in answer.data.expected
        else:
            assert isinstance(answer, dict), (method, answer)


def test_children_lead_on(host: Host, client: Client) -> None:
    """Each has a path that can be asked for, page by page."""
    host.execute("x = {'a': [10, 20, 30], 2: (None,)}")
    page = client.ask("inspect", path=X, limit=1)
    assert (page["total"], [child["name"] for child in page["children"]]) == (2, ["'a'"])
    below = client.ask("inspect", path=page["children"][0]["path"], start=1, limit=5)
    assert [child["preview"] for child in below["children"]] == ["20", "30"]


def test_table_is_sorted_and_filtered(prepared: Client) -> None:
    """A list of dicts is one."""
    path = REQUESTS["table"]["path"]
    table = prepared.ask("table", path=path, sort=[{"column": 0, "descending": True}])
    assert table["rows"] == [[2, "z"], [1, "y"]]
    assert [column["label"] for column in table["columns"]] == ["a", "b"]


def test_history_has_the_points(host: Host, clients: Any) -> None:
    """In their order, the newest last; and updates carry them to who asked."""
    client = clients(history=10)
    host.execute("x = 1\nx = 2\nx = 3")
    client.shows(x="3")
    points = client.ask("history", name="x")["points"]
    assert points[-1][1] == 3
    assert [at for at, *_ in points] == sorted(at for at, *_ in points)
    assert client.replica.points["x"][-1].value == 3


def test_digest_is_the_same_for_the_same(host: Host, client: Client) -> None:
    """And another for something else."""
    host.execute("x = [1, 'a']\ny = [1, 'a']\nz = [1, 'b']")
    client.shows(z="[1, 'b']")
    digests = client.ask("digest", names=["x", "y", "z"])["digests"]
    x, y, z = (digest["hash"] for digest in digests)
    assert x == y != z


def test_changes_are_made_and_told(host: Host, clients: Any) -> None:
    """With the name of the client, to every client; code sees them."""
    one, other = clients(client="one"), clients()
    answer = one.ask("set", name="x", expression="6 * 7")
    assert answer["variable"]["preview"] == "42"
    other.shows(x="42")
    assert other.variables["x"].changed_by.client == "one"
    one.ask("rename", name="x", to="y")
    other.shows(y="42")
    assert host.execute("assert y == 42").ename == ""
    one.ask("delete", names=["y"])
    other.wait_for(lambda: "y" not in other.variables)
    assert host.execute("y").ename == "NameError"


def test_children_are_set_in_place_and_told(host: Host, clients: Any) -> None:
    """As the doing of the client; code sees them, and what cannot be set says why."""
    one, other = clients(client="one"), clients()
    host.execute("x = {'a': [1, 2], 't': (1,)}\nsame = x")
    other.shows(same="{'a': [1, 2], 't': (1,)}")
    item = [*X, ["key", "str", "a"], ["index", 1]]
    answer = one.ask("set", name="x", path=item, expression="x['a'][0] + 9")
    assert (answer["variable"]["preview"], answer["variable"]["path"]) == ("10", item)
    other.shows(x="{'a': [1, 10], 't': (1,)}", same="{'a': [1, 10], 't': (1,)}")
    assert other.variables["x"].changed_by.client == "one"
    assert host.execute("assert same is x and x['a'] == [1, 10]").ename == ""
    of_a_tuple = [*X, ["key", "str", "t"], ["index", 0]]
    error = one.ask("set", name="x", path=of_a_tuple, expression="1 / 0")
    assert (error.code, "tuple" in error.message) == (-32003, True)
    cell = [["name", "rows"], ["cell", 1, 0]]
    host.execute("rows = [{'a': 1}, {'a': 2}]")
    assert one.ask("set", name="rows", path=cell, expression="5")["variable"]["preview"] == "5"
    other.shows(rows="[{'a': 1}, {'a': 5}]")


def test_what_was_changed_is_taken_back(host: Host, clients: Any) -> None:
    """The same object, where the host says that it can; else nothing is kept."""
    client = clients(client="one")
    host.execute("x = [1]\nkept_id = id(x)\nn = 1")
    client.shows(x="[1]", n="1")
    deleted = client.ask("delete", names=["x"], keep_s=60)
    edited = client.ask("set", name="n", expression="2", keep_s=60)
    if "undo" not in client.replica.capabilities:
        assert "undo" not in deleted
        return
    assert client.ask("undo", id=deleted["undo"])["names"] == ["x"]
    assert client.ask("undo", id=edited["undo"])["names"] == ["n"]
    client.shows(x="[1]", n="1")
    assert host.execute("assert id(x) == kept_id and n == 1").ename == ""
    assert client.ask("undo", id=edited["undo"]).code == -32001


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("inspect", {"path": [["name", "nope"]]}, -32001),
        ("inspect", {"path": []}, -32602),
        ("inspect", {"path": X, "unknown": 1}, -32602),
        ("list", {"limit": "many"}, -32602),
        ("set", {"name": "1x", "expression": "1"}, -32003),
        ("set", {"name": "n", "expression": "1", "path": [*X, ["index", 0]]}, -32602),
        ("set", {"name": "x", "expression": "1", "path": [*X, ["index", 9]]}, -32001),
        ("set", {"name": "x", "expression": "1 / 0", "path": [*X, ["index", 0]]}, -32004),
        ("set", {"name": "x", "expression": "1 / 0"}, -32004),
        ("set", {"name": "x", "expression": "1 +"}, -32004),
        ("delete", {"names": ["nope"]}, -32001),
        ("rename", {"name": "x", "to": "n"}, -32003),
        ("table", {"path": [["name", "n"]]}, -32003),
        ("rule.add", {"condition": "x >"}, -32007),
        ("no.method", {}, -32601),
    ],
)
def test_bad_requests_are_refused(
    prepared: Client, method: str, params: dict[str, Any], code: int
) -> None:
    """With the code that says whose fault it is, and nothing is changed."""
    error = prepared.ask(method, **params)
    assert isinstance(error, messages.ErrorInfo)
    assert (error.code, bool(error.message)) == (code, True)
    assert prepared.ask("inspect", path=X)["variable"]["preview"] == "[1, 2]"


@pytest.mark.parametrize(
    "data",
    [
        None,
        5,
        "text",
        [],
        {},
        {"method": None},
        {"method": "list", "params": "x", "id": 1},
        {"method": "x" * 1_000_000, "id": 3},
        {"method": "subscribe", "params": {"names": ["x"] * 100_000}, "id": 4},
        {"state": {"nbclient": "would read this"}},
    ],
    ids=lambda data: str(data)[:30],
)
def test_garbage_is_answered_and_the_line_lives(client: Client, data: Any) -> None:
    """Any data give an error, and the next request works."""
    if isinstance(data, dict) and "id" in data:
        error = client.ask_data(data)
    else:
        client.line.send(data)
        error = client.stray_error()
    assert error.code in (-32600, -32601, -32602)
    assert len(error.message) < 1000
    assert client.ask("list")["variables"] == []


def test_subscription_that_is_none_is_answered_and_the_default_used(clients: Any) -> None:
    """The client can still ask."""
    client = clients(interval_ms=0)
    assert client.stray_error().code == -32602
    assert client.ask("refresh")["subscription"]["interval_ms"] == 50
