"""A Redis for tests: a server of their own, on a free port of loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import redis

REMEDY = (
    "The stores are tested with redis-server, and there is none. Install it, for example by\n"
    "    sudo apt install redis-server"
)

PATIENCE_S = 30.0


class RedisServer:
    """A server that keeps its data when it is stopped.

    Parameters
    ----------
    folder : Path
        For its data.
    password : str
        That it asks for; empty for none.
    """

    def __init__(self, folder: Path, password: str = "") -> None:
        program = shutil.which("redis-server")
        assert program is not None, REMEDY
        self._folder, self._program, self._password = folder, program, password
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
        }
        if self._password:
            options["requirepass"] = self._password
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        log = (self._folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen([self._program, *words], stdout=log, stderr=log)
        ends = time.monotonic() + PATIENCE_S
        client = redis.Redis(port=self.port, password=self._password or None)
        while True:
            try:
                client.ping()
                break
            except redis.RedisError:
                assert time.monotonic() < ends, (self._folder / "log").read_text()
                assert self._process.poll() is None, (self._folder / "log").read_text()
        client.close()

    def stop(self) -> None:
        """End it, as by a crash."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE_S)


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
