"""The tier `wire`: what is sent is of the protocol, from the first message on."""

from __future__ import annotations

from livens_conformance.checking import World, tier
from livens_conformance.schema_check import FEATURES, RESULTS
from livens_conformance.verdicts import need, same, should


@tier("wire")
def first_message_is_the_state(world: World) -> None:
    """All of it: version, mode, capabilities and variables; numbers begin with 1."""
    world.run("state")
    client = world.client
    params = client.first["params"]
    same(client.first["method"], "refresh", "the first message")
    same((params["protocol"], params["seq"], params["start"]), (1, 1, 0), "protocol, seq, start")
    client.wait_for(lambda: client.replica.is_whole, "the whole state")
    same(client.previews, world.previews("state"), "the variables")


@tier("wire")
def capabilities_are_known(world: World) -> None:
    """Each is a method or a feature of the protocol, with a revision from 1 on."""
    offered = world.client.replica.capabilities
    need(all(revision >= 1 for revision in offered.values()), f"a revision below 1: {offered}")
    others = set(offered) - set(RESULTS) - FEATURES
    should(not others, f"capabilities that nobody knows: {', '.join(sorted(others))}")
    should(bool(offered), "no capabilities are told: the kernel is taken for one without any later")


@tier("wire")
def each_client_counts_for_itself(world: World) -> None:
    """Two of them have the same epoch and can do the same."""
    one, other = world.clients(), world.clients()
    same(one.replica.epoch, other.replica.epoch, "the epoch")
    same(one.replica.capabilities, other.replica.capabilities, "the capabilities")
    same(other.first["params"]["seq"], 1, "the first seq of the second client")


@tier("wire")
def paths_begin_with_the_name(world: World) -> None:
    """Each variable has the path by which requests name it."""
    world.run("state")
    client = world.client
    client.has(*world.previews("state"))
    for name, variable in client.variables.items():
        same(variable["path"], [["name", name]], "the path")


@tier("wire")
def answers_have_the_id_of_the_request(world: World) -> None:
    """A number or a text, whatever it is."""
    for number in (0, 1, -7, 2**53, "a text", "ünïcode", "x" * 1_000):
        answer = world.client.ask_data({"method": "list", "params": {"limit": 1}, "id": number})
        need("variables" in answer, "the answer to list has no variables")


@tier("wire")
def requests_without_an_id_are_not_answered(world: World) -> None:
    """They are carried out."""
    client = world.client
    client.line.send({"method": "list", "params": {"limit": 1}})
    client.ask("list", limit=1)
    need(not client.has_stray_answers, "a request without an id was answered")


@tier("wire")
def a_closed_line_is_silent(world: World) -> None:
    """Nothing is sent to a client that has closed its comm; others go on."""
    gone, other = world.clients(), world.clients()
    world.clients.close(gone)
    world.shown("state", other)
    need(not gone.next(0.2), "a message came for a comm that is closed")
