"""Whole rounds through a value, chunk by chunk."""

from __future__ import annotations

from typing import Any

from livens.values.checksums import ChunkSums


def differing_places(sums: ChunkSums, value: object) -> list[tuple[Any, ...]]:
    """Make a whole round; return where the value differs."""
    places = []
    while True:
        step = sums.step(value)
        places += [step.place] if step.differs else []
        if step.is_over:
            return places
