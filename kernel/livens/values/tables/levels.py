"""Levels: the labels of an index or of columns that has several, level by level.

They are read out of the fields of the index: asking it would fill its caches.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import qualified_name
from livens.values.tables.axes import INDEXES, fields, unread_labels
from livens.values.tables.columns import ColumnValues
from livens.values.tables.pandas import FrameSource, index_piece
from livens.values.tables.sources import RowPositions, Source


def row_levels(source: Source, rows: RowPositions) -> list[ColumnValues]:
    """Return the labels of some rows, for each level; nothing where there is one level only."""
    return _levels(source.index_object, rows) if isinstance(source, FrameSource) else []


def column_levels(source: Source, column: int) -> list[ColumnValues]:
    """Return the parts of the label of a column; nothing where columns have one level only."""
    columns = source.columns_object if isinstance(source, FrameSource) else None
    return _levels(columns, [column])


def _levels(index: Any, rows: RowPositions) -> list[ColumnValues]:
    own = fields(index)
    is_multi = qualified_name(type(index)) in INDEXES and "_codes" in own
    if not is_multi or unread_labels(index):
        return []
    found = []
    for level, codes in zip(own["_levels"], own["_codes"], strict=True):
        chosen = [int(codes[row]) for row in map(int, rows)]
        used = sorted({code for code in chosen if code >= 0})
        place = {code: number for number, code in enumerate(used)}
        piece = index_piece(level, used)
        nulls = [code < 0 for code in chosen]
        found.append(_picked(piece, [place.get(code, 0) for code in chosen], nulls))
    return found


def _picked(piece: ColumnValues, places: list[int], nulls: list[bool]) -> ColumnValues:
    """Return labels of a level in the order of the rows; a missing one has any place."""
    if not len(piece.values):
        return ColumnValues([None] * len(places), nulls, missing="nan")
    if piece.labels is not None:
        codes = [int(piece.values[place]) for place in places]
        values: Any = [None if code < 0 else piece.labels[code] for code in codes]
        return ColumnValues(values, nulls, missing="nan")
    if type(piece.values) is list:
        return ColumnValues([piece.values[place] for place in places], nulls, missing="nan")
    return piece._replace(values=piece.values[places], nulls=nulls)
