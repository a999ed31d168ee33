"""What travels between a kernel and those who watch it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TARGET = "livens.variables"
"""The name that clients open a comm with: all that a kernel needs of the protocol to start."""

CLIENT_KEY = "livens_client"
"""What the metadata of an ``execute_request`` or ``interrupt_request`` may have: the name of the
client that sends it, by which the others are told whose doing it is."""

_MOST_CHARS = 100


def client_of(message: Mapping[str, Any]) -> str:
    """Return the name of the client that sent a message, cut to 100 characters; empty without one.

    Examples
    --------
    >>> client_of({"metadata": {"livens_client": "agent"}}), client_of({})
    ('agent', '')
    """
    return str(message.get("metadata", {}).get(CLIENT_KEY, ""))[:_MOST_CHARS]
