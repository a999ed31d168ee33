"""What any store must do, by a room of a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from convergence import Seen, agree, write_at_once
from kernels import started
from room_servers import RoomServer
from store_conformance.suite_entries import *  # noqa: F403 - tests are found by their names
from store_conformance.suite_watching import *  # noqa: F403
from store_conformance.worlds import World

_numbers = iter(range(10_000))


class RoomWorld:
    """One of the rooms of a server, which is away while the server is not there."""

    def __init__(self, server: RoomServer) -> None:
        self._server = server
        self.url = server.url(f"test-{next(_numbers)}")

    def go_away(self) -> None:
        """Kill the server."""
        self._server.stop()

    def come_back(self) -> None:
        """Start it with its files."""
        self._server.start()


@pytest.fixture(scope="module")
def room_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomServer]:
    """A server, started once."""
    server = RoomServer(tmp_path_factory.mktemp("rooms"))
    yield server
    server.stop()


@pytest.fixture
def world(room_server: RoomServer) -> Iterator[World]:
    """A room that nothing was written into."""
    return RoomWorld(room_server)


def test_two_kernels_and_a_program_end_up_with_the_same_values(world: World) -> None:
    """Whoever came last; who watches sees the writes of each name in their order."""
    with started() as (_, one), started() as (_, other):
        seen = Seen(world.url)
        write_at_once([one, other], world.url, writes=100)
        values = agree([one, other], world.url)
        seen.close()
    assert seen.disorders() == []
    assert {change.name: change.value for change in seen.changes} == values
