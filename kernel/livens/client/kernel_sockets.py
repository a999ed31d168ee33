"""The sockets of something that is no kernel, and that clients connect to as to one.

Only this machine can connect: they are on loopback, signed with a key, and encrypted where ZeroMQ
can. Whoever has them reads them in a thread of its own.
"""

from __future__ import annotations

import uuid
from typing import Any

import zmq
from jupyter_client.session import Session

HOST = "127.0.0.1"

_LINGER_MS = 500


class KernelSockets:
    """Bind the five sockets of a kernel, at ports that are free.

    Attributes
    ----------
    session : jupyter_client.session.Session
        Reads and signs the messages.
    shell, control, stdin, heart, iopub : zmq.Socket
        The sockets; ``iopub`` hears of its subscribers.

    Raises
    ------
    zmq.ZMQError
        If there can be no sockets.
    """

    def __init__(self) -> None:
        self.session = Session(key=uuid.uuid4().hex.encode(), username="kernel")
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._keys = zmq.curve_keypair() if zmq.has("curve") else None
        try:
            self.shell, self.control, self.stdin, self.heart = (
                self._bound(zmq.ROUTER) for _ in range(4)
            )
            self.iopub = self._bound(zmq.XPUB)
        except Exception:
            self.close(linger_ms=0)
            raise
        self.iopub.setsockopt(zmq.XPUB_VERBOSE, 1)

    def close(self, linger_ms: int = _LINGER_MS) -> None:
        """Close them; what is still to be sent has so long for it."""
        self._context.destroy(linger=linger_ms)

    def _bound(self, kind: int) -> zmq.Socket[bytes]:
        made = self._context.socket(kind)
        made.linger = _LINGER_MS
        if self._keys is not None:
            made.curve_publickey, made.curve_secretkey = self._keys
            made.curve_server = True
        made.bind(f"tcp://{HOST}:0")
        return made

    def connection_info(self) -> dict[str, Any]:
        """Return what a connection file says of them."""
        sockets = {
            "shell_port": self.shell,
            "control_port": self.control,
            "stdin_port": self.stdin,
            "hb_port": self.heart,
            "iopub_port": self.iopub,
        }
        info: dict[str, Any] = {name: _port(bound) for name, bound in sockets.items()}
        info |= {"ip": HOST, "transport": "tcp", "signature_scheme": "hmac-sha256"}
        info["key"] = self.session.key.decode()
        if self._keys is not None:
            info["curve_publickey"], info["curve_secretkey"] = (k.decode() for k in self._keys)
        return info

    def welcome(self) -> None:
        """Read what IOPub hears of a subscriber, and greet one that has come (JEP 65)."""
        frame = self.iopub.recv()
        if frame[:1] == b"\x01":
            topic = frame[1:]
            content = {"subscription": topic.decode("utf-8", "replace")}
            self.session.send(self.iopub, "iopub_welcome", content, ident=topic)


def _port(bound: zmq.Socket[bytes]) -> int:
    endpoint = bound.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(endpoint, bytes)
    return int(endpoint.rstrip(b"\0").rpartition(b":")[2])
