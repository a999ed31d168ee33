"""The OpenAPI document holds for a real server, whatever is sent to it."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest

from tests.server.test_execute import execute

STREAMS = ("/changes/{sessionId}", "/rooms/{room}/changes")
"""Have no end; tests/server/test_variables.py and test_rooms.py are about them."""


FIELDS = [
    *("code", "timeout_s", "variables", "expression", "when_busy"),
    *("values", "delete", "source"),
]


def pieces(chance: random.Random) -> Any:
    """Return some JSON value that may stand anywhere."""
    return chance.choice(
        [
            None, True, 0, -1, 1.5, 10**30, "", "a", "\x00", "\ud800", "💥" * 10, [], [None], {},
            {"code": "1"}, [["name", "a"]], "x" * 5_000,
        ]
    )  # fmt: skip


def a_body(chance: random.Random, names: list[str]) -> bytes:
    """Return a body that is nearly right, or not at all."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(chance.randrange(40))
    if kind == 1:
        return json.dumps(pieces(chance)).encode()
    body = {name: pieces(chance) for name in chance.sample(names, chance.randint(1, len(names)))}
    text = json.dumps(body).encode()
    return text[: chance.randrange(len(text))] if kind == 2 else text


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that stands alone."""
    return {**schema, "components": document["components"]}


def need_documented(
    document: dict[str, Any], operation: dict[str, Any], answer: httpx.Response
) -> None:
    """Fail unless the document has this answer."""
    assert str(answer.status_code) in operation["responses"], (answer.request.url, answer.text)
    content = operation["responses"][str(answer.status_code)].get("content", {})
    if not content:
        assert answer.content == b""
        return
    media = answer.headers["content-type"].split(";")[0]
    assert media in content
    schema = resolved(document, content[media]["schema"])
    if media == "application/json":
        jsonschema.validate(answer.json(), schema)
        return
    schema = resolved(document, content[media]["x-itemSchema"])
    for line in answer.text.splitlines():
        if line.startswith("data: "):
            jsonschema.validate(json.loads(line[6:]), schema)


@pytest.mark.long_because("it sends more than a thousand requests")
def test_any_request_has_a_documented_answer(http: httpx.Client, session_id: str) -> None:
    """Eight hundred bodies, and queries, most of them wrong; the session is none the worse."""
    chance = random.Random(7)
    document = http.get("/openapi.json").json()
    execute(http, session_id, "a = {'k': [1, 2]}")
    statuses: set[int] = set()
    for path, operations in document["paths"].items():
        if path in STREAMS:
            continue
        for method, operation in operations.items():
            if (method, path) == ("delete", "/sessions/{sessionId}"):
                continue  # it would have to be made anew each time
            has_body = "requestBody" in operation
            for _ in range(160 if has_body else 30):
                where = path.replace("{room}", chance.choice([session_id, "a b", "x" * 99]))
                where = where.replace("{sessionId}", session_id).replace(
                    "{name}", quote(chance.choice(["a", "b", "\x00", "ä.b", "*", "x" * 500]), "")
                )
                query = {
                    part["name"]: chance.choice([json.dumps(pieces(chance)), "a", "NaN", "1e999"])
                    for part in operation.get("parameters", [])
                    if part["in"] == "query" and chance.random() < 0.4
                }
                body = a_body(chance, FIELDS)
                if path == "/sessions":  # a good one would make a session
                    body = b"{" + body
                content = body if has_body else None
                answer = http.request(method, where, params=query, content=content)
                need_documented(document, operation, answer)
                statuses.add(answer.status_code)
    assert {200, 400, 404} <= statuses
    assert max(statuses) < 500
    assert execute(http, session_id, "print(1)")["output"] == "1\n"


@pytest.mark.parametrize(
    "body",
    [
        b'{"code": "print(\'\\ud800\')"}',
        b'{"code": "print(\'\xed\xa0\x80\')"}',
        b'{"code": "1", "timeout": 3}',
        b'{"code": "1", "timeout_s": 1e400}',
        b'{"code": "1"} x',
        b"\xff\xfe{\x00}\x00",
    ],
)
def test_bodies_that_are_nearly_right(http: httpx.Client, session_id: str, body: bytes) -> None:
    """Lone surrogates, a field of another name, a number that is none: 400, and no session."""
    answer = http.post(f"/execute/{session_id}", content=body)
    assert answer.status_code == 400, answer.text
    assert http.get(f"/sessions/{session_id}").status_code == 404


def test_error_that_the_kernel_cannot_send_is_no_success(
    http: httpx.Client, session_id: str
) -> None:
    """ipykernel cannot send a traceback with a lone surrogate; its reply tells of an error."""
    answer = execute(http, session_id, "raise ValueError('\\udfff')")
    assert "surrogates not allowed" in answer["error"]
    assert execute(http, session_id, "print('a\\x00b')")["output"] == "a\x00b\n"


def test_a_megabyte_of_code(http: httpx.Client, session_id: str) -> None:
    """It runs as any other."""
    code = "x = '" + "a" * 1_000_000 + "'\nprint(len(x))"
    assert execute(http, session_id, code)["output"] == "1000000\n"


def test_method_that_is_not_there(http: httpx.Client, session_id: str) -> None:
    """The answer names those that are."""
    answer = http.get(f"/execute/{session_id}")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, OPTIONS"


def test_without_a_token_the_answer_says_what_is_missing(server: Any, session_id: str) -> None:
    """Also where Jupyter would tell of XSRF."""
    with httpx.Client(base_url=server.url) as stranger:
        for answer in (
            stranger.post(f"/execute/{session_id}", json={"code": "1"}),
            stranger.get("/sessions"),
            stranger.get("/sessions", headers={"Authorization": "token wrong"}),
        ):
            assert answer.status_code == 403
            assert "expected the header `Authorization: token TOKEN`" in answer.json()["message"]
