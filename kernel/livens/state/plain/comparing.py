"""`Comparison`: whether names of two states have equal values, without making the values.

Two documents may say the same in different ways: a name is kept together with those that share its
objects, and other names may have joined or left the group since. So the graphs are walked side by
side, from what a name is in both. Values are equal if all of them is, to the last bit, and if what
could be changed is shared in the same way, also with the names that were compared before. Whether
two equal texts, tuples or other constant values are one object does not count.

What is more to be known of a kind, such as that a set has no order, is in ``looks``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from livens.exceptions import DocumentUnreadable
from livens.state.plain import blobs as blob_forms
from livens.state.plain.document import Document, Node
from livens.state.plain.packing import unpacked


class Content(Protocol):
    """The blobs of a document, of which most need not be read."""

    def mark(self, blob: int) -> object:
        """Return what is equal for equal bytes."""

    def read(self, blob: int, most_bytes: int | None = None) -> bytes:
        """Return the bytes, or the first ones."""


class Side:
    """One of the two documents.

    Parameters
    ----------
    key : hashable
        Tells it from other documents.
    document : Document
        The graph.
    content : Content
        Its blobs.
    """

    def __init__(self, key: object, document: Document, content: Content) -> None:
        self.key = key
        self.nodes = document.nodes
        self.names = dict(document.names)
        self._content = content

    def node(self, ref: Any) -> Node:
        """Return the node that a ref leads to.

        Raises
        ------
        DocumentUnreadable
            If there is none.
        """
        is_ref = type(ref) is list and len(ref) == 1 and type(ref[0]) is int
        if is_ref and 0 <= ref[0] < len(self.nodes):
            found: Node = self.nodes[ref[0]]
            return found
        raise DocumentUnreadable("a ref leads to no object; the document is damaged")

    def mark(self, data: Any) -> object:
        """Return what is equal for equal bytes, of what stands in a node's data for them."""
        return data if type(data) is str else self._content.mark(data)

    def blob(self, data: Any, most_bytes: int | None = None) -> memoryview:
        """Return the bytes, or the first ones."""
        if type(data) is str:
            return memoryview(blob_forms.from_inline(data)[:most_bytes])
        return memoryview(self._content.read(data, most_bytes))


Look = Callable[["Walk", Any, Any], bool]
"""Gets the walk and the refs of two nodes; returns whether they are equal as far as it looked. What
is to be compared besides it gives to `Walk.meet`."""

SHARED = frozenset({
    "ChainMap", "Counter", "OrderedDict", "SimpleNamespace", "array", "bytearray", "cell", "class",
    "defaultdict", "deque", "dict", "enum", "frame", "function", "hashinstance", "instance", "list",
    "lru_cache", "masked", "namedtuple", "ndarray", "npbitgenerator", "npgenerator",
    "nprandomstate", "npstrings", "object", "objects", "partial", "pdarray", "polars", "property",
    "random", "series", "set", "view",
})  # fmt: skip
"""The kinds of objects of which it counts which one it is."""

_BLOBS = {
    "array": (3,), "arrow": (2,), "bytearray": (), "bytes": (), "frozenset": (1,), "list": (1,),
    "memory": (), "ndarray": (2,), "npdtype": (), "npscalar": (), "pickle": (0,), "polars": (3,),
    "set": (1,), "tuple": (1,), "view": (2,),
}  # fmt: skip
"""Where bytes stand in the data of a node: all of it, or an item."""


class Comparison:
    """Compare names of two states, one after the other.

    Parameters
    ----------
    looks : mapping, optional
        How nodes of a kind are compared, where that is special.

    Examples
    --------
    >>> from livens.state.plain import encode_plain
    >>> from livens.state.plain.document import load
    >>> shared = [1]
    >>> def side(**values):
    ...     return Side(object(), load(encode_plain(values).document), None)
    >>> one, other = side(a=shared, b=[shared]), side(a=[1], b=[[1]], c=2)
    >>> comparison = Comparison()
    >>> comparison.is_same("a", one, other), comparison.is_same("b", one, other)
    (True, False)
    """

    def __init__(self, looks: Mapping[str, Look] | None = None) -> None:
        self.looks = LOOKS if looks is None else looks
        self.there: dict[object, object] = {}
        self.back: dict[object, object] = {}

    def is_same(self, name: str, one: Side, other: Side) -> bool:
        """Return whether a name has equal values in two documents.

        Raises
        ------
        DocumentUnreadable
            If one of them is damaged.
        """
        walk = Walk(self, one, other)
        if name not in one.names or name not in other.names:
            return False
        if not (walk.meet([one.names[name]], [other.names[name]]) and walk.is_same()):
            return False
        self.there.update(walk.there)
        self.back.update(walk.back)
        return True


class Walk:
    """Go through two graphs side by side, without recursion.

    Attributes
    ----------
    one, other : Side
        The documents.
    there, back : dict
        Which objects of one document were found to be which of the other.
    """

    def __init__(self, comparison: Comparison, one: Side, other: Side) -> None:
        self.one, self.other = one, other
        self.there: dict[object, object] = {}
        self.back: dict[object, object] = {}
        self._before = comparison
        self._waiting: list[tuple[Any, Any, bool]] = []
        self._seen: set[tuple[int, int]] = set()

    def meet(self, ones: Sequence[Any], others: Sequence[Any], *, is_own: bool = False) -> bool:
        """Have refs compared in pairs; return whether there are as many of them.

        Parameters
        ----------
        ones, others : sequence
            The refs.
        is_own : bool
            Whether nothing else can share the objects that they lead to.
        """
        if len(ones) != len(others):
            return False
        for one, other in zip(ones, others, strict=True):
            if type(one) is list and type(other) is list:
                self._waiting.append((one, other, is_own))
            elif not same_data(one, other):
                return False
        return True

    def is_same(self) -> bool:
        """Return whether all that waits is equal."""
        while self._waiting:
            one, other, is_own = self._waiting.pop()
            if not self._is_same_node(one, other, is_own):
                return False
        return True

    def is_one(self, one: object, other: object) -> bool:
        """Note that two objects are to be the same; return False if one of them is another's."""
        one, other = (self.one.key, one), (self.other.key, other)
        known, back = self.there.get(one), self.back.get(other)
        known = self._before.there.get(one) if known is None else known
        back = self._before.back.get(other) if back is None else back
        if known is None and back is None:
            self.there[one], self.back[other] = other, one
            return True
        return known == other and back == one

    def _is_same_node(self, one: list[Any], other: list[Any], is_own: bool) -> bool:
        first, second = self.one.node(one), self.other.node(other)
        is_shared = not is_own and first.kind in SHARED and second.kind in SHARED
        if is_shared and not self.is_one(one[0], other[0]):
            return False
        if (one[0], other[0]) in self._seen:
            return True
        self._seen.add((one[0], other[0]))
        look = self._before.looks.get(first.kind, same_node)
        return look is self._before.looks.get(second.kind, same_node) and look(self, one, other)


def same_node(walk: Walk, one: Any, other: Any) -> bool:
    """Compare two nodes of any kind: by kind, data, bytes, and all that they lead to."""
    first, second = walk.one.node(one), walk.other.node(other)
    return (
        first.kind == second.kind
        and same_bytes(walk, first, second)
        and walk.meet(first.args, second.args)
        and walk.meet(first.fill, second.fill)
    )


def same_bytes(walk: Walk, first: Node, second: Node) -> bool:
    """Compare the data of two nodes of a kind, and their bytes."""
    return same_data(_marked(walk.one, first), _marked(walk.other, second))


def _marked(side: Side, node: Node) -> Any:
    """Return the data of a node, with marks in the place of the numbers of blobs."""
    place = _BLOBS.get(node.kind)
    if place is None or node.data is None:
        return node.data
    try:
        if not place:
            return [side.mark(node.data)]
        return [side.mark(item) if n in place else item for n, item in enumerate(node.data)]
    except (TypeError, IndexError) as err:
        raise DocumentUnreadable("bytes of it are missing") from err


def same_data(one: Any, other: Any) -> bool:
    """Return whether two pieces of JSON are the same.

    Examples
    --------
    >>> same_data([1], [1]), same_data(1, True), same_data(0.0, -0.0), same_data({"a": 1}, {})
    (True, False, False, False)
    """
    if type(one) is not type(other):
        return False
    if type(one) is str or type(one) is int:
        return bool(one == other)
    return msgspec.json.encode(one) == msgspec.json.encode(other)


# -- sets ----------------------------------------------------------------------------------------


def _same_set(walk: Walk, one: Any, other: Any) -> bool:
    """Compare two sets, which have no order."""
    first, second = walk.one.node(one), walk.other.node(other)
    if first.kind != second.kind:
        return False
    ours, theirs = _members(walk.one, first), _members(walk.other, second)
    ours.sort(key=lambda ref: shape(walk.one, ref))
    theirs.sort(key=lambda ref: shape(walk.other, ref))
    return walk.meet(ours, theirs)


def _members(side: Side, node: Node) -> list[Any]:
    if node.data is None:
        return [*node.args, *node.fill]
    code, data = node.data
    return unpacked(code, side.blob(data))


_DEPTH, _BREADTH = 6, 50


def shape(side: Side, ref: Any, depth: int = _DEPTH) -> bytes:
    """Return something by which members of a set are sorted, the same for equal members."""
    if type(ref) is not list or not depth:
        return msgspec.json.encode(None if type(ref) is list else ref)
    node = side.node(ref)
    below = [shape(side, item, depth - 1) for item in [*node.args, *node.fill][:_BREADTH]]
    if node.kind in ("set", "frozenset"):
        below.sort()
    data = repr(_marked(side, node)) if node.kind in _BLOBS else node.data
    return msgspec.json.encode([node.kind, data, [part.decode() for part in below]])


LOOKS: dict[str, Look] = {"set": _same_set, "frozenset": _same_set}
