"""What clients may ask of tables besides their pages: filters, slices, statistics, code.

`livens.protocol.requests` lists the methods, and has the pages themselves.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from livens.protocol.types import Key

Scalar = bool | int | float | str | None
"""What fits into a JSON value."""

Step = Annotated[Key, Meta(min_length=2, max_length=3)]
Path = Annotated[list[Step], Meta(min_length=1, max_length=64)]
Count = Annotated[int, Meta(ge=0)]


class SortKey(msgspec.Struct, forbid_unknown_fields=True):
    """By which column to sort, and which way.

    Attributes
    ----------
    column : int
        Its position.
    descending : bool
        Largest first; missing values are last either way.
    """

    column: Count
    descending: bool = False


class Comparison(msgspec.Struct, forbid_unknown_fields=True):
    """A test of the values of one column.

    Attributes
    ----------
    column : int
        The position of the column.
    op : str
        How its values are compared. ``in`` and ``between`` came with revision 2 of ``table``.
    value : str, int, float, bool or None
        What with; not used by ``is null``, ``not null``, ``in`` and ``between``.
    values : list of str, int, float or bool
        For ``in`` the values of which it has to be one, for ``between`` the smallest and the
        largest, which are among those that fit.
    """

    column: Count
    op: Literal[
        "==", "!=", "<", "<=", ">", ">=", "contains", "is null", "not null", "in", "between"
    ]
    value: Scalar = None
    values: Annotated[list[Scalar], Meta(max_length=1_000)] = []


class Filter(Comparison, forbid_unknown_fields=True):
    """Which rows to keep.

    Attributes
    ----------
    column, op, value, values
        As in `Comparison`.
    alternatives : list of Comparison
        A row is kept as well if one of these holds. From revision 2 of ``table`` on.
    """

    alternatives: Annotated[list[Comparison], Meta(max_length=20)] = []


class Slice(msgspec.Struct, forbid_unknown_fields=True):
    """Which rows and columns of an array of more than two dimensions make a table.

    Attributes
    ----------
    rows, columns : int
        The axes that the rows and the columns run along.
    at : list of int
        For each axis the position at which the array is cut. Not used for these two axes.
    """

    rows: Count
    columns: Count
    at: Annotated[list[Count], Meta(max_length=64)]


class Histogram(msgspec.Struct):
    """How the finite values of a column are spread.

    Attributes
    ----------
    edges : list of float
        Where the bars begin, and where the last one ends: one more than there are bars.
    counts : list of int
        How many values are in each.
    """

    edges: list[float]
    counts: list[int]


class StatisticsParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``statistics``: what can be told of one column, or of all values of an array.

    Attributes
    ----------
    path : list of Key
        Where the table or array is.
    column : int, optional
        The position of the column. Without it the values are all those of an array of numbers.
    slice : Slice, optional
        Of an array of more than two dimensions: which part of it.
    filters : list of Filter
        Only the rows for which all of them hold. Not without ``column``.
    bins : int
        Bars of the histogram.
    top : int
        How many of the most frequent values to send at the most.
    sample : bool
        As in `TableParams`.
    timeout_ms : int
        How long it may take, 50 to 3,600,000 ms. After it the answer is `TookTooLong`.
    """

    path: Path
    column: Count | None = None
    slice: Slice | None = None
    filters: Annotated[list[Filter], Meta(max_length=20)] = []
    bins: Annotated[int, Meta(ge=1, le=200)] = 20
    top: Annotated[int, Meta(ge=0, le=1_000)] = 10
    sample: bool = False
    timeout_ms: Annotated[int, Meta(ge=50, le=3_600_000)] = 60_000


class Quantile(msgspec.Struct):
    """A value that a part of the values is not above.

    Attributes
    ----------
    part : float
        Which part, 0 to 1.
    value : str, int, float, bool or None
        The value.
    """

    part: float
    value: Scalar


class TopValue(msgspec.Struct):
    """One of the most frequent values.

    Attributes
    ----------
    value : str, int, float, bool or None
        The value, as filters take it.
    count : int
        How often it is there.
    """

    value: Scalar
    count: int


class Statistics(msgspec.Struct, omit_defaults=True):
    """The result of ``statistics``. What makes no sense for the values is absent.

    Attributes
    ----------
    rows : int
        How many values were looked at, missing ones among them.
    nulls : int
        How many of them are missing.
    sampled : int, optional
        The same as ``rows``, where not all rows were looked at.
    unique : int, optional
        How many different values there are.
    min, max : optional
        The smallest and the largest value.
    mean : float or str, optional
        The mean; of times as text.
    std : float or str, optional
        The standard deviation of the sample (``ddof=1``); of times as text.
    quantiles : list of Quantile
        For 5, 25, 50, 75 and 95 percent; of numbers between two values, by linear interpolation.
    top : list of TopValue
        The most frequent values, the most frequent first, equally frequent ones in their order.
    histogram : Histogram, optional
        Of numbers and times; of texts that of their lengths. The edges for times are counted from
        the smallest, in any unit.
    edges : list of str
        Of times: what these edges are, as text.
    zeros, negatives, infinities : int, optional
        How many numbers are zero, below zero, infinite.
    shortest, longest : int, optional
        The lengths of texts, in characters.
    mean_length : float, optional
        The mean of these lengths.
    reason : str
        Why no more is told of the values; empty if there is no reason.
    """

    rows: int
    nulls: int
    sampled: int | None = None
    unique: int | None = None
    min: Scalar = None
    max: Scalar = None
    mean: float | str | None = None
    std: float | str | None = None
    quantiles: list[Quantile] = []
    top: list[TopValue] = []
    histogram: Histogram | None = None
    edges: list[str] = []
    zeros: int | None = None
    negatives: int | None = None
    infinities: int | None = None
    shortest: int | None = None
    longest: int | None = None
    mean_length: float | None = None
    reason: str = ""


class TableCodeParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``table.code``: code that sorts and filters a table of pandas in the same way.

    Attributes
    ----------
    path : list of Key
        Where the table is.
    expression : str
        What the table is called in the code.
    sort : list of SortKey
        As in `TableParams`.
    filters : list of Filter
        As in `TableParams`.
    """

    path: Path
    expression: Annotated[str, Meta(min_length=1, max_length=10_000)]
    sort: Annotated[list[SortKey], Meta(max_length=5)] = []
    filters: Annotated[list[Filter], Meta(max_length=20)] = []


class TableCode(msgspec.Struct):
    """The result of ``table.code``.

    Attributes
    ----------
    code : str
        An expression of Python.
    """

    code: str
