"""Sums of items together with what is in them, for `livens.values.checksums`.

A small container goes into the sum of what it is in. One that is too large for that has chunks of
its own.
"""

from __future__ import annotations

from typing import Any

from livens.values.builtin_contents import is_container
from livens.values.content import Content
from livens.values.content_registry import content_of
from livens.values.fingerprints import (
    MAX_DEPTH,
    is_scalar,
    scalar_mark,
    sum_of_items,
    sum_of_marks,
)
from livens.values.marks import short

_INLINE_ITEMS = 64
"""A container of up to so many items is summed up with what it is in."""

_INLINE_BYTES = 4096


class _TooLarge(Exception):
    """A child is too large to go into its parent's chunk."""


class NestedSums:
    """Sums up items with what is in them, as far as that is small.

    Parameters
    ----------
    is_open : list of int
        The ids of the objects around the items.
    is_made : bool
        Whether the items were made for this look, so that their identity says nothing.
    is_inner : bool
        Whether they are what another library keeps in its object.
    left : int
        How many items may be summed up.
    """

    def __init__(self, is_open: list[int], is_made: bool, is_inner: bool, left: int) -> None:
        self._open = list(is_open)
        self._is_made = is_made
        self._is_inner = is_inner
        self._left = left

    def sum_up(self, parts: list[Any]) -> tuple[int, int, Content | None]:
        """Sum up parts until one has to have chunks of its own, or there were enough."""
        marks: list[Any] = []
        for taken, item in enumerate(parts, 1):
            if self._left <= 0:
                return sum_of_marks(marks), taken - 1, None
            try:
                marks.append(self._mark(item, self._is_made))
            except _TooLarge:
                content = content_of(item, is_nested=True, is_inner=self._is_inner)
                marks.append(("own", id(item) if content is None else 0))
                return sum_of_marks(marks), taken, content
        return sum_of_marks(marks), len(parts), None

    def sum_up_labels(self, labels: list[Any]) -> int:
        """Sum up labels, none of which is looked into."""
        return sum_of_marks([short(label, is_made=self._is_made) for label in labels])

    def _mark(self, item: object, is_made: bool) -> Any:
        self._left -= 1
        if is_scalar(item):
            return scalar_mark(item, is_made=is_made)
        if id(item) in self._open:
            return ("within", self._open.index(id(item)))
        if len(self._open) >= MAX_DEPTH:
            return ("below", id(type(item)))
        content = content_of(item, is_nested=True, is_inner=self._is_inner)
        if content is None:
            return short(item, is_made=is_made)
        head = (content.form, content.length, *plain_head(content))
        if content.part_bytes:
            if content.length * content.part_bytes > _INLINE_BYTES:
                raise _TooLarge
            return (*head, hash(content.read(0, content.length)))
        if content.length > _INLINE_ITEMS:
            raise _TooLarge
        is_made = content.is_made or (is_made and is_container(item))
        return (*head, *self._inside(content, id(item), is_made))

    def _inside(self, content: Content, number: int, is_made: bool) -> tuple[Any, Any]:
        labels, parts = content.read(0, content.length)
        of_labels = labels and [short(label, is_made=is_made) for label in labels]
        was_inner = self._is_inner
        self._is_inner = was_inner or content.is_foreign
        self._open.append(number)
        try:
            known = sum_of_items(parts, is_made=is_made)
            if known is None:
                return of_labels, [self._mark(part, is_made) for part in parts]
            self._left -= len(parts)
            return of_labels, known
        finally:
            self._open.pop()
            self._is_inner = was_inner


def plain_head(content: Content) -> tuple[Any, Any]:
    """Return the header and the facts of a content as what a sum takes."""
    return _plain(content.header), _plain(content.facts)


def _plain(value: Any) -> Any:
    """Turn a header or labels into what a sum takes: scalars, tuples, and ids of all else."""
    if type(value) is tuple or type(value) is list:
        return tuple(map(_plain, value))
    return scalar_mark(value) if is_scalar(value) else ("id", id(value))
