"""Which process this is: its machine, its number there, and its rank among its like."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from contextlib import suppress

from livens.protocol.types import Process

_RANKS = (
    ("RANK", "WORLD_SIZE"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS"),
)
"""How launchers say a rank and how many there are: torchrun, Open MPI, MPICH and Intel MPI,
MVAPICH, Slurm. The first of which both are there counts: torchrun may run below Slurm."""


def this_process() -> Process:
    """Return which process this is, now: after a fork it is another."""
    rank, world = rank_in(os.environ)
    return Process(_host(), os.getpid(), rank, world)


def rank_in(environment: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the rank and the number of processes that a launcher has told, else None for both.

    Examples
    --------
    >>> rank_in({"RANK": "3", "WORLD_SIZE": "8", "SLURM_PROCID": "0", "SLURM_NTASKS": "1"})
    (3, 8)
    >>> rank_in({"RANK": "gold"})
    (None, None)
    """
    for rank_name, world_name in _RANKS:
        with suppress(KeyError, ValueError):
            rank, world = int(environment[rank_name]), int(environment[world_name])
            if 0 <= rank < world:
                return rank, world
    return None, None


def _host() -> str:
    return platform.node().encode("utf-8", "backslashreplace").decode()
