"""Streamable HTTP for agents on this or another machine: each request has to bring the token.

The token is in the header ``Authorization: Bearer TOKEN``, never in an address, which logs keep. A
page in a browser is let in from this machine's own addresses only, so that no other page can reach
the server by a name that it controls.
"""

from __future__ import annotations

import hmac
import sys
from typing import Any

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import PlainTextResponse

from livens.agents.mcp_server import McpServer

PATH = "/mcp"


class NeedToken:
    """Let in what brings the token; everything else is answered with 401.

    Parameters
    ----------
    app : callable
        The ASGI application behind.
    token : str
        What requests have to bring.
    """

    def __init__(self, app: Any, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one connection."""
        if scope["type"] == "http" and not self._has_token(scope["headers"]):
            answer = PlainTextResponse(
                "Expected the header `Authorization: Bearer TOKEN`",
                status_code=401,
                headers={"WWW-Authenticate": "Bearer"},
            )
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _has_token(self, headers: list[tuple[bytes, bytes]]) -> bool:
        given = [value for name, value in headers if name.lower() == b"authorization"]
        return len(given) == 1 and hmac.compare_digest(given[0], self._expected)


def application(server: McpServer, token: str, ip: str) -> NeedToken:
    """Return the ASGI application."""
    security = None
    if ip not in ("127.0.0.1", "localhost", "::1"):
        # Whoever opens it to others says by which names; the token is what protects it.
        security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return NeedToken(
        server.server.streamable_http_app(
            streamable_http_path=PATH, host=ip, transport_security=security
        ),
        token,
    )


class _Server(uvicorn.Server):
    """Says on standard error where it listens, as soon as it does: the port may be any."""

    def __init__(self, config: uvicorn.Config, ip: str, shown_token: str) -> None:
        super().__init__(config)
        self._ip = ip
        self._shown_token = shown_token

    async def startup(self, sockets: Any = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if not self.started:
            return
        port = self.servers[0].sockets[0].getsockname()[1]
        host = f"[{self._ip}]" if ":" in self._ip else self._ip
        sys.stderr.write(f"livens serves agents at http://{host}:{port}{PATH}\n")
        if self._shown_token:
            sys.stderr.write(f"Authorization: Bearer {self._shown_token}\n")
        sys.stderr.flush()


async def serve(server: McpServer, *, ip: str, port: int, token: str, is_new: bool) -> None:
    """Serve until the process is stopped; a token that is new is printed."""
    config = uvicorn.Config(
        application(server, token, ip), host=ip, port=port, log_level="warning", lifespan="on"
    )
    await _Server(config, ip, token if is_new else "").serve()
