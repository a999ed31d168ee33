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

from livens.server.socket_messages import (
    ClearParams,
    CompleteParams,
    DisplayParams,
    ErrorParams,
    OutputParams,
    ResultParams,
    SessionParams,
    StartedParams,
    encoded,
)

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
                if execution not in self._authors:
                    self._codes_of_others[execution] = 0
                count = content["execution_count"]
                self._tell(StartedParams, execution, code=content["code"], execution_count=count)
            case "stream":
                text, stream = content["text"], content["name"]
                self._tell(OutputParams, execution, content=text, stream=stream)
            case "display_data" | "update_display_data":
                is_update = kind == "update_display_data"
                self._tell(DisplayParams, execution, **_bundle(content), is_update=is_update)
            case "clear_output":
                self._tell(ClearParams, execution, wait=bool(content.get("wait")))
            case "execute_result":
                count = content.get("execution_count")
                self._tell(ResultParams, execution, **_bundle(content), execution_count=count)
            case "error":
                traceback = strip_ansi("\n".join(content["traceback"]))
                if execution in self._codes_of_others:
                    self._codes_of_others[execution] = 1
                self._tell(ErrorParams, execution, name=content["ename"], content=traceback)
            case "status" if content["execution_state"] == "idle":
                if (code := self._codes_of_others.pop(execution, None)) is not None:
                    self.completed(execution, code)

    def completed(self, execution: str, return_code: int) -> None:
        """Tell that an execution has ended."""
        self._tell(CompleteParams, execution, return_code=return_code)

    def restarted(self) -> None:
        """Tell those who listen now that the kernel was started again."""
        self._codes_of_others.clear()
        message = encoded(SessionParams("restarted"))
        for told in list(self._audience):
            told(message)

    def _tell(self, kind: type[msgspec.Struct], execution: str, **params: Any) -> None:
        message = encoded(kind(execution=execution, by=self._authors.get(execution, ""), **params))
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
