"""Real kernels in Pyodide under Node: one that the tests of a process share, and fresh ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from kernels import started

from livens.client.kernel_specs import PYODIDE_NAME as NAME
from livens.testing import KernelClient

HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    """The kernel has to come from `jupyter livens install --pyodide`, as it does for users."""
    try:
        KernelSpecManager().get_kernel_spec(NAME)
    except NoSuchKernel:
        pytest.exit(f"the kernel {NAME!r} is not installed here: run `make test-node-kernel`", 3)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder starts processes."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def _shared() -> Iterator[tuple[Any, KernelClient]]:
    with started(NAME) as kernel:
        yield kernel


@pytest.fixture
def manager(_shared: tuple[Any, KernelClient]) -> Any:
    """The manager of the shared kernel."""
    return _shared[0]


@pytest.fixture
def kernel(_shared: tuple[Any, KernelClient]) -> KernelClient:
    """A client of the shared kernel, whose namespace is empty."""
    client = _shared[1]
    client.execute("%reset -f")
    return client
