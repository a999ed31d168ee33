"""A livens server for tests of its rooms, that can be killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from redis_servers import free_port

TOKEN = "a-token-of-the-tests"

PATIENCE_S = 60.0


class RoomServer:
    """A server on a port of its own, which it has again after a restart.

    Parameters
    ----------
    folder : Path
        Where it runs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def url(self, room: str, token: str = TOKEN) -> str:
        """Return the URL of a room as a store."""
        return f"jupyter://127.0.0.1:{self.port}/{room}?token={token}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        words = ["livens.cli", "serve", f"--port={self.port}", f"--token={TOKEN}"]
        more = ["--no-browser", "--allow-root", "--ServerApp.port_retries=0"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *words, *more],
                cwd=self._folder,
                env={**os.environ, "JUPYTER_RUNTIME_DIR": str(self._folder / "runtime")},
                stdout=log,
                stderr=log,
            )
        ends = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < ends, (self._folder / "log").read_text()
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End it, as by a crash."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE_S)
