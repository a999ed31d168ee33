"""Watchers with a clock that is pushed by hand, and what they told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from types import SimpleNamespace
from typing import Any

from livens.protocol import requests
from livens.protocol.types import Variable
from livens.testing import Clock, MessageLog
from livens.watching.budgets import Budgets
from livens.watching.driver import Driver
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running
from livens.watching.watcher import Watcher


class NotedDriver(Driver):
    """Drives nothing, and notes when it was woken, and that it was to start and to stop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.woken: list[float] = []
        self.started: list[bool] = []

    def start(self) -> None:
        self.started.append(True)

    def stop(self) -> None:
        self.started.append(False)

    def wake(self) -> None:
        self.woken.append(self._clock())


class World(SimpleNamespace):
    """A watcher, its clock and driver, the namespace, and a recorder that subscribed."""

    clock: Clock
    driver: NotedDriver
    watcher: Watcher
    namespace: MonitoredDict
    recorder: MessageLog

    def subscribe(self, **subscription: Any) -> MessageLog:
        recorder = MessageLog()
        recorder.subscriber = self.watcher.subscribe(  # type: ignore[attr-defined]
            requests.Subscription(**subscription), recorder
        )
        return recorder

    def shown(self, name: str) -> Variable:
        return self.recorder.replica.variables[name]

    def tick(self, seconds: float = 0.0) -> float:
        self.clock.push(seconds)
        return self.watcher.tick()


def make_world(budgets: Budgets = Budgets(), **values: Any) -> World:  # noqa: B008 - a tuple
    clock = Clock()
    driver = NotedDriver(clock)
    watcher = Watcher(
        budgets,
        clock=clock,
        cpu_clock=clock,
        wall_clock=lambda: 1_000.0 + clock.now,
        epoch="e",
        driver=driver,
    )
    namespace = MonitoredDict(dict(values))
    watcher.attach(namespace, {"In": namespace.get("In")})
    return World(clock=clock, driver=driver, watcher=watcher, namespace=namespace)


def make_watched_world(**subscription: Any) -> World:
    """Make a world that is empty, and a recorder that has subscribed."""
    made = make_world()
    made.recorder = made.subscribe(**subscription)
    return made


class ClockWorld:
    """What worlds share that have a watcher, its namespace, and a clock that is pushed by hand."""

    clock: Clock
    watcher: Watcher

    def subscribe(self, **subscription: Any) -> MessageLog:
        recorder = MessageLog()
        self.watcher.subscribe(requests.Subscription(**subscription), recorder)
        return recorder

    def tick(self) -> None:
        self.clock.push(1)
        self.watcher.tick()


class CellWorld:
    """A watcher with a clock that is pushed by hand, what it told, and cells that are run."""

    def __init__(
        self,
        budgets: Budgets = Budgets(),  # noqa: B008 - a tuple
        *,
        step_s: float = 0.0,  # what passes by the clock of work each time that it is read
    ) -> None:
        self.clock = Clock()
        work = count()
        self.watcher = Watcher(
            budgets,
            clock=self.clock,
            cpu_clock=lambda: self.clock() + step_s * next(work),
            wall_clock=self.clock,
        )
        self.namespace = MonitoredDict({})
        self.watcher.attach(self.namespace)
        self.told = MessageLog()
        self.watcher.subscribe(requests.Subscription(), self.told)

    def settle(self) -> None:
        """Let time pass until nothing is owed."""
        for _ in range(100):
            self.clock.push(1)
            self.watcher.tick()
            if self.watcher.is_settled:
                return
        raise AssertionError("not settled")

    def run(self, code: str) -> None:
        """Run a cell."""
        compiled = compile(code, "cell", "exec")
        with self.watcher.cells.running(Running("m", 1)):
            self.watcher.cells.statement(compiled)
            exec(compiled, self.namespace.target, self.namespace)

    @contextmanager
    def cell(self, code: str) -> Iterator[None]:
        """Run a cell whose stores go past the watcher, and stay in it."""
        compiled = compile(code, "cell", "exec")
        with self.watcher.cells.running(Running("m", 1)):
            self.watcher.cells.statement(compiled)
            exec(compiled, self.namespace.target)
            yield

    def pass_time(self, ticks: int, step_s: float = 0.1) -> None:
        """Let the driver come so often, after so many seconds each."""
        for _ in range(ticks):
            self.clock.push(step_s)
            self.watcher.tick()

    def unevaluated(self) -> dict[str, str]:
        """Return what was told as not compared."""
        return {u.name: u.reason for update in self.told.updates for u in update.unevaluated}
