"""Settings for all tests."""

from __future__ import annotations

from hypothesis import settings

# No deadlines: the machines that run this are shared and noisy, a timed test would be a lottery.
settings.register_profile("livens", deadline=None)
settings.load_profile("livens")
