"""What everybody in a session hears: what runs, what it tells, and who began it.

Code that is run by another program on the same kernel, such as JupyterLab, is told as well. For
those who come late, the last of it is kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from nbconvert.filters.ansi import strip_ansi

KEPT_BYTES = 1_000_000
"""How much of what was told is kept for those who come late."""

NO_CODE = (None, "kernel_info_request")
"""What asked for text that no code printed, such as a debugger's warning when a kernel starts."""

MAX_AUTHORS = 1_000
"""Of so many executions it is remembered who began them."""

Told = Callable[[bytes], None]


class Broadcast:
    """Passes on what a kernel says of the code that it runs.

    The messages are those of ``docs/server.md``: ``{"method": …, "params": …}``.
    """

    def __init__(self) -> None:
        self._audience: list[Told] = []
        self._authors: dict[str, str] = {}
        self._kept: deque[bytes] = deque()
        self._kept_bytes = 0
        self._codes_of_others: dict[str, int] = {}  # what other programs run, with its return code

    def began(self, execution: str, author: str) -> None:
        """Note who began an execution."""
        self._authors[execution] = author
        while len(self._authors) > MAX_AUTHORS:
            del self._authors[next(iter(self._authors))]

    def join(self, told: Told) -> Callable[[], None]:
        """Tell somebody what is kept, and from now on everything; returns what ends that."""
        for message in self._kept:
            told(message)
        self._audience.append(told)
        return lambda: self._audience.remove(told) if told in self._audience else None

    def receive(self, message: dict[str, Any]) -> None:
        """Read one message of IOPub."""
        content = message["content"]
        kind = message["header"]["msg_type"]
        execution = message["parent_header"].get("msg_id", "")
        if message["parent_header"].get("msg_type") in NO_CODE:
            return
        match kind:
            case "execute_input":
                params = {"code": content["code"], "execution_count": content["execution_count"]}
                if execution not in self._authors:
                    self._codes_of_others[execution] = 0
                self._tell("started", execution, params)
            case "stream":
                params = {"content": content["text"], "stream": content["name"]}
                self._tell("output", execution, params)
            case "display_data" | "update_display_data":
                update = {"is_update": kind == "update_display_data"}
                self._tell("display", execution, {**_bundle(content), **update})
            case "clear_output":
                self._tell("clear", execution, {"wait": bool(content.get("wait"))})
            case "execute_result":
                count = content.get("execution_count")
                params = {**_bundle(content), "execution_count": count}
                self._tell("result", execution, params)
            case "error":
                traceback = strip_ansi("\n".join(content["traceback"]))
                params = {"name": content["ename"], "content": traceback}
                if execution in self._codes_of_others:
                    self._codes_of_others[execution] = 1
                self._tell("error", execution, params)
            case "status" if content["execution_state"] == "idle":
                if (code := self._codes_of_others.pop(execution, None)) is not None:
                    self.completed(execution, code)

    def completed(self, execution: str, return_code: int) -> None:
        """Tell that an execution has ended."""
        self._tell("complete", execution, {"returnCode": return_code})

    def announce(self, state: str) -> None:
        """Tell those who listen now what has become of the session."""
        self._codes_of_others.clear()
        message = msgspec.json.encode({"method": "session", "params": {"state": state}})
        for told in list(self._audience):
            told(message)

    def _tell(self, method: str, execution: str, params: dict[str, Any]) -> None:
        whole = {**params, "execution": execution, "by": self._authors.get(execution, "")}
        message = msgspec.json.encode({"method": method, "params": whole})
        self._kept.append(message)
        self._kept_bytes += len(message)
        while self._kept_bytes > KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popleft())
        for told in list(self._audience):
            told(message)


def _bundle(content: dict[str, Any]) -> dict[str, Any]:
    display_id = content.get("transient", {}).get("display_id", "")
    return {
        "data": content["data"],
        "metadata": content.get("metadata", {}),
        "display_id": display_id,
    }
