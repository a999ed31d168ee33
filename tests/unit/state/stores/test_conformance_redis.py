"""What any store must do, by a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis_servers import RedisServer
from store_conformance.suite_entries import *  # noqa: F403 - tests are found by their names
from store_conformance.suite_watching import *  # noqa: F403
from store_conformance.worlds import World

_numbers = iter(range(10_000))


class RedisWorld:
    """One of the many stores in a server, which is away while the server is not there."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self.url = f"redis://127.0.0.1:{server.port}/0?name=test-{next(_numbers)}"

    def go_away(self) -> None:
        """Kill the server."""
        self._server.stop()

    def come_back(self) -> None:
        """Start it with its data."""
        self._server.start()


@pytest.fixture
def world(redis_server: RedisServer) -> Iterator[World]:
    """A store that nothing was written into."""
    return RedisWorld(redis_server)
