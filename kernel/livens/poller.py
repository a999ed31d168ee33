"""The poller: what in the namespace is not what it was, for all that no store told.

It remembers the namespace without holding it: a strong reference to a large array would keep it
alive after ``del``. Of each value it keeps

- a small immutable scalar: the value itself, whose identity then cannot be reused;
- anything else: its `id`, a weak reference where the type allows one, and a fingerprint. An
  `id` alone lies, because the next object may live at the same address.

`compare` looks at the names given, closely; `compare_all` looks at the identity of every value
(0.1 µs a name) and closely at a few more names each time, in turn. Pure: no clock, no thread;
the caller sees to it that one thread at a time is in here.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from livens.fingerprints import Fingerprint, fingerprint, is_harmless
from livens.passive import takes_weakrefs

_MISSING: Any = object()


class _Trace:
    """What is left of a value that must not be held."""

    __slots__ = ("content", "reference")

    def __init__(self, value: object) -> None:
        self.reference = weakref.ref(value) if takes_weakrefs(type(value)) else None
        self.content: Fingerprint | None = fingerprint(value)

    def fits(self, value: object) -> bool:
        """Tell whether *value*, found at the same address, is the same with the same content."""
        if self.reference is not None and self.reference() is not value:
            return False
        return self.content == fingerprint(value)


class Poller:
    """Compare a namespace with what it was when it was last compared.

    Parameters
    ----------
    namespace : dict
        The exact dict with the user's variables; only read.
    rotation : int
        How many names `compare_all` looks at closely each time.

    Examples
    --------
    >>> values = {"x": 1, "items": []}
    >>> poller = Poller(values)
    >>> poller.remember_all()
    >>> values["items"].append(2)
    >>> del values["x"]
    >>> sorted(poller.compare_all())
    ['items', 'x']
    >>> poller.compare_all()
    []
    """

    def __init__(self, namespace: dict[Any, Any], rotation: int = 50) -> None:
        self._namespace = namespace
        self._rotation = rotation
        self._ids: dict[Any, int] = {}
        self._traces: dict[str, Any] = {}
        self._queue: list[str] = []

    def remember_all(self) -> None:
        """Take the namespace as it is now for known."""
        self.forget_all()
        for name in list(self._namespace):
            self.note(name)

    def forget_all(self) -> None:
        """Keep nothing."""
        self._ids = {}
        self._traces = {}
        self._queue = []

    def note(self, name: str) -> None:
        """Take one name as it is now for known."""
        value = self._namespace.get(name, _MISSING)
        if value is _MISSING:
            self._ids.pop(name, None)
            self._traces.pop(name, None)
            return
        self._ids[name] = id(value)
        self._traces[name] = value if is_harmless(value) else _Trace(value)

    def compare(self, names: Iterable[str]) -> list[str]:
        """Look closely at some names; return those that differ, and take them for known."""
        different = [name for name in names if not self._is_known(name)]
        for name in different:
            self.note(name)
        return different

    def compare_all(self) -> list[str]:
        """Look at the identity of every value, and closely at the next few names.

        Returns
        -------
        list of str
            The names that differ: new, gone, bound to another object, or changed in place.
        """
        now = self._identities()
        if now == self._ids:
            different = []
        else:
            known = self._ids
            different = [name for name, number in now.items() if known.get(name) != number]
            different += [name for name in known if name not in now]
        for name in different:
            self.note(name)
        return different + self.compare(self._next_in_turn())

    def _is_known(self, name: str) -> bool:
        value = self._namespace.get(name, _MISSING)
        if value is _MISSING:
            return name not in self._ids
        if self._ids.get(name) != id(value):
            return False
        trace = self._traces[name]
        return trace.fits(value) if type(trace) is _Trace else trace is value

    def _identities(self) -> dict[Any, int]:
        namespace = self._namespace
        for _ in range(5):
            try:
                # One expression that stays in C: no other thread gets in between, and no
                # value is held for longer than it takes to ask for its id.
                found = dict(zip(namespace, map(id, namespace.values()), strict=False))
            except RuntimeError:  # it changed in between all the same: a free-threaded build
                continue
            return found
        return self._ids

    def _next_in_turn(self) -> list[str]:
        """Take the next names whose values may change in place."""
        if not self._queue:
            self._queue = [name for name, t in self._traces.items() if type(t) is _Trace]
        taken = self._queue[-self._rotation :]
        del self._queue[-self._rotation :]
        return taken
