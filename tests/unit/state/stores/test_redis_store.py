"""What is particular to a store in Redis: who is let in, what is lost, and many in one server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import redis
from redis_servers import RedisServer, free_port
from store_conformance.worlds import Watching, documents

import livens.state
from livens.exceptions import StoreAway, StoreRefused
from livens.state.stores.opening import open_store


def url_of(server: RedisServer, rest: str = "/0") -> str:
    """Return the URL of a store in a server."""
    return f"redis://127.0.0.1:{server.port}{rest}"


def test_a_server_holds_many_stores(redis_server: RedisServer) -> None:
    """By name, and by number of the database."""
    urls = ["/0?name=one", "/0?name=two", "/1?name=one", "/1"]
    stores = [open_store(url_of(redis_server, rest)) for rest in urls]
    for number, store in enumerate(stores):
        store.set_many({"x": str(number).encode()}, "me")
    assert [store.get()["x"].document for store in stores] == [b"0", b"1", b"2", b"3"]
    for store in stores:
        store.close()


def test_who_is_not_let_in_is_told_so(tmp_path: Path) -> None:
    """With the remedy, and without the password."""
    server = RedisServer(tmp_path, password="hunter2")
    try:
        with pytest.raises(StoreRefused, match=r"does not let us in.*USER:PASSWORD@HOST"):
            open_store(url_of(server))
        with pytest.raises(StoreRefused, match="does not let us in") as caught:
            open_store(f"redis://:wrong-one@127.0.0.1:{server.port}/0")
        assert "wrong-one" not in str(caught.value)
        store = open_store(f"redis://:hunter2@127.0.0.1:{server.port}/0")
        assert "hunter2" not in store.label
        store.close()
    finally:
        server.stop()


def test_a_server_that_is_not_there_is_told_as_away() -> None:
    """With its address."""
    port = free_port()
    with pytest.raises(StoreAway, match=f"127.0.0.1:{port}"):
        open_store(f"redis://127.0.0.1:{port}/0")


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        ("/0?name={x}", "is no name of a store"),
        ("/0?name=a%0ab", "is no name of a store"),
        ("/99", "choose another number"),
        ("/0?socket_timeout=soon", "cannot be read"),
    ],
)
def test_a_url_that_does_not_fit_is_refused(
    redis_server: RedisServer, rest: str, reason: str
) -> None:
    """With what is wrong in it."""
    with pytest.raises(StoreRefused, match=reason):
        open_store(url_of(redis_server, rest))


def test_a_port_that_is_none_is_refused() -> None:
    """And not looked for."""
    with pytest.raises(StoreRefused, match="cannot be read"):
        open_store("redis://127.0.0.1:port/0")


def test_something_else_under_its_keys_is_left_alone(redis_server: RedisServer) -> None:
    """And told by the name of the store."""
    client = redis.Redis(port=redis_server.port)
    client.set("{livens:theirs}:positions", "something")
    with pytest.raises(StoreRefused, match=r"Something else .*choose another \?name=NAME"):
        open_store(url_of(redis_server, "/0?name=theirs"))
    assert client.get("{livens:theirs}:positions") == b"something"
    client.close()


def test_a_server_that_lost_all_gives_no_position_twice(redis_server: RedisServer) -> None:
    """Who watches is told what is written afterwards, though it had seen more before."""
    store = open_store(url_of(redis_server, "/0?name=lost"))
    watching = Watching(store.watch(0))
    for number in range(5):
        position = store.set_many(documents(x=str(number)), "me").position
    watching.entries_until(position)
    client = redis.Redis(port=redis_server.port)
    client.delete(*client.keys("{livens:lost}:*"))
    client.close()
    after = store.set_many(documents(y="1"), "me").position
    assert after > position
    assert [entry.name for entry in watching.entries_until(after)] == ["y"]
    assert list(store.get()) == ["y"]
    store.close()
    assert watching.has_ended()


def test_the_stream_is_cut_and_nothing_is_missed(redis_server: RedisServer) -> None:
    """It only wakes; a store that is written to for months stays small."""
    store = open_store(url_of(redis_server, "/0?name=long"))
    for number in range(1_300):
        store.set_many({f"n{number % 7}": b"1"}, "me")
    client = redis.Redis(port=redis_server.port)
    assert client.xlen("{livens:long}:writes") < 1_200
    client.close()
    assert len(store.changes_since(0).entries) == 7
    assert len(next(store.watch(0)).entries) == 7
    store.close()


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the extra."""
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "livens.state.stores.redis", raising=False)
    with pytest.raises(StoreRefused, match=r"needs the library redis.*livens\[redis\]"):
        livens.state.open("redis://127.0.0.1/0")
