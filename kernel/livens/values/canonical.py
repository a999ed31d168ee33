"""A hash of a value by its content: equal content gives an equal hash in every process.

It does not depend on the identity of objects, on the seed of Python's hashes or on the machine. The
members of a set and the entries of a dict are put in the order of their bytes; an `OrderedDict`
keeps its own. ``1``, ``1.0`` and ``True`` are different, and so are a list and a tuple.

Only exact classes are read, by methods of the standard library and of numpy and pandas. Nothing of
the user's runs: no ``__hash__``, ``__eq__`` or ``__repr__``. What is of another class is left out,
and `Canonical.gap` says so.
"""

from __future__ import annotations

import array
import hashlib
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from livens.protocol.digests import opaque_gap
from livens.values import passive
from livens.values.canonical_scalars import LONG_TEXT, packed, scalar_bytes
from livens.values.containers import copied, own_order

MAX_ITEMS = 100_000
"""So many items of a value are read: Python takes about a tenth of a second for them."""

_MAX_DEPTH = 50
_STRETCH = 2_000
"""How many items are read between two looks at the clock: a millisecond."""


class Full(Exception):
    """As many items were read as may be."""


class Canonical:
    """Hashes values by their content.

    Parameters
    ----------
    check : callable
        Called again and again; raises what ends the work.
    add_other : callable, optional
        Gets this object and a value that is of no class of Python's own, such as an array; adds
        it, and returns whether it could.
    hides : callable, optional
        Told the keys of dicts that are texts; where it says yes, the entry is left out.
    max_items : int
        After so many items `Full` is raised.

    Attributes
    ----------
    items : int
        How many were read.
    has_content : bool
        Whether anything of the value is in the hash.

    Examples
    --------
    >>> def digest(value):
    ...     canonical = Canonical(lambda: None)
    ...     canonical.add(value)
    ...     return canonical.hexdigest()
    >>> digest({"a": 1, "b": {2, 3}}) == digest({"b": {3, 2}, "a": 1})
    True
    >>> digest([1]) == digest([True])
    False
    """

    def __init__(
        self,
        check: Callable[[], None],
        add_other: Callable[[Canonical, Any], bool] | None = None,
        hides: Callable[[str], bool] = lambda name: False,
        max_items: int = MAX_ITEMS,
    ) -> None:
        self.items = 0
        self.has_content = False
        self.check = check
        self._add_other = add_other
        self._hides = hides
        self._max_items = max_items
        self._hash = hashlib.blake2b(digest_size=16)
        self._around: list[int] = []
        self._gaps: dict[str, None] = {}

    def hexdigest(self) -> str:
        """Return the hash of all that was added."""
        return self._hash.hexdigest()

    @property
    def gaps(self) -> list[str]:
        """The reasons why something is not in the hash."""
        return list(self._gaps)

    @property
    def gap(self) -> str:
        """What is not in the hash, and why; empty if everything is."""
        reasons = self.gaps
        more = f", and {len(reasons) - 1} more" if len(reasons) > 1 else ""
        return f"{reasons[0]}{more}" if reasons else ""

    def leave_out(self, reason: str) -> None:
        """Note that something is not in the hash, and why."""
        self._gaps[reason] = None

    def write(self, data: Any) -> None:
        """Add bytes as they are."""
        self.has_content = True
        self._hash.update(data)

    def add(self, value: Any) -> None:
        """Add a value of any class.

        Raises
        ------
        Full
            When it has more items than are read.
        """
        self.count(1)
        known = scalar_bytes(value)
        if known is not None:
            self.write(known)
            return
        add = _ADDERS.get(id(type(value)))
        if id(value) in self._around:
            self.write(b"@%d;" % self._around.index(id(value)))
        elif len(self._around) >= _MAX_DEPTH:
            self.leave_out(f"it is more than {_MAX_DEPTH} levels deep")
        elif add is not None or self._add_other is not None:
            self._around.append(id(value))
            try:
                if add is not None:
                    add(self, value)
                elif not (self._add_other and self._add_other(self, value)):
                    self._leave_out_object(value)
            finally:
                self._around.pop()
        else:
            self._leave_out_object(value)

    def add_all(self, values: Iterable[Any]) -> None:
        """Add the items of a sequence."""
        for value in values:
            self.add(value)

    def count(self, many: int) -> None:
        """Count items that are about to be read.

        Raises
        ------
        Full
            If there is no room for any more.
        """
        if self.items >= self._max_items:
            raise Full
        before, self.items = self.items, self.items + many
        if before // _STRETCH != self.items // _STRETCH:
            self.check()

    def _leave_out_object(self, value: object) -> None:
        self._hash.update(b"?")
        self.leave_out(opaque_gap(passive.class_name(type(value))[:100]))

    # -- containers ------------------------------------------------------------------------

    def add_list(self, values: list[Any], tag: bytes = b"l") -> None:
        """Add a list; one of numbers or texts only at once."""
        self.write(b"%s%d;" % (tag, len(values)))
        room = self._max_items - self.items
        found = packed(values[:room]) if len(values) > 1 else None
        if found is None:
            self.add_all(values)
            return
        self.count(min(len(values), room))
        for data in found:
            self.write(data)
        if len(values) > room:
            raise Full

    def _add_sequence(self, value: Any) -> None:
        cls = type(value)
        found = copied(cls, value, 0, self._max_items - self.items + 1)
        size = cls.__len__(value)
        if len(found) != min(size, self._max_items - self.items + 1):
            self.leave_out("it changed while it was read")
        self.write(b"%d," % size)
        self.add_list(found, _TAGS[id(cls)])

    def _add_set(self, value: Any) -> None:
        """Add the members in the order of their bytes."""
        cls = type(value)
        size = cls.__len__(value)
        self.write(b"%s%d;" % (_TAGS[id(cls)], size))
        if size > self._max_items - self.items:
            self.leave_out(f"a set of more than {self._max_items:,} members is not read")
            return
        members = copied(cls, value, 0, size)
        if len(members) != size:
            self.leave_out("it changed while it was read")
        for data in sorted(map(self._key_bytes, members)):
            self.write(data)

    def _add_dict(self, value: Any) -> None:
        """Add the entries in the order of the bytes of their keys; of a large dict the first."""
        size = dict.__len__(value)
        room = (self._max_items - self.items) // 2
        items: list[tuple[Any, Any]] = passive.copied_items(value, 0, min(size, room))
        if len(items) != min(size, room):
            self.leave_out("it changed while it was read")
        items = [item for item in items if self._is_shown(item[0])]
        self.write(b"%s%d;" % (_TAGS[id(type(value))], size))
        keys = [key for key, _ in items]
        if set(map(id, map(type, keys))) == {id(str)}:
            items.sort(key=_first)
            self.add_list([key for key, _ in items])
        else:
            entries = [(self._key_bytes(key), item) for key, item in items]
            entries.sort(key=_first)
            self.write(b"".join(map(_first, entries)))
            items = entries
        self.add_list([item for _, item in items])
        if size > room:
            raise Full

    def _add_ordered(self, value: Any) -> None:
        keys = own_order(value)
        if keys is None:
            self.leave_out("the order of an OrderedDict in it is not read")
        else:
            self.write(b"".join(map(self._key_bytes, keys)))
        self._add_dict(value)

    def _is_shown(self, key: object) -> bool:
        if type(key) is str and self._hides(key):
            self.leave_out("what is redacted in it is not read")
            return False
        return True

    def _key_bytes(self, key: Any) -> bytes:
        """Return the bytes of what can be hashed: a scalar, or a tuple or frozenset of some."""
        self.count(1)
        known = scalar_bytes(key)
        if known is not None:
            return known
        if type(key) is tuple:
            return b"t%d;" % len(key) + b"".join(map(self._key_bytes, key))
        if type(key) is frozenset:
            members = copied(frozenset, key, 0, len(key))
            return b"S%d;" % len(key) + b"".join(sorted(map(self._key_bytes, members)))
        self.leave_out(opaque_gap(passive.class_name(type(key))[:100]))
        return b"?"

    # -- bytes, and code -------------------------------------------------------------------

    def _add_long(self, value: Any) -> None:
        """Add a text or bytes in pieces."""
        self.write(b"%s%d;" % (_TAGS[id(type(value))], len(value)))
        for start in range(0, len(value), LONG_TEXT):
            self.check()
            piece = value[start : start + LONG_TEXT]
            is_text = type(piece) is str
            self.write(piece.encode("utf-8", "surrogatepass") if is_text else bytes(piece))

    def _add_array(self, value: Any) -> None:
        self.write(b"A%s%d;" % (value.typecode.encode(), len(value)))
        for start in range(0, len(value), LONG_TEXT):
            self.check()
            self.write(value[start : start + LONG_TEXT].tobytes())

    def _add_code(self, value: Any) -> None:
        name = value.__name__
        self.write(b"#%s;" % (name.encode("utf-8", "replace") if type(name) is str else b""))
        self.leave_out("a function or module in it is compared by its name only")


def _first(entry: tuple[Any, Any]) -> Any:
    return entry[0]


_TAGS: dict[int, bytes] = {
    id(list): b"l", id(tuple): b"t", id(deque): b"q", id(set): b"M", id(frozenset): b"S",
    id(dict): b"d", id(OrderedDict): b"o", id(defaultdict): b"D", id(Counter): b"C",
    id(str): b"X", id(bytes): b"B", id(bytearray): b"Y",
}  # fmt: skip

_ADDERS: dict[int, Callable[[Canonical, Any], None]] = {
    **dict.fromkeys(map(id, (list, tuple, deque)), Canonical._add_sequence),
    **dict.fromkeys(map(id, (set, frozenset)), Canonical._add_set),
    **dict.fromkeys(map(id, (dict, defaultdict, Counter)), Canonical._add_dict),
    **dict.fromkeys(map(id, (str, bytes, bytearray)), Canonical._add_long),
    **dict.fromkeys(map(id, (FunctionType, BuiltinFunctionType, ModuleType)), Canonical._add_code),
    id(OrderedDict): Canonical._add_ordered,
    id(array.array): Canonical._add_array,
}
"""How values of Python's own classes are added, by the id of the class."""
