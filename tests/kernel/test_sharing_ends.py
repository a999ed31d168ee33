"""Sharing that begins and ends: stores that go away, forks, the end of a kernel, plain shells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kernels import started
from redis_servers import RedisServer
from sharing_kernels import share, unshare, wait_for_store, wait_for_value

import livens.state
from livens.protocol import messages
from livens.testing import KernelClient


@pytest.fixture
def alone(fresh: tuple[Any, KernelClient]) -> KernelClient:
    """A client of a kernel that nobody used before."""
    return fresh[1]


NOTHING_LOADED = """
import sys, threading
print([n for n in sys.modules if n.startswith(('livens.state', 'livens.kernel.shar', 'redis'))],
      [t.name for t in threading.enumerate() if t.name.startswith('livens')])
"""


def test_where_nothing_is_shared_nothing_is_loaded(alone: KernelClient) -> None:
    """No module and no thread, also with a client; asking what is shared shares nothing."""
    assert alone.execute(NOTHING_LOADED).stdout == "[] []\n"
    alone.open()
    alone.execute("x = 1")
    assert alone.execute(NOTHING_LOADED).stdout == "[] ['livens']\n"
    alone.close()
    assert alone.execute("import livens; livens.shared(), livens.unshare()").result == "([], [])"
    assert "livens-s" not in alone.execute(NOTHING_LOADED).stdout


def test_a_store_that_goes_away_and_comes_back(alone: KernelClient, tmp_path: Path) -> None:
    """The kernel goes on, says since when, and writes the newest of each name when it is back."""
    server = RedisServer(tmp_path)
    url = f"redis://127.0.0.1:{server.port}/0?name=away"
    try:
        alone.open(sharing=True)
        alone.execute("x = 0; y = 0")
        share(alone, url, "x", "y")
        with livens.state.open(url, source="a program") as store:
            wait_for_store(store, x=0, y=0)
        server.stop()
        for number in range(1, 6):
            assert alone.execute(f"x = {number}").error is None
        alone.wait_for(lambda: "is written when it is back" in told(alone))
        found = alone.execute("found = livens.shared()[0]; print(found.away, found.unwritten)")
        assert "cannot be reached now" in found.stdout
        assert "(since " in found.stdout
        assert "['x']" in found.stdout
        server.start()
        with livens.state.open(url, source="a program") as store:
            store.set("y", "by a program")
            wait_for_value(alone, "y", "'by a program'")
            wait_for_store(store, x=5)
        alone.wait_for(lambda: "is there again" in told(alone))
        assert alone.execute("livens.shared()[0].away").result == "''"
        unshare(alone)
    finally:
        server.stop()
    assert "livens-s" not in alone.execute(NOTHING_LOADED).stdout


def told(kernel: KernelClient) -> str:
    """Return the events of sharing that a client was sent, as one text."""
    events = [m.params for m in kernel.notifications if isinstance(m, messages.Event)]
    return "\n".join(event.message for event in events)


def test_a_store_that_lost_its_data_gets_them_again(alone: KernelClient, tmp_path: Path) -> None:
    """From the kernel that had them."""
    path = tmp_path / "shared.db"
    url = f"sqlite:///{path}"
    alone.open()
    alone.execute("x = 1; y = 2")
    share(alone, url, "x", "y")
    with livens.state.open(url) as store:
        wait_for_store(store, x=1, y=2)
    for each in list(tmp_path.glob("shared.db*")):
        each.unlink()
    with livens.state.open(url) as store:
        while store.get_many().keys() != {"x", "y"}:
            alone.request("list")
        assert (store.get("x"), store.get("y")) == (1, 2)


def test_what_the_last_cell_changed_is_in_the_store_when_the_kernel_has_ended(
    tmp_path: Path,
) -> None:
    """By a shutdown; nothing is waited for in between."""
    url = f"sqlite:///{tmp_path}/shared.db"
    with started() as (manager, kernel):
        share(kernel, url, "x")
        kernel.execute("x = 'the last'")
        manager.shutdown_kernel(now=False)
    with livens.state.open(url) as store:
        assert store.get("x") == "the last"


FORKED = """
import multiprocessing, threading
fork = multiprocessing.get_context('fork')
def child(pipe):
    global x
    x = 'in the child'
    pipe.send(([t.name for t in threading.enumerate() if t.name.startswith('livens')],
               livens.shared()))
ours, theirs = fork.Pipe()
process = fork.Process(target=child, args=(theirs,))
process.start()
got = ours.recv()
process.join(60)
(got, process.exitcode)
"""


@pytest.mark.every_python("threads and locks in a forked process")
def test_a_forked_child_shares_nothing_and_its_parent_goes_on(
    alone: KernelClient, tmp_path: Path
) -> None:
    """What the child sets is its own."""
    url = f"sqlite:///{tmp_path}/shared.db"
    alone.execute("x = 1")
    share(alone, url, "x")
    assert alone.execute(FORKED).result == "(([], []), 0)"
    with livens.state.open(url) as store:
        alone.execute("x = 2")
        while store.get("x") != 2:
            assert store.get("x") == 1
            alone.execute("pass")


def test_a_lite_kernel_shares_until_it_is_unloaded(tmp_path: Path) -> None:
    """`%load_ext livens` in a stock kernel."""
    url = f"sqlite:///{tmp_path}/shared.db"
    with started("python3") as (_, kernel), livens.state.open(url, source="p") as store:
        assert kernel.execute("%load_ext livens").error is None
        kernel.open()
        kernel.execute("x = 1")
        share(kernel, url, "x")
        wait_for_store(store, x=1)
        store.set("x", 2)
        assert wait_for_value(kernel, "x", "2").changed_by.store == url
        kernel.execute("x = 3\n%unload_ext livens")
        assert store.get("x") == 3
        assert "livens-s" not in kernel.execute(NOTHING_LOADED).stdout


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("livens.share('x')", "missing 1 required keyword-only argument: 'store'"),
        ("livens.share(store='sqlite:///x.db')", "expected the names of variables"),
        ("livens.share(3, store='sqlite:///x.db')", "expected the name of a variable as a text"),
        ("livens.share('x', store=None)", "expected a URL such as store='sqlite:///shared.db'"),
        ("livens.share('x', store='sqlite:///x.db', policy='rw')", "expected 'both' or 'read' or"),
        ("livens.share('x', store='sqlite:///x.db', when=1)", "expected 'now' or 'end' or 'ask'"),
        ("livens.share('x', store='sqlite:////no/where/x.db')", "is not there; make it"),
        ("livens.share('x', store='redis://127.0.0.1:1/0')", "cannot be reached now"),
        ("livens.share('x', store='mysql://h/x')", "is no URL of a store; expected sqlite:///"),
        ("livens.unshare('x')", "'x' is not shared (shared: nothing)"),
    ],
)
def test_a_wrong_call_says_what_was_expected(kernel: KernelClient, call: str, reason: str) -> None:
    """And shares nothing."""
    code = f"try: {call}\nexcept Exception as err: print(type(err).__name__, err)"
    assert reason in kernel.execute(f"import livens\nx = 1\n{code}").stdout
    assert kernel.execute("livens.shared()").result == "[]"
    assert "livens-s" not in kernel.execute(NOTHING_LOADED).stdout


def test_the_same_is_said_in_a_line(kernel: KernelClient, tmp_path: Path) -> None:
    """By `%state`: share, shared, unshare, take."""
    url = f"sqlite:///{tmp_path}/s.db"

    def run(line: str) -> str:
        told = [m["content"] for m in kernel.execute(f"%state {line}").messages]
        lines = "".join(content.get("text", "") for content in told).splitlines()
        return "\n".join(line for line in lines if not line.startswith("Shared: "))

    assert run("shared") == "Nothing is shared"
    kernel.execute("x = 1; best_f = print")
    run(f"share x best_* {url} --policy write --when ask")
    with livens.state.open(url) as store:
        wait_for_store(store, x=1)
    while "not shared: best_f" not in run("shared"):
        kernel.execute("pass")
    assert run("shared").splitlines() == [
        f"x: write, when ask, by {url}",
        "  shared: x",
        f"best_*: write, when ask, by {url}",
        "  not shared: best_f: a value of type builtin_function_or_method is no data",
    ]
    assert run("take") == "Set: nothing was waiting"
    assert run("unshare x") == "Shared no more: x"
    assert run("unshare") == "Shared no more: best_*"
    assert "expected names and one store" in run("share x").lower()
    assert "There is no option --fast" in run(f"share x {url} --fast")
    assert "share, shared, unshare, take" in run("fly")
