"""Entries of any store: what is written, its order, and that a write is whole."""

from __future__ import annotations

import threading

import pytest

from livens.exceptions import StoreClosed
from livens.state.stores.entries import Changes
from store_conformance.worlds import World, documents, opened, run_program


def test_what_one_writes_another_reads(world: World) -> None:
    """With who wrote it, and when."""
    with opened(world) as one, opened(world) as other:
        written = one.set_many(documents(x="1", y="[2]"), "me")
        found = other.get()
        assert {name: entry.document for name, entry in found.items()} == documents(x="1", y="[2]")
        assert {entry.position for entry in found.values()} == {written.position}
        assert {entry.source for entry in found.values()} == {"me"}
        assert found["x"].name == "x"
        assert found["x"].at > 1_700_000_000
        assert set(other.get(["y", "z"])) == {"y"}


def test_each_write_has_the_next_position(world: World) -> None:
    """Whoever writes; a write of nothing has none of its own."""
    with opened(world) as one, opened(world) as other:
        assert one.set_many({}, "one").position == 0
        positions = [store.set_many(documents(x="1"), "a").position for store in (one, other) * 3]
        assert positions == sorted(set(positions))
        assert positions[-1] < 2**53  # which JavaScript has as a number
        assert other.set_many({}, "a").position == positions[-1]
        assert one.changes_since(positions[-1]).entries == []


def test_changes_are_the_newest_of_each_name_in_the_order_of_the_writes(world: World) -> None:
    """And only those after the position."""
    with opened(world) as store:
        first = store.set_many(documents(a="1", b="1", c="1"), "me").position
        second = store.set_many(documents(b="2"), "me").position
        third = store.set_many(documents(a="3"), "you").position
        changes = store.changes_since(first)
        assert [(entry.name, entry.document, entry.position) for entry in changes.entries] == [
            ("b", b"2", second),
            ("a", b"3", third),
        ]
        assert changes.position == third
        positions = [entry.position for entry in store.changes_since(0).entries]
        assert positions == [first, second, third]
        assert store.changes_since(third + 9) == Changes([], third)


def test_a_deleted_name_keeps_an_entry_without_a_document(world: World) -> None:
    """Or who looks late would not hear that it is gone."""
    with opened(world) as store:
        first = store.set_many(documents(a="1"), "me")
        written = store.set_many(documents(a=None, b="1"), "you")
        found = store.get()
        assert (found["a"].document, found["a"].source) == (None, "you")
        assert [entry.name for entry in store.changes_since(first.position).entries].count("a") == 1
        assert store.set_many(documents(a="2"), "me").replaced["a"].position == written.position


def test_a_write_says_what_it_replaced(world: World) -> None:
    """What was there in the moment before, of names that were there."""
    with opened(world) as one, opened(world) as other:
        first = one.set_many(documents(a="1"), "one")
        assert first.replaced == {}
        second = other.set_many(documents(a="2", b="2"), "other")
        assert list(second.replaced) == ["a"]
        assert second.replaced["a"].document == b"1"
        assert second.replaced["a"].source == "one"


def test_writes_at_once_form_one_chain(world: World) -> None:
    """Each replaces another one's, and none is replaced twice."""
    replaced: list[int] = []
    positions: list[int] = []
    per_thread = 25

    def write(source: str) -> None:
        with opened(world) as store:
            for number in range(per_thread):
                written = store.set_many(documents(x=str(number)), source)
                positions.append(written.position)
                replaced.extend(entry.position for entry in written.replaced.values())

    threads = [threading.Thread(target=write, args=[source]) for source in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(positions)) == 4 * per_thread
    assert sorted(replaced) == sorted(positions)[:-1]


def test_nobody_sees_half_of_a_write(world: World) -> None:
    """Neither what is there nor what changed."""
    done = threading.Event()
    looks = 0

    def write() -> None:
        with opened(world) as store:
            for number in range(100):
                store.set_many({f"n{i}": str(number).encode() for i in range(10)}, "me")
        done.set()

    thread = threading.Thread(target=write)
    with opened(world) as store:
        position = first = store.set_many({f"n{i}": b"-1" for i in range(10)}, "me").position
        thread.start()
        is_last = False
        while not is_last:
            is_last = done.is_set()
            assert len({entry.document for entry in store.get().values()}) == 1
            changes = store.changes_since(position)
            assert len(changes.entries) in (0, 10)
            assert len({entry.document for entry in changes.entries}) <= 1
            position = changes.position
            looks += 1
        assert {entry.document for entry in store.changes_since(first).entries} == {b"99"}
    thread.join()
    assert looks > 1


NAMES = [
    'params["lr"]',
    "größe",
    "名前",
    "a b",
    "x\ny",
    "'; DROP TABLE entries; --",
    "%s {} *?[",
    "n" * 999,
]


@pytest.mark.parametrize("document", [b"{}", b'"' + b"x" * 1_000_000 + b'"', b'"\xc3\xbc\\u0000"'])
def test_any_name_and_any_document_is_kept_as_it_is(world: World, document: bytes) -> None:
    """However it would read in SQL, in a pattern or in a URL."""
    with opened(world) as store:
        store.set_many(dict.fromkeys(NAMES, document), "wer ü 'x'")
        found = store.get(NAMES)
        assert {name: entry.document for name, entry in found.items()} == dict.fromkeys(
            NAMES, document
        )
        assert found["größe"].source == "wer ü 'x'"
        assert sorted(entry.name for entry in store.changes_since(0).entries) == sorted(NAMES)


def test_thousands_of_names_are_one_write(world: World) -> None:
    """And one look."""
    with opened(world) as store:
        many = {f"name_{number}": str(number).encode() for number in range(3_000)}
        first = store.set_many(many, "me").position
        assert len(store.set_many(many, "me").replaced) == 3_000
        assert {n: e.document for n, e in store.get(list(many)).items()} == many
        assert len(store.changes_since(first).entries) == 3_000


def test_threads_share_one_handle(world: World) -> None:
    """Any thread may call."""
    with opened(world) as store:
        threads = [
            threading.Thread(target=lambda n=n: store.set_many({f"t{n}": b"1"}, "me"))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(store.get()) == [f"t{n}" for n in range(8)]
        assert len({entry.position for entry in store.get().values()}) == 8


def test_after_its_end_every_call_is_refused(world: World) -> None:
    """With the name of the store; a second end does nothing."""
    with opened(world) as store:
        label = store.label
    store.close()
    for call in (
        store.get,
        lambda: store.set_many({}, "me"),
        lambda: store.changes_since(0),
        lambda: next(store.watch()),
    ):
        with pytest.raises(StoreClosed, match="is closed") as caught:
            call()
        assert label in str(caught.value)


FORKED = """
import os, sys
from livens.state.stores.opening import open_store
from livens.exceptions import StoreClosed

store = open_store(sys.argv[1])
store.set_many({"a": b"1"}, "parent")
child = os.fork()
if not child:
    try:
        store.set_many({"a": b"2"}, "child")
    except StoreClosed as err:
        os.write(1, str(err).encode())
        store.close()
    os._exit(0)
os.waitpid(child, 0)
os.write(1, b" parent:" + store.get()["a"].document)
"""


def test_a_child_after_a_fork_is_refused_and_its_parent_goes_on(world: World) -> None:
    """Two processes on one connection would read each other's answers."""
    told = run_program(FORKED, world.url)
    assert "before a fork; open it again" in told
    assert told.endswith("parent:1")
