"""The protocol's own tests on Pyodide, under Node and in a page.

`make test-conformance` builds what they need.
"""

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
ROOT = HERE.parents[1]

HOSTS = {
    "process": ["node", str(HERE / "bridge.mjs"), str(ROOT / "kernel/pyodide"), "process"],
    "embedding": ["node", str(HERE / "bridge.mjs"), str(ROOT / "kernel/pyodide"), "embedding"],
    "page": ["node", str(HERE / "page_bridge.mjs"), str(ROOT)],
}


@pytest.fixture(scope="module", params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Each of the ways in, started once."""
    with bridge(HOSTS[request.param])() as started:
        yield started
