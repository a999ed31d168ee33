"""What one link to a store knows: what is shared, what the two sides agree on, what is wrong.

The lock is held for as long as it takes to read or bind names, never while a store is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from livens.kernel.shared_names import Binding, Known, binding_of
from livens.state.stores.names import split_name
from livens.watching.watcher import Watcher

Tell = Callable[[str, str], None]
"""Gets the name of a variable, and a sentence that a person should read."""


class Problem(NamedTuple):
    """Why a name is not shared now, or not set."""

    name: str
    reason: str


class LinkState:
    """What `livens.kernel.outgoing` and `livens.kernel.incoming` share.

    Parameters
    ----------
    watcher : Watcher
        Has the namespace.
    label : str
        Names the store for people.
    tell : callable
        See `Tell`; called by any thread.

    Attributes
    ----------
    lock : RLock
        Held while the attributes below are changed.
    bindings : list of Binding
        What is shared.
    known : dict of str to Known
        What store and namespace agreed on last, by the names of the entries.
    in_flight : set of str
        The variables that are being written at this moment. What others wrote under these names is
        not set before the write has its position: which came last is not known yet.
    """

    def __init__(self, watcher: Watcher, label: str, tell: Tell) -> None:
        self.watcher, self.label, self.tell = watcher, label, tell
        self.redactor = watcher.view.redactor
        self.lock = threading.RLock()
        self.bindings: list[Binding] = []
        self.known: dict[str, Known] = {}
        self.in_flight: set[str] = set()
        self._problems: dict[str, str] = {}

    def binding_of(self, name: str) -> Binding | None:
        """Return how the name of an entry is shared."""
        return binding_of(self.bindings, split_name(name)[0])

    def note_problem(self, name: str, reason: str) -> None:
        """Note, and tell once, why a name is not shared."""
        if self._problems.get(name) != reason:
            self._problems[name] = reason
            self.tell(name, f"'{name}' is not shared: {reason}")

    def solved(self, name: str) -> None:
        """Note that a name is shared."""
        self._problems.pop(name, None)

    def forget_others(self) -> None:
        """Forget the names that no binding has any more."""
        for names in (self.known, self._problems):
            for name in [n for n in names if self.binding_of(n) is None]:
                names.pop(name, None)

    @property
    def problems(self) -> list[Problem]:
        """Which names are not shared, and why."""
        return [Problem(*item) for item in sorted(self._problems.items())]
