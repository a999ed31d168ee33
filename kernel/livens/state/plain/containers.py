"""Builtin containers and those of `collections`: of exactly these classes, with their order.

A container that another thread changes while it is copied is copied again; after five times
`Changed` is raised, so that the whole group is taken again.
"""

from __future__ import annotations

import gc
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from types import MappingProxyType, SimpleNamespace
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.plain.blobs import Changed
from livens.state.plain.document import Node
from livens.state.plain.packing import unpacked
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Encoder, Refused, Writer

_HASHED_BY_C = frozenset(map(id, (str, int, float, bool, bytes, complex, type(None))))


def copied(iterable: Any) -> list[Any]:
    """Return a list of the items of a container, which another thread may be changing.

    Raises
    ------
    Changed
        If it was being changed each time.
    """
    for _ in range(5):
        try:
            return list(iterable)
        except RuntimeError:  # it changed size during iteration
            continue
    raise Changed("it was changed while it was read")


def mapping_fill(writer: Writer, items: list[tuple[Any, Any]]) -> Any:
    """Return the refs of a mapping: of all keys, then of all values."""
    keys = [key for key, _ in items]
    writer.need_shown(keys)
    return writer.refs(keys + [value for _, value in items])


def _dict(writer: Writer, value: Any) -> Node:
    return Node(_NAMES[id(type(value))], fill=mapping_fill(writer, copied(dict.items(value))))


def _defaultdict(writer: Writer, value: Any) -> Node:
    fill = mapping_fill(writer, copied(dict.items(value)))
    return Node("defaultdict", [writer.ref(value.default_factory)], fill)


def own_order(value: Any) -> list[tuple[Any, Any]]:
    """Return the items of an `OrderedDict` in its order, which asks for no hash of the user's.

    Raises
    ------
    Refused
        If a key is of a class whose hash might be the user's.
    """
    items = copied(dict.items(value))
    if not all(_is_hashed_by_c(key) for key, _ in items):
        raise Refused("an OrderedDict with keys of other than Python's plain types")
    order = copied(OrderedDict.__iter__(value))
    found = {id(key): item for key, item in items}
    if len(order) != len(items) or not all(id(key) in found for key in order):
        raise Changed("it was changed while it was read")
    return [(key, found[id(key)]) for key in order]


def _is_hashed_by_c(key: Any) -> bool:
    cls = type(key)
    if cls is tuple or cls is frozenset:
        return all(map(_is_hashed_by_c, key))
    return id(cls) in _HASHED_BY_C


def _ordered_dict(writer: Writer, value: Any) -> Node:
    return Node("OrderedDict", fill=mapping_fill(writer, own_order(value)))


def _namespace(writer: Writer, value: Any) -> Node:
    return Node("SimpleNamespace", fill=mapping_fill(writer, copied(value.__dict__.items())))


def _proxy(writer: Writer, value: Any) -> Node:
    behind = [found for found in gc.get_referents(value) if type(found) is dict]
    if len(behind) != 1:
        raise Refused("a mappingproxy of something else than a dict")
    return Node("mappingproxy", [writer.ref(behind[0])])


def _chain(writer: Writer, value: Any) -> Node:
    own = copied(value.__dict__.items())
    if [name for name, _ in own] != ["maps"]:
        raise Refused("a ChainMap with attributes of its own")
    return Node("ChainMap", fill=[writer.ref(own[0][1])])


def _list(writer: Writer, value: Any) -> Node:
    return writer.items("list", value[:])


def _tuple(writer: Writer, value: Any) -> Node:
    return writer.items("tuple", list(value), is_made=True)


def _set(writer: Writer, value: Any) -> Node:
    return writer.items("set", copied(value))


def _frozenset(writer: Writer, value: Any) -> Node:
    return writer.items("frozenset", copied(value), is_made=True)


def _deque(writer: Writer, value: Any) -> Node:
    node = Node("deque", fill=writer.refs(copied(value)))
    node.data = value.maxlen
    return node


def _slice(writer: Writer, value: Any) -> Node:
    return Node("slice", [writer.ref(part) for part in (value.start, value.stop, value.step)])


def _range(writer: Writer, value: Any) -> Node:
    return Node("range", [writer.ref(part) for part in (value.start, value.stop, value.step)])


_NAMES = {id(dict): "dict", id(Counter): "Counter"}

ENCODERS: dict[int, Encoder] = {
    id(dict): _dict, id(Counter): _dict, id(defaultdict): _defaultdict,
    id(OrderedDict): _ordered_dict, id(ChainMap): _chain, id(SimpleNamespace): _namespace,
    id(MappingProxyType): _proxy, id(list): _list, id(tuple): _tuple, id(set): _set,
    id(frozenset): _frozenset, id(deque): _deque, id(slice): _slice, id(range): _range,
}  # fmt: skip


# -- back ------------------------------------------------------------------------------------


def _items(reader: Reader, node: Node, values: list[Any]) -> list[Any]:
    """Return the items of a sequence: packed ones, or what its refs lead to."""
    if node.data is None:
        return values
    try:
        code, data = node.data
    except (TypeError, ValueError):
        raise DocumentUnreadable("packed numbers are damaged") from None
    return unpacked(code, reader.blob(data))


def pairs(fill: list[Any]) -> zip[tuple[Any, Any]]:
    """Return the items of a mapping from its refs: all keys, then all values.

    Raises
    ------
    DocumentUnreadable
        If a key has no value.
    """
    half, odd = divmod(len(fill), 2)
    if odd:
        raise DocumentUnreadable("a key of it has no value; the document is damaged")
    return zip(fill[:half], fill[half:], strict=True)


def _update(_reader: Reader, value: Any, _node: Node, fill: list[Any]) -> None:
    for key, item in pairs(fill):
        dict.__setitem__(value, key, item)


def _update_ordered(_reader: Reader, value: Any, _node: Node, fill: list[Any]) -> None:
    for key, item in pairs(fill):
        OrderedDict.__setitem__(value, key, item)


def _update_namespace(_reader: Reader, value: Any, _node: Node, fill: list[Any]) -> None:
    value.__dict__.update(pairs(fill))


def _extend(reader: Reader, value: Any, node: Node, fill: list[Any]) -> None:
    value.extend(_items(reader, node, fill))


def _extend_deque(_reader: Reader, value: Any, _node: Node, fill: list[Any]) -> None:
    value.extend(fill)


def _add(reader: Reader, value: Any, node: Node, fill: list[Any]) -> None:
    value.update(_items(reader, node, fill))


def _put_maps(_reader: Reader, value: Any, _node: Node, fill: list[Any]) -> None:
    [value.maps] = fill


KINDS: dict[str, Kind] = {
    "ChainMap": Kind(lambda *_: ChainMap(), _put_maps),
    "dict": Kind(lambda *_: {}, _update, hashes=True),
    "Counter": Kind(lambda *_: Counter(), _update, hashes=True),
    "defaultdict": Kind(lambda _r, _n, args: defaultdict(args[0]), _update, hashes=True),
    "OrderedDict": Kind(lambda *_: OrderedDict(), _update_ordered, hashes=True),
    "SimpleNamespace": Kind(lambda *_: SimpleNamespace(), _update_namespace),
    "mappingproxy": Kind(lambda _r, _n, args: MappingProxyType(args[0])),
    "list": Kind(lambda *_: [], _extend),
    "tuple": Kind(lambda reader, node, args: tuple(_items(reader, node, args))),
    "set": Kind(lambda *_: set(), _add, hashes=True),
    "frozenset": Kind(lambda reader, node, args: frozenset(_items(reader, node, args))),
    "deque": Kind(lambda _r, node, _a: deque(maxlen=node.data), _extend_deque),
    "slice": Kind(lambda _r, _n, args: slice(*args)),
    "range": Kind(lambda _r, _n, args: range(*args)),
}
