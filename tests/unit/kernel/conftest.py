"""A client of the kernel's end of the protocol, without a kernel."""

from __future__ import annotations

import pytest
from endpoints import Client


@pytest.fixture
def client() -> Client:
    """Return a client of a namespace with a few variables."""
    return Client(x=1, text="abc", items=[1, {"a": 2}], api_key="s3cret", In=[])
