"""Sorting in pieces, so that it can be watched and given up, and the GIL is not kept for long."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

from livens.values.tables.columns import loaded_numpy
from livens.values.tables.pace import Pace

STRETCH = 5_000
"""How many values Python handles in one piece: a millisecond or two."""

_PIECE = 100_000
"""How many values numpy sorts in one piece: about 0.02 s without the GIL."""

_SAMPLE = 16
"""So many values for each bucket tell where it begins."""

_MOST_BUCKETS = 65_000


def stretches(values: list[Any], pace: Pace) -> Iterator[list[Any]]:
    """Yield the values in stretches, with a step of the pace after each."""
    for start in range(0, len(values), STRETCH):
        yield values[start : start + STRETCH]
        pace.step(start / len(values))


def sorted_values(values: list[Any], pace: Pace) -> list[Any]:
    """Return the values sorted: `list.sort` would keep the GIL until it is done.

    Examples
    --------
    >>> sorted_values([2, 3, 1], Pace())
    [1, 2, 3]
    """
    runs = []
    for stretch in stretches(values, pace):
        stretch.sort()
        runs.append(stretch)
    if len(runs) <= 1:
        return runs[0] if runs else []
    merged = []
    for position, value in enumerate(heapq.merge(*runs)):
        if position % STRETCH == 0:
            pace.step(position / len(values))
        merged.append(value)
    return merged


def stable_order(values: Any, pace: Pace, *, descending: bool = False) -> Any:
    """Return the positions that sort an array; equal values stay in their order.

    Parameters
    ----------
    values : ndarray
        Without missing values, of a dtype that numpy sorts without the GIL.
    pace : Pace
        Asked after each million values.
    descending : bool
        Largest first.
    """
    if descending:  # backwards twice: the order of equal ones stays what it was
        return len(values) - 1 - stable_order(values[::-1], pace)[::-1]
    if len(values) <= _PIECE:
        order = values.argsort(kind="stable")
        pace.step_aside(1.0)
        return order
    return _order_by_buckets(values, pace)


def _order_by_buckets(values: Any, pace: Pace) -> Any:
    """Put each value into a bucket of its own range first, and sort bucket by bucket."""
    numpy: Any = loaded_numpy()
    count = len(values)
    buckets = min(2 * -(-count // _PIECE), _MOST_BUCKETS)
    sample = values[:: max(1, count // (buckets * _SAMPLE))].copy()
    sample.sort()
    bounds = sample[numpy.arange(1, buckets) * len(sample) // buckets]
    bucket_of = numpy.empty(count, dtype="u2")
    for start in range(0, count, _PIECE):
        stop = start + _PIECE
        bucket_of[start:stop] = bounds.searchsorted(values[start:stop], side="right")
        pace.step_aside(start / count / 3)
    grouped = bucket_of.argsort(kind="stable")
    pace.step_aside(1 / 3)
    ends = numpy.bincount(bucket_of, minlength=buckets).cumsum().tolist()
    start = 0
    for end in ends:
        places = grouped[start:end]
        grouped[start:end] = places[values[places].argsort(kind="stable")]
        start = end
        pace.step_aside(1 / 3 + end / count * 2 / 3)
    return grouped
