"""Clients that come back, several kernels of one manager, restarts."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.ioloop.manager import AsyncIOLoopKernelManager
from jupyter_client.multikernelmanager import AsyncMultiKernelManager
from jupyter_client.session import Session
from servers import UNTIL_STOPPED

from livens.protocol import TARGET
from livens.testing import DEFAULT_TIMEOUT_S, KernelClient

pytestmark = pytest.mark.every_python("processes that are killed and restarted")


@contextmanager
def connected(manager: Any) -> Iterator[KernelClient]:
    """Connect one more client to the kernel of a manager; the kernel may be busy."""
    client = BlockingKernelClient(session=Session())
    client.load_connection_file(manager.connection_file)
    client.start_channels(hb=False)
    try:
        wait_until_subscribed(client)
        yield KernelClient(client)
    finally:
        client.stop_channels()


def wait_until_subscribed(client: BlockingKernelClient) -> None:
    """Ask on the control channel until something comes on IOPub, as jupyter_client does."""
    while True:
        client.control_channel.send(client.session.msg("kernel_info_request", {}))
        client.get_control_msg(timeout=60)
        with suppress(Empty):
            client.get_iopub_msg(timeout=0.2)
            return


# -- one kernel ----------------------------------------------------------------------------


def test_client_comes_back(fresh: tuple[Any, KernelClient]) -> None:
    """A client that left in the middle of a cell finds the same epoch and all the variables."""
    manager, _ = fresh
    with connected(manager) as client:
        client.open()
        client.execute("before = 1")
        cell = client.start(UNTIL_STOPPED)
        client.wait_for(lambda: client.previews.get("n"))
        epoch = client.replica.epoch
    with connected(manager) as client:
        client.open()
        assert client.replica.epoch == epoch
        assert {"before", "threading", "stop", "n"} == client.variables.keys()
        seen = int(client.previews["n"])
        client.wait_for(lambda: int(client.previews["n"]) > seen)
        assert client.request("refresh")["epoch"] == epoch
        manager.interrupt_kernel()
        client.wait_until_idle(cell)
        client.execute("after = 2")
        assert client.previews["after"] == "2"
        assert client.misses() == {}


def test_client_takes_its_comm_up_again(fresh: tuple[Any, KernelClient]) -> None:
    """A comm that was never closed can be opened again under its id, and is no second one."""
    manager, first = fresh
    first.open(names=["x"])
    first.execute("x = 1")
    with connected(manager) as client:
        client.comm_id = first.comm_id
        data = {"names": ["x", "y"]}
        content = {"comm_id": first.comm_id, "target_name": TARGET, "data": data}
        client.send("comm_open", content)
        client.wait_for(lambda: client.replica.seq)
        assert client.previews == {"x": "1"}
        assert client.replica.epoch == first.replica.epoch
        client.execute("y = 2")
        assert client.previews == {"x": "1", "y": "2"}
        run = client.execute("len(get_ipython().watcher._publisher.subscribers)", silent=False)
        assert run.result == "1"


def test_two_clients_have_their_own_subscriptions(fresh: tuple[Any, KernelClient]) -> None:
    """Each client is told what it asked for, numbered for itself; both see the same epoch."""
    manager, one = fresh
    with connected(manager) as two:
        one.open(names=["a*"])
        two.open(names=["b*"], interval_ms=200)
        one.execute("a1 = b1 = c1 = 1\nfor b2 in range(1000): a2 = b2")
        two.wait_for(lambda: two.previews.get("b2") == "999")
        assert one.previews == {"a1": "1", "a2": "999"}
        assert two.previews == {"b1": "1", "b2": "999"}
        assert one.replica.epoch == two.replica.epoch
        one.close()
        two.execute("b1 = 2; a1 = 2")
        assert two.previews["b1"] == "2"
        assert one.previews["a1"] == "1"
        two.close()


def test_restart_begins_a_new_epoch(fresh: tuple[Any, KernelClient]) -> None:
    """After restart_kernel the connection stands, the epoch is new and the namespace empty."""
    manager, client = fresh
    client.open()
    client.execute("x = 1")
    epoch = client.replica.epoch
    for now in (False, True):
        manager.restart_kernel(now=now)
        client.client.wait_for_ready(timeout=60)
        client.open()
        assert client.replica.epoch != epoch
        assert client.variables == {}
        client.execute("x = 2")
        assert client.previews == {"x": "2"}
        epoch = client.replica.epoch


# -- managers ------------------------------------------------------------------------------


@pytest.fixture
def run() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Run coroutines in a loop that lives in a thread, as the managers of a server do."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="managers")
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_many_kernels_are_isolated(run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
    """Four kernels of one manager, busy at the same time, have their own epochs and variables."""

    async def start_all() -> list[str]:
        starts = [kernels.start_kernel(kernel_name="livens") for _ in range(4)]
        return list(await asyncio.gather(*starts))

    kernels = AsyncMultiKernelManager()
    try:
        with ExitStack() as stack:
            managers = [kernels.get_kernel(kernel_id) for kernel_id in run(start_all())]
            clients = [stack.enter_context(connected(manager)) for manager in managers]
            for client in clients:
                client.open()
            cells = [
                client.start(f"mine = {number}\nfor i in range(1000): n{number} = i")
                for number, client in enumerate(clients)
            ]
            for client, cell in zip(clients, cells, strict=True):
                client.finish(cell)
            assert len({client.replica.epoch for client in clients}) == 4
            for number, client in enumerate(clients):
                expected = {"mine": str(number), "i": "999", f"n{number}": "999"}
                assert client.previews == expected
    finally:
        run(kernels.shutdown_all(now=True))


def test_killed_kernel_is_started_again_and_watched_again(
    run: Callable[[Coroutine[Any, Any, Any]], Any],
) -> None:
    """After kill -9 the restarter starts a new process: a new epoch on the same connection."""
    manager = AsyncIOLoopKernelManager(kernel_name="livens")
    restarted = threading.Event()

    async def start() -> None:
        await manager.start_kernel()
        manager.stop_restarter()
        manager._restarter.time_to_dead = 0.1
        manager.start_restarter()
        manager.add_restart_callback(restarted.set, "restart")

    run(start())
    try:
        with connected(manager) as client:
            client.open()
            client.execute("x = 1")
            epoch, pid = client.replica.epoch, manager.provisioner.pid
            os.kill(pid, signal.SIGKILL)
            assert restarted.wait(DEFAULT_TIMEOUT_S)
            client.client.wait_for_ready(timeout=60)
            assert manager.provisioner.pid != pid
            client.open()
            assert client.replica.epoch != epoch
            assert client.variables == {}
            client.execute("y = 2")
            assert client.previews == {"y": "2"}
    finally:
        run(manager.shutdown_kernel(now=True))
