"""Paths: from a key to a value below a variable, and from a value to its children.

A path is a list of tagged keys (`livens.events.Key`), so that ``1`` and ``"1"`` differ and a
key of any type can be named. Everything is read passively: no ``__getitem__``, no property, no
attribute look-up of the user's classes runs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any

from livens import passive
from livens.events import Key
from livens.exceptions import InvalidParams, VariableNotFound

Children = list[tuple[str, Key, Any]]
"""Of each child: its name as shown, its key, and the value."""

_SEQUENCES = (list, tuple, deque)
_SETS = (set, frozenset)
_KEY_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_MAX_KEY_CHARS = 200


def children(value: object, start: int, limit: int) -> tuple[Children, int]:
    """List one page of what is below a value.

    Parameters
    ----------
    value : object
        Anything.
    start, limit : int
        The first child, and how many at the most.

    Returns
    -------
    page : list of (str, Key, object)
    total : int
        How many children there are in all.

    Examples
    --------
    >>> children({"a": 1, 2: "b"}, 0, 10)
    ([("'a'", ['key', 'str', 'a'], 1), ('2', ['key', 'int', '2'], 'b')], 2)
    """
    stop = start + limit
    sequence = _base(value, _SEQUENCES)
    if sequence is not None:
        items = _copied(sequence, value, start, stop)
        page = [(str(n), ["index", n], item) for n, item in enumerate(items, start)]
        return page, sequence.__len__(value)
    if _base(value, (dict,)) is not None:
        pairs = passive.copied_items(value, stop)[start:]  # type: ignore[arg-type]
        page = [(*_entry_key(n, key), item) for n, (key, item) in enumerate(pairs, start)]
        return page, dict.__len__(value)  # type: ignore[arg-type]
    elements = _base(value, _SETS)
    if elements is not None:
        items = _copied(elements, value, start, stop)
        page = [(str(n), ["member", n], item) for n, item in enumerate(items, start)]
        return page, elements.__len__(value)
    return _attributes(value, start, stop)


def _attributes(value: object, start: int, stop: int) -> tuple[Children, int]:
    if passive.is_real_instance(value, type):
        found = {k: v for k, v in passive.class_dict(value).items() if type(k) is str}  # type: ignore[arg-type]
    else:
        found = passive.attributes(value)
    names = [name for name in found if not name.startswith("__")]
    page: Children = [
        (passive.sendable_text(name), ["attribute", passive.sendable_text(name)], found[name])
        for name in names[start:stop]
    ]
    return page, len(names)


def resolve(namespace: Mapping[str, Any], path: list[Key]) -> Any:
    """Follow a path from the namespace to a value.

    Raises
    ------
    InvalidParams
        If it is no path.
    VariableNotFound
        If it leads nowhere, or no longer.

    Examples
    --------
    >>> resolve({"x": [10, {"a": 20}]}, [["name", "x"], ["index", 1], ["key", "str", "a"]])
    20
    """
    first = path[0]
    if len(first) != 2 or first[0] != "name" or type(first[1]) is not str:
        raise InvalidParams(
            f"A path begins with a name, not with {_shown(first)}", expected='["name", "x"]'
        )
    name = first[1]
    if name not in namespace:
        raise VariableNotFound(
            f"No variable {_shown(name)}",
            expected="a name that is in the namespace",
            remedy="Ask 'list' for the names there are.",
        )
    value = namespace[name]
    for depth, key in enumerate(path[1:], 1):
        value = _step(value, key, path[: depth + 1])
    return value


def _step(value: object, key: Key, so_far: list[Key]) -> Any:
    match key:
        case ["index", int(n)] if n >= 0 and (base := _base(value, _SEQUENCES)):
            found = _copied(base, value, n, n + 1)
        case ["member", int(n)] if n >= 0 and (base := _base(value, _SETS)):
            found = _copied(base, value, n, n + 1)
        case ["entry", int(n)] if n >= 0 and _base(value, (dict,)):
            found = [item for _, item in passive.copied_items(value, n + 1)[n:]]  # type: ignore[arg-type]
        case ["key", str(kind), str(text)] if _base(value, (dict,)):
            found = _by_key(value, kind, text)  # type: ignore[arg-type]
        case ["attribute", str(name)]:
            page, _ = _attributes(value, 0, 1_000_000)
            found = [item for child, _, item in page if child == name]
        case ["index" | "member" | "entry" | "key", *_]:
            found = []
        case _:
            raise InvalidParams(
                f"No such step in a path: {_shown(key)}",
                expected="a key as 'inspect' gave it in the path of a child",
            )
    if not found:
        raise VariableNotFound(
            f"Nothing at {_shown(so_far)}",
            expected="a path as 'inspect' gave it",
            remedy="The value may have changed: inspect its parent again.",
        )
    return found[0]


def _by_key(mapping: dict[Any, Any], kind: str, text: str) -> list[Any]:
    """Look a key up by its type and text; only exact builtin types are hashed and compared."""
    if kind == "None":
        key: Any = None
    elif kind == "bool":
        key = text == "True"
    elif kind in _KEY_TYPES:
        try:
            key = _KEY_TYPES[kind](text)
        except ValueError:
            return []
    else:
        return []
    return [
        item
        for known, item in passive.copied_items(mapping)
        if type(known) is type(key) and (known == key or known is key)
    ]


def _entry_key(position: int, key: object) -> tuple[str, Key]:
    """Name a key of a mapping: by type and text where that is exact, else by position."""
    kind = type(key)
    if kind is str and len(key) <= _MAX_KEY_CHARS and passive.sendable_text(key) == key:  # type: ignore[arg-type]
        return repr(key), ["key", "str", key]
    if kind is int and key.bit_length() <= 256:  # type: ignore[attr-defined]
        return repr(key), ["key", "int", repr(key)]
    if key is None or kind is bool or kind is float:
        return repr(key), ["key", "None" if key is None else kind.__name__, repr(key)]
    return f"<{passive.class_name(kind)}>", ["entry", position]


def _base(value: object, bases: tuple[type, ...]) -> Any:
    """Return the one of *bases* that the value's class is or really inherits from."""
    for cls in passive.class_mro(type(value)):
        for base in bases:
            if cls is base:
                return base
    return None


def _copied(base: Any, value: Any, start: int, stop: int) -> list[Any]:
    if base is list or base is tuple:
        return list(base.__getitem__(value, slice(start, stop)))
    for _ in range(5):
        try:
            return list(islice(base.__iter__(value), start, stop))
        except RuntimeError:  # changed while it was iterated
            continue
    return []


def _shown(part: object) -> str:
    text = repr(part)
    return text if len(text) <= 100 else text[:99] + "…"
