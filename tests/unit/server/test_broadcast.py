"""What those in a session hear of a kernel's messages."""

from __future__ import annotations

from typing import Any

import msgspec

from livens.server.broadcast import Broadcast


def output(parent: dict[str, Any]) -> dict[str, Any]:
    """Return a message of a kernel that prints."""
    content = {"name": "stderr", "text": "words"}
    return {"header": {"msg_type": "stream"}, "parent_header": parent, "content": content}


def test_text_that_no_code_printed_is_not_told() -> None:
    """A kernel may warn of something while it starts; nobody asked."""
    broadcast, heard = Broadcast(), list[bytes]()
    broadcast.join(heard.append)
    broadcast.receive(output({}))
    broadcast.receive(output({"msg_id": "1", "msg_type": "kernel_info_request"}))
    broadcast.receive(output({"msg_id": "2", "msg_type": "execute_request"}))
    assert [msgspec.json.decode(told)["params"]["execution"] for told in heard] == ["2"]
