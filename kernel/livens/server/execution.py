"""One execution: the code of one call, what it tells, and how it ends.

The messages of the kernel become events here. Who reads them may be slow or go away: what waits is
bounded by what code may print, and the execution goes on or is interrupted, as its owner decides.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from nbconvert.filters.ansi import strip_ansi

from livens.protocol.types import ChangeSet
from livens.server import events

TEXT = "text/plain"

CHANGES = object()
"""Stands among the events where there were changes of variables; they are taken when it is read."""


class Stderr(events.Error, tag="error"):
    """Text on stderr: an event like any other error, and no failure."""


class Execution:
    """The events of one execution.

    Parameters
    ----------
    author : str
        Who it is, for the others in the session.
    max_output_bytes : int
        So much it may tell in all, in UTF-8; what is more is dropped, and an event says so.

    Attributes
    ----------
    msg_id : str
        Of the request, once it was sent.
    failures : list of str
        The traceback, or why the code was not run to its end; empty if all is well.
    """

    def __init__(self, *, max_output_bytes: int, author: str = "") -> None:
        self.author = author
        self.msg_id = ""
        self.failures: list[str] = []
        self._left = self._max = max_output_bytes
        self._is_cut = False
        self._waiting: deque[Any] = deque()
        self._take_changes: Callable[[], list[ChangeSet]] = list
        self._news = asyncio.Event()
        self._is_over = False
        self._idle = asyncio.Event()
        self._idle_at = 0.0
        self.ended = asyncio.Event()
        """Set when there is no more to come."""
        self.given_up = asyncio.Event()
        """Set when whatever still runs is to be interrupted."""

    async def __aiter__(self) -> AsyncIterator[events.ExecutionEvent]:
        """Iterate over the events, as they come, to the end."""
        while True:
            while self._waiting:
                event = self._waiting.popleft()
                if event is CHANGES:
                    for change_set in self._take_changes():
                        yield events.Change.of(change_set)
                else:
                    yield event
            if self._is_over:
                return
            self._news.clear()
            await self._news.wait()

    # -- what happens ----------------------------------------------------------------------

    def receive(self, message: dict[str, Any]) -> None:
        """Read a message of IOPub that belongs to this execution."""
        content = message["content"]
        match message["header"]["msg_type"]:
            case "stream":
                self._write(content["text"], is_error=content["name"] == "stderr")
            case "execute_result" | "display_data" | "update_display_data":
                self._show(content)
            case "status" if content["execution_state"] == "idle":
                self._idle_at = time.monotonic()
                self._idle.set()
            case "error":
                self.fail(_end_of(strip_ansi("\n".join(content["traceback"])), self._max))

    def idle_s(self) -> float:
        """Return for how many seconds the kernel has been done with the code."""
        return time.monotonic() - self._idle_at if self._idle.is_set() else 0.0

    def replied(self, content: dict[str, Any]) -> None:
        """Read the reply: an error that IOPub did not tell is told by it."""
        if content["status"] == "ok" or self.failures:
            return
        if content["status"] == "error":
            told = content.get("traceback") or [f"{content.get('ename')}: {content.get('evalue')}"]
            self.fail(_end_of(strip_ansi("\n".join(told)), self._max))
        else:
            self.fail("The kernel did not run the code: its reply is that it was aborted.\n")

    async def told(self, timeout_s: float) -> None:
        """Wait until the kernel has told everything; if it does not come, an event says so."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            self._put(events.Output(content="\n[Some of the output may have been lost.]\n"))

    def changed(self, take: Callable[[], list[ChangeSet]]) -> None:
        """Add that variables changed.

        What it was is asked when it is read: who reads slowly gets fewer changes, and newer ones.
        """
        self._take_changes = take
        if not self._waiting or self._waiting[-1] is not CHANGES:
            self._put(CHANGES)

    def fail(self, reason: str) -> None:
        """Add an error."""
        if not self._is_over:
            self.failures.append(reason)
            self._put(events.Error(content=reason))

    def give_up(self, reason: str) -> None:
        """Fail and end, whether or not the code has ended; nothing changes if all is over."""
        self.fail(reason)
        self.end()
        self.given_up.set()

    def end(self) -> None:
        """Add the end; it can be called twice."""
        if not self._is_over:
            self._put(events.Complete(return_code=int(bool(self.failures))))
            self._is_over = True
            self.ended.set()

    def _show(self, content: dict[str, Any]) -> None:
        rich = {kind: value for kind, value in content["data"].items() if kind != TEXT}
        if not rich or "execution_count" in content:  # of a result the text is output as well
            self._write(content["data"].get(TEXT, "") + "\n")
        if rich:
            size = len(msgspec.json.encode(rich))
            if size <= self._left:
                self._put(events.Display(data=rich, metadata=content.get("metadata", {})))
            self._spend(size)

    def _write(self, text: str, *, is_error: bool = False) -> None:
        data = text.encode("utf-8", "replace")
        if len(data) > self._left:
            text = data[: max(0, self._left)].decode("utf-8", "ignore")
        if text:
            self._put((Stderr if is_error else events.Output)(content=text))
        self._spend(len(data))

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0 and not self._is_cut:
            self._is_cut = True
            note = f"\n[Output was cut here: one execution may tell {self._max:,} bytes.]\n"
            self._put(events.Output(content=note))

    def _put(self, event: Any) -> None:
        if not self._is_over:
            self._waiting.append(event)
            self._news.set()


def _end_of(text: str, size: int) -> str:
    """Return the end of a text, which is what counts of a traceback."""
    if len(text) <= size:
        return text
    return f"[The beginning was cut: one execution may tell {size:,} bytes.]\n{text[-size:]}"
