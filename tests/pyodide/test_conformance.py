"""The protocol's own tests on Pyodide under Node, which `make test-pyodide` has built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.bridges import bridge
from conformance.fixtures import *  # noqa: F403 - fixtures are found by their names
from conformance.hosts import Host
from conformance.suite_features import *  # noqa: F403 - as are tests
from conformance.suite_requests import *  # noqa: F403
from conformance.suite_state import *  # noqa: F403

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
MODULE = HERE.parents[1] / "kernel/pyodide"


@pytest.fixture(scope="module", params=["process", "embedding"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Each of the two ways in, started once."""
    command = ["node", str(HERE / "bridge.mjs"), str(MODULE), request.param]
    with bridge(command)() as started:
        yield started
