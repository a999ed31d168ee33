"""What the two ways of watching share: `WatchBase` has every request, and what is known so far.

A request is written once, as an action: a generator that yields where it has to wait, like those
of `livens.client.connection`. The decorator `action` makes a method of it that `Watch` answers
with the result, and `AsyncWatch` with something to await. So a new request is one method here.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, overload

import msgspec

from livens.client.connection import Connection, Waits
from livens.client.pending_requests import OnProgress
from livens.client.running_cells import RunningCell
from livens.client.waiting import Waited, waited
from livens.protocol import messages, requests
from livens.protocol.types import ChangeSet, Frame, Key, Point, Process, Rule, Variable

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


class _Blocking(Protocol):
    def _run(self, waits: Waits[T], /) -> T: ...


class _Asynchronous(Protocol):
    async def _run(self, waits: Waits[T], /) -> T: ...


class action(Generic[P, T]):
    """A method of a watch, made of the steps that it takes: its class's ``_run`` waits for them.

    Parameters
    ----------
    steps : callable
        Gets the watch and the arguments, and returns a generator; see `Waits`.
    """

    def __init__(self, steps: Callable[Concatenate[Any, P], Waits[T]]) -> None:
        notes = steps.__annotations__  # `help` is to say what a caller gets
        notes["return"] = notes["return"].removeprefix("Waits[").removesuffix("]")

        @wraps(steps)
        def blocking(watch: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
            return watch._run(steps(watch, *args, **kwargs))

        @wraps(steps)
        async def asynchronous(watch: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
            return await watch._run(steps(watch, *args, **kwargs))

        self._blocking, self._asynchronous = blocking, asynchronous

    @overload
    def __get__(self, watch: _Blocking, owner: object = None) -> Callable[P, T]: ...

    @overload
    def __get__(
        self, watch: _Asynchronous, owner: object = None
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...

    @overload
    def __get__(self, watch: None, owner: object = None) -> Callable[..., Any]: ...

    def __get__(self, watch: Any, owner: Any = None) -> Callable[..., Any]:
        is_asynchronous = iscoroutinefunction(getattr(owner, "_run", None))
        method: Any = self._asynchronous if is_asynchronous else self._blocking
        bound: Callable[..., Any] = method if watch is None else method.__get__(watch, owner)
        return bound


class WatchBase:
    """A watch that does not say yet how it waits.

    Parameters
    ----------
    connection : Connection
        The sockets, and the conversation on them.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # -- what can be asked -----------------------------------------------------------------

    @action
    def next(self, timeout: float | None = None) -> Waits[ChangeSet]:
        """Wait for the next change set.

        Parameters
        ----------
        timeout : float, optional
            How many seconds to wait; for ever by default.

        Raises
        ------
        TimeoutError
            If none came.
        KernelGone
            If the kernel has ended.
        WatchClosed
            If this watch was closed.
        """
        return (yield from self._connection.change(timeout))

    @action
    def request(
        self,
        method: str,
        /,
        *,
        timeout: float | None = 10.0,
        on_progress: OnProgress | None = None,
        **params: Any,
    ) -> Waits[msgspec.Struct]:
        """Ask the kernel, and wait for the answer; change sets that come meanwhile are kept.

        Parameters
        ----------
        method : str
            One of `livens.protocol.requests.REQUESTS`.
        timeout : float, optional
            How many seconds to wait. Then, and when the wait is interrupted, the kernel is asked
            to end its work on the request.
        on_progress : callable, optional
            Called with how far the kernel is; for ``table`` only.
        **params
            The params of the method.

        Returns
        -------
        Struct
            The type that `livens.protocol.requests.RESULTS` has for the method.

        Raises
        ------
        RequestError
            The kernel's answer, as the class that its code stands for.
        TimeoutError
            If none came.
        """
        return (yield from self._connection.answer(method, params, timeout, on_progress))

    @action
    def history(
        self, name: str, *, since: float = 0.0, limit: int = 1_000, timeout: float | None = 10.0
    ) -> Waits[requests.History]:
        """Fetch what a variable was: the newest points that the kernel keeps of it.

        Parameters
        ----------
        name : str
            The variable.
        since : float
            Only points after this time, in seconds since the epoch.
        limit : int
            How many at the most.
        timeout : float, optional
            How many seconds to wait.
        """
        params = {"name": name, "since": since, "limit": limit}
        return (yield from self._answer(requests.History, "history", params, timeout))

    @action
    def set(
        self,
        name: str,
        expression: str,
        *,
        path: list[Key] | None = None,
        when_busy: requests.WhenBusy = "refuse",
        timeout: float | None = 10.0,
    ) -> Waits[Variable]:
        """Bind a name in the kernel to the value of a Python expression, or set what is below it.

        Parameters
        ----------
        name : str
            An identifier.
        expression : str
            Evaluated in the kernel, on its main thread, when no cell runs.
        path : list of Key, optional
            The path of a child, which is set instead, such as ``[["name", "x"], ["index", 0]]``.
            Only with revision 2 of ``set`` in `capabilities`.
        when_busy : {"refuse", "queue"}
            While a cell runs: raise `KernelBusy`, or wait until it has ended.
        timeout : float, optional
            How many seconds to wait for the answer. After it a change that was queued is still
            carried out.

        Returns
        -------
        Variable
            What the name holds now, or what the child is.

        Raises
        ------
        KernelBusy, NotAllowed, EvaluationFailed
            The variable stays as it was, as far as the class of what is set has it so.
        """
        params: dict[str, Any] = {"name": name, "expression": expression, "when_busy": when_busy}
        if path is not None:
            params["path"] = path
        return (yield from self._answer(requests.SetDone, "set", params, timeout)).variable

    @action
    def delete(
        self,
        *names: str,
        when_busy: requests.WhenBusy = "refuse",
        timeout: float | None = 10.0,
    ) -> Waits[None]:
        """Delete variables in the kernel, all of them or none; see `set`."""
        params = {"names": list(names), "when_busy": when_busy}
        yield from self._answer(requests.Deleted, "delete", params, timeout)

    @action
    def rename(
        self,
        name: str,
        to: str,
        *,
        when_busy: requests.WhenBusy = "refuse",
        timeout: float | None = 10.0,
    ) -> Waits[Variable]:
        """Give a variable in the kernel another name, which nothing has yet; see `set`."""
        params = {"name": name, "to": to, "when_busy": when_busy}
        return (yield from self._answer(requests.Renamed, "rename", params, timeout)).variable

    @action
    def add_rule(
        self,
        condition: str,
        action: Literal["notify", "stop"] = "notify",
        *,
        timeout: float | None = 10.0,
    ) -> Waits[requests.RuleAdded]:
        """Have the kernel tell when a condition becomes true, or also stop the running cell.

        Parameters
        ----------
        condition : str
            Such as ``"loss < 0.1"``, see `livens.rules.conditions`.
        action : {"notify", "stop"}
            Whether to stop the cell. Everybody is told either way: see `events` and `on_event`.
        timeout : float, optional
            How many seconds to wait for the answer.

        Returns
        -------
        RuleAdded
            The rule, and notes on what may not be meant. It ends with the watch, and with the
            kernel: after a restart add it again.

        Raises
        ------
        InvalidCondition
            If the condition is none.
        """
        params = {"condition": condition, "action": action}
        return (yield from self._answer(requests.RuleAdded, "rule.add", params, timeout))

    @action
    def check_rule(
        self, condition: str, *, timeout_ms: int = 5_000, timeout: float | None = None
    ) -> Waits[requests.RuleChecked]:
        """Have the kernel work a condition out now, once.

        Parameters
        ----------
        condition : str
            Such as ``'df["v"].nulls == 0'``, see `livens.rules.conditions`.
        timeout_ms : int
            How long each figure of data may take. What would take longer is done on a sample, and
            `sampled` of the answer says so.
        timeout : float, optional
            How many seconds to wait for the answer; by default as long as it takes.

        Raises
        ------
        InvalidCondition
            If the condition is none.
        """
        params = {"condition": condition, "timeout_ms": timeout_ms}
        return (yield from self._answer(requests.RuleChecked, "rule.check", params, timeout))

    @action
    def wait_for(self, condition: str, *, timeout_s: float = 60.0, cell: str = "") -> Waits[Waited]:
        """Wait until a condition is true, or until the running cell has ended.

        The kernel checks it, at each store. Change sets that come meanwhile are kept.

        Parameters
        ----------
        condition : str
            Such as ``"loss < 0.1"``, see `livens.rules.conditions`.
        timeout_s : float
            How many seconds to wait.
        cell : str, optional
            The id of an ``execute_request``: wait for the end of this cell. By default the wait
            ends with the next cell that ends.

        Returns
        -------
        Waited
            How it ended, with the newest values; that the time is over is no error.

        Raises
        ------
        InvalidCondition
            If the condition is none.
        NotAllowed
            If this kernel has no rules, as a replay has none.
        WatchClosed
            If this watch was closed.
        """
        return (yield from waited(self._connection, condition, timeout_s, cell))

    @action
    def interrupt(self, timeout: float | None = 10.0) -> Waits[None]:
        """Interrupt what the kernel runs, as the button of a front end does.

        Parameters
        ----------
        timeout : float, optional
            How many seconds to wait for the kernel to have heard of it.

        Raises
        ------
        TimeoutError
            If it did not answer.
        """
        yield from self._connection.opened()
        conversation = self._connection.conversation
        seen = conversation.interrupts
        self._connection.tell("interrupt_request", {}, conversation.subscription.client)
        yield from self._connection.until(
            lambda: (conversation.is_open() and conversation.interrupts > seen) or None, timeout
        )

    @action
    def remove_rule(self, rule: Rule | str, *, timeout: float | None = 10.0) -> Waits[None]:
        """Remove a rule, by itself or by its id; `VariableNotFound` if there is none."""
        params = {"id": rule if isinstance(rule, str) else rule.id}
        yield from self._answer(requests.RuleRemoved, "rule.remove", params, timeout)

    @action
    def refresh(self) -> Waits[None]:
        """Fetch the whole state; it also comes as a complete change set."""
        yield from self._answer(requests.Subscribed, "refresh", {}, 10.0)

    @action
    def settle(self, timeout: float | None = 10.0, *, cell: str = "") -> Waits[None]:
        """Wait until `variables` has everything that the kernel has said so far.

        Parameters
        ----------
        timeout : float, optional
            How many seconds to wait.
        cell : str, optional
            The id of an ``execute_request``: wait only until everything up to the end of that
            cell is here, which takes no question to the kernel.

        Raises
        ------
        TimeoutError
            If it did not come.
        """
        yield from self._connection.settled(timeout, cell)

    def _answer(
        self, kind: type[S], method: str, params: dict[str, Any], timeout: float | None
    ) -> Waits[S]:
        answer = yield from self._connection.answer(method, params, timeout)
        assert isinstance(answer, kind)
        return answer

    # -- what is known, as of the last message ---------------------------------------------

    @property
    def variables(self) -> dict[str, Variable]:
        """The variables by name, as of the last message that was read; do not change it."""
        return self._connection.conversation.replica.variables

    @property
    def points(self) -> dict[str, list[Point]]:
        """The newest points of the variables by name, as far as they came; do not change it.

        What was before this watch, `history` fetches.
        """
        return self._connection.conversation.replica.points

    @property
    def frames(self) -> list[Frame]:
        """The functions that run, the innermost of each thread first; do not change it."""
        return self._connection.conversation.replica.frames

    @property
    def epoch(self) -> str:
        """Names the kernel process; empty before the first change set."""
        return self._connection.conversation.replica.epoch

    @property
    def capabilities(self) -> dict[str, int]:
        """What this kernel can do: the revision of each method and feature; do not change it.

        Of a kernel that says nothing of it, which is an older one, all of revision 1; empty before
        the first change set.
        """
        return self._connection.conversation.replica.capabilities

    @property
    def process(self) -> Process | None:
        """Which process is watched, and of which rank; None where it does not say so."""
        return self._connection.conversation.replica.process

    @property
    def subscription(self) -> requests.Subscription:
        """What the kernel was asked for."""
        return self._connection.conversation.subscription

    @property
    def is_busy(self) -> bool:
        """Whether the kernel runs a cell, as far as its statuses have told."""
        return self._connection.conversation.cells.is_busy

    @property
    def cell(self) -> RunningCell | None:
        """The cell that ran when the kernel was asked last, unless it has ended since."""
        return self._connection.conversation.cells.told

    @property
    def restarts(self) -> int:
        """How often the kernel was seen to be another process than before."""
        return self._connection.conversation.restarts

    @property
    def pending(self) -> int:
        """How many change sets have come and were not taken yet."""
        return self._connection.conversation.pending

    def take(self) -> ChangeSet | None:
        """Return the next change set that has come, without waiting; None if there is none."""
        return self._connection.conversation.take()

    @property
    def events(self) -> list[messages.EventParams]:
        """The kernel's last events, such as a variable that was set aside."""
        return list(self._connection.conversation.events)

    def events_after(self, seen: int) -> tuple[list[messages.EventParams], int]:
        """Return the events that came after the first *seen* ones, and how many there are now."""
        total = self._connection.conversation.events_told
        new = min(total - seen, len(self._connection.conversation.events))
        return self.events[len(self.events) - new :], total

    def kernel_ended(self) -> None:
        """Note that the kernel is gone, which its owner knows first: it gets no goodbye."""
        self._connection.conversation.kernel_ended()
