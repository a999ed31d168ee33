"""Measures of data: missing values, smallest, largest, mean, how many differ, and tests of items.

The data are a column of a table, an array of any shape, a series, or a list. They are looked at in
stretches, so that nothing large is copied and there is a look at the clock between two of them. The
stretches come in an order that is spread over all of the data: where the time is over before the
last one, those before it are a sample.

Missing values and NaN are counted by `nulls`, and left out of everything else.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from livens.exceptions import NotAllowed
from livens.values import passive
from livens.values.containers import container_of, copied
from livens.values.items import TableColumn, is_frame
from livens.values.masks import Items
from livens.values.tables.columns import ColumnValues, loaded_numpy, times, written
from livens.values.tables.comparing import (
    Coded,
    Comparable,
    NotComparable,
    Numbers,
    comparable,
)
from livens.values.tables.numpy import plain
from livens.values.tables.opening import source_of
from livens.values.tables.pace import Pace
from livens.values.tables.sources import Source

STRETCH = 100_000
"""How many items are looked at between two looks at the clock."""


class Unmeasured(Exception):
    """There is no such measure of a value; the text says why."""


class Data(NamedTuple):
    """What is measured.

    Attributes
    ----------
    total : int
        How many items there are.
    piece : callable
        Returns the items from a position up to another.
    """

    total: int
    piece: Callable[[int, int], ColumnValues]


class Measured(NamedTuple):
    """A measure.

    Attributes
    ----------
    value : bool, int, float or str
        What was found.
    looked_at, total : int
        How many items were looked at, of how many.
    """

    value: Any
    looked_at: int
    total: int


def columns_of(value: Any) -> tuple[Source, range]:
    """Return a frame as a source, and the positions of its columns."""
    source = source_of(value)
    return source, range(source.shape[1])


def is_measurable(value: Any) -> bool:
    """Return whether a value has items that can be measured.

    Examples
    --------
    >>> is_measurable([1, 2]), is_measurable("text")
    (True, False)
    """
    if type(value) is TableColumn or is_frame(value) or _is_array(value):
        return True
    base = container_of(value)
    return (base is not dict and base is not None) or _is_table(value)


def _is_table(value: Any) -> bool:
    try:
        source_of(value)
    except NotAllowed:
        return False
    return True


def _is_array(value: Any) -> bool:
    return type(value) is passive.module_contents("numpy").get("ndarray")


def data_of(value: Any) -> Data:
    """Return the data of a value.

    Raises
    ------
    Unmeasured
        If it has none, or several columns.
    """
    if type(value) is TableColumn:
        return _column_data(value.source, value.position)
    if is_frame(value):
        raise Unmeasured('it has columns; say of which, such as ["v"]')
    if _is_array(value) and not value.dtype.names:
        return _array_data(value)
    base = container_of(value)
    if base is not None and base is not dict:
        total = base.__len__(value)
        return Data(total, lambda start, stop: ColumnValues(copied(base, value, start, stop)))
    try:
        source = source_of(value)
    except NotAllowed:
        raise Unmeasured(
            f"it is of type {passive.class_name(type(value))}, of which there are no figures"
        ) from None
    if source.shape[1] != 1:
        raise Unmeasured('it has columns; say of which, such as ["v"]')
    return _column_data(source, 0)


def _column_data(source: Source, position: int) -> Data:
    return Data(source.shape[0], lambda start, stop: source.piece(position, range(start, stop)))


def _array_data(array: Any) -> Data:
    """Return the items of an array of any shape, as views where its memory allows."""
    flags = array.flags
    if array.ndim == 1:
        flat = array
    elif flags["C_CONTIGUOUS"]:
        flat = array.reshape(-1)
    elif flags["F_CONTIGUOUS"]:
        flat = array.T.reshape(-1)
    else:
        flat = array.flat  # a slice of it is a copy of that slice
    return Data(array.size, lambda start, stop: plain(flat[start:stop]))


class Measure:
    """Measure some data.

    Parameters
    ----------
    data : Data
        What to measure.
    clock : callable
        Seconds.
    until : float
        When to end, on the same clock; at least one stretch is looked at.

    Examples
    --------
    >>> import time
    >>> measure = Measure(data_of([3, 1, None]), time.monotonic, float("inf"))
    >>> measure.nulls(), measure.largest()
    (Measured(value=1, looked_at=3, total=3), Measured(value=3, looked_at=3, total=3))
    """

    def __init__(self, data: Data, clock: Callable[[], float], until: float) -> None:
        self._data = data
        self._clock = clock
        self._until = until
        self._looked_at = 0

    # -- figures ---------------------------------------------------------------------------

    def nulls(self) -> Measured:
        """Count the missing values, and NaN."""
        return self._measured(sum(_nulls(piece) for piece in self._pieces()))

    def smallest(self) -> Measured:
        """Return the smallest value."""
        return self._extreme(min)

    def largest(self) -> Measured:
        """Return the largest value."""
        return self._extreme(max)

    def mean(self) -> Measured:
        """Return the mean of numbers."""
        sums, count = [], 0
        for data in self._comparables():
            if data.kind not in ("number", "bool", "other"):
                raise Unmeasured(f"there is no mean of {data.kind} values")
            values = _present(data)
            if len(values):
                sums.append(_sum(values))
                count += len(values)
        self._need(count)
        return self._measured(_total(sums) / count)

    def unique(self) -> Measured:
        """Count the different values."""
        distinct = _Distinct()
        for data in self._comparables():
            distinct.add(_present(data))
        return self._measured(distinct.count())

    def holds(self, test: Callable[[Items], Any], *, for_all: bool) -> Measured:
        """Return whether a test holds for any item, or for all; ends where that is known."""
        for data in self._comparables():
            mask = test(Items(data))
            found = all(mask) if type(mask) is list else bool(mask.all())
            if not for_all:
                found = any(mask) if type(mask) is list else bool(mask.any())
            if found is not for_all:
                return Measured(found, self._data.total, self._data.total)
        return self._measured(for_all)

    # -- stretches -------------------------------------------------------------------------

    def _extreme(self, choose: Callable[..., Any]) -> Measured:
        best: Any = None
        told: Any = None
        for data in self._comparables():
            values = _present(data)
            if not len(values):
                continue
            if type(values) is list:
                value = choose(values)
            else:
                value = values.min() if choose is min else values.max()
            if told is None or _comes_first(value, best, choose):
                best, told = value, _told(data, value)
        self._need(told is not None)
        return self._measured(told)

    def _need(self, there_are_any: object) -> None:
        if not there_are_any:
            raise Unmeasured("it holds no values")

    def _measured(self, value: Any) -> Measured:
        return Measured(value, self._looked_at, self._data.total)

    def _comparables(self) -> Iterator[Comparable]:
        kinds = set()
        for piece in self._pieces():
            try:
                data = comparable(piece, Pace())
            except NotComparable as err:
                raise Unmeasured(str(err)) from None
            kinds.add(data.kind)
            if len(kinds - {"other"}) > 1:
                raise Unmeasured(f"it holds values of different kinds: {', '.join(sorted(kinds))}")
            yield data

    def _pieces(self) -> Iterator[ColumnValues]:
        total, self._looked_at = self._data.total, 0
        for number in spread_out(-(-total // STRETCH)):
            if self._looked_at and self._clock() > self._until:
                return
            start = number * STRETCH
            stop = min(start + STRETCH, total)
            yield self._data.piece(start, stop)
            self._looked_at += stop - start


def spread_out(count: int) -> Iterator[int]:
    """Return the numbers below *count*, each once, in an order in which the first are far apart.

    Examples
    --------
    >>> list(spread_out(8))
    [0, 5, 2, 7, 4, 1, 6, 3]
    """
    step = max(1, round(count * 0.618))
    while math.gcd(step, count) > 1:
        step += 1
    return (number * step % count for number in range(count))


def _nulls(piece: ColumnValues) -> int:
    try:
        mask: Any = comparable(piece, Pace()).null_mask()
    except NotComparable:
        return sum(value is None for value in written(piece, lambda value: ""))
    return sum(mask) if type(mask) is list else int(mask.sum())


def _present(data: Comparable) -> Any:
    """Return the values that are not missing: an array, or a list."""
    if isinstance(data, Numbers):
        return data.values[~data.nulls] if data.has_nulls else data.values
    if isinstance(data, Coded):
        return data.keys[data.keys >= 0]
    return [value for value in data.values if value is not None]


def _sum(values: Any) -> float:
    if type(values) is list:
        try:
            numbers = list(map(float, values))
        except OverflowError:
            raise Unmeasured("its numbers are too large for a mean") from None
        return _total(numbers)
    with loaded_numpy().errstate(all="ignore"):
        return float(values.sum(dtype="f8"))


def _total(sums: list[float]) -> float:
    try:
        return math.fsum(sums)
    except (OverflowError, ValueError):  # infinities of both signs, or too many
        return sum(sums)


def _comes_first(value: Any, best: Any, choose: Callable[..., Any]) -> bool:
    try:
        return bool(value < best) if choose is min else bool(value > best)
    except TypeError:
        raise Unmeasured("it holds values of different kinds") from None


def _told(data: Comparable, value: Any) -> Any:
    """Return a value as a condition compares it; times as text in ISO 8601."""
    if isinstance(data, Coded):
        value = data.labels[value]
    elif isinstance(data, Numbers):
        if data.kind != "time":
            return value.item()
        if value.dtype.kind == "m":
            raise Unmeasured("spans of time are not compared")
        return times(loaded_numpy().stack([value]), data.zone)[0]
    if type(value) in (datetime.datetime, datetime.date):
        return value.isoformat()
    if type(value) not in (bool, int, float, str):
        raise Unmeasured(f"values of type {passive.class_name(type(value))} are not compared")
    return value


class _Distinct:
    """Counts different values, of pieces that are arrays or lists."""

    def __init__(self) -> None:
        self._seen: set[Any] = set()
        self._arrays: list[Any] = []
        self._merged = 0

    def add(self, values: Any) -> None:
        if type(values) is list:
            self._seen.update(values)
            return
        self._arrays.append(loaded_numpy().unique(values))
        if sum(map(len, self._arrays)) > 2 * self._merged + STRETCH:
            self._merge()

    def _merge(self) -> None:
        numpy = loaded_numpy()
        self._arrays = [numpy.unique(numpy.concatenate(self._arrays))]
        self._merged = len(self._arrays[0])

    def count(self) -> int:
        if self._arrays:
            self._merge()
        return len(self._seen) + self._merged
