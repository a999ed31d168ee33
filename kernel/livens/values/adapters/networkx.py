"""networkx: graphs by how many nodes and edges they have, and the first nodes.

Read from the dicts that a graph keeps, never by its methods, which a subclass may have changed.
Edges are counted for graphs of up to a thousand nodes: each node has a dict of its neighbours.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_mro, class_name, copied_items, instance_dict, qualified_name
from livens.values.summaries import Adapter, Limits, Preview, Summary

_MAX_NODES = 1_000
_NODES = 5


def _graph(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    nodes = found.get("_node")
    if type(nodes) is not dict:
        return Summary("object", class_name(type(value)))
    count, edges = len(nodes), _edges(value, found)
    first = ", ".join(preview(node) for node, _ in copied_items(nodes, 0, _NODES))
    told = "" if edges is None else f", {edges} edges"
    more = ", …" if count > _NODES else ""
    return Summary(
        "object",
        f"{class_name(type(value))}, {count} nodes{told}{f': {first}{more}' if count else ''}",
        length=count,
        truncated=bool(more),
    )


def _edges(value: Any, found: dict[str, Any]) -> int | None:
    adjacent = found.get("_adj")
    if type(adjacent) is not dict or len(adjacent) > _MAX_NODES:
        return None
    names = {qualified_name(base) for base in class_mro(type(value))}
    is_multi = "networkx.classes.multigraph.MultiGraph" in names
    is_directed = "networkx.classes.digraph.DiGraph" in names
    total = 0
    for node, neighbours in copied_items(adjacent):
        if type(neighbours) is not dict:
            return None
        for other, edge in copied_items(neighbours):
            many = len(edge) if is_multi and type(edge) is dict else 1
            total += many if is_directed or other is not node else 2 * many
    return total if is_directed else total // 2


ADAPTERS: dict[str, Adapter] = {}

BASES: dict[str, Adapter] = {"networkx.classes.graph.Graph": _graph}
