"""Some rows of one column, in a form in which they can be compared.

`comparable` makes one of three forms of `ColumnValues`:

- `Numbers`, an exact numpy array that numpy itself sorts and searches without the GIL, where
  the column has one and the user has loaded numpy;
- `Coded` where it is categorical;
- `Objects`, by Python's own comparisons, otherwise.

Values of an object column are anybody's: comparing, hashing or testing them would run the user's
code. They are compared only if each of them is exactly a number, a bool, a text, a date or missing,
and refused with `NotComparable` otherwise. What takes long in Python goes on in pieces, and asks
a `Pace` between them.
"""

from __future__ import annotations

import datetime
import math
import operator
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

from livens.protocol.table_requests import Histogram, Scalar
from livens.values.passive import class_name
from livens.values.summaries import WriteShort
from livens.values.tables.cell_values import (
    Unread,
    cell,
    is_missing,
    is_numpy_scalar,
    is_plain_time,
    span_seconds,
)
from livens.values.tables.columns import (
    ARRAY_KINDS,
    GROUPS,
    TIMES,
    UTC,
    ColumnKind,
    ColumnValues,
    is_array,
    listed,
    loaded_numpy,
    times,
)
from livens.values.tables.pace import Pace
from livens.values.tables.sort_keys import sort_keys
from livens.values.tables.sorting import sorted_values, stretches


class NotComparable(Exception):
    """The values of a column cannot be compared without running code of the user's."""


class Figures(NamedTuple):
    """What is told of a column as a whole, in the fields of `livens.protocol.requests.Column`."""

    nulls: int
    min: Scalar = None
    max: Scalar = None
    mean: float | None = None
    histogram: Histogram | None = None


# -- compared by numpy ---------------------------------------------------------------------


class Numbers:
    """A column as an exact numpy array of bools, numbers or times."""

    def __init__(self, piece: ColumnValues, kind: ColumnKind) -> None:
        self.kind = kind
        self.values = piece.values
        self.zone = piece.zone
        self._numpy = loaded_numpy()
        if self.values.dtype.kind in "fmM":
            nulls = self.values != self.values
            self.nulls = nulls if piece.nulls is None else nulls | piece.nulls
        else:
            self.nulls = piece.nulls
        self.has_nulls = self.nulls is not None and bool(self.nulls.any())

    @property
    def keys(self) -> Any:
        """What to sort by."""
        return self.values

    def null_mask(self) -> Any:
        """Return an array that tells which values are missing."""
        if self.nulls is None:
            return self._numpy.zeros(len(self.values), dtype=bool)
        return self.nulls

    def mask(self, op: str, wanted: Any) -> Any:
        """Return an array that tells for which rows the comparison holds."""
        if op == "in":
            found = self._numpy.zeros(len(self.values), dtype=bool)
            for one in wanted:
                found |= self.mask("==", one)
            return found
        if op == "between":
            return self.mask(">=", wanted[0]) & self.mask("<=", wanted[1])
        if self.kind == "time":
            wanted = self._time(wanted)
        found = _OPERATORS[op](self.values, wanted)
        return found & ~self.nulls if self.has_nulls else found

    def _time(self, wanted: Any) -> Any:
        """Read a time, which without an offset is meant in the column's zone; spans in seconds."""
        numpy = self._numpy
        if self.values.dtype.kind == "m":
            return numpy.timedelta64(round(span_seconds(wanted) * 1_000_000), "us")
        try:
            moment = datetime.datetime.fromisoformat(wanted)
        except ValueError:
            return numpy.datetime64(wanted)
        if moment.tzinfo is None and self.zone is None:
            return numpy.datetime64(wanted)
        moment = moment.replace(tzinfo=moment.tzinfo or self.zone)
        return numpy.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")

    def figures(self, bins: int, preview: WriteShort) -> Figures:
        """Sum the column up; without a histogram, if it is to have no bars."""
        numpy, values = self._numpy, self.values
        present = values[~self.nulls] if self.has_nulls else values
        missing = len(values) - len(present)
        if not len(present):
            return Figures(missing)
        low, high = present.min(), present.max()
        if self.kind == "time":
            first, last = times(numpy.stack([low, high]), self.zone)
            return Figures(missing, first, last)
        first, last = (cell(value, preview) for value in (low.item(), high.item()))
        with numpy.errstate(all="ignore"):
            mean = float(present.mean(dtype="f8"))
        mean_told = mean if math.isfinite(mean) else None
        if self.kind == "bool" or not bins:
            return Figures(missing, first, last, mean_told)
        return Figures(missing, first, last, mean_told, self.histogram(present, bins))

    def histogram(self, present: Any, bins: int) -> Histogram | None:
        """Count how many of some values are in each bar; None without finite ones."""
        numpy = self._numpy
        if present.dtype.kind == "f":
            if not (math.isfinite(present.min()) and math.isfinite(present.max())):
                present = present[numpy.isfinite(present)]
            if not len(present):
                return None
        low, high = float(present.min()), float(present.max())
        if not math.isfinite(high - low):
            return None
        try:
            with numpy.errstate(all="ignore"):
                counts, edges = numpy.histogram(present, bins, (low, high))
        except ValueError:  # so many bars of so small a range that floats cannot tell them apart
            return None
        return Histogram(edges.tolist(), counts.tolist())


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


# -- compared by Python --------------------------------------------------------------------


class Coded:
    """A categorical column: for each row the position of its label; -1 is a missing one."""

    def __init__(self, codes: Any, labels: list[Any], kind: ColumnKind) -> None:
        self.kind = kind
        self.keys = codes
        self.labels = labels
        self._numpy = loaded_numpy()

    def null_mask(self) -> Any:
        """Return an array that tells which values are missing."""
        return self.keys < 0

    def mask(self, op: str, wanted: Any) -> Any:
        """Return an array that tells for which rows the comparison holds."""
        verdicts = [*_verdicts(self.labels, op, wanted), False]  # which is what -1 finds
        return self._numpy.array(verdicts, dtype=bool)[self.keys]

    def figures(self, bins: int, preview: WriteShort) -> Figures:
        """Sum the column up; smallest and largest are those of the categories' order."""
        present = self.keys[self.keys >= 0]
        missing = len(self.keys) - len(present)
        if not len(present):
            return Figures(missing)
        low, high = (self.labels[code] for code in (present.min(), present.max()))
        return Figures(missing, cell(low, preview), cell(high, preview))


class Objects:
    """A column of Python's own exact scalars, with None for the missing ones."""

    def __init__(self, values: list[Any], kind: ColumnKind, pace: Pace) -> None:
        self.kind = kind
        self.values = values
        self._pace = pace

    @cached_property
    def keys(self) -> Any:
        """What to sort by: for each row a number, or a time; that of a missing one says nothing."""
        present = [value for value in self.values if value is not None]
        found = sort_keys(present, self.kind, self._pace)
        if found is None or len(present) == len(self.values):
            return self._ranks() if found is None else found
        numpy: Any = loaded_numpy()
        keys = numpy.zeros(len(self.values), dtype=found.dtype)
        keys[~numpy.array(self.null_mask(), dtype=bool)] = found
        return keys

    def _ranks(self) -> list[int]:
        """Return the rank of each value by Python's own comparisons, and -1 for a missing one."""
        seen: dict[Any, int] = {}
        codes: list[int] = []
        for stretch in stretches(self.values, self._pace):
            codes += [seen.setdefault(value, len(seen)) for value in stretch]
        none = seen.pop(None, None)
        ranks = [-1] * (len(seen) + (none is not None))
        for rank, value in enumerate(sorted_values(list(seen), self._pace)):
            ranks[seen[value]] = rank
        return [ranks[code] for code in codes]

    def null_mask(self) -> list[bool]:
        """Return which values are missing."""
        return [value is None for value in self.values]

    def mask(self, op: str, wanted: Any) -> list[bool]:
        """Return for which rows the comparison holds."""
        found: list[bool] = []
        for stretch in stretches(self.values, self._pace):
            found += _verdicts(stretch, op, wanted)
        return found

    def figures(self, bins: int, preview: WriteShort) -> Figures:
        """Sum the column up."""
        present = [value for value in self.values if value is not None]
        missing = len(self.values) - len(present)
        if not present:
            return Figures(missing)
        parts = [(min(stretch), max(stretch)) for stretch in stretches(present, self._pace)]
        low, high = min(low for low, _ in parts), max(high for _, high in parts)
        ends = cell(low, preview), cell(high, preview)
        if self.kind not in ("number", "bool"):
            return Figures(missing, *ends)
        try:
            numbers = list(map(float, present))
        except OverflowError:  # integers beyond the range of floats
            return Figures(missing, *ends)
        mean = sum(numbers) / len(numbers)
        told = mean if math.isfinite(mean) else None
        if self.kind == "bool" or not bins:
            return Figures(missing, *ends, told)
        return Figures(missing, *ends, told, spread(list(filter(math.isfinite, numbers)), bins))


def _verdicts(values: list[Any], op: str, wanted: Any) -> list[bool]:
    """Compare exact scalars of one kind, None among them, with a wanted one."""
    if op == "contains":
        part = wanted.casefold()
        return [value is not None and part in value.casefold() for value in values]
    some = next((value for value in values if value is not None), None)
    if op == "in":
        chosen = {_like(some, one) for one in wanted}  # exact scalars, as the values are
        return [value is not None and value in chosen for value in values]
    if op == "between":
        low, high = (_like(some, one) for one in wanted)
        return [value is not None and low <= value <= high for value in values]
    compare, wanted = _OPERATORS[op], _like(some, wanted)
    return [value is not None and compare(value, wanted) for value in values]


def _like(some: Any, wanted: Any) -> Any:
    """Read what a client wants as a time or span, if that is what the column has."""
    if type(some) is datetime.timedelta:
        return datetime.timedelta(seconds=span_seconds(wanted))
    if type(some) is datetime.date:
        return datetime.date.fromisoformat(wanted)
    if type(some) is not datetime.datetime:
        return wanted
    moment = datetime.datetime.fromisoformat(wanted)
    if some.tzinfo is None and moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return moment if moment.tzinfo else moment.replace(tzinfo=some.tzinfo)


def spread(values: list[float], bins: int) -> Histogram | None:
    """Count how many values are in each of some bars of the same width.

    Examples
    --------
    >>> spread([0.0, 1.0, 1.5, 2.0], 2)
    Histogram(edges=[0.0, 1.0, 2.0], counts=[1, 3])
    """
    if not values:
        return None
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    width = (high - low) / bins
    if not math.isfinite(width) or width == 0:
        return None
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / width), bins - 1)] += 1
    return Histogram([*(low + width * n for n in range(bins)), high], counts)


Comparable = Numbers | Coded | Objects


def comparable(piece: ColumnValues, pace: Pace) -> Comparable:
    """Bring a piece into a form in which its values can be compared.

    Raises
    ------
    NotComparable
        If that would run the user's code, or makes no sense; says why.
    """
    values = piece.values
    if piece.labels is not None:
        return Coded(values, piece.labels, _kind_in_words(_group(piece.labels)))
    if not is_array(values):
        return _objects(values, piece.nulls, pace)
    kind = ARRAY_KINDS.get(values.dtype.kind, "other")
    if kind in ("number", "bool", "time"):
        return Numbers(piece, kind)
    raise NotComparable(f"values of dtype {values.dtype} have no order")


def _objects(values: list[Any], nulls: Any, pace: Pace) -> Objects:
    """Make sure that nothing of the user's is among the values."""
    if nulls is not None and any(nulls):
        pairs = zip(values, listed(nulls), strict=True)
        values = [None if is_null else value for value, is_null in pairs]
    present: list[Any] = []
    groups = set()
    for stretch in stretches(values, pace):
        classes = set(map(id, map(type, stretch)))
        if classes <= _TEXT_OR_NONE:
            groups.add("text" if id(str) in classes else None)
            present += stretch
        else:
            plain = [v.item() if is_numpy_scalar(v) else v for v in stretch]
            groups.add(_group(plain))
            present += [None if is_missing(value) else value for value in plain]
    return Objects(present, _kind_in_words(_one_group(groups)), pace)


_TEXT_OR_NONE = {id(str), id(type(None))}


def _group(values: list[Any]) -> str | None:
    """Return the one group that all present values belong to; None if there are none."""
    groups = set()
    for value in values:
        if is_missing(value):
            continue
        group = GROUPS.get(id(type(value)))
        if group is None:
            name = value.name if type(value) is Unread else class_name(type(value))
            raise NotComparable(
                f"it holds values of class '{name[:100]}', and comparing them would run their code"
            )
        if group == "datetime":
            if not is_plain_time(value):
                raise NotComparable("it holds times with a zone whose code would have to run")
            group = "datetime" if value.tzinfo is None else "datetime with a zone"
        groups.add(group)
    return _one_group(groups)


def _one_group(groups: Iterable[str | None]) -> str | None:
    found = {group for group in groups if group is not None}
    if found == {"bool", "number"}:
        return "number"
    if len(found) > 1:
        raise NotComparable(f"it holds values of different kinds: {', '.join(sorted(found))}")
    return found.pop() if found else None


def _kind_in_words(group: str | None) -> ColumnKind:
    if group is None:
        return "other"
    return "time" if group.startswith(TIMES) else group  # type: ignore[return-value]
