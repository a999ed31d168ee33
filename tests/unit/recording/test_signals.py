"""The signals that end runs: which counts, and when there is no time left."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

from livens.recording.outcome import ExitCode
from livens.recording.signals import REPEAT_S, EndSignals, exit_on_termination

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals")


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        (signal.SIGINT, 130, "Interrupted"),
        (signal.SIGTERM, 143, "Terminated (SIGTERM)"),
        (signal.SIGHUP, 129, "Terminated (SIGHUP)"),
    ],
)
def test_each_signal_is_noted(number: signal.Signals, code: int, reason: str) -> None:
    """A signal ends nothing by itself, and says what the end is; the handler is put back."""
    before = signal.getsignal(number)
    with EndSignals() as signals:
        assert signals.end is None
        send(number)
        assert signals.end is not None
        assert tuple(signals.end) == (code, reason)
        assert not signals.is_urgent
    assert signal.getsignal(number) is before


def test_the_gravest_counts() -> None:
    """After Ctrl-C a SIGTERM still terminates; a Ctrl-C after that makes it no interrupt."""
    with EndSignals() as signals:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            send(number)
        assert signals.end is not None
        assert signals.end.code == ExitCode.TERMINATED


def test_a_signal_that_is_passed_on_twice_is_one() -> None:
    """What a shell sends as well is no second Ctrl-C; what comes later is."""
    clock = Clock()
    with EndSignals(clock=clock) as signals:
        send(signal.SIGINT)
        clock.now += REPEAT_S / 2
        send(signal.SIGINT)
        assert not signals.is_urgent
        clock.now += REPEAT_S
        send(signal.SIGINT)
        assert signals.is_urgent


def test_the_grace_begins_with_the_first_termination() -> None:
    """Ctrl-C sets no time; SIGTERM does, once, and a part of it is kept for writing."""
    clock = Clock()
    with EndSignals(grace_s=5.0, clock=clock) as signals:
        send(signal.SIGINT)
        assert signals.seconds_left() is None
        clock.now += 60
        send(signal.SIGTERM)
        assert signals.seconds_left() == 4.0
        assert not signals.is_urgent
        clock.now += 3
        assert signals.seconds_left() == 1.0
        clock.now += 3
        assert signals.seconds_left() == 0.0


def test_nohup() -> None:
    """A hang-up that is ignored stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with EndSignals() as signals:
            send(signal.SIGHUP)
            assert signals.end is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_program_that_ends() -> None:
    """When the process is about to end, Ctrl-C is ignored; who calls from a program keeps it."""
    before = signal.getsignal(signal.SIGINT)
    try:
        with EndSignals(is_last=True):
            pass
        send(signal.SIGINT)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)


def test_listeners_are_called_in_their_loop() -> None:
    """A listener is called in the event loop, which a signal wakes up; not after it has left."""
    heard: list[str] = []

    async def main(signals: EndSignals) -> None:
        came = asyncio.Event()
        with signals.listen(came.set), signals.listen(lambda: heard.append("here")):
            asyncio.get_running_loop().call_later(0.01, send, signal.SIGTERM)
            await asyncio.wait_for(came.wait(), 30)
        send(signal.SIGTERM)
        await asyncio.sleep(0)

    with EndSignals() as signals:
        asyncio.run(main(signals))
    assert heard == ["here"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_exit_on_termination(number: signal.Signals, code: int) -> None:
    """A command that runs nothing leaves what it has open, with the code of the signal."""
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as exit_, exit_on_termination():
        send(number)
    assert exit_.value.code == code
    assert signal.getsignal(number) is before


def test_other_threads() -> None:
    """In another thread, where no handlers can be set, nothing is listened to and nothing fails."""
    found: list[object] = []

    def run() -> None:
        with EndSignals() as signals:
            found.append(signals.end)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [None]
