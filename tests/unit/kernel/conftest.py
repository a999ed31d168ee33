"""A client of the kernel's end of the protocol, without a kernel."""

from __future__ import annotations

import sys

import pytest
from endpoints import Client

# `sys.monitoring`, which every Pyodide has, came with Python 3.12: `make test-pythons`.
collect_ignore = ["test_loop_events.py"] if sys.version_info < (3, 12) else []


@pytest.fixture
def client() -> Client:
    """Return a client of a namespace with a few variables."""
    return Client(x=1, text="abc", items=[1, {"a": 2}], api_key="s3cret", In=[])
