"""The IOPub channel of a kernel that sends nothing: how far what is published may run ahead."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from ipykernel.iostream import IOPubThread

from livens.kernel.iopub import IOPubChannel


class SlowThread(IOPubThread):
    """Sends when somebody waits for it, and notes how much there was."""

    def __init__(self) -> None:
        self.thread = None  # type: ignore[assignment]
        self.waiting: list[bytes] = []
        self.most = 0

    def schedule(self, f: Callable[[], Any]) -> None:
        self.most = max(self.most, sum(map(len, self.waiting)))
        self.waiting.clear()
        f()


def test_what_waits_to_be_sent_is_bounded() -> None:
    """Whoever publishes waits for the thread that sends, each time a megabyte is ahead of it."""
    thread = SlowThread()
    session = SimpleNamespace(
        send=lambda socket, kind, content, **options: thread.waiting.append(content)
    )
    kernel: Any = SimpleNamespace(session=session, iopub_thread=thread, iopub_socket=None)
    iopub = IOPubChannel(kernel)
    for _ in range(100):
        iopub.publish("comm_msg", bytes(60_000), None, b"")
    assert 500_000 < thread.most < 1_100_000
    assert sum(map(len, thread.waiting)) < 1_100_000
