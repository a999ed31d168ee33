"""Which cells run, told by statuses and by the kernel's own word, in any order of the two."""

from __future__ import annotations

from typing import Any

import pytest

from livens.client.running_cells import NOBODY, RunningCells


def cell(msg_id: str) -> dict[str, Any]:
    """Return the header of a request of a cell."""
    return {"msg_type": "execute_request", "msg_id": msg_id}


def said(count: int | None) -> dict[str, Any]:
    """Return what a kernel says of itself while it runs a cell, or none."""
    found = None if count is None else {"execution_count": count, "started_at": 5.0}
    return {"livens": {"mode": "full", "cell": found}}


def test_other_requests_are_no_cells() -> None:
    """The statuses of a question, and the word that a cell still runs, are no cell's."""
    cells = RunningCells()
    for state in ("busy", "idle"):
        cells.status({"msg_type": "comm_msg", "msg_id": "1"}, state)
    cells.status(cell(NOBODY), "busy")
    assert not cells.is_busy
    assert cells.ended == 0


def test_two_cells_at_once() -> None:
    """A cell on a subshell may outlast the other."""
    cells = RunningCells()
    cells.status(cell("1"), "busy")
    cells.status(cell("2"), "busy")
    cells.status(cell("1"), "idle")
    assert cells.is_busy
    cells.status(cell("2"), "idle")
    assert not cells.is_busy
    assert cells.ended == 2


def test_who_comes_in_the_middle_is_told() -> None:
    """The kernel's word counts until a cell ends, whose beginning nobody saw."""
    cells = RunningCells()
    cells.asked()
    cells.kernel_info(said(7))
    assert cells.told is not None
    assert (cells.told.execution_count, cells.told.started_at) == (7, 5.0)
    cells.status(cell("unseen"), "idle")
    assert not cells.is_busy
    assert cells.ended == 1


def test_an_answer_that_is_overtaken_does_not_count() -> None:
    """A cell that ended since the question may be the one in the answer."""
    cells = RunningCells()
    cells.asked()
    cells.status(cell("1"), "idle")
    cells.kernel_info(said(7))
    assert not cells.is_busy


@pytest.mark.parametrize("content", [{}, {"livens": 1}, {"livens": {"cell": "x"}}, said(None)])
def test_a_kernel_that_says_nothing_of_a_cell(content: dict[str, Any]) -> None:
    """Whatever else it says is no cell."""
    cells = RunningCells()
    cells.asked()
    cells.kernel_info(content)
    assert not cells.is_busy


def test_lost_messages() -> None:
    """What was known is not kept."""
    cells = RunningCells()
    cells.status(cell("1"), "busy")
    cells.forget()
    assert not cells.is_busy
