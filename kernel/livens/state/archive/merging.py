"""How an archive stays within its limits of size and age, and still goes back as far as it can.

The oldest commits go first, one by one: a commit is merged into the next one of its session, which
then says of each name what was last said of it. So every state after that stays as it was, and
only the way back to the state before is lost. Where all commits of a session are one, a session
that has ended goes as a whole. What nothing refers to any more is removed, and its room in the
file is given back.

All of it is done in steps, each a short transaction, so that another process never waits long, nor
this one for a commit: `Merger.step` returns whether there is more to do.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

from livens.state.archive.content import DIGEST_BYTES, Chunks
from livens.state.archive.reading import used_bytes
from livens.state.archive.writing import ArchiveWriter

UNUSED_FOR_S = 3600.0
"""A chunk that nothing refers to is kept for so long: another process may be about to commit it."""

_CHUNKS_A_STEP = 64
"""So many chunks are removed in one transaction."""

_PAGES_A_STEP = 2048
"""So many pages of the file are given back in one."""

_LOW_WATER = 0.9
"""Merging goes on to this part of the limit, so that it is not needed again at once."""

TOO_LARGE = "the archive's limit of {limit} bytes is reached"
"""Why a value is not kept that has no room."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How large and how old an archive may become."""

    max_bytes: int = 2_000_000_000
    max_age_s: float = 30 * 86_400.0


class Merger:
    """Keeps an archive within its limits, on the thread of its writer.

    Parameters
    ----------
    writer : ArchiveWriter
        Has the connection.
    limits : ArchiveLimits
        What is allowed.
    is_alive : callable
        Returns the numbers of the sessions that still run: they do not go as a whole.
    clock : callable
        Seconds since the epoch.
    """

    def __init__(
        self,
        writer: ArchiveWriter,
        limits: ArchiveLimits,
        is_alive: Callable[[], Set[int]] = frozenset,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._writer = writer
        self._limits = limits
        self._is_alive = is_alive
        self._clock = clock
        self._steps: Iterator[None] | None = None
        self._waiting_bytes = 0
        self._newest_group: int | None = None

    @property
    def is_due(self) -> bool:
        """Whether the archive is over its limits, or not yet back in them."""
        if self._steps is not None:
            return True
        connection = self._writer.connection
        if used_bytes(connection) > self._limits.max_bytes:
            return True
        oldest = connection.execute("SELECT at FROM commits ORDER BY id LIMIT 1").fetchone()
        if oldest is None or not self._is_too_old(oldest[0]):
            return False
        found = self._oldest()
        return found is not None and self._is_too_old(found[1])

    def step(self) -> bool:
        """Do the next step; return whether there is more.

        Raises
        ------
        ArchiveFailed
            If the file cannot be written.
        """
        if self._steps is None:
            self._steps = self._run()
        try:
            next(self._steps)
        except StopIteration:
            self._steps = None
            return False
        except BaseException:
            self._steps = None
            raise
        return True

    def run(self) -> None:
        """Do all there is to do."""
        while self.step():
            pass

    def _run(self) -> Iterator[None]:
        yield from self._remove_unused()
        if self._size() > self._limits.max_bytes:
            yield from self._shrink()
        while (found := self._oldest()) is not None and self._is_too_old(found[1]):
            self._merge(found[0])
            yield
        yield from self._remove_unused()
        yield from self._vacuum()

    def _size(self) -> int:
        """Return how large the archive is, without what goes when it has waited long enough."""
        return used_bytes(self._writer.connection) - self._waiting_bytes

    def _shrink(self) -> Iterator[None]:
        while (size := self._size()) > self._limits.max_bytes * _LOW_WATER:
            oldest = self._oldest()
            if oldest is not None:
                yield from self._merge_some(oldest)
            elif size <= self._limits.max_bytes or not self._give_up_largest():
                return
            yield from self._remove_unused()

    def _is_too_old(self, at: float) -> bool:
        return at < self._clock() - self._limits.max_age_s

    # -- merging -------------------------------------------------------------------------------

    def _oldest(self) -> tuple[int, float] | None:
        """Return the oldest commit that can be merged or removed, and when it was made."""
        alive = {*self._is_alive(), self._writer.session}
        for commit, at, session, number in self._writer.connection.execute(
            "SELECT min(c.id), min(c.at), c.session, count(*) FROM commits c"
            " GROUP BY c.session ORDER BY min(c.id)"
        ):
            if number > 1 or session not in alive:
                return commit, at
        return None

    def _merge_some(self, oldest: tuple[int, float]) -> Iterator[None]:
        """Merge a twentieth of the commits: to look for what is unused takes longer than that."""
        (number,) = self._writer.connection.execute("SELECT count(*) FROM commits").fetchone()
        found: tuple[int, float] | None = oldest
        for _ in range(max(1, number // 20)):
            if found is None:
                return
            self._merge(found[0])
            yield
            found = self._oldest()

    def _merge(self, commit: int) -> None:
        """Merge a commit into the next one of its session; the only one goes with its session."""
        with self._writer.transaction() as connection:
            row = connection.execute(
                "SELECT session FROM commits WHERE id = ?", (commit,)
            ).fetchone()
            if row is None:
                return
            (into,) = connection.execute(
                "SELECT min(id) FROM commits WHERE session = ? AND id > ?", (row[0], commit)
            ).fetchone()
            if into is None:
                connection.execute("DELETE FROM sessions WHERE id = ?", (row[0],))
                return
            connection.execute(
                "INSERT OR IGNORE INTO entries SELECT ?, name, kind, group_id, reason"
                " FROM entries WHERE commit_id = ? AND kind != 'gone'",
                (into, commit),
            )
            connection.execute("DELETE FROM commits WHERE id = ?", (commit,))

    def _give_up_largest(self) -> bool:
        """Have the largest value not kept, where nothing else is left; return whether one is."""
        connection = self._writer.connection
        row = connection.execute(
            "SELECT g.id FROM groups g JOIN entries e ON e.group_id = g.id"
            " ORDER BY g.nbytes DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return False
        reason = TOO_LARGE.format(limit=f"{self._limits.max_bytes:,}")
        with self._writer.transaction() as connection:
            connection.execute(
                "UPDATE entries SET kind = 'not kept', group_id = NULL, reason = ?"
                " WHERE group_id = ?",
                (reason, row[0]),
            )
        return True

    # -- what nothing refers to ------------------------------------------------------------------

    def _remove_unused(self) -> Iterator[None]:
        with self._writer.transaction() as connection:
            connection.execute(
                "DELETE FROM groups WHERE id NOT IN"
                " (SELECT group_id FROM entries WHERE group_id IS NOT NULL)"
            )
        yield
        unused = self._unused_chunks()
        for start in range(0, len(unused), _CHUNKS_A_STEP):
            self._remove_chunks(unused[start : start + _CHUNKS_A_STEP])
            yield

    def _unused_chunks(self) -> list[bytes]:
        connection = self._writer.connection
        used: set[bytes] = set()
        for nbytes, digests in connection.execute("SELECT nbytes, chunks FROM blobs"):
            used.update(Chunks(nbytes, digests))
        before = self._clock() - UNUSED_FOR_S if self._has_others() else float("inf")
        unused, self._waiting_bytes = [], 0
        for digest, added_at, nbytes in connection.execute(
            "SELECT digest, added_at, length(data) FROM chunks"
        ):
            if digest in used:
                continue
            if added_at < before:
                unused.append(digest)
            else:
                self._waiting_bytes += nbytes
        return unused

    def _has_others(self) -> bool:
        """Return whether other sessions still run: they may be about to commit."""
        return bool(set(self._is_alive()) - {self._writer.session})

    def _remove_chunks(self, digests: list[bytes]) -> None:
        """Remove chunks, unless somebody has begun to refer to them meanwhile."""
        with self._writer.transaction() as connection:
            (newest,) = connection.execute("SELECT max(id) FROM groups").fetchone()
            if newest != self._newest_group:
                self._newest_group = newest
                digests = self._still_unused(connection, digests)
            connection.executemany("DELETE FROM chunks WHERE digest = ?", [(d,) for d in digests])

    def _still_unused(self, connection: sqlite3.Connection, digests: list[bytes]) -> list[bytes]:
        left = set(digests)
        for (chunks,) in connection.execute("SELECT chunks FROM blobs"):
            for start in range(0, len(chunks), DIGEST_BYTES):
                left.discard(chunks[start : start + DIGEST_BYTES])
        return list(left)

    def _vacuum(self) -> Iterator[None]:
        """Give the room of what was removed back to the file system."""
        while True:
            connection = self._writer.connection
            (free,) = connection.execute("PRAGMA freelist_count").fetchone()
            if free == 0:
                return
            with self._writer.transaction():
                pass  # the file is still there
            connection.execute(f"PRAGMA incremental_vacuum({_PAGES_A_STEP})").fetchall()
            yield
            (left,) = connection.execute("PRAGMA freelist_count").fetchone()
            if left >= free:
                return
