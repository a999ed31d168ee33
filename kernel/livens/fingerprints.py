"""Fingerprints: whether a value that is the same object still has the same content.

Three steps, none of which runs the user's code or keeps anything of the user's but small scalars:

1. `content_of` says how a value is read: its `Content`, part by part, by C methods of exact
   types. Classes of other libraries have readers in `livens.contents`, looked up by the
   qualified name of the exact class.
2. `fingerprint` is a glance at it, of a few microseconds for a value of any size: everything of
   a small value (`Fingerprint.is_exact`), both ends and a sample of a larger one.
3. What a glance does not cover, `livens.ledger` compares chunk by chunk, by `sum_of_items` and
   checksums.

How deep: into builtin containers, into what has a reader, and into instances of classes that the
user defined in the notebook. Other objects *within* a value are compared by identity: what a
library keeps below its own objects (caches, locks) is no change of the user's.

The `id` of an item tells whether it was exchanged, because the container keeps it alive between
two looks; numbers and short text go in by value, since their ids are used again.
"""

from __future__ import annotations

import array
import marshal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

from livens import passive

SAMPLED_ITEMS = 64
"""How many items of a container are looked at; it bounds the time for a container of any size."""

SHOWN_ITEMS = 24
"""So many from the start are always looked at: what a preview shows by default is among them."""

MAX_MARKS = 24
"""How many items are looked at within each of these; a container counts for four."""

SAMPLED_BYTES = 512
"""Up to here all bytes of an array are looked at."""

MAX_DEPTH = 10
"""Levels of containers; of what is below only the type counts."""

_MAX_INT_BITS = 256
_LONG_TEXT = 100_000
_SCALARS = frozenset(map(id, (int, float, bool, complex, type(None))))  # see `summaries`
_CODE = frozenset(map(id, (ModuleType, FunctionType, BuiltinFunctionType, type)))
_STR, _BYTES = id(str), id(bytes)


_SKIPPED_ITEMS = 50_000
"""So many items of a dict or a set are passed over before others may have the time: 0.3 ms."""


class Postponed(Exception):
    """Raised by a `pause`: what is being read is to be read another time."""


def no_pause() -> None:
    """Go on without a pause."""


class Content(NamedTuple):
    """How to read the content of one value. It lives as long as the look, for it holds the value.

    Attributes
    ----------
    form : str
        What the parts are: ``items``, ``keys``, ``members``, ``attributes``, ``columns``,
        ``cells`` or ``text``.
    header : tuple
        Of exact numbers, texts and tuples: what must be equal besides the parts.
    length : int
        How many parts there are.
    read : callable
        Reads the parts from a start to a stop: `bytes` for ``cells`` and ``text``, else a list
        of labels (or None, where the position is the label) and a list of the parts.
    part_bytes : int
        Bytes that a part takes; 0 for objects.
    is_indexed : bool
        Whether reading in the middle takes no longer than reading at the start. Where it does,
        `read` takes a third argument, which it calls every third of a millisecond.
    gap : str
        What is not read, and why; empty if all of it can be read.
    """

    form: str
    header: tuple[Any, ...]
    length: int
    read: Callable[..., Any]
    part_bytes: int = 0
    is_indexed: bool = True
    gap: str = ""


Pause = Callable[[], None]
"""Lets other threads run; raises `Postponed` if reading would be in somebody's way."""

Reader = Callable[[Any], Content | None]
"""From a value of a known type to its content; None if it cannot change. It must not compute or
change the value."""

_readers: dict[str, Reader] = {}


def register_reader(qualified_name: str, reader: Reader) -> None:
    """Tell how the content of values of one class is read.

    Parameters
    ----------
    qualified_name : str
        ``module.qualname`` of the exact class, as in `summaries.register_adapter`.
    reader : callable
        Takes the value, returns its `Content`.

    Examples
    --------
    >>> class Cell:
    ...     __slots__ = ("value",)
    >>> name = passive.qualified_name(Cell)
    >>> def read(cell):
    ...     return Content("items", (), 1, lambda start, stop: (None, [cell.value]))
    >>> register_reader(name, read)
    >>> cell = Cell()
    >>> cell.value = 1
    >>> before = fingerprint(cell)
    >>> cell.value = 2
    >>> fingerprint(cell) == before
    False
    """
    _readers[qualified_name] = reader


def nothing(start: int, stop: int) -> Any:
    """Read nothing, for a `Content` without parts."""
    return None, []


def is_harmless(value: object) -> bool:
    """Tell whether to remember the value itself: small, immutable, of an exact builtin type."""
    kind = id(type(value))
    if kind in _SCALARS:
        return type(value) is not int or value.bit_length() <= _MAX_INT_BITS
    return (kind in (_STR, _BYTES)) and len(value) <= 200  # type: ignore[arg-type]


# -- how values are read -------------------------------------------------------------------


def content_of(value: object, *, is_nested: bool = False) -> Content | None:
    """Say how the content of a value is read.

    Returns
    -------
    Content or None
        None if it has none: it cannot change in place, or is known by its identity only, as
        other libraries' objects are when they are nested.
    """
    cls = type(value)
    builtin = _BUILTIN.get(id(cls))
    if builtin is not None:
        return builtin(value)
    if id(cls) in _SCALARS or id(cls) in _CODE:
        return None
    reader = _readers.get(passive.qualified_name(cls))
    if reader is not None:
        return reader(value)
    for base in passive.class_mro(cls):
        inherited = _INHERITED.get(id(base))
        if inherited is not None:
            return _with_attributes(value, inherited(value))
    if is_nested and passive.class_module(cls) != "__main__":
        return None
    return _instance(value)


def _sequence(value: Any) -> Content:
    kind = list if passive.is_real_instance(value, list) else tuple
    get: Any = kind.__getitem__
    return Content(
        "items",
        (),
        kind.__len__(value),
        lambda start, stop: (None, list(get(value, slice(start, stop)))),
    )


def _mapping(value: Any) -> Content:
    length = dict.__len__(value)

    def read(start: int, stop: int, pause: Pause = no_pause) -> Any:
        if start and start == length - 1:
            newest = next(reversed(dict.items(value)))
            return [newest[0]], [newest[1]]
        keys = _from(dict.__iter__(value), start, stop, pause)
        return keys, _from(iter(dict.values(value)), start, stop, pause)

    return Content("keys", (), length, read, is_indexed=False)


def _from(items: Iterator[Any], start: int, stop: int, pause: Pause) -> list[Any]:
    """Read from a start to a stop, with pauses on the way to the start."""
    passed = 0
    while start - passed > _SKIPPED_ITEMS:
        next(islice(items, _SKIPPED_ITEMS - 1, None), None)
        passed += _SKIPPED_ITEMS
        pause()
    return list(islice(items, start - passed, stop - passed))


def _members(value: Any) -> Content:
    base: Any = set if passive.is_real_instance(value, set) else frozenset
    if passive.is_real_instance(value, deque):
        base = deque
    return Content(
        "items" if base is deque else "members",
        (),
        base.__len__(value),
        lambda start, stop, pause=no_pause: (
            None,
            _from(base.__iter__(value), start, stop, pause),
        ),
        is_indexed=False,
    )


def _text(value: Any) -> Content:
    """Read a `bytearray`; a slice, for a buffer that is shown to us could not be resized."""
    return Content(
        "text",
        (),
        bytearray.__len__(value),
        lambda start, stop: bytes(bytearray.__getitem__(value, slice(start, stop))),
        1,
    )


def _array(value: Any) -> Content:
    return Content(
        "cells",
        (value.typecode,),
        len(value),
        lambda start, stop: value[start:stop].tobytes(),
        value.itemsize,
    )


def _memoryview(value: Any) -> Content:
    try:
        flat = value if value.ndim == 1 else value.cast("B")
        header, length = (value.format, *value.shape), len(flat)
    except (TypeError, ValueError):  # released, or not contiguous in several dimensions
        return Content("cells", (), 0, nothing, gap="the memory view cannot be read in one row")
    return Content(
        "cells", header, length, lambda start, stop: flat[start:stop].tobytes(), flat.itemsize
    )


def _instance(value: object, head: tuple[Any, ...] = ()) -> Content | None:
    attributes = passive.instance_dict(value)
    slots = passive.slot_values(value)
    if attributes is None and not slots:
        return None
    if not slots:
        return _mapping(attributes)._replace(form="attributes", header=head)
    own = attributes or {}

    def read(start: int, stop: int) -> Any:
        pairs = [*slots.items(), *passive.copied_items(own)][start:stop]
        return [key for key, _ in pairs], [item for _, item in pairs]

    return Content("attributes", head, len(slots) + len(own), read)


def _with_attributes(value: object, content: Content) -> Content:
    """Put the attributes that an instance of a subclass has into the header, as marks."""
    attributes = passive.instance_dict(value)
    if not attributes:
        return content
    marks = tuple(
        (short(key), short(item)) for key, item in passive.copied_items(attributes, SAMPLED_ITEMS)
    )
    return content._replace(header=(*content.header, marks))


_BUILTIN: dict[int, Callable[[Any], Content | None]] = {
    id(list): _sequence,
    id(tuple): _sequence,
    id(dict): _mapping,
    id(set): _members,
    id(frozenset): _members,
    id(deque): _members,
    id(bytearray): _text,
    id(array.array): _array,
    id(memoryview): _memoryview,
    id(str): lambda value: None,
    id(bytes): lambda value: None,
}
_INHERITED: dict[int, Callable[[Any], Content]] = {
    id(list): _sequence,
    id(tuple): _sequence,
    id(dict): _mapping,
    id(set): _members,
    id(frozenset): _members,
    id(deque): _members,
    id(bytearray): _text,
}


# -- a glance ------------------------------------------------------------------------------


class Fingerprint(NamedTuple):
    """A glance at a value; two that are equal mean that no difference was seen.

    Attributes
    ----------
    form, header, length
        As in `Content`.
    labels : tuple
        The keys, attributes or columns that were looked at, or the positions; empty where all
        positions were.
    marks : tuple
        What stands for each of them: small scalars, ids, and fingerprints of what is nested.
    is_exact : bool
        Whether that is all there is.
    """

    form: str
    header: tuple[Any, ...]
    length: int
    labels: tuple[Any, ...]
    marks: tuple[Any, ...]
    is_exact: bool


def fingerprint(value: object) -> Fingerprint | None:
    """Take a glance at a value.

    Returns
    -------
    Fingerprint or None
        None if the type has no content that is known how to look at.

    Examples
    --------
    >>> items = [1, {"a": 2}]
    >>> before = fingerprint(items)
    >>> items[1]["a"] = 3
    >>> fingerprint(items) == before
    False
    """
    kind = type(value)
    if kind is str or kind is bytes:
        marks = (str(value[:64]), str(value[-64:]))  # type: ignore[index]
        return Fingerprint("text", (), len(value), (), marks, True)  # type: ignore[arg-type]
    content = content_of(value)
    return None if content is None else _Glance().at(content, id(value))


def short(value: object) -> Any:
    """Return what stands for a value: itself if it is harmless, else its id."""
    if not is_harmless(value):
        return ("id", id(value))
    kind = type(value)
    # 1, 1.0 and True are equal, and not the same to the one who looks. NaN equals nothing, not
    # even what a reader makes of the same NaN the next time.
    if kind is int or kind is str:
        return value
    return (kind.__name__, value if value == value else repr(value))  # noqa: PLR0124 - for NaN


class _Glance:
    """One glance: counts the items that it took, and knows what it is within."""

    def __init__(self) -> None:
        self._left = MAX_MARKS
        self._open: list[int] = []

    def at(self, content: Content, number: int) -> Fingerprint:
        self._open.append(number)
        try:
            if content.part_bytes:
                return self._at_bytes(content)
            return self._at_items(content)
        except (RuntimeError, ValueError, IndexError):  # it changed while we read: told next time
            return Fingerprint(content.form, content.header, content.length, (), (), False)
        finally:
            self._open.pop()

    def _at_bytes(self, content: Content) -> Fingerprint:
        length, size = content.length, content.part_bytes
        if length * size <= SAMPLED_BYTES:
            marks: tuple[Any, ...] = (content.read(0, length),)
            return Fingerprint(content.form, content.header, length, (size,), marks, True)
        at_end = max(1, 64 // size)
        at_start = at_end
        if len(self._open) == 1:  # more would take too long for a frame of many columns
            at_start = max(at_end, min(SHOWN_ITEMS, 4_096 // size))
        marks = (content.read(0, at_start), content.read(length - at_end, length))
        if len(self._open) == 1:
            steps = range(0, length, length // 16)
            marks += tuple(content.read(place, place + 1) for place in steps)
        return Fingerprint(content.form, content.header, length, (size,), marks, False)

    def _at_items(self, content: Content) -> Fingerprint:
        is_short = content.length <= SAMPLED_ITEMS
        is_all = is_short and not content.gap
        labels: list[Any] = []
        items: list[Any] = []
        for start, stop in [(0, content.length)] if is_short else _stretches(content):
            found, parts = content.read(start, stop)
            if found is not None:
                labels += map(short, found)
            elif not is_short:
                labels += range(start, stop)
            items += parts
        marks = []
        for item in items:
            if len(self._open) == 1:
                self._left = MAX_MARKS  # to each its own: the first could take all
            mark, is_whole = self._mark(item)
            marks.append(mark)
            is_all = is_all and is_whole
        return Fingerprint(
            content.form, content.header, content.length, tuple(labels), tuple(marks), is_all
        )

    def _mark(self, item: object) -> tuple[Any, bool]:
        self._left -= 1
        kind = id(type(item))
        if kind in _SCALARS or kind in (_STR, _BYTES) or kind in _CODE:
            return short(item), True
        if id(item) in self._open:
            return ("within", self._open.index(id(item))), True
        if len(self._open) >= MAX_DEPTH:
            return ("below", id(type(item))), True  # a reader may have made it for us
        if self._left <= 0:
            return ("below", id(type(item))), False
        content = content_of(item, is_nested=True)
        if content is None:
            return ("id", id(item)), True
        self._left -= 3
        nested = self.at(content, id(item))
        return nested, nested.is_exact


def _stretches(content: Content) -> list[tuple[int, int]]:
    """Choose what to look at of a long value: both ends and evenly between."""
    length, quarter = content.length, SAMPLED_ITEMS // 4
    if not content.is_indexed:
        last = [(length - 1, length)] if content.form in ("keys", "attributes") else []
        return [(0, SAMPLED_ITEMS), *last]
    step = max(1, (length - 2 * quarter) // (2 * quarter))
    middle = range(SHOWN_ITEMS, length - quarter, step)
    return [
        (0, SHOWN_ITEMS),
        *((place, place + 1) for place in middle),
        (length - quarter, length),
    ]


# -- a few positions -----------------------------------------------------------------------

Pins = dict[tuple[Any, ...], Any]
"""What is at some places: the form and the label or the positions, as `livens.ledger` tells a
place, and last the position that was asked for."""

_PINNED_COLUMNS = 64
_PINNED_BYTES = 4_096


def pins_at(value: object, positions: Iterable[int]) -> Pins:
    """Look at a few positions of a large value: items, elements, or rows of all columns.

    Examples
    --------
    >>> pins_at([5, 6, 7], [1, -1])
    {('items', 1, 2, 1): 6, ('items', 2, 3, -1): 7}
    """
    content = content_of(value)
    if content is None or not content.is_indexed:
        return {}
    try:
        if content.form != "columns":
            return {
                (content.form, *where, position): mark
                for position in positions
                for where, mark in _at_position(content, position)
            }
        labels, parts = content.read(0, min(content.length, _PINNED_COLUMNS))
        columns = [content_of(part, is_nested=True) for part in parts]
        return {
            ("columns", short(label), position): mark
            for label, column in zip(labels, columns, strict=True)
            if column is not None
            for position in positions
            for _, mark in _at_position(column, position)
        }
    except (RuntimeError, ValueError, IndexError):  # it changed while we read
        return {}


def _at_position(content: Content, position: int) -> Iterator[tuple[tuple[int, int], Any]]:
    """Look at an item or an element; of an array with rows, at the whole row."""
    many = 1
    shape = content.header[1:]
    if content.form == "cells" and len(shape) > 1 and type(shape[0]) is int and shape[0]:
        many = max(1, content.length // shape[0])
    start = (position + content.length // many if position < 0 else position) * many
    if 0 <= start < content.length and many * max(1, content.part_bytes) <= _PINNED_BYTES:
        found = content.read(start, start + many)
        if not content.part_bytes:  # a reader may have made the item for us: no `id` of it
            item = found[1][0]
            found = short(item) if is_harmless(item) else ("type", id(type(item)))
        yield (start, start + many), found


# -- all of it -----------------------------------------------------------------------------


def sum_of_items(items: list[Any]) -> int | None:
    """Sum up items that are all scalars, in C; None if others are among them.

    Not `hash` of the items, for ``hash(-1) == hash(-2)``.

    Examples
    --------
    >>> sum_of_items([1, 2]) == sum_of_items([1, 2]) != sum_of_items([1, 3])
    True
    >>> sum_of_items([[]])
    """
    kinds = set(map(id, map(type, items)))  # comparing classes may run their metaclass
    if kinds == {_STR} and max(map(len, items)) <= _LONG_TEXT:
        return hash(tuple(items))
    if kinds <= _SCALARS:
        return hash(marshal.dumps(items, 2))  # version 2 looks at nothing but the values
    if kinds <= _SCALARS | {_STR, _BYTES}:
        return sum_of_marks([scalar_mark(item) for item in items])
    return None


def is_scalar(item: object) -> bool:
    """Tell whether an item is a number, a bool, None, a text or bytes, of the exact type."""
    kind = id(type(item))
    return kind in _SCALARS or kind in (_STR, _BYTES)


def sum_of_marks(marks: Any) -> int:
    """Sum up marks: scalars, and tuples and lists of them."""
    return hash(marshal.dumps(marks, 2))


def scalar_mark(item: Any) -> Any:
    """Return what stands for a scalar or a text in a sum."""
    if id(type(item)) in _SCALARS:
        return item
    if len(item) > _LONG_TEXT:  # immutable, and too long to be read under the GIL
        return ("text", id(item), len(item), item[:64], item[-64:])
    return (type(item).__name__, hash(item))
