"""Finding the row or the column that a text names, in a table as it is sorted and filtered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from livens.values.tables.pace import Pace
from livens.values.tables.rows import Rows

NOWHERE = -1

_STRETCH = 5_000


def find(
    text: str,
    rows: Rows,
    labels: Sequence[str],
    index: Callable[[range | list[int]], list[str]],
    pace: Pace,
) -> list[int]:
    """Return the row and the column that a text names, one of them `NOWHERE`; or both.

    The label of a row comes first, then that of a column, then the number of a row, then how the
    label of a row begins, then what is in that of a column.

    Parameters
    ----------
    text : str
        A label or a number, as it is shown; capitals do not matter for a part of a label.
    rows : Rows
        As they are shown.
    labels : list of str
        Of the columns.
    index : callable
        Returns the labels of some rows.
    pace : Pace
        Asked between two stretches.

    Examples
    --------
    >>> names = ["ann", "bob", "cid"]
    >>> def index(page):
    ...     return [names[row] for row in page]
    >>> rows, labels = Rows(range(3)), ["Age", "Town"]
    >>> [find(text, rows, labels, index, Pace()) for text in ("bob", "Town", "2", "to")]
    [[1, -1], [-1, 1], [2, -1], [-1, 1]]
    """
    begins = NOWHERE
    wanted = text.casefold()
    for start in range(0, len(rows), _STRETCH):
        stretch = index(rows.page(start, start + _STRETCH))
        for place, label in enumerate(stretch, start):
            if label == text:
                return [place, NOWHERE]
            if begins == NOWHERE and label.casefold().startswith(wanted):
                begins = place
        pace.step(start / len(rows))
    if text in labels:
        return [NOWHERE, labels.index(text)]
    if text.isdecimal() and int(text) < len(rows):
        return [int(text), NOWHERE]
    if begins != NOWHERE:
        return [begins, NOWHERE]
    parts = (place for place, label in enumerate(labels) if wanted in label.casefold())
    return [NOWHERE, next(parts, NOWHERE)]
