"""Hosts that are no kernels: a process carries their messages, a line of JSON for each.

What is written to it, and what it answers::

    {"type": "execute", "id": 1, "code": …}   {"type": "executed", "id": 1, "ename": …, "evalue": …}
    {"type": "open", "line": 2, "data": {}}   {"type": "told", "line": 2, "data": …}, each message
    {"type": "send", "line": 2, "data": …}
    {"type": "close", "line": 2}              {"type": "closed", "line": 2}

It says ``{"type": "ready"}`` when it can be asked, and ends when its stdin does. Everything that it
writes besides goes to stderr.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

from livens_conformance.lines import TIMEOUT_S, Line, Ran
from livens_conformance.verdicts import Failed

READY_S = 300.0
"""How long the process may take to be ready."""


class Bridge:
    """The near end of such a process.

    Parameters
    ----------
    process : subprocess.Popen
        With pipes, in text.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._writing = threading.Lock()
        self._numbers = count(1)
        self._arrived: dict[object, SimpleQueue[dict[str, Any]]] = {"ready": SimpleQueue()}
        self._reader = threading.Thread(target=self._read, name="bridge", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            message = json.loads(text)
            key = message.get("line", message.get("id", message["type"]))
            self._arrived[key].put(message)

    def write(self, **message: Any) -> None:
        """Write a message."""
        assert self._process.stdin is not None
        with self._writing:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def read(self, key: object, timeout_s: float) -> dict[str, Any] | None:
        """Wait for the next message of a line or a request, by its number; None if none came."""
        until = time.monotonic() + timeout_s
        while True:
            try:
                return self._arrived[key].get(timeout=min(1.0, max(0.0, until - time.monotonic())))
            except Empty:
                if self._process.poll() is not None:
                    raise Failed("the process of the host has ended") from None
                if time.monotonic() >= until:
                    return None

    def start(self, code: str) -> Callable[[], Ran]:
        """Start to run code; returns what waits for its end."""
        number = self._new()
        self.write(type="execute", id=number, code=code)

        def ended() -> Ran:
            message = self.read(number, TIMEOUT_S)
            if message is None:
                raise Failed(f"code did not end within {TIMEOUT_S:g} s")
            return Ran(message["ename"], message["evalue"])

        return ended

    def execute(self, code: str) -> Ran:
        """Run code to its end."""
        return self.start(code)()

    def open(self, subscription: dict[str, Any]) -> Line:
        """Subscribe, on a line of its own."""
        number = self._new()
        self.write(type="open", line=number, data=subscription)
        return _BridgeLine(self, number)

    def _new(self) -> int:
        number = next(self._numbers)
        self._arrived[number] = SimpleQueue()
        return number


class _BridgeLine:
    def __init__(self, bridge: Bridge, number: int) -> None:
        self._bridge, self._number = bridge, number

    def send(self, data: Any) -> None:
        self._bridge.write(type="send", line=self._number, data=data)

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        message = self._bridge.read(self._number, timeout_s)
        if message is None or message["type"] == "closed":
            return None
        return dict(message["data"])

    def close(self) -> None:
        self._bridge.write(type="close", line=self._number)
        while (message := self._bridge.read(self._number, TIMEOUT_S)) is not None:
            if message["type"] == "closed":
                return
        raise Failed("the line was not closed")


@contextmanager
def bridged(command: Sequence[str]) -> Iterator[Bridge]:
    """Start a host by the command of its process, and end it."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    with process:
        try:
            made = Bridge(process)
            if made.read("ready", READY_S) is None:
                raise Failed("the host did not get ready")
            yield made
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
