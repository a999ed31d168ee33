"""duckdb: connections and relations; no query is run.

The text of a relation runs its query. Its columns were found when it was made, and are kept with
it; asking for its length would run it again.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_name
from livens.values.summaries import Adapter, Limits, Preview, Summary

_COLUMNS = 8


def _connection(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("object", "duckdb connection")


def _relation(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("lazy", "duckdb relation, not executed")


def _expression(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("lazy", f"duckdb {class_name(type(value))}, not executed")


_HOMES = ("duckdb", "_duckdb", "duckdb.duckdb", "duckdb._relation", "duckdb._expression")

ADAPTERS: dict[str, Adapter] = {
    **{f"{home}.DuckDBPyConnection": _connection for home in _HOMES},
    **{f"{home}.DuckDBPyRelation": _relation for home in _HOMES},
}

BASES: dict[str, Adapter] = {f"{home}.Expression": _expression for home in _HOMES}
