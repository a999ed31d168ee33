"""The tier `live`: what is told while code runs, and which of it is the cell's."""

from __future__ import annotations

from livens_conformance.checking import World, tier
from livens_conformance.verdicts import Info, Missing, need, same, should


def _offered(world: World, *names: str) -> None:
    missing = [name for name in names if not world.client.offers(name)]
    if missing:
        raise Missing(f"not in the capabilities: {', '.join(missing)}")


@tier("live")
def values_are_told_while_code_computes(world: World) -> None:
    """A loop that never awaits is seen in between."""
    client = world.shown("computes")
    between = [int(preview) for preview in client.seen("n") if preview.isdigit()]
    need(len(set(between) - {0}) >= 2, f"seen in between: {between[:20]}")
    same(between, sorted(between), "the order of the values")


@tier("live")
def values_are_told_while_code_awaits(world: World) -> None:
    """So is one that awaits in every round."""
    client = world.shown("awaits")
    between = [preview for preview in client.seen("k") if preview.isdigit()]
    need(len(set(between)) >= 2, f"seen in between: {between[:20]}")


@tier("live")
def flood_is_a_few_messages_and_the_last_values(world: World) -> None:
    """Of many thousand stores, and none of the numbers is missing."""
    client = world.shown("flood")
    need(len(client.updates) < 1_000, f"{len(client.updates)} updates")
    need(not client.replica.needs_refresh, "messages were lost")


@tier("live")
def requests_beside_code_that_computes(world: World) -> None:
    """They are answered, if the kernel says so, before the code has ended; else after it."""
    client = world.shown("one")
    ended = world.start("busy")
    client.has("ends")
    refused = client.refusal("set", name="x", expression=world.profile.step("three").code)
    if client.offers("answers-while-busy"):
        need(refused is not None, "a change was made while code runs")
        same(refused.code if refused else 0, -32002, "the code of the refusal")
    ended()
    name = "busy" if client.offers("answers-while-busy") else "three"
    client.shows(world.previews(name))


@tier("live")
def changes_say_which_cell_and_line(world: World) -> None:
    """As far as the kernel says that it knows."""
    client = world.shown("lines")
    origin = client.variables["second"].get("changed_by")
    told = [update["cell"] for update in client.updates if update.get("cell")]
    if not client.offers("cells"):
        same((origin, told), (None, []), "what is told of cells that it does not know")
        raise Missing("not in the capabilities: cells")
    need(origin is not None, "the change has no origin")
    need(origin["execution_count"] is not None, "the origin has no cell")
    client.wait_for(
        lambda: any(u.get("cell") and not u["cell"]["running"] for u in client.updates),
        "the last update of the cell",
    )
    if not client.offers("lines"):
        need(origin.get("line") is None, "a line is told that it does not know")
        raise Missing("not in the capabilities: lines")
    same(origin.get("line"), 3, "the line")


@tier("live")
def running_functions_are_told(world: World) -> None:
    """With their locals, to those who ask; and that they have ended."""
    client = world.clients(frames="top", interval_ms=10)
    world.shown("function", client)
    told = [update["frames"] for update in client.updates if update.get("frames")]
    if not client.offers("frames"):
        same(told, [], "frames of who does not offer them")
        raise Missing("not in the capabilities: frames")
    same({frame["function"] for frames in told for frame in frames}, {"waits"}, "the functions")
    same(told[0][0]["variables"][0]["preview"], "7", "the local")
    client.wait_for(lambda: client.replica.frames == [], "that the function has ended")


@tier("live")
def rule_tells_when_it_becomes_true(world: World) -> None:
    """Everybody, once; and not any more when it is removed."""
    one, other = world.clients(client="one"), world.clients()
    _offered(world, "rule.add", "rule.list", "rule.remove")
    rule = one.ask("rule.add", condition="x > 5")["rule"]
    world.run("count_to_nine")
    for client in (one, other):
        event = client.wait_for(lambda client=client: client.events, "the event")[0]
        found = (event["kind"], event["rule"]["condition"], event["rule"].get("client"))
        same(found, ("rule", "x > 5", "one"), "the event")
    same([r["id"] for r in other.ask("rule.list")["rules"]], [rule["id"]], "the rules")
    other.ask("rule.remove", id=rule["id"])
    world.shown("nine_again", one)
    same(len(one.events), 1, "the number of events")


@tier("live")
def rules_end_with_their_client(world: World) -> None:
    """Whoever stays does not see them any more."""
    _offered(world, "rule.add", "rule.list")
    one, other = world.clients(), world.clients()
    one.ask("rule.add", condition="x > 5")
    world.clients.close(one)
    same(other.ask("rule.list")["rules"], [], "the rules")


@tier("live")
def rule_about_data_is_worked_out(world: World) -> None:
    """By the values at the end of the code."""
    _offered(world, "rule.add")
    client = world.client
    client.ask("rule.add", condition="rows(table) > 2")
    world.run("table_of_five")
    same(client.wait_for(lambda: client.events, "the event")[0]["name"], "table", "the name")


@tier("live")
def rule_stops_what_runs(world: World) -> None:
    """At the very store, and while code awaits, if the kernel can; else it is refused."""
    client = world.client
    _offered(world, "rule.add")
    refused = client.refusal("rule.add", condition="x > 5", action="stop")
    if not client.offers("stop"):
        need(refused is not None, "a rule is taken that it cannot carry out")
        same(refused.code if refused else 0, -32003, "the code of the refusal")
        raise Missing("not in the capabilities: stop")
    need(refused is None, f"refused: {refused}")
    world.run("endless")
    world.run("seen")
    client.has("seen")
    exact = client.previews["seen"]
    world.run("endless_await")
    if client.first["params"]["mode"] == "full":
        same(exact, world.previews("seen")["seen"], "the value at which it stopped")
    elif exact != world.previews("seen").get("seen"):
        raise Info(f"stopped at {exact}, as the mode `lite` says that it may")


@tier("live")
def change_waits_for_code_that_awaits(world: World) -> None:
    """With `when_busy` it is made when the code has ended; without it is refused."""
    _offered(world, "set", "cells")
    client = world.client
    ended = world.start("waits_a_second")
    client.has("x")
    refused = client.refusal("set", name="x", expression=world.profile.step("two_text").code)
    same(refused.code if refused else 0, -32002, "the code of the refusal")
    expression = world.profile.step("three").code
    answer = client.ask("set", name="x", expression=expression, when_busy="queue")
    same(answer["variable"]["preview"], world.previews("three")["x"], "what was set")
    ended()


@tier("live")
def first_change_is_told_at_once(world: World) -> None:
    """After quiet it does not wait for the interval of the subscription."""
    client = world.clients(interval_ms=60_000)
    world.run("one")
    client.shows(world.previews("one"))
    should(len(client.updates) <= 3, f"{len(client.updates)} updates within one interval")
