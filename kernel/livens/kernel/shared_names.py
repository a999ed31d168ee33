"""What is shared: which names, in which direction, and what of them the store is known to hold.

Nothing in here waits, and nothing talks to a store.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple, get_args

from livens.exceptions import InvalidParams, NotShared
from livens.protocol.redaction import Redactor
from livens.state.stores import documents
from livens.state.stores.names import key_name, split_name

Policy = Literal["both", "read", "write"]
"""Whether a name is set from the store, written into it, or both."""

When = Literal["now", "end", "ask"]
"""When a name is set that was written elsewhere, while a cell runs here."""

MISSING: Any = object()


class Binding(NamedTuple):
    """One pattern of names, and how they are shared.

    Attributes
    ----------
    pattern : str
        A name, or a pattern in the manner of `fnmatch`.
    policy, when
        See `Policy` and `When`.
    by_key : bool
        Whether the names are dicts of which each key is shared by itself.
    """

    pattern: str
    policy: Policy = "both"
    when: When = "end"
    by_key: bool = False

    def has(self, variable: str) -> bool:
        """Return whether a variable is one of these."""
        if variable.startswith("_") and not self.pattern.startswith("_"):
            return False
        return fnmatchcase(variable, self.pattern)

    @property
    def reads(self) -> bool:
        """Whether what others write is set here."""
        return self.policy != "write"

    @property
    def writes(self) -> bool:
        """Whether what is set here is written into the store."""
        return self.policy != "read"


class Known(NamedTuple):
    """What the store and the namespace agreed on last.

    Attributes
    ----------
    position : int
        Of the entry.
    document : bytes, optional
        What the value here is as a document; None if there is none.
    """

    position: int
    document: bytes | None


def need_binding(pattern: object, policy: object, when: object, by_key: bool) -> Binding:
    """Return a binding, or say what is wrong with it.

    Raises
    ------
    InvalidParams
        If the pattern is no name, or there is no such policy or time.
    """
    if type(pattern) is not str or not pattern:
        raise InvalidParams(
            f"{pattern!r:.100} cannot be shared; expected the name of a variable as a text, or a "
            "pattern, such as livens.share('params', 'best_*', store=url)"
        )
    if policy not in get_args(Policy):
        raise InvalidParams(f"There is no policy {policy!r:.100}; expected {_choice(Policy)}")
    if when not in get_args(When):
        raise InvalidParams(f"There is no time {when!r:.100}; expected {_choice(When)}")
    return Binding(pattern, policy, when, by_key)  # type: ignore[arg-type]


def _choice(kind: Any) -> str:
    return " or ".join(map(repr, get_args(kind)))


def binding_of(bindings: Iterable[Binding], variable: str) -> Binding | None:
    """Return how a variable is shared: the last binding that has it counts."""
    found = None
    for binding in bindings:
        if binding.has(variable):
            found = binding
    return found


def need_settable(name: str, hidden: Mapping[str, Any], redactor: Redactor) -> None:
    """Refuse to set a name that was written elsewhere, if it is none of the user's.

    Raises
    ------
    NotShared
        Says why.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise NotShared("it cannot be the name of a variable of Python")
    if name in hidden or (name.startswith("__") and name.endswith("__")):
        raise NotShared("it is IPython's own")
    if redactor.hides(name):
        raise NotShared("it is redacted")


def documents_of(
    variable: str, value: Any, binding: Binding, known: Iterable[str], redactor: Redactor
) -> dict[str, bytes | None]:
    """Return what of a variable is to be in a store, by the names of its entries.

    Parameters
    ----------
    variable : str
        Its name.
    value : object
        Its value, or `MISSING`.
    binding : Binding
        How it is shared.
    known : iterable of str
        The names of the entries that the store has.
    redactor : Redactor
        Says of a name or key whether its value is a secret.

    Raises
    ------
    NotShared
        If it is no data.

    Examples
    --------
    >>> by_key = Binding("params", by_key=True)
    >>> documents_of("params", {"lr": 1}, by_key, ['params["old"]'], Redactor())
    {'params["old"]': None, 'params["lr"]': b'1'}
    """
    if redactor.hides(variable):
        raise NotShared("it is redacted")
    if not binding.by_key:
        return {variable: None if value is MISSING else documents.encode(value, redactor)}
    if value is not MISSING and type(value) is not dict:
        raise NotShared("it is no dict, and is shared by key")
    found: dict[str, bytes | None] = {
        name: None for name in known if split_name(name) != (name, None) and _is_key(name, variable)
    }
    for key, item in _items({} if value is MISSING else value):
        if type(key) not in (str, int):
            raise NotShared(f"it has a key of type {type(key).__name__}, and is shared by key")
        if type(key) is str and redactor.hides(key):
            raise NotShared(f"its key '{key[:100]}' is redacted")
        found[key_name(variable, key)] = documents.encode(item, redactor)
    return found


def _is_key(name: str, variable: str) -> bool:
    return split_name(name)[0] == variable


def _items(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    try:
        return list(value.items())
    except RuntimeError:
        raise NotShared(documents.CHANGES_MEANWHILE) from None
