"""Waiting for what a watch is told."""

from __future__ import annotations

import time
from collections.abc import Callable

from livens.client.blocking import Watch
from livens.protocol.types import ChangeSet

TIMEOUT_S = 90


def until(changes: Watch, done: Callable[[ChangeSet], bool]) -> ChangeSet:
    """Take change sets until one is what the test waits for; return it."""
    end = time.monotonic() + TIMEOUT_S
    while True:
        change_set = changes.next(end - time.monotonic())
        if done(change_set):
            return change_set


def has(name: str, preview: str) -> Callable[[ChangeSet], bool]:
    """Return what `until` waits for: that a variable is told with this preview."""
    return lambda found: any(v.name == name and v.preview == preview for v in found.changed)
