"""Statistics: what can be told of one column, or of all values of an array.

The values are in one of the three forms of `livens.values.tables.comparing`. Numbers and times
are sorted once, in pieces, and all else is read off the sorted values; texts are counted in a
dict. Nothing of the user's is compared: a column of other objects has no statistics but the
number of its missing values.

Copies are made of the one column. Of more than `MOST_VALUES` values an evenly spaced sample is
taken in any case, and told: sorting them takes several times their memory.
"""

from __future__ import annotations

import datetime
import heapq
import math
from typing import Any

from livens.exceptions import InvalidParams, NotAllowed
from livens.protocol.redaction import WriteText, unmasked
from livens.protocol.requests import TableParams
from livens.protocol.table_requests import (
    Histogram,
    Quantile,
    Scalar,
    Statistics,
    StatisticsParams,
    TopValue,
)
from livens.values.summaries import WriteShort
from livens.values.tables.cell_values import cell
from livens.values.tables.columns import ColumnValues, listed, loaded_numpy, times
from livens.values.tables.comparing import (
    Coded,
    Comparable,
    NotComparable,
    Numbers,
    Objects,
    comparable,
    spread,
)
from livens.values.tables.pace import Pace
from livens.values.tables.page import PageReader
from livens.values.tables.sorting import sorted_values, stable_order, stretches

PARTS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The quantiles that are told."""

MOST_VALUES = 10_000_000
"""So many values are sorted at the most: about two seconds, and half a gigabyte."""

_ROW_NS = {"number": 300, "bool": 40, "time": 300, "text": 500, "other": 500}


class StatisticsReader(PageReader):
    """Read the statistics of one table; see `PageReader`."""

    def statistics(self, params: StatisticsParams) -> Statistics:
        """Read the statistics of a column, or of all values of an array.

        Raises
        ------
        InvalidParams
            If there is no such column, or a filter does not fit its column.
        NotAllowed
            If the column is redacted, or all values were asked for and they are no numbers.
        TookTooLong, NotWanted, RequestError
            As `PageReader.read`.
        """
        try:
            return self._statistics(params)
        except (IndexError, KeyError, ValueError) as err:
            raise self._changed(err) from None

    def _statistics(self, params: StatisticsParams) -> Statistics:
        seconds = params.timeout_ms / 1000 * 0.35 if params.sample else float("inf")
        ends = self._clock() + seconds
        if params.column is None:
            return self._of_all(params, ends)
        column, label = params.column, ""
        page = TableParams(
            path=params.path, columns=[column], filters=params.filters, sample=params.sample,
            timeout_ms=params.timeout_ms, limit=0,
        )  # fmt: skip
        self._columns(page)
        label = self._label(column)
        if self._hides(label):
            raise NotAllowed(
                f"Column '{label[:100]}' is redacted",
                expected="a column whose label no redact pattern matches",
                remedy="Change c.LivensKernel.redact if it is no secret.",
            )
        rows, sampled = self._rows(page, ends)
        every = self._spacing(len(rows), self._source.kind(column), ends)
        piece = self._piece(column, rows.sample(every))
        found = self._summed(piece, params)
        if sampled is not None or every > 1:
            found.sampled = found.rows
        return found

    def _of_all(self, params: StatisticsParams, ends: float) -> Statistics:
        values = getattr(self._source, "all_values", None)
        if values is None or params.filters:
            raise InvalidParams(
                "No column was named, and this is no array, or filters were given",
                expected="the position of a column; only an array of numbers has all its values "
                "in one, and no filters then",
            )
        every = self._spacing(values.size, self._source.kind(0), ends)
        found = self._summed(self._source.some_of_all(every), params)  # type: ignore[attr-defined]
        if every > 1:
            found.sampled = found.rows
        return found

    def _spacing(self, count: int, kind: str, ends: float) -> int:
        """Return how far apart the values are that are looked at."""
        every = self._every(count, _ROW_NS[kind] * self._pace.slowness, ends)
        return max(min(every, max(1, count // 1_000)), -(-count // MOST_VALUES))

    def _summed(self, piece: ColumnValues, params: StatisticsParams) -> Statistics:
        self._pace.start(1.0)
        with self._pace.part("summing up", 1.0):
            try:
                data = comparable(piece, self._pace)
            except NotComparable as err:
                return Statistics(len(piece.values), _missing_of(piece), reason=str(err))
            return describe(
                data,
                params.bins,
                params.top,
                preview=self._preview,
                masked=self._masked,
                pace=self._pace,
            )


def _missing_of(piece: ColumnValues) -> int:
    nulls = [False] * len(piece.values) if piece.nulls is None else listed(piece.nulls)
    pairs = zip(listed(piece.values), nulls, strict=True)
    return sum(is_null or value is None for value, is_null in pairs)


def describe(
    data: Comparable,
    bins: int,
    top: int,
    *,
    preview: WriteShort = repr,
    masked: WriteText = unmasked,
    pace: Pace | None = None,
) -> Statistics:
    """Return the statistics of values.

    Parameters
    ----------
    data : Numbers, Coded or Objects
        The values.
    bins, top : int
        How many bars, and how many of the most frequent values.
    preview, masked : callable
        How a value is written; a text without the secrets in it.
    pace : Pace, optional
        Asked between two pieces of the work.

    Examples
    --------
    >>> found = describe(Objects([3, 1, None, 1], "number", Pace()), 2, 1)
    >>> found.unique, found.mean, found.top
    (2, 1.6666666666666667, [TopValue(value=1, count=2)])
    """
    work = _Work(bins, top, preview, masked, pace or Pace())
    if isinstance(data, Numbers):
        return work.of_numbers(data)
    return work.of_codes(data) if isinstance(data, Coded) else work.of_objects(data)


class _Work:
    """What `describe` does for each form of values."""

    def __init__(
        self, bins: int, top: int, preview: WriteShort, masked: WriteText, pace: Pace
    ) -> None:
        self._bins, self._top, self._pace = bins, top, pace
        self._preview, self._masked = preview, masked
        self._numpy = loaded_numpy()

    def _cell(self, value: Any) -> Scalar:
        return cell(value, self._preview, self._masked)

    # -- arrays ------------------------------------------------------------------------------

    def of_numbers(self, data: Numbers) -> Statistics:
        values = data.values
        present = values[~data.nulls] if data.has_nulls else values
        found = Statistics(len(values), len(values) - len(present))
        if len(present):
            ordered = present[stable_order(present, self._pace)]
            self._add_counts(found, data, ordered)
            if data.kind == "time":
                self._add_times(found, data, ordered)
            else:
                self._add_numbers(found, data, ordered)
        return found

    def _add_counts(self, found: Statistics, data: Numbers, ordered: Any) -> None:
        """Add how many different values there are, and the most frequent ones."""
        numpy = self._numpy
        starts = numpy.concatenate([[0], (ordered[1:] != ordered[:-1]).nonzero()[0] + 1])
        counts = numpy.diff(starts, append=len(ordered))
        found.unique = len(starts)
        best = (-counts).argsort(kind="stable")[: self._top]
        chosen = self._written(data, ordered[starts[best]])
        found.top = [TopValue(v, n) for v, n in zip(chosen, counts[best].tolist(), strict=True)]

    def _written(self, data: Numbers, values: Any) -> list[Scalar]:
        if data.kind == "time":
            return times(values, data.zone)
        return [self._cell(value) for value in values.tolist()]

    def _add_numbers(self, found: Statistics, data: Numbers, ordered: Any) -> None:
        numpy = self._numpy
        found.min, found.max = self._written(data, ordered[[0, -1]])
        with numpy.errstate(all="ignore"):
            floats = ordered.astype("f8", copy=False)
            found.mean = _finite(floats.mean())
            if data.kind == "bool":
                return
            found.std = _finite(floats.std(ddof=1)) if len(floats) > 1 else None
            found.zeros = int((ordered == 0).sum())
            found.negatives = int((ordered < 0).sum())
            found.infinities = int(numpy.isinf(floats).sum())
            found.quantiles = [
                Quantile(part, self._cell(float(value)))
                for part, value in zip(PARTS, _between(floats, PARTS), strict=True)
            ]
        self._pace.step_aside(0.9)
        found.histogram = data.histogram(ordered, self._bins)

    def _add_times(self, found: Statistics, data: Numbers, ordered: Any) -> None:
        """Add the figures of times, which are counted from the first one."""
        numpy, zone = self._numpy, data.zone
        found.min, found.max = times(ordered[[0, -1]], zone)
        unit = numpy.timedelta64(1, numpy.datetime_data(ordered.dtype)[0])
        step = numpy.datetime_data(ordered.dtype)[1]
        ticks = (ordered - ordered[0]) // unit // step
        floats = ticks.astype("f8")

        def written(offsets: Any) -> list[Any]:
            spans = numpy.rint(offsets).astype("i8") * step
            return list(times(ordered[0] + spans * unit, zone))

        found.mean = written(numpy.array([floats.mean()]))[0]
        if len(floats) > 1:
            span = numpy.rint(floats.std(ddof=1)).astype("i8") * step * unit
            found.std = str(times(numpy.array([span]), None)[0])
        places = numpy.array([floats[round(part * (len(floats) - 1))] for part in PARTS])
        found.quantiles = [
            Quantile(part, value) for part, value in zip(PARTS, written(places), strict=True)
        ]
        counts, edges = numpy.histogram(floats, self._bins)
        found.histogram = Histogram(edges.tolist(), counts.tolist())
        found.edges = [str(text) for text in written(edges)]

    # -- categories --------------------------------------------------------------------------

    def of_codes(self, data: Coded) -> Statistics:
        numpy = self._numpy
        present = data.keys[data.keys >= 0]
        found = Statistics(len(data.keys), len(data.keys) - len(present))
        if not len(present):
            return found
        counts = numpy.bincount(present, minlength=len(data.labels))
        used = counts.nonzero()[0]
        found.unique = len(used)
        found.min, found.max = (self._cell(data.labels[code]) for code in (used[0], used[-1]))
        best = used[(-counts[used]).argsort(kind="stable")][: self._top]
        found.top = [TopValue(self._cell(data.labels[code]), int(counts[code])) for code in best]
        return found

    # -- objects of Python -------------------------------------------------------------------

    def of_objects(self, data: Objects) -> Statistics:
        present = [value for value in data.values if value is not None]
        found = Statistics(len(data.values), len(data.values) - len(present))
        if not present:
            return found
        counts: dict[Any, int] = {}
        for stretch in stretches(present, self._pace):
            for value in stretch:
                counts[value] = counts.get(value, 0) + 1
        found.unique = len(counts)
        best = heapq.nlargest(self._top, counts, key=counts.__getitem__)
        found.top = [TopValue(self._cell(value), counts[value]) for value in best]
        ordered = sorted_values(list(counts), self._pace)
        found.min, found.max = self._cell(ordered[0]), self._cell(ordered[-1])
        if data.kind == "text":
            self._add_lengths(found, counts)
        elif data.kind == "time":
            self._add_moments(found, ordered, counts)
        elif data.kind in ("number", "bool"):
            self._add_objects(found, present, is_bool=data.kind == "bool")
        return found

    def _add_lengths(self, found: Statistics, counts: dict[Any, int]) -> None:
        lengths: list[float] = []
        for stretch in stretches(list(counts), self._pace):
            for text in stretch:
                lengths += [len(text)] * counts[text]
        found.shortest, found.longest = int(min(lengths)), int(max(lengths))
        found.mean_length = sum(lengths) / len(lengths)
        found.histogram = spread(lengths, self._bins)

    def _add_objects(self, found: Statistics, present: list[Any], *, is_bool: bool) -> None:
        try:
            numbers = list(map(float, present))
        except OverflowError:
            found.reason = "some of its integers are beyond the range of floats"
            return
        count = len(numbers)
        mean = math.fsum(numbers) / count if all(map(math.isfinite, numbers)) else math.nan
        found.mean = _finite(mean)
        if is_bool:
            return
        if count > 1 and math.isfinite(mean):
            found.std = _finite(
                math.sqrt(math.fsum((n - mean) ** 2 for n in numbers) / (count - 1))
            )
        found.zeros = sum(number == 0 for number in numbers)
        found.negatives = sum(number < 0 for number in numbers)
        found.infinities = sum(map(math.isinf, numbers))
        ordered = sorted_values(numbers, self._pace)
        found.quantiles = [
            Quantile(part, self._cell(value))
            for part, value in zip(PARTS, _between(ordered, PARTS), strict=True)
        ]
        found.histogram = spread(list(filter(math.isfinite, ordered)), self._bins)

    def _add_moments(self, found: Statistics, ordered: list[Any], counts: dict[Any, int]) -> None:
        """Add the figures of dates, times and spans of Python's."""
        first = ordered[0]
        seconds: list[float] = []
        for moment in ordered:
            seconds += [(moment - first).total_seconds()] * counts[moment]

        def written(offset: float) -> str:
            return str(self._cell(first + datetime.timedelta(seconds=offset)))

        count = len(seconds)
        mean = math.fsum(seconds) / count
        found.mean = written(mean)
        if count > 1:
            variance = math.fsum((second - mean) ** 2 for second in seconds) / (count - 1)
            found.std = str(datetime.timedelta(seconds=math.sqrt(variance)))
        found.quantiles = [
            Quantile(part, written(seconds[round(part * (count - 1))])) for part in PARTS
        ]
        found.histogram = spread(seconds, self._bins)
        if found.histogram is not None:
            found.edges = [written(edge) for edge in found.histogram.edges]


def _finite(number: Any) -> float | None:
    return float(number) if math.isfinite(number) else None


def _between(ordered: Any, parts: tuple[float, ...]) -> list[float]:
    """Return quantiles of sorted numbers, by linear interpolation.

    Examples
    --------
    >>> _between([1.0, 2.0, 4.0], (0.0, 0.5, 0.75, 1.0))
    [1.0, 2.0, 3.0, 4.0]
    """
    last = len(ordered) - 1
    found = []
    for part in parts:
        place = part * last
        low = int(place)
        below, above = float(ordered[low]), float(ordered[min(low + 1, last)])
        weight = place - low
        between = below if weight == 0 or below == above else below + (above - below) * weight
        found.append(between)
    return found
