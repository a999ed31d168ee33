"""A session over a WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from livens.server.openapi import document
from livens.server.settings import Limits
from tests.server.conftest import TOKEN
from tests.server.test_execute import execute

TIMEOUT_S = 60.0


DOCUMENT = document(Limits())
SOCKET = DOCUMENT["x-socket"]


def validate(data: Any, schema: dict[str, Any]) -> None:
    """Validate against a schema of the OpenAPI document."""
    jsonschema.validate(data, {**schema, "components": DOCUMENT["components"]})


def need_documented(message: dict[str, Any]) -> None:
    """Validate what came without being asked for; the protocol's own has a schema elsewhere."""
    if "method" in message and message["method"] not in ("refresh", "update", "event", "progress"):
        validate(message, SOCKET["told"])


class Socket:
    """One client.

    Attributes
    ----------
    told : list of dict
        All messages that came.
    """

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self.told: list[dict[str, Any]] = []
        self._last_id = 0

    async def until(self, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read until a message comes."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                text = await self.connection.read_message()
                assert text is not None
                self.told.append(json.loads(text))
                need_documented(self.told[-1])
                if found(self.told[-1]):
                    return self.told[-1]

    async def method(self, method: str, **params: Any) -> dict[str, Any]:
        """Read until a message with this method and these params comes."""
        return await self.until(
            lambda m: m.get("method") == method and params.items() <= m["params"].items()
        )

    async def ask(self, method: str, **params: Any) -> Any:
        """Send a request; returns the answer, or raises its error."""
        self._last_id += 1
        number = self._last_id
        await self.connection.write_message(
            json.dumps({"method": method, "params": params, "id": number})
        )
        answer = await self.until(lambda m: m.get("id") == number)
        if "error" in answer:
            raise ValueError(answer["error"]["message"])
        if method in SOCKET["methods"] and "name" not in params:
            validate(answer["result"], SOCKET["methods"][method]["result"])
        return answer["result"]


Open = Callable[..., Awaitable[Socket]]


def with_sockets(server: Any, session_id: str, body: Callable[[Open], Awaitable[None]]) -> None:
    """Run a test that opens sockets."""

    async def run() -> None:
        opened: list[WebSocketClientConnection] = []

        async def connect(client: str = "", token: str = TOKEN) -> Socket:
            url = f"ws{server.url[4:]}/sessions/{session_id}/socket?client={client}"
            request = HTTPRequest(url, headers={"Authorization": f"token {token}"})
            opened.append(await websocket_connect(request, max_message_size=2**27))
            return Socket(opened[-1])

        try:
            await body(connect)
        finally:
            for connection in opened:
                connection.close()
                async with asyncio.timeout(TIMEOUT_S):
                    while await connection.read_message() is not None:
                        pass
                connection.stream.close()

    asyncio.run(run())


def test_each_hears_all(server: Any, session_id: str) -> None:
    """Two clients and who comes late: code, output, result, who it was, and how it ended."""

    async def body(connect: Open) -> None:
        ann, bob = await connect("ann"), await connect("bob")
        result = await ann.ask("execute", code="x = 1\nprint('hi')\nx")
        assert result["returnCode"] == 0
        await bob.method("complete")
        late = await connect("late")
        await late.method("complete")
        for client in (ann, bob, late):
            told = [m for m in client.told if "method" in m]
            methods = [m["method"] for m in told]
            assert methods == ["started", "output", "result", "complete"]
            assert {m["params"]["by"] for m in told} == {"ann"}
            assert told[1]["params"]["content"] == "hi\n"
        failed = await bob.ask("execute", code="1/0")
        assert failed["returnCode"] == 1
        assert "ZeroDivisionError" in failed["error"]
        assert (await ann.method("error"))["params"]["by"] == "bob"

    with_sockets(server, session_id, body)


def test_code_over_http_is_heard(server: Any, http: httpx.Client, session_id: str) -> None:
    """And the other way round: one namespace."""

    async def body(connect: Open) -> None:
        ann = await connect("ann")
        await ann.ask("execute", code="x = 5")
        answer = await asyncio.to_thread(execute, http, session_id, "print(x)")
        assert answer["output"] == "5\n"
        assert (await ann.method("output"))["params"]["content"] == "5\n"

    with_sockets(server, session_id, body)


def test_completions_history_interrupt(server: Any, session_id: str) -> None:
    """What a console needs."""

    async def body(connect: Open) -> None:
        ann, bob = await connect("ann"), await connect("bob")
        await ann.ask("execute", code="some_name = 1")
        found = await ann.ask("completions", code="some_n")
        assert found == {"matches": ["some_name"], "start": 0, "end": 6}
        assert (await bob.ask("history"))["inputs"] == ["some_name = 1"]
        running = asyncio.create_task(
            ann.ask("execute", code="import time\nprint('go', flush=True)\ntime.sleep(60)")
        )
        await bob.method("output", content="go\n")
        await bob.ask("interrupt")
        assert "KeyboardInterrupt" in (await running)["error"]

    with_sockets(server, session_id, body)


def test_variables_as_they_are(server: Any, session_id: str) -> None:
    """Subscribing, updates, requests and rules are those of ``livens.variables``."""

    async def body(connect: Open) -> None:
        ann, bob = await connect("ann"), await connect("bob")
        subscribed = await bob.ask("subscribe", names=["x"])
        assert subscribed["subscription"]["names"] == ["x"]
        await ann.ask("execute", code="x = 1\ny = 2")
        update = await bob.method("update")
        assert [v["name"] for v in update["params"]["changed"]] == ["x"]
        assert (await ann.ask("inspect", path=[["name", "x"]]))["variable"]["preview"] == "1"
        await bob.ask("set", name="x", expression="x + 1")
        assert (await ann.ask("value", path=[["name", "x"]]))["data"] == "2"
        with pytest.raises(ValueError, match="No variable 'nope'"):
            await bob.ask("inspect", path=[["name", "nope"]])

    with_sockets(server, session_id, body)


def test_bad_messages_disturb_nothing(server: Any, session_id: str) -> None:
    """Each is answered by an error; the socket goes on."""

    async def body(connect: Open) -> None:
        ann = await connect("ann")
        for text in (
            "",
            "nonsense",
            "[]",
            "{}",
            '{"method": 1}',
            '{"method": "fly", "id": 1}',
            '{"method": "execute", "params": {"code": 1}, "id": 2}',
            "[" * 100_000,
        ):
            await ann.connection.write_message(text)
            assert "error" in await ann.until(lambda m: "error" in m)
        await ann.connection.write_message(b"\xff\xfe", binary=True)
        assert "error" in await ann.until(lambda m: "error" in m)
        assert (await ann.ask("execute", code="1"))["returnCode"] == 0

    with_sockets(server, session_id, body)


def test_who_reads_nothing_slows_nobody(server: Any, session_id: str) -> None:
    """40 MB go to a client that does not read, and the other has them all the same."""

    async def body(connect: Open) -> None:
        slow, ann = await connect("slow"), await connect("ann")
        code = "for n in range(40):\n    print('x' * 1_000_000, flush=True)\nprint('end')"
        assert (await ann.ask("execute", code=code))["returnCode"] == 0
        assert (await slow.method("lost"))["params"]["count"] > 0

    with_sockets(server, session_id, body)


def test_without_the_token(server: Any, session_id: str) -> None:
    """Nobody is let in."""

    async def body(connect: Open) -> None:
        with pytest.raises(HTTPClientError) as refused:
            await connect("eve", token="wrong")
        assert refused.value.code == 403

    with_sockets(server, session_id, body)


def test_who_only_looks_makes_no_session(server: Any, http: httpx.Client, session_id: str) -> None:
    """So that a client which connects again does not bring back what was just ended."""

    async def body(connect: Open) -> None:
        with pytest.raises(HTTPClientError, match="404"):
            await connect("bob&make=false")

    with_sockets(server, session_id, body)
    assert http.get(f"/sessions/{session_id}").status_code == 404


def test_kernel_that_is_started_again_is_told(server: Any, session_id: str) -> None:
    """What was subscribed is over, and can be subscribed anew."""

    async def body(connect: Open) -> None:
        ann = await connect("ann")
        await ann.ask("execute", code="x = 1")
        await ann.ask("subscribe")
        killed = await ann.ask("execute", code="import os, signal; os.kill(os.getpid(), 9)")
        assert killed["returnCode"] == 1
        await ann.ask("execute", code="y = 2")
        told = [m.get("method") for m in ann.told]
        assert "session" in told
        assert "unsubscribed" in told
        await ann.connection.write_message(json.dumps({"method": "subscribe", "params": {}}))
        refresh = await ann.method("refresh")
        assert [v["name"] for v in refresh["params"]["variables"]] == ["y"]

    with_sockets(server, session_id, body)


def test_every_kind_of_message_is_documented() -> None:
    """What may be told stands in the schema by its method, and in the table by its params."""
    text = (Path(__file__).parents[2] / "docs" / "server.md").read_text()
    table = text[text.index("| what comes | params |") : text.index("Up to `complete`")]
    told = {part["$ref"].rpartition("/")[2] for part in SOCKET["told"]["oneOf"]}
    assert len(told) == 10
    for name in told:
        message = DOCUMENT["components"]["schemas"][name]
        method = message["properties"]["method"]["enum"][0]
        rows = [row for row in table.splitlines() if row.startswith(f"| `{method}` |")]
        params = message["properties"]["params"]["$ref"].rpartition("/")[2]
        fields = set(DOCUMENT["components"]["schemas"][params]["properties"]) - {"execution", "by"}
        assert len(rows) == 1
        assert all(f"`{field}`" in rows[0] for field in fields), (method, fields)


def test_everything_that_code_can_tell_fits_the_schema(server: Any, session_id: str) -> None:
    """Text, pictures, updates of them, what is cleared, results and errors."""
    code = """
from IPython.display import HTML, clear_output, display
import sys
print(1)
print(2, file=sys.stderr)
handle = display(HTML("<b>1</b>"), display_id=True)
handle.update(HTML("<b>2</b>"))
clear_output(wait=True)
"""

    async def body(connect: Open) -> None:
        one = await connect("one")
        await one.ask("execute", code=code)
        await one.ask("execute", code="1 + 1")
        await one.ask("execute", code="1 / 0")
        kinds = {message.get("method") for message in one.told}
        assert kinds >= {"started", "output", "display", "clear", "result", "error", "complete"}

    with_sockets(server, session_id, body)
