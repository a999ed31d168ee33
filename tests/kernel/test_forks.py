"""Processes that cells fork: they work on, are not watched, and tell nobody anything."""

from __future__ import annotations

from typing import Any

import pytest

from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("threads and locks in a forked process")

FORKED = """
import multiprocessing, os, threading
fork = multiprocessing.get_context('fork')
before = 1
def child(pipe):
    global before, only_in_child
    before, only_in_child = 2, 3
    ip = get_ipython()
    ip.user_ns['stored'] = 4
    exec('executed = 5', ip.user_ns)
    kernel = ip.kernel
    threads = [t.name for t in threading.enumerate() if t.name.startswith('livens')]
    pipe.send((before, only_in_child, stored, executed, kernel.watcher.is_watched, threads))
def run_child():
    ours, theirs = fork.Pipe()
    process = fork.Process(target=child, args=(theirs,))
    process.start()
    got = ours.recv()
    process.join(60)
    return got, process.exitcode
"""


def test_forked_children_neither_hang_nor_publish(ours: KernelClient) -> None:
    """A child process works on, is not watched, and what it changes is not told as ours."""
    assert ours.execute(FORKED).error is None
    for _ in range(5):
        assert ours.execute("run_child()").result == "((2, 3, 4, 5, False, []), 0)"
    assert ours.execute("before, 'stored' in globals()").result == "(1, False)"
    if ours.comm_id:
        assert ours.previews["before"] == "1"
        assert not {"only_in_child", "stored", "executed"} & {
            name for message in ours.notifications for name in _told(message)
        }


def _told(message: Any) -> list[str]:
    params = message.params
    return [v.name for v in getattr(params, "changed", None) or getattr(params, "variables", [])]


def test_fork_in_the_middle_of_a_flood_does_not_hang(ours: KernelClient) -> None:
    """Forking while livens' own thread is at work leaves the child with no lock to wait for."""
    ours.execute(FORKED)
    run = ours.execute(
        "got = []\n"
        "for round in range(20):\n"
        "    for name in range(200): globals()[f'v{name}'] = round\n"
        "    got.append(run_child())\n"
        "len(got), got[0] == got[-1]"
    )
    assert run.result == "(20, True)"


def test_pools_of_processes_work(ours: KernelClient) -> None:
    """Functions from cells run in a forked pool, as on any kernel."""
    run = ours.execute(
        "import concurrent.futures, multiprocessing\n"
        "base = 10\ndef work(n): return n + base\n"
        "context = multiprocessing.get_context('fork')\n"
        "with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:\n"
        "    total = sum(pool.map(work, range(4)))\n"
        "total"
    )
    assert run.result == "46"
