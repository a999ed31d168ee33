"""The protocol's own checks, on the kernel in Pyodide under Node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from livens_conformance import profiles
from livens_conformance.checking import Registered, all_checks, carry_out
from livens_conformance.command import is_expected
from livens_conformance.lines import Host
from livens_conformance.profiles import Profile
from livens_conformance.transports import opened


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Host, Profile]]:
    """The kernel, started once."""
    profile = profiles.load("node")
    with opened(profile) as host:
        yield host, profile


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.name)
def test_kernel(world: tuple[Host, Profile], check: Registered) -> None:
    """What it has to do ends as its profile says."""
    outcome = carry_out(check, *world)
    assert is_expected(outcome, world[1]), outcome
