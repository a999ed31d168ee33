"""Which object each name of a namespace holds, by its id, read for all names at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from livens.values.passive import name_of

_MISSING: Any = object()


class Identities:
    """The ids of the values of a namespace, read without holding the values.

    Parameters
    ----------
    namespace : dict
        The exact dict with the user's variables; only read.

    Attributes
    ----------
    has_odd_names : bool
        Whether a key may be no exact text. Then no key is hashed.

    Examples
    --------
    >>> x = object()
    >>> Identities({"x": x}).read({}) == {"x": id(x)}
    True
    """

    def __init__(self, namespace: dict[Any, Any]) -> None:
        self._namespace = namespace
        self.has_odd_names = False

    def read(self, known: dict[Any, int]) -> dict[Any, int]:
        """Return the id of what each name holds; *known* if it keeps changing meanwhile."""
        if self.has_odd_names:
            return self._read_by_name(known)
        namespace = self._namespace
        if len(namespace) != len(known) and not _has_texts_only(namespace):
            self.has_odd_names = True
            return self._read_by_name(known)
        for _ in range(5):
            try:
                # One expression that stays in C: no other thread gets in between, and no
                # value is held for longer than it takes to ask for its id.
                found = dict(zip(namespace, map(id, namespace.values()), strict=False))
            except RuntimeError:  # it changed in between all the same: a free-threaded build
                continue
            return found
        return known

    def _read_by_name(self, known: dict[Any, int]) -> dict[Any, int]:
        """Return the same where a key may be no exact text; such keys are not hashed."""
        namespace = self._namespace
        for _ in range(5):
            try:
                pairs = list(zip(namespace, map(id, namespace.values()), strict=False))
            except RuntimeError:
                continue
            return {
                name: number for key, number in pairs for name, number in self._named(key, number)
            }
        return known

    def _named(self, key: object, number: int) -> Iterator[tuple[str, int]]:
        """Yield the name of a key, with the id of what code finds by that name."""
        name = name_of(key)
        if name is key:
            yield key, number  # type: ignore[misc]
        elif name is not None:
            value = self._namespace.get(name, _MISSING)
            if value is not _MISSING:
                yield name, id(value)


def _has_texts_only(namespace: dict[Any, Any]) -> bool:
    """Return whether every key is a text; others are not hashed, for that is their own code."""
    try:
        "".join(namespace)
    except (TypeError, RuntimeError):
        return False
    return True
