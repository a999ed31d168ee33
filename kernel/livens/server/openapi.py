"""The OpenAPI document, made of the types that handlers read and write."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

import livens
from livens.protocol import requests
from livens.protocol.schema import self_contained
from livens.protocol.types import Variable
from livens.server import events, models, socket_messages
from livens.server.settings import Limits
from livens.state.stores import rooms

EVENTS = "text/event-stream"
FILE = "application/octet-stream"
PREFIX = "#/components/schemas/"


class Operation(NamedTuple):
    """One thing that can be done by HTTP.

    Attributes
    ----------
    method, path : str
        Of HTTP.
    summary : str
        What it does.
    answer : type, optional
        What is answered; None is an empty answer (204).
    body : type, optional
        What is sent.
    query : type, optional
        A struct whose fields are arguments of the query.
    refusals : tuple of int
        The statuses that it may have beside those that all have.
    media : str
        Of the answer.
    status : int
        Of the answer.
    needs_body : bool
        Whether there has to be one.
    may_make : bool
        Whether it makes what is not there, and then answers 201.
    """

    method: str
    path: str
    summary: str
    answer: Any
    body: Any = None
    query: type[msgspec.Struct] | None = None
    refusals: tuple[int, ...] = ()
    media: str = "application/json"
    status: int = 200
    needs_body: bool = True
    may_make: bool = False


class EndQuery(msgspec.Struct):
    """The query of ``DELETE /sessions/{id}``: whether its files are deleted as well."""

    files: bool = False


class ChangesQuery(msgspec.Struct):
    """The query of ``/changes``: names or patterns, with commas between them."""

    names: str = "*"


OF_VARIABLES = (400, 404, 502, 503, 504)

OPERATIONS = (
    Operation(
        "post",
        "/execute/{sessionId}",
        "Run code, and answer with all that it told",
        models.ExecuteAnswer,
        models.ExecuteRequest,
        refusals=(400, 413, 429, 503),
    ),
    Operation(
        "post",
        "/execute-stream/{sessionId}",
        "Run code, and tell its events as they come",
        events.ExecutionEvent,
        models.ExecuteRequest,
        refusals=(400, 413, 429, 503),
        media=EVENTS,
    ),
    Operation(
        "post",
        "/reset/{sessionId}",
        "Empty the namespace, in the same kernel",
        models.ResetAnswer,
        refusals=(400, 409, 429, 503),
    ),
    Operation("get", "/health", "Whether the server answers", models.Health),
    Operation("get", "/sessions", "List the sessions", models.SessionList),
    Operation(
        "post",
        "/sessions",
        "Make a session; one that is there stays as it is",
        models.SessionInfo,
        models.SessionRequest,
        refusals=(400, 413, 429, 503),
        needs_body=False,
        may_make=True,
    ),
    Operation(
        "get",
        "/sessions/{sessionId}",
        "Tell what is known of a session",
        models.SessionInfo,
        refusals=(400, 404, 503),
    ),
    Operation(
        "post",
        "/sessions/{sessionId}",
        "Make a session; one that is there stays as it is",
        models.SessionInfo,
        refusals=(400, 429, 503),
        may_make=True,
    ),
    Operation(
        "delete",
        "/sessions/{sessionId}",
        "End a session and its kernel",
        None,
        query=EndQuery,
        refusals=(400, 404, 503),
        status=204,
    ),
    Operation(
        "post",
        "/sessions/{sessionId}/interrupt",
        "Interrupt the code that runs",
        None,
        refusals=(400, 404, 503),
        status=204,
    ),
    Operation(
        "get",
        "/sessions/{sessionId}/files",
        "List the files of a session",
        models.FileList,
        refusals=(400, 429, 501),
    ),
    Operation(
        "get",
        "/sessions/{sessionId}/files/{path}",
        "Fetch a file",
        bytes,
        refusals=(400, 404, 409, 429, 501),
        media=FILE,
    ),
    Operation(
        "put",
        "/sessions/{sessionId}/files/{path}",
        "Write a file",
        None,
        bytes,
        refusals=(400, 404, 409, 413, 429, 501),
        needs_body=False,
        may_make=True,
        status=204,
    ),
    Operation(
        "delete",
        "/sessions/{sessionId}/files/{path}",
        "Delete a file or an empty folder",
        None,
        refusals=(400, 404, 409, 429, 501),
        status=204,
    ),
    Operation(
        "get",
        "/variables/{sessionId}",
        "List the variables",
        requests.VariableList,
        query=requests.ListParams,
        refusals=OF_VARIABLES,
    ),
    Operation(
        "get",
        "/variables/{sessionId}/{name}",
        "Describe a variable",
        Variable,
        refusals=OF_VARIABLES,
    ),
    Operation(
        "put",
        "/variables/{sessionId}/{name}",
        "Bind a name to the value of an expression",
        Variable,
        models.SetRequest,
        refusals=(*OF_VARIABLES, 403, 409, 413, 422),
    ),
    Operation(
        "delete",
        "/variables/{sessionId}/{name}",
        "Delete a variable",
        None,
        refusals=(*OF_VARIABLES, 403, 409),
        status=204,
    ),
    *(
        Operation(
            "get",
            f"/variables/{{sessionId}}/{{name}}/{method}",
            summary,
            requests.RESULTS[method],
            query=requests.REQUESTS[method],
            refusals=(*OF_VARIABLES, 409, 422),
        )
        for method, summary in (
            ("inspect", "Describe a value and what is in it"),
            ("table", "Read a page of a table"),
            ("value", "Show a value by its own words"),
            ("history", "Tell what a variable was"),
        )
    ),
    Operation(
        "get",
        "/changes/{sessionId}",
        "Tell the whole state, then each change",
        events.Change,
        query=ChangesQuery,
        refusals=(400, 429, 503),
        media=EVENTS,
    ),
    Operation(
        "get",
        "/rooms/{room}",
        "Tell what was written into a room, or wait for it",
        rooms.RoomChanges,
        query=rooms.RoomQuery,
        refusals=(400, 429, 503),
    ),
    Operation(
        "patch",
        "/rooms/{room}",
        "Write values into a room, all at one position",
        rooms.RoomWritten,
        rooms.RoomWrite,
        refusals=(400, 413, 429, 503),
    ),
    Operation(
        "get",
        "/rooms/{room}/changes",
        "Tell what was written into a room, as it comes",
        rooms.RoomChanges,
        query=rooms.RoomChangesQuery,
        refusals=(400, 429, 503),
        media=EVENTS,
    ),
)
"""All that can be done, in the order of the document."""

PARAMETERS: dict[str, dict[str, Any]] = {
    "sessionId": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    "name": {"type": "string", "minLength": 1},
    "path": {"type": "string", "minLength": 1},
    "room": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
}
"""The arguments in paths."""


def document(limits: Limits) -> dict[str, Any]:
    """Return the OpenAPI document (version 3.1) of a server with these limits."""
    kinds: list[Any] = [models.Refusal]
    for operation in OPERATIONS:
        parts = (operation.answer, operation.body, operation.query)
        kinds += [kind for kind in parts if kind is not None and kind not in kinds]
    kinds += [kind for pair in socket_messages.METHODS.values() for kind in pair]
    kinds += socket_messages.TOLD.values()
    schemas, components = msgspec.json.schema_components(kinds, ref_template=PREFIX + "{name}")

    def schema_of(kind: Any) -> dict[str, Any]:
        schema: dict[str, Any] = schemas[kinds.index(kind)]
        return schema

    for seconds in components["ExecuteRequest"]["properties"]["timeout_s"]["anyOf"]:
        if seconds["type"] == "number":
            seconds["maximum"] = limits.timeout_s
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        described = _describe(operation, schema_of, components)
        paths.setdefault(operation.path, {})[operation.method] = described
    token = "`token TOKEN`, as Jupyter Server has it"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "livens",
            "version": livens.__version__,
            "description": "Python sessions, with their variables live.",
        },
        "servers": [{"url": "."}],
        "security": [{"token": []}],
        "paths": paths,
        "x-socket": _socket(schema_of),
        "components": {
            "schemas": self_contained(components),
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": token,
                }
            },
        },
    }


def _socket(schema_of: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Return what the document says of the WebSocket, for which OpenAPI has no words."""
    return {
        "path": "/sessions/{sessionId}/socket",
        "methods": {
            name: {"params": schema_of(params), "result": schema_of(result)}
            for name, (params, result) in socket_messages.METHODS.items()
        },
        "told": {"oneOf": [schema_of(message) for message in socket_messages.TOLD.values()]},
    }


def _describe(
    operation: Operation,
    schema_of: Callable[[Any], dict[str, Any]],
    components: dict[str, Any],
) -> dict[str, Any]:
    """Return what the document says of one operation."""
    responses: dict[str, Any] = {str(operation.status): _answer(operation, schema_of)}
    refusals = operation.refusals if operation.path == "/health" else (403, *operation.refusals)
    if operation.may_make:
        responses["201"] = responses[str(operation.status)]
    for status in sorted(refusals):
        refusal = {"application/json": {"schema": schema_of(models.Refusal)}}
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": refusal}
    described: dict[str, Any] = {
        "operationId": _name(operation),
        "summary": operation.summary,
        "responses": responses,
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": PARAMETERS[name]}
        for name in PARAMETERS
        if f"{{{name}}}" in operation.path
    ]
    if operation.query is not None:
        parameters += _query(operation.query, components)
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        media = FILE if operation.body is bytes else "application/json"
        body = {media: {"schema": schema_of(operation.body)}}
        described["requestBody"] = {"required": operation.needs_body, "content": body}
    if operation.path == "/health":
        described["security"] = []
    return described


def _answer(operation: Operation, schema_of: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    if operation.answer is None:
        return {"description": "Done"}
    schema = schema_of(operation.answer)
    if operation.media == FILE:
        return {"description": "The file", "content": {FILE: {}}}
    if operation.media != EVENTS:
        return {"description": "The answer", "content": {operation.media: {"schema": schema}}}
    # OpenAPI 3.1 has no word for the events of a stream, and programs take `schema` for that of
    # each; 3.2 calls it `itemSchema`.
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    event = {"type": "object", "required": ["data"], "properties": {"data": data}}
    content = {EVENTS: {"schema": event, "x-itemSchema": schema}}
    return {"description": "Server-sent events; the data of each is JSON", "content": content}


def _query(kind: type[msgspec.Struct], components: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the arguments of a query: text, or JSON where the field is more than that."""
    found = []
    fields = components[kind.__name__]["properties"]
    for name, schema in fields.items():
        if name == "name":
            continue  # it is in the path
        if name == "path":  # its first step is
            schema = {**schema, "minItems": 0, "maxItems": schema["maxItems"] - 1}  # noqa: PLW2901
        is_text = schema.get("type") == "string" or "enum" in schema
        argument: dict[str, Any] = {"name": name, "in": "query", "required": False}
        if is_text:
            argument["schema"] = schema
        else:
            argument["content"] = {"application/json": {"schema": schema}}
        found.append(argument)
    return found


def _name(operation: Operation) -> str:
    words = [part for part in operation.path.split("/") if part and "{" not in part]
    return "-".join([operation.method, *words, *(["one"] if operation.path.endswith("}") else [])])
