"""The tools and resources by the Model Context Protocol, over stdio or streamable HTTP.

Only this module and `livens.agents.mcp_http` know the SDK (the extra ``mcp``), and they are loaded
when somebody serves. Both generations of the protocol are served: a client that subscribes to a
resource is told by ``resources/subscribe`` or by ``subscriptions/listen``.

A resource is a kernel (``livens://KERNEL``) or one of its variables (``livens://KERNEL/NAME``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.connection import Connection
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp.shared.exceptions import MCPError

from livens.agents.answers import Answer
from livens.agents.params import schema_of
from livens.agents.resources import MIME, Resources, uri_of
from livens.agents.toolset import INSTRUCTIONS, ToolInfo, Toolset
from livens.exceptions import LivensError

_log = logging.getLogger(__name__)

TELL_S = 0.25
"""The shortest time between two messages that resources have changed."""

_Context = ServerRequestContext[Any, Any]


class McpServer:
    """The server, for any transport.

    Parameters
    ----------
    toolset : Toolset
        The tools.
    version : str
        What it says its version is.

    Attributes
    ----------
    server : Server
        The SDK's server.
    """

    def __init__(self, toolset: Toolset, version: str) -> None:
        self._toolset = toolset
        self._resources = Resources(toolset)
        self._bus = InMemorySubscriptionBus()
        self._listen = ListenHandler(self._bus)
        # The SDK makes a session for each request; what lasts as long as the client is below it.
        self._subscribers: WeakKeyDictionary[Connection, set[str]] = WeakKeyDictionary()
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()
        self.server: Server[Any] = Server(
            "livens",
            title="livens: the variables of running kernels",
            version=version,
            instructions=INSTRUCTIONS,
            lifespan=self._lifespan,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_subscribe_resource=self._subscribe,
            on_unsubscribe_resource=self._unsubscribe,
            on_subscriptions_listen=self._listened,
        )

    async def serve_stdio(self) -> None:
        """Serve one client on standard input and output, until it closes them."""
        async with stdio_server() as (reading, writing):
            await self.server.run(reading, writing, self.server.create_initialization_options())

    @asynccontextmanager
    async def _lifespan(self, _: Server[Any]) -> AsyncIterator[dict[str, Any]]:
        """Tell of changes while the server runs, and close the connections at its end."""
        self._resources.on_change = self._note
        telling = asyncio.ensure_future(self._tell())
        try:
            yield {}
        finally:
            telling.cancel()
            await self._toolset.close()

    # -- tools -----------------------------------------------------------------------------

    async def _list_tools(
        self, _: _Context, __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[_tool(name, info) for name, info in self._toolset.tools.items()]
        )

    async def _call_tool(
        self, context: _Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if params.name not in self._toolset.tools:
            raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name[:100]!r}")
        answer = await self._toolset.call(params.name, params.arguments or {}, agent_of(context))
        return _result(answer)

    # -- resources -------------------------------------------------------------------------

    async def _list_resources(
        self, _: _Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        found = [
            types.Resource(uri=uri, name=name, description=text, mime_type=MIME)
            for uri, name, text in await self._resources.listed()
        ]
        return types.ListResourcesResult(resources=found)

    async def _list_templates(
        self, _: _Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(
            uri_template=uri_of("{kernel}", "{name}"),
            name="variable",
            description="A variable of a kernel; subscribe to be told when it changes.",
            mime_type=MIME,
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def _read_resource(
        self, context: _Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            answer = await self._resources.read(uri, agent_of(context))
        except LivensError as err:
            raise MCPError(types.INVALID_PARAMS, str(err), {"uri": uri}) from None
        contents = types.TextResourceContents(uri=uri, text=answer.text(), mime_type=MIME)
        return types.ReadResourceResult(contents=[contents])

    async def _subscribe(
        self, context: _Context, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        await self._watch(str(params.uri), agent_of(context))
        connection = context.session._connection
        self._subscribers.setdefault(connection, set()).add(str(params.uri))
        return types.EmptyResult()

    async def _unsubscribe(
        self, context: _Context, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        uris = self._subscribers.get(context.session._connection, set())
        uris.discard(str(params.uri))
        return types.EmptyResult()

    async def _listened(
        self, context: _Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        for uri in params.notifications.resource_subscriptions or ():
            await self._watch(str(uri), agent_of(context))
        return await self._listen(context, params)

    async def _watch(self, uri: str, agent: str) -> None:
        try:
            await self._resources.watch(uri, agent)
        except LivensError as err:
            raise MCPError(types.INVALID_PARAMS, str(err), {"uri": uri}) from None

    # -- telling of changes ----------------------------------------------------------------

    def _note(self, uris: list[str]) -> None:
        self._changed |= dict.fromkeys(uris)
        self._wake.set()

    async def _tell(self) -> None:
        """Tell each subscriber which of its resources changed, at most every `TELL_S`."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._changed = list(self._changed), {}
            for uri in changed:
                await self._bus.publish(ResourceUpdated(uri=uri))
                for connection, uris in list(self._subscribers.items()):
                    if uri in uris:
                        await self._tell_one(connection, uri)
            await asyncio.sleep(TELL_S)

    async def _tell_one(self, connection: Connection, uri: str) -> None:
        try:
            await connection.send_resource_updated(uri)
        except Exception:  # noqa: BLE001 - a border: a client that is gone disturbs no other
            _log.info("A client that subscribed is gone")
            self._subscribers.pop(connection, None)


def agent_of(context: _Context) -> str:
    """Return what to call a client, by what it says of itself."""
    params = context.session.client_params
    name = params.client_info.name if params is not None else ""
    plain = "".join(char for char in name if char.isprintable())[:80].strip()
    return f"{plain or 'an agent'} (MCP)"


def _tool(name: str, info: ToolInfo) -> types.Tool:
    hints = types.ToolAnnotations(
        read_only_hint=not info.changes,
        destructive_hint=info.changes,
        idempotent_hint=not info.changes,
        open_world_hint=name in ("run", "set", "ai_repr"),
    )
    return types.Tool(
        name=name,
        description=info.text,
        input_schema=schema_of(info.params),
        annotations=hints,
    )


def _result(answer: Answer) -> types.CallToolResult:
    text = types.TextContent(type="text", text=answer.text())
    return types.CallToolResult(
        content=[text], is_error=answer.is_error, _meta={"livens/answer": answer.facts}
    )
