"""Comms over a kernel that sends nothing: which messages are ours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import zmq
from jupyter_client.session import Session

from livens.kernel.comms import Comms
from livens.protocol import TARGET
from livens.watching.cells import Cells

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
