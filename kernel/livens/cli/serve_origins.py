"""Which web pages may call the server: ``--environment`` and ``--allow-origin`` of ``serve``."""

from __future__ import annotations

import argparse
import re
from urllib.parse import urlsplit

from livens.exceptions import RunFailed

NO_ORIGIN = "(?!)"
"""Matches no origin."""


def add_origins(serve: argparse.ArgumentParser) -> None:
    """Add the options."""
    serve.add_argument(
        "--environment",
        choices=("development", "production"),
        help="which web pages may call the server: all, and then only on loopback, or those of "
        "--allow-origin (default: Jupyter Server's settings)",
    )
    serve.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="in production, pages of this origin may call the server, such as https://a.example; "
        "can be given again",
    )


def origin_arguments(args: argparse.Namespace, *, is_loopback: bool) -> list[str]:
    """Return the arguments for Jupyter Server.

    Raises
    ------
    RunFailed
        If the options do not go together, or an origin is none.
    """
    if args.allow_origin and args.environment != "production":
        raise RunFailed("--allow-origin is for --environment production")
    if args.environment is None:
        return []
    if args.environment == "development":
        if not is_loopback:
            raise RunFailed(
                f"--environment development lets all web pages in, and --ip {args.ip} all "
                "machines; expected --environment production, or an address of loopback"
            )
        return ["--ServerApp.allow_origin=*"]
    origins = [_origin(text) for text in args.allow_origin]
    pattern = "|".join(re.escape(origin) for origin in origins) or NO_ORIGIN
    return [f"--ServerApp.allow_origin_pat={pattern}"]


def _origin(text: str) -> str:
    parts = urlsplit(text.lower())
    found = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or not parts.netloc or found != text.lower():
        raise RunFailed(
            f"--allow-origin {text} is no origin; expected a scheme, a host and no path, such as "
            "https://a.example:8000"
        )
    return found
