"""The protocol's own checks, on livens, on a stock ipykernel that has loaded it, and on clients."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from livens_conformance import client_checks, profiles
from livens_conformance.checking import Registered, all_checks, carry_out
from livens_conformance.command import is_expected
from livens_conformance.lines import Host
from livens_conformance.profiles import Profile
from livens_conformance.transports import opened
from livens_conformance.verdicts import Verdict

CLIENT = [sys.executable, str(Path(__file__).parents[1] / "support/tried_client.py")]


@pytest.fixture(scope="module", params=["livens", "stock"])
def world(request: pytest.FixtureRequest) -> Iterator[tuple[Host, Profile]]:
    """Each of them, started once."""
    profile = profiles.load(request.param)
    with opened(profile) as host:
        yield host, profile


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.name)
def test_kernel(world: tuple[Host, Profile], check: Registered) -> None:
    """What a kernel has to do ends as its profile says, which is with Pass where it is silent."""
    outcome = carry_out(check, *world)
    assert is_expected(outcome, world[1]), outcome
    if world[1].name == "livens":
        assert outcome.verdict is Verdict.PASS, outcome


@pytest.mark.parametrize("check", client_checks.CHECKS, ids=lambda check: check.__name__)
def test_python_client(check: object) -> None:
    """The client of `livens.watch` copes with whatever the fake kernel does."""
    assert callable(check)
    outcome = client_checks.carry_out(check, CLIENT)
    assert outcome.verdict is Verdict.PASS, outcome
