"""The replay: a kernel that only plays a record, for every client that can watch one.

It has the sockets and the connection file of a kernel and answers what clients ask first, so that
`jupyter livens watch`, `livens.watch` and the panel take it for a livens kernel that is running.
It executes nothing. Everything happens in the thread that calls `ReplayServer.run`.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zmq
from jupyter_core.paths import secure_write

import livens
from livens.client.kernel_sockets import KernelSockets
from livens.exceptions import ConnectionFailed
from livens.protocol import TARGET
from livens.protocol.messages import encode
from livens.recording.playback import Addressed, Playback
from livens.recording.reading import Record

POLL_S = 0.5
"""How often to look whether to end, when there is nothing to do."""


class ReplayServer:
    """Serves one record.

    Parameters
    ----------
    played : Record
        The record.
    connection_file : Path
        Is written when the server begins, and removed at its end.
    speed : float
        1 is as fast as it was.
    max_gap_s : float, optional
        Longer pauses are cut to this.

    Attributes
    ----------
    playback : Playback
        What plays the record.

    Raises
    ------
    ConnectionFailed
        If the connection file cannot be written, when the server begins.
    """

    def __init__(
        self,
        played: Record,
        connection_file: Path,
        *,
        speed: float = 1.0,
        max_gap_s: float | None = None,
    ) -> None:
        self.playback = Playback(played)
        self._notebook = played.header.notebook
        self.connection_file = connection_file
        self._speed = speed
        self._max_gap_s = max_gap_s
        self._is_ended = False
        self._due = 0.0
        self._played_at: float | None = None

    def __enter__(self) -> ReplayServer:
        self._sockets = KernelSockets()
        self._session = self._sockets.session
        self._write_connection_file()
        return self

    def __exit__(self, *exception: object) -> None:
        self.connection_file.unlink(missing_ok=True)
        self._sockets.close()

    def _write_connection_file(self) -> None:
        info = {**self._sockets.connection_info(), "kernel_name": "livens"}
        info["jupyter_session"] = self._notebook
        try:
            self.connection_file.parent.mkdir(parents=True, exist_ok=True)
            with secure_write(str(self.connection_file)) as file:
                json.dump(info, file, indent=1)
        except OSError as err:
            self._sockets.close(linger_ms=0)
            raise ConnectionFailed(
                f"No connection file can be written to {self.connection_file.parent}: "
                f"{err.strerror or err}; name another directory"
            ) from None

    # -- playing ---------------------------------------------------------------------------

    def run(
        self,
        *,
        on_line: Callable[[], None] = lambda: None,
        is_at_once: bool = False,
        ends: bool = False,
        is_ended: Callable[[], bool] = lambda: False,
    ) -> None:
        """Serve until somebody shuts the server down.

        Parameters
        ----------
        on_line : callable
            Is called after each line that was played.
        is_at_once : bool
            Begin without waiting for somebody who watches.
        ends : bool
            End after the last line.
        is_ended : callable
            Is asked now and then whether to end.
        """
        poller = zmq.Poller()
        for socket in (
            self._sockets.shell,
            self._sockets.control,
            self._sockets.stdin,
            self._sockets.heart,
            self._sockets.iopub,
        ):
            poller.register(socket, zmq.POLLIN)
        is_playing = is_at_once
        while not self._is_ended and not is_ended():
            is_playing = is_playing or self.playback.viewers > 0
            wait_s = self._wait_s() if is_playing else POLL_S
            for socket, _ in poller.poll(int(wait_s * 1000)):
                self._serve(socket)
            while is_playing and not self.playback.is_over and self._wait_s() <= 0:
                if is_ended():
                    break
                self._play()
                on_line()
            if self.playback.is_over and ends:
                break

    def _wait_s(self) -> float:
        """Return how long it is until the next line."""
        at = self.playback.next_at
        if at is None:
            return POLL_S
        if self._played_at is None:
            self._played_at, self._due = at, time.monotonic()
        gap = max(0.0, at - self._played_at) / self._speed
        if self._max_gap_s is not None:
            gap = min(gap, self._max_gap_s)
        return max(0.0, min(POLL_S, self._due + gap - time.monotonic()))

    def _play(self) -> None:
        at = self.playback.next_at
        now = time.monotonic()
        self._send(self.playback.play(time.time()))
        self._played_at, self._due = at, now

    def _send(self, messages: list[Addressed]) -> None:
        for comm_id, message in messages:
            content = {"comm_id": comm_id, "data": encode(message)}
            topic = f"comm-{comm_id}".encode()
            self._session.send(self._sockets.iopub, "comm_msg", content, parent={}, ident=topic)

    # -- serving ---------------------------------------------------------------------------

    def _serve(self, socket: zmq.Socket[bytes]) -> None:
        if socket is self._sockets.heart:
            socket.send_multipart(socket.recv_multipart())
        elif socket is self._sockets.iopub:
            self._sockets.welcome()
        else:
            self._answer(socket)

    def _answer(self, socket: zmq.Socket[bytes]) -> None:
        try:
            idents, message = self._session.recv(socket, zmq.NOBLOCK)
        except ValueError:  # not signed with our key
            return
        if message is None:
            return
        kind = message["header"]["msg_type"]
        self._status("busy", message)
        try:
            self._handle(socket, idents, kind, message)
        finally:
            self._status("idle", message)

    def _handle(
        self, socket: zmq.Socket[bytes], idents: Any, kind: str, message: dict[str, Any]
    ) -> None:
        content = message["content"]
        comm_id = str(content.get("comm_id", ""))
        match kind:
            case "comm_open" if content.get("target_name") == TARGET:
                self._send(self.playback.open(comm_id, content.get("data")))
            case "comm_open":
                closing = {"comm_id": comm_id, "data": {}}
                self._session.send(self._sockets.iopub, "comm_close", closing, message)
            case "comm_msg":
                self._send(self.playback.receive(comm_id, content.get("data")))
            case "comm_close":
                self.playback.close(comm_id)
            case _ if kind.endswith("_request"):
                reply = self._reply(kind, content)
                name = kind.removesuffix("_request") + "_reply"
                self._session.send(socket, name, reply, message, idents)

    def _reply(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        match kind:
            case "kernel_info_request":
                return _KERNEL_INFO
            case "shutdown_request":
                self._is_ended = True
                return {"status": "ok", "restart": bool(content.get("restart"))}
            case "comm_info_request":
                return {"status": "ok", "comms": {}}
            case "interrupt_request":
                return {"status": "ok"}
            case "is_complete_request":
                return {"status": "unknown"}
        reason = "This is a replay of a record: it runs no code."
        return {"status": "error", "ename": "NotAllowed", "evalue": reason, "traceback": [reason]}

    def _status(self, state: str, parent: dict[str, Any]) -> None:
        topic = b"kernel.replay.status"
        content = {"execution_state": state}
        self._session.send(self._sockets.iopub, "status", content, parent=parent, ident=topic)


_KERNEL_INFO: dict[str, Any] = {
    "status": "ok",
    "protocol_version": "5.4",
    "implementation": "livens",
    "implementation_version": livens.__version__,
    "banner": "A replay of a record: it runs no code.",
    "language_info": {
        "name": "python",
        "version": ".".join(map(str, sys.version_info[:3])),
        "mimetype": "text/x-python",
        "file_extension": ".py",
        "pygments_lexer": "ipython3",
        "codemirror_mode": {"name": "ipython", "version": 3},
    },
    "help_links": [],
    "livens": {"mode": "replay", "cell": None},
}


def new_connection_file(directory: str | os.PathLike[str]) -> Path:
    """Return a new file name that `jupyter livens watch` and Jupyter look for."""
    return Path(directory) / f"kernel-{uuid.uuid4()}.json"
