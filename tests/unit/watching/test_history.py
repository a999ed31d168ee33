"""The history: what becomes a point, who is told, and that it stays small."""

from __future__ import annotations

import tracemalloc
import weakref
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import ClockWorld

from livens.protocol import requests
from livens.protocol.redaction import Redactor
from livens.protocol.types import Point, Variable
from livens.testing import Clock
from livens.values import adapters
from livens.values.gauges import MISSING, described, measure
from livens.watching.budgets import Budgets
from livens.watching.history import HistoryCursor, PointHistory, fair_share
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running
from livens.watching.watcher import Watcher

adapters.register_all()


def make_history(limit: int = 100, **options: Any) -> PointHistory:
    history = PointHistory(clock=lambda: 1.0, **options)
    history.keep(limit)
    return history


def values(points: list[Point]) -> list[Any]:
    return [point.value for point in points]


class World(ClockWorld):
    """A watched namespace with a clock that is pushed by hand."""

    def __init__(self, budgets: Budgets = Budgets()) -> None:  # noqa: B008 - a tuple
        self.clock = Clock()
        self.clock.push(1)
        self.watcher = Watcher(
            budgets,
            Redactor(),
            clock=self.clock,
            cpu_clock=lambda: 0.0,
            wall_clock=self.clock,
        )
        self.namespace = MonitoredDict({})
        self.watcher.attach(self.namespace)

    def values(self, name: str) -> list[Any]:
        return values(self.watcher.history.points(name))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, (True, None, None)),
        (5, (5, None, None)),
        (2**53, (2**53, None, None)),
        (2**70, (float(2**70), None, None)),
        (-(10**400), ("-inf", None, None)),
        (0.5, (0.5, None, None)),
        (float("nan"), ("nan", None, None)),
        (float("-inf"), ("-inf", None, None)),
        ("text", (None, [4], None)),
        (b"abc", (None, [3], 3)),
        ({1: 2}, (None, [1], None)),
        (range(10**12), (None, [10**12], None)),
        (None, (None, None, None)),
        (MISSING, (None, None, None)),
        (np.float64(0.25), (0.25, None, None)),
        (np.float32(0.5), (0.5, None, None)),
        (np.int64(7), (7, None, None)),
        (np.uint64(2**63), (float(2**63), None, None)),
        (np.float16("inf"), ("inf", None, None)),
        (np.bool_(True), (True, None, None)),
        (np.zeros((3, 4)), (None, [3, 4], 96)),
        (pd.DataFrame({"a": [1, 2]}), (None, [2, 1], None)),
        (pd.Series([1, 2, 3]), (None, [3], None)),
    ],
    ids=lambda value: repr(type(value)),
)
def test_measures(value: Any, expected: tuple[Any, ...]) -> None:
    """Numbers are read by value, what has a size by its size; JSON can carry all of it."""
    assert measure(value) == expected


def test_no_code_of_a_value_runs() -> None:
    """What is no exact type of those that are known is not asked for anything."""

    class Loud(list):  # type: ignore[type-arg]
        def __len__(self) -> int:
            raise AssertionError("asked for its length")

        def __float__(self) -> float:
            raise AssertionError("asked for its value")

    assert measure(Loud()) is None


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (Variable("x", [], "number", "Decimal", preview="Decimal('1.5')"), (1.5, None, None)),
        (Variable("x", [], "number", "Level", preview="Level(3)"), (3, None, None)),
        (Variable("x", [], "number", "complex", preview="(1+2j)"), (None, None, None)),
        (Variable("x", [], "tensor", "Tensor", shape=[2, 2], nbytes=16), (None, [2, 2], 16)),
        (Variable("x", [], "sequence", "Mine", length=3), (None, [3], None)),
        (Variable("x", [], "other", "Odd", status="skipped", length=3), (None, None, None)),
    ],
)
def test_descriptions_are_read_where_there_is_no_gauge(
    variable: Variable, expected: tuple[Any, ...]
) -> None:
    """The number in a preview, or the size that an adapter told."""
    assert described(variable) == expected


def test_ring_keeps_the_newest() -> None:
    """A ring never shows more than the limit, and holds little more."""
    history = make_history(100)
    for n in range(10_000):
        history.take("x", n, 1)
    assert values(history.points("x")) == list(range(9_900, 10_000))
    assert len(history._rings["x"]) <= 125


def test_limit_may_change() -> None:
    """A smaller limit cuts at once, a larger one lets the rings grow, none keeps nothing."""
    history = make_history(10)
    for n in range(10):
        history.take("x", n, 1)
    history.keep(5)
    assert values(history.points("x")) == [5, 6, 7, 8, 9]
    history.keep(8)
    for n in range(10):
        history.take("x", n, 1)
    assert values(history.points("x")) == [2, 3, 4, 5, 6, 7, 8, 9]
    history.keep(0)
    history.take("x", 1, 1)
    assert history.points("x") == []


def test_sampled_store_is_not_told_twice() -> None:
    """The poller may see a store before it is told; a change in place of the same object counts."""
    history = make_history()
    value = 12345.0
    history.sample("x", value, 1)
    history.take("x", value, 1)
    history.take("x", 12346.0, 1)
    assert values(history.points("x")) == [12345.0, 12346.0]
    items = [1]
    history.sample("items", items, 1)
    items.append(2)
    history.sample("items", items, 1)
    assert [point.size for point in history.points("items")] == [[1], [2]]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 9), st.booleans()), max_size=300
    ),
    st.integers(1, 20),
    st.integers(10, 60),
)
def test_ring_is_the_end_of_what_was_stored(
    stores: list[tuple[str, int, bool]], limit: int, total: int
) -> None:
    """Whatever is stored, and however often it is cut, what is left are the newest, in order."""
    history = make_history(limit, total=total)
    truth: dict[str, list[int]] = {}
    for name, value, is_tidied in stores:
        history.take(name, value, 1)
        truth.setdefault(name, []).append(value)
        if is_tidied:
            history.tidy()
        found = values(history.points(name))
        assert len(found) <= limit
        assert found
        assert found == truth[name][-len(found) :]
        if max(map(len, truth.values())) * len(truth) <= total:
            assert found == truth[name][-limit:]
    history._added = total
    history.tidy()
    kept = sum(len(ring) if type(ring) is list else 1 for ring in history._rings.values())
    assert kept <= max(total, len(truth))


@given(
    st.lists(st.integers(0, 5), max_size=60),
    st.integers(1, 10),
    st.lists(st.booleans(), min_size=60),
)
def test_reader_is_told_each_point_once(stores: list[int], limit: int, asks: list[bool]) -> None:
    """Whenever it asks, it gets the newest of what is new, and in the end nothing twice."""
    history = make_history(limit)
    reader = HistoryCursor(history, limit)
    told, new = [], 0
    for count, (value, asked) in enumerate(zip(stores, asks, strict=False)):
        history.take("x", value, count)
        new += 1
        if asked:
            news = reader.news("x", 1_000)
            assert len(news) == min(new, limit)
            told += [point.execution_count for point in news]
            new = 0
    assert told == sorted(set(told))


def test_fair_share_leaves_short_ones_alone() -> None:
    """Only those above the share are cut, and then all fit."""
    assert fair_share([1, 1, 100], 50) == 48
    assert fair_share([10, 10], 100) >= 10


@pytest.mark.long_because("it remembers 200,000 points while memory is traced")
def test_memory_is_bounded() -> None:
    """Ten thousand names with a thousand changes each keep about as many points as may be."""
    tracemalloc.start()
    history = make_history(1_000, total=20_000)
    for n in range(100):
        for name in range(2_000):
            history.take(f"x{name}", n + 0.5, 1)
            history.tidy()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(map(len, history._rings.values())) <= 22_000
    assert peak < 22_000 * 200


def test_points_are_bounded_where_nobody_tidies() -> None:
    """In a flood the driver may not come to it for long: then the thread that stores does."""
    history = PointHistory(20_000)
    history.keep(1000)
    for n in range(50):
        for name in range(2_000):
            history.take(f"x{name}", n + 0.5, 1)
    assert sum(map(len, history._rings.values())) <= 27_000


def test_variables_that_are_stored_once_take_little() -> None:
    """10,000 of them take a point each, and no list: with their dict under 1.6 MB."""
    history = make_history(1000)
    names = [f"v{number}" for number in range(10_000)]
    tracemalloc.start()
    for name in names:
        history.take(name, 1, 1)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size < 1_600_000
    assert values(history.points("v1")) == [1]


def test_values_are_not_held() -> None:
    """An object's history does not keep the object."""

    class Thing:
        pass

    world = World()
    world.subscribe(history=10)
    thing = Thing()
    gone = weakref.ref(thing)
    world.namespace["thing"] = thing
    world.tick()
    del thing
    world.namespace["thing"] = None
    assert gone() is None


def test_every_store_of_a_statement_is_a_point() -> None:
    """Stores between two looks are all kept, with their cell, and told in one message."""
    world = World()
    recorder = world.subscribe(history=1_000)
    cell = Running("m", 7)
    with world.watcher.cells.running(cell):
        for n in range(500):
            world.namespace["x"] = n
        world.clock.push(1)
        del world.namespace["x"]
    points = [point for update in recorder.updates for point in update.points.get("x", [])]
    assert values(points) == [*range(500), None]
    assert {point.execution_count for point in points} == {7}
    assert points == world.watcher.history.points("x")


def test_what_the_poller_finds_is_a_point() -> None:
    """A store past the MonitoredDict and a change in place make one each."""
    world = World()
    world.subscribe()
    world.namespace["items"] = []
    world.tick()
    world.namespace.target["x"] = 5
    world.namespace["items"].append(1)
    world.tick()
    assert world.values("x") == [5]
    assert [point.size for point in world.watcher.history.points("items")] == [[0], [1]]


def test_loop_leaves_its_last_value() -> None:
    """What a statement that loops left behind is there, however short it was."""
    world = World()
    world.subscribe()
    code = compile("for n in range(1000): x = n", "<cell>", "exec")
    with world.watcher.cells.running(Running("m", 1)):
        exec(code, world.namespace.target)
        world.watcher.cells.statement_ended(code)
    assert world.values("x") == [999]


def test_object_is_read_when_it_is_described() -> None:
    """A type that only an adapter can read gets its point with its description, at its time."""
    from decimal import Decimal

    world = World()
    recorder = world.subscribe(history=10)
    world.tick()
    world.clock.push(1)
    world.namespace["x"] = Decimal("2.5")
    world.tick()
    (point,) = world.watcher.history.points("x")
    assert point.at == 3.0
    assert recorder.updates[-1].points.get("x") == [point]


def test_secrets_and_hidden_names_have_no_history() -> None:
    """Names that are redacted are left out; those with an underscore unless somebody asks."""
    world = World()
    world.subscribe()
    world.namespace.update(api_key=1, _private=2, _i="code")
    assert world.watcher.history.last_points() == {}
    world.subscribe(names=["_private"])
    world.namespace.update(api_key=3, _private=4, _i="more")
    assert world.values("_private") == [4]
    assert set(world.watcher.history.last_points()) == {"_private"}


def test_nothing_is_kept_while_nobody_watches() -> None:
    """Without a subscriber there are no new points; those that there are stay."""
    world = World()
    world.namespace["x"] = 1
    subscriber = world.watcher.subscribe(requests.Subscription(), lambda message, cell: None)
    world.namespace["x"] = 2
    world.watcher.unsubscribe(subscriber)
    world.namespace["x"] = 3
    assert world.values("x") == [2]


def test_largest_wish_counts() -> None:
    """As many points are kept as the subscriber wants who wants most, or as the setting says."""
    world = World(Budgets(history_points=3))
    world.subscribe()
    for n in range(10):
        world.namespace["x"] = n
    assert world.values("x") == [7, 8, 9]
    more = world.watcher.subscribe(requests.Subscription(history=5), lambda message, cell: None)
    for n in range(10, 20):
        world.namespace["x"] = n
    assert world.values("x") == [15, 16, 17, 18, 19]
    world.watcher.unsubscribe(more)
    assert world.values("x") == [17, 18, 19]


def test_points_respect_the_size_of_messages() -> None:
    """Where there are more points than fit, the newest go out; `history` has the others."""
    world = World(Budgets(history_points=5_000))
    recorder = world.subscribe(history=5_000, max_bytes=10_000, interval_ms=10_000)
    world.tick()
    for n in range(3_000):
        world.namespace["x"] = n
        world.namespace["y"] = n
    world.clock.push(20)
    world.tick()
    updates = [update for update in recorder.updates if update.points]
    assert all(sum(map(len, update.points.values())) <= 200 for update in updates)
    assert updates[-1].points.popitem()[1][-1].value == 2_999
    assert len(world.values("x")) == 3_000
