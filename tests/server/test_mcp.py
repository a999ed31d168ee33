"""`jupyter livens mcp` as clients use it: the SDK's own client, over stdio and HTTP."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from asking import COMMAND, data_lines
from kernels import started
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from livens.testing import KernelClient

pytestmark = pytest.mark.slow

TOKEN = "a token of the test"

MODES = ["legacy", "auto"]
"""The two generations of the protocol: with a handshake, and without."""


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelClient]:
    """A kernel with some variables."""
    with started() as (_, client):
        client.execute("x = 1; config = {'lr': 0.1, 'layers': [1, 2]}")
        yield client


@pytest.fixture(scope="module")
def address(kernel: KernelClient) -> Iterator[str]:
    """The address of a server over HTTP, on any port."""
    environment = {**os.environ, "LIVENS_MCP_TOKEN": TOKEN}
    command = [*COMMAND, str(kernel.client.connection_file), "--http", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found is not None, line + process.stderr.read()
        try:
            yield found[0]
        finally:
            process.terminate()
            rest = process.stderr.read()
            assert "Traceback" not in rest, rest


@asynccontextmanager
async def over_stdio(kernel: KernelClient, mode: Any, *options: str) -> AsyncIterator[Client]:
    """Start a server for one client."""
    arguments = [*COMMAND[1:], str(kernel.client.connection_file), *options]
    params = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
    async with Client(stdio_client(params), mode=mode) as client:
        yield client


@asynccontextmanager
async def over_http(address: str, mode: Any, token: str = TOKEN) -> AsyncIterator[Client]:
    """Connect to the server."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(address, http_client=http), mode=mode) as client,
    ):
        yield client


async def look(client: Client) -> None:
    """Ask for everything that there is to be asked for."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert {"kernels", "list_variables", "wait_for"} <= set(tools)
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
    listed = await client.call_tool("list_variables", {})
    assert '"x": int = "1"' in text_of(listed)
    assert not listed.is_error
    refused = await client.call_tool("inspect", {"path": "nope"})
    assert refused.is_error
    with pytest.raises(MCPError):
        await client.call_tool("no_such_tool", {})
    resources = (await client.list_resources()).resources
    (template,) = (await client.list_resource_templates()).resource_templates
    assert template.uri_template == "livens://{kernel}/{name}"
    name = text_of(listed).partition("kernel: ")[2].partition(" ")[0]
    assert f"livens://{name}" in [str(resource.uri) for resource in resources]
    read = await client.read_resource(f"livens://{name}/config")
    assert "'layers'" in read.contents[0].text  # type: ignore[union-attr]
    with pytest.raises(MCPError):
        await client.read_resource("http://example.invalid/")


def text_of(result: Any) -> str:
    """Return the text of an answer."""
    return str(result.content[0].text)


@pytest.mark.parametrize("mode", MODES)
def test_stdio(kernel: KernelClient, mode: str) -> None:
    """A server for one client, which ends with it."""

    async def run() -> None:
        async with over_stdio(kernel, mode) as client:
            await look(client)

    asyncio.run(run())


@pytest.mark.parametrize("mode", MODES)
def test_http(address: str, mode: str) -> None:
    """A server for whoever has the token."""

    async def run() -> None:
        async with over_http(address, mode) as client:
            await look(client)

    asyncio.run(run())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
    ],
)
@pytest.mark.parametrize("path", ["/mcp", "/", "/docs", f"/mcp?token={TOKEN.replace(' ', '+')}"])
def test_without_the_token(address: str, headers: dict[str, str], path: str) -> None:
    """Nothing is answered, not even what there is."""
    url = address.removesuffix("/mcp") + path
    for method in ("GET", "POST", "DELETE"):
        answer = httpx2.request(method, url, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}], ids=str
)
def test_pages_of_others(address: str, headers: dict[str, str]) -> None:
    """A page that reaches this machine by a name of its own is not served."""
    given = {"Authorization": f"Bearer {TOKEN}", **headers}
    accept = {"Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    answer = httpx2.post(address, headers={**given, **accept}, json=body)
    assert 400 <= answer.status_code < 500


@pytest.mark.filterwarnings("ignore:resources/(un)?subscribe is removed")
def test_subscription_by_handshake(kernel: KernelClient) -> None:
    """A client of the first generation is told of the variables that it chose."""
    told: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: Any) -> None:
        params = getattr(message, "params", None)
        if getattr(message, "method", "") == "notifications/resources/updated":
            told.put_nowait(str(params.uri))

    async def run() -> None:
        arguments = [*COMMAND[1:], str(kernel.client.connection_file)]
        params = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
        async with Client(stdio_client(params), mode="legacy", message_handler=hear) as client:
            listed = text_of(await client.call_tool("list_variables", {}))
            name = listed.partition("kernel: ")[2].partition(" ")[0]
            await client.subscribe_resource(f"livens://{name}/watched")
            await asyncio.to_thread(kernel.execute, "other = 1; watched = 1")
            assert await asyncio.wait_for(told.get(), 60) == f"livens://{name}/watched"
            assert told.empty()
            await client.unsubscribe_resource(f"livens://{name}/watched")
            with pytest.raises(MCPError):
                await client.subscribe_resource("livens://no-such-kernel/x")

    asyncio.run(run())


def test_subscription_by_listening(kernel: KernelClient) -> None:
    """One of the second generation listens to a stream."""

    async def run() -> None:
        async with over_stdio(kernel, "auto") as client:
            listed = text_of(await client.call_tool("list_variables", {}))
            name = listed.partition("kernel: ")[2].partition(" ")[0]
            uri = f"livens://{name}/heard"
            async with client.listen(resource_subscriptions=[uri]) as events:
                await asyncio.to_thread(kernel.execute, "heard = 1")
                async with asyncio.timeout(60):
                    async for event in events:
                        assert str(event.uri) == uri  # type: ignore[union-attr]
                        break

    asyncio.run(run())


def test_changes_by_name_of_the_client(kernel: KernelClient, tmp_path: Path) -> None:
    """What the client calls itself is in the log, and with the variable."""
    log = tmp_path / "audit.jsonl"

    async def run() -> str:
        options = ("--allow-changes", "--audit-log", str(log))
        async with over_stdio(kernel, "auto", *options) as client:
            tools = (await client.list_tools()).tools
            changing = [t.name for t in tools if t.annotations and t.annotations.destructive_hint]
            assert set(changing) == {"set", "delete", "interrupt", "run"}
            return text_of(await client.call_tool("set", {"name": "made", "expression": "5"}))

    line = data_lines(asyncio.run(run()))[0]
    assert line.startswith('"made": int = "5" (set from "mcp (MCP)"')
    assert '"client": "mcp (MCP)"' in log.read_text(encoding="utf-8")


def test_without_the_sdk(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Who has not installed it is told what to install."""
    from livens.cli import main

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["mcp"]) == 2
    assert "pip install livens[mcp]" in capsys.readouterr().err
