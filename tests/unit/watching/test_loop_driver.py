"""The driver of hosts that have an event loop and no threads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from livens.watching.driver import BUSY_S, LoopDriver


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
        """Call nothing."""

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
