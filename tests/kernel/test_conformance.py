"""The protocol's own tests, on livens and on a stock ipykernel that has loaded it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conformance.fixtures import *  # noqa: F403 - fixtures are found by their names
from conformance.hosts import LIVENS, STOCK, Host
from conformance.suite_features import *  # noqa: F403 - as are tests
from conformance.suite_requests import *  # noqa: F403
from conformance.suite_state import *  # noqa: F403


@pytest.fixture(scope="module", params=[LIVENS, STOCK], ids=["livens", "stock"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Each of them, started once."""
    with request.param() as started:
        yield started
