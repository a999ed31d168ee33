"""The tier `sync`: at the end of the code, a client's copy is right."""

from __future__ import annotations

from livens_conformance.checking import World, tier
from livens_conformance.verdicts import Missing, need, same


@tier("sync")
def whatever_stores_is_told(world: World) -> None:
    """By the end of the code at the latest, whichever way it stores."""
    client = world.client
    if not world.profile.stores:
        raise Missing("the profile has no stores")
    for step in world.profile.stores:
        ran = world.host.execute(step.code)
        need(not ran.ename, f"{step.code!r:.80} ended with {ran.ename}: {ran.evalue:.100}")
        client.shows(step.previews)


@tier("sync")
def what_is_gone_is_told(world: World) -> None:
    """Deleted by a statement, or from a function."""
    client = world.shown("two")
    world.run("delete_two")
    client.wait_for(lambda: not set(world.previews("two")) & set(client.variables), "the removal")


@tier("sync")
def code_that_fails_has_stored_all_the_same(world: World) -> None:
    """The error is the code's own."""
    world.shown("fails")


@tier("sync")
def many_variables_come_in_parts(world: World) -> None:
    """None of them much larger than was asked for."""
    world.run("many")
    client = world.clients(max_bytes=10_000)
    client.wait_for(lambda: client.replica.is_whole and len(client.variables) >= 500, "all parts")
    first = client.first["params"]
    need(len(first["variables"]) < 200, f"{len(first['variables'])} variables in one part")
    same(first["length"], len(client.variables), "the length")


@tier("sync")
def each_client_gets_what_it_chose(world: World) -> None:
    """Names, kinds, private ones too if a pattern says so; one outlives the other."""
    previews = world.previews("choices")
    by_name, by_kind = world.clients(names=["y*", "_own"]), world.clients(kinds=["text"])
    every = world.clients()
    world.run("choices")
    by_name.has("y1", "_own")
    by_kind.has("z")
    every.shows({name: text for name, text in previews.items() if name != "_own"})
    same(set(by_name.variables), {"y1", "_own"}, "what was chosen by name")
    same(set(by_kind.variables), {"z"}, "what was chosen by kind")
    need("_own" not in every.variables, "`*` chose a name with an underscore")
    world.clients.close(by_name)
    world.shown("choices_later", every)


@tier("sync")
def subscription_is_changed(world: World) -> None:
    """A refresh with the new choice comes before the answer."""
    client = world.shown("two")
    name = next(iter(world.previews("two")))
    answer = client.ask("subscribe", names=[name], client="me")
    same(answer["subscription"]["names"], [name], "the names")
    same(set(client.variables), {name}, "the variables")
    same(answer["seq"], client.replica.seq, "the seq of the answer")


@tier("sync")
def client_that_lost_messages_recovers(world: World) -> None:
    """A gap in the numbers is seen, and a refresh makes the copy right again."""
    client = world.client
    client.replica.seq -= 1
    world.run("state")
    client.wait_for(lambda: client.replica.needs_refresh, "the gap")
    client.ask("refresh")
    client.wait_for(lambda: client.replica.is_whole, "the refresh")
    same(client.previews, world.previews("state"), "the variables")


@tier("sync")
def client_that_comes_back_sees_what_is_there(world: World) -> None:
    """Also what was changed while nobody watched."""
    first = world.clients()
    world.shown("list_of_one", first)
    world.clients.close(first)
    world.run("append")
    again = world.clients()
    again.wait_for(lambda: again.replica.is_whole, "the whole state")
    same(again.previews, world.previews("append"), "the variables")
