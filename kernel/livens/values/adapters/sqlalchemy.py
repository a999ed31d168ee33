"""SQLAlchemy: engines, connections, sessions and results by what they keep; no query is sent.

Read from ``__dict__`` and ``__slots__`` only: attributes of mapped objects load from the
database, the text of a statement compiles it, and a result fetches. The password of a URL is
never shown, nor its user and its query.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import attributes, class_name, exact_text, is_real_instance
from livens.values.summaries import Adapter, Limits, Preview, Summary

_COLUMNS = 8


def _engine(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("object", f"Engine {_url(attributes(value).get('url'))}".rstrip())


def _url(url: Any) -> str:
    if not is_real_instance(url, tuple):
        return ""
    fields = tuple.__getitem__(url, slice(None))
    if len(fields) != 7:  # driver, user, password, host, port, database, query
        return ""
    driver, _, _, host, port, database, _ = fields
    where = f"{host if type(host) is str else ''}{f':{port}' if type(port) is int else ''}"
    path = database if type(database) is str else ""
    return f"{driver if type(driver) is str else '?'}://{where}/{path}"


def _connection(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = attributes(value)
    engine = attributes(found.get("engine"))
    is_closed = found.get("_dbapi_connection") is None and found.get("_can_reconnect") is not True
    state = ", closed" if is_closed else ""
    if found.get("_transaction") is not None:
        state += ", in a transaction"
    return Summary("object", f"{class_name(type(value))} {_url(engine.get('url'))}{state}")


def _session(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = attributes(value)
    known = attributes(found.get("identity_map")).get("_dict")
    counts = [("new", found.get("_new")), ("deleted", found.get("_deleted")), ("known", known)]
    told = [f"{len(items)} {word}" for word, items in counts if type(items) is dict]
    return Summary("object", f"{class_name(type(value))}, {', '.join(told)}")


def _result(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = attributes(value)
    keys = _keys(found.get("_metadata"))
    told = f": {', '.join(map(preview, keys[:_COLUMNS]))}" if keys else ""
    return Summary("lazy", f"{class_name(type(value))}{told}, not fetched")


def _keys(metadata: Any) -> list[Any]:
    keys: Any = attributes(metadata).get("_keys")
    if is_real_instance(keys, list):
        return list.__getitem__(keys, slice(None))
    names = attributes(keys).get("_keys")
    return names if type(names) is list else []


def _row(value: Any, limits: Limits, preview: Preview) -> Summary:
    data, keys = value._data, _keys(value._parent)  # fields of the class in C
    if type(data) is not tuple:
        return Summary("sequence", "Row")
    shown = dict(zip(keys, data, strict=False)) if len(keys) == len(data) else data
    return Summary("sequence", f"Row({preview(shown)})", length=len(data))


def _statement(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("lazy", f"{class_name(type(value))}, not executed")


def _table(value: Any, limits: Limits, preview: Preview) -> Summary:
    name: Any = attributes(value).get("name")  # of a class of SQLAlchemy's own that is a str
    told = exact_text(name) if is_real_instance(name, str) else "?"
    return Summary("object", f"{class_name(type(value))} {told!r}")


ADAPTERS: dict[str, Adapter] = {"sqlalchemy.engine.row.Row": _row}

BASES: dict[str, Adapter] = {
    "sqlalchemy.engine.base.Engine": _engine,
    "sqlalchemy.engine.base.Connection": _connection,
    "sqlalchemy.orm.session.Session": _session,
    "sqlalchemy.engine.result.Result": _result,
    "sqlalchemy.engine.result.FilterResult": _result,
    "sqlalchemy.sql.schema.SchemaItem": _table,
    "sqlalchemy.sql.elements.ClauseElement": _statement,
    "sqlalchemy.orm.query.Query": _statement,
}
