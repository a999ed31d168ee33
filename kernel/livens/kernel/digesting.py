"""Digests of variables for a client that records, worked out while the user's code rests.

A digest is of what a variable holds at the end of one cell. So the work ends as soon as the next
cell begins, and then the digest says that it was not read. It goes on in a thread of its own, in
which nobody waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from livens.exceptions import reason_of
from livens.kernel.timed_work import Answer, in_thread
from livens.protocol import requests
from livens.protocol.types import Digest
from livens.values.digests import digest_of
from livens.watching.watcher import Watcher


class _Ended(Exception):
    """There is no more time; says why."""


def start_digesting(watcher: Watcher, params: requests.DigestParams, answer: Answer) -> None:
    """Read variables in a thread of its own, and answer with their digests; returns at once."""
    ends = time.monotonic() + params.timeout_ms / 1000

    def check() -> None:
        if watcher.is_busy or (params.cell and watcher.last_cell != params.cell):
            raise _Ended("the next cell began before it was read")
        if time.monotonic() > ends:
            raise _Ended(f"reading it would take longer than {params.timeout_ms} ms")

    def work() -> requests.Digests:
        return requests.Digests(_digests(watcher, params.names, check))

    in_thread("livens-digest", work, answer)


def _digests(watcher: Watcher, names: list[str], check: Callable[[], None]) -> list[Digest]:
    view = watcher.view
    found = []
    for name in names:
        if view.is_hidden(name):
            continue
        if view.redactor.hides(name):
            found.append(Digest(name, gap="it is redacted"))
            continue
        try:
            check()
            digest = _digest(name, view.namespace.get(name), view.redactor.hides, check)
            for column in digest.columns:
                column.min, column.max = (
                    view.redactor.masked(end) if isinstance(end, str) else end
                    for end in (column.min, column.max)
                )
            check()
        except _Ended as ended:
            digest = Digest(name, gap=str(ended))
        found.append(digest)
    return found


def _digest(
    name: str, value: Any, hides: Callable[[str], bool], check: Callable[[], None]
) -> Digest:
    try:
        return digest_of(name, value, hides, check)
    except _Ended:
        raise
    except BaseException as err:  # noqa: BLE001 - a border: what a library does is its affair
        return Digest(name, gap=reason_of(err, "reading it"))
