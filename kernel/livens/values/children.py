"""From a value to its children: what is one step below it.

The children come in parts, in this order: its items, elements or columns; its attributes; and on
request its names with two underscores, and its properties. A page copies the items on it and not
those before: a slice of a list, `islice` over a dict or set (which takes 5 ns for each one that it
passes).

Everything is read passively: no ``__getitem__``, no property, no attribute look-up of the user's
classes runs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from livens.exceptions import reason_of
from livens.protocol.types import Key
from livens.values import instances, passive
from livens.values.containers import container_of, copied, field_names, ordered_items
from livens.values.summaries import WriteShort
from livens.values.tables.branches import Branches, branches_of


class Child(NamedTuple):
    """What is one step below a value.

    Attributes
    ----------
    name : str
        As shown.
    key : Key
        The step.
    value : object
        What is there; None where it was not read.
    unread : str
        Why it was not read; empty if it was.
    """

    name: str
    key: Key
    value: Any
    unread: str = ""


class _Part(NamedTuple):
    """One of the kinds of children that a value has."""

    total: int
    page: Callable[[int, int], list[Child]]


A_PROPERTY = "a property: not run"

_MAX_KEY_CHARS = 200


def _class_in_brackets(value: object) -> str:
    return f"<{passive.class_name(type(value))}>"


def children(
    value: object,
    start: int,
    limit: int,
    *,
    everything: bool = False,
    preview: WriteShort = _class_in_brackets,
) -> tuple[list[Child], int]:
    """List one page of what is below a value.

    Parameters
    ----------
    value : object
        Anything.
    start, limit : int
        The first child, and how many at the most.
    everything : bool
        Also names with two underscores on either side, and the properties of the class.
    preview : callable
        Writes a key that is no simple value; passively.

    Returns
    -------
    page : list of Child
    total : int
        How many children there are in all.

    Examples
    --------
    >>> page, total = children({"a": 1, (2, 3): "b"}, 0, 10)
    >>> [(child.name, child.key, child.value) for child in page]
    [("'a'", ['key', 'str', 'a'], 1), ('<tuple>', ['entry', 1], 'b')]
    """
    page: list[Child] = []
    total = 0
    for part in _parts(value, everything, preview):
        first, last = max(start - total, 0), min(start + limit - total, part.total)
        if first < last:
            page += part.page(first, last)
        total += part.total
    return page, total


def _parts(value: object, everything: bool, preview: WriteShort) -> Iterator[_Part]:
    items = _items(value, preview)
    if items is not None:
        yield items
    if not everything and branches_of(value) is not None:
        return  # how a library keeps its columns is nothing to look at
    found = _attributes(value)
    plain = [name for name in found if not _is_dunder(name)]
    yield _Part(len(plain), lambda start, stop: _named(found, plain[start:stop]))
    if everything:
        dunder = [name for name in found if _is_dunder(name)]
        yield _Part(len(dunder), lambda start, stop: _named(found, dunder[start:stop]))
        unread = [name for name in _properties(type(value)) if name not in found]
        yield _Part(len(unread), lambda start, stop: _not_run(unread[start:stop]))


def _items(value: Any, preview: WriteShort) -> _Part | None:
    base = container_of(value)
    if base is None:
        return _branches(value, preview)
    if base is dict:
        return _Part(
            dict.__len__(value),
            lambda start, stop: [
                Child(*_entry_key(n, key, preview), item)
                for n, (key, item) in enumerate(ordered_items(value, start, stop), start)
            ],
        )
    tag = "member" if base is set or base is frozenset else "index"
    names = field_names(type(value)) if base is tuple else ()
    return _Part(
        base.__len__(value),
        lambda start, stop: [
            Child(names[n] if n < len(names) else str(n), [tag, n], item)
            for n, item in enumerate(copied(base, value, start, stop), start)
        ],
    )


def _branches(value: object, preview: WriteShort) -> _Part | None:
    branches = branches_of(value)
    if branches is None:
        return None
    return _Part(
        branches.total,
        lambda start, stop: [_branch(branches, n, preview) for n in range(start, stop)],
    )


def _branch(branches: Branches, n: int, preview: WriteShort) -> Child:
    """Read one column or item; one that cannot be read says why, and the others are read."""
    name = str(n)
    try:
        name = _label(branches.label(n), preview)
        return Child(name, [branches.tag, n], branches.value(n))
    except BaseException as err:  # noqa: BLE001 - a border
        return Child(name, [branches.tag, n], None, reason_of(err, "reading it"))


def _label(label: object, preview: WriteShort) -> str:
    if type(label) is str:
        return passive.sendable_text(label[:_MAX_KEY_CHARS])
    return str(label) if type(label) is int else preview(label)


def has_branches(value: object) -> bool:
    """Return whether a table or an array has columns or items below it.

    Examples
    --------
    >>> has_branches([1])
    False
    """
    branches = branches_of(value)
    return branches is not None and branches.total > 0


def _named(found: dict[str, Any], names: list[str]) -> list[Child]:
    told = [(name, passive.sendable_text(name)) for name in names]
    return [Child(text, ["attribute", text], found[name]) for name, text in told]


def _not_run(names: list[str]) -> list[Child]:
    told = map(passive.sendable_text, names)
    return [Child(text, ["attribute", text], None, A_PROPERTY) for text in told]


def _attributes(value: object) -> dict[str, Any]:
    if not passive.is_real_instance(value, type):
        return instances.attributes(value)
    for _ in range(5):
        try:
            contents = passive.class_dict(value)  # type: ignore[arg-type]
            named = ((passive.name_of(key), item) for key, item in contents.items())
            return {name: item for name, item in named if name is not None}
        except RuntimeError:  # changed while it was iterated
            continue
    return {}


def _properties(cls: type) -> list[str]:
    """Return the names that the class computes by code: its own and inherited properties."""
    found: dict[str, None] = {}
    for base in passive.class_mro(cls):
        for name, item in list(passive.class_dict(base).items()):
            if type(name) is str and passive.is_real_instance(
                item, property, functools.cached_property
            ):
                found.setdefault(name)
    return list(found)


def _is_dunder(name: str) -> bool:
    return name.startswith("__")


def _entry_key(position: int, key: object, preview: WriteShort) -> tuple[str, Key]:
    """Name a key of a mapping: by type and text where that is exact, else by position."""
    kind = type(key)
    if kind is str and len(key) <= _MAX_KEY_CHARS and passive.sendable_text(key) == key:  # type: ignore[arg-type]
        return repr(key), ["key", "str", key]
    if kind is int and key.bit_length() <= 256:  # type: ignore[attr-defined]
        return repr(key), ["key", "int", repr(key)]
    if key is None or kind is bool or (kind is float and repr(key) != "nan"):
        return repr(key), ["key", "None" if key is None else kind.__name__, repr(key)]
    return preview(key), ["entry", position]


# -- one child, for a path -----------------------------------------------------------------


def items_at(value: object, position: int) -> list[Child]:
    """Return the item, element or column at a position, none if the value has none there."""
    items = _items(value, _class_in_brackets)
    if items is None or position >= items.total:
        return []
    return items.page(position, position + 1)


def attributes_at(value: object, name: str) -> list[Child]:
    """Return the attribute of a name, none if the value has none; the name is as it was sent."""
    found = _attributes(value)
    if name in found:
        return _named(found, [name])
    return [child for child in _named(found, list(found)) if child.name == name]
