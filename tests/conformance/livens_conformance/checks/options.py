"""The tier `options`: a kernel can do what it says, and refuses the rest."""

from __future__ import annotations

from livens_conformance.checking import World, tier
from livens_conformance.client import Refused
from livens_conformance.schema_check import RESULTS
from livens_conformance.verdicts import Missing, need, same, should

X = [["name", "x"]]

ALWAYS_REFUSED = {"rule.remove": -32001, "table.code": -32003, "undo": -32001}
"""What the request of a profile is about is not there: a rule or a change of that id, a table of
which there is code."""

NOTHING_KEPT = {"state.diff", "state.back", "state.restore"}
"""These are refused where cells are not kept, or there is no such session."""


@tier("options")
def what_is_offered_is_answered_and_the_rest_refused(world: World) -> None:
    """A refusal says what there is instead."""
    client = world.client
    requests = world.profile.requests
    same(set(RESULTS) - set(requests), set(), "the methods without a request in the profile")
    world.run("prepare")
    client.has("x", "old")
    vague = []
    for method, params in requests.items():
        refused = client.refusal(method, **params)
        if not client.offers(method):
            need(refused is not None, f"{method} is not offered, and answered")
            assert refused is not None
            same(refused.code, -32003, f"the code of the refusal of {method}")
            if "capabilities" not in refused.expected:
                vague.append(method)
        elif method in ALWAYS_REFUSED:
            same(refused and refused.code, ALWAYS_REFUSED[method], f"the refusal of {method}")
        elif method in NOTHING_KEPT:
            same(refused and refused.code, -32003, f"the refusal of {method}")
        else:
            need(refused is None, f"{method} is offered, and refused: {refused}")
    should(not vague, f"refusals that do not name the capabilities: {', '.join(vague)}")


@tier("options")
def changes_are_made_and_told(world: World) -> None:
    """With the name of the client, to every client; code sees them."""
    one, other = world.clients(client="one"), world.clients()
    if not one.offers("set", "rename", "delete"):
        raise Missing("not in the capabilities: set, rename, delete")
    step = world.profile.step("six_times_seven")
    answer = one.ask("set", name="x", expression=step.code)
    same(answer["variable"]["preview"], step.previews["x"], "what was set")
    other.shows(step.previews)
    same(other.variables["x"]["changed_by"].get("client"), "one", "who changed it")
    one.ask("rename", name="x", to="y")
    other.shows({"y": step.previews["x"]})
    world.run("need_y")
    one.ask("delete", names=["y"])
    other.wait_for(lambda: "y" not in other.variables, "the removal")
    world.run("no_y")


@tier("options")
def children_are_set_in_place_and_told(world: World) -> None:
    """As the doing of the client; all names of the object show it."""
    one, other = world.clients(client="one"), world.clients()
    if one.replica.capabilities.get("set", 0) < 2:
        raise Missing("not in the capabilities: revision 2 of set")
    world.shown("to_be_changed", other)
    path = [*X, ["key", "str", "a"], ["index", 1]]
    step = world.profile.step("changed_child")
    answer = one.ask("set", name="x", path=path, expression=step.code)
    same(answer["variable"]["path"], path, "the path of what was set")
    other.shows(step.previews)
    same(other.variables["x"]["changed_by"].get("client"), "one", "who changed it")
    world.run("need_changed_child")
    refused = one.refusal("set", name="x", path=[*X, ["index", 9]], expression=step.code)
    same(refused and refused.code, -32001, "the refusal of a path that leads nowhere")


@tier("options")
def what_was_changed_is_taken_back(world: World) -> None:
    """The same object is there again, once."""
    client = world.clients(client="one")
    if not client.offers("undo", "delete"):
        raise Missing("not in the capabilities: undo")
    world.shown("to_be_taken_back", client)
    deleted = client.ask("delete", names=["x"], keep_s=60)
    same(client.ask("undo", id=deleted["undo"])["names"], ["x"], "what is there again")
    client.shows(world.previews("to_be_taken_back"))
    world.run("need_taken_back")
    refused = client.refusal("undo", id=deleted["undo"])
    same(refused and refused.code, -32001, "the refusal of what was taken back")


@tier("options")
def digests_come_at_the_end_of_a_cell(world: World) -> None:
    """To those who ask, of small values; where cells are known, as a client may see."""
    client = world.clients(digests=True, interval_ms=100)
    if not client.offers("digests", "cells", "digest"):
        raise Missing("not in the capabilities: digests, cells")
    for _ in range(50):  # only what takes no time has some, and the first loads what makes them
        world.run("grow")
        client.has("x")
        if any(update.get("digests") for update in client.updates):
            break
        client.ask("list", limit=1)
    told = [d for update in client.updates for d in update.get("digests", [])]
    need(told, "no digest has come")
    same(told[-1]["hash"], client.ask("digest", names=["x"])["digests"][0]["hash"], "the digest")


@tier("options")
def events_of_shared_names_are_subscribed_to(world: World) -> None:
    """If the kernel can share names; else that is refused."""
    client = world.client
    try:
        answer = client.ask("subscribe", sharing=True)
    except Refused as refused:
        need(not client.offers("sharing"), f"it is offered, and refused: {refused}")
        same(refused.code, -32003, "the code of the refusal")
        raise Missing("not in the capabilities: sharing") from None
    need(client.offers("sharing"), "it is not offered, and taken")
    need(answer["subscription"]["sharing"], "the answer does not have it")


@tier("options")
def a_page_of_a_table_tells_how_far_it_is(world: World) -> None:
    """Progress is sent to who asks for it only, and ends before the answer."""
    client = world.client
    if not client.offers("table", "progress"):
        raise Missing("not in the capabilities: table, progress")
    world.run("prepare")
    client.has("rows")
    answer = client.ask("table", path=world.profile.requests["table"]["path"], progress=True)
    same(answer["total"], 2, "the rows")


@tier("options")
def a_request_that_is_done_is_not_cancelled(world: World) -> None:
    """The answer says so."""
    client = world.client
    if not client.offers("cancel"):
        raise Missing("not in the capabilities: cancel")
    same(client.ask("cancel", id=424_242)["cancelled"], False, "whether it was cancelled")
