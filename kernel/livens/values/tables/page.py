"""The page: filter, sort, cut out, sum up; in this order, and within the client's time.

Before each costly step it is estimated how many rows fit into the time. Where not all do, an
evenly spaced sample is taken and the answer says how many rows it has; the same is done once
more, with a tenth of the rows, when the estimate was wrong. A sample below `_SMALLEST_SAMPLE`
rows tells nothing: then the client is told that it took too long.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from livens.exceptions import InvalidParams, NotAllowed, RequestError, TookTooLong
from livens.protocol import requests
from livens.protocol.redaction import WriteText, unmasked
from livens.protocol.requests import Column, Scalar, Table, TableParams
from livens.protocol.types import REDACTED
from livens.values.passive import name_of
from livens.values.summaries import WriteShort
from livens.values.tables.cell_values import cell, cut
from livens.values.tables.columns import written
from livens.values.tables.comparing import Comparable, NotComparable, Numbers, comparable
from livens.values.tables.rows import Rows
from livens.values.tables.sources import Source

logger = logging.getLogger(__name__)

Clock = Callable[[], float]

_COLUMNS = 50
"""How many columns are sent where the client does not say which."""

_SMALLEST_SAMPLE = 1_000

_SHARE = 0.35
"""The part of the client's time that an estimate may fill: beside a cell all takes longer."""

# Nanoseconds for each row, measured on a slow machine; docs/performance.md has the figures.
_SORT_NS = {"number": 250, "bool": 60, "time": 250, "text": 2_500, "other": 2_500}
_FILTER_NS = {"number": 15, "bool": 15, "time": 15, "text": 400, "other": 400}
_SUMMARY_NS = {"number": 30, "bool": 20, "time": 20, "text": 200, "other": 200}


class _OutOfTime(Exception):
    """The work of one attempt took longer than was estimated."""


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
    """

    def __init__(
        self,
        source: Source,
        hides: Callable[[str], bool],
        preview: WriteShort,
        clock: Clock,
        masked: WriteText = unmasked,
    ) -> None:
        self._source = source
        self._hides = hides
        self._masked = masked
        self._preview = preview
        self._clock = clock
        self._until = 0.0

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
        RequestError
            If the table changed while it was read.
        """
        try:
            return self._read(params)
        except (IndexError, KeyError, ValueError) as err:
            logger.debug("A table could not be read", exc_info=True)
            raise RequestError(
                f"The table changed while it was read ({type(err).__name__})", remedy="Ask again."
            ) from None

    def _read(self, params: TableParams) -> Table:
        started = self._clock()
        ends = started + params.timeout_ms / 1000 * _SHARE
        columns = self._columns(params)
        rows, sampled = self._rows(params, ends)
        page = rows.page(params.start, params.start + params.limit)
        described = [self._described(column) for column in columns]
        cells = [self._cells(column, page) for column in columns]
        table = Table(
            described,
            self._index(page),
            [list(row) for row in zip(*cells, strict=True)] if cells else [[] for _ in page],
            params.start,
            len(rows),
            list(self._source.shape),
            sampled,
        )
        if params.summary:
            self._sum_up(table, rows, params.bins, ends)
        return table

    # -- what is asked for -----------------------------------------------------------------

    def _columns(self, params: TableParams) -> list[int]:
        there = self._source.shape[1]
        chosen = params.columns
        columns = list(range(min(there, _COLUMNS))) if chosen is None else chosen
        compared = [*(key.column for key in params.sort), *(f.column for f in params.filters)]
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

    def _rows(self, params: TableParams, ends: float) -> tuple[Rows, int | None]:
        """Filter and sort; return the rows, and how many of all were looked at."""
        total = self._source.shape[0]
        if not params.filters and not params.sort:
            return Rows(range(total)), None
        row_ns = sum(_FILTER_NS[self._source.kind(f.column)] for f in params.filters)
        row_ns += sum(_SORT_NS[self._source.kind(key.column)] for key in params.sort)
        every = self._every(total, row_ns, ends)
        while True:
            taken = range(0, total, every)
            if every > 1 and len(taken) < _SMALLEST_SAMPLE:
                raise TookTooLong(
                    f"Sorting and filtering even {_SMALLEST_SAMPLE} of {total} rows would take "
                    f"longer than {params.timeout_ms} ms",
                    remedy="Ask with a larger timeout_ms, or for fewer columns.",
                )
            self._until = self._clock() + (ends - self._clock()) / 2
            try:
                rows = self._arranged(params, taken)
            except _OutOfTime:
                every *= 10
            else:
                return rows, None if every == 1 else len(taken)

    def _every(self, total: int, row_ns: float, ends: float) -> int:
        """Return how far apart the rows of a sample have to be for it to fit into the time."""
        fitting = max(1.0, (ends - self._clock()) * 1e9 / max(row_ns, 1))
        return max(1, -int(-total // fitting))

    def _check_time(self) -> None:
        if self._clock() > self._until:
            raise _OutOfTime

    def _arranged(self, params: TableParams, taken: range) -> Rows:
        rows = Rows(taken)
        known: dict[int, Comparable] = {}
        for condition in params.filters:
            rows.keep(self._mask(condition, taken, known))
            self._check_time()
        for key in reversed(params.sort):  # each sort keeps the order that the ones before made
            data = self._comparable(key.column, taken, known, "sorted")
            rows.sort(data.keys, data.null_mask(), descending=key.descending)
        return rows

    def _comparable(
        self, column: int, taken: range, known: dict[int, Comparable], done: str
    ) -> Comparable:
        if column not in known:
            try:
                piece = self._source.piece(column, taken)
                known[column] = comparable(piece, self._check_time)
            except NotComparable as err:
                raise NotAllowed(
                    f"Column '{self._label(column)[:100]}' cannot be {done} by: {err}",
                    expected="numbers, bools, times or text",
                ) from None
            self._check_time()
        return known[column]

    def _mask(self, condition: requests.Filter, taken: range, known: dict[int, Comparable]) -> Any:
        data = self._comparable(condition.column, taken, known, "filtered")
        nulls: Any = data.null_mask()
        if condition.op == "is null":
            return nulls
        if condition.op == "not null":
            return [not is_null for is_null in nulls] if type(nulls) is list else ~nulls
        label = self._label(condition.column)[:100]
        wanted = fitting(condition, data, label)
        try:
            return data.mask(condition.op, wanted)
        except (ValueError, TypeError, OverflowError) as err:
            raise InvalidParams(
                f"Column '{label}' cannot be compared with {str(condition.value)[:100]!r}: {err}",
                expected="a time in ISO 8601, for spans the seconds",
            ) from None

    # -- what is sent ----------------------------------------------------------------------

    def _cells(self, column: int, page: range | list[int]) -> list[Scalar]:
        if self._hides(self._label(column)):
            return [REDACTED] * len(page)
        return written(self._source.piece(column, page), self._preview, self._masked)

    def _index(self, page: range | list[int]) -> list[str]:
        names = map(name_of, self._source.index_names())
        if any(name is not None and self._hides(name) for name in names):
            return [REDACTED] * len(page)
        labels = written(self._source.index(page), self._preview, self._masked)
        return ["" if label is None else str(label) for label in labels]

    def _sum_up(self, table: Table, rows: Rows, bins: int, ends: float) -> None:
        """Add the figures of each column; the time that is left is shared among the columns."""
        for position, column in enumerate(table.columns):
            if self._hides(column.label):
                continue
            now = self._clock()
            share = now + max(0.0, ends - now) / (len(table.columns) - position)
            every = self._every(len(rows), _SUMMARY_NS[column.kind], share)
            every = min(every, max(1, len(rows) // _SMALLEST_SAMPLE))
            self._sum_up_column(column, rows, bins, every, share)
            looked_at = -(-len(rows) // every)
            if every > 1:
                column.sampled = looked_at
            elif table.sampled is not None:
                column.sampled = len(rows)

    def _sum_up_column(
        self, column: Column, rows: Rows, bins: int, every: int, until: float
    ) -> None:
        self._until = float("inf")
        piece = self._source.piece(column.position, rows.sample(every))
        try:
            data = comparable(piece, self._check_time)
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


def fitting(condition: requests.Filter, data: Comparable, label: str) -> Any:
    """Return what to compare a column with; numbers that JavaScript cannot hold come as text.

    Raises
    ------
    InvalidParams
        If the value is of another kind than the column's.
    """
    value, kind = condition.value, data.kind
    if condition.op == "contains":
        if kind == "text" and type(value) is str and not isinstance(data, Numbers):
            return value
        raise InvalidParams(f"'contains' needs text, and column '{label}' holds {kind} values")
    if kind == "number":
        number = as_number(value)
        if number is not None:
            return number
    elif kind == "bool":
        if type(value) is bool:
            return value
    elif type(value) is str or (kind == "time" and as_number(value) is not None):
        return value
    elif kind == "other":  # nothing but missing values
        return ""
    raise InvalidParams(
        f"Column '{label}' holds {kind} values, and cannot be compared with {value!r:.100}",
        expected=f"a {kind} value, or 'is null' and 'not null' for missing ones",
    )


def as_number(value: Scalar) -> int | float | None:
    """Read a number, also from text.

    Examples
    --------
    >>> as_number("9007199254740993"), as_number("-inf"), as_number(2), as_number("x")
    (9007199254740993, -inf, 2, None)
    """
    if type(value) is not str:
        return value if isinstance(value, (bool, int, float)) else None
    for read in (int, float):
        try:
            return read(value)
        except ValueError:
            continue
    return None
