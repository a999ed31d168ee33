"""An order that was found once: which rows of a table pass its filters, and how they are sorted.

Pages follow each other, and to sort a million rows again for each of them would take long. Nobody
tells at once of what changes in place, so the rows of a page are looked at again before it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from livens.protocol.table_requests import SortKey
from livens.values.tables.columns import listed
from livens.values.tables.comparing import Comparable
from livens.values.tables.rows import Rows

_MOST_ROWS = 8_000_000
"""The order of more rows is not kept: it takes 8 bytes for each."""


class Arrangement:
    """The rows of a table in an order.

    Parameters
    ----------
    rows : Rows
        The rows.
    shape : tuple of int
        Of the table that they are of.
    """

    def __init__(self, rows: Rows, shape: tuple[int, int]) -> None:
        self.rows = rows
        self.shape = shape

    @property
    def is_kept(self) -> bool:
        """Whether it is small enough to be kept."""
        return len(self.rows) <= _MOST_ROWS


def is_sorted(keys: Sequence[SortKey], columns: Sequence[Comparable]) -> bool:
    """Return whether some rows are in the order that was asked for.

    Parameters
    ----------
    keys : list of SortKey
        The first one counts most.
    columns : list of Comparable
        The values of the rows, for each of the keys.
    """
    ranked = [_ranks(key, column) for key, column in zip(keys, columns, strict=True)]
    rows = list(zip(*ranked, strict=True))
    return all(one <= other for one, other in pairwise(rows))


def _ranks(key: SortKey, column: Comparable) -> list[tuple[bool, int]]:
    """Return a pair for each row that compares as the key asks for: missing ones are last."""
    values, nulls = listed(column.keys), listed(column.null_mask())
    present: list[Any] = [
        value for value, is_null in zip(values, nulls, strict=True) if not is_null
    ]
    rank = {value: place for place, value in enumerate(sorted(set(present)))}
    sign = -1 if key.descending else 1
    return [
        (True, 0) if is_null else (False, sign * rank[value])
        for value, is_null in zip(values, nulls, strict=True)
    ]
