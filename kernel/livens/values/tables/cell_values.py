"""Cells: from a value in a table to what JSON can carry.

Numbers, bools and text stay what they are; missing values (None, NaN, NaT, NA) are null. What
JSON or JavaScript would misread comes as text: infinities, integers beyond 2**53, times (ISO
8601). Everything else is previewed as in a list of variables: no code of the user's runs.

People are shown the text of a value instead, as Python writes it (`cell_text`).
"""

from __future__ import annotations

import datetime
import math
import re
from typing import Any

from livens.protocol.redaction import WriteText, unmasked
from livens.protocol.table_requests import Scalar
from livens.values import passive
from livens.values.passive import qualified_name, sendable_text
from livens.values.summaries import WriteShort

MAX_CHARS = 200
"""Where the text of a cell is cut."""

_BEYOND = 400
"""How far a text is searched for secrets beyond where it is cut."""

_EXACT_IN_JAVASCRIPT = 2**53
_MAX_INT_BITS = 2_000
_STANDARD_ZONES = ("datetime.timezone", "zoneinfo.ZoneInfo")
_MISSING = (
    "pandas._libs.tslibs.nattype.NaTType", "pandas.api.typing.NaTType",
    "pandas._libs.missing.NAType", "pandas.api.typing.NAType",
)  # fmt: skip


class Unread:
    """Stands for a value in a column of a class whose methods are anybody's.

    Parameters
    ----------
    name : str
        Of that class.
    """

    def __init__(self, name: str) -> None:
        self.name = name


def cell(value: Any, preview: WriteShort, masked: WriteText = unmasked) -> Scalar:
    """Return what the client gets for one value; a text without the secrets in it.

    Examples
    --------
    >>> [cell(v, repr) for v in (1, 2.5, float("nan"), float("-inf"), 2**60, None, [1])]
    [1, 2.5, None, '-inf', '1152921504606846976', None, '[1]']
    >>> cell(datetime.date(2024, 2, 29), repr)
    '2024-02-29'
    """
    kind = type(value)
    if kind is float:
        return number(value)
    if kind is str:
        return cut(value, masked)
    if value is None or kind is bool:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return integer(value)
    if kind is datetime.datetime:
        return moment(value, preview)
    if kind is datetime.date or (kind is datetime.time and value.tzinfo is None):
        return str(value.isoformat())
    if kind is datetime.timedelta:
        return str(value)
    if is_numpy_scalar(value):
        return cell(value.item(), preview, masked)
    if kind is Unread:
        return f"<{cut(value.name)}>"
    return None if qualified_name(kind) in _MISSING else cut(preview(value))


def cell_text(
    value: Any, preview: WriteShort, masked: WriteText = unmasked, chars: int = MAX_CHARS
) -> str:
    """Return a value as Python writes it, with every digit; text is itself, cut after *chars*.

    Examples
    --------
    >>> [cell_text(v, repr) for v in (1.0, float("nan"), None, True, 123456789.12345679, "a")]
    ['1.0', 'nan', 'None', 'True', '123456789.12345679', 'a']
    """
    kind = type(value)
    if kind is str:
        return cut(value, masked, chars)
    if kind is float or kind is bool or value is None:
        return repr(value)
    if is_numpy_scalar(value):
        is_short_float = value.dtype.kind == "f" and value.dtype.itemsize < 8
        return str(value) if is_short_float else cell_text(value.item(), preview, masked, chars)
    name = qualified_name(kind)
    if name in _MISSING:
        return "NaT" if name.endswith("NaTType") else "<NA>"
    return str(cell(value, preview, masked))


def span_seconds(wanted: Scalar) -> float:
    """Return the seconds of a span, which may also be written as cells are.

    Raises
    ------
    ValueError
        If it is no number and no such text.

    Examples
    --------
    >>> span_seconds("-1 day, 1:00:00.5"), span_seconds(90), span_seconds("0.5")
    (-82799.5, 90.0, 0.5)
    """
    found = _SPAN.fullmatch(wanted) if type(wanted) is str else None
    if found is None:
        return float(wanted)  # type: ignore[arg-type]
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


_SPAN = re.compile(r"(?:(-?\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def is_numpy_scalar(value: object) -> bool:
    """Return whether a value is one number, bool or text of numpy's own."""
    if passive.class_module(type(value)) != "numpy":
        return False
    name = passive.class_name(type(value))
    return name in _NUMPY_SCALARS and passive.module_contents("numpy").get(name) is type(value)


_NUMPY_SCALARS = (
    "bool", "bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "longlong", "ulonglong", "float16", "float32", "float64", "str_",
)  # fmt: skip


def number(value: float) -> float | str | None:
    """Return a float, null for NaN, and text for the infinite ones."""
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else ("inf" if value > 0 else "-inf")


def integer(value: int) -> int | str:
    """Return an integer, as text where JavaScript would round it."""
    if -_EXACT_IN_JAVASCRIPT <= value <= _EXACT_IN_JAVASCRIPT:
        return value
    bits = value.bit_length()
    return str(value) if bits <= _MAX_INT_BITS else f"int of {bits} bits"


def cut(text: str, masked: WriteText = unmasked, chars: int = MAX_CHARS) -> str:
    """Return a text that can be sent, cut where it is too long for a cell."""
    if masked is not unmasked:
        text = masked(text[: chars + _BEYOND])
    if len(text) > chars:
        text = text[: chars - 1] + "…"
    return sendable_text(text)


def moment(value: datetime.datetime, preview: WriteShort) -> str:
    """Return a time in ISO 8601, unless its zone is of a class that would run code."""
    return value.isoformat() if is_plain_time(value) else cut(preview(value))


def is_plain_time(value: datetime.datetime) -> bool:
    """Return whether a time has no zone, or one whose methods are the standard library's."""
    zone = value.tzinfo
    return zone is None or qualified_name(type(zone)) in _STANDARD_ZONES


def is_missing(value: object) -> bool:
    """Return whether a value stands for a missing one."""
    kind = type(value)
    if value is None:
        return True
    if kind is float:
        return math.isnan(value)  # type: ignore[arg-type]
    if kind is str or kind is int or kind is bool:
        return False
    if is_numpy_scalar(value):
        return is_missing(value.item())  # type: ignore[attr-defined]
    return qualified_name(kind) in _MISSING
