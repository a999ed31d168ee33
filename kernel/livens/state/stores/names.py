"""Names in a store: a variable, or one key of a dict that is shared by key.

The key ``"lr"`` of the dict ``params`` has the name ``params["lr"]``, and the key ``3`` has
``params[3]``: the variable, and the key as JSON. So a program in any language can write them.
"""

from __future__ import annotations

import msgspec

MAX_CHARS = 1_000
"""Longer names are refused: they are keys of a database."""


def key_name(variable: str, key: str | int) -> str:
    """Return the name of one key of a dict.

    Examples
    --------
    >>> key_name("params", "lr"), key_name("params", 3)
    ('params["lr"]', 'params[3]')
    """
    return f"{variable}[{msgspec.json.encode(key).decode()}]"


def split_name(name: str) -> tuple[str, str | int | None]:
    """Return the variable and the key of a name; no key if it names all of the variable.

    Examples
    --------
    >>> split_name('params["lr"]'), split_name("params[3]"), split_name("x"), split_name("x[")
    (('params', 'lr'), ('params', 3), ('x', None), ('x[', None))
    """
    variable, bracket, rest = name.partition("[")
    if not (bracket and variable and rest.endswith("]")):
        return name, None
    try:
        key = msgspec.json.decode(rest[:-1])
    except msgspec.DecodeError:
        return name, None
    return (variable, key) if type(key) in (str, int) else (name, None)
