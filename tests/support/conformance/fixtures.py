"""The fixtures of the suite. Who uses it has the fixture `host`, of a scope of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.clients import Client, Clients
from conformance.hosts import Host, Ran

_CLEAR = """
_name = None
for _name in [name for name in globals() if not name.startswith("_")]:
    if _name not in ("In", "Out", "exit", "quit", "get_ipython", "open"):
        del globals()[_name]
del _name
"""


@pytest.fixture
def clients(host: Host) -> Iterator[Clients]:
    """What opens clients of a host whose namespace is empty; they are closed afterwards."""
    assert host.execute(_CLEAR) == Ran()
    made = Clients(host)
    yield made
    made.close_all()


@pytest.fixture
def client(clients: Clients) -> Client:
    """A client that has subscribed to everything."""
    return clients()
