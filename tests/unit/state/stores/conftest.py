"""A Redis that the tests of a file share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis_servers import RedisServer


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server on a free port, started once for a file."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()
