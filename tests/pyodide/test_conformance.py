"""The protocol's own checks on Pyodide, under Node and in a page.

`make test-conformance` builds what they need.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from livens_conformance import profiles
from livens_conformance.checking import Registered, all_checks, carry_out
from livens_conformance.command import is_expected
from livens_conformance.lines import Host
from livens_conformance.profiles import Profile
from livens_conformance.transports import opened

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

HOSTS = {
    "process": ["node", str(HERE / "bridge.mjs"), str(ROOT / "kernel/pyodide"), "process"],
    "embedding": ["node", str(HERE / "bridge.mjs"), str(ROOT / "kernel/pyodide"), "embedding"],
    "page": ["node", str(HERE / "page_bridge.mjs"), str(ROOT)],
}


@pytest.fixture(scope="module", params=HOSTS)
def world(request: pytest.FixtureRequest) -> Iterator[tuple[Host, Profile]]:
    """Each of the ways in, started once."""
    profile = profiles.load("python")
    profile.kernel.transport, profile.kernel.command = "stdio", HOSTS[request.param]
    with opened(profile) as host:
        yield host, profile


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.name)
def test_host(world: tuple[Host, Profile], check: Registered) -> None:
    """What it has to do ends as its profile says."""
    outcome = carry_out(check, *world)
    assert is_expected(outcome, world[1]), outcome
