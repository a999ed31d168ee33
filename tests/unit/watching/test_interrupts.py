"""Stopping the running cell: when the signal is sent."""

from __future__ import annotations

import threading

import pytest

from livens.watching.cells import Running
from livens.watching.interrupts import Interrupts


def test_signal_waits_for_a_call_to_begin_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread lets the main thread go on before it sends; the main thread has no need to."""
    done: list[str] = []
    monkeypatch.setattr(
        "livens.watching.interrupts._interrupt_main_thread", lambda: done.append("sent")
    )
    stops, cell = Interrupts(sleep=lambda seconds: done.append("waited")), Running("m", 1)
    with stops.statement(cell):
        thread = threading.Thread(target=stops.stop, args=(cell, "a reason"))
        thread.start()
        thread.join()
        assert done == ["waited", "sent"]
        assert stops.reason(cell) == "a reason"
        stops.stop(cell, "another")
    assert done == ["waited", "sent", "sent"]


def test_cell_that_ends_while_the_signal_waits_is_not_hit() -> None:
    """What would have been sent is kept for the next statement of that very cell."""
    cell = Running("m", 1)
    window = None

    def ends(seconds: float) -> None:
        assert window is not None
        window.__exit__(None, None, None)

    stops = Interrupts(sleep=ends)
    window = stops.statement(cell)
    window.__enter__()
    thread = threading.Thread(target=stops.stop, args=(cell, "a reason"))
    thread.start()
    thread.join()
    with pytest.raises(KeyboardInterrupt, match="a reason"), stops.statement(cell):
        pass
