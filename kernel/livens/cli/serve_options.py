"""The options of ``jupyter livens serve``."""

from __future__ import annotations

import argparse

from livens.cli.option_types import count
from livens.cli.serve_origins import add_origins

SUMMARY = "run Python in sessions over HTTP, with the variables live"

EXAMPLES = """\
It needs the extra `server`: pip install 'livens[server]'. All other options go to Jupyter Server,
see `jupyter server --help-all`.

examples:
  jupyter livens serve --token secret
  curl -H 'Authorization: token secret' -d '{"code": "print(42)"}' \\
      localhost:8765/execute/my-session
"""


def add_serving(serve: argparse.ArgumentParser) -> None:
    """Add the options."""
    serve.add_argument(
        "--ip", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: 127.0.0.1)"
    )
    serve.add_argument(
        "--port", type=count, default=8765, metavar="N", help="the port (default: 8765; 0: any)"
    )
    add_origins(serve)
    serve.add_argument(
        "--sandbox",
        action="store_true",
        help="start each kernel in a sandbox (Linux, bubblewrap): no network, limits, and a "
        "folder of its own",
    )
    serve.add_argument(
        "--token", metavar="TOKEN", help="what lets clients in (default: a new one, printed)"
    )
    serve.add_argument(
        "--no-browser",
        action="store_true",
        help="do not open the page in a browser; its address is printed either way",
    )
