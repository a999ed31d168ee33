"""The protocol's own checks over a Jupyter server's websocket, as a page in a browser speaks."""

from __future__ import annotations

import pytest
from livens_conformance import profiles
from livens_conformance.command import checked
from livens_conformance.verdicts import Verdict

pytestmark = pytest.mark.slow


def test_wire() -> None:
    """A server changes nothing of what is sent."""
    profile = profiles.load("livens")
    profile.kernel.transport = "websocket"
    outcomes = checked(profile, ["wire"])
    assert len(outcomes) >= 7
    assert [outcome for outcome in outcomes if outcome.verdict is not Verdict.PASS] == []
