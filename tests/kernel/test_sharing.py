"""Names that two real kernels and a plain program share: who writes one sets it everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kernels import started
from sharing_kernels import share, unshare, wait_for_store, wait_for_value

import livens.state
from livens.protocol import messages
from livens.state.stores.shared_values import SharedValues
from livens.testing import KernelClient

THREADS = """
import threading
print([t.name for t in threading.enumerate() if t.name.startswith("livens-s")])
"""

NAMES = ("x", "best_*", "params", "flag")


@pytest.fixture(scope="module")
def two_kernels() -> Iterator[tuple[KernelClient, KernelClient]]:
    """Two kernels, started once."""
    with started() as (_, one), started() as (_, other):
        yield one, other


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store that is not there yet."""
    return f"sqlite:///{tmp_path}/shared.db"


@pytest.fixture
def store(url: str) -> Iterator[SharedValues]:
    """The same store, in a plain program."""
    with livens.state.open(url, source="a program") as opened:
        yield opened


@pytest.fixture
def pair(
    two_kernels: tuple[KernelClient, KernelClient],
) -> Iterator[tuple[KernelClient, KernelClient]]:
    """The two kernels, empty and watched; in the end they share nothing."""
    for kernel in two_kernels:
        kernel.execute("%reset -f")
        kernel.notifications.clear()
        kernel.open(sharing=True)
    yield two_kernels
    for kernel in two_kernels:
        unshare(kernel)
        assert kernel.execute(THREADS).stdout == "[]\n"
        kernel.close()


def told(kernel: KernelClient) -> list[str]:
    """Return the events of sharing that a client was sent."""
    events = [m.params for m in kernel.notifications if isinstance(m, messages.Event)]
    return [event.message for event in events if event.kind == "sharing"]


def test_a_write_anywhere_sets_the_name_everywhere(
    pair: tuple[KernelClient, KernelClient], url: str, store: SharedValues
) -> None:
    """By kernels and by a program, with who wrote it and the store."""
    one, other = pair
    for kernel in pair:
        share(kernel, url, *NAMES)
    one.execute("x = [1, 2.5]; best_loss = 0.5; private = 1")
    wait_for_value(other, "best_loss", "0.5")
    found = wait_for_value(other, "x", "[1, 2.5]")
    assert found.changed_by.store == url
    assert found.changed_by.client.endswith("(kernel)")
    other.execute("x.append((3, None))")
    wait_for_value(one, "x", "[1, 2.5, (3, None)]")
    one.execute("import numpy; params = numpy.arange(3.0)")
    wait_for_value(other, "params", "[0, 1, 2]")
    other.execute("params[1] = 7")
    wait_for_value(one, "params", "[0, 7, 2]")
    store.set_many({"x": "by a program"})
    for kernel in pair:
        by = wait_for_value(kernel, "x", "'by a program'").changed_by
        assert by == messages.Origin(client="a program", store=url)
    one.execute("del best_loss")
    other.wait_for(lambda: "best_loss" not in other.variables)
    assert store.get_many().keys() == {"x", "params"}
    assert "private" not in other.variables
    assert told(one) == told(other) == []


def test_who_comes_later_gets_what_the_store_has(
    pair: tuple[KernelClient, KernelClient], url: str, store: SharedValues
) -> None:
    """In the very cell that shares it; what it had itself is told to be replaced."""
    one, _ = pair
    store.set_many({"x": 5, "best_of": [1]})
    one.execute("x = 'mine'; params = {'lr': 1}")
    text = share(one, url, *NAMES)
    assert one.execute("x, best_of").result == "(5, [1])"
    assert "Shared: 'x' had another value here; a program wrote the one that it has now" in text
    wait_for_store(store, params={"lr": 1})


@pytest.mark.parametrize(
    ("when", "expected"), [("now", ("9", "9")), ("end", ("1", "9")), ("ask", ("1", "1"))]
)
def test_while_a_cell_runs_a_name_is_set_when_it_was_said(
    pair: tuple[KernelClient, KernelClient],
    url: str,
    store: SharedValues,
    when: str,
    expected: tuple[str, str],
) -> None:
    """At once, at the end of the cell, or when somebody asks for it."""
    one, _ = pair
    store.set_many({"x": 1, "flag": 0})
    share(one, url, "x", when=when)
    share(one, url, "flag", when="now")
    running = one.start("begun = 1\nwhile not flag: pass\nseen = x")
    one.wait_for(lambda: "begun" in one.variables)
    store.set("x", 9)
    if when == "ask":
        one.wait_for(lambda: told(one))
    store.set("flag", 1)
    assert one.finish(running).error is None
    assert (one.execute("seen").result, one.execute("x").result) == expected
    if when == "ask":
        assert "livens.take_shared('x') sets it" in told(one)[0]
        assert one.execute("livens.take_shared()").result == "['x']"
        assert one.execute("x").result == "9"


def test_policies_say_the_direction(
    pair: tuple[KernelClient, KernelClient], url: str, store: SharedValues
) -> None:
    """What is only read is not written, and the other way round."""
    one, _ = pair
    store.set_many({"x": 1, "flag": 1})
    one.execute("flag = 2")
    share(one, url, "x", policy="read")
    share(one, url, "flag", policy="write")
    wait_for_store(store, flag=2)
    assert one.execute("x, flag").result == "(1, 2)"
    one.execute("x = 'only here'; flag = 3")
    wait_for_store(store, flag=3)
    store.set_many({"flag": 4, "x": 5})
    wait_for_value(one, "x", "5")
    assert one.execute("flag").result == "3"
    assert store.get("flag") == 4


def test_a_conflict_is_told(
    pair: tuple[KernelClient, KernelClient], url: str, store: SharedValues
) -> None:
    """The later write in the store's order counts, everywhere; its writer is told."""
    one, other = pair
    for kernel in pair:
        share(kernel, url, "x", "flag", when="end")
    share(one, url, "flag", when="now")
    one.execute("x = 0; flag = 0")
    wait_for_value(other, "x", "0")
    running = one.start("begun = 1\nwhile not flag: pass\nx = 'one'")
    one.wait_for(lambda: "begun" in one.variables)
    other.execute("x = 'other'")
    wait_for_store(store, x="other")
    store.set("flag", 1)
    one.finish(running)
    wait_for_value(other, "x", "'one'")
    one.wait_for(lambda: told(one))
    assert told(one)[0].startswith("Conflict: 'x' was written by ")
    assert "what was written here came last" in one.execute("pass").stdout
    assert store.get("x") == "one"
    assert told(other) == []


def test_what_is_not_shared_says_why(
    pair: tuple[KernelClient, KernelClient], url: str, store: SharedValues
) -> None:
    """Below the cell and in `shared`; what the store had before stays there."""
    one, _ = pair
    one.execute("best_f = 1; best_password = 'hunter2'")
    share(one, url, "best_*")
    wait_for_store(store, best_f=1)
    one.execute("best_f = lambda: 1")
    one.wait_for(lambda: len(told(one)) == 2)
    assert sorted(told(one)) == [
        "'best_f' is not shared: a value of type function is no data",
        "'best_password' is not shared: it is redacted",
    ]
    assert store.get_many().keys() == {"best_f"}
    assert "is no data" in one.execute("print(livens.shared()[0].not_shared)").stdout
    one.execute("best_f = 2")
    wait_for_store(store, best_f=2)
    assert "best_f" not in one.execute("print(livens.shared()[0].not_shared)").stdout


@pytest.mark.parametrize(
    "name", ["get_ipython", "__name__", "class", "a b", "In", "api_key", "_hidden"]
)
def test_others_cannot_set_what_is_none_of_the_users(
    pair: tuple[KernelClient, KernelClient], url: str, store: SharedValues, name: str
) -> None:
    """Names of IPython's and of Python's, secrets, and what no pattern has."""
    one, _ = pair
    share(one, url, "*")
    before = one.execute(f"repr(globals().get({name!r}))[:60]").result
    store.set_many({name: 1, "x": 1})
    wait_for_value(one, "x", "1")
    assert one.execute(f"repr(globals().get({name!r}))[:60]").result == before


def test_a_dict_is_shared_by_key(
    pair: tuple[KernelClient, KernelClient], url: str, store: SharedValues
) -> None:
    """Who writes one key does not replace another's; the dict stays the same object."""
    one, other = pair
    one.execute("params = {'lr': 1, 2: 'two'}; same = params")
    for kernel in pair:
        share(kernel, url, "params", by_key=True)
    wait_for_value(other, "params", "{'lr': 1, 2: 'two'}")
    one.execute("params['a'] = 1")
    other.execute("params['b'] = 2; params['lr'] = 3")
    keys = {'params["a"]': 1, 'params["b"]': 2, 'params["lr"]': 3, "params[2]": "two"}
    wait_for_store(store, **keys)
    for kernel in pair:
        kernel.wait_for(
            lambda k=kernel: (
                k.execute("sorted(map(str, params.items()))").result
                == """["('a', 1)", "('b', 2)", "('lr', 3)", "(2, 'two')"]"""
            )
        )
    store.set_many({}, delete=("params[2]",))
    one.wait_for(lambda: one.execute("2 in params").result == "False")
    assert one.execute("params is same").result == "True"


def test_values_that_are_shared_are_not_written_again_and_again(
    pair: tuple[KernelClient, KernelClient], url: str, store: SharedValues
) -> None:
    """What a kernel sets for a store is no change of its own, sets and odd JSON too."""
    one, other = pair
    for kernel in pair:
        share(kernel, url, "x", "flag")
    raw = store._store
    raw.set_many({"x": b' {"$livens": "set", "items": ["b", "a", "c", 1.0]} '}, "odd")
    position = store.set_many({"flag": 1})
    for kernel in pair:
        wait_for_value(kernel, "flag", "1")
        kernel.execute("x")
        kernel.request("list")
    one.execute("flag = 2")
    wait_for_value(other, "flag", "2")
    assert {c.name: c.source for c in store.changes_since(0)}["x"] == "odd"
    assert [c.name for c in store.changes_since(position)] == ["flag"]


def test_what_a_client_sets_below_a_shared_name_is_shared_as_its_policy_says(
    pair: tuple[KernelClient, KernelClient], url: str
) -> None:
    """Written by who writes; of a name that is only read it stays here, as a whole value does."""
    one, other = pair
    share(one, url, "params")
    share(other, url, "params", policy="read")
    one.execute("params = {'lr': 0.1, 'layers': [1, 2]}")
    wait_for_value(other, "params", "{'lr': 0.1, 'layers': [1, 2]}")
    path = [["name", "params"], ["key", "str", "layers"], ["index", 1]]
    one.request("set", name="params", path=path, expression="20")
    wait_for_value(other, "params", "{'lr': 0.1, 'layers': [1, 20]}")
    other.request("set", name="params", path=path, expression="300")
    wait_for_value(other, "params", "{'lr': 0.1, 'layers': [1, 300]}")
    one.request("set", name="params", path=path[:-1], expression="[]")
    wait_for_value(other, "params", "{'lr': 0.1, 'layers': []}")
    assert one.seen("params")[-1] == "{'lr': 0.1, 'layers': []}"
    assert not any("300" in preview for preview in one.seen("params"))
