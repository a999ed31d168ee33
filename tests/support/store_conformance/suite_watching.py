"""Watching any store: what is told, in which order, its end, and a store that goes away."""

from __future__ import annotations

import threading

import pytest

from livens.exceptions import StoreAway
from livens.state.stores.shared_values import lasting_watch
from store_conformance.worlds import PATIENCE_S, Watching, World, documents, opened, run_program


def test_a_watch_tells_what_others_write_from_now_on(world: World) -> None:
    """Not what was there before."""
    with opened(world) as store, opened(world) as other:
        other.set_many(documents(old="1"), "other")
        watching = Watching(store.watch())
        position = other.set_many(documents(x="1", y="2"), "other").position
        found = watching.entries_until(position)
        assert {(entry.name, entry.document, entry.source) for entry in found} == {
            ("x", b"1", "other"),
            ("y", b"2", "other"),
        }


def test_a_watch_from_the_beginning_tells_all(world: World) -> None:
    """First what is there, then what comes."""
    with opened(world) as store, opened(world) as other:
        first = other.set_many(documents(a="1"), "other").position
        watching = Watching(store.watch(0))
        assert [entry.name for entry in watching.entries_until(first)] == ["a"]
        second = other.set_many(documents(b="1"), "other").position
        assert [entry.name for entry in watching.entries_until(second)] == ["b"]


def test_a_watch_tells_of_its_own_handle_too(world: World) -> None:
    """Who cuts echoes does it by the position."""
    with opened(world) as store:
        watching = Watching(store.watch(0))
        position = store.set_many(documents(x="1"), "me").position
        assert [entry.name for entry in watching.entries_until(position)] == ["x"]


def test_each_name_is_told_in_the_order_of_its_writes(world: World) -> None:
    """By several writers at once; the last of each name is told, and nothing comes twice."""

    def write(source: str) -> None:
        with opened(world) as store:
            for number in range(40):
                store.set_many({f"n{number % 5}": f'"{source}{number}"'.encode()}, source)

    with opened(world) as store:
        watching = Watching(store.watch(0))
        threads = [threading.Thread(target=write, args=[source]) for source in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = watching.entries_until(store.changes_since(0).position)
        positions = [entry.position for entry in found]
        assert positions == sorted(set(positions))
        assert {entry.name: entry for entry in found} == store.get()


PROGRAM = """
import sys, livens.state
with livens.state.open(sys.argv[1], source="a program") as store:
    store.set_many({"x": 5, "y": [1.5, None]})
    assert not any(name.split(".")[0] in sys.modules for name in ("IPython", "ipykernel"))
"""


def test_another_process_wakes_a_watch(world: World) -> None:
    """A plain program, without a kernel."""
    with opened(world) as store:
        watching = Watching(store.watch(0))
        run_program(PROGRAM, world.url)
        found = watching.entries_until(1)
        assert {entry.name: entry.document for entry in found} == documents(x="5", y="[1.5,null]")
        assert found[0].source == "a program"


def test_a_watch_ends_when_it_is_told_to(world: World) -> None:
    """While it waits."""
    with opened(world) as store:
        stop = threading.Event()
        watching = Watching(store.watch(0, stop))
        watching.entries_until(store.set_many(documents(x="1"), "me").position)
        stop.set()
        assert watching.has_ended()
        assert store.get()["x"].document == b"1"


def test_a_watch_ends_when_the_store_is_closed(world: World) -> None:
    """From another thread, while it waits."""
    with opened(world) as store:
        watching = Watching(store.watch(0))
        watching.entries_until(store.set_many(documents(x="1"), "me").position)
    assert watching.has_ended()


def test_a_store_that_is_away_is_told_as_such_and_comes_back(world: World) -> None:
    """With all that was in it; its positions go on."""
    with opened(world) as store:
        first = store.set_many(documents(x="1"), "me").position
        world.go_away()
        for call in (store.get, lambda: store.set_many(documents(x="2"), "me")):
            with pytest.raises(StoreAway) as caught:
                call()
            assert store.label in str(caught.value)
        world.come_back()
        assert store.get()["x"].document == b"1"
        assert store.set_many(documents(x="2"), "me").position > first


def test_who_watches_a_store_that_was_away_misses_nothing(world: World) -> None:
    """What was written before it was noticed to be back is told, once."""
    with opened(world) as store:
        stop = threading.Event()
        watching = Watching(lasting_watch(store, 0, stop))
        first = store.set_many(documents(x="1", y="1"), "me").position
        assert len(watching.entries_until(first)) == 2
        world.go_away()
        world.come_back()
        with opened(world) as other:
            position = other.set_many(documents(x="2"), "other").position
        found = watching.entries_until(position)
        assert [(entry.name, entry.document) for entry in found] == [("x", b"2")]
        stop.set()
        watching.thread.join(PATIENCE_S)
        assert not watching.thread.is_alive()
