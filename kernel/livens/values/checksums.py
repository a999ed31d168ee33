"""The exact content of one value, as a checksum for each chunk of it.

A look at a large value takes longer than anything in here may take at a time, so it is taken in
steps: `ChunkSums.step` reads one chunk (some hundred items, some hundred kB) and compares its
checksum with the one it had. Between two steps nothing of the value is held but positions: the
next step finds its way from the value again. So ``del`` frees it at once, and a value that
changes in the middle of a round is compared rightly all the same: each chunk is compared with
what that chunk was when it was last seen.

Bytes are copied chunk by chunk, and summed up when nothing of the value is held any more: that
releases the GIL, and a ``del`` in that moment is to free the value, and a `bytearray` with an
exported buffer could not grow. A dict or a set can only be read from its start; on the way to a
chunk there are pauses, in which whoever needs the time can have the reading put off.
"""

from __future__ import annotations

import array
import zlib
from typing import Any, NamedTuple

from livens.exceptions import reason_of
from livens.values.builtin_contents import is_container
from livens.values.content import Content, Pause, no_pause
from livens.values.content_registry import content_of
from livens.values.fingerprints import is_scalar, sum_of_items, sum_of_marks
from livens.values.marks import short
from livens.values.nested_sums import NestedSums, plain_head

CHUNK_BYTES = 256 * 1024
"""Bytes of a chunk: 70 µs of work."""

CHUNK_ITEMS = 512
"""Items of a chunk: 50 µs of work if they are numbers, 200 µs if they are containers."""

_MAX_FAILURES = 10
"""So many steps in a row may find that the value changed in the middle of them."""

_MAX_SUM = 0xFFFF_FFFF_FFFF_FFFF


class StepResult(NamedTuple):
    """What one step found.

    Attributes
    ----------
    is_over : bool
        Whether the round is over.
    differs : bool
        Whether the chunk is not what it was.
    is_known : bool
        Whether the difference may be part of a change that was told before.
    place : tuple
        Where the chunk is: the form of the outermost content, and a label or the positions.
    """

    is_over: bool
    differs: bool = False
    place: tuple[Any, ...] = ()
    is_known: bool = False


class _Way(NamedTuple):
    """How the last step's end is reached: through which contents, of which objects."""

    levels: list[Content]
    is_open: list[int]
    is_made: bool

    @property
    def is_inner(self) -> bool:
        """Whether the last level is what another library keeps in its object."""
        return any(content.is_foreign for content in self.levels)


class Chunk(NamedTuple):
    """What was read of a value in one step: sums and copies, nothing of the value itself.

    Attributes
    ----------
    place : tuple
        As in `StepResult`.
    is_last : bool
        Whether the round ends with it.
    total : int
        The sum of the chunk, without `data`.
    data : bytes, optional
        A copy that is still to be summed up.
    """

    place: tuple[Any, ...]
    is_last: bool
    total: int
    data: bytes | None = None


class ChunkSums:
    """Checksums of a value's chunks, in the order of a walk through it.

    Attributes
    ----------
    is_complete : bool
        Whether a whole round has been made, so that every chunk has something to be compared
        with.
    items, size : int
        What there was to read in the last whole round: items, and bytes.
    failure : str
        Why the last step read nothing; empty if it did.

    Examples
    --------
    >>> sums, items = ChunkSums(), list(range(2000))
    >>> while not sums.step(items).is_over:
    ...     pass
    >>> items[1000] = -1
    >>> [sums.step(items).differs for _ in range(4)]
    [False, True, False, False]
    """

    __slots__ = (
        "_failures",
        "_items",
        "_next",
        "_path",
        "_size",
        "_sums",
        "_told_left",
        "failure",
        "is_complete",
        "items",
        "size",
    )

    def __init__(self) -> None:
        self._sums = array.array("Q")
        self._next = 0
        self._path = [0]
        self._told_left = 0
        self._items = self._size = 0
        self.items = self.size = 0
        self.failure = ""
        self._failures = 0
        self.is_complete = False

    def restart(self) -> None:
        """Begin the next round at the start; what is known stays known."""
        self._next = 0
        self._path = [0]
        self._items = self._size = 0
        if self._told_left:
            self.tell()

    def tell(self) -> None:
        """Note that the value is told as changed: what differs now is part of that."""
        self._told_left = len(self._sums) + 1

    def step(self, value: object) -> StepResult:
        """Compare the next chunk, and remember it as it is."""
        return self.compare(self.read(value))

    def read(self, value: object, pause: Pause = no_pause) -> Chunk | None:
        """Read the next chunk, for `compare`; None if there is none.

        Raises
        ------
        Postponed
            By *pause*; nothing has happened then.
        """
        try:
            way = self._way(value, pause)
            levels = way.levels
            if not levels:
                self._end()
                return None
            total, data, stop, child = self._sum_up(way, pause)
        except (RuntimeError, ValueError, IndexError, TypeError, AttributeError) as err:
            self._take_failure(err)
            return None
        self.failure, self._failures = "", 0
        place = self._place(levels, stop)
        self._path[-1] = stop
        if child is not None:
            self._path.append(0)
        while self._path and not self._has_more(levels, child):
            self._path.pop()
            levels = levels[: len(self._path)]
            child = None
        return Chunk(place, not self._path, total, data)

    def _take_failure(self, err: Exception) -> None:
        """Have the next round see what changed between two lines; raise what goes on for ever."""
        if type(err) is not RuntimeError:  # which says that it grew while it was iterated
            self._failures += 1
        if self._failures > _MAX_FAILURES or type(err) is RecursionError:
            raise err
        self.failure = reason_of(err, "reading it")
        self._end(is_whole=False)

    def compare(self, chunk: Chunk | None) -> StepResult:
        """Compare what `read` returned, and remember it."""
        if chunk is None:
            return StepResult(True)
        total, data = chunk.total, chunk.data
        if data is not None:
            total = hash((total, zlib.crc32(data), len(data)))
        differs = self._compare(total)
        is_known = self._told_left > 0
        self._told_left = max(0, self._told_left - 1)
        if chunk.is_last:
            self._end()
        return StepResult(chunk.is_last, differs, chunk.place, is_known)

    # -- the way through the value -----------------------------------------------------------

    def _way(self, value: object, pause: Pause) -> _Way:
        """Go down to where the last step ended."""
        way = _Way([], [], False)
        for depth, position in enumerate(self._path):
            content = content_of(value, is_nested=depth > 0, is_inner=way.is_inner)
            if content is None:
                break
            is_made = content.is_made or (way.is_made and is_container(value))
            way = _Way([*way.levels, content], [*way.is_open, id(value)], is_made)
            if depth + 1 < len(self._path):
                below = _read(content, position - 1, position, pause)[1]
                if not below:
                    break
                value = below[0]
        del self._path[len(way.levels) :]
        return way

    def _has_more(self, levels: list[Content], child: Content | None) -> bool:
        depth = len(self._path)
        if child is not None and depth > len(levels):
            return True
        return self._path[-1] < levels[depth - 1].length

    def _place(self, levels: list[Content], stop: int) -> tuple[Any, ...]:
        outer = levels[0]
        if len(self._path) == 1:
            start, stop = self._path[0], min(stop, outer.length)
        else:
            start, stop = self._path[0] - 1, self._path[0]
        if outer.form in ("keys", "attributes", "columns") and stop == start + 1:
            labels = outer.read(start, stop)[0]
            if labels:
                label = labels[0]
                return (outer.form, label if is_scalar(label) else short(label))
        return (outer.form, start, stop)

    def _end(self, is_whole: bool = True) -> None:
        if is_whole:
            del self._sums[self._next :]
            self.items, self.size = self._items, self._size
            self.is_complete = True
            self._told_left = 0 if self._told_left <= 1 else self._told_left
        self._next = 0
        self._path = [0]
        self._items = self._size = 0

    def _compare(self, total: int) -> bool:
        total &= _MAX_SUM
        number = self._next
        self._next += 1
        if number == len(self._sums):
            self._sums.append(total)
            return self.is_complete  # there is more than there was
        differs = self._sums[number] != total
        self._sums[number] = total
        return differs

    # -- sums --------------------------------------------------------------------------------

    def _sum_up(self, way: _Way, pause: Pause) -> tuple[int, bytes | None, int, Content | None]:
        """Sum up the next chunk, or copy its bytes.

        Returns also where it ends, and which child has chunks of its own.
        """
        start = self._path[-1]
        content = way.levels[-1]
        head = sum_of_marks((content.form, content.length, *plain_head(content)))
        head = head if start == 0 else 0
        if content.part_bytes:
            stop = min(content.length, start + max(1, CHUNK_BYTES // content.part_bytes))
            data = content.read(start, stop)
            self._size += len(data)
            return head, bytes(data), stop, None
        # Where reading in the middle takes longer, fewer and longer chunks.
        many = CHUNK_ITEMS
        if not content.is_indexed:
            many = max(8 * CHUNK_ITEMS, content.length // 128)
        stop = min(content.length, start + many)
        labels, parts = _read(content, start, stop, pause)
        nested = NestedSums(way.is_open, way.is_made, way.is_inner, CHUNK_ITEMS)
        known = sum_of_items(parts, is_made=way.is_made)
        if known is None:
            known, taken, child = nested.sum_up(parts)
            stop = start + taken
        else:
            child = None
        of_labels = 0
        if labels is not None:
            pause()
            labels = labels[: stop - start]
            found = sum_of_items(labels, is_made=way.is_made)
            of_labels = nested.sum_up_labels(labels) if found is None else found
        self._items += stop - start
        return hash((head, of_labels, known)), None, stop, child


def _read(content: Content, start: int, stop: int, pause: Pause) -> Any:
    if content.is_indexed:
        return content.read(start, stop)
    return content.read(start, stop, pause)
