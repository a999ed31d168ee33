"""Serve a folder on this machine only: ``serve.py FOLDER [PORT]``; prints the address."""

from __future__ import annotations

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Handler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of those that are served."""

    extensions_map = {  # noqa: RUF012 - as the base class has it
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".json": "application/json",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        """Have browsers ask for what has changed since: the site may be built anew."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_request(self, *args: object) -> None:
        """Say nothing."""


def main(folder: str, port: int = 0) -> None:
    """Serve until interrupted."""
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=folder)) as server:
        print(f"JupyterLite with livens: http://127.0.0.1:{server.server_port}/lab/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
