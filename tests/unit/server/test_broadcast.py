"""What those in a session hear of a kernel's messages."""

from __future__ import annotations

import json
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


def message(kind: str, execution: str, **content: Any) -> dict[str, Any]:
    """Return a message of IOPub, as far as it is read."""
    return {
        "header": {"msg_type": kind},
        "parent_header": {"msg_id": execution, "msg_type": "execute_request"},
        "content": content,
    }


def listen(broadcast: Broadcast) -> list[dict[str, Any]]:
    """Return a list that what is told is added to."""
    told: list[dict[str, Any]] = []
    broadcast.join(lambda text: told.append(json.loads(text)))
    return told


def methods(told: list[dict[str, Any]]) -> list[str]:
    """Return what kinds of messages there are."""
    return [one["method"] for one in told]


def test_code_of_another_program_has_an_end_too() -> None:
    """It is complete when the kernel is idle after it, and has failed after an error."""
    broadcast = Broadcast()
    told = listen(broadcast)
    for execution, error in (("a", False), ("b", True)):
        broadcast.receive(message("execute_input", execution, code="x", execution_count=1))
        if error:
            broadcast.receive(message("error", execution, ename="E", traceback=["t"]))
        broadcast.receive(message("status", execution, execution_state="idle"))
        broadcast.receive(message("status", execution, execution_state="idle"))
    assert methods(told) == ["started", "complete", "started", "error", "complete"]
    assert [told[1]["params"]["returnCode"], told[4]["params"]["returnCode"]] == [0, 1]
    assert told[1]["params"]["by"] == ""


def test_own_code_is_complete_when_the_session_says_so() -> None:
    """Not at the idle of the kernel, which may come before the last of the output."""
    broadcast = Broadcast()
    told = listen(broadcast)
    broadcast.began("a", "ann")
    broadcast.receive(message("execute_input", "a", code="x", execution_count=1))
    broadcast.receive(message("status", "a", execution_state="idle"))
    assert methods(told) == ["started"]
    broadcast.completed("a", 0)
    assert methods(told) == ["started", "complete"]


def test_what_a_display_replaces_is_told() -> None:
    """By the id that the code gave it, and so is what is to be cleared."""
    broadcast = Broadcast()
    told = listen(broadcast)
    content = {"data": {"text/plain": "1"}, "metadata": {}, "transient": {"display_id": "d"}}
    broadcast.receive(message("display_data", "a", **content))
    broadcast.receive(message("update_display_data", "a", **content))
    broadcast.receive(message("clear_output", "a", wait=True))
    assert [one["params"].get("is_update") for one in told] == [False, True, None]
    assert told[0]["params"]["display_id"] == "d"
    assert told[2]["params"]["wait"] is True
