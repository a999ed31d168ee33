"""Setting a child runs what a plain assignment runs; what is redacted is neither set nor passed."""

from __future__ import annotations

from typing import Any

import pandas as pd
from endpoints import Client


def set_child(client: Client, steps: list[Any], expression: str, **more: Any) -> Any:
    path = [["name", "v"], *steps]
    return client.ask("set", name="v", path=path, expression=expression, **more)


RAN: list[str] = []


class Loud(dict):  # type: ignore[type-arg]
    """Says what runs."""

    def __setitem__(self, key: Any, value: Any) -> None:
        RAN.append("setitem")
        super().__setitem__(key, value)

    def __getitem__(self, key: Any) -> Any:
        RAN.append("getitem")
        return super().__getitem__(key)

    def __getattribute__(self, name: str) -> Any:
        RAN.append(f"get {name}")
        return super().__getattribute__(name)

    def __repr__(self) -> str:
        RAN.append("repr")
        return "loud"


class LoudKey:
    """A key that says when it is hashed or compared."""

    def __hash__(self) -> int:
        RAN.append("hash")
        return 1

    def __eq__(self, other: object) -> bool:
        RAN.append("eq")
        return self is other


class LoudAttributes:
    """An object whose attributes are code."""

    def __init__(self) -> None:
        self.__dict__["n"] = 1

    def __setattr__(self, name: str, value: Any) -> None:
        RAN.append("setattr")
        self.__dict__[name] = value

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            RAN.append(f"get {name}")
        return super().__getattribute__(name)

    @property
    def inner(self) -> Any:
        RAN.append("property")
        return self


def test_only_what_the_assignment_runs_is_run() -> None:
    """`__setitem__`, `__setattr__` and the hash of a key, and nothing on the way."""
    key = LoudKey()
    value = {"a": Loud(x=1), "k": {key: 1}, "o": LoudAttributes()}
    client = Client(v=value)
    RAN.clear()
    steps: list[Any] = [["key", "str", "a"], ["key", "str", "x"]]
    assert set_child(client, steps, "2", keep_s=60)["variable"]["preview"] == "2"
    assert RAN == ["setitem"]
    RAN.clear()
    assert set_child(client, [["key", "str", "k"], ["entry", 0]], "2")["variable"]["preview"] == "2"
    assert set(RAN) == {"hash"}
    RAN.clear()
    steps = [["key", "str", "o"], ["attribute", "n"]]
    assert set_child(client, steps, "2")["variable"]["preview"] == "2"
    assert RAN == ["setattr"]


class Half:
    """Keeps something else than it is given."""

    def __init__(self) -> None:
        self.__dict__["n"] = 8

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value / 2


def test_what_the_class_made_of_it_is_told() -> None:
    """The answer has what is there, not what was sent; undo says when it cannot bring it back."""
    client = Client(v=Half())
    answer = set_child(client, [["attribute", "n"]], "4", keep_s=60)
    assert answer["variable"]["preview"] == "2.0"
    assert "made something else of it" in client.ask("undo", id=answer["undo"])["message"]


def test_redacted_names_are_neither_set_nor_passed() -> None:
    """Wherever they are on the way, also as a column; and nothing is told of the table."""
    table = pd.DataFrame({"password": ["a"], "n": [1]})
    value = {"password": {"a": 1}, "table": table, "rows": [{"token": 1, "n": 2}]}
    client = Client(v=value, api_key=[1, 2])
    for steps in (
        [["key", "str", "password"]],
        [["key", "str", "password"], ["key", "str", "a"]],
        [["key", "str", "table"], ["cell", 0, 0]],
        [["key", "str", "table"], ["column", 0], ["index", 0]],
        [["key", "str", "rows"], ["cell", 0, 0]],
    ):
        error = set_child(client, steps, "1 / 0")
        assert (error["code"], "is redacted" in error["message"]) == (-32003, True)
    path = [["name", "api_key"], ["cell", 9, 9]]
    error = client.ask("set", name="api_key", path=path, expression="1")
    assert error["message"] == "'api_key' is redacted"
    assert set_child(client, [["key", "str", "table"], ["cell", 0, 1]], "5")["variable"]


def test_path_has_to_be_below_the_name() -> None:
    """And a path of the name alone sets the name."""
    client = Client(v=[1], In=[])
    path = [["name", "other"], ["index", 0]]
    assert client.ask("set", name="v", path=path, expression="1")["code"] == -32602
    path = [["name", "In"], ["index", 0]]
    assert client.ask("set", name="In", path=path, expression="1")["code"] == -32003
    assert set_child(client, [], "[5]")["variable"]["preview"] == "[5]"
    assert client.namespace["v"] == [5]


def test_other_names_of_the_same_object_are_told() -> None:
    """The same update has them, as far as they were compared; the next look finds the rest."""
    shared = {"a": 1}
    client = Client(v=shared, w=shared)
    set_child(client, [["key", "str", "a"]], "2")
    client.watcher.flush()
    told = [m["params"]["changed"] for m in client.messages if m.get("method") == "update"]
    assert {v["name"]: v["preview"] for changed in told for v in changed} == {
        "v": "{'a': 2}",
        "w": "{'a': 2}",
    }
