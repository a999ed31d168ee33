"""sqlite3: connections and cursors by their state; no query, no row is fetched.

``in_transaction`` asks the open database for a flag, the rest are fields of the objects. A
closed connection refuses even that.
"""

from __future__ import annotations

from typing import Any

from livens.values.summaries import Adapter, Limits, Preview, Summary

_COLUMNS = 8


def _connection(value: Any, limits: Limits, preview: Preview) -> Summary:
    try:
        is_open = value.in_transaction
    except Exception:  # noqa: BLE001 - its class is in a library that is not imported here
        return Summary("object", "sqlite3 connection, closed")
    return Summary("object", f"sqlite3 connection{', in a transaction' if is_open else ''}")


def _cursor(value: Any, limits: Limits, preview: Preview) -> Summary:
    described = value.description
    if type(described) is not tuple:
        return Summary("lazy", "sqlite3 cursor, no columns")
    names = ", ".join(preview(column[0]) for column in described[:_COLUMNS])
    more = ", …" if len(described) > _COLUMNS else ""
    return Summary("lazy", f"sqlite3 cursor: {names}{more}, not fetched")


def _row(value: Any, limits: Limits, preview: Preview) -> Summary:
    row = dict(zip(value.keys(), tuple(value), strict=False))
    return Summary("mapping", f"Row({preview(row)})", length=len(value))


ADAPTERS: dict[str, Adapter] = {
    "sqlite3.Connection": _connection,
    "sqlite3.Cursor": _cursor,
    "sqlite3.Row": _row,
}
