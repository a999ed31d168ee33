"""Asks the kernel for the digests of what cells changed, while it rests between two cells.

The next cell waits for them a moment: as long as it takes, and no longer than a small part of what
the cell itself took (`budget_s`). What the kernel has not read until then it gives up when the next
cell begins, and says so. When the run is over it is asked for what was not read until then, and for
what may have changed since.

It is not asked for the digests of small values, which have come with the update of the cell, nor
for those of objects of a class that it once could not look into.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from livens.client.asynchronous import AsyncWatch
from livens.exceptions import LivensError
from livens.protocol.digests import needs_digest, opaque_gap
from livens.protocol.requests import Digests, Environment
from livens.protocol.types import ChangeSet, Digest, Variable

SHARE = 0.02
"""The part of a cell's time, and of the run's, that reading what it changed may take besides."""

LEAST_S = 0.05
"""So long it may take after any cell."""

FIRST_S = 0.2
"""So long it may take the first time, when the kernel loads what it needs."""

LEAST_AT_END_S = 0.5
"""So long it may take at the end of the run."""

MAX_NAMES = 1_000
"""Of so many variables digests are asked for at once."""

_ANSWER_S = 2.0
"""How long the kernel may take beyond that to answer, before nobody waits for it any more."""

OnDigests = Callable[[list[Digest], int | None], None]
"""Gets digests, and the number of the cell at whose end they were so; None for the run's."""


def budget_s(seconds: float, least: float = LEAST_S) -> float:
    """Return how long reading may take after something that took so many seconds.

    Examples
    --------
    >>> budget_s(0.1), budget_s(60.0)
    (0.05, 1.2)
    """
    return max(least, seconds * SHARE)


class DigestRequests:
    """Asks for the digests of one run.

    Parameters
    ----------
    on_digests : callable
        Gets them; also after the cell, where the kernel was slow to answer.
    """

    def __init__(self, on_digests: OnDigests) -> None:
        self._on_digests = on_digests
        self._changed: dict[str, None] = {}
        self._known: set[str] = set()
        self._seen: dict[str, Variable] = {}
        self._opaque: set[tuple[str, str]] = set()
        self._sent: dict[str, dict[str, Digest]] = {}
        self._was_asked = False
        self._late: set[asyncio.Task[None]] = set()

    def note(self, change_set: ChangeSet) -> None:
        """Note what has changed since the last cell, and which digests have come with it."""
        for variable in change_set.changed:
            name = variable.name
            if self._seen.get(name) == variable:
                continue  # a refresh tells what is known as well
            self._seen[name] = variable
            self._not_known(name)
            if needs_digest(variable):
                self._changed[name] = None
        for name in change_set.removed:
            self._changed.pop(name, None)
            self._seen.pop(name, None)
            self._not_known(name)
        for unevaluated in change_set.unevaluated:
            # It may have changed: what was read of it before does not count.
            self._not_known(unevaluated.name)
            if unevaluated.name in self._seen and needs_digest(self._seen[unevaluated.name]):
                self._changed[unevaluated.name] = None
        if change_set.cell is not None:
            sent = self._sent.setdefault(change_set.cell.msg_id, {})
            sent.update((digest.name, digest) for digest in change_set.digests)

    def _not_known(self, name: str) -> None:
        self._known.discard(name)
        for sent in self._sent.values():
            sent.pop(name, None)

    async def after_cell(self, watch: AsyncWatch, cell: str, number: int, seconds: float) -> None:
        """Ask for what a cell changed, and wait a moment for it.

        Parameters
        ----------
        watch : AsyncWatch
            The kernel's.
        cell : str
            The id of the cell's request.
        number : int
            The cell in the record.
        seconds : float
            How long it took.
        """
        changed, self._changed = list(self._changed)[:MAX_NAMES], {}
        sent, self._sent = self._sent.get(cell, {}), {}
        if sent:
            self._take(list(sent.values()), number)
        names = self._readable([name for name in changed if name not in sent], number)
        if not names:
            return
        budget = budget_s(seconds, LEAST_S if self._was_asked else FIRST_S)
        self._was_asked = True
        asking = asyncio.create_task(self._ask(watch, names, budget, cell=cell, number=number))
        done, _ = await asyncio.wait([asking], timeout=budget)
        if not done:
            self._late.add(asking)
            asking.add_done_callback(self._late.discard)

    async def at_end(
        self, watch: AsyncWatch, variables: Iterable[Variable], seconds: float
    ) -> None:
        """Ask for all variables that are not known as they are; waits for the answer."""
        if self._late:
            await asyncio.wait(self._late, timeout=_ANSWER_S)
        names = [
            variable.name
            for variable in variables
            if variable.name not in self._known and needs_digest(variable)
        ]
        names = self._readable(names[:MAX_NAMES], None)
        if names:
            await self._ask(watch, names, budget_s(seconds, LEAST_AT_END_S))

    def _readable(self, names: list[str], number: int | None) -> list[str]:
        """Return what is to be asked for; of the rest, tell at once that nothing is known."""
        found, told = [], []
        for name in names:
            variable = self._seen.get(name)
            if variable is not None and _class_of(variable) in self._opaque:
                told.append(Digest(name, gap=opaque_gap(variable.type)))
            else:
                found.append(name)
        if told:
            self._on_digests(told, number)
        return found

    async def _ask(
        self,
        watch: AsyncWatch,
        names: list[str],
        budget: float,
        *,
        cell: str = "",
        number: int | None = None,
    ) -> None:
        timeout_ms = min(60_000, max(1, round(budget * 1000)))
        # An older kernel has no such request; and one that has gone is told by the watch itself.
        with suppress(LivensError, TimeoutError):
            answer = await watch.request(
                "digest", names=names, cell=cell, timeout_ms=timeout_ms, timeout=budget + _ANSWER_S
            )
            assert isinstance(answer, Digests)
            self._take(answer.digests, number)

    def _take(self, digests: list[Digest], number: int | None) -> None:
        """Note what is known by digests that the kernel has sent, and pass them on."""
        for digest in digests:
            seen = self._seen.get(digest.name)
            # What has changed since a slow answer was asked for is not known by it.
            if digest.hash and digest.name not in self._changed:
                self._known.add(digest.name)
            # Of one that holds another object by now, the class in the gap is another.
            elif seen is not None and not digest.hash and digest.gap == opaque_gap(seen.type):
                self._opaque.add(_class_of(seen))
        self._on_digests(digests, number)


def _class_of(variable: Variable) -> tuple[str, str]:
    return variable.module, variable.type


async def ask_environment(watch: AsyncWatch) -> Environment | None:
    """Return where the code runs; None if the kernel does not say."""
    with suppress(LivensError, TimeoutError):
        answer = await watch.request("environment", timeout=_ANSWER_S)
        assert isinstance(answer, Environment)
        return answer
    return None
