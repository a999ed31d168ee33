"""Digests of variables for a client that records, worked out while the user's code rests.

A digest is of what a variable holds at the end of one cell. So the work ends as soon as the next
cell begins, and then the digest says that it was not read. It goes on in a thread of its own, in
which nobody waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from livens.kernel.timed_work import Answer, in_thread
from livens.protocol import requests
from livens.protocol.types import Digest
from livens.watching.digesting import NotRead, digest_in
from livens.watching.watcher import Watcher


def start_digesting(watcher: Watcher, params: requests.DigestParams, answer: Answer) -> None:
    """Read variables in a thread of its own, and answer with their digests; returns at once."""
    ends = time.monotonic() + params.timeout_ms / 1000

    def check() -> None:
        if watcher.is_busy or (params.cell and watcher.last_cell != params.cell):
            raise NotRead("the next cell began before it was read")
        if time.monotonic() > ends:
            raise NotRead(f"reading it would take longer than {params.timeout_ms} ms")

    def work() -> requests.Digests:
        return requests.Digests(_digests(watcher, params.names, check))

    in_thread("livens-digest", work, answer)


def _digests(watcher: Watcher, names: list[str], check: Callable[[], None]) -> list[Digest]:
    found = []
    for name in names:
        if watcher.view.is_hidden(name):
            continue
        try:
            digest = digest_in(watcher.view, name, check)
            check()
        except NotRead as reason:
            digest = Digest(name, gap=str(reason))
        found.append(digest)
    return found
