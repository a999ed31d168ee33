"""`MonitoredDict`: the user's namespace, with somebody listening.

Who owns what: the values live in an exact `dict`, the *target* (in a kernel: the ``__dict__``
of ``__main__``). The `MonitoredDict` stands in front of it and holds nothing of its own, so
that both always agree, whoever writes to which.

Why two: code that runs on anything but an exact dict can tell. CPython drops its cache for global
names, and functions get 2.5 to 5 times slower (``docs/performance.md``); a library that looks at
its caller's frame finds locals that are not its globals. So the user's code runs on the target
(`livens.kernel.shell`), and this object is what ``get_ipython().user_ns`` is, for all that writes
there.

What it cannot see, by construction: what runs on the target, and changes inside of a value. Those
are compared by `livens.watching.watcher` and `livens.watching.snapshot`.

One trap of CPython is handled here: code that runs with a `MonitoredDict` as its *globals*
(``exec(code, get_ipython().user_ns)``) makes functions whose ``global`` statements write with
`PyDict_SetItem` into this object's own storage, past every method. What lands there is found by
a look-up at once, and moved to the target by the next call of any other method (`absorb`).
As long as there is such a function, statements run with the `MonitoredDict` as their locals
(`has_functions`), or they would not find what it has just stored.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, ValuesView
from types import FunctionType
from typing import Any, Self
from weakref import ref

_MISSING: Any = object()

OnChange = Callable[[Any], None]
"""Called with the key, after the target has changed. It must not raise and not be slow."""


class MonitoredDict(dict[Any, Any]):
    """A dict that shows, and writes to, another dict, and reports each change by key.

    Parameters
    ----------
    target : dict
        The dict that holds the values; it is used, not copied. An exact dict, or functions whose
        globals it is lose CPython's cache for names; but a launcher may bring what it likes.
    on_change : callable, optional
        Called with the key once a value was set or deleted. Storing the object that is already
        there is no change. Exceptions are the caller's: keep it simple.

    Notes
    -----
    Everything a `dict` can do, this does, on the target: order, views, ``|``, ``==``, ``copy()``
    (which gives a plain dict), errors, and `NotImplemented` for operands that are no dict. Keys
    and values are never compared by anything but identity and what the dict itself does. C code
    that looks at a dict's storage instead of calling its
    methods finds none here: ``json.dumps(dict(user_ns))`` works, ``json.dumps(user_ns)`` gives
    ``{}``.

    Examples
    --------
    >>> seen = []
    >>> values = {}
    >>> namespace = MonitoredDict(values, seen.append)
    >>> namespace["x"] = 1
    >>> namespace.update(x=1, y=2)
    >>> values, seen
    ({'x': 1, 'y': 2}, ['x', 'y'])
    """

    __slots__ = ("_functions", "_was_globals", "on_change", "target")

    target: dict[Any, Any]
    """The dict that holds the values."""

    on_change: OnChange | None
    """Who is told; None while nobody listens."""

    def __init__(self, target: dict[Any, Any], on_change: OnChange | None = None) -> None:
        cls: type = type(target)
        if not issubclass(cls, dict) or issubclass(cls, MonitoredDict):
            raise TypeError(
                f"MonitoredDict needs a dict that holds its values as its target, not "
                f"{cls.__name__}"
            )
        super().__init__()
        self.target = target
        self.on_change = on_change
        self._was_globals = False
        self._functions: list[ref[FunctionType]] = []

    def absorb(self) -> None:
        """Move what C code wrote into this object's own storage to the target, and tell."""
        while dict.__len__(self):
            key, value = dict.popitem(self)
            # exec() puts the builtins into any globals that lack them; the target has its own.
            if key == "__builtins__":
                self._was_globals = True
            else:
                self.target[key] = value
                if self.on_change is not None:
                    self.on_change(key)

    @property
    def may_have_functions(self) -> bool:
        """Whether to ask `has_functions`: before every statement that would take too long."""
        return bool(self._was_globals or self._functions or dict.__len__(self))

    @property
    def has_functions(self) -> bool:
        """Whether there are functions that have this object for their globals.

        They are looked for after somebody has executed code on it, and when those that were found
        are gone.
        """
        self.absorb()
        if self._was_globals or (self._functions and not any(ref() for ref in self._functions)):
            self._was_globals = False
            self._functions = self._find_functions()
        return bool(self._functions)

    def _find_functions(self) -> list[ref[FunctionType]]:
        """Find the functions; that takes as long as a garbage collection, so not without reason."""
        return [
            ref(each)
            for each in gc.get_referrers(self)
            if type(each) is FunctionType and each.__globals__ is self
        ]

    def _tell(self, keys: Iterable[Any]) -> None:
        if self.on_change is not None:
            for key in keys:
                self.on_change(key)

    # -- reading ---------------------------------------------------------------------------

    def __missing__(self, key: Any) -> Any:
        # dict.__getitem__ looks into the own, empty storage first and comes here: that costs
        # no Python frame for a hit there, and finds a `global` store that went astray.
        return self.target[key]

    def get(self, key: Any, default: Any = None, /) -> Any:
        """Return the value of *key*, or *default*."""
        self.absorb()
        return self.target.get(key, default)

    def __contains__(self, key: object) -> bool:
        self.absorb()
        return key in self.target

    def __len__(self) -> int:
        self.absorb()
        return len(self.target)

    def __iter__(self) -> Iterator[Any]:
        self.absorb()
        return iter(self.target)

    def __reversed__(self) -> Iterator[Any]:
        self.absorb()
        return iter(reversed(self.target))

    def keys(self) -> KeysView[Any]:  # type: ignore[override]  # the target's own view
        """Return the target's live view of the keys."""
        self.absorb()
        return self.target.keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        """Return the target's live view of the values."""
        self.absorb()
        return self.target.values()

    def items(self) -> ItemsView[Any, Any]:  # type: ignore[override]
        """Return the target's live view of the items."""
        self.absorb()
        return self.target.items()

    def copy(self) -> dict[Any, Any]:
        """Return a plain dict; IPython's completer writes into its copies."""
        self.absorb()
        return self.target.copy()

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[Any, Any]:
        from copy import deepcopy

        self.absorb()
        return deepcopy(self.target, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Pickles as the plain dict that it shows.
        self.absorb()
        return dict, (self.target.copy(),)

    # With a dict these are operations of the target, so that a subclass with its own reflected
    # method goes first, as it does for a dict. Else it is the other one's turn.

    def __eq__(self, other: object) -> bool:
        if not issubclass(type(other), dict):
            return NotImplemented
        self.absorb()
        return self.target == other

    def __ne__(self, other: object) -> bool:
        if not issubclass(type(other), dict):
            return NotImplemented
        self.absorb()
        return self.target != other

    __hash__ = None  # as dict

    def __repr__(self) -> str:
        self.absorb()
        return repr(self.target)

    def __sizeof__(self) -> int:
        return self.target.__sizeof__()

    def __or__(self, other: Any, /) -> Any:
        if not issubclass(type(other), dict):
            return NotImplemented
        self.absorb()
        return self.target | other

    def __ror__(self, other: Any, /) -> Any:
        if not issubclass(type(other), dict):
            return NotImplemented
        self.absorb()
        return other | self.target

    # -- writing ---------------------------------------------------------------------------

    def __setitem__(self, key: Any, value: Any) -> None:
        if dict.__len__(self):
            self.absorb()
        on_change = self.on_change
        if on_change is None:
            self.target[key] = value
            return
        is_same = self.target.get(key, _MISSING) is value
        self.target[key] = value
        if not is_same:
            on_change(key)

    def __delitem__(self, key: Any) -> None:
        self.absorb()
        del self.target[key]
        if self.on_change is not None:
            self.on_change(key)

    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        """Return the value of *key*, after storing *default* if there is none."""
        self.absorb()
        size = len(self.target)
        value = self.target.setdefault(key, default)
        if len(self.target) != size:
            self._tell((key,))
        return value

    def pop(self, key: Any, /, *default: Any) -> Any:
        """Remove *key* and return its value, or *default*."""
        self.absorb()
        size = len(self.target)
        value = self.target.pop(key, *default)
        if len(self.target) != size:
            self._tell((key,))
        return value

    def popitem(self) -> tuple[Any, Any]:
        """Remove and return the newest item."""
        self.absorb()
        item = self.target.popitem()
        self._tell((item[0],))
        return item

    def clear(self) -> None:
        """Remove all items."""
        self.absorb()
        keys = list(self.target) if self.on_change is not None else ()
        self.target.clear()
        self._tell(keys)

    def update(self, other: Any = (), /, **kwargs: Any) -> None:
        """Store items from a mapping or from pairs, as `dict.update`."""
        self.absorb()
        if self.on_change is None:
            self.target.update(other, **kwargs)
            return
        incoming: dict[Any, Any] = {}
        try:
            incoming.update(other, **kwargs)
        finally:  # as dict.update: what came before a bad element is stored
            for key, value in incoming.items():
                self[key] = value

    def __ior__(self, other: Any, /) -> Self:
        self.update(other)
        return self

    @classmethod
    def fromkeys(cls, keys: Iterable[Any], value: Any = None, /) -> dict[Any, Any]:
        """Return a plain dict: there is no target to show."""
        return dict.fromkeys(keys, value)
