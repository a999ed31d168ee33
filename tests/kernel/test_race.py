"""The clients of the race against other inspectors, on real kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from benchmarks.race import questions
from benchmarks.race.debugger import Inspect
from benchmarks.race.front_ends import FrontEnd
from benchmarks.race.kernels import RacedKernel
from benchmarks.race.livens import Livens
from benchmarks.race.results import Results
from benchmarks.variants import STOCK, UNWATCHED

pytestmark = pytest.mark.slow

Start = Callable[[type[FrontEnd]], FrontEnd]


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """What starts a front end with its kernel, once for each kind."""
    with ExitStack() as stack:
        started: dict[type[FrontEnd], FrontEnd] = {}

        def start(kind: type[FrontEnd]) -> FrontEnd:
            if kind not in started:
                variant = UNWATCHED if kind is Livens else STOCK
                started[kind] = kind(stack.enter_context(RacedKernel(variant)))
                started[kind].attach()
            return started[kind]

        yield start


@pytest.mark.parametrize("kind", [Livens, Inspect])
def test_front_end_has_settled_when_it_has_the_value(start: Start, kind: type[FrontEnd]) -> None:
    """A cell is played until the value is there, and its bytes are counted, both ways."""
    front_end = start(kind)
    nobody = start(FrontEnd).play("x = 12345")
    played = front_end.play("x = 12345", ("x", "12345"))
    assert front_end.view_of(played.messages)["x"].value == "12345"
    assert front_end.has_settled
    assert played.size > nobody.size
    assert 0 < played.cell_s <= played.took_s


def test_pauses_are_played_and_told(start: Start) -> None:
    """What a front end waits by itself is known, so that it can be left out of its cost."""
    front_end = start(Inspect)
    front_end.pause(0.05, front_end.ask)
    messages = front_end.settle()
    assert any(message.kind == "debug_reply" for message in messages)


def test_a_cell_that_raises_is_no_measurement(start: Start) -> None:
    """A figure of code that did not run would be worth nothing."""
    with pytest.raises(RuntimeError, match="division by zero"):
        start(FrontEnd).play("1 / 0")


def test_who_fails_is_out_and_the_others_go_on(start: Start) -> None:
    """The reason is kept for the page."""
    results = Results()
    field = questions.Field({"stock": start(FrontEnd), "livens": start(Livens)}, results)

    def failing(front_end: FrontEnd) -> str:
        if isinstance(front_end, Livens):
            raise ValueError("changed too much")
        return "done"

    assert field.all(failing) == {"stock": "done"}
    assert field.all(lambda _: "again") == {"stock": "again"}
    assert results.failed == {"livens": "ValueError: changed too much"}


def test_changes_are_told_apart_from_silence(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that shows is seen by both; a list that looks as before is no change seen."""
    changes = {
        "grown": ("l3 = [1, 2, 3]", "l3.append(4)"),
        "middle": ("l6 = list(range(10_000))", "l6[5_000] = -1"),
    }
    monkeypatch.setattr(questions, "CHANGES", changes)
    results = Results()
    field = questions.Field({"livens": start(Livens), "inspectVariables": start(Inspect)}, results)
    questions.changes_in_place(field, True)
    assert results.failed == {}
    assert {name: verdict.seen for name, verdict in results.in_place["grown"].items()} == {
        "livens": "yes",
        "inspectVariables": "yes",
    }
    # When livens is told of it depends on the machine; how soon is what the race measures.
    assert results.in_place["middle"]["inspectVariables"].seen == "no"
