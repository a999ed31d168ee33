"""Some rows of one column, and how they are written out.

A source (`livens.values.tables.sources`) hands out `ColumnValues`. They are either written out as
cells (`written`) or compared (`livens.values.tables.comparing`).
"""

from __future__ import annotations

import datetime
import sys
from typing import Any, Literal, NamedTuple

from livens.protocol.redaction import WriteText, unmasked
from livens.protocol.table_requests import Scalar
from livens.values.passive import module_contents
from livens.values.summaries import WriteShort
from livens.values.tables.cell_values import (
    MAX_CHARS,
    cell,
    cell_text,
    is_missing,
    is_numpy_scalar,
)

ColumnKind = Literal["number", "bool", "text", "time", "other"]

UTC = datetime.timezone.utc  # noqa: UP017 - mypy knows this one as a tzinfo


class ColumnValues(NamedTuple):
    """Some rows of a column.

    Attributes
    ----------
    values : ndarray or list
        An exact numpy array of a builtin dtype, or a list of any objects.
    nulls : ndarray or list of bool, optional
        Which of them are missing, besides NaN, NaT and None.
    labels : list, optional
        If given, `values` are positions in it, and -1 is missing: a categorical column.
    zone : tzinfo, optional
        Of times that are kept in UTC: the zone to show them in.
    missing : str
        How the library writes what `nulls`, a position of -1 or NaT stand for.
    """

    values: Any
    nulls: Any = None
    labels: list[Any] | None = None
    zone: datetime.tzinfo | None = None
    missing: str = "None"


def loaded_numpy() -> Any:
    """Return numpy if the user has loaded it, else None; livens never imports it."""
    return sys.modules["numpy"] if "ndarray" in module_contents("numpy") else None


def is_array(values: object) -> bool:
    """Return whether *values* is an exact numpy array, whose methods are numpy's own."""
    return type(values) is module_contents("numpy").get("ndarray")


# -- as cells ------------------------------------------------------------------------------


def written(piece: ColumnValues, preview: WriteShort, masked: WriteText = unmasked) -> list[Scalar]:
    """Write the values as a client gets them, texts without the secrets in them."""
    values = piece.values
    if piece.labels is not None:
        labels = [cell(label, preview, masked) for label in piece.labels]
        return [None if code < 0 else labels[code] for code in listed(values)]
    if is_array(values) and values.dtype.kind in "mM":
        cells = times(values, piece.zone)
    else:
        cells = [cell(value, preview, masked) for value in listed(values)]
    if piece.nulls is None:
        return cells
    nulls = listed(piece.nulls)
    return [None if is_null else text for text, is_null in zip(cells, nulls, strict=True)]


def texts(
    piece: ColumnValues,
    preview: WriteShort,
    masked: WriteText = unmasked,
    chars: int = MAX_CHARS,
) -> tuple[list[str], list[int]]:
    """Write the values as Python does; return also the positions of the missing ones."""
    values, missing = piece.values, piece.missing
    if piece.labels is not None:
        labels = [cell_text(label, preview, masked, chars) for label in piece.labels]
        found = [missing if code < 0 else labels[code] for code in listed(values)]
        return found, [place for place, code in enumerate(listed(values)) if code < 0]
    if is_array(values) and values.dtype.kind in "mM":
        cells = times(values, piece.zone)
        found = [missing if text is None else str(text) for text in cells]
        empty = {place for place, text in enumerate(cells) if text is None}
    else:
        # Shorter floats are written by numpy: as Python's they would have more digits.
        is_short = is_array(values) and values.dtype.kind == "f" and values.dtype.itemsize < 8
        found = [
            cell_text(value, preview, masked, chars)
            for value in (values if is_short else listed(values))
        ]
        empty = {place for place, value in enumerate(listed(values)) if is_missing(value)}
    if piece.nulls is not None:
        nulls = [place for place, is_null in enumerate(listed(piece.nulls)) if is_null]
        empty.update(nulls)
        for place in nulls:
            found[place] = missing
    return found, sorted(empty)


def listed(values: Any) -> list[Any]:
    """Return values as a list, which those of an array are copied to."""
    return values if type(values) is list else list(values.tolist())


def times(values: Any, zone: datetime.tzinfo | None) -> list[Scalar]:
    """Write numpy's times and spans; they may be finer, or later, than Python's."""
    if values.dtype.kind == "m":
        spans = values.astype("m8[us]").tolist()
        return [None if span is None else str(span) for span in spans]
    if zone is None:
        return [None if text == "NaT" else _short(text) for text in values.astype("U").tolist()]
    moments = values.astype("M8[us]").tolist()
    return [_in_zone(moment, zone) for moment in moments]


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _in_zone(moment: Any, zone: datetime.tzinfo) -> str | None:
    if type(moment) is not datetime.datetime:
        return None if moment is None else str(moment)  # beyond the year 9999
    return moment.replace(tzinfo=UTC).astimezone(zone).isoformat()


# -- kinds ---------------------------------------------------------------------------------

ARRAY_KINDS: dict[str, ColumnKind] = {
    "b": "bool",
    "i": "number",
    "u": "number",
    "f": "number",
    "m": "time",
    "M": "time",
    "U": "text",
}

# By the id of the class: a class as a key would be hashed by its metaclass.
GROUPS: dict[int, str] = {
    id(bool): "bool",
    id(int): "number",
    id(float): "number",
    id(str): "text",
    id(datetime.datetime): "datetime",
    id(datetime.date): "date",
    id(datetime.timedelta): "timedelta",
}
TIMES = ("datetime", "date", "timedelta")


def kind_of(values: Any) -> ColumnKind:
    """Return in one word what the first values of a column are.

    Examples
    --------
    >>> kind_of([None, "a"]), kind_of([1, 2.5]), kind_of([1, "a"]), kind_of([])
    ('text', 'number', 'other', 'other')
    """
    if is_array(values) and values.dtype.kind != "O":
        return ARRAY_KINDS.get(values.dtype.kind, "other")
    some = [v.item() if is_numpy_scalar(v) else v for v in listed(values[:1_000])]
    kinds = {GROUPS.get(id(type(value)), "other") for value in some if not is_missing(value)}
    if kinds == {"bool", "number"}:
        return "number"
    group = kinds.pop() if len(kinds) == 1 else "other"
    return "time" if group in TIMES else group  # type: ignore[return-value]
