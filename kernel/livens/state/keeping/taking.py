"""`Taker`: takes values from a namespace while nothing changes it, as far as the time goes.

It knows which names are in one group, what each group cost the last time, and so what there is
time for: what is not going to be finished is not begun.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livens.exceptions import reason_of
from livens.state.archive.records import NewEntry
from livens.state.keeping.drafts import Draft
from livens.state.keeping.groups import Groups
from livens.state.keeping.tasks import Codec, Task

MOST_BYTES = 4_000_000
"""Large bytes are copied on the user's thread up to this size, which takes about 0.5 ms."""

NEAR = 1_000
"""So many objects of a value are looked at on the user's thread."""

FAR = 1_000_000
"""So many objects a value may reach; one that reaches more is not kept."""

_SMALL = 16
"""So many objects of a value are looked at while a cell runs."""

_CHEAP_S = 0.0002
"""It is not remembered what costs less."""

_ATOMS = frozenset((bool, int, float, str, type(None)))

UNREAD = "it was not read yet when the kernel ended"
UNSAFE = "it changed while a cell ran, and cannot be read safely then"


class Taker:
    """Take groups of names.

    Parameters
    ----------
    namespace : dict
        Where they are.
    codec : Codec
        What knows values.
    clock : callable
        Seconds of this thread's work.

    Attributes
    ----------
    groups : Groups
        What is known of which names share objects.
    """

    def __init__(self, namespace: dict[Any, Any], codec: Codec, clock: Callable[[], float]) -> None:
        self.namespace = namespace
        self.groups = Groups()
        self._codec = codec
        self._clock = clock
        self._far: set[str] = set()
        self._costs_s: dict[str, float] = {}

    def forget(self, name: str) -> None:
        """Forget a name."""
        self.groups.drop(name)
        self._far.discard(name)
        self._costs_s.pop(name, None)

    def order(self, name: str) -> tuple[bool, float, bool]:
        """Return by what names are taken first: those that take least of the time there is."""
        is_atom = type(self.namespace.get(name)) in _ATOMS
        return name in self._far, self._costs_s.get(name, 0.0), not is_atom

    # -- groups ------------------------------------------------------------------------------

    def regroup(self, name: str, deadline: float) -> bool:
        """Find out what a name reaches, if there is time for it."""
        if name in self._far or self._clock() > deadline:
            return False
        reach = self._reach(name, NEAR)
        if reach is None:
            self._far.add(name)
            return False
        self.groups.note(name, reach)
        return True

    def far_reach(self, name: str) -> frozenset[int] | None:
        """Return what a name reaches, however long that takes; None if it is too much."""
        return self._reach(name, FAR)

    def note_reach(self, name: str, reach: frozenset[int]) -> None:
        """Note what a name reaches."""
        self.groups.note(name, reach)
        if len(reach) < NEAR:
            self._far.discard(name)

    def _reach(self, name: str, limit: int) -> frozenset[int] | None:
        try:
            return self._codec.reach(self.namespace.get(name), limit)
        except BaseException as err:  # noqa: BLE001 - a border: other people's types
            reason_of(err, "following it")
            return frozenset()  # encoding it will say what is wrong

    # -- values ------------------------------------------------------------------------------

    def take(self, group: frozenset[str], draft: Draft, deadline: float) -> None:
        """Take a group at once, if there is time for it; else it is a task for the worker."""
        task = Task(group, self.namespace, self._codec)
        for name in group:
            draft.commit.entries[name] = NewEntry("pending", reason=UNREAD)
        expected_s = max(self._costs_s.get(name, 0.0) for name in group)
        if self._clock() + expected_s <= deadline:

            def check() -> None:
                if self._clock() > deadline:
                    raise self._codec.given_up[0]

            try:
                if task.copy(check, MOST_BYTES):
                    self.note_cost(group, task.cost_s)
                    draft.copied.append(task)
                    return
            except self._codec.given_up:
                self.note_cost(group, 2 * task.cost_s)
            task.restart()
        draft.tasks.append(task)

    def note_cost(self, group: frozenset[str], cost_s: float) -> None:
        """Note what a group has cost."""
        if cost_s > _CHEAP_S:
            self._costs_s.update(dict.fromkeys(group, cost_s))
        else:
            for name in group:
                self._costs_s.pop(name, None)

    def take_constant(self, name: str, value: object, draft: Draft) -> None:
        """Take a value while a cell runs, if nothing can change it; else say why not."""
        entries = draft.commit.entries
        entries[name] = NewEntry("not kept", reason=UNSAFE)
        if self._codec.reach(value, _SMALL) == frozenset():
            task = Task(frozenset([name]), {name: value}, self._codec)
            if task.copy(lambda: None, MOST_BYTES):
                entries[name] = NewEntry("pending", reason=UNREAD)
                draft.copied.append(task)
