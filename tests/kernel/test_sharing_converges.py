"""Two kernels and a program write the same names at once: all end up with the same values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from convergence import Seen, agree, write_at_once
from kernels import started
from redis_servers import RedisServer

from livens.testing import KernelClient


@pytest.fixture(scope="module")
def _two_kernels() -> Iterator[list[KernelClient]]:
    """Two kernels, started once."""
    with started() as (_, one), started() as (_, other):
        yield [one, other]


@pytest.fixture
def two_kernels(_two_kernels: list[KernelClient]) -> Iterator[list[KernelClient]]:
    """The two kernels; in the end they share nothing, and are empty."""
    yield _two_kernels
    for kernel in _two_kernels:
        assert kernel.execute("livens.unshare()\n%reset -f").error is None


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of an empty store of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/shared.db"
        return
    server = RedisServer(tmp_path)
    yield f"redis://127.0.0.1:{server.port}/0"
    server.stop()


def test_all_end_up_with_the_same_values(two_kernels: list[KernelClient], url: str) -> None:
    """Whoever came last; who watches sees the writes of each name in their order."""
    seen = Seen(url)
    write_at_once(two_kernels, url, writes=500)
    values = agree(two_kernels, url)
    seen.close()
    assert seen.disorders() == []
    assert {change.source for change in seen.changes} >= {"a program"}
    assert len({change.source for change in seen.changes}) > 1
    assert {c.name: c.value for c in seen.changes} == values
