"""``jupyter livens mcp``: the variables of running kernels for agents, by MCP."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import secrets
from pathlib import Path

import livens
from livens.exceptions import RunFailed

TOKEN_VARIABLE = "LIVENS_MCP_TOKEN"
"""Where the token may be as well: other users of the machine see a command line."""


def main(args: argparse.Namespace) -> int:
    """Serve until the client has gone, or until the process is stopped; returns the exit code."""
    if importlib.util.find_spec("mcp") is None or importlib.util.find_spec("mcp_types") is None:
        raise RunFailed("The MCP SDK 2 is not installed; expected `pip install livens[mcp]`")
    from livens.agents.mcp_server import McpServer
    from livens.agents.toolset import Toolset

    default = args.connection_file or args.existing
    toolset = Toolset(
        default,
        allow_changes=args.allow_changes,
        audit_log=Path(args.audit_log) if args.audit_log else None,
        max_chars=args.max_chars,
    )
    asyncio.run(_serve(args, McpServer, toolset, livens.__version__))
    return 0


async def _serve(args: argparse.Namespace, kind: type, toolset: object, version: str) -> None:
    server = kind(toolset, version)
    if not args.http:
        await server.serve_stdio()
        return
    from livens.agents.mcp_http import serve

    given = args.token or os.environ.get(TOKEN_VARIABLE, "")
    token = given or secrets.token_urlsafe(24)
    await serve(server, ip=args.ip, port=args.port, token=token, is_new=not given)
