"""The tier `depth`: what is inside of values."""

from __future__ import annotations

from livens_conformance.checking import World, tier
from livens_conformance.client import Client
from livens_conformance.verdicts import Missing, need, same, should

X = [["name", "x"]]


def _need_offered(client: Client, *names: str) -> None:
    missing = [name for name in names if not client.offers(name)]
    if missing:
        raise Missing(f"not in the capabilities: {', '.join(missing)}")


@tier("depth")
def children_lead_on(world: World) -> None:
    """Each has a path that can be asked for, page by page."""
    client = world.client
    _need_offered(client, "inspect")
    world.run("nested")
    client.has("x")
    page = client.ask("inspect", path=X, limit=1)
    same(page["total"], 2, "how many children there are")
    same(len(page["children"]), 1, "how many are in the page")
    below = client.ask("inspect", path=page["children"][0]["path"], start=1, limit=5)
    found = [child["preview"] for child in below["children"]]
    same(found, list(world.previews("nested").values()), "the children's previews")


@tier("depth")
def a_list_is_paged_by_name(world: World) -> None:
    """Pages join without a gap, in the order of the names."""
    client = world.client
    _need_offered(client, "list")
    world.run("many")
    client.wait_for(lambda: len(client.variables) >= 500, "the variables")
    names: list[str] = []
    while True:
        page = client.ask("list", start=len(names), limit=200)
        names += [variable["name"] for variable in page["variables"]]
        if len(names) >= page["total"] or not page["variables"]:
            break
    same(len(names), len(client.variables), "how many names the pages have")
    same(names, sorted(names), "the order of the names")


@tier("depth")
def table_is_sorted_and_filtered(world: World) -> None:
    """By the positions of its columns; `total` counts what passes."""
    client = world.client
    _need_offered(client, "table")
    world.run("prepare")
    path = world.profile.requests["table"]["path"]
    client.has("rows")
    whole = client.ask("table", path=path, sort=[{"column": 0, "descending": True}])
    same(whole["rows"], [[2, "z"], [1, "y"]], "the sorted rows")
    same([column["label"] for column in whole["columns"]], ["a", "b"], "the columns")
    some = client.ask("table", path=path, filters=[{"column": 0, "op": ">", "value": 1}])
    same((some["rows"], some["total"]), ([[2, "z"]], 1), "the filtered rows")


@tier("depth")
def history_has_the_points(world: World) -> None:
    """In their order, the newest last; and updates carry them to who asked."""
    client = world.clients(history=10)
    _need_offered(client, "history")
    world.shown("one_two_three", client)
    points = client.ask("history", name="x")["points"]
    need(points, "there are no points")
    same(points[-1][1], 3, "the newest point")
    times = [at for at, *_ in points]
    same(times, sorted(times), "the order of the points")
    same(client.replica.points["x"][-1][1], 3, "the point in the updates")
    should(len(points) >= 3, f"{len(points)} points of three stores")


@tier("depth")
def digest_is_the_same_for_the_same(world: World) -> None:
    """And another for something else."""
    client = world.client
    _need_offered(client, "digest")
    world.run("equal")
    client.has("x", "y", "z")
    x, y, z = (d["hash"] for d in client.ask("digest", names=["x", "y", "z"])["digests"])
    need(x and x == y, "equal values have other digests")
    need(x != z, "different values have one digest")


@tier("depth")
def own_text_is_cut_where_it_was_asked(world: World) -> None:
    """The value's own text, and whether it is whole."""
    client = world.client
    _need_offered(client, "value")
    world.run("prepare")
    client.has("x")
    whole = client.ask("value", path=X)
    same((whole["mime"], whole["truncated"]), ("text/plain", False), "the form")
    cut = client.ask("value", path=X, max_chars=2)
    same((cut["data"], cut["truncated"]), (whole["data"][:2], True), "the cut text")


@tier("depth")
def previews_are_bounded(world: World) -> None:
    """A large value is no large message, and says that it shows a part."""
    client = world.client
    world.run("large")
    client.has("large")
    variable = client.variables["large"]
    need(len(variable["preview"]) <= 10_000, f"a preview of {len(variable['preview'])} characters")
    need(variable.get("truncated"), "a part of the value is shown as if it were all")
    need(variable.get("length"), "its length is not told")
