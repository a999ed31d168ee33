"""Watching without Jupyter: a namespace in a process with an event loop and no threads.

For a web page or a program under Node that has Python in it by Pyodide. The program carries the
messages: it connects with a function that gets each message as JSON text, and hands over each of
its own. The messages are those of the protocol, ``{"method": …, "params": …}``.

Two ways: `Embedding` watches a namespace in which others run code; `Process` runs the code too, and
so knows more: which run changed what, at which line, and each first store at once.
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import Any

import msgspec

from livens.exceptions import KernelBusy, NotAllowed
from livens.kernel.endpoint import Endpoint
from livens.kernel.interpreter import Interpreter, Outcome
from livens.kernel.loop_events import LoopEvents
from livens.kernel.preloading import preload
from livens.protocol.types import Cell
from livens.watching.budgets import Budgets
from livens.watching.cells import Cells
from livens.watching.driver import CallLater, LoopDriver
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher

SendText = Callable[[str], object]
"""Takes one message as JSON text."""

_MAX_QUEUED = 1_000
"""So many changes may wait for a run to end."""


def _call_later(seconds: float, function: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_event_loop().call_later(seconds, function)


class Embedding:
    """Watch a namespace.

    Parameters
    ----------
    namespace : dict
        What is watched, an exact dict; its own module's names count as the program's.
    call_later : callable
        Has the event loop call a function in some seconds; by default asyncio's.

    Attributes
    ----------
    watcher : Watcher
        What watches it.

    Examples
    --------
    >>> timers = []
    >>> embedding = Embedding({}, lambda seconds, function: timers.append(function))
    >>> told = []
    >>> connection = embedding.connect(told.append)
    >>> connection.receive('{"id": 1, "method": "set", "params": {"name": "x", "expression": "4"}}')
    >>> embedding.watcher.namespace["x"], '"preview":"4"' in "".join(told)
    (4, True)
    """

    mode: Any = "lite"
    budgets = Budgets(time_share=0.04)
    """Nobody tells when code runs, so the watcher takes all time for time between cells, in which
    it looks four times as seldom. How much of busy code looks take is the driver's to say."""

    def __init__(
        self,
        namespace: dict[str, Any],
        call_later: CallLater = _call_later,
    ) -> None:
        preload()
        self.driver = LoopDriver(call_later)
        self.cells = Cells()
        self.watcher = Watcher(self.budgets, mode=self.mode, cells=self.cells, driver=self.driver)
        hidden = {name: value for name, value in namespace.items() if name.startswith("__")}
        self.watcher.attach(MonitoredDict(namespace), hidden)
        self._host = EmbeddedHost(self.cells)
        self._events = LoopEvents(self.driver.look, namespace)
        self._connections: set[Connection] = set()

    def connect(self, send: SendText, subscription: str = "") -> Connection:
        """Add a client; it is sent the whole state at once.

        Parameters
        ----------
        send : callable
            Gets each message.
        subscription : str
            JSON: what it wants to be told, as the data of a ``comm_open``.
        """
        connection = Connection(self, send)
        self._connections.add(connection)
        self._events.start()
        connection.open(subscription)
        return connection

    def closed(self, connection: Connection) -> None:
        """Take a client away; after the last nothing is watched."""
        self._connections.discard(connection)
        if not self._connections:
            self._events.stop()


class Connection:
    """One client of an `Embedding`.

    Parameters
    ----------
    embedding : Embedding
        What it watches.
    send : callable
        Gets each message.
    """

    def __init__(self, embedding: Embedding, send: SendText) -> None:
        self._embedding, self._send = embedding, send
        self._endpoint = Endpoint(embedding.watcher, embedding._host, self._tell)

    def open(self, subscription: str) -> None:
        """Subscribe."""
        self._endpoint.open(_decoded(subscription) if subscription else {})

    def receive(self, message: str) -> None:
        """Carry out one request; never raises: what fails is answered."""
        self._endpoint.receive(_decoded(message))

    def close(self) -> None:
        """End the subscription."""
        self._endpoint.close()
        self._embedding.closed(self)

    def _tell(self, data: bytes, cell: Cell | None) -> None:
        self._send(data.decode())


class EmbeddedHost:
    """The `livens.kernel.endpoint.Host` of an embedding: one thread, which is the main one.

    Parameters
    ----------
    cells : Cells
        What runs.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._queued: deque[Callable[[], None]] = deque()

    def call_on_main_thread(self, function: Callable[[], None]) -> None:
        """Run *function* now."""
        function()

    def queue(self, function: Callable[[], None]) -> None:
        """Run *function* when no code runs."""
        if len(self._queued) >= _MAX_QUEUED:
            raise KernelBusy(
                f"{_MAX_QUEUED} changes wait for the running code to end already",
                remedy="Ask again when it has ended.",
            )
        self._queued.append(function)
        self.run_queued()

    def run_queued(self) -> None:
        """Run what was queued, in order, unless code runs."""
        while self._queued and not self._cells.is_busy:
            self._queued.popleft()()

    def form(self, value: object, mime: str) -> str | bytes:
        """Refuse: nothing here knows how a value is shown but by its text."""
        raise NotAllowed("Nothing here shows values but by their text", remedy="Print it.")


class Process(Embedding):
    """Run a person's code in a namespace of its own, and watch it.

    Parameters
    ----------
    call_later : callable
        As for `Embedding`.
    """

    mode = "full"
    budgets = Budgets()

    def __init__(self, call_later: CallLater = _call_later) -> None:
        namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        super().__init__(namespace, call_later)
        self.interpreter = Interpreter(namespace, self.cells)

    async def run(self, code: str, run_id: str = "") -> str:
        """Run code; returns the `Outcome` as JSON."""
        outcome: Outcome = await self.interpreter.run(code, run_id)
        self._host.run_queued()
        return msgspec.json.encode(outcome).decode()

    def interrupt(self, number: int = signal.SIGINT, frame: FrameType | None = None) -> None:
        """Interrupt what runs; also a handler of SIGINT, for a program that has nothing else.

        Raises
        ------
        KeyboardInterrupt
            In the middle of the person's code.
        """
        self.interpreter.interrupt(frame)


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text  # which is refused as no message
