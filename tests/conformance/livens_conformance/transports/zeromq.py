"""A Jupyter kernel by ZeroMQ: its comms on the control channel, each on a connection of its own."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from livens_conformance import TARGET
from livens_conformance.lines import TIMEOUT_S, Line, Ran, parent_id
from livens_conformance.profiles import Kernel
from livens_conformance.verdicts import Failed, Missing


class _CommLine:
    """A comm on the control channel."""

    def __init__(self, connections: list[Any], client: Any, subscription: dict[str, Any]) -> None:
        self._connections, self._client = connections, client
        self._comm_id = uuid.uuid4().hex
        content = {"comm_id": self._comm_id, "target_name": TARGET, "data": subscription}
        self._say("comm_open", content)

    def _say(self, kind: str, content: dict[str, Any]) -> str:
        message = self._client.session.msg(kind, content)
        self._client.control_channel.send(message)
        return str(message["header"]["msg_id"])

    def send(self, data: Any) -> None:
        self._say("comm_msg", {"comm_id": self._comm_id, "data": data})

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        until = time.monotonic() + timeout_s
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                return None
            content = message["content"]
            is_ours = content.get("comm_id") == self._comm_id
            if is_ours and message["msg_type"] == "comm_close":
                raise Missing("the kernel closed the comm: it has no such target")
            if is_ours and message["msg_type"] == "comm_msg":
                if message.get("buffers"):
                    raise Failed("a message has binary buffers")
                return dict(content["data"])

    def close(self) -> None:
        msg_id = self._say("comm_close", {"comm_id": self._comm_id, "data": {}})
        until = time.monotonic() + TIMEOUT_S
        while time.monotonic() < until:
            with suppress(Empty):
                message = self._client.get_iopub_msg(timeout=1)
                is_idle = message["content"].get("execution_state") == "idle"
                if is_idle and parent_id(message) == msg_id:
                    self._connections.append(self._client)
                    return
        raise Failed("no idle after comm_close")


class KernelHost:
    """A Jupyter kernel.

    Parameters
    ----------
    manager : jupyter_client.KernelManager
        Of the kernel, which runs.
    """

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._client = self._connect()
        self._connections: list[Any] = []  # that no line uses: to connect takes a moment

    def start(self, code: str) -> Callable[[], Ran]:
        """Start to run code; returns what waits for its end."""
        # Or what follows an error at once would be aborted with it.
        msg_id = self._client.execute(code, stop_on_error=False)
        return lambda: self._ended(msg_id)

    def execute(self, code: str) -> Ran:
        """Run code to its end."""
        return self.start(code)()

    def open(self, subscription: dict[str, Any]) -> Line:
        """Subscribe, on a connection of its own."""
        client = self._connections.pop() if self._connections else self._connect()
        return _CommLine(self._connections, client, subscription)

    def close(self) -> None:
        """Close the connections."""
        for client in [self._client, *self._connections]:
            client.stop_channels()

    def _connect(self) -> Any:
        client = BlockingKernelClient()
        client.load_connection_info(self._manager.get_connection_info(session=False))
        client.start_channels()
        # `wait_for_ready` takes a kernel for dead whose heart is late, as on a busy machine.
        until = time.monotonic() + TIMEOUT_S
        while not _hears(client, client.kernel_info()):
            if time.monotonic() > until:
                raise Failed(f"the kernel is not ready within {TIMEOUT_S:g} s")
        return client

    def _ended(self, msg_id: str) -> Ran:
        until = time.monotonic() + TIMEOUT_S
        while time.monotonic() < until:
            with suppress(Empty):
                reply = self._client.get_shell_msg(timeout=1)
                if parent_id(reply) == msg_id:
                    content = reply["content"]
                    return Ran(content.get("ename", ""), content.get("evalue", ""))
        raise Failed(f"code did not end within {TIMEOUT_S:g} s")


def _hears(client: Any, msg_id: str) -> bool:
    """Return whether a connection gets what the kernel publishes."""
    with suppress(Empty):
        client.get_shell_msg(timeout=TIMEOUT_S)
        while True:
            message = client.get_iopub_msg(timeout=1)
            if parent_id(message) == msg_id:
                return True
    return False


@contextmanager
def started(kernel: Kernel) -> Iterator[KernelHost]:
    """Start a kernel by the name of its kernelspec; what it keeps goes into a folder of its own."""
    with TemporaryDirectory() as folder:
        manager = KernelManager(kernel_name=kernel.spec)
        manager.transport_encryption = "auto"
        arguments = ["--HistoryManager.hist_file=:memory:"] if "ipykernel" in _argv(manager) else []
        environment = {**os.environ, "JUPYTER_DATA_DIR": folder}
        manager.start_kernel(env=environment, extra_arguments=arguments)
        host = None
        try:
            host = KernelHost(manager)
            if kernel.first:
                ran = host.execute(kernel.first)
                if ran.ename:
                    raise Failed(f"{kernel.first!r} ended with {ran.ename}: {ran.evalue:.300}")
            yield host
        finally:
            if host is not None:
                host.close()
            manager.shutdown_kernel(now=True)


def _argv(manager: Any) -> str:
    return " ".join(manager.kernel_spec.argv)
