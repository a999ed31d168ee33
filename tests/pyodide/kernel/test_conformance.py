"""The protocol's own tests, on the kernel in Pyodide under Node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conformance.fixtures import *  # noqa: F403 - fixtures are found by their names
from conformance.hosts import Host, kernel
from conformance.suite_features import *  # noqa: F403 - as are tests
from conformance.suite_requests import *  # noqa: F403
from conformance.suite_state import *  # noqa: F403

from livens.client.kernel_specs import PYODIDE_NAME


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """The kernel, started once."""
    with kernel(PYODIDE_NAME)() as started:
        yield started
