"""Workers of a real dask cluster: tasks with their locals, and a worker that its nanny restarts."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import distributed
import pytest
from commands import command

from livens.cluster.dask import watch_dask
from livens.cluster.fleet import Fleet
from livens.exceptions import ConnectionFailed

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="workers are killed by signals"),
    pytest.mark.filterwarnings("default"),  # those of distributed and its sockets
]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of two workers, each a process of one thread, with a nanny."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as made,
    ):
        yield made


@pytest.fixture
def told() -> list[tuple[Any, str]]:
    """What became of the workers, in order."""
    return []


@pytest.fixture
def fleet(client: Any, told: list[tuple[Any, str]]) -> Iterator[Fleet]:
    """A watch of both workers, which has begun."""
    with watch_dask(client, on_member=lambda m: told.append((m.key, m.state))) as watched:
        _until(watched, lambda: [m.state for m in watched.members.values()] == ["watched"] * 2)
        yield watched


def _until(fleet: Fleet, is_so: Callable[[], object]) -> None:
    while not is_so():
        fleet.wait(0.5)


def _task(gate: str, number: int) -> int:
    """Wait for a file; runs in a worker."""
    import os
    import time

    total = number * 10
    while not os.path.exists(gate):
        time.sleep(0.01)
    return total


_task.__module__ = "__main__"  # it is sent as it is: no worker can import this file


def test_tasks_are_told_with_their_keys_and_locals(
    client: Any, fleet: Fleet, tmp_path: Path
) -> None:
    """The key of a task stands in the place of a cell; when it has ended, nothing runs."""
    gate = tmp_path / "gate"
    futures = client.map(_task, [str(gate)] * 2, [1, 2], key=["first", "second"], pure=False)
    members = fleet.members.values()
    _until(fleet, lambda: all("total" in m.variables for m in members))
    assert {m.frames[0].thread: m.variables["total"].preview for m in members} == {
        "first": "10",
        "second": "20",
    }
    assert {m.frames[0].function for m in members} == {"_task"}
    assert all(m.busy_since for m in members)
    gate.touch()
    assert client.gather(futures) == [10, 20]
    _until(fleet, lambda: not any(m.frames or m.busy_since for m in members))


def test_command_shows_workers(client: Any, tmp_path: Path) -> None:
    """Each with the function that runs; nothing of it is left with the scheduler."""
    gate = tmp_path / "gate"
    future = client.submit(_task, str(gate), 4, pure=False)
    while not any(client.processing().values()):
        time.sleep(0.01)
    words = ["watch", "--dask", client.scheduler.address, "--once", "--names", "total"]
    while True:  # functions are told a moment after the worker is
        rows = command(*words).stdout.splitlines()[2:]
        assert len(rows) == 2
        if sorted("40" in row.split() for row in rows) == [False, True]:
            break
    gate.touch()
    assert future.result() == 40
    plugins = client.run(lambda dask_worker: [n for n in dask_worker.plugins if "livens" in n])
    assert [*plugins.values()] == [[], []]


def test_worker_that_was_killed_is_told_and_its_successor_is_watched(
    client: Any, fleet: Fleet, told: list[tuple[Any, str]], tmp_path: Path
) -> None:
    """It has the same name and another process; the other worker was there all the time."""
    (killed, before), (other, _) = fleet.members.items()
    assert before.process is not None
    pid = before.process.pid
    os.kill(pid, signal.SIGKILL)
    _until(fleet, lambda: (killed, "ended") in told)
    _until(fleet, lambda: fleet.members[killed].state == "watched")
    after = fleet.members[killed]
    assert after.process is not None
    assert after.process.pid != pid
    assert other not in [key for key, state in told if state == "ended"]
    gate = tmp_path / "gate"
    futures = client.map(_task, [str(gate)] * 2, [1, 2], pure=False)
    _until(fleet, lambda: all("total" in m.variables for m in fleet.members.values()))
    gate.touch()
    client.gather(futures)


def test_no_scheduler_is_told() -> None:
    """With the address, and what was expected."""
    with pytest.raises(ConnectionFailed, match=r"tcp://127\.0\.0\.1:1\b.*expected an address"):
        watch_dask("tcp://127.0.0.1:1", timeout_s=0.2)
