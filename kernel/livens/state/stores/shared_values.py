"""A store as programs use it: values in, values out.

`SharedValues` is what `livens.state.open` returns. It has the calls of a `Store`, with values in
the place of documents, and lives through a store that goes away: `SharedValues.watch` goes on when
the store is there again.
"""

from __future__ import annotations

import getpass
import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from livens.exceptions import DocumentUnreadable, NotShared, StoreAway, StoreClosed
from livens.state.stores import documents
from livens.state.stores.base import NO_MORE
from livens.state.stores.entries import Changes, Entry, Store
from livens.state.stores.names import MAX_CHARS

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.1
"""The pause before a store that went away is asked again; each is twice as long as the last."""

LONGEST_PAUSE_S = 5.0


class Change(NamedTuple):
    """One name that was written.

    Attributes
    ----------
    name : str
        The variable, or one key of it: ``params["lr"]``.
    value : object
        What it is now; None if it was deleted, or cannot be read here.
    is_deleted : bool
        Whether it was deleted.
    problem : str
        Why the value cannot be read here; empty if it can.
    position : int
        Of the write, in the store's order.
    source : str
        Who wrote it.
    at : float
        When, in seconds since the epoch.
    """

    name: str
    value: Any
    is_deleted: bool
    problem: str
    position: int
    source: str
    at: float

    @classmethod
    def of(cls, entry: Entry) -> Change:
        """Return the change that an entry is."""
        value, problem = None, ""
        if entry.document is not None:
            try:
                value = documents.decode(entry.document)
            except DocumentUnreadable as err:
                problem = str(err)
        is_deleted = entry.document is None
        return cls(entry.name, value, is_deleted, problem, entry.position, entry.source, entry.at)


class SharedValues:
    """The names of a store, with their values. Any thread may call, several at once.

    Parameters
    ----------
    store : Store
        Where they are.
    source : str
        What the others are told who writes; by default the user, the process and the host.

    Examples
    --------
    >>> import livens.state, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with livens.state.open(f"sqlite:///{folder.name}/demo.db", source="me") as store:
    ...     position = store.set_many({"lr": 0.1, "steps": [1, 2]})
    ...     store.get("lr"), sorted(store.get_many()), store.changes_since(0)[0].source
    (0.1, ['lr', 'steps'], 'me')
    >>> folder.cleanup()
    """

    def __init__(self, store: Store, source: str = "") -> None:
        self._store = store
        self.source = source or own_source()

    @property
    def label(self) -> str:
        """Name the store for people: its URL without secrets."""
        return self._store.label

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a name, or *default* if there is none.

        Raises
        ------
        DocumentUnreadable
            If it is no value that this livens can read.
        """
        entry = self._store.get([name]).get(name)
        if entry is None or entry.document is None:
            return default
        try:
            return documents.decode(entry.document)
        except DocumentUnreadable as err:
            raise DocumentUnreadable(f"'{name}' in {self.label} cannot be read: {err}") from None

    def get_many(self, names: list[str] | None = None) -> dict[str, Change]:
        """Return what is known of these names, or of all, as it is at one moment."""
        found = map(Change.of, self._store.get(names).values())
        return {change.name: change for change in found if not change.is_deleted}

    def set(self, name: str, value: Any) -> int:
        """Write one value; returns its position. See `set_many`."""
        return self.set_many({name: value})

    def set_many(self, values: Mapping[str, Any], *, delete: tuple[str, ...] = ()) -> int:
        """Write all of these values, and delete these names, at one position, or do nothing.

        Raises
        ------
        NotShared
            If one of the values is no data; the message names it and says why.
        """
        written: dict[str, bytes | None] = dict.fromkeys(delete)
        for name, value in values.items():
            try:
                need_name(name)
                written[name] = documents.encode(value)
            except NotShared as err:
                raise NotShared(f"'{str(name)[:100]}' is not shared: {err}") from None
        return self._store.set_many(written, self.source).position

    def changes_since(self, position: int) -> list[Change]:
        """Return the newest of each name that was written after a position, in their order."""
        return [Change.of(entry) for entry in self._store.changes_since(position).entries]

    def watch(
        self, since: int | None = None, stop: threading.Event | None = None
    ) -> Iterator[Change]:
        """Yield each change as it comes, and block in between: ``for change in store.watch()``.

        Parameters
        ----------
        since : int, optional
            Begin with what was written after this position; 0 is all. By default from now on.
        stop : threading.Event, optional
            Ends it; so does `close`, from any thread.

        Notes
        -----
        Of two writes of one name in quick succession the first may be left out. The order of what
        is yielded is that of the writes. If the store goes away, it is asked again until it is
        back; then nothing is left out, and nothing comes twice.
        """
        coming = lasting_watch(self._store, since, stop)
        return (Change.of(entry) for changes in coming for entry in changes.entries)

    def close(self) -> None:
        """Give back what is open; a second time does nothing."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def lasting_watch(
    store: Store, position: int | None = None, stop: threading.Event | None = None
) -> Iterator[Changes]:
    """Watch a store, and go on when it was away; see `Store.watch`.

    Raises
    ------
    StoreAway
        If it is away when this is called. Afterwards that is waited for.
    """
    if position is None:
        position = store.changes_since(NO_MORE).position
    return _lasting_watch(store, position, stop or threading.Event())


def _lasting_watch(store: Store, position: int, stop: threading.Event) -> Iterator[Changes]:
    pause_s = FIRST_PAUSE_S
    is_told = False
    while not stop.is_set():
        try:
            for changes in store.watch(position, stop):
                position, pause_s, is_told = changes.position, FIRST_PAUSE_S, False
                yield changes
            return
        except StoreClosed:
            return
        except StoreAway as err:
            if not is_told:
                is_told = True
                logger.warning("%s; it is asked again until it is back", err)
            stop.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def need_name(name: object) -> None:
    """Refuse what cannot be the name of an entry.

    Raises
    ------
    NotShared
        If it is no text, empty, too long, or cannot be sent.
    """
    if type(name) is not str or not name:
        raise NotShared("a name in a store is a text that is not empty")
    if len(name) > MAX_CHARS:
        raise NotShared(f"its name has {len(name):,} characters; a store takes {MAX_CHARS:,}")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise NotShared("its name has lone surrogates, which a store cannot hold") from None
    if "\0" in name:
        raise NotShared("its name has the character NUL in it, which a store cannot hold")


def own_source() -> str:
    """Return who writes, if nobody says so: the user, the host and the process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in some containers
        user = "somebody"
    return f"{user}@{socket.gethostname()}:{os.getpid()}"
