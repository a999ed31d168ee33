"""A store in Redis, for programs on any number of hosts: ``redis://HOST:PORT/DB?name=NAME``.

Three keys of one hash slot, so that a cluster keeps them together:

=========================== =================================================================
``{livens:NAME}:entries``   a hash: by name ``POSITION:JSON``, with the source, time and document
``{livens:NAME}:positions`` a sorted set: the names by the position of their last write
``{livens:NAME}:writes``    a stream: one item for each write, whose id is ``POSITION-0``
=========================== =================================================================

A write is one script, which Redis runs with nothing else beside it: that makes it whole and gives
it the next position. Who watches reads the stream with a time limit, on a connection of its own.
The stream only wakes; what was written is read from the hash, so it may be cut short at any length.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import msgspec

from livens.exceptions import StoreAway, StoreClosed, StoreRefused
from livens.state.stores.base import BaseStore
from livens.state.stores.entries import Changes, Entry, Written

try:
    import redis
except ImportError:
    raise StoreRefused(
        "A store at redis:// needs the library redis, which is not installed; run "
        "`pip install 'livens[redis]'`"
    ) from None

CONNECT_S = 3.0
"""So long a connection may take to be made."""

ANSWER_S = 10.0
"""So long an answer may take, beyond what is waited for on purpose."""

KEPT_WRITES = 1_000
"""About so many items the stream keeps; only the last is needed."""

_WRITE = """
local newest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local position = tonumber(newest[2] or 0)
if #ARGV == 0 then return {string.format('%.0f', position)} end
local now = redis.call('TIME')
position = math.max(position + 1, now[1] * 1000000 + now[2])
local text = string.format('%.0f', position)
local answer = {text}
for i = 1, #ARGV, 2 do
    local old = redis.call('HGET', KEYS[1], ARGV[i])
    if old then
        answer[#answer + 1] = ARGV[i]
        answer[#answer + 1] = old
    end
    redis.call('HSET', KEYS[1], ARGV[i], text .. ':' .. ARGV[i + 1])
    redis.call('ZADD', KEYS[2], position, ARGV[i])
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', '{kept}', text .. '-0', 'names', #ARGV / 2)
return answer
""".replace("{kept}", str(KEPT_WRITES))

_CHANGES = """
local newest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local answer = {string.format('%.0f', tonumber(newest[2] or 0))}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf')) do
    answer[#answer + 1] = name
    answer[#answer + 1] = redis.call('HGET', KEYS[1], name)
end
return answer
"""


class _Record(msgspec.Struct):
    """What the hash has of an entry, beside its name and position."""

    source: str
    at: float
    document: str | None = None
    base64: str | None = None
    """In the place of `document`, where that is no text."""


class RedisStore(BaseStore):
    """The store in a Redis.

    Parameters
    ----------
    url : str
        As redis-py reads it.
    name : str
        Of the store: a Redis may have many.
    label : str
        The URL without secrets.

    Raises
    ------
    StoreRefused
        If the URL cannot be read, or the server does not let us in.
    StoreAway
        If the server cannot be reached now.
    """

    def __init__(self, url: str, name: str, label: str) -> None:
        super().__init__(label)
        self._keys = [f"{{livens:{name}}}:{key}" for key in ("entries", "positions", "writes")]
        self._url = url
        self._waiting: dict[int, redis.Redis] = {}
        try:
            self._redis = self._connected()
        except (ValueError, TypeError) as err:
            raise StoreRefused(f"The URL {label} cannot be read: {err}") from None
        self._write = self._redis.register_script(_WRITE)
        self._changes = self._redis.register_script(_CHANGES)
        try:
            self.changes_since(0)
        except BaseException:
            self.close()
            raise

    def _connected(self) -> redis.Redis:
        return redis.Redis.from_url(
            self._url,
            decode_responses=False,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=ANSWER_S,
            client_name="livens",
        )

    def get(self, names: list[str] | None = None) -> dict[str, Entry]:
        """Return the entries of these names, or all."""
        with self._told():
            if names is None:
                found: Any = self._redis.hgetall(self._keys[0])
                pairs = list(found.items())
            elif names:
                written: Any = self._redis.hmget(self._keys[0], names)
                pairs = list(zip(map(str.encode, names), written, strict=True))
            else:
                pairs = []
        return {entry.name: entry for entry in (_entry(*p) for p in pairs if p[1] is not None)}

    def set_many(self, documents: Mapping[str, bytes | None], source: str) -> Written:
        """Write all of these by one script."""
        now = time.time()
        arguments: list[str | bytes] = []
        for name, document in documents.items():
            arguments += [name, _record(document, source, now)]
        with self._told():
            answer: Any = self._write(keys=self._keys, args=arguments)
        replaced = [_entry(*pair) for pair in _pairs(answer[1:])]
        return Written(int(answer[0]), {entry.name: entry for entry in replaced})

    def changes_since(self, position: int) -> Changes:
        """Return what was written after a position."""
        with self._told():
            answer: Any = self._changes(keys=self._keys, args=[str(position)])
        entries = [_entry(*pair) for pair in _pairs(answer[1:])]
        entries.sort(key=lambda entry: entry.position)
        return Changes(entries, int(answer[0]))

    def wait(self, position: int, timeout_s: float) -> None:
        """Read the stream after a position, with a time limit."""
        thread = threading.get_ident()
        with self._told():
            if thread not in self._waiting:
                self._waiting[thread] = self._connected()
            waiting: Any = self._waiting[thread]  # its types are incomplete
            after = {self._keys[2]: f"{position}-0"}
            waiting.xread(after, block=max(1, int(timeout_s * 1000)), count=1)

    def _watch(self, position: int, stop: threading.Event | None) -> Iterator[Changes]:
        try:
            yield from super()._watch(position, stop)
        finally:
            waiting = self._waiting.pop(threading.get_ident(), None)
            if waiting is not None:
                with suppress(Exception):  # it may be closed already, in the middle of something
                    waiting.close()

    def close(self) -> None:
        """Close the connections; who waits is let go."""
        super().close()
        self._redis.close()
        for waiting in list(self._waiting.values()):
            pool: Any = waiting.connection_pool  # its types are incomplete
            pool.disconnect()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raise what Redis raises as errors of stores."""
        self.need_open()
        try:
            yield
        except Exception as err:
            # A connection that is closed while another thread uses it raises whatever it runs into.
            if self._is_closed:
                raise StoreClosed(f"The store {self._label} is closed; open it again") from None
            if isinstance(err, redis.RedisError | OSError | ValueError):
                raise self._told_of(err) from None
            raise

    def _told_of(self, error: Exception) -> StoreAway | StoreRefused:
        if isinstance(error, redis.AuthenticationError):
            return StoreRefused(
                f"The store {self._label} does not let us in: {error}; name a user and a "
                "password, as in redis://USER:PASSWORD@HOST:PORT/DB"
            )
        if isinstance(error, redis.ResponseError) and "WRONGTYPE" in str(error):
            return StoreRefused(
                f"Something else of the name is in {self._label}; choose another ?name=NAME"
            )
        if isinstance(error, redis.ResponseError) and "DB index" in str(error):
            return StoreRefused(f"The store {self._label}: {error}; choose another number")
        return StoreAway(f"The store {self._label} cannot be reached now: {error}")


def open_redis(url: str) -> RedisStore:
    """Open a store by its URL; ``?name=NAME`` is ours, all else is redis-py's."""
    from livens.state.stores.opening import without_secrets

    parts = urlsplit(url)
    query = parse_qs(parts.query)
    name = query.pop("name", ["default"])[-1]
    if not name.isprintable() or set(name) & set("{}"):
        raise StoreRefused(f"{name!r} is no name of a store; expected letters, digits and ._-")
    rest = urlunsplit(parts._replace(query=urlencode(query, doseq=True)))
    return RedisStore(rest, name, without_secrets(url))


def _record(document: bytes | None, source: str, at: float) -> bytes:
    if document is None:
        return msgspec.json.encode(_Record(source, at))
    try:
        return msgspec.json.encode(_Record(source, at, document.decode()))
    except UnicodeDecodeError:
        text = base64.b64encode(document).decode()
        return msgspec.json.encode(_Record(source, at, base64=text))


def _entry(name: bytes, written: bytes) -> Entry:
    position, _, rest = written.partition(b":")
    record = msgspec.json.decode(rest, type=_Record)
    document = record.document.encode() if record.document is not None else None
    if record.base64 is not None:
        document = base64.b64decode(record.base64)
    return Entry(name.decode(), int(position), document, record.source, record.at)


def _pairs(answer: list[bytes]) -> list[tuple[bytes, bytes]]:
    return list(zip(answer[::2], answer[1::2], strict=True))
