"""``/docs``: the OpenAPI document as a page for people.

It is made of the document alone. It has no script, and loads nothing.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated

from livens.server import openapi
from livens.server.handlers import Handler

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, pre, summary { font-family: ui-monospace, monospace; font-size: 14px }
pre { background: #f4f4f4; padding: 0.5rem; overflow-x: auto }
table { border-collapse: collapse } td, th { text-align: left; padding: 0.1rem 1rem 0.1rem 0 }
details { border-top: 1px solid #ccc; padding: 0.4rem 0 } b { text-transform: uppercase }
""".strip()

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"

PREFIX = openapi.PREFIX


class DocsHandler(Handler):
    """``GET /docs``: what can be asked, for people."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer; needs no token, as the document."""
        self.set_header("Content-Security-Policy", POLICY)
        self.finish(
            page(openapi.document(self.limits)), set_content_type="text/html; charset=utf-8"
        )


def page(document: dict[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    document : dict
        An OpenAPI document, such as that of `livens.server.openapi.document`.
    """
    info = document["info"]
    title = escape(f"{info['title']} {info['version']}")
    operations = "\n".join(
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    schemas = "\n".join(
        f'<details id="{escape(name)}"><summary>{escape(name)}</summary>{_code(schema)}</details>'
        for name, schema in document["components"]["schemas"].items()
    )
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>
<body>
<main>
<h1>{title}</h1>
<p>{escape(info["description"])} For programs: <a href="openapi.json">openapi.json</a>.</p>
<h2>Calls</h2>
{operations}
<h2>Types</h2>
{schemas}
</main>
</body>
</html>
"""


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parts = []
    if parameters := operation.get("parameters"):
        rows = "".join(_parameter(parameter) for parameter in parameters)
        head = "<tr><th>parameter</th><th>in</th><th>type</th></tr>"
        parts.append(f"<table>{head}{rows}</table>")
    if body := operation.get("requestBody"):
        parts.append(f"<p>Body: {_content(body['content'])}</p>")
    rows = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(answer['description'])}</td>"
        f"<td>{_content(answer.get('content', {}))}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    parts.append(f"<table><tr><th>status</th><th>answer</th><th>type</th></tr>{rows}</table>")
    head = f"<b>{escape(method)}</b> {escape(path)}"
    text = escape(operation["summary"])
    return f"<details><summary>{head}</summary><p>{text}.</p>{''.join(parts)}</details>"


def _parameter(parameter: dict[str, Any]) -> str:
    schema = parameter.get("schema")
    kind = _schema(schema) if schema is not None else _content(parameter["content"])
    name, place = escape(parameter["name"]), escape(parameter["in"])
    return f"<tr><td><code>{name}</code></td><td>{place}</td><td>{kind}</td></tr>"


def _content(content: dict[str, Any]) -> str:
    """Return the media types and the types of what is sent or answered."""
    return ", ".join(
        f"{escape(media)}: {_schema(described.get('x-itemSchema') or described.get('schema'))}"
        for media, described in content.items()
    )


def _schema(schema: dict[str, Any] | None) -> str:
    """Return a link for a type that has a name, else the type itself; bytes have none."""
    if schema is None:
        return "bytes"
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(PREFIX))
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " | ".join(_schema(part) for part in schema["anyOf"])
    return f"<code>{escape(json.dumps(schema, ensure_ascii=False))}</code>"


def _code(schema: dict[str, Any]) -> str:
    return f"<pre>{escape(json.dumps(schema, indent=2, ensure_ascii=False))}</pre>"
