"""What previews say of tables and of their items, the same for all libraries."""

from __future__ import annotations

from collections.abc import Sequence

from livens.values.passive import exact_text
from livens.values.summaries import Summary, WriteShort

SHOWN_COLUMNS = 8
"""Columns that a preview names."""

_MAX_NAME = 100


def frame_summary(
    rows: int, width: int, named: Sequence[str], nbytes: int | None = None
) -> Summary:
    """Return the summary of a frame, whose first columns are *named*.

    Examples
    --------
    >>> frame_summary(5, 2, ["n int64", "t str"]).preview
    '5 rows × 2 columns: n int64, t str'
    >>> frame_summary(1, 1, ["n int64"]).preview
    '1 row × 1 column: n int64'
    """
    return Summary(
        "table",
        f"{_counted(rows, 'row')} × {_counted(width, 'column')}{columns_text(width, named)}",
        length=rows,
        shape=[rows, width],
        nbytes=nbytes,
        truncated=len(named) < width,
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def columns_text(width: int, named: Sequence[str]) -> str:
    """Return what follows the size of a table: its first columns, and whether there are more.

    Examples
    --------
    >>> columns_text(3, ["a", "b"]), columns_text(0, [])
    (': a, b, …', '')
    """
    return f": {', '.join(named)}{', …' if len(named) < width else ''}" if named else ""


def short_name(text: str) -> str:
    """Return the name of a column or of a type, cut where it is long."""
    text = exact_text(text)
    return text if len(text) <= _MAX_NAME else f"{text[: _MAX_NAME - 1]}…"


def item_text(item: object, preview: WriteShort) -> str:
    """Return an item of an array as a preview shows it: of a float six digits."""
    return f"{item:.6g}" if type(item) is float else preview(item)
