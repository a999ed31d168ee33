"""What the namespace was when it was last compared, and what is different now.

It remembers the namespace without holding it: a strong reference to a large array would keep it
alive after ``del``. Of each value it keeps

- a small immutable scalar: the value itself, whose identity then cannot be reused;
- anything else: its `id`, a weak reference where the type allows one, and a fingerprint. An
  `id` alone lies, because the next object may live at the same address.

`compare` looks at the names given, closely; `compare_all` looks at the identity of every value (0.1
µs a name) and closely at a few more names each time, in turn. What such a glance does not cover of
a large value is compared by `step`, chunk by chunk (`livens.values.checksums`). Names of the same
object share what is remembered, and where one is found changed, all are. Pure: no clock, no thread;
the caller sees to it that one thread at a time is in here.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

from livens.exceptions import reason_of
from livens.values.checksums import Chunk, ChunkSums, StepResult
from livens.values.content import Pause, Postponed, no_pause
from livens.values.differences import difference_at
from livens.values.fingerprints import Pins, pins_at
from livens.values.marks import is_harmless
from livens.values.passive import name_of
from livens.watching.identities import Identities
from livens.watching.remembered import Remembered

GONE = 0
"""Stands for the id of what a name holds that there is not; no object has it."""

_MISSING: Any = object()
_REBOUND = "rebound"  # told from what `difference` says by its identity
_COMPARING = "comparing it"

OnFailure = Callable[[str, object, str], None]
"""Told a name, its value and the reason when a value cannot be compared. Holds no value."""


class Snapshot:
    """Compare a namespace with what it was when it was last compared.

    Parameters
    ----------
    namespace : dict
        The exact dict with the user's variables; only read.
    rotation : int
        How many names `compare_all` looks at closely each time.
    hidden : mapping, optional
        Names with values that are not the user's: nobody is told what changes in them, and
        IPython's list of all cells grows with each.
    on_failure : callable
        Told of each value that cannot be compared. Of such a value nothing but its identity is
        compared from then on.

    Examples
    --------
    >>> values = {"x": 1, "items": []}
    >>> snapshot = Snapshot(values)
    >>> snapshot.remember_all()
    >>> values["items"].append(2)
    >>> del values["x"]
    >>> sorted(snapshot.compare_all())
    ['items', 'x']
    >>> snapshot.compare_all()
    []
    """

    def __init__(
        self,
        namespace: dict[Any, Any],
        rotation: int = 50,
        hidden: Mapping[str, Any] | None = None,
        on_failure: OnFailure = lambda name, value, reason: None,
    ) -> None:
        self._namespace = namespace
        self._rotation = rotation
        self._on_failure = on_failure
        self._failed: dict[str, None] = {}
        self._identities = Identities(namespace)
        self._hidden = {} if hidden is None else hidden
        self._ids: dict[Any, int] = {}
        self._remembered: dict[str, Any] = {}
        self._by_id: dict[int, Remembered] = {}
        self._large: dict[int, Remembered] = {}
        self._queue: list[str] = []
        self._differences: dict[str, str] = {}
        self._others: dict[str, None] = {}

    def remember_all(self) -> None:
        """Remember the whole namespace as it is now."""
        self.forget_all()
        for key in list(self._namespace):
            if type(key) is str:
                self.note(key)
                continue
            self._identities.has_odd_names = True
            name = name_of(key)
            if name is not None:
                self.note(name)

    def forget_all(self) -> None:
        """Keep nothing."""
        self._ids = {}
        self._remembered = {}
        self._by_id = {}
        self._large = {}
        self._queue = []
        self._differences = {}
        self._others = {}
        self._failed = {}
        self._identities.has_odd_names = False

    def note(self, name: str, number: int | None = None) -> None:
        """Remember one name as it is now.

        Parameters
        ----------
        name : str
            The name.
        number : int, optional
            The id of the object that is known of, `GONE` for none. If the name holds another one
            by now, it was stored in between, and is found by the next look, unless the thread
            that stored it tells first.
        """
        value = self._namespace.get(name, _MISSING)
        if self._differences:
            self._differences.pop(name, None)
        old = self._remembered.get(name)
        if value is _MISSING:
            self._remembered.pop(name, None)
        else:
            self._remembered[name] = value if is_harmless(value) else self._remember(name, value)
        if number is None:
            number = GONE if value is _MISSING else id(value)
        if number == GONE:
            self._ids.pop(name, None)
        else:
            self._ids[name] = number
        if type(old) is Remembered and old is not self._remembered.get(name) and old.drop(name):
            self._large.pop(id(old), None)
            if self._by_id.get(old.address) is old:
                del self._by_id[old.address]

    def _remember(self, name: str, value: object) -> Remembered:
        """Find what is remembered of an object under another name, or begin to remember it."""
        if self._hidden.get(name, _MISSING) is value:
            return self._begin(name, value, is_unread=True)
        remembered = self._by_id.get(id(value))
        if remembered is not None and self._is_still_of(remembered, name, value):
            remembered.add(name)
            text = self._update(remembered, value)
            if text is not None:
                self._note_others(remembered, name, text)
            return remembered
        remembered = self._begin(name, value)
        if remembered.content is not None:
            self._by_id[id(value)] = remembered
            if remembered.sums is not None:
                self._large[id(remembered)] = remembered
        return remembered

    def _begin(self, name: str, value: object, *, is_unread: bool = False) -> Remembered:
        remembered = Remembered(name, id(value))
        remembered.is_unread = is_unread
        try:
            remembered.begin(value)
        except BaseException as err:  # noqa: BLE001 - a border
            self._give_up(remembered, value, reason_of(err, _COMPARING))
        return remembered

    def _give_up(self, remembered: Remembered, value: object, reason: str) -> None:
        """Set a value aside: whatever comparing it ran into, the others are compared."""
        remembered.give_up()
        self._large.pop(id(remembered), None)
        if self._by_id.get(id(value)) is remembered:
            del self._by_id[id(value)]
        for name in [remembered.names] if type(remembered.names) is str else list(remembered.names):
            self._failed[name] = None
            self._on_failure(name, value, reason)

    def take_failed(self) -> list[str]:
        """Return, once, the names of values that could not be compared."""
        failed, self._failed = self._failed, {}
        return list(failed)

    def _note_others(self, remembered: Remembered, name: str, text: str) -> None:
        """Note that an object had changed in place when it got one more name."""
        if remembered.sums is not None:
            remembered.sums.tell()
        others = remembered.others(name)
        self._differences.update(dict.fromkeys(others, text))
        self._others.update(dict.fromkeys(others))

    def take_others(self) -> list[str]:
        """Return, once, the names of objects that were seen to differ when another was noted."""
        others, self._others = self._others, {}
        return list(others)

    def _update(self, remembered: Remembered, value: object) -> str | None:
        try:
            text = remembered.update(value)
        except BaseException as err:  # noqa: BLE001 - a border
            reason_of(err, _COMPARING)  # an interrupt goes on from here
            text = self._update_again(remembered, value)
        if text is not None:
            if remembered.sums is not None:
                self._large[id(remembered)] = remembered
            else:
                self._large.pop(id(remembered), None)
        return text

    def _update_again(self, remembered: Remembered, value: object) -> str | None:
        """Try once more, for another thread may have changed it in the middle of the look."""
        try:
            return remembered.update(value)
        except BaseException as err:  # noqa: BLE001 - a border
            self._give_up(remembered, value, reason_of(err, _COMPARING))
            return None

    def _is_still_of(self, remembered: Remembered, name: str, value: object) -> bool:
        if remembered.reference is not None:
            return remembered.reference() is value
        get = self._namespace.get
        return remembered.has_other(name, lambda other: get(other, _MISSING) is value)

    def compare(self, names: Iterable[str], *, closely: bool = True) -> list[str]:
        """Look closely at some names; return those that differ, and remember them as they are.

        Parameters
        ----------
        names : iterable of str
            What to look at.
        closely : bool
            Whether to look for changes in place, too; else only for other objects.

        Returns
        -------
        list of str
            With the other names of an object that changed in place.
        """
        different: dict[str, None] = {}
        for name in names:
            text = self._look(name, closely)
            if text is None:
                continue
            if text is _REBOUND:
                self.note(name)
                different[name] = None
            else:
                different |= dict.fromkeys(self._changed(name, text))
        return list(different)

    def names(self) -> list[str]:
        """Return the names that are remembered."""
        return list(self._remembered)

    def known_id(self, name: str) -> int:
        """Return the id of what a name was last seen to hold, `GONE` if it was not there."""
        return self._ids.get(name, GONE)

    def take_differences(self, names: Iterable[str]) -> dict[str, str]:
        """Return what was seen of how names changed, once; nothing of those that are rebound."""
        if not self._differences:
            return {}
        take = self._differences.pop
        return {name: text for name in names if (text := take(name, ""))}

    def step(self, name: str, pause: Pause = no_pause) -> StepResult | None:
        """Compare the next chunk of a large value exactly; None if the name has no such.

        What differs is then noted by `changed_at`. `Postponed`, which *pause* may raise, comes
        through; nothing has happened then.
        """
        try:
            found = self._read(name, pause)
            # From here on nothing of the value is held: `compare` may release the GIL.
            return None if found is None else found[0].compare(found[1])
        except Postponed:
            raise
        except BaseException as err:  # noqa: BLE001 - a border
            sums = self.sums(name)
            if sums is not None:
                sums.restart()  # or what was read and what is summed up are apart from now on
            self._step_failed(name, reason_of(err, _COMPARING))
            return None

    def _step_failed(self, name: str, reason: str) -> None:
        remembered = self._large_value(name)
        if remembered is not None:
            self._give_up(remembered, self._namespace.get(name), reason)

    def _read(self, name: str, pause: Pause) -> tuple[ChunkSums, Chunk | None] | None:
        remembered = self._large_value(name)
        if remembered is None or remembered.sums is None:
            return None
        return remembered.sums, remembered.sums.read(self._namespace.get(name), pause)

    def _large_value(self, name: str) -> Remembered | None:
        """Find what is remembered of a large value; None if the name was rebound since."""
        value = self._namespace.get(name, _MISSING)
        remembered = self._remembered.get(name)
        if value is _MISSING or type(remembered) is not Remembered or remembered.sums is None:
            return None
        if self._ids.get(name) != id(value) or not remembered.is_of(value):
            return None  # another look will tell
        return remembered

    def pin(self, name: str, positions: Sequence[int]) -> None:
        """Remember what a large value holds at a few positions, for `unpin` to compare."""
        remembered = self._large_value(name)
        if remembered is not None:
            remembered.pins = {**self._pins_at(name, positions), **remembered.pins}

    def _pins_at(self, name: str, positions: Iterable[int]) -> Pins:
        try:
            return pins_at(self._namespace.get(name), positions)
        except BaseException as err:  # noqa: BLE001 - a border
            self._step_failed(name, reason_of(err, _COMPARING))
            return {}

    def unpin(self, name: str) -> tuple[object, ...]:
        """Forget what was pinned; return a place at which it differs, an empty one if none does."""
        remembered = self._large_value(name)
        if remembered is None or not remembered.pins:
            return ()
        before, remembered.pins = remembered.pins, {}
        now = self._pins_at(name, {place[-1] for place in before})
        if remembered.is_unread:
            return ()
        return next((place[:-1] for place in before if now.get(place) != before[place]), ())

    def changed_at(self, name: str, place: tuple[object, ...]) -> list[str]:
        """Note that a step found a difference; return all names of the object."""
        remembered = self._remembered.get(name)
        value = self._namespace.get(name, _MISSING)
        if type(remembered) is not Remembered or value is _MISSING:
            return []
        text = self._update(remembered, value)
        if remembered.is_unread:
            return []
        return self._changed(name, text or difference_at(place))

    def sums(self, name: str) -> ChunkSums | None:
        """Return the checksums of a name whose value is too large for a glance."""
        remembered = self._remembered.get(name)
        return remembered.sums if type(remembered) is Remembered else None

    def gap(self, name: str) -> str:
        """Return what may change in a value unseen, and why; empty if all of it is seen."""
        remembered = self._remembered.get(name)
        if type(remembered) is not Remembered or remembered.content is None:
            return ""
        return remembered.content.gap

    @property
    def has_large(self) -> bool:
        """Whether there is any value that is too large for a glance."""
        return bool(self._large)

    def unknown(self) -> list[ChunkSums]:
        """Return the checksums of large values whose content nobody knows yet; from any thread."""
        sums = [remembered.sums for remembered in list(self._large.values())]
        return [each for each in sums if each is not None and not each.is_complete]

    def large_names(self) -> list[str]:
        """Return a name of each value that is too large for a glance."""
        firsts = [remembered.first() for remembered in list(self._large.values())]
        return [name for name in firsts if name is not None]

    def _changed(self, name: str, text: str) -> list[str]:
        remembered = self._remembered[name]
        if remembered.sums is not None:
            remembered.sums.tell()
        names = [name, *remembered.others(name)]
        self._differences.update(dict.fromkeys(names, text))
        return names

    def compare_all(self, seen: Container[str] = ()) -> list[str]:
        """Look at the identity of every value, and closely at the next few names.

        Parameters
        ----------
        seen : container of str
            Names that were just looked at closely: they are not once more.

        Returns
        -------
        list of str
            The names that differ: new, gone, bound to another object, or changed in place.
        """
        now = self._identities.read(self._ids)
        if now == self._ids:
            different = []
        else:
            known = self._ids
            different = [name for name, number in now.items() if known.get(name) != number]
            if not all(type(name) is str for name in different):
                self._identities.has_odd_names = True
                return self.compare_all(seen)
            different += [name for name in known if name not in now]
        for name in different:
            self.note(name)
        return different + self.compare(name for name in self._next_in_turn() if name not in seen)

    def _look(self, name: str, closely: bool) -> str | None:
        """Return what is different about a name: None if nothing is, `_REBOUND` if all is."""
        value = self._namespace.get(name, _MISSING)
        if value is _MISSING:
            return _REBOUND if name in self._ids else None
        if self._ids.get(name) != id(value):
            return _REBOUND
        remembered = self._remembered.get(name, _MISSING)
        if type(remembered) is not Remembered:
            return None if remembered is value else _REBOUND
        if not remembered.is_of(value):
            return _REBOUND
        return self._update(remembered, value) if closely else None

    def _next_in_turn(self) -> list[str]:
        """Return the next names whose values may change in place."""
        if not self._queue:
            self._queue = [name for name, t in self._remembered.items() if type(t) is Remembered]
        taken = self._queue[-self._rotation :]
        del self._queue[-self._rotation :]
        return taken
