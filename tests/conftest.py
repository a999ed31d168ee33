"""Settings for all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

pytest.register_assert_rewrite(
    "commands",
    "differences",
    "endpoints",
    "looks",
    "parity",
    "recorded",
    "servers",
    "spies",
    "worlds",
)

# No deadlines: the machines that run this are shared and noisy, a timed test would be a lottery.
settings.register_profile("livens", deadline=None)
settings.load_profile("livens")
