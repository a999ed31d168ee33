"""The standard library: dates, exact numbers, paths, patterns.

The text of these exact classes is made by code of the standard library from their own data. A
`datetime` with a time zone is shown in full only when the zone is the standard library's as
well: its text calls the zone's methods.
"""

from __future__ import annotations

import datetime
from typing import Any

from livens.passive import qualified_name
from livens.summaries import Adapter, Limits, Preview, Summary


def _number(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("number", str(value))


def _text(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", str(value))


def _pattern(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", f"re.compile({preview(value.pattern)})")


def _datetime(value: Any, limits: Limits, preview: Preview) -> Summary:
    zone = value.tzinfo
    if zone is None or qualified_name(type(zone)) in ("datetime.timezone", "zoneinfo.ZoneInfo"):
        return Summary("other", str(value))
    naive = datetime.datetime.replace(value, tzinfo=None)
    return Summary("other", f"{naive} in {qualified_name(type(zone))}")


ADAPTERS: dict[str, Adapter] = {
    "decimal.Decimal": _number,
    "fractions.Fraction": _number,
    "datetime.date": _text,
    "datetime.timedelta": _text,
    "datetime.datetime": _datetime,
    "uuid.UUID": _text,
    "pathlib.PosixPath": _text,
    "pathlib.WindowsPath": _text,
    "pathlib._local.PosixPath": _text,  # where CPython 3.13 keeps it
    "pathlib._local.WindowsPath": _text,
    "re.Pattern": _pattern,
}
