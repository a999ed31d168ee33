"""What is remembered of one value that must not be held: where it is, and what a glance saw."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable

from livens.exceptions import reason_of
from livens.values.checksums import ChunkSums
from livens.values.differences import difference
from livens.values.fingerprints import Fingerprint, Pins, fingerprint
from livens.values.passive import takes_weakrefs

logger = logging.getLogger(__name__)


class Remembered:
    """What is left of a value that must not be held; the names of one object share it."""

    __slots__ = ("address", "content", "is_unread", "names", "pins", "reference", "sums")

    def __init__(self, name: str, address: int) -> None:
        self.address = address  # the id of the object, while it lives
        self.reference: weakref.ref[object] | None = None
        self.is_unread = False  # known by its identity only
        self.content: Fingerprint | None = None
        self.sums: ChunkSums | None = None
        self.names: str | dict[str, None] = name  # a dict where many share it: found at once
        self.pins: Pins = {}

    def begin(self, value: object) -> None:
        """Store what a first glance at the value sees."""
        if takes_weakrefs(type(value)):
            self.reference = weakref.ref(value)
        if self.is_unread:
            return
        self.content = fingerprint(value)
        if self.content is not None and not self.content.is_exact:
            self.sums = ChunkSums()

    def give_up(self) -> None:
        """Compare nothing but the identity from now on."""
        self.is_unread = True
        self.content = self.sums = None
        self.pins = {}

    def is_of(self, value: object) -> bool:
        """Return whether *value*, found at the same address, is the same object."""
        return self.reference is None or self.reference() is value

    def update(self, value: object) -> str | None:
        """Store what another glance sees; return what is different, None if nothing is."""
        if self.is_unread:
            return None
        now = fingerprint(value)
        if now == self.content:
            return None
        text = self._difference(now)
        self.content = now
        self.pins = {}
        if now is None or now.is_exact:
            self.sums = None
        elif self.sums is None:
            self.sums = ChunkSums()
        return text

    def _difference(self, now: Fingerprint | None) -> str:
        try:
            return difference(self.content, now)
        except BaseException as err:  # noqa: BLE001 - a border
            reason = reason_of(err, "writing down the difference")
            logger.warning("How the variable %r changed is not told: %s", self.names, reason)
            return f"changed; {reason}"

    def add(self, name: str) -> None:
        """Add one more name of the object."""
        if type(self.names) is str:
            self.names = {self.names: None}
        self.names[name] = None  # type: ignore[index]

    def drop(self, name: str) -> bool:
        """Remove a name, which is another object's now; return whether none is left."""
        if type(self.names) is dict:
            self.names.pop(name, None)
            return not self.names
        return self.names == name

    def first(self) -> str | None:
        """Return the name that the object has had longest; None if it has none."""
        return self.names if type(self.names) is str else next(iter(self.names), None)

    def has_other(self, name: str, is_it: Callable[[str], bool]) -> bool:
        """Return whether something is true of another name of the object."""
        names = (self.names,) if type(self.names) is str else self.names
        return any(other != name and is_it(other) for other in names)

    def others(self, name: str) -> list[str]:
        """Return the other names of the object."""
        if type(self.names) is str:
            return [self.names] if self.names != name else []
        return [other for other in self.names if other != name]
