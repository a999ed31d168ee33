"""Stopping the running cell: when the signal is sent."""

from __future__ import annotations

import threading

import pytest

from livens.watching.interrupts import Interrupts
from livens.watching.running import Running


def test_signal_waits_for_a_call_to_begin_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread lets the main thread go on before it sends; the main thread has no need to."""
    done: list[str] = []
    monkeypatch.setattr(
        "livens.watching.interrupts._interrupt_main_thread", lambda: done.append("sent")
    )
    interrupts, cell = Interrupts(sleep=lambda seconds: done.append("waited")), Running("m", 1)
    with interrupts.statement(cell):
        thread = threading.Thread(target=interrupts.stop, args=(cell, "a reason"))
        thread.start()
        thread.join()
        assert done == ["waited", "sent"]
        assert interrupts.reason(cell) == "a reason"
        interrupts.stop(cell, "another")
    assert done == ["waited", "sent", "sent"]


def test_cell_that_ends_while_the_signal_waits_is_not_hit() -> None:
    """What would have been sent is kept for the next statement of that very cell."""
    cell = Running("m", 1)
    window = None

    def ends(seconds: float) -> None:
        assert window is not None
        window.__exit__(None, None, None)

    interrupts = Interrupts(sleep=ends)
    window = interrupts.statement(cell)
    window.__enter__()
    thread = threading.Thread(target=interrupts.stop, args=(cell, "a reason"))
    thread.start()
    thread.join()
    with pytest.raises(KeyboardInterrupt, match="a reason"), interrupts.statement(cell):
        pass


def test_where_there_is_one_thread_the_cell_stops_itself() -> None:
    """A signal would end the look that found the reason; nothing is left for another cell."""
    interrupts, cell = Interrupts(), Running("m", 1)
    interrupts.has_checks = True
    with interrupts.statement(cell):
        interrupts.stop(cell, "a reason")
        with pytest.raises(KeyboardInterrupt, match="a reason"):
            interrupts.check()
        interrupts.check()
    interrupts.stop(cell, "too late")
    interrupts.check()
    interrupts.forget(cell)
    with interrupts.statement(cell):
        interrupts.check()
