"""Real kernels for the tests: one that is shared and reset, and fresh ones where state matters.

Both accuse leaks: a test must leave no subscriber, no livens thread and no comm behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from kernels import started
from watches import TIMEOUT_S

from livens.client.blocking import Watch, watch
from livens.testing import KernelClient

HERE = Path(__file__).parent

NOTHING_LEFT = "0 0 0 MonitoredDict"

LEFT_BEHIND = """
import threading as _threading
_kernel = get_ipython().kernel
print(len(_kernel.watcher._publisher.subscribers), len(_kernel.comms._clients),
      sum(thread.name.startswith("livens") for thread in _threading.enumerate()),
      type(get_ipython().user_ns).__name__)
del _threading, _kernel
"""


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    """The kernelspec has to come from the installed package, as it does for users."""
    try:
        KernelSpecManager().get_kernel_spec("livens")
    except NoSuchKernel:
        pytest.exit("the kernelspec 'livens' is not installed here: run `pip install -e .`", 3)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder starts processes."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.slow)


def left_behind(client: KernelClient) -> str:
    """Ask the kernel what is still there: subscribers, connections, threads, its namespace."""
    return client.execute(LEFT_BEHIND, store_history=False).stdout.strip()


def reset(client: KernelClient) -> None:
    """Empty the namespace, and spare the next garbage collection what earlier tests loaded."""
    client.execute("%reset -f")
    client.execute("__import__('gc').freeze()", silent=True)


@pytest.fixture(scope="session")
def _shared_kernel() -> Iterator[tuple[Any, KernelClient]]:
    with started() as kernel:
        yield kernel


@pytest.fixture(scope="session")
def _stock_kernel() -> Iterator[KernelClient]:
    with started("python3") as (_, client):
        yield client


@pytest.fixture
def stock(_stock_kernel: KernelClient) -> KernelClient:
    """A client of a stock ipykernel to compare with, whose namespace is empty."""
    reset(_stock_kernel)
    return _stock_kernel


@pytest.fixture
def kernel(_shared_kernel: tuple[Any, KernelClient]) -> Iterator[KernelClient]:
    """A client of the shared kernel, whose namespace is empty; the comm is closed afterwards."""
    _, first = _shared_kernel
    client = KernelClient(first.client)
    reset(client)
    yield client
    if client.comm_id:
        client.close()
    client.execute("%unwatch")
    # A good-bye on the control channel may still be on its way: ask a few times.
    found = [left_behind(client)]
    while found[-1] != NOTHING_LEFT and len(found) < 100:
        found.append(left_behind(client))
    assert found[-1] == NOTHING_LEFT


@pytest.fixture(params=["unwatched", "watched"])
def ours(request: pytest.FixtureRequest, kernel: KernelClient) -> Iterator[KernelClient]:
    """A client of the shared kernel, the first time without and then with a subscription."""
    if request.param == "watched":
        kernel.open()
    yield kernel
    if request.param == "watched":
        # What code that nobody can read stored is told right after the cell.
        kernel.wait_for(lambda: kernel.misses() == {})


@pytest.fixture
def second(_shared_kernel: tuple[Any, KernelClient]) -> Iterator[KernelClient]:
    """Another connection to the shared kernel, with a session of its own."""
    manager, _ = _shared_kernel
    client = BlockingKernelClient()
    client.load_connection_info(manager.get_connection_info(session=False))
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield KernelClient(client)
    client.stop_channels()


@pytest.fixture
def subshell(kernel: KernelClient) -> Iterator[str]:
    """The id of a subshell of the shared kernel."""
    client = kernel.client
    client.control_channel.send(client.session.msg("create_subshell_request", {}))
    subshell_id = str(client.get_control_msg(timeout=90)["content"]["subshell_id"])
    yield subshell_id
    request = client.session.msg("delete_subshell_request", {"subshell_id": subshell_id})
    client.control_channel.send(request)
    assert client.get_control_msg(timeout=90)["content"]["status"] == "ok"


@pytest.fixture
def interrupt(_shared_kernel: tuple[Any, KernelClient]) -> Callable[[], None]:
    """Interrupt the shared kernel, as the button of a front end does."""
    return cast("Callable[[], None]", _shared_kernel[0].interrupt_kernel)


@pytest.fixture
def watched(kernel: KernelClient) -> KernelClient:
    """A client of the shared kernel that has subscribed to everything."""
    kernel.open()
    return kernel


@pytest.fixture
def fresh() -> Iterator[tuple[Any, KernelClient]]:
    """A manager and a client of a kernel that nobody used before."""
    with started() as kernel:
        yield kernel


@pytest.fixture
def start() -> Callable[..., Any]:
    """The context manager `started`, for tests that start several kernels."""
    return started


@pytest.fixture
def changes(kernel: KernelClient) -> Iterator[Watch]:
    """Return a watch of the shared kernel, which is empty; its first change set is taken."""
    with watch(kernel.client) as changes:
        assert changes.next(TIMEOUT_S).complete
        yield changes
