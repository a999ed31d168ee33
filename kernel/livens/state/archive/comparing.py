"""`Differences`: what differs between two states of an archive, by the values of the names.

What is kept of a group is the same if its digest is. Where it is not, the names of the group are
compared one by one: what shares objects with a name may have changed, and the name itself not. What
was one object and is now two is found by the names that have stayed as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from livens.exceptions import ArchiveFailed, DocumentUnreadable
from livens.protocol import state_requests as requests
from livens.state.archive.content import Chunks
from livens.state.archive.reading import ArchiveReader
from livens.state.archive.records import Entry
from livens.state.plain.comparing import Comparison, Look, Side
from livens.state.plain.document import load


class Differences:
    """Compare states of an archive.

    Parameters
    ----------
    reader : ArchiveReader
        The archive.
    looks : mapping
        How kept values are compared.
    """

    def __init__(self, reader: ArchiveReader, looks: Mapping[str, Look]) -> None:
        self._reader, self._looks = reader, looks
        self._sides: dict[int, Side] = {}

    def between(
        self, before: Mapping[str, Entry], after: Mapping[str, Entry]
    ) -> requests.StateDifference:
        """Return what differs between two states."""
        found = requests.StateDifference()
        found.added = sorted(after.keys() - before.keys())
        found.removed = sorted(before.keys() - after.keys())
        both = [(name, before[name], after[name]) for name in sorted(before.keys() & after.keys())]
        differing = [pair for pair in both if pair[1].commit != pair[2].commit]
        comparison = Comparison(self._looks)
        for name, group in _beside(both, differing):
            with suppress(ArchiveFailed, DocumentUnreadable):  # it is told of the names that differ
                comparison.is_same(name, self._side(group), self._side(group))
        for name, first, second in differing:
            if first.group is None or second.group is None:
                found.unknown[name] = first.reason if first.group is None else second.reason
            elif first.group != second.group:
                self._compare(name, first.group, second.group, comparison, found)
        return found

    def _compare(
        self,
        name: str,
        first: int,
        second: int,
        comparison: Comparison,
        found: requests.StateDifference,
    ) -> None:
        try:
            if not comparison.is_same(name, self._side(first), self._side(second)):
                found.changed.append(name)
        except (ArchiveFailed, DocumentUnreadable) as err:
            found.unknown[name] = str(err)

    def _side(self, group: int) -> Side:
        """Return a group, which is read once."""
        if group not in self._sides:
            document, blobs = self._reader.parts(group)
            content = _Blobs(self._reader, blobs)
            self._sides[group] = Side(group, load(document), content)
        return self._sides[group]


class _Blobs:
    """The blobs of a group, which are read when they are asked for; see `Content`."""

    def __init__(self, reader: ArchiveReader, blobs: list[Chunks]) -> None:
        self._reader, self._blobs = reader, blobs

    def mark(self, blob: int) -> object:
        """Return what is equal for equal bytes."""
        chunks = self._blobs[blob]
        return [chunks.nbytes, chunks.digests.hex()]

    def read(self, blob: int, most_bytes: int | None = None) -> bytes:
        """Return the bytes, or the first ones."""
        return self._reader.joined(self._blobs[blob], most_bytes)


Pair = tuple[str, Entry, Entry]
"""A name, and what two states have of it."""


def _beside(both: list[Pair], differing: list[Pair]) -> list[tuple[str, int]]:
    """Return the names that have stayed as they were in groups of which others have not."""
    groups = {entry.group for pair in differing for entry in pair[1:]}
    return [
        (name, first.group)
        for name, first, second in both
        if first.group is not None and first.group == second.group and first.group in groups
    ]
