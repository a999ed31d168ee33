"""What all front ends have in common: requests on their way, pauses, and what is shown.

A front end is told each message that arrives. It answers with requests, at once or after a pause
that its own code makes. It has settled when nothing of that is left. Only then what it got is
parsed, so the time that a real front end takes to parse and draw is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from benchmarks.race.kernels import Arrived, RacedKernel

TIMEOUT_S = 60.0


class Row(NamedTuple):
    """What a front end shows of a variable.

    Attributes
    ----------
    value : str
        The text of the value.
    whole : str
        All that was sent of it.
    """

    value: str
    whole: str


class Played(NamedTuple):
    """What came of one cell.

    Attributes
    ----------
    messages : list of Arrived
        What arrived until the front end had settled.
    idle_at : float
        When the cell was idle, on the clock of `time.perf_counter`.
    cell_s : float
        From the request to that.
    took_s : float
        From the request until the front end had settled too.
    waited_s : float
        How much of that were the front end's own pauses.
    cpu_s : float
        What the kernel computed meanwhile.
    size : int
        The bytes that were sent and arrived, on all channels.
    """

    messages: list[Arrived]
    idle_at: float
    cell_s: float
    took_s: float
    waited_s: float
    cpu_s: float
    size: int


class FrontEnd:
    """Nobody: a client that runs cells and asks for nothing. Others derive from it.

    Parameters
    ----------
    kernel : RacedKernel
        The kernel that it is connected to.

    Attributes
    ----------
    can_ask : bool
        Whether its user can ask for the values while a cell runs, and gets an answer then.
    tells_changes : bool
        Whether it is sent what changed, instead of everything.
    late_s : float
        How long after a cell it may be told of changes that the cell made.
    """

    can_ask = False
    tells_changes = False
    late_s = 0.0

    def __init__(self, kernel: RacedKernel) -> None:
        self.kernel = kernel
        self.cell = ""
        self._awaited: dict[str, set[str]] = {}
        self._pauses: list[tuple[float, Callable[[], None]]] = []
        self._paused_s = 0.0

    # -- what a peer overrides ---------------------------------------------------------------

    def attach(self) -> None:
        """Send what the front end sends when it is opened, and wait until it is answered."""

    def react(self, message: Arrived) -> None:
        """Do what the front end does when a message arrives."""

    def ask(self) -> None:
        """Ask for the values, as the front end's button for that does."""
        raise NotImplementedError(f"{type(self).__name__} has no button for that")

    def shown(self, message: Arrived) -> dict[str, Row]:
        """Return what the front end would show because of a message."""
        return {}

    def has_told(self, message: Arrived, expected: tuple[str, str]) -> bool:
        """Return whether a message says that a variable has this text; for who settles by it."""
        return True

    # -- requests and pauses -----------------------------------------------------------------

    def request(
        self,
        channel: str,
        kind: str,
        content: dict[str, Any],
        *,
        has_reply: bool = True,
        subshell: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Send a request, which is on its way until its reply and ``idle`` have arrived."""
        msg_id = self.kernel.post(channel, kind, content, subshell=subshell, metadata=metadata)
        self._awaited[msg_id] = {"reply", "idle"} if has_reply else {"idle"}
        return msg_id

    def execute(self, code: str, **options: Any) -> str:
        """Send code as `requestExecute` of JupyterLab does."""
        where = {key: options.pop(key) for key in ("subshell", "metadata") if key in options}
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": True,
            "stop_on_error": False,
        }
        return self.request("shell", "execute_request", content | options, **where)

    def pause(self, seconds: float, then: Callable[[], None]) -> None:
        """Do something later."""
        self._pauses.append((time.perf_counter() + seconds, then))
        self._paused_s += seconds

    @property
    def has_settled(self) -> bool:
        """Whether no request is on its way and no pause is left."""
        return not self._awaited and not self._pauses

    def settle(self) -> list[Arrived]:
        """Wait until the front end has settled; returns what arrived.

        Raises
        ------
        TimeoutError
            If it has not within `TIMEOUT_S`.
        """
        messages: list[Arrived] = []
        until = time.perf_counter() + TIMEOUT_S
        while not self.has_settled:
            messages += self._step(until)
        return messages

    def listen(self, seconds: float, until: Callable[[Arrived], bool]) -> Iterable[Arrived]:
        """Give what arrives within some seconds, up to the message that is waited for."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for message in self.kernel.arrived(end - time.perf_counter()):
                self._take(message)
                yield message
                if until(message):
                    return

    def _step(self, until: float) -> list[Arrived]:
        """Wait for what comes next, a message or the end of a pause."""
        now = time.perf_counter()
        if now > until:
            raise TimeoutError(f"{self.kernel.variant.name} has not settled in time")
        next_pause = min((due for due, _ in self._pauses), default=until)
        messages = self.kernel.arrived(min(until, next_pause) - now)
        for message in messages:
            self._take(message)
        now = time.perf_counter()
        for pause in [pause for pause in self._pauses if pause[0] <= now]:
            self._pauses.remove(pause)
            pause[1]()
        return messages

    def _take(self, message: Arrived) -> None:
        awaited = self._awaited.get(message.parent)
        if awaited is not None:
            if message.channel != "iopub":
                awaited.discard("reply")
            elif message.is_idle_of(message.parent):
                awaited.discard("idle")
            if not awaited:
                del self._awaited[message.parent]
        self.react(message)

    # -- cells -------------------------------------------------------------------------------

    def play(
        self, code: str, expected: tuple[str, str] | None = None, ask_every_s: float = 0.0
    ) -> Played:
        """Run a cell as the user does, and wait until the front end has settled.

        Parameters
        ----------
        code : str
            The cell.
        expected : tuple, optional
            A name and the text of its value after the cell, for those who are told at any time.
        ask_every_s : float
            How often the user presses the button that asks for the values while the cell runs.

        Raises
        ------
        RuntimeError
            If the cell raises.
        TimeoutError
            If the front end has not settled within `TIMEOUT_S`.
        """
        self.kernel.arrived(0)
        cpu_s, size, self._paused_s = self.kernel.cpu_s(), self.kernel.bytes_on_wire, 0.0
        started = time.perf_counter()
        self.cell = self.execute(code, stop_on_error=True)
        if ask_every_s:
            self._press_again(ask_every_s)
        messages, idle_at = self._until_settled(started + TIMEOUT_S, expected)
        took_s = max(idle_at, messages[-1].at) - started
        cpu_s, size = self.kernel.cpu_s() - cpu_s, self.kernel.bytes_on_wire - size
        self._check(messages, code)
        waited_s = 0.0 if ask_every_s else self._paused_s
        return Played(messages, idle_at, idle_at - started, took_s, waited_s, cpu_s, size)

    def _until_settled(
        self, until: float, expected: tuple[str, str] | None
    ) -> tuple[list[Arrived], float]:
        """Wait for the end of a cell and of what it caused; returns also when it was idle."""
        messages: list[Arrived] = []
        idle_at = 0.0
        has_told = expected is None or not self.tells_changes
        while not (idle_at and has_told and self.has_settled):
            new = self._step(until)
            messages += new
            idle_at = idle_at or next((m.at for m in new if m.is_idle_of(self.cell)), 0.0)
            if idle_at and expected and not has_told:
                has_told = any(self.has_told(message, expected) for message in messages)
        return messages, idle_at

    def _press_again(self, every_s: float) -> None:
        def press() -> None:
            if self.cell not in self._awaited:
                return
            if len(self._awaited) == 1:  # the answer to the last press is there
                self.ask()
            self.pause(every_s, press)

        self.pause(every_s, press)

    def _check(self, messages: list[Arrived], code: str) -> None:
        for message in messages:
            if message.parent == self.cell and message.kind == "execute_reply":
                if message.content["status"] != "ok":
                    raise RuntimeError(f"{code[:60]!r}: {message.content.get('evalue')}")
                return

    def view_of(self, messages: Iterable[Arrived]) -> dict[str, Row]:
        """Return what the front end shows after messages."""
        view: dict[str, Row] = {}
        for message in messages:
            view.update(self.shown(message))
        return view
