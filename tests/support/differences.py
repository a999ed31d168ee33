"""What is told of a change, as between two looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livens.values import libraries
from livens.watching.snapshot import Snapshot

libraries.load()


def told(value: Any, change: Callable[[Any], Any]) -> str | None:
    """Return what is told of a change in place; None if nothing is."""
    snapshot = Snapshot({"x": value})
    snapshot.remember_all()
    assert snapshot.compare(["x"]) == []
    change(value)
    found = snapshot.compare(["x"])
    assert snapshot.compare(["x"]) == []
    return snapshot.take_differences(["x"]).get("x", "") if found else None
