"""Two kernels and a program that write the same names at once, and whether they end up agreeing."""

from __future__ import annotations

import ast
import threading
from typing import Any

import livens.state
from livens.state.stores.shared_values import Change
from livens.testing import KernelClient

NAMES = 100

WRITES = """
import time
for i in range({writes}):
    globals()["n%d" % (i % {names})] = ({me!r}, i)
    if i % 10 == 0:
        time.sleep(0.001)
"""

SHARES = """
import livens
livens.share("n*", store={url!r}, when="now")
"""

STATE = """
print({name: value for name, value in globals().items() if name[0] == "n" and name[1:].isdigit()})
"""


class Seen:
    """What somebody who watches was told, by name."""

    def __init__(self, url: str) -> None:
        self.changes: list[Change] = []
        self._stop = threading.Event()
        self._store = livens.state.open(url, source="who watches")
        self._coming = self._store.watch(since=0, stop=self._stop)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for change in self._coming:
            self.changes.append(change)

    def close(self) -> None:
        """End, after what is still on its way."""
        self._stop.set()
        self._thread.join()
        self._store.close()

    def disorders(self) -> list[str]:
        """Return what came in another order than it was written in."""
        found = []
        last: dict[str, int] = {}
        newest: dict[tuple[str, str], int] = {}
        for change in self.changes:
            if change.position <= last.get(change.name, 0):
                found.append(f"{change.name}: position {change.position} after {last[change.name]}")
            last[change.name] = change.position
            who, number = change.value
            if number <= newest.get((change.name, who), -1):
                found.append(f"{change.name}: {who} {number} after {newest[change.name, who]}")
            newest[change.name, who] = number
        return found


def write_at_once(kernels: list[KernelClient], url: str, writes: int) -> None:
    """Have each kernel and this program write all the names again and again, at the same time."""
    for kernel in kernels:
        assert kernel.execute(SHARES.format(url=url)).error is None
    running = [
        kernel.start(WRITES.format(writes=writes, names=NAMES, me=f"kernel {number}"))
        for number, kernel in enumerate(kernels)
    ]
    with livens.state.open(url, source="a program") as store:
        for number in range(writes):
            store.set(f"n{number % NAMES}", ("a program", number))
    for kernel, request in zip(kernels, running, strict=True):
        assert kernel.finish(request).error is None


def state_of(kernel: KernelClient) -> dict[str, Any]:
    """Return the names of a kernel with their values."""
    text = kernel.execute(STATE).stdout.partition("\n")[0]  # below it are conflicts
    found: dict[str, Any] = ast.literal_eval(text)
    return found


def agree(kernels: list[KernelClient], url: str) -> dict[str, Any]:
    """Wait until all have the same values; returns them. The time limit of the test ends it."""
    with livens.state.open(url) as store:
        while True:
            states = [state_of(kernel) for kernel in kernels]
            there = {name: change.value for name, change in store.get_many().items()}
            if all(state == there for state in states) and len(there) == NAMES:
                return there
