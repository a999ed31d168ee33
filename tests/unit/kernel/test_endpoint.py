"""The kernel's end of the protocol, without a kernel: requests and their answers."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from endpoints import Client

from livens.watching.running import Running


def test_list_is_paged_and_sorted(client: Client) -> None:
    """Pages come in order of name, with the total."""
    page = client.ask("list", start=1, limit=2)
    assert [v["name"] for v in page["variables"]] == ["items", "text"]
    assert (page["start"], page["total"]) == (1, 4)


def test_inspect_goes_down_by_paths(client: Client) -> None:
    """A child's path leads to the child, key types and all."""
    client.namespace["d"] = {1: "int", "1": "str", None: 0, (1, 2): "tuple", 1.5: [5]}
    children = client.ask("inspect", path=[["name", "d"]])["children"]
    assert [c["name"] for c in children] == ["1", "'1'", "None", "(1, 2)", "1.5"]
    found = [client.ask("inspect", path=c["path"])["variable"]["preview"] for c in children]
    assert found == ["'int'", "'str'", "0", "'tuple'", "[5]"]
    assert found == [c["preview"] for c in children]


def test_inspect_pages_large_values(client: Client) -> None:
    """A million items cost one page."""
    client.namespace["big"] = list(range(1_000_000))
    page = client.ask("inspect", path=[["name", "big"]], start=999_998, limit=10)
    assert [c["preview"] for c in page["children"]] == ["999998", "999999"]
    assert page["total"] == 1_000_000


def test_attributes_are_read_without_running_properties(client: Client) -> None:
    """Attributes of an instance, a class and a module are listed; nothing of theirs runs."""

    class Loud:
        shared = 1

        def __init__(self) -> None:
            self.mine = 2

        @property
        def expensive(self) -> int:
            raise AssertionError("property ran")

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

    client.namespace.update(obj=Loud(), cls=Loud)
    names = [c["name"] for c in client.ask("inspect", path=[["name", "obj"]])["children"]]
    assert names == ["mine"]
    names = [c["name"] for c in client.ask("inspect", path=[["name", "cls"]])["children"]]
    assert "shared" in names
    found = client.ask("inspect", path=[["name", "obj"], ["attribute", "mine"]])
    assert found["variable"]["preview"] == "2"


def test_secrets_below_a_variable_are_hidden(client: Client) -> None:
    """A key that matches a pattern shows no value and cannot be asked for."""
    client.namespace["config"] = {"password": "pa55", "host": "h"}
    children = client.ask("inspect", path=[["name", "config"]])["children"]
    assert [c["preview"] for c in children] == ["redacted", "'h'"]
    assert client.ask("value", path=children[0]["path"])["code"] == -32003
    assert "pa55" not in str(client.messages)


def test_value_runs_the_object_s_own_text(client: Client) -> None:
    """`value` is the one request that calls __repr__, and cuts what it gives."""

    class Custom:
        def __repr__(self) -> str:
            return "own text " * 10

    client.namespace["c"] = Custom()
    got = client.ask("value", path=[["name", "c"]], max_chars=8)
    assert got == {"mime": "text/plain", "data": "own text", "truncated": True}


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_value_whose_text_raises(client: Client, error: type[BaseException]) -> None:
    """An object whose __repr__ raises, whatever it raises, is an error of that request."""

    class Broken:
        def __repr__(self) -> str:
            raise error

    client.namespace["b"] = Broken()
    answer = client.ask("value", path=[["name", "b"]])
    assert (answer["code"], error.__name__ in answer["message"]) == (-32004, True)


def test_value_that_takes_for_ever(client: Client) -> None:
    """After the time limit the client is told; others are answered meanwhile."""
    release = threading.Event()

    class Slow:
        def __repr__(self) -> str:
            release.wait(20)
            return "late"

    client.namespace["s"] = Slow()
    request = {"method": "value", "params": {"path": [["name", "s"]], "timeout_ms": 50}, "id": 1}
    client.endpoint.receive(request)
    assert client.ask("list")["total"] == 5
    answer = client.send(request)
    assert answer["error"]["code"] == -32005
    release.set()


def test_set_and_delete_are_told_to_every_client(client: Client) -> None:
    """What one client changes, each client sees."""
    assert client.ask("set", name="x", expression="x + 41")["variable"]["preview"] == "42"
    assert client.namespace["x"] == 42
    assert client.ask("delete", names=["x", "text"]) == {"names": ["x", "text"]}
    updates = [m["params"] for m in client.messages if m.get("method") == "update"]
    assert updates[0]["changed"][0]["preview"] == "42"
    assert updates[1]["removed"] == ["x", "text"]


def test_rename_keeps_the_object_and_tells_both_names_at_once(client: Client) -> None:
    """No client ever sees both names, or neither."""
    items = client.namespace["items"]
    assert client.ask("rename", name="items", to="things")["variable"]["name"] == "things"
    assert client.namespace["things"] is items
    assert "items" not in client.namespace
    (update,) = [m["params"] for m in client.messages if m.get("method") == "update"]
    assert [v["name"] for v in update["changed"]] == ["things"]
    assert update["removed"] == ["items"]


def test_changes_say_who_made_them(client: Client) -> None:
    """By the name that the client gave itself; other changes between cells say nothing."""
    client.ask("set", name="x", expression="2")
    client.ask("subscribe", client="JupyterLab")
    client.messages.clear()
    listed = {v["name"]: v for v in client.ask("list")["variables"]}
    assert listed["x"]["changed_by"] == {"client": "a client"}
    client.ask("set", name="x", expression="3")
    client.ask("rename", name="text", to="words")
    client.ask("delete", names=["x"])
    updates = [m["params"] for m in client.messages if m.get("method") == "update"]
    by = {"client": "JupyterLab"}
    assert updates[0]["changed"][0]["changed_by"] == by
    assert updates[1]["changed"][0]["changed_by"] == by
    assert updates[1]["origins"] == {"text": by}
    assert updates[2]["origins"] == {"x": by}
    client.namespace["x"] = 4
    client.watcher.flush()
    (variable,) = client.messages[-1]["params"]["changed"]
    assert "changed_by" not in variable


def test_the_expression_has_no_future_of_ours(client: Client) -> None:
    """It is compiled as the user's code, and may have spaces around it."""
    assert client.ask("set", name="x", expression=" [i for i in (1, x)]\n")["variable"]


def test_an_exception_that_cannot_be_shown_is_named(client: Client) -> None:
    """The expression may raise what it likes."""

    class Bad(BaseException):
        def __str__(self) -> str:
            raise RuntimeError

    client.namespace["bad"] = Bad()
    error = client.ask("set", name="x", expression="(_ for _ in ()).throw(bad)")
    assert error["code"] == -32004
    assert "raised Bad" in error["message"]


def test_an_old_value_goes_when_everybody_was_told(client: Client) -> None:
    """Its last words are the user's code, and are not to run inside livens."""
    told: list[bool] = []

    class Last:
        def __del__(self) -> None:
            told.append(any(m.get("method") == "update" for m in client.messages))

    for name in ("x", "text"):
        client.namespace[name] = Last()
    client.watcher.flush()
    client.messages.clear()
    client.ask("set", name="x", expression="1")
    client.messages.clear()
    client.ask("delete", names=["text"])
    assert told == [True, True]


def test_changes_are_refused_while_a_cell_runs(client: Client) -> None:
    """They need the main thread; the refusal says so, and how to queue them."""
    with client.watcher.cells.running(Running("m")):
        refusals = [
            client.ask("set", name="x", expression="2"),
            client.ask("delete", names=["x"]),
            client.ask("rename", name="x", to="y"),
        ]
        assert [error["code"] for error in refusals] == [-32002] * 3
        assert "when_busy" in refusals[0]["data"]["remedy"]
    assert client.namespace["x"] == 1


def test_changes_can_be_queued_while_a_cell_runs(client: Client) -> None:
    """They are carried out in order afterwards, and answered then."""
    with client.watcher.cells.running(Running("m")):
        for number, request in enumerate(
            (
                {"method": "set", "params": {"name": "n", "expression": "x + 1"}},
                {"method": "rename", "params": {"name": "n", "to": "m"}},
                {"method": "delete", "params": {"names": ["n"]}},
            )
        ):
            request["params"]["when_busy"] = "queue"
            client.endpoint.receive({**request, "id": number})
        assert [m for m in client.messages if "id" in m] == []
        client.namespace["x"] = 5
    client.host.run_queued()
    answers = [m for m in client.messages if "id" in m]
    assert [answer["id"] for answer in answers] == [0, 1, 2]
    assert answers[1]["result"]["variable"]["preview"] == "6"
    assert answers[2]["error"]["code"] == -32001  # there is no n any more
    assert client.namespace["m"] == 6


def test_rules_are_answered_listed_and_removed(client: Client) -> None:
    """With their notes; they go with the client that added them."""
    answer = client.ask("rule.add", condition=" x > 1 ")
    rule = {"id": "r1", "condition": "x > 1"}
    assert answer == {"rule": rule, "notes": [], "state": {}}
    answer = client.ask("rule.add", condition="y > 1", action="stop")
    assert answer["notes"] == ["there is no variable 'y' yet"]
    assert [rule["id"] for rule in client.ask("rule.list")["rules"]] == ["r1", "r2"]
    client.namespace["x"] = 2
    client.watcher.tick()
    (event,) = [m["params"] for m in client.messages if m.get("method") == "event"]
    assert event["kind"] == "rule"
    assert event["rule"] == {"id": "r1", "condition": "x > 1"}
    assert client.ask("rule.remove", id="r1") == {"id": "r1"}
    client.endpoint.close()
    assert client.watcher.rules.rules() == []


def test_subscribing_again_changes_the_choice(client: Client) -> None:
    """A second subscribe gives a refresh with the new choice, and the effective subscription."""
    got = client.ask("subscribe", names=["t*"], interval_ms=100)
    assert got["subscription"]["names"] == ["t*"]
    refresh = [m["params"] for m in client.messages if m.get("method") == "refresh"][-1]
    assert [v["name"] for v in refresh["variables"]] == ["text"]


def test_requests_without_id_are_not_answered(client: Client) -> None:
    """As in JSON-RPC, a notification gets no answer."""
    count = len(client.messages)
    client.endpoint.receive({"method": "list"})
    assert len(client.messages) == count


def test_closed_endpoint_says_so(client: Client) -> None:
    """After close a request is answered with an error, and nothing is told any more."""
    client.endpoint.close()
    client.endpoint.close()
    assert client.ask("refresh")["code"] == -32600
    assert not client.watcher.is_watched


def test_history_is_paged_by_time_and_number(client: Client) -> None:
    """The newest points come, the oldest of them first; a deleted variable keeps its own."""
    for n in range(5):
        client.namespace["n"] = n
    del client.namespace["n"]
    everything = client.ask("history", name="n")
    assert [point[1] for point in everything["points"]] == [0, 1, 2, 3, 4, None]
    last = client.ask("history", name="n", limit=2)
    assert last["points"] == everything["points"][-2:]
    assert last["total"] == 6
    at = everything["points"][2][0]
    later = client.ask("history", name="n", since=at)["points"]
    assert later == [point for point in everything["points"] if point[0] > at]
    assert client.ask("history", name="text") == {"name": "text", "points": [], "total": 0}


class Slow:
    """A value whose own text waits until the test lets it go."""

    def __init__(self) -> None:
        self.asked, self.may_go_on = threading.Event(), threading.Event()

    def __repr__(self) -> str:
        self.asked.set()
        self.may_go_on.wait(60)
        return "slow"


def test_work_on_a_request_is_cancelled(client: Client) -> None:
    """`cancel` answers the request with an error at once, and says whether there was anything."""
    slow = client.namespace["slow"] = Slow()
    client.endpoint.receive({"method": "value", "params": {"path": [["name", "slow"]]}, "id": "s"})
    assert slow.asked.wait(60)
    other = client.send({"method": "cancel", "params": {"id": "other"}, "id": 8})
    assert other["result"] == {"id": "other", "cancelled": False}
    done = client.send({"method": "cancel", "params": {"id": "s"}, "id": 9})
    assert done["result"] == {"id": "s", "cancelled": True}
    slow.may_go_on.set()
    answers = [message for message in client.messages if message.get("id") == "s"]
    assert [answer["error"]["code"] for answer in answers] == [-32008]
    again = client.send({"method": "cancel", "params": {"id": "s"}, "id": 10})
    assert again["result"]["cancelled"] is False


def test_work_ends_with_the_client(client: Client) -> None:
    """A client that goes is answered nothing more, and what worked for it is told so."""
    slow = client.namespace["slow"] = Slow()
    client.endpoint.receive({"method": "value", "params": {"path": [["name", "slow"]]}, "id": 1})
    assert slow.asked.wait(60)
    [work] = client.endpoint._works.values()
    client.endpoint.close()
    told = len(client.messages)
    assert work.is_over()
    slow.may_go_on.set()
    assert not work.cancel()
    assert client.messages[told:] == []
