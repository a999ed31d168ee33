"""Code that an agent runs: started at once, and told when it has ended.

Each kernel in which code is run has a client of jupyter_client, beside the watch: on the shell
channel, with what the run prints. Its request says who runs it (`CLIENT_KEY` in its metadata), so
that a livens kernel tells the others whose doing the changes are.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo

from livens.client.connection import connection_info
from livens.exceptions import VariableNotFound
from livens.protocol import CLIENT_KEY

MAX_OUTPUT_CHARS = 20_000
"""So much of what a run prints is kept, its end."""

MAX_RUNS = 100
"""So many runs are remembered, the newest."""


WELCOME_S = 1.0


class Run:
    """One run of code.

    Attributes
    ----------
    id : str
        Names it in `wait_for`.
    msg_id : str
        The id of its ``execute_request``.
    kernel : str
        The kernel, as it is called.
    output : str
        The end of what it has printed, results included.
    status : {"running", "ok", "error", "aborted", "unknown"}
        How it ended; unknown if the kernel ended first.
    error : str
        The exception that ended it.
    """

    def __init__(self, msg_id: str, kernel: str) -> None:
        self.id = f"run-{secrets.token_hex(4)}"
        self.msg_id = msg_id
        self.kernel = kernel
        self.output = ""
        self.cut_chars = 0
        self.status = "running"
        self.error = ""
        self.has_ended = asyncio.Event()

    def printed(self, text: str) -> None:
        """Keep what it has printed."""
        self.output += text
        over = len(self.output) - MAX_OUTPUT_CHARS
        if over > 0:
            self.output, self.cut_chars = self.output[over:], self.cut_chars + over

    def ended(self, status: str) -> None:
        """Note how it ended."""
        if self.status == "running":
            self.status = status
        self.has_ended.set()


class Runs:
    """The runs of all kernels."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._clients: dict[Path, tuple[AsyncKernelClient, asyncio.Task[None]]] = {}

    def get(self, run_id: str) -> Run:
        """Return a run by its id.

        Raises
        ------
        VariableNotFound
            If there is none.
        """
        run = self._runs.get(run_id)
        if run is None:
            raise VariableNotFound(
                "No such run", expected="an id that `run` gave", remedy="Run the code again."
            )
        return run

    async def start(self, file: Path, kernel: str, code: str, agent: str) -> Run:
        """Send code to a kernel; returns at once."""
        client = await self._client(file)
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        session: Any = client.session
        message = session.msg("execute_request", content, metadata={CLIENT_KEY: agent})
        run = Run(message["header"]["msg_id"], kernel)
        self._runs[run.id] = run
        while len(self._runs) > MAX_RUNS:
            del self._runs[next(iter(self._runs))]
        client.shell_channel.send(message)
        return run

    async def _client(self, file: Path) -> AsyncKernelClient:
        known = self._clients.get(file)
        if known is not None and not known[1].done():
            return known[0]
        client = AsyncKernelClient()
        client.load_connection_info(cast(KernelConnectionInfo, connection_info(file)[0]))
        client.start_channels(stdin=False, hb=False, control=False)
        await _welcomed(client)
        reader = asyncio.ensure_future(self._read(client))
        self._clients[file] = (client, reader)
        return client

    async def _read(self, client: AsyncKernelClient) -> None:
        while True:
            message = await client.get_iopub_msg()
            parent = message["parent_header"].get("msg_id", "")
            run = next((run for run in self._runs.values() if run.msg_id == parent), None)
            if run is not None:
                _take(run, message["msg_type"], message["content"])

    async def close(self) -> None:
        """Close the clients; what runs goes on."""
        for client, reader in self._clients.values():
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader
            client.stop_channels()
            client.context.destroy(linger=100)
        self._clients.clear()


async def _welcomed(client: AsyncKernelClient) -> None:
    """Wait for the welcome, after which nothing that is printed is missed.

    A kernel welcomes a topic that nobody has subscribed to before, so this is a new one.
    """
    topic = f"livens-{secrets.token_hex(8)}"
    client.iopub_channel.socket.subscribe(topic.encode())
    with suppress(TimeoutError):  # a kernel that welcomes nobody is not waited for
        async with asyncio.timeout(WELCOME_S):
            while True:
                message = await client.get_iopub_msg()
                if message["content"].get("subscription") == topic:
                    return


def _take(run: Run, kind: str, content: dict[str, Any]) -> None:
    """Keep what a message says of a run."""
    match kind:
        case "stream":
            run.printed(str(content.get("text", "")))
        case "execute_result" | "display_data":
            run.printed(str(content.get("data", {}).get("text/plain", "")) + "\n")
        case "error":
            run.error = f"{content.get('ename', '')}: {content.get('evalue', '')}"
            run.status = "error"
        case "status" if content.get("execution_state") == "idle":
            run.ended("ok")
