"""One kernel process, with the messages and the bytes of all its channels."""

from __future__ import annotations

import time
from typing import Any

import zmq

from benchmarks.kernels import Kernel, Message


class Arrived(Message):
    """A message of any channel.

    Attributes
    ----------
    channel : str
        "shell", "control" or "iopub".
    """

    def __init__(self, channel: str, frames: list[bytes], at: float) -> None:
        super().__init__(frames, at)
        self.channel = channel
        self._frames = frames

    def has(self, text: bytes) -> bool:
        """Return whether a text is somewhere in its bytes."""
        return any(text in frame for frame in self._frames)


class RacedKernel(Kernel):
    """A kernel to which a front end sends what it likes, on shell and control.

    Attributes
    ----------
    bytes_on_wire : int
        What was sent and has arrived since the kernel was started, on all channels.
    """

    bytes_on_wire = 0

    @property
    def _channels(self) -> dict[str, Any]:
        return {"iopub": self._iopub, "shell": self._shell, "control": self._control}

    def post(
        self,
        channel: str,
        kind: str,
        content: dict[str, Any],
        *,
        subshell: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Send a request; returns its id.

        Parameters
        ----------
        channel : str
            "shell" or "control".
        kind : str
            The type of the message.
        content : dict
            Its content.
        subshell : str
            The id of the subshell that it is for, if any.
        metadata : dict, optional
            Its metadata.
        """
        message = self._session.msg(kind, content, metadata=metadata)
        if subshell:
            message["header"]["subshell_id"] = subshell
        frames = self._session.serialize(message)
        self.bytes_on_wire += sum(map(len, frames))
        self._channels[channel].send_multipart(frames)
        return str(message["header"]["msg_id"])

    def arrived(self, timeout_s: float) -> list[Arrived]:
        """Wait for messages on any channel; returns what is there then, nothing if none came."""
        poller = zmq.Poller()
        for socket in self._channels.values():
            poller.register(socket, zmq.POLLIN)
        if not poller.poll(max(0, round(timeout_s * 1000))):
            return []
        messages = []
        for channel, socket in self._channels.items():
            while socket.poll(0):
                frames = socket.recv_multipart()
                messages.append(Arrived(channel, frames, time.perf_counter()))
        self.bytes_on_wire += sum(message.size for message in messages)
        return messages
