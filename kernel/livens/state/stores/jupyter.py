"""A store that a livens server keeps, in a room: ``jupyter://HOST:PORT/NAME?token=…``.

All goes over HTTP, with the server's token, so that a kernel behind a proxy and a page in a browser
need nothing else. Who watches asks for what is new, and the server waits with its answer.

The order is the server's: it gives each write its position, in one transaction of a SQLite file.
pycrdt, with which JupyterLab's documents are shared, was looked at for it. In its maps, too, one
write wins where two meet, and all agree which. But that is by the ids of the clients, not by who
came last at any place; there is no position by which a client could ask for what it has missed, or
say what its write replaced, and no moment at which a write is known to have won. A store needs all
three. What pycrdt has beyond that, merging inside of a value, no store here needs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from livens.exceptions import StoreAway, StoreClosed, StoreRefused
from livens.state.stores.base import WAIT_S, BaseStore
from livens.state.stores.entries import Changes, Entry, Written
from livens.state.stores.rooms import RoomChanges, RoomWrite, RoomWritten

try:
    import httpx
except ImportError:
    raise StoreRefused(
        "A store at jupyter:// needs the library httpx, which is not installed; run "
        "`pip install 'livens[http]'`"
    ) from None

T = TypeVar("T")

CONNECT_S = 3.0
"""So long a connection may take to be made."""

ANSWER_S = 10.0
"""So long an answer may take, beyond what is waited for on purpose."""

PAUSE_S = 0.005
"""Who watches asks again so long after a change: of many writes at once it gets several in one
answer. An answer for each took the server as long as the write itself."""

_REFUSED = {400, 413, 422}
"""Statuses that say that the same request is refused again."""


class JupyterStore(BaseStore):
    """The store in a room of a server.

    Parameters
    ----------
    url : str
        Of the room, by HTTP.
    token : str
        The server's.
    label : str
        The URL without secrets.

    Raises
    ------
    StoreRefused
        If the server does not let us in, or has no rooms.
    StoreAway
        If it cannot be reached now.
    """

    def __init__(self, url: str, token: str, label: str) -> None:
        super().__init__(label)
        self._url = url
        self._closing = threading.Event()
        headers = {"Authorization": f"token {token}"} if token else {}
        timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        self._client = httpx.Client(headers=headers, timeout=timeout)
        try:
            self.changes_since(0)
        except BaseException:
            self.close()
            raise

    def get(self, names: list[str] | None = None) -> dict[str, Entry]:
        """Return the entries of these names, or all."""
        wanted = None if names is None else set(names)
        found = self.changes_since(0).entries
        return {e.name: e for e in found if wanted is None or e.name in wanted}

    def set_many(self, documents: Mapping[str, bytes | None], source: str) -> Written:
        """Write all of these by one request."""
        if not documents:
            return Written(self._changes(2**53).position, {})
        write = RoomWrite(
            values={n: msgspec.Raw(d) for n, d in documents.items() if d is not None},
            delete=[name for name, document in documents.items() if document is None],
            source=source,
        )
        body = msgspec.json.encode(write)
        written = self._ask("PATCH", RoomWritten, content=body)
        return Written(written.position, {each.name: each.entry() for each in written.replaced})

    def changes_since(self, position: int) -> Changes:
        """Return what was written after a position."""
        return self._changes(position)

    def _changes(self, position: int, wait_s: float = 0.0) -> Changes:
        params = {"since": str(position), "wait_s": str(wait_s)}
        return self._ask("GET", RoomChanges, params=params).changes()

    def wait(self, position: int, timeout_s: float) -> None:
        """Return when something was written after a position, or after the timeout."""
        self._changes(position, timeout_s)

    def _watch(self, position: int, stop: threading.Event | None) -> Iterator[Changes]:
        while not self._is_closed and not (stop is not None and stop.is_set()):
            try:
                changes = self._changes(position, WAIT_S)
                if changes.position < position:
                    changes = self._changes(0)
            except StoreClosed:
                return
            if changes.position != position:
                yield changes
                (stop or self._closing).wait(PAUSE_S)
            position = changes.position

    def _ask(self, method: str, kind: type[T], **options: Any) -> T:
        self.need_open()
        try:
            answer = self._client.request(method, self._url, **options)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError) as err:
            if self._is_closed:
                raise StoreClosed(f"The store {self._label} is closed; open it again") from None
            reason = str(err) or type(err).__name__
            raise StoreAway(f"The store {self._label} cannot be reached now: {reason}") from None
        if answer.status_code != 200:
            raise self._told_of(answer)
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.DecodeError:
            raise self._no_rooms("what it answers is no room") from None

    def _told_of(self, answer: httpx.Response) -> StoreAway | StoreRefused:
        status = answer.status_code
        if status in (401, 403):
            return StoreRefused(
                f"The store {self._label} does not let us in: no token, or a wrong one; name the "
                "server's, as in jupyter://HOST:PORT/NAME?token=…"
            )
        if status in (301, 302, 307, 308, 404, 405):
            return self._no_rooms(f"it answers with {status}")
        try:
            message = msgspec.json.decode(answer.content)["message"]
        except (msgspec.DecodeError, KeyError, TypeError):
            message = answer.reason_phrase
        if status in _REFUSED:
            return StoreRefused(f"The store {self._label} refuses: {message}")
        return StoreAway(f"The store {self._label} cannot be used now ({status}): {message}")

    def _no_rooms(self, why: str) -> StoreRefused:
        return StoreRefused(
            f"The server of {self._label} has no rooms: {why}. Start `jupyter livens serve`, or "
            "install 'livens[server]' where the Jupyter server runs"
        )

    def close(self) -> None:
        """Close the connections."""
        super().close()
        self._closing.set()
        self._client.close()


def open_jupyter(url: str) -> JupyterStore:
    """Open a store by its URL: the last part of the path is the room, the rest the server's."""
    from livens.state.stores.opening import without_secrets

    label = without_secrets(url)
    parts = urlsplit(url)
    base, _, room = parts.path.rstrip("/").rpartition("/")
    query = parse_qs(parts.query)
    try:
        is_complete = bool(parts.hostname and room) and parts.port is not None
    except ValueError:  # a port that is none
        is_complete = False
    if not is_complete or parts.fragment or set(query) - {"token"}:
        raise StoreRefused(
            f"{label!r} names no room; expected jupyter://HOST:PORT/NAME?token=TOKEN"
        )
    scheme = "https" if parts.scheme == "jupyters" else "http"
    address = f"{scheme}://{parts.netloc}{base}/livens/rooms/{quote(unquote(room), safe='')}"
    return JupyterStore(address, query.get("token", [""])[-1], label)
