"""What a client changed comes back as it was, while it is kept and nothing else has changed."""

from __future__ import annotations

import weakref
from typing import Any

from endpoints import Client

from livens.kernel.undoing import MAX_KEPT, Undos


class Thing:
    """Something that can be seen to go."""

    def __init__(self, gone: list[str] | None = None) -> None:
        self.gone = gone

    def __del__(self) -> None:
        if self.gone is not None:
            self.gone.append("gone")


def test_deleted_object_comes_back_itself() -> None:
    """The very object, under its name, in the name of the client."""
    thing = Thing()
    client = Client(v=thing, w=2)
    client.ask("subscribe", client="me")
    answer = client.ask("delete", names=["v", "w"], keep_s=60)
    assert "v" not in client.namespace
    assert client.ask("undo", id=answer["undo"]) == {"names": ["v", "w"]}
    assert client.namespace["v"] is thing
    told = [m["params"] for m in client.messages if m.get("method") == "update"][-1]["changed"]
    assert {(v["name"], v["changed_by"]["client"]) for v in told} == {("v", "me"), ("w", "me")}


def test_edit_and_rename_are_taken_back() -> None:
    """The old object is the same; a name that was new is gone again."""
    old = [1]
    client = Client(v=old)
    edited = client.ask("set", name="v", expression="5", keep_s=60)
    renamed = client.ask("rename", name="v", to="w", keep_s=60)
    made = client.ask("set", name="new", expression="1", keep_s=60)
    assert client.ask("undo", id=made["undo"]) == {"names": ["new"]}
    assert client.ask("undo", id=renamed["undo"]) == {"names": ["v"]}
    assert client.ask("undo", id=edited["undo"]) == {"names": ["v"]}
    assert client.namespace["v"] is old
    assert {"new", "w"}.isdisjoint(client.namespace)


def test_nothing_is_taken_back_over_something_newer() -> None:
    """Each says what is in the way, and changes nothing."""
    client = Client(v=[1], w=1)
    edited = client.ask("set", name="v", expression="5", keep_s=60)
    client.namespace["v"] = 6
    assert "another value since" in client.ask("undo", id=edited["undo"])["message"]
    deleted = client.ask("delete", names=["w"], keep_s=60)
    client.namespace["w"] = 7
    assert "There is a 'w' already" in client.ask("undo", id=deleted["undo"])["message"]
    renamed = client.ask("rename", name="w", to="x", keep_s=60)
    client.namespace["w"] = 8
    assert "There is a 'w' already" in client.ask("undo", id=renamed["undo"])["message"]
    assert (client.namespace["v"], client.namespace["w"], client.namespace["x"]) == (6, 8, 7)
    path = [["name", "v"], ["index", 0]]
    client.namespace["v"] = [1, 2]
    child = client.ask("set", name="v", path=path, expression="[3]", keep_s=60)
    client.namespace["v"][0] = [3]
    assert "another value since" in client.ask("undo", id=child["undo"])["message"]


def test_nothing_is_held_for_who_does_not_ask() -> None:
    """Not even for a moment after the answer."""
    thing = Thing()
    seen = weakref.ref(thing)
    client = Client(v=thing)
    del thing
    assert client.ask("delete", names=["v"]) == {"names": ["v"]}
    assert seen() is None


def test_what_is_forgotten_goes_at_once() -> None:
    """And cannot be taken back any more."""
    gone: list[str] = []
    client = Client(v=Thing(gone))
    answer = client.ask("delete", names=["v"], keep_s=60)
    assert not gone
    assert client.ask("undo", id=answer["undo"], forget=True) == {"names": []}
    assert gone == ["gone"]
    assert client.ask("undo", id=answer["undo"])["code"] == -32001


def test_what_a_client_keeps_goes_with_it_between_cells() -> None:
    """On the main thread, when no cell runs: what its going runs is the user's code."""
    gone: list[str] = []
    client = Client(v=Thing(gone))
    client.ask("delete", names=["v"], keep_s=60)
    client.endpoint.close()
    assert not gone
    client.host.run_queued()
    assert gone == ["gone"]


def test_what_is_kept_too_long_goes_and_only_so_many_are_kept() -> None:
    """The time is over when the timer says so; of too many the oldest goes."""
    queued: list[Any] = []
    gone: list[str] = []
    undos = Undos(queued.append)

    def keep() -> str:
        thing = Thing(gone)
        return undos.keep(60, lambda client: [repr(thing)])

    numbers = [keep() for _ in range(MAX_KEPT + 1)]
    assert gone == ["gone"]
    undos._time_is_over(numbers[-1])
    assert gone == ["gone"]
    queued.pop()()
    assert gone == ["gone"] * 2
    undos.forget_all()
    assert len(gone) == MAX_KEPT + 1
