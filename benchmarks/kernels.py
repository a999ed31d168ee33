"""One kernel process, a client that talks to it, and what /proc says about it.

The client is a light one: it reads the frames of ZeroMQ, stamps their arrival with the clock that
the kernel's own `time.perf_counter` reads as well (on Linux and macOS it is one clock for all
processes), counts their bytes, and parses only what is asked for. jupyter_client's own client
takes about a millisecond per message, which would be most of what is measured here.
"""

from __future__ import annotations

import ast
import json
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL
from types import TracebackType
from typing import Any, Self

import psutil
import zmq
from jupyter_client.manager import KernelManager

from benchmarks.variants import Variant

TARGET = "livens.variables"
TIMEOUT_S = 120.0
PEAKS_ARE_KNOWN = Path("/proc/self/clear_refs").exists()
"""Whether the system can tell the peak of a process's memory, and let it begin anew: Linux."""

_DELIMITER = b"<IDS|MSG>"

# Equal for all: threads of numerical libraries, and no history on the disk. Byte code is kept as
# it is for users, whatever the shell says: else an editable install compiles itself at each start.
_ENVIRONMENT = {
    "PYTHONDONTWRITEBYTECODE": "",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "IPYTHONDIR": tempfile.gettempdir() + "/livens-benchmarks",
}
_ARGUMENTS = ["--HistoryManager.hist_file=:memory:"]


class Message:
    """A message on IOPub, parsed as far as it is asked.

    Attributes
    ----------
    at : float
        When it arrived, on the clock of `time.perf_counter`.
    size : int
        The bytes of all its frames.
    """

    def __init__(self, frames: list[bytes], at: float) -> None:
        self.at = at
        self.size = sum(map(len, frames))
        start = frames.index(_DELIMITER) + 2
        header = json.loads(frames[start])
        self.kind: str = header["msg_type"]
        self.parent: str = json.loads(frames[start + 1]).get("msg_id", "")
        self._content = frames[start + 3]

    @property
    def content(self) -> dict[str, Any]:
        """Its content."""
        content: dict[str, Any] = json.loads(self._content)
        return content

    @property
    def params(self) -> dict[str, Any]:
        """The params of a notification of livens."""
        params: dict[str, Any] = self.content.get("data", {}).get("params", {})
        return params

    def is_idle_of(self, msg_id: str) -> bool:
        """Return whether the message says that a request is done."""
        return (
            self.kind == "status"
            and self.parent == msg_id
            and self.content["execution_state"] == "idle"
        )

    def tells(self, name: str, preview: str) -> bool:
        """Return whether the message says that a variable has this preview."""
        if self.kind != "comm_msg" or f'"{name}"'.encode() not in self._content:
            return False
        return self.value_of(name) == preview

    def value_of(self, name: str) -> str | None:
        """Return the preview that it has of a variable, if it has one."""
        for variable in self.params.get("changed", ()):
            if variable["name"] == name:
                return str(variable["preview"])
        return None


class Run:
    """What came of one cell.

    Attributes
    ----------
    messages : list of Message
        What arrived until the cell was done, also what belongs to no cell.
    idle_s : float
        From the request to the ``idle`` status.
    took_s : float
        The same, or to the message that the caller waited for if that came later.
    cpu_s : float
        What all threads of the kernel computed from the request to the ``idle`` status.
    found : Any
        The value of the expression that the caller asked for.
    """

    def __init__(self, messages: list[Message], idle_s: float, took_s: float, cpu_s: float) -> None:
        self.messages = messages
        self.idle_s = idle_s
        self.took_s = took_s
        self.cpu_s = cpu_s
        self.found: Any = None

    @property
    def size(self) -> int:
        """The bytes on IOPub."""
        return sum(message.size for message in self.messages)

    @property
    def text(self) -> str:
        """What it printed."""
        return "".join(m.content["text"] for m in self.messages if m.kind == "stream")


class Kernel:
    """A kernel of a variant, with its client; a context manager that starts and ends it.

    Parameters
    ----------
    variant : Variant
        Which kernel, and how many subscribers.
    seed : int
        Decides about the order of sets, and where entries of dicts collide.
    """

    def __init__(self, variant: Variant, seed: int = 0) -> None:
        self.variant = variant
        self._seed = seed
        self.start_s = 0.0
        self.start_cpu_s = 0.0
        self._comms: list[str] = []

    def __enter__(self) -> Self:
        self._manager = KernelManager(kernel_name=self.variant.kernel)
        started = time.perf_counter()
        self._manager.start_kernel(
            extra_arguments=_ARGUMENTS,
            env=self._environment(),
            stderr=DEVNULL,
        )
        self._client = client = self._manager.client()  # its sockets close when it is collected
        self._session = client.session
        self._shell, self._control = client.connect_shell(), client.connect_control()
        self._iopub = client.connect_iopub()
        self._poller = zmq.Poller()
        self._poller.register(self._iopub, zmq.POLLIN)
        self._request(self._shell, "kernel_info_request", {})
        self.start_s = time.perf_counter() - started
        self.process = psutil.Process(self._manager.provisioner.process.pid)  # type: ignore[union-attr]
        self.start_cpu_s = self.cpu_s()
        self._wait_for_iopub()
        self.subscribe(self.variant.subscribers)
        return self

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, **_ENVIRONMENT, "PYTHONHASHSEED": str(self._seed)}
        if self.variant.code:
            paths = [str(self.variant.code), os.environ.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        return environment

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for socket in (self._shell, self._control, self._iopub):
            socket.close(linger=0)
        self._manager.shutdown_kernel(now=True)
        with suppress(OSError):
            Path(self._manager.connection_file).unlink()

    # -- messages --------------------------------------------------------------------------

    def _request(self, socket: Any, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        request = self._session.send(socket, kind, content)
        return self._reply(socket, request["header"]["msg_id"])

    def _reply(self, socket: Any, msg_id: str) -> dict[str, Any]:
        until = time.monotonic() + TIMEOUT_S
        while True:
            if not socket.poll(round(max(0.0, until - time.monotonic()) * 1000)):
                raise TimeoutError(f"no reply of {self.variant.name} within {TIMEOUT_S} s")
            _, message = self._session.recv(socket, mode=zmq.NOBLOCK)
            if message is not None and message["parent_header"].get("msg_id") == msg_id:
                reply: dict[str, Any] = message["content"]
                return reply

    def _wait_for_iopub(self) -> None:
        """Wait until the subscription of ZeroMQ has reached the kernel."""
        for _ in range(100):
            msg_id = self._session.send(self._shell, "kernel_info_request", {})["header"]["msg_id"]
            self._reply(self._shell, msg_id)
            if any(m.parent == msg_id for m in self.messages_for(0.1)):
                return
        raise TimeoutError(f"nothing on IOPub of {self.variant.name}")

    def next_message(self, timeout_s: float) -> Message | None:
        """Wait for the next message on IOPub; None if there is none in time."""
        if not self._poller.poll(round(max(0.0, timeout_s) * 1000)):
            return None
        frames = self._iopub.recv_multipart()
        return Message(frames, time.perf_counter())

    def messages_for(self, seconds: float) -> list[Message]:
        """Return the messages that come until there was none for some seconds."""
        messages = []
        while (message := self.next_message(seconds)) is not None:
            messages.append(message)
        return messages

    # -- cells -----------------------------------------------------------------------------

    def run(
        self,
        code: str,
        *,
        value: str | None = None,
        until: Callable[[Message], bool] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Run:
        """Run a cell.

        Parameters
        ----------
        code : str
            The cell.
        value : str, optional
            An expression to evaluate at its end; the text of its result has to be a literal.
        until : callable, optional
            Wait not only for ``idle`` but also for a message for which this is true; ignored
            where nobody is subscribed.
        timeout_s : float
            How long to wait.

        Raises
        ------
        RuntimeError
            If the cell raises.
        TimeoutError
            If it is not done in time.
        """
        self.drain()
        until = until if self._comms else None
        cpu_s = self.cpu_s()
        started = time.perf_counter()
        msg_id = self.send(code, value)
        messages: list[Message] = []
        idle_at: float | None = None
        told_at: float | None = None if until else started
        unread = 0
        while idle_at is None or told_at is None:
            message = self.next_message(started + timeout_s - time.perf_counter())
            if message is None:
                raise TimeoutError(f"{self.variant.name}: not within {timeout_s} s: {code[:60]}")
            messages.append(message)
            if message.is_idle_of(msg_id):
                idle_at = message.at
                cpu_s = self.cpu_s() - cpu_s
            if until and idle_at is not None:  # parsing before would delay what comes next
                told_at = next((m.at for m in messages[unread:] if until(m)), None)
                unread = len(messages)
        took_s = max(idle_at, told_at) - started
        run = Run(messages, idle_at - started, took_s, cpu_s)
        run.found = self.finish(msg_id, code)
        return run

    def send(self, code: str, value: str | None = None) -> str:
        """Ask the kernel to run a cell; returns the id of the request."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {"value": value} if value else {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        return str(self._session.send(self._shell, "execute_request", content)["header"]["msg_id"])

    def finish(self, msg_id: str, code: str = "") -> Any:
        """Wait for the reply of a cell, and return the value that was asked for with it."""
        reply = self._reply(self._shell, msg_id)
        if reply["status"] != "ok":
            raise RuntimeError(f"{self.variant.name}: {code[:60]!r}: {reply.get('evalue')}")
        for outcome in reply["user_expressions"].values():
            if outcome["status"] != "ok":
                raise RuntimeError(f"{self.variant.name}: {outcome['evalue']}")
            return ast.literal_eval(outcome["data"]["text/plain"])
        return None

    def drain(self) -> None:
        """Throw away what is in the queue."""
        while self.next_message(0) is not None:
            pass

    @property
    def is_subscribed(self) -> bool:
        """Whether anybody is told what changes."""
        return bool(self._comms)

    # -- subscribing -----------------------------------------------------------------------

    def subscribe(self, count: int = 1) -> None:
        """Open comms on the control channel, each subscribed to everything."""
        data = {"frames": self.variant.frames}
        for _ in range(count):
            comm_id = uuid.uuid4().hex
            content = {"comm_id": comm_id, "target_name": TARGET, "data": data}
            msg_id = self._session.send(self._control, "comm_open", content)["header"]["msg_id"]
            self._wait_for_refresh(comm_id, msg_id)
            self._comms.append(comm_id)

    @contextmanager
    def deaf_subscriber(self) -> Iterator[None]:
        """Add a subscriber with a connection of its own from which nothing is ever read."""
        deaf = self._client.connect_iopub()
        try:
            self.subscribe()
            yield
        finally:
            deaf.close(linger=0)

    def _wait_for_refresh(self, comm_id: str, msg_id: str) -> None:
        is_known = is_idle = False
        while not (is_known and is_idle):
            message = self.next_message(TIMEOUT_S)
            if message is None:
                raise TimeoutError(f"{self.variant.name} did not answer comm_open")
            if message.kind == "comm_msg":
                params = message.params
                is_known = message.content["comm_id"] == comm_id and (
                    params["start"] + len(params["variables"]) >= params["length"]
                )
            is_idle = is_idle or message.is_idle_of(msg_id)

    def unsubscribe(self) -> None:
        """Close all comms."""
        for comm_id in self._comms:
            self._session.send(self._control, "comm_close", {"comm_id": comm_id, "data": {}})
        self._comms.clear()
        self._request(self._control, "kernel_info_request", {})
        self.messages_for(0.1)

    # -- what the system knows -------------------------------------------------------------

    def cpu_s(self) -> float:
        """Return the CPU time of all threads, to the nanosecond where there is /proc."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        total_ns = 0
        try:
            for task in tasks.iterdir():
                with suppress(OSError):  # a thread that just ended
                    total_ns += int((task / "schedstat").read_text().split()[0])
        except OSError:
            times = self.process.cpu_times()
            return float(times.user + times.system)
        return total_ns / 1e9

    def rss_mb(self) -> float:
        """Return the resident memory."""
        return float(self.process.memory_info().rss) / 1e6

    def reset_peak(self) -> None:
        """Let the kernel's peak of resident memory begin anew, where `PEAKS_ARE_KNOWN`."""
        if PEAKS_ARE_KNOWN:
            Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak_mb(self) -> float:
        """Return the peak of resident memory since `reset_peak`, else what is resident now."""
        if not PEAKS_ARE_KNOWN:
            return self.rss_mb()
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise OSError("no VmHWM in /proc")
