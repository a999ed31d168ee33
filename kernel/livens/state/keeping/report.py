"""What can be said of keeping: of each name, and of the archive."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from livens.state.archive.records import EntryKind, NewCommit, NewEntry


@dataclass(frozen=True, slots=True)
class NameReport:
    """What is kept of a name.

    Attributes
    ----------
    kind : str
        ``kept`` only if it is committed to the archive.
    reason : str
        Why it is not.
    cell : int, optional
        The cell after which it was so.
    at : float
        When that was, in seconds since the epoch.
    nbytes : int
        How large its group is.
    """

    kind: EntryKind
    reason: str
    cell: int | None
    at: float
    nbytes: int


class Report:
    """What has been written, by name; from any thread.

    Attributes
    ----------
    failure : str
        Why nothing is kept now; empty while all is well.
    failed_at : float, optional
        Since when, in seconds since the epoch.
    last_commit : int, optional
        The number of the last commit.
    """

    def __init__(self) -> None:
        self.failure = ""
        self.failed_at: float | None = None
        self.last_commit: int | None = None
        self._untold = ""
        self._names: dict[str, NameReport] = {}
        self._lock = threading.Lock()

    def names(self) -> dict[str, NameReport]:
        """Return what is kept of each name."""
        with self._lock:
            return dict(self._names)

    def wrote(self, commit: NewCommit, entries: Mapping[str, NewEntry], number: int) -> None:
        """Note that entries of a commit are in the archive."""
        with self._lock:
            self.last_commit = number
            for name, entry in entries.items():
                if entry.kind == "gone":
                    self._names.pop(name, None)
                    continue
                nbytes = entry.content.nbytes if entry.content is not None else 0
                found = NameReport(entry.kind, entry.reason, commit.cell, commit.at, nbytes)
                self._names[name] = found

    def forget(self, names: Iterable[str] | None = None) -> None:
        """Forget some names, or all."""
        with self._lock:
            for name in list(self._names) if names is None else list(names):
                self._names.pop(name, None)

    def failed(self, reason: str, at: float) -> None:
        """Note that nothing can be kept; what was kept before may be gone with the file."""
        with self._lock:
            if not self.failure:
                self.failed_at, self._untold = at, reason
            self.failure = reason

    def recovered(self) -> None:
        """Note that keeping works again."""
        with self._lock:
            self.failure, self.failed_at = "", None

    def take_untold(self) -> str:
        """Return, once, why nothing is kept since a while."""
        with self._lock:
            untold, self._untold = self._untold, ""
            return untold
