"""Whatever a client sends, the kernel's end of the protocol answers and lives on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from endpoints import Client, FakeHost
from hypothesis import given
from hypothesis import strategies as st

from livens.kernel.endpoint import Endpoint
from livens.protocol import requests


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, -32600),
        (5, -32600),
        ("list", -32600),
        ([], -32600),
        ({}, -32600),
        ({"method": 5, "id": 1}, -32600),
        ({"method": "list", "params": [], "id": 1}, -32600),
        ({"method": "list", "params": None, "id": 1}, -32600),
        ({"method": "list", "id": 1.5}, -32600),
        ({"method": "nonsense", "id": 1}, -32601),
        ({"method": "_fail", "id": 1}, -32601),
        ({"method": "", "id": 1}, -32601),
        ({"method": "history", "id": 1}, -32602),
        ({"method": "history", "params": {"name": "nope"}, "id": 1}, -32001),
        ({"method": "history", "params": {"name": "In"}, "id": 1}, -32001),
        ({"method": "history", "params": {"name": "api_key"}, "id": 1}, -32003),
        ({"method": "rule.add", "id": 1}, -32602),
        ({"method": "rule.add", "params": {"condition": "x <"}, "id": 1}, -32007),
        ({"method": "rule.add", "params": {"condition": "f(x)"}, "id": 1}, -32007),
        ({"method": "rule.add", "params": {"condition": "x" * 1001}, "id": 1}, -32602),
        ({"method": "rule.add", "params": {"condition": "x", "action": "call"}, "id": 1}, -32602),
        ({"method": "rule.remove", "id": 1}, -32602),
        ({"method": "rule.remove", "params": {"id": "nope"}, "id": 1}, -32001),
        ({"method": "list", "params": {"start": -1}, "id": 1}, -32602),
        ({"method": "list", "params": {"limit": 0}, "id": 1}, -32602),
        ({"method": "list", "params": {"limit": 10**9}, "id": 1}, -32602),
        ({"method": "list", "params": {"nonsense": 1}, "id": 1}, -32602),
        ({"method": "inspect", "params": {}, "id": 1}, -32602),
        ({"method": "inspect", "params": {"path": []}, "id": 1}, -32602),
        ({"method": "inspect", "params": {"path": [["index", 0]]}, "id": 1}, -32602),
        ({"method": "inspect", "params": {"path": [[]]}, "id": 1}, -32602),
        ({"method": "inspect", "params": {"path": [["name", "x"], ["nonsense"]]}, "id": 1}, -32602),
        ({"method": "inspect", "params": {"path": [["name", "x"], []]}, "id": 1}, -32602),
        ({"method": "inspect", "params": {"path": [["name", "nope"]]}, "id": 1}, -32001),
        ({"method": "inspect", "params": {"path": [["name", "x"], ["index", 0]]}, "id": 1}, -32001),
        ({"method": "inspect", "params": {"path": [["name", "api_key"]]}, "id": 1}, -32003),
        ({"method": "value", "params": {"path": [["name", "api_key"]]}, "id": 1}, -32003),
        ({"method": "value", "params": {"path": [["name", "x"]], "mime": "a/b"}, "id": 1}, -32602),
        ({"method": "subscribe", "params": {"names": []}, "id": 1}, -32602),
        ({"method": "subscribe", "params": {"names": ["x" * 2000]}, "id": 1}, -32602),
        ({"method": "subscribe", "params": {"kinds": ["nonsense"]}, "id": 1}, -32602),
        ({"method": "subscribe", "params": {"interval_ms": 0}, "id": 1}, -32602),
        ({"method": "subscribe", "params": {"frames": "every"}, "id": 1}, -32602),
        ({"method": "set", "params": {"name": "x"}, "id": 1}, -32602),
        ({"method": "set", "params": {"name": "x", "expression": "1/0"}, "id": 1}, -32004),
        ({"method": "set", "params": {"name": "x", "expression": "y ="}, "id": 1}, -32004),
        ({"method": "set", "params": {"name": "x", "expression": "nope"}, "id": 1}, -32004),
        ({"method": "set", "params": {"name": "a b", "expression": "1"}, "id": 1}, -32003),
        ({"method": "set", "params": {"name": "if", "expression": "1"}, "id": 1}, -32003),
        ({"method": "set", "params": {"name": "__name__", "expression": "1"}, "id": 1}, -32003),
        ({"method": "set", "params": {"name": "In", "expression": "1"}, "id": 1}, -32003),
        ({"method": "set", "params": {"name": "x", "expression": "exit()"}, "id": 1}, -32004),
        ({"method": "rename", "id": 1}, -32602),
        ({"method": "rename", "params": {"name": "nope", "to": "y"}, "id": 1}, -32001),
        ({"method": "rename", "params": {"name": "x", "to": "text"}, "id": 1}, -32003),
        ({"method": "rename", "params": {"name": "x", "to": "x"}, "id": 1}, -32003),
        ({"method": "rename", "params": {"name": "x", "to": "a b"}, "id": 1}, -32003),
        ({"method": "rename", "params": {"name": "x", "to": "if"}, "id": 1}, -32003),
        ({"method": "rename", "params": {"name": "x", "to": "In"}, "id": 1}, -32003),
        ({"method": "rename", "params": {"name": "x", "to": "__name__"}, "id": 1}, -32003),
        ({"method": "rename", "params": {"name": "In", "to": "y"}, "id": 1}, -32003),
        ({"method": "rename", "params": {"name": "api_key", "to": "y"}, "id": 1}, -32003),
        ({"method": "delete", "params": {"names": []}, "id": 1}, -32602),
        ({"method": "delete", "params": {"names": ["x", "nope"]}, "id": 1}, -32001),
        ({"method": "delete", "params": {"names": ["In"]}, "id": 1}, -32003),
    ],
    ids=repr,
)
def test_bad_request_is_answered_and_changes_nothing(client: Client, data: Any, code: int) -> None:
    """An error says what was wrong and what was expected or to do; the next request works."""
    before = dict(client.namespace)
    answer = client.send(data)
    error = answer["error"]
    assert error["code"] == code, error
    assert error["message"]
    assert error["data"].get("expected") or error["data"].get("remedy")
    assert dict(client.namespace) == before
    assert client.ask("list")["total"] == 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
METHODS = st.sampled_from([*requests.REQUESTS, "nonsense"])
SOME = st.one_of(JSON, st.sampled_from([[["name", "items"]], ["x"], "x", "1 + 1", 1, 0, 10]))
PARAMS = st.dictionaries(
    st.sampled_from(["path", "names", "name", "expression", "start", "limit", "kinds", "mime"]),
    SOME,
    max_size=4,
)


@given(st.one_of(JSON, st.fixed_dictionaries({"method": METHODS, "params": PARAMS, "id": JSON})))
def test_any_data_leave_the_endpoint_alive(data: Any) -> None:
    """Whatever JSON a client sends, nothing raises, and the next request is answered."""
    client = Client(x=1, items=[1, {"a": 2}])
    client.endpoint.receive(data)
    assert client.ask("refresh")["seq"] >= 1


def test_deep_nesting_is_refused(client: Client) -> None:
    """A list in a list 100,000 times over is bad input like any other."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert client.send({"method": "inspect", "params": {"path": deep}, "id": 1})["error"]
    assert client.send({"method": deep, "id": 1})["error"]["code"] == -32600


def test_bad_subscription_at_the_start_falls_back(client: Client) -> None:
    """Data of a comm_open that do not fit are answered, and the client gets the default."""
    messages: list[dict[str, Any]] = []
    endpoint = Endpoint(
        client.watcher, FakeHost(), lambda data, cell: messages.append(json.loads(data))
    )
    endpoint.open({"names": 5})
    assert messages[0]["error"]["code"] == -32602
    assert messages[1]["method"] == "refresh"
    endpoint.close()
