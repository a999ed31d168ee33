"""Watching without Jupyter: a namespace in a process with an event loop and no threads.

For a web page or a program under Node that has Python in it by Pyodide. The program carries the
messages: it connects with a function that gets each message as JSON text, and hands over each of
its own. The messages are those of the protocol, ``{"method": …, "params": …}``.

Two ways: `Embedding` watches a namespace in which others run code; `Process` runs the code too, and
so knows more: which run changed what, at which line, and each first store at once.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

import msgspec

from livens.exceptions import KernelBusy, NotAllowed
from livens.kernel.endpoint import Endpoint
from livens.kernel.interpreter import Interpreter, Outcome
from livens.kernel.loop_events import LoopEvents
from livens.kernel.preloading import preload
from livens.protocol.capabilities import NEED_THREADS, all_but
from livens.protocol.types import Cell
from livens.watching.budgets import Budgets
from livens.watching.cells import Cells
from livens.watching.driver import CallLater, LoopDriver
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher

if TYPE_CHECKING:
    from livens.kernel.state_actions import StateActions
    from livens.protocol.sharing_requests import SharedNames

logger = logging.getLogger(__name__)

SendText = Callable[[str], object]
"""Takes one message as JSON text."""

_MAX_QUEUED = 1_000
"""So many changes may wait for a run to end."""


class _LoopTimers:
    """Sets timers in the loop that was asyncio's at the first one: code may run others inside."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self, seconds: float, function: Callable[[], None]) -> asyncio.TimerHandle:
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.get_event_loop()
        return self._loop.call_later(seconds, function)


class Embedding:
    """Watch a namespace.

    Parameters
    ----------
    namespace : dict
        What is watched, an exact dict; its own module's names count as the program's.
    call_later : callable, optional
        Has the event loop call a function in some seconds; by default asyncio's.

    Attributes
    ----------
    watcher : Watcher
        What watches it.

    Raises
    ------
    TypeError
        If the namespace is of a subclass of dict: functions cannot have it for their globals.

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
    capabilities = all_but(*NEED_THREADS, "cells", "lines", "frames", "stop")
    budgets = Budgets(time_share=0.04)
    """Nobody tells when code runs, so the watcher takes all time for time between cells, in which
    it looks four times as seldom. How much of busy code looks take is the driver's to say."""

    def __init__(self, namespace: dict[str, Any], call_later: CallLater | None = None) -> None:
        if type(namespace) is not dict:
            raise TypeError(f"The namespace is of type {type(namespace).__name__}, expected dict")
        preload()
        self.call_later = call_later or _LoopTimers()
        self.driver = LoopDriver(self.call_later)
        self.cells = Cells()
        self.watcher = Watcher(
            self.budgets,
            mode=self.mode,
            capabilities=self.capabilities,
            cells=self.cells,
            driver=self.driver,
        )
        hidden = {name: value for name, value in namespace.items() if name.startswith("__")}
        self.watcher.attach(MonitoredDict(namespace), hidden)
        self._host = EmbeddedHost(self.cells)
        self._events = LoopEvents(self.look, namespace)
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

    def look(self) -> None:
        """Look for changes, if it is time; called often, in the middle of code too."""
        self.driver.look()


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
        self._is_broken = False
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
        if self._is_broken:
            return
        try:
            self._send(data.decode())
        except Exception:
            # A border: the function is the program's, and this may be in the middle of a statement.
            logger.exception("A client of the variables cannot be told anything; it is closed")
            self._is_broken = True
            self._embedding.call_later(0.0, self.close)


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
        self.is_changing = False
        """Whether a client's change is being made, which an interrupt may end."""

    def call_on_main_thread(self, function: Callable[[], None]) -> None:
        """Run *function* now; an interrupt ends it."""
        self.is_changing = True
        try:
            function()
        except KeyboardInterrupt:
            pass  # It came when there was nothing left to interrupt; the loop must not end by it.
        finally:
            self.is_changing = False

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
            self.call_on_main_thread(self._queued.popleft())

    def nothing_kept(self) -> None:
        """Return None: whoever asks is refused."""

    def shared_names(self) -> SharedNames:
        """Refuse: nothing is shared without threads, and no client is told that it is."""
        raise NotAllowed("No names are shared here", expected="a kernel of its own")

    def state_actions(self) -> StateActions:
        """Refuse: nothing is kept here, and no client is told that it is."""
        raise NotAllowed("No states are kept here", expected="a kernel of its own")

    def form(self, value: object, mime: str) -> str | bytes:
        """Refuse: nothing here knows how a value is shown but by its text."""
        raise NotAllowed("Nothing here shows values but by their text", remedy="Print it.")

    def forms(self, value: object) -> list[str]:
        """Return no form besides text."""
        return []


class Process(Embedding):
    """Run a person's code, and watch its variables.

    Parameters
    ----------
    call_later : callable, optional
        As for `Embedding`.
    namespace : dict, optional
        The person's variables; by default a new dict. That of the module ``__main__`` lets pickle
        find the person's functions and classes.
    """

    mode = "full"
    capabilities = all_but(*NEED_THREADS)
    budgets = Budgets()

    def __init__(
        self,
        call_later: CallLater | None = None,
        *,
        namespace: dict[str, Any] | None = None,
    ) -> None:
        if namespace is None:
            namespace = {"__name__": "__main__", "__builtins__": __builtins__}
        super().__init__(namespace, call_later)
        self.interpreter = Interpreter(namespace, self.cells)

    async def run(self, code: str, run_id: str = "") -> str:
        """Run code after what runs already; returns the `Outcome` as JSON."""
        outcome: Outcome = await self.interpreter.run(code, run_id)
        self._host.run_queued()
        return msgspec.json.encode(outcome).decode()

    def look(self) -> None:
        """Look for changes, if it is time and code computes; called by a signal's handler, too.

        While the code awaits, the event loop looks by itself.
        """
        if self.interpreter.is_computing(sys._getframe()):
            self.driver.look()

    def interrupt(self, number: int = signal.SIGINT, frame: FrameType | None = None) -> None:
        """End what computes or awaits; nothing, if nothing runs. Also a handler of SIGINT.

        Raises
        ------
        KeyboardInterrupt
            In the middle of the code.
        """
        if self._host.is_changing:
            raise KeyboardInterrupt
        self.interpreter.interrupt(frame)


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (TypeError, ValueError, RecursionError):
        return text  # which is refused as no message
