"""A refresh says which process it is of, and its rank among those of one program."""

from __future__ import annotations

import os
import platform

import pytest

from livens.protocol.messages import Refresh
from livens.protocol.requests import Subscription
from livens.watching.namespace import MonitoredDict
from livens.watching.process_identity import rank_in, this_process
from livens.watching.watcher import Watcher

LAUNCHERS = {
    "torchrun": ({"RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "0"}, (1, 4)),
    "Open MPI": ({"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"}, (0, 2)),
    "MPICH": ({"PMI_RANK": "7", "PMI_SIZE": "8"}, (7, 8)),
    "MVAPICH": ({"MV2_COMM_WORLD_RANK": "2", "MV2_COMM_WORLD_SIZE": "3"}, (2, 3)),
    "Slurm": ({"SLURM_PROCID": "5", "SLURM_NTASKS": "6"}, (5, 6)),
    "torchrun below Slurm": (
        {"SLURM_PROCID": "0", "SLURM_NTASKS": "1", "RANK": "3", "WORLD_SIZE": "4"},
        (3, 4),
    ),
}


@pytest.mark.parametrize(("environment", "expected"), LAUNCHERS.values(), ids=LAUNCHERS)
def test_rank_is_what_the_launcher_says(
    environment: dict[str, str], expected: tuple[int, int]
) -> None:
    """Each launcher has variables of its own; the innermost one counts."""
    assert rank_in(environment) == expected


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"RANK": "1"},
        {"RANK": "gold", "WORLD_SIZE": "silver"},
        {"RANK": "4", "WORLD_SIZE": "4"},
        {"RANK": "-1", "WORLD_SIZE": "4"},
        {"RANK": "", "WORLD_SIZE": ""},
    ],
    ids=["nothing", "half", "words", "too large", "negative", "empty"],
)
def test_no_rank_is_guessed(environment: dict[str, str]) -> None:
    """Somebody's own variable of that name is no rank."""
    assert rank_in(environment) == (None, None)


def test_first_part_of_a_refresh_says_which_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Host, number and rank are in the part with `start` 0, and in no other."""
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    watcher = Watcher()
    watcher.attach(MonitoredDict({f"text_{n}": "x" * 5_000 for n in range(300)}))
    told: list[Refresh] = []
    watcher.subscribe(Subscription(max_bytes=10_000), lambda message, cell: told.append(message))
    first, *others = [message.params.process for message in told]
    assert first is not None
    assert (first.host, first.pid) == (platform.node(), os.getpid())
    assert (first.rank, first.world) == (1, 2)
    assert others
    assert set(others) == {None}
    assert this_process() == first
