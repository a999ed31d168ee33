"""The client of `livens.watch` as a program that `livens-conformance` can try: lines of JSON.

Only the sockets are missing: `Conversation` decides everything, by the messages of the fake kernel.
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from typing import Any

from livens.client.conversation import Conversation
from livens.protocol import requests

_sessions = itertools.count(1)


class TriedClient:
    """Reads lines, and carries the messages of a conversation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._conversation = Conversation(requests.Subscription(), "comm")
        self._restarted()
        self._conversation.start(time.monotonic())
        self._write_outbox()

    def read(self, message: dict[str, Any]) -> None:
        """Read a line."""
        with self._lock:
            if message["type"] == "told":
                self._receive("comm_msg", {"comm_id": "comm", "data": message["data"]})
            elif message["type"] == "restarted":
                self._restarted()
                self._receive("iopub_welcome", {"subscription": "comm-comm"})
            else:
                while self._conversation.pending:
                    self._conversation.take()
                variables = self._conversation.replica.variables
                shown = {name: variable.preview for name, variable in variables.items()}
                _write({"type": "shown", "id": message["id"], "variables": shown})
            self._write_outbox()

    def tick(self) -> None:
        """Let the time go on."""
        with self._lock:
            self._conversation.heartbeat.heard()
            self._conversation.tick(time.monotonic())
            self._write_outbox()

    def _restarted(self) -> None:
        self._session = f"session-{next(_sessions)}"

    def _receive(self, kind: str, content: dict[str, Any]) -> None:
        header = {"msg_type": kind, "session": self._session}
        message = {"header": header, "parent_header": {}, "content": content}
        self._conversation.receive(message, time.monotonic())

    def _write_outbox(self) -> None:
        outbox = self._conversation.outbox
        while outbox:
            kind, content = outbox.popleft()
            if kind == "kernel_info_request":
                self._receive("kernel_info_reply", {"implementation": "livens"})
                self._receive("iopub_welcome", {"subscription": "comm-comm"})
            elif kind == "comm_open":
                _write({"type": "open", "data": content["data"]})
            elif kind == "comm_msg":
                _write({"type": "send", "data": content["data"]})


def _write(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read lines to the end."""
    client = TriedClient()
    ends = threading.Event()

    def tick() -> None:
        while not ends.wait(0.1):
            client.tick()

    ticking = threading.Thread(target=tick, daemon=True)
    ticking.start()
    for line in sys.stdin:
        client.read(json.loads(line))
    ends.set()
    ticking.join()


if __name__ == "__main__":
    main()
