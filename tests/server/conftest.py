"""A server that runs as users run it, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

TOKEN = "a-token-of-the-tests"


class LivensServer:
    """A running server.

    Attributes
    ----------
    process : Popen
        The server.
    folder : Path
        Where it runs.
    url : str
        Its root.
    """

    def options(self, command: tuple[str, ...]) -> list[str]:
        """Return what all servers are started with."""
        prefix = "" if "livens.cli" in command else "IdentityProvider."
        return [f"--{prefix}token={TOKEN}", "--no-browser"]

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        command: tuple[str, ...] = ("livens.cli", "serve"),
        health: str = "health",
        environment: dict[str, str] | None = None,
    ) -> None:
        self._health = health
        self.folder = folder / "files"
        self.runtime = folder / "runtime"
        self.log = folder / "server.log"
        self.folder.mkdir(parents=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    *command,
                    "--port=0",
                    "--allow-root",
                    *self.options(command),
                    *arguments,
                ],
                cwd=folder / "files",
                env={
                    **os.environ,
                    "JUPYTER_RUNTIME_DIR": str(self.runtime),
                    **(environment or {}),
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.url = self._wait_for_url()
        except BaseException:
            self.process.kill()
            raise

    def _wait_for_url(self, timeout_s: float = 60.0) -> str:
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            if url := self._url():
                return url
            time.sleep(0.05)
        raise TimeoutError(self.log.read_text())

    def _url(self) -> str:
        assert self.process.poll() is None, self.log.read_text()
        for file in self.runtime.glob(f"jpserver-{self.process.pid}.json"):
            try:
                url = json.loads(file.read_text())["url"]
            except ValueError:  # it is being written
                return ""
            with httpx.Client() as client:
                try:
                    client.get(url + self._health).raise_for_status()
                except httpx.HTTPError:
                    return ""
            return str(url).rstrip("/")
        return ""

    def client(self, **options: object) -> httpx.Client:
        """Return a client that is let in."""
        headers = {"Authorization": f"token {TOKEN}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, **options)

    def stop(self) -> None:
        """End the server and its kernels."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        finally:
            self.process.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivensServer]:
    """One server for all tests."""
    running = LivensServer(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivensServer]:
    """A server with low limits, which ends idle sessions soon."""
    running = LivensServer(
        tmp_path_factory.mktemp("strict"),
        "--LivensServer.max_sessions=4",
        "--LivensServer.max_listeners=2",
        "--LivensServer.max_files_bytes=2000",
        "--LivensServer.max_body_bytes=1000",
        "--environment=production",
        "--allow-origin=https://a.example",
        "--MappingKernelManager.cull_idle_timeout=2",
        "--MappingKernelManager.cull_interval=1",
    )
    yield running
    running.stop()


@pytest.fixture(scope="session")
def rated_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivensServer]:
    """A server for development, to which a client may send five requests a second."""
    running = LivensServer(
        tmp_path_factory.mktemp("rated"),
        "--LivensServer.max_requests_per_s=5",
        "--environment=development",
    )
    yield running
    running.stop()


@pytest.fixture(scope="session")
def server_class() -> type[LivensServer]:
    """What starts another server, with options of its own."""
    return LivensServer


@pytest.fixture
def http(server: LivensServer) -> Iterator[httpx.Client]:
    """A client of the server."""
    with server.client() as client:
        yield client


@pytest.fixture
def session_id(http: httpx.Client) -> Iterator[str]:
    """The id of a session that is not there yet, and not any more afterwards."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    http.delete(f"/sessions/{name}")
