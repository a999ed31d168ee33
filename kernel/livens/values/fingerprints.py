"""Fingerprints: whether a value that is the same object still has the same content.

Three steps, none of which runs the user's code or keeps anything of the user's but small scalars:

1. `livens.values.content_registry.content_of` says how a value is read: its `Content`, part by
   part.
2. `fingerprint` is a glance at it, of a few microseconds for a value of any size: everything of
   a small value (`Fingerprint.is_exact`), both ends and a sample of a larger one.
3. What a glance does not cover, `livens.values.checksums` compares chunk by chunk, by checksums.

What stands for the parts are `livens.values.marks`: the value of what is nothing but its value, the
`id` of another object that the container keeps alive between two looks, and of what was made for
the look only its class. What may have changed unseen is said in `Fingerprint.gap`.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from livens.values.builtin_contents import is_container
from livens.values.content import PLAIN, Content
from livens.values.content_registry import content_of, gap_of
from livens.values.marks import SCALARS, is_harmless, short

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

_LONG_TEXT = 100_000
_STR, _BYTES = id(str), id(bytes)


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
        Whether that is all there is to compare.
    facts : tuple
        As in `Content`.
    gap : str
        What may have changed unseen, and why; of the outermost value only.
    """

    form: str
    header: tuple[Any, ...]
    length: int
    labels: tuple[Any, ...]
    marks: tuple[Any, ...]
    is_exact: bool
    facts: tuple[tuple[str, Any], ...] = ()
    gap: str = ""


def fingerprint(value: object) -> Fingerprint | None:
    """Return what a glance at a value sees.

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
    if content is None:
        return None
    glance = _Glance()
    found = glance.at(content, id(value))
    return found._replace(gap=glance.gap) if glance.gap else found


class _Changed(Exception):
    """What is read changed in the middle of it."""


def _part(content: Content, start: int, stop: int) -> Any:
    """Read a part; only reading it may fail because another thread changes the value."""
    try:
        return content.read(start, stop)
    except (RuntimeError, ValueError, IndexError) as err:
        raise _Changed from err


class _Glance:
    """One glance: counts the items that it took, and knows what it is within."""

    def __init__(self) -> None:
        self.gap = ""
        self._left = MAX_MARKS
        self._open: list[int] = []
        self._is_foreign = False

    def at(self, content: Content, number: int, *, is_made: bool = False) -> Fingerprint:
        was_foreign = self._is_foreign
        self._is_foreign = was_foreign or content.is_foreign
        self.gap = self.gap or content.gap
        self._open.append(number)
        try:
            if content.part_bytes:
                return self._at_bytes(content)
            return self._at_items(content, is_made or content.is_made)
        except _Changed:  # told next time
            return Fingerprint(content.form, content.header, content.length, (), (), False)
        finally:
            self._open.pop()
            self._is_foreign = was_foreign

    def _at_bytes(self, content: Content) -> Fingerprint:
        form, header, length, size = (
            content.form,
            content.header,
            content.length,
            content.part_bytes,
        )
        if length * size <= SAMPLED_BYTES:
            marks: tuple[Any, ...] = (_part(content, 0, length),)
            return Fingerprint(form, header, length, (size,), marks, True, content.facts)
        at_end = max(1, 64 // size)
        at_start = at_end
        if len(self._open) == 1:  # more would take too long for a frame of many columns
            at_start = max(at_end, min(SHOWN_ITEMS, 4_096 // size))
        marks = (_part(content, 0, at_start), _part(content, length - at_end, length))
        if len(self._open) == 1:
            steps = range(0, length, max(1, length // 16))
            marks += tuple(_part(content, place, place + 1) for place in steps)
        return Fingerprint(form, header, length, (size,), marks, False, content.facts)

    def _at_items(self, content: Content, is_made: bool) -> Fingerprint:
        is_short = content.length <= SAMPLED_ITEMS
        is_all = is_short
        labels: list[Any] = []
        items: list[Any] = []
        for start, stop in [(0, content.length)] if is_short else _stretches(content):
            found, parts = _part(content, start, stop)
            if found is not None:
                labels += [short(label, is_made=is_made) for label in found]
            elif not is_short:
                labels += range(start, stop)
            items += parts
        marks = []
        for item in items:
            if len(self._open) == 1:
                self._left = MAX_MARKS  # to each its own: the first could take all
            mark, is_whole = self._mark(item, is_made)
            marks.append(mark)
            is_all = is_all and is_whole
        return Fingerprint(
            content.form,
            content.header,
            content.length,
            tuple(labels),
            tuple(marks),
            is_all,
            content.facts,
        )

    def _mark(self, item: object, is_made: bool) -> tuple[Any, bool]:
        self._left -= 1
        if id(type(item)) in PLAIN:
            return short(item, is_made=is_made), True
        if id(item) in self._open:
            return ("within", self._open.index(id(item))), True
        if len(self._open) >= MAX_DEPTH:
            return ("below", id(type(item))), True  # a reader may have made it for us
        if self._left <= 0:
            return ("below", id(type(item))), False
        content = content_of(item, is_nested=True, is_inner=self._is_foreign)
        if content is None:
            self.gap = self.gap or gap_of(item, is_inner=self._is_foreign)
            return short(item, is_made=is_made), True
        self._left -= 3
        nested = self.at(content, id(item), is_made=is_made and is_container(item))
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
"""What is at some places: the form and the label or the positions, as `livens.values.checksums`
tells a place, and last the position that was asked for."""

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
    shape = content.header
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


def sum_of_items(items: list[Any], *, is_made: bool = False) -> int | None:
    """Sum up items that are all scalars, in C; None if others are among them.

    Given *is_made*, they were made for this look, and their identity says nothing.

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
    if kinds <= SCALARS:
        return hash(marshal.dumps(items, 2))  # version 2 looks at nothing but the values
    if kinds <= SCALARS | {_STR, _BYTES}:
        return sum_of_marks([scalar_mark(item, is_made=is_made) for item in items])
    return None


def is_scalar(item: object) -> bool:
    """Return whether an item is a number, a bool, None, a text or bytes, of the exact type."""
    kind = id(type(item))
    return kind in SCALARS or kind in (_STR, _BYTES)


def sum_of_marks(marks: Any) -> int:
    """Sum up marks: scalars, and tuples and lists of them."""
    return hash(marshal.dumps(marks, 2))


def scalar_mark(item: Any, *, is_made: bool = False) -> Any:
    """Return what stands for a scalar or a text in a sum."""
    if id(type(item)) in SCALARS:
        return item
    if len(item) > _LONG_TEXT:  # immutable, and too long to be read under the GIL
        ends = ("text", len(item), item[:64], item[-64:])
        return ends if is_made else (*ends, id(item))
    return (type(item).__name__, hash(item))
