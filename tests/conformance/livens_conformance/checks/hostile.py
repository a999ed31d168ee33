"""The tier `hostile`: requests that are wrong, values that are odd, and secrets."""

from __future__ import annotations

from typing import Any

from livens_conformance.checking import World, tier
from livens_conformance.client import Client, Refused
from livens_conformance.schema_check import ERRORS
from livens_conformance.verdicts import need, same, should

X = [["name", "x"]]

BAD: list[tuple[str, dict[str, Any], int]] = [
    ("inspect", {"path": [["name", "nope"]]}, -32001),
    ("inspect", {"path": []}, -32602),
    ("inspect", {"path": X, "unknown": 1}, -32602),
    ("list", {"limit": "many"}, -32602),
    ("list", {"limit": -1}, -32602),
    ("set", {"name": "1x", "expression": "1"}, -32003),
    ("delete", {"names": ["nope"]}, -32001),
    ("rename", {"name": "x", "to": "n"}, -32003),
    ("table", {"path": [["name", "n"]]}, -32003),
    ("rule.add", {"condition": "x >"}, -32007),
    ("no.method", {}, -32601),
]
"""Requests that are refused, each with the code of the error."""

GARBAGE: list[Any] = [
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
]
"""Data that are no request."""


@tier("hostile")
def bad_requests_are_refused(world: World) -> None:
    """With the code that says whose fault it is, and nothing is changed."""
    client = world.client
    world.run("prepare")
    client.has("x", "n")
    before = client.ask("list", limit=100)["variables"]
    other_codes = []
    for method, params, code in BAD:
        if method != "no.method" and not client.offers(method):
            continue
        refused = client.refusal(method, **params)
        need(refused is not None, f"{method} {params!r:.80} is answered")
        assert refused is not None
        need(refused.message, f"the refusal of {method} {params!r:.80} has no message")
        need(refused.code in ERRORS, f"the refusal of {method} has the code {refused.code}")
        if refused.code != code:
            other_codes.append(f"{method} {params!r:.60}: {refused.code}, not {code}")
    same(client.ask("list", limit=100)["variables"], before, "the variables afterwards")
    should(not other_codes, "; ".join(other_codes))


@tier("hostile")
def expressions_that_fail_change_nothing(world: World) -> None:
    """Neither one that raises nor one that is none."""
    client = world.client
    world.run("prepare")
    client.has("x")
    for step in ("raises", "no_expression"):
        expression = world.profile.step(step).code
        refused = client.refusal("set", name="x", expression=expression)
        same(refused and refused.code, -32004, f"the refusal of {expression!r}")
    client.shows({"x": world.previews("prepare")["x"]})


@tier("hostile")
def garbage_is_answered_and_the_line_lives(world: World) -> None:
    """Any data give an error, and the next request works."""
    client = world.client
    for data in GARBAGE:
        error = _answer_to(client, data)
        need(error is not None, f"{data!r:.60} is answered")
        assert error is not None
        need(error.code in (-32600, -32601, -32602), f"{data!r:.60} has the code {error.code}")
        need(len(error.message) < 1_000, f"a message of {len(error.message)} characters")
        same(client.ask("list")["variables"], [], "the variables")


def _answer_to(client: Client, data: Any) -> Refused | None:
    """Send anything; returns the error that is the answer."""
    if not (isinstance(data, dict) and "id" in data):
        client.line.send(data)
        return client.stray_error()
    try:
        client.ask_data(data)
    except Refused as refused:
        return refused
    return None


@tier("hostile")
def subscription_that_is_none_is_answered_and_the_default_used(world: World) -> None:
    """The client can still ask."""
    client = world.clients(interval_ms=0)
    same(client.stray_error().code, -32602, "the code")
    same(client.ask("refresh")["subscription"]["interval_ms"], 50, "the interval")


@tier("hostile")
def secrets_are_not_shown(world: World) -> None:
    """Nor what is below them."""
    client = world.client
    world.run("secrets")
    client.has("password", "config")
    need("hunter" not in repr(client.variables), "a secret is shown")
    path = [["name", "config"], ["key", "str", "api_key"]]
    try:
        found = repr(client.ask("inspect", path=path))
    except Refused as refused:
        found = f"{refused.message} {refused.expected}"
    need("hunter" not in found, "a secret below a name is shown")


@tier("hostile")
def texts_that_json_cannot_carry_are_told(world: World) -> None:
    """Lone surrogates, numbers that are none, huge ones, and names of other scripts."""
    client = world.client
    world.run("odd")
    client.has(*world.previews("odd"))
    client.shows({name: text for name, text in world.previews("odd").items() if text})


@tier("hostile")
def a_value_that_lies_disturbs_no_other(world: World) -> None:
    """One whose own code raises, sleeps or exits is described without it."""
    client = world.client
    world.run("liar")
    client.has("liar", "after")
    client.shows({"after": world.previews("liar")["after"]})


@tier("hostile")
def subscriptions_without_end(world: World) -> None:
    """Fifty clients come and go; the last is told like the first."""
    for _ in range(50):
        world.clients.close(world.clients(names=["x"]))
    world.shown("one", world.clients())
