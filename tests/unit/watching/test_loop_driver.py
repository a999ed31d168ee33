"""The driver of hosts that have an event loop and no threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from livens.watching.cells import Cells
from livens.watching.driver import BUSY_S, LoopDriver
from livens.watching.running import Running


class Loop:
    """An event loop whose time passes when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def call_later(self, seconds: float, function: Callable[[], None]) -> Timer:
        """Keep what is to be called."""
        timer = Timer(self, self.now + seconds, function)
        self.timers.append(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass while the loop is free."""
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.at <= end]:
            timer = min(due, key=lambda each: each.at)
            self.timers.remove(timer)
            self.now = max(self.now, timer.at)
            timer.function()
        self.now = end


class Timer:
    """One call to come."""

    def __init__(self, loop: Loop, at: float, function: Callable[[], None]) -> None:
        self.loop, self.at, self.function = loop, at, function

    def cancel(self) -> None:
        """Call nothing."""
        self.loop.timers.remove(self)


class Watched:
    """A watcher that notes when it is asked to look."""

    is_at_work_here = False

    def __init__(self, loop: Loop, rests_s: float = 1.0, takes_s: float = 0.0) -> None:
        self.cells = Cells()
        self.cells.interrupts.has_checks = True
        self.calls: list[Callable[[], None]] = []
        self.loop, self.rests_s, self.takes_s = loop, rests_s, takes_s
        self.looks: list[float] = []
        self.raises: BaseException | None = None

    def tick(self) -> float:
        """Look."""
        self.looks.append(self.loop.now)
        self.loop.now += self.takes_s
        if self.raises is not None:
            raise self.raises
        return self.loop.now + self.rests_s

    def run_calls(self) -> None:
        """Call what is to be called, once."""
        while self.calls:
            self.calls.pop()()

    def abandon(self) -> None:
        """Forget nobody."""


@pytest.fixture
def loop() -> Loop:
    """Return a loop at the time 0."""
    return Loop()


def driven(loop: Loop, watched: Watched) -> LoopDriver:
    """Return a driver that has been started."""
    driver = LoopDriver(loop.call_later, lambda: loop.now)
    driver.drive(watched)
    driver.start()
    return driver


def test_free_loop_looks_when_the_watcher_asked_for_it(loop: Loop) -> None:
    """At once, and then each time after the pause that it named."""
    watched = Watched(loop)
    driver = driven(loop, watched)
    loop.advance(2.5)
    assert watched.looks == [0.0, 1.0, 2.0]
    driver.wake()
    loop.advance(0.1)
    assert watched.looks == [0.0, 1.0, 2.0, 2.5]
    driver.stop()
    loop.advance(10)
    assert watched.looks == [0.0, 1.0, 2.0, 2.5]
    assert loop.timers == []


def test_busy_code_lends_a_moment_ten_times_a_second(loop: Loop) -> None:
    """However often it offers one."""
    watched = Watched(loop, rests_s=0.02)
    driver = driven(loop, watched)
    for _ in range(10_000):
        driver.look()
        loop.now += 0.0001
    assert len(watched.looks) == 10
    assert min(b - a for a, b in zip(watched.looks, watched.looks[1:], strict=False)) >= BUSY_S


def test_long_looks_take_five_percent_of_busy_code(loop: Loop) -> None:
    """One that takes 50 ms is followed by a second without, but for the first."""
    watched = Watched(loop, rests_s=0.02, takes_s=0.05)
    driver = driven(loop, watched)
    while loop.now < 10:
        driver.look()
        loop.now += 0.001
    assert 10 <= len(watched.looks) <= 11


def test_one_long_look_is_not_made_up_for(loop: Loop) -> None:
    """The next comes soon: what took long may have been that modules were loaded."""
    watched = Watched(loop, rests_s=0.02, takes_s=2.0)
    driver = driven(loop, watched)
    driver.look()
    watched.takes_s = 0.0
    while loop.now < 3:
        driver.look()
        loop.now += 0.01
    assert len(watched.looks) >= 9


def test_look_that_fails_is_not_the_last(loop: Loop) -> None:
    """An interrupt is the user's code's."""
    watched = Watched(loop)
    driver = driven(loop, watched)
    watched.raises = ValueError("of ours")
    loop.advance(1.5)
    watched.raises = KeyboardInterrupt()
    loop.now += 1
    with pytest.raises(KeyboardInterrupt):
        driver.look()
    watched.raises = None
    loop.advance(2)
    assert len(watched.looks) >= 4


def test_nothing_is_looked_at_in_the_middle_of_work(loop: Loop) -> None:
    """A signal may come while the watcher tells what a statement stored, or while it looks."""
    watched = Watched(loop)
    driver = driven(loop, watched)
    watched.is_at_work_here = True
    driver.look()
    assert watched.looks == []
    watched.is_at_work_here = False
    driver.look()
    assert watched.looks == [0.0]


def test_wake_in_the_middle_of_a_look_is_not_lost(loop: Loop) -> None:
    """What a rule's function stores is looked at right after, and not after the whole pause."""
    watched = Watched(loop, rests_s=100.0)
    driver = driven(loop, watched)
    watched.calls.append(driver.wake)
    loop.advance(0.1)
    assert watched.looks == [0.0, 0.0]


def test_other_threads_take_no_look(loop: Loop) -> None:
    """The user's code may run in them too; the timers are not theirs."""
    watched = Watched(loop)
    driver = driven(loop, watched)
    for call in (driver.look, driver.wake):
        thread = threading.Thread(target=call)
        thread.start()
        thread.join(20)
    assert watched.looks == []
    assert len(loop.timers) == 1


def test_cell_is_stopped_after_the_look_that_found_why(loop: Loop) -> None:
    """Where code computes it is raised there; where it awaits, the code is cancelled."""
    watched = Watched(loop)
    driver = driven(loop, watched)
    interrupts, cell = watched.cells.interrupts, Running("m", 1)
    cancelled: list[bool] = []
    cell.cancel = lambda: cancelled.append(True)
    with interrupts.statement(cell):
        watched.calls.append(lambda: interrupts.stop(cell, "why"))
        with pytest.raises(KeyboardInterrupt, match="why"):
            driver.look()
        assert watched.looks == [0.0]
        assert not cancelled
        watched.calls.append(lambda: interrupts.stop(cell, "again"))
        loop.advance(1.0)
    assert cancelled == [True]
    assert interrupts.reason(cell) == "again"


def test_interrupt_while_a_cell_awaits_cancels_it(loop: Loop) -> None:
    """It would end the event loop; without a cell it is the program's own."""
    watched = Watched(loop)
    driven(loop, watched)
    cell = Running("m", 1)
    cancelled: list[bool] = []
    cell.cancel = lambda: cancelled.append(True)
    watched.raises = KeyboardInterrupt()
    with watched.cells.interrupts.statement(cell):
        loop.advance(0.0)
    assert cancelled == [True]
    with pytest.raises(KeyboardInterrupt):
        loop.advance(1.0)
