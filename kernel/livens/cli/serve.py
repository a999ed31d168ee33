"""``jupyter livens serve``: sessions over HTTP, by a Jupyter server of its own."""

from __future__ import annotations

import argparse
import importlib.util

from livens.cli.serve_origins import origin_arguments
from livens.cli.serve_sandbox import sandbox_arguments
from livens.exceptions import RunFailed

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def main(args: argparse.Namespace, others: list[str]) -> int:
    """Serve until the process is stopped; returns the exit code."""
    if importlib.util.find_spec("jupyter_server") is None:
        raise RunFailed("jupyter_server is not installed; expected `pip install livens[server]`")
    if args.token == "" and args.ip not in LOOPBACK:
        raise RunFailed(
            f"--ip {args.ip} without a token would let everybody run code; expected a token, or "
            "one of " + ", ".join(LOOPBACK)
        )
    from livens.server.app import serve

    given = [
        f"--ServerApp.open_browser={not args.no_browser}",
        f"--ServerApp.ip={args.ip}",
        f"--ServerApp.port={args.port}",
    ]
    if args.token is not None:
        given.append(f"--IdentityProvider.token={args.token}")
    given += origin_arguments(args, is_loopback=args.ip in LOOPBACK)
    if args.sandbox:
        given += sandbox_arguments(others)
    serve([*given, *others])
    return 0
