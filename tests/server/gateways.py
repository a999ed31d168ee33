"""A kernel gateway in a process of its own, and what a test can do to the way to it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx

TOKEN = "a-token-of-the-gateway"


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Gateway:
    """A running gateway.

    Parameters
    ----------
    folder : Path
        For its log and its connection files.
    enterprise : str
        The interpreter of an environment with Jupyter's Enterprise Gateway, which cannot be in the
        environment of livens; by default it is Jupyter's Kernel Gateway, in ours.
    """

    def __init__(self, folder: Path, enterprise: str = "") -> None:
        folder.mkdir(parents=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "gateway.log"
        self._folder = folder
        self._environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
        if enterprise:
            self._environment["JUPYTER_PATH"] = str(_own_kernelspec(folder / "data"))
            app = "--EnterpriseGatewayApp"
            # The user is named in KERNEL_USERNAME; in a container it is root.
            self._command = [enterprise, "-m", "enterprise_gateway", f"{app}.unauthorized_users=[]"]
        else:
            app = "--KernelGatewayApp"
            self._command = [sys.executable, "-m", "kernel_gateway"]
        self._command += [f"{app}.auth_token={TOKEN}", f"{app}.port={self.port}"]
        self.start()

    def start(self) -> None:
        """Start the process, and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + 60
        headers = {"Authorization": f"token {TOKEN}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=60) as client:
            while True:
                with suppress(httpx.HTTPError):
                    client.get("/api/kernelspecs").raise_for_status()
                    return
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.05)

    def kill(self) -> None:
        """End the process at once; its kernels notice."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the process and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(30)
        finally:
            self.kill()


def _own_kernelspec(data: Path) -> Path:
    """Write a kernelspec that names the interpreter with livens; returns the data folder."""
    folder = data / "kernels" / "livens"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "livens", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "livens", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    return data


class Way:
    """The way to a gateway: passes bytes on, until it is cut.

    Attributes
    ----------
    url : str
        Where it begins.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._spawn(self._accept)

    def cut(self) -> None:
        """End all connections; new ones are let through."""
        for end in self._open:
            _shut(end)
        self._open.clear()

    def close(self) -> None:
        """End all connections, and take no more."""
        _shut(self._listening)
        self._threads.pop(0).join()
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _spawn(self, work: Callable[..., None], *args: object) -> None:
        self._threads.append(threading.Thread(target=work, args=args))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
            except ConnectionRefusedError:  # the gateway is not there
                near.close()
                continue
            except OSError:  # closed
                return
            self._open += [near, far]
            self._spawn(_join, near, far)


def _join(near: socket.socket, far: socket.socket) -> None:
    """Pass on what comes on either side, until one is closed."""
    with near, far:
        back = threading.Thread(target=_pass_on, args=(far, near))
        back.start()
        _pass_on(near, far)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    _shut(source)
    _shut(target)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
