"""What is told of a change, as between two looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livens.values import libraries
from livens.watching.snapshot import Snapshot

libraries.load()


def told(value: Any, change: Callable[[Any], Any]) -> str | None:
    """Return what is told of a change in place; None if nothing is."""
    poller = Snapshot({"x": value})
    poller.remember_all()
    assert poller.compare(["x"]) == []
    change(value)
    found = poller.compare(["x"])
    assert poller.compare(["x"]) == []
    return poller.take_difference("x") if found else None
