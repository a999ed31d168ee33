"""Comms over a kernel that sends nothing: how far what is published may run ahead."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import zmq
from ipykernel.iostream import IOPubThread
from jupyter_client.session import Session

from livens.kernel.comms import Comms
from livens.protocol import TARGET
from livens.watching.cells import Cells


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
    manager = SimpleNamespace(register_target=lambda *args: None)
    kernel: Any = SimpleNamespace(
        session=session,
        iopub_thread=thread,
        iopub_socket=None,
        comm_manager=manager,
        control_handlers={},
    )
    comms = Comms(kernel, Cells(), lambda: None)  # type: ignore[arg-type, return-value]
    for _ in range(100):
        comms.iopub.publish("comm_msg", bytes(60_000), None, b"")
    assert 500_000 < thread.most < 1_100_000
    assert sum(map(len, thread.waiting)) < 1_100_000


# -- which messages are ours ---------------------------------------------------------------

KEY = b"a key"


def frames(kind: str, content: Any, key: bytes = KEY, **header: Any) -> list[bytes]:
    """Return the signed frames of a message, as they travel."""
    session = Session(key=key)
    message = session.msg(kind, content)
    message["header"].update(header)
    return list(session.serialize(message, ident=b"a client"))


OPEN = {"comm_id": "c", "target_name": TARGET, "data": {}}


@pytest.fixture
def comms() -> Comms:
    """The comms of a kernel that has a session and nothing else."""
    kernel: Any = SimpleNamespace(
        session=Session(key=KEY),
        comm_manager=SimpleNamespace(register_target=lambda *args: None),
        control_handlers={},
    )
    return Comms(kernel, Cells(), lambda: None)  # type: ignore[arg-type, return-value]


def test_valid_message_for_the_target_is_read(comms: Comms) -> None:
    """Its senders and its content are returned, and it is taken once only."""
    wire = [zmq.Frame(frame) for frame in frames("comm_open", OPEN)]
    found = comms.read_ours(wire)
    assert found is not None
    assert found[0] == [b"a client"]
    assert found[1]["content"] == OPEN
    assert comms.read_ours(wire) is None  # a signature that was seen before


@pytest.mark.parametrize(
    "wire",
    [
        [],
        [b""],
        [b"stop aborting"],
        [b"comm_open", b"comm_open"],
        [b"<IDS|MSG>"],
        [b"<IDS|MSG>", b"", b"comm_open"],
        [b"<IDS|MSG>", b"", b'[1, "comm_open"]', b"", b"", b""],
        [b"<IDS|MSG>", b"\xff", b"\xffcomm_", b"", b"", b""],
        frames("comm_open", OPEN, key=b"another key"),
        frames("comm_open", OPEN)[:-1],
        frames("comm_open", b"[]"),
        frames("comm_open", {"target_name": "another"}),
        frames("comm_open", OPEN, msg_type=["comm_open"]),
        frames("comm_msg", {"comm_id": ["c"]}),
        frames("comm_msg", {"comm_id": "unknown"}),
        frames("comm_close", {}),
        frames("comm_info_request", OPEN),
        frames("execute_request", {"code": "comm_open"}, note="comm_"),
    ],
)
@pytest.mark.parametrize("kind", [zmq.Frame, bytes])
def test_anything_else_is_left_to_ipykernel(comms: Comms, wire: list[bytes], kind: Any) -> None:
    """Whatever it is, the frames stay as they came, and nothing about them is remembered."""
    given = [kind(frame) for frame in wire]
    assert comms.read_ours(given) is None
    assert [bytes(frame) for frame in given] == wire
    assert not comms._kernel.session.digest_history  # type: ignore[union-attr]
