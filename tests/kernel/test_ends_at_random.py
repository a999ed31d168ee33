"""A few of the ends that `make prove-ends` tries many times, at random moments."""

from __future__ import annotations

import random

import pytest

from benchmarks.ends import trial


@pytest.mark.long_because("it runs four notebooks, and after that another one")
def test_kill() -> None:
    """What is left after SIGKILL is whole, and says nothing that is not so."""
    moment = random.uniform(1, 5)
    assert trial("kill", moment) == [], moment


@pytest.mark.long_because("it runs four notebooks")
def test_full_disk() -> None:
    """On a full disk what is written is whole, and what is not is told by the exit code."""
    size = random.randrange(2_000, 30_000)
    assert trial("disk", 0.0, size) == [], size
