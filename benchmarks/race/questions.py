"""What is measured: cost by size, live values, changes in place, and big values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import TypeVar

from benchmarks.kernels import PEAKS_ARE_KNOWN
from benchmarks.race.front_ends import FrontEnd, Played, Row
from benchmarks.race.results import Cost, Results, Verdict
from benchmarks.rounds import in_turns

T = TypeVar("T")

SIZES = (10, 1_000, 10_000)
"""How many variables there are besides the one that the cell sets."""

LIVE_VALUES, LIVE_S = 40, 2.0
"""How many values the cell of two seconds stores before its last one, which all see at its end."""

ASK_EVERY_S = 0.1
"""How often the user presses the button for it, where there is one."""

_values = count(1_000_000)
"""Each cell stores a number that no other stores, so that it can be told whose it is."""

CHANGES = {
    "append to a list of 3": ("l3 = [1, 2, 3]", "l3.append(4)"),
    "append to a list of 100,000": ("l5 = list(range(100_000))", "l5.append(4)"),
    "an item in the middle of such a list": ("l6 = list(range(100_000))", "l6[50_000] = -1"),
    "a key of a dict of 1": ("d1 = {'a': 1}", "d1['k'] = 3"),
    "a key of a dict of 100,000": ("d5 = {i: i for i in range(100_000)}", "d5['k'] = 3"),
    "a value in the middle of such a dict": (
        "d6 = {i: i for i in range(100_000)}",
        "d6[50_000] = -1",
    ),
    "a key of a dict in a dict": ("dd = {'a': {'b': 1}}", "dd['a']['b'] = 2"),
    "first cell of a frame of 3 × 3": ("f3 = pd.DataFrame(np.zeros((3, 3)))", "f3.iloc[0, 0] = 5"),
    "first cell of a frame of 100,000 × 10": (
        "f5 = pd.DataFrame(np.zeros((100_000, 10)))",
        "f5.iloc[0, 0] = 5",
    ),
    "a cell in the middle of such a frame": (
        "f6 = pd.DataFrame(np.zeros((100_000, 10)))",
        "f6.iloc[50_000, 5] = 5",
    ),
    "a cell of a frame of 1,000,000 × 10": (
        "f7 = pd.DataFrame(np.zeros((1_000_000, 10)))",
        "f7.iloc[500_000, 5] = 5",
    ),
    "first item of an array of 5": ("a5 = np.zeros(5)", "a5[0] = 1"),
    "first item of an array of 1,000,000": ("a6 = np.zeros(1_000_000)", "a6[0] = 1"),
    "an item in the middle of such an array": ("a7 = np.zeros(1_000_000)", "a7[500_000] = 1"),
    "an item of an array of 10,000,000": ("a8 = np.zeros(10_000_000)", "a8[5_000_000] = 1"),
    "an attribute of an object": ("o1 = Plain()", "o1.attribute = 2"),
    "a field of a dataclass": ("o2 = Data(1)", "o2.field = 2"),
}
"""Seventeen things to change in place: the cell that makes one, and the cell that changes it."""

_CLASSES = """
import dataclasses
import numpy as np
import pandas as pd

class Plain:
    attribute = 1

@dataclasses.dataclass
class Data:
    field: int
"""

BIG = {
    "array of 400 MB": "import numpy as np\nbig = np.ones(50_000_000)",
    "list of 1,000,000 texts": "big = [f'text {i}' for i in range(1_000_000)]",
    "object whose repr computes for 0.2 s": """
import time

class Lazy:
    def __repr__(self):
        until = time.perf_counter() + 0.2
        while time.perf_counter() < until:
            pass
        return "computed"

big = Lazy()
""",
}
"""Variables that are costly to look at: while one is there, another one is set."""


class Field:
    """All front ends of a race, each with its kernel; who fails is out, with the reason.

    Parameters
    ----------
    front_ends : dict
        By the name of the peer.
    results : Results
        Where the numbers and the failures go.
    """

    def __init__(self, front_ends: dict[str, FrontEnd], results: Results) -> None:
        self._front_ends = front_ends
        self.results = results

    def each(self, number: int, what: Callable[[FrontEnd], T]) -> Iterator[tuple[str, T]]:
        """Do something with each front end, in an order that differs in each round."""
        for name in in_turns(list(self._front_ends), number) if self._front_ends else ():
            try:
                yield name, what(self._front_ends[name])
            except Exception as error:  # noqa: BLE001 - a peer's failure ends its race, not ours
                del self._front_ends[name]
                reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
                self.results.failed[name] = reason
                print(f"{name} is out: {reason}", flush=True)

    def all(self, what: Callable[[FrontEnd], T]) -> dict[str, T]:
        """Do something with each front end once."""
        return dict(self.each(0, what))


def _set_x(front_end: FrontEnd) -> Played:
    value = str(next(_values))
    return front_end.play(f"x = {value}", ("x", value))


def _cost(played: Played) -> Cost:
    return Cost(
        (played.took_s - played.waited_s) * 1000,
        played.cell_s * 1000,
        played.took_s * 1000,
        played.cpu_s * 1000,
        played.size,
    )


def cost_by_size(field: Field, is_quick: bool) -> None:
    """Measure what `x = k` costs with so many variables beside it."""
    rounds = 3 if is_quick else 20
    for size in SIZES:
        more = f"globals().update((f'v{{i}}', i) for i in range({size}))"
        field.all(lambda front_end, more=more: front_end.play(more))
        field.all(_set_x)
        for number in range(rounds):
            for name, played in field.each(number, _set_x):
                field.results.costs.setdefault(str(size), {}).setdefault(name, []).append(
                    _cost(played)
                )


def live_values(field: Field, is_quick: bool) -> None:
    """Count how many values of a cell of two seconds are seen before it ends."""
    field.all(lambda front_end: front_end.play("import time"))
    for number in range(1 if is_quick else 3):
        for name, seen in field.each(number, lambda front_end: _seen_in_cell(front_end, 0.0)):
            field.results.live.setdefault(name, []).append(seen)
        if is_quick:
            continue
        for name, asked in field.each(number, _seen_when_asked):
            if asked is not None:
                field.results.asked.setdefault(name, []).append(asked)


def _seen_when_asked(front_end: FrontEnd) -> int | None:
    return _seen_in_cell(front_end, ASK_EVERY_S) if front_end.can_ask else None


def _seen_in_cell(front_end: FrontEnd, ask_every_s: float) -> int:
    first = next(_values) * (LIVE_VALUES + 1)
    last = first + LIVE_VALUES
    stored = {str(value) for value in range(first, last)}
    cell = f"for x in range({first}, {last + 1}):\n    time.sleep({LIVE_S / LIVE_VALUES})"
    played = front_end.play(cell, ("x", str(last)), ask_every_s)
    before = [message for message in played.messages if message.at < played.idle_at]
    seen = {row.value for m in before if (row := front_end.shown(m).get("x"))}
    return len(seen & stored)


def changes_in_place(field: Field, _: bool) -> None:
    """Look which changes in place show in what the client has."""
    everything = "\n".join([_CLASSES, *(made for made, _ in CHANGES.values())])
    views: dict[FrontEnd, dict[str, Row]] = {}

    def make(front_end: FrontEnd) -> None:
        views[front_end] = _view_after(front_end, everything)

    field.all(make)
    for number, (label, (made, change)) in enumerate(CHANGES.items()):
        variable = made.split(" = ")[0]

        def look(front_end: FrontEnd, variable: str = variable, change: str = change) -> Verdict:
            return _verdict(front_end, views[front_end], variable, change)

        for name, verdict in field.each(number, look):
            field.results.in_place.setdefault(label, {})[name] = verdict
    names = ", ".join(made.split(" = ")[0] for made, _ in CHANGES.values())
    field.all(lambda front_end: front_end.play(f"del {names}"))


def _view_after(front_end: FrontEnd, code: str) -> dict[str, Row]:
    """Run a cell, and one more after which all that is told late has been told."""
    view = front_end.view_of(front_end.play(code).messages)
    if front_end.late_s:
        view |= front_end.view_of(front_end.listen(1.0, lambda _: False))
    return view | front_end.view_of(_set_x(front_end).messages)


def _verdict(front_end: FrontEnd, view: dict[str, Row], variable: str, change: str) -> Verdict:
    """Return what a front end is told of a change, and how long after the cell was idle."""
    view |= front_end.view_of(front_end.kernel.arrived(0))  # what was told since
    before = view.get(variable)
    if before is None:
        return Verdict("not listed", 0.0)
    played = front_end.play(change)
    messages = list(played.messages)
    found = [m for m in messages if variable in front_end.shown(m)]
    if not found and front_end.late_s:
        late = front_end.listen(front_end.late_s, lambda m: variable in front_end.shown(m))
        messages += late
        found = [m for m in messages if variable in front_end.shown(m)]
    new = front_end.view_of(messages)
    view |= new
    if not found:
        return Verdict("no", 0.0)
    delay_ms = (found[-1].at - played.idle_at) * 1000
    if new[variable].whole != before.whole:
        return Verdict("yes", delay_ms)
    return Verdict("told" if front_end.tells_changes else "no", delay_ms)


def big_values(field: Field, is_quick: bool) -> None:
    """Measure what `x = k` costs beside a variable that is costly to look at."""
    for case, made in BIG.items():
        field.all(lambda front_end, made=made: front_end.play(made))
        if not is_quick:
            field.all(_set_x)  # what is looked at for the first time may take longer
        for number in range(2 if is_quick else 5):
            for name, (cost, grown_mb) in field.each(number, _set_x_and_peak):
                field.results.big.setdefault(case, {}).setdefault(name, []).append(cost)
                peaks = field.results.peaks_mb.setdefault(case, {})
                peaks[name] = max(grown_mb, peaks.get(name, 0.0))
        field.all(lambda front_end: front_end.play("del big"))


def _set_x_and_peak(front_end: FrontEnd) -> tuple[Cost, float]:
    kernel = front_end.kernel
    before_mb = kernel.rss_mb()
    if PEAKS_ARE_KNOWN:
        kernel.reset_peak()
    played = _set_x(front_end)
    return _cost(played), max(0.0, kernel.peak_mb() - before_mb)


QUESTIONS: dict[str, Callable[[Field, bool], None]] = {
    "in-place": changes_in_place,
    "live": live_values,
    "big": big_values,
    "cost": cost_by_size,
}
"""What can be asked, in the order in which it is; the last one leaves the namespace largest."""
