"""Paths: from a key to a value below a variable.

A path is a list of tagged keys (`livens.protocol.types.Key`), so that ``1`` and ``"1"`` differ and
a key of any type can be named. `livens.values.children` gives the keys, and reads what they lead
to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from livens.exceptions import InvalidParams, VariableNotFound
from livens.protocol.types import Key
from livens.values.children import Child, attributes_at, items_at
from livens.values.containers import container_of, has_own_order, ordered_items
from livens.values.tables.cell_paths import steps_to_cell

_KEY_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def walk(namespace: Mapping[str, Any], path: list[Key]) -> Iterator[tuple[str, Any]]:
    """Follow a path from the namespace, and give the name and value of each step.

    The name is the one by which a value may have to be hidden: that of a column, of a field or
    of an attribute, where its key is a position.

    Raises
    ------
    InvalidParams
        If it is no path.
    VariableNotFound
        If it leads nowhere, or no longer.

    Examples
    --------
    >>> list(walk({"x": [10, {"a": 20}]}, [["name", "x"], ["index", 0]]))
    [('x', [10, {'a': 20}]), ('0', 10)]
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
    yield name, value
    for depth, key in enumerate(path[1:], 1):
        name, value = _step(value, key, path[: depth + 1])
        yield name, value


def resolve(namespace: Mapping[str, Any], path: list[Key]) -> Any:
    """Follow a path from the namespace to a value; see `walk`.

    Examples
    --------
    >>> resolve({"x": [10, {"a": 20}]}, [["name", "x"], ["index", 1], ["key", "str", "a"]])
    20
    """
    *_, (_, value) = walk(namespace, path)
    return value


def without_cells(namespace: Mapping[str, Any], path: list[Key]) -> list[Key]:
    """Return a path in which steps to cells of tables are written as other steps.

    Raises
    ------
    InvalidParams, VariableNotFound, NotAllowed
        If what a cell is looked for in is not there, or is no table.

    Examples
    --------
    >>> namespace = {"rows": [{"a": 1, "b": 2}]}
    >>> without_cells(namespace, [["name", "rows"], ["cell", 0, 1]])
    [['name', 'rows'], ['index', 0], ['key', 'str', 'b']]
    """
    found: list[Key] = []
    for key in path:
        match key:
            case ["cell", int(row), int(column)] if found and min(row, column) >= 0:
                found += steps_to_cell(resolve(namespace, found), row, column)
            case _:
                found.append(key)
    return found


def written(path: list[Key]) -> str:
    """Return a path as people read it, nearly as in code.

    Examples
    --------
    >>> written([["name", "x"], ["index", 0], ["key", "str", "a"], ["attribute", "lr"]])
    "x[0]['a'].lr"
    """
    text = ""
    for key in path:
        match key:
            case ["name", name]:
                text = f"{name}"
            case ["key", "str", label]:
                text += f"[{label!r}]"
            case ["key", _, label]:
                text += f"[{label}]"
            case ["attribute", name]:
                text += f".{name}"
            case ["cell", row, column]:
                text += f"[row {row}, column {column}]"
            case ["index", position]:
                text += f"[{position}]"
            case _:
                text += f"[{key[0]} {key[-1]}]"
    return text if len(text) <= 200 else f"{text[:199]}…"


def key_at(mapping: dict[Any, Any], step: Key) -> Any:
    """Return the key of a mapping that a step leads to, the very object.

    Raises
    ------
    VariableNotFound
        If there is none.

    Examples
    --------
    >>> key_at({(1, 2): "a", 3: "b"}, ["entry", 0]), key_at({3: "b"}, ["key", "int", "3"])
    ((1, 2), 3)
    """
    match step:
        case ["entry", int(n)]:
            found = [key for key, _ in ordered_items(mapping, n, n + 1)]
        case ["key", str(kind), str(text)]:
            found = [key for _, key in _known_keys(mapping, kind, text)]
        case _:
            found = []
    if not found:
        raise VariableNotFound(f"Nothing at {_shown(step)}", expected="a key of the mapping")
    return found[0]


def _step(value: object, key: Key, so_far: list[Key]) -> tuple[str, Any]:
    match key:
        case ["index" | "member" | "entry" | "column" as tag, int(n)] if n >= 0:
            # An item with a simple key is found by its position as well.
            tags = (tag, "key") if tag == "entry" else (tag,)
            found = [child for child in items_at(value, n) if child.key[0] in tags]
        case ["key", str(kind), str(text)] if container_of(value) is dict:
            found = _by_key(value, kind, text)  # type: ignore[arg-type]
        case ["attribute", str(name)]:
            found = attributes_at(value, name)
        case ["index" | "member" | "entry" | "column" | "key", *_]:
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
    return found[0].name, found[0].value


def _by_key(mapping: dict[Any, Any], kind: str, text: str) -> list[Child]:
    for position, known in _known_keys(mapping, kind, text):
        for found, item in ordered_items(mapping, position, position + 1):
            if found is known:
                return [Child(text, ["key", kind, text], item)]
    return []


def _known_keys(mapping: dict[Any, Any], kind: str, text: str) -> Iterator[tuple[int, Any]]:
    """Look a key up by its type and text; only exact builtin types are compared, none is hashed.

    Looking it up in the dict would compare it with whatever has the same hash.
    """
    if kind == "None":
        key: Any = None
    elif kind == "bool":
        key = text == "True"
    elif kind in _KEY_TYPES:
        try:
            key = _KEY_TYPES[kind](text)
        except ValueError:
            return
    else:
        return
    wanted = type(key)
    for position, known in enumerate(_keys(mapping)):
        if type(known) is wanted and known == key:
            yield position, known


def _keys(mapping: dict[Any, Any]) -> list[Any]:
    if has_own_order(mapping):
        return [key for key, _ in ordered_items(mapping)]
    for _ in range(5):
        try:
            return list(dict.keys(mapping))
        except RuntimeError:  # changed while it was copied
            continue
    return []


def _shown(part: object) -> str:
    text = repr(part)
    return text if len(text) <= 100 else text[:99] + "…"
