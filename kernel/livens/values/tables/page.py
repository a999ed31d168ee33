"""The page: filter, sort, cut out, sum up; in this order.

All rows take part, however long that takes; a `Pace` tells how far the work is, and ends it when
nobody waits any more. A client may choose a sample instead. Then it is estimated before each
costly step how many rows fit into the client's time. Where not all do, an evenly spaced sample is
taken and the answer says how many rows it has; the same is done once more, with a tenth of the
rows, when the estimate was wrong. A sample below `_SMALLEST_SAMPLE` rows tells nothing: then the
client is told that it took too long.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from livens.exceptions import InvalidParams, NotAllowed, RequestError, TookTooLong
from livens.protocol.redaction import WriteText, unmasked
from livens.protocol.requests import Column, Table, TableParams
from livens.protocol.table_requests import Comparison, Filter, Scalar
from livens.protocol.types import REDACTED
from livens.values.passive import name_of
from livens.values.summaries import WriteShort
from livens.values.tables.arrangement import Arrangement, is_sorted
from livens.values.tables.cell_values import cell, cut
from livens.values.tables.columns import ColumnValues, listed, texts, written
from livens.values.tables.comparing import Comparable, NotComparable, comparable
from livens.values.tables.filter_values import comparisons, either, mask_of
from livens.values.tables.finding import find
from livens.values.tables.levels import column_levels, row_levels
from livens.values.tables.pace import Clock, OutOfTime, Pace
from livens.values.tables.rows import Rows
from livens.values.tables.sorting import STRETCH
from livens.values.tables.sources import RowPositions, Source

logger = logging.getLogger(__name__)

_COLUMNS = 50
"""How many columns are sent where the client does not say which."""

_SMALLEST_SAMPLE = 1_000

_SHARE = 0.35
"""The part of the client's time that a sample may fill: beside a cell all takes longer."""

_SMALLEST_SHARE = 0.05
"""The part that each further attempt may take, where the one before took all of it."""

_LAST_SHARE = 0.9
"""The part of the client's time after which the smallest sample is given up."""

# Nanoseconds for each row, measured on a slow machine; docs/performance.md has the figures.
_SORT_NS = {"number": 250, "bool": 60, "time": 250, "text": 2_500, "other": 2_500}
_FILTER_NS = {"number": 15, "bool": 15, "time": 15, "text": 400, "other": 400}
_SUMMARY_NS = {"number": 30, "bool": 20, "time": 20, "text": 200, "other": 200}


class PageReader:
    """Read pieces of one table.

    Parameters
    ----------
    source : Source
        The table.
    hides : callable
        Told the label of a column; where it says yes, no value of it is shown or compared.
    preview : callable
        Describes a value that is no scalar.
    clock : callable
        Seconds.
    masked : callable
        Returns a text without the secrets in it; by default all of it.
    pace : Pace, optional
        Asked between two pieces of the work.
    known : Arrangement, optional
        What the same filters and sorting gave for the table before, if it has not been told to
        have changed since.

    Attributes
    ----------
    arrangement : Arrangement or None
        What filters and sorting gave; None where there were none, or a sample was taken.
    """

    def __init__(
        self,
        source: Source,
        hides: Callable[[str], bool],
        preview: WriteShort,
        clock: Clock,
        *,
        masked: WriteText = unmasked,
        pace: Pace | None = None,
        known: Arrangement | None = None,
    ) -> None:
        self._source = source
        self._hides = hides
        self._masked = masked
        self._preview = preview
        self._clock = clock
        self._pace = pace or Pace(clock)
        self.arrangement = known if known and known.shape == source.shape else None

    def read(self, params: TableParams) -> Table:
        """Read a page.

        Raises
        ------
        InvalidParams
            If there is no such column, or a filter does not fit its column.
        NotAllowed
            If a column must not be sorted or filtered by.
        TookTooLong
            If not even a sample could be sorted and filtered in time.
        NotWanted
            If nobody waits for the page any more.
        RequestError
            If the table changed while it was read.
        """
        try:
            return self._read(params)
        except (IndexError, KeyError, ValueError) as err:
            raise self._changed(err) from None

    def _changed(self, err: Exception) -> RequestError:
        logger.debug("A table could not be read", exc_info=True)
        return RequestError(
            f"The table changed while it was read ({type(err).__name__})", remedy="Ask again."
        )

    def _read(self, params: TableParams) -> Table:
        seconds = params.timeout_ms / 1000 * _SHARE if params.sample else float("inf")
        ends = self._clock() + seconds
        columns = self._columns(params)
        rows, sampled = self._known_rows(params) or self._rows(params, ends)
        page = rows.page(params.start, params.start + params.limit)
        described = [self._described(column) for column in columns]
        if params.levels:
            for column in described:
                column.levels = self._levels(column_levels(self._source, column.position))
        missing: list[list[int]] = []
        if params.as_text:
            written_out = [self._texts(column, page, params.max_chars) for column in columns]
            missing = [places for _, places in written_out]
            cells: list[Any] = [column_texts for column_texts, _ in written_out]
        else:
            cells = [self._cells(column, page) for column in columns]
        table = Table(
            described,
            self._index(page, as_text=params.as_text),
            [list(row) for row in zip(*cells, strict=True)] if cells else [[] for _ in page],
            params.start,
            len(rows),
            list(self._source.shape),
            sampled,
            missing,
        )
        if params.filters or params.sort:
            table.positions = list(map(int, page))
        if params.find:
            table.found = self._found(params.find, rows)
        if params.levels:
            self._add_levels(table, page)
        if params.summary:
            self._sum_up(table, rows, params.bins, ends)
        return table

    # -- what is asked for -----------------------------------------------------------------

    def _columns(self, params: TableParams) -> list[int]:
        there = self._source.shape[1]
        chosen = params.columns
        columns = list(range(min(there, _COLUMNS))) if chosen is None else chosen
        compared = [
            *(key.column for key in params.sort),
            *(one.column for one in comparisons(params)),
        ]
        for column in [*columns, *compared]:
            if column >= there:
                raise InvalidParams(f"No column at position {column}", expected=f"0 to {there - 1}")
        for column in compared:
            label = self._label(column)
            if self._hides(label):
                raise NotAllowed(
                    f"Column '{label[:100]}' is redacted: it is not sorted or filtered by",
                    expected="a column whose label no redact pattern matches",
                    remedy="Change c.LivensKernel.redact if it is no secret.",
                )
        return columns

    def _label(self, column: int) -> str:
        label = self._source.label(column)
        return cut(label) if type(label) is str else str(cell(label, self._preview))

    def _described(self, column: int) -> Column:
        source = self._source
        label = self._masked(self._label(column))
        return Column(column, label, source.dtype(column), source.kind(column))

    # -- which rows ------------------------------------------------------------------------

    def _known_rows(self, params: TableParams) -> tuple[Rows, None] | None:
        """Return the rows as they were arranged before, if those of the page still fit."""
        known, self.arrangement = self.arrangement, None
        if known is None:
            return None
        page = known.rows.page(params.start, params.start + params.limit)
        try:
            fits = len(page) == 0 or self._fits(params, page)
        except RequestError:  # as if its columns held something else now
            fits = False
        self.arrangement = known if fits else None
        return (known.rows, None) if fits else None

    def _fits(self, params: TableParams, page: RowPositions) -> bool:
        """Return whether rows pass the filters and are sorted, as their values are now."""
        pieces: dict[int, Comparable] = {}
        if not all(all(listed(self._mask(one, page, pieces))) for one in params.filters):
            return False
        columns = [self._comparable(key.column, page, pieces, "sorted") for key in params.sort]
        return is_sorted(params.sort, columns)

    def _rows(self, params: TableParams, ends: float) -> tuple[Rows, int | None]:
        """Filter and sort; return the rows, and how many of all were looked at."""
        total = self._source.shape[0]
        if not params.filters and not params.sort:
            return Rows(range(total)), None
        row_ns = sum(self._cost_ns(_FILTER_NS, f.column) for f in comparisons(params))
        row_ns += sum(self._cost_ns(_SORT_NS, key.column) for key in params.sort)
        fewest = max(1, total // _SMALLEST_SAMPLE)
        every = min(self._every(total, row_ns, ends), fewest)
        while True:
            taken = range(0, total, every)
            self._pace.until = self._attempt_ends(params, ends, is_last=every >= fewest)
            self._pace.start(
                sum(_FILTER_NS[self._source.kind(f.column)] for f in comparisons(params))
                + sum(_SORT_NS[self._source.kind(key.column)] for key in params.sort)
            )
            try:
                rows = self._arranged(params, taken)
            except OutOfTime:
                if every >= fewest:
                    raise TookTooLong(
                        f"Sorting and filtering even {len(taken)} of {total} rows took longer "
                        f"than {params.timeout_ms} ms",
                        remedy="Ask with a larger timeout_ms, or for fewer columns.",
                    ) from None
                every = min(every * 10, fewest)
            else:
                if every == 1:
                    self.arrangement = Arrangement(rows, self._source.shape)
                    return rows, None
                return rows, len(taken)

    def _attempt_ends(self, params: TableParams, ends: float, *, is_last: bool) -> float:
        """Return when an attempt is given up: the last one may take nearly all of the time."""
        now, timeout_s = self._clock(), params.timeout_ms / 1000
        if is_last and ends != float("inf"):
            return ends + timeout_s * (_LAST_SHARE - _SHARE)
        return now + max((ends - now) / 2, timeout_s * _SMALLEST_SHARE)

    def _cost_ns(self, costs: dict[str, int], column: int) -> float:
        """Return what a row costs; beside a cell, what is done in Python costs more."""
        kind = self._source.kind(column)
        return costs[kind] * (self._pace.slowness if kind in ("text", "other") else 1.0)

    def _every(self, total: int, row_ns: float, ends: float) -> int:
        """Return how far apart the rows have to be for their number to fit into the time."""
        left = ends - self._clock()
        if left == float("inf"):
            return 1
        return max(1, -int(-total // max(1.0, left * 1e9 / max(row_ns, 1))))

    def _arranged(self, params: TableParams, taken: range) -> Rows:
        rows = Rows(taken)
        known: dict[int, Comparable] = {}
        for condition in params.filters:
            tests = (condition, *condition.alternatives)
            weight = sum(_FILTER_NS[self._source.kind(one.column)] for one in tests)
            with self._pace.part("filtering", weight):
                rows.keep(self._mask(condition, taken, known))
                self._pace.step_aside(1.0)
        for key in reversed(params.sort):  # each sort keeps the order that the ones before made
            with self._pace.part("sorting", _SORT_NS[self._source.kind(key.column)]):
                data = self._comparable(key.column, taken, known, "sorted")
                nulls = data.null_mask()
                rows.sort(data.keys, nulls, descending=key.descending, pace=self._pace)
        return rows

    def _comparable(
        self, column: int, taken: RowPositions, known: dict[int, Comparable], done: str
    ) -> Comparable:
        if column not in known:
            try:
                known[column] = comparable(self._piece(column, taken), self._pace)
            except NotComparable as err:
                raise NotAllowed(
                    f"Column '{self._label(column)[:100]}' cannot be {done} by: {err}",
                    expected="numbers, bools, times or text",
                ) from None
            self._pace.step(1.0)
        return known[column]

    def _piece(self, column: int, rows: RowPositions) -> ColumnValues:
        """Return the values of a column in many rows; what has to be made is made in stretches."""
        first = self._source.piece(column, rows[:STRETCH])
        if len(rows) <= STRETCH:
            return first
        if type(first.values) is not list:
            return self._source.piece(column, rows)
        values, nulls, has_nulls = list(first.values), _nulls(first), first.nulls is not None
        for start in range(STRETCH, len(rows), STRETCH):
            self._pace.step(start / len(rows))
            piece = self._source.piece(column, rows[start : start + STRETCH])
            values += piece.values
            nulls += _nulls(piece)
            has_nulls = has_nulls or piece.nulls is not None
        return ColumnValues(values, nulls if has_nulls else None)

    def _mask(self, condition: Filter, taken: RowPositions, known: dict[int, Comparable]) -> Any:
        found = self._compared(condition, taken, known)
        for other in condition.alternatives:
            found = either(found, self._compared(other, taken, known))
        return found

    def _compared(
        self, condition: Comparison, taken: RowPositions, known: dict[int, Comparable]
    ) -> Any:
        data = self._comparable(condition.column, taken, known, "filtered")
        return mask_of(condition, data, self._label(condition.column)[:100])

    # -- what is sent ----------------------------------------------------------------------

    def _cells(self, column: int, page: range | list[int]) -> list[Scalar]:
        if self._hides(self._label(column)):
            return [REDACTED] * len(page)
        return written(self._source.piece(column, page), self._preview, self._masked)

    def _texts(
        self, column: int, page: range | list[int], chars: int
    ) -> tuple[list[str], list[int]]:
        if self._hides(self._label(column)):
            return [REDACTED] * len(page), []
        return texts(self._source.piece(column, page), self._preview, self._masked, chars)

    def _index(self, page: range | list[int], *, as_text: bool) -> list[str]:
        names = map(name_of, self._source.index_names())
        if any(name is not None and self._hides(name) for name in names):
            return [REDACTED] * len(page)
        piece = self._source.index(page)
        if as_text:
            return texts(piece, self._preview, self._masked)[0]
        labels = written(piece, self._preview, self._masked)
        return ["" if label is None else str(label) for label in labels]

    def _add_levels(self, table: Table, page: range | list[int]) -> None:
        """Add what the labels of the rows are called, and their levels where there are several."""
        labels = self._source.index_names()
        names = ["" if name is None else str(cell(name, self._preview)) for name in labels]
        table.index_names = list(map(self._masked, names))
        levels = row_levels(self._source, page)
        if any(map(self._hides, names)):
            table.levels = [[REDACTED] * len(page) for _ in levels]
        else:
            table.levels = [texts(one, self._preview, self._masked)[0] for one in levels]

    def _found(self, text: str, rows: Rows) -> list[int]:
        labels = [self._masked(self._label(n)) for n in range(self._source.shape[1])]
        return find(text, rows, labels, partial(self._index, as_text=True), self._pace)

    def _levels(self, parts: list[ColumnValues]) -> list[str]:
        return [texts(part, self._preview, self._masked)[0][0] for part in parts]

    def _sum_up(self, table: Table, rows: Rows, bins: int, ends: float) -> None:
        """Add the figures of each column; the time that is left is shared among the columns."""
        columns = [column for column in table.columns if not self._hides(column.label)]
        self._pace.start(sum(_SUMMARY_NS[column.kind] for column in columns))
        self._pace.until = float("inf")
        for position, column in enumerate(columns):
            now = self._clock()
            share = ends if ends == float("inf") else now + (ends - now) / (len(columns) - position)
            row_ns = self._cost_ns(_SUMMARY_NS, column.position)
            every = self._every(len(rows), row_ns, max(share, now))
            every = min(every, max(1, len(rows) // _SMALLEST_SAMPLE))
            with self._pace.part("summing up", _SUMMARY_NS[column.kind]):
                self._sum_up_column(column, rows, bins, every)
            looked_at = -(-len(rows) // every)
            if every > 1:
                column.sampled = looked_at
            elif table.sampled is not None:
                column.sampled = len(rows)

    def _sum_up_column(self, column: Column, rows: Rows, bins: int, every: int) -> None:
        piece = self._piece(column.position, rows.sample(every))
        try:
            data = comparable(piece, self._pace)
        except NotComparable:
            nulls = [value is None for value in written(piece, lambda value: "")]
            column.nulls = sum(nulls)
            return
        figures = data.figures(bins, self._preview)
        column.nulls, column.min, column.max, column.mean, column.histogram = figures
        for name in ("min", "max"):
            text = getattr(column, name)
            if type(text) is str:
                setattr(column, name, self._masked(text))
        self._pace.step(1.0)


def _nulls(piece: ColumnValues) -> list[bool]:
    return [False] * len(piece.values) if piece.nulls is None else listed(piece.nulls)
