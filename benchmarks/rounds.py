"""How often to measure, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import NamedTuple, TypeVar

from benchmarks.figures import ENOUGH
from benchmarks.kernels import Kernel
from benchmarks.revisions import Trees
from benchmarks.variants import AGAIN, ALL, Variant

T = TypeVar("T")


class Plan(NamedTuple):
    """Which of three sizes of everything to take: of the guard, the first look, the full run.

    Examples
    --------
    >>> Plan("quick").pick(guard=1, quick=5, full=40)
    5
    """

    name: str
    trees: Trees | None = None

    def pick(self, *, guard: T, quick: T, full: T) -> T:
        """Choose what this plan asks for."""
        return {"guard": guard, "quick": quick, "full": full}[self.name]

    def rounds(self, *, guard: int, quick: int, full: int) -> int:
        """Choose as `pick` does, but enough for a verdict where commits are compared.

        Examples
        --------
        >>> Plan("quick").rounds(guard=1, quick=2, full=20)
        2
        """
        asked = self.pick(guard=guard, quick=quick, full=full)
        return max(asked, ENOUGH) if self.trees else asked

    def kernels(self, variants: Sequence[Variant] = ALL) -> list[Variant]:
        """Choose the kernels: how far two equal ones are apart is a question of the full run.

        Where commits are compared, the kernel of the earlier one comes next to that of the later.
        """
        chosen = [variant for variant in variants if self.name == "full" or variant != AGAIN]
        if self.trees is None:
            return chosen
        return [kernel for variant in chosen for kernel in self.trees.kernels_of(variant)]


def in_turns(items: Sequence[T], number: int) -> list[T]:
    """Return the items in another order in each round, so that none runs twice in a row.

    What gets slower or faster over a while touches all of them alike, and no kernel finds its own
    caches warm: a stock kernel that did so every second time made `x = k` 0.3 ms dearer for all
    others.
    """
    first = number % len(items)
    turned = [*items[first:], *items[:first]]
    return turned if number % 2 == 0 else turned[::-1]


_seeds = count()


@contextmanager
def started(variants: Sequence[Variant]) -> Iterator[list[Kernel]]:
    """Start one kernel for each variant, all alive at once, and end them afterwards.

    They have the seed of their hashes in common, and the next ones have another.
    """
    seed = next(_seeds)
    with ExitStack() as stack:
        yield [stack.enter_context(Kernel(variant, seed)) for variant in variants]
