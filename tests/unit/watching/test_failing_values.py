"""One value of three fails: at each place that looks at it, and whatever it raises."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from worlds import make_watched_world

import livens.values.checksums
import livens.values.gauges
import livens.watching.history
import livens.watching.large_values
import livens.watching.remembered
import livens.watching.snapshot
import livens.watching.view
from livens.exceptions import reason_of
from livens.protocol import messages
from livens.rules.conditions import Condition
from livens.rules.facts import Facts
from livens.values import children
from livens.watching.running import Running


def made_loud() -> type[Exception]:
    """Make an exception that, as its class, can be asked for nothing.

    Not in the module, where doctest would ask it.
    """

    def loud(*args: Any) -> Any:
        raise AssertionError("something of the user's was called")

    hooks = ("__getattribute__", "__eq__", "__hash__", "__instancecheck__")
    meta = type("LoudMeta", (type,), dict.fromkeys(hooks, loud))
    methods = ("__str__", "__repr__", "__getattribute__", "__eq__", "__hash__", "__bool__")
    made: type[Exception] = meta("LoudError", (Exception,), dict.fromkeys(methods, loud))
    return made


PanicException = type("PanicException", (BaseException,), {})

FAILURES = {
    "KeyError": KeyError,
    "RecursionError": RecursionError,
    "MemoryError": MemoryError,
    "LoudError": made_loud(),
    "PanicException": PanicException,
}


class Bad:
    """What the looks fail at."""

    def __init__(self) -> None:
        self.items = [1]


def failing_at(
    patch: pytest.MonkeyPatch, module: Any, function: str, error: Any, is_bad: Callable[..., bool]
) -> list[int]:
    """Have a function raise where it meets what is bad; returns a list that counts how often."""
    real = getattr(module, function)
    calls: list[int] = []

    def look(*args: Any, **options: Any) -> Any:
        if is_bad(*args):
            calls.append(1)
            raise error()
        return real(*args, **options)

    patch.setattr(module, function, look)
    return calls


def is_bad_value(value: object, *_: object, **__: object) -> bool:
    return type(value) is Bad


def messages_of(log: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in log.records]


@pytest.mark.parametrize("name", FAILURES)
def test_reason_names_the_class_of_whatever_was_raised(name: str) -> None:
    """Neither the exception nor its class is asked, and the text can be sent."""
    error = FAILURES[name]()
    assert reason_of(error, "describing it") == f"describing it raised {name}"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_concerns_the_thread_goes_on(error: type[BaseException]) -> None:
    """An interrupt is the user's or a rule's, wherever it comes."""
    with pytest.raises(error):
        reason_of(error(), "describing it")


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(
    ("module", "function", "doing"),
    [
        (livens.watching.remembered, "fingerprint", "comparing it"),
        (livens.watching.view, "describe", "describing it"),
    ],
    ids=["glance", "description"],
)
def test_one_of_three_values_fails(
    *,
    module: Any,
    function: str,
    doing: str,
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It shows why, is logged once by its name, and the others are told as ever."""
    world = make_watched_world()
    failing_at(
        monkeypatch, module, function, FAILURES[failure], lambda *a: any(map(is_bad_value, a))
    )
    before, bad, after = [1], Bad(), [2]
    world.namespace.update(before=before, bad=bad, after=after)
    world.tick(1.0)
    for _ in range(3):
        before.append(1)
        bad.items.append(1)
        after.append(2)
        world.tick(1.0)
    reason = f"{doing} raised {failure}"
    assert (world.shown("bad").status, world.shown("bad").reason) == ("skipped", reason)
    assert world.recorder.previews["before"] == "[1, 1, 1, 1]"
    assert world.recorder.previews["after"] == "[2, 2, 2, 2]"
    assert messages_of(caplog) == [f"Variable 'bad' is set aside: {reason}"]
    world.namespace["bad"] = 5
    world.tick(1.0)
    assert world.recorder.previews["bad"] == "5"


def test_value_that_fails_later_tells_so_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody changes it: that it can no longer be compared is news, for all of its names."""
    world = make_watched_world()
    bad = Bad()
    world.namespace.update(bad=bad, same=bad, good=[1])
    world.tick(1.0)
    calls = failing_at(
        monkeypatch, livens.watching.remembered, "fingerprint", KeyError, is_bad_value
    )
    for _ in range(5):
        world.tick(10)
    reasons = [(world.shown(name).status, world.shown(name).reason) for name in ("bad", "same")]
    assert reasons == [("skipped", "comparing it raised KeyError")] * 2
    assert len(calls) == 2  # tried twice, then never again
    world.namespace["third"] = bad
    world.tick(1.0)
    assert world.shown("third").status == "skipped"


def test_look_that_fails_once_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may have changed the value in the middle of the look."""
    world = make_watched_world()
    bad = Bad()
    world.namespace["bad"] = bad
    world.tick(1.0)
    failed: list[int] = []

    def once(value: object) -> bool:
        if type(value) is Bad and not failed:
            failed.append(1)
            return True
        return False

    failing_at(monkeypatch, livens.watching.remembered, "fingerprint", KeyError, once)
    bad.items.append(2)
    world.tick(10)
    assert failed == [1]
    assert world.recorder.previews["bad"] == "<Bad items=[1, 2]>"


@pytest.mark.parametrize("failure", FAILURES)
def test_difference_that_cannot_be_written_says_so(
    failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change itself is told all the same, and the value is compared on."""
    world = make_watched_world()
    bad, good = {"a": 1}, {"a": 1}
    world.namespace.update(bad=bad, good=good)
    world.tick(1.0)
    calls: list[int] = []
    real = livens.watching.remembered.difference

    def difference(before: Any, after: Any) -> str:
        if "b" in after.labels:
            calls.append(1)
            raise FAILURES[failure]()
        return real(before, after)

    monkeypatch.setattr(livens.watching.remembered, "difference", difference)
    bad["b"] = 2
    good["c"] = 3
    world.tick(10)
    assert world.recorder.previews["bad"] == "{'a': 1, 'b': 2}"
    assert world.shown("bad").change == f"changed; writing down the difference raised {failure}"
    assert world.shown("good").change == "key 'c' added"
    bad["c"] = 3
    world.tick(10)
    assert world.recorder.previews["bad"] == "{'a': 1, 'b': 2, 'c': 3}"


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("function", ["content_of", "sum_of_items"])
def test_step_through_a_large_value_fails(
    function: str, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are compared to their end, and the bad one is no longer waited for."""
    world = make_watched_world()
    small = list(range(300))
    bad, good = [*small, "bad"], small

    def is_bad(items: Any, **_: Any) -> bool:
        return type(items) is list and "bad" in items

    world.namespace.update(first=list(small), bad=bad, good=good)
    failing_at(monkeypatch, livens.values.checksums, function, FAILURES[failure], is_bad)
    for _ in range(10):
        world.tick(10)
    assert world.watcher.is_settled
    assert world.shown("bad").reason == f"comparing it raised {failure}"
    good[70] = "changed"  # between what a glance looks at
    for _ in range(10):
        world.tick(10)
    assert world.shown("good").version == 2


def test_pins_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a cell is about to change cannot be looked at: that variable is set aside."""
    snapshot_values: dict[str, Any] = {"bad": list(range(300)), "good": list(range(300))}
    told: list[tuple[str, str]] = []
    snapshot = livens.watching.snapshot.Snapshot(
        snapshot_values, on_failure=lambda name, value, reason: told.append((name, reason))
    )
    snapshot.remember_all()
    failing_at(
        monkeypatch,
        livens.watching.snapshot,
        "pins_at",
        KeyError,
        lambda v, _: v is snapshot_values["bad"],
    )
    for name, value in snapshot_values.items():
        snapshot.pin(name, [70])
        value[70] = "changed"
    assert [snapshot.unpin(name) for name in snapshot_values] == [(), ("items", 70, 71)]
    assert told == [("bad", "comparing it raised KeyError")]


@pytest.mark.parametrize("failure", FAILURES)
def test_measuring_fails_on_the_thread_that_stores(
    failure: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The store goes on; the history takes its point from the description, and says so once."""
    world = make_watched_world(history=10)
    failing_at(
        monkeypatch,
        livens.watching.history,
        "measure",
        FAILURES[failure],
        lambda v: type(v) is list,
    )
    for n in range(3):
        world.namespace.update(before=(n,), bad=[n, n], after={n})
        world.tick(1.0)
    points = {name: world.watcher.history.points(name) for name in ("before", "bad", "after")}
    assert {name: [p.size for p in found] for name, found in points.items()} == {
        "before": [[1]] * 3,
        "bad": [[2]] * 3,
        "after": [[1]] * 3,
    }
    assert messages_of(caplog) == [
        f"The history of the variable 'bad' lacks what was seen: measuring it raised {failure}"
    ]


def test_gauge_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """So does what a library's gauge runs into."""
    world = make_watched_world(history=10)

    def gauge(value: Bad) -> Any:
        raise KeyError

    monkeypatch.setattr(livens.values.gauges, "_known", {id(Bad): (Bad, gauge)})
    world.namespace.update(before=1, bad=Bad(), after=2)
    world.tick(1.0)
    assert [len(world.watcher.history.points(n)) for n in ("before", "bad", "after")] == [1, 1, 1]


@pytest.mark.parametrize("failure", FAILURES)
def test_rule_whose_facts_fail_says_why_and_the_others_fire(
    failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each condition is looked at by itself, on whatever thread."""
    world = make_watched_world()
    real = world.watcher.view.facts

    def facts(name: str) -> Facts | None:
        if name == "bad":
            raise FAILURES[failure]()
        return real(name)

    monkeypatch.setattr(world.watcher.rules, "_lookup", facts)
    for text in ("x > 0 and bad > 0", "x > 0", "x > 0 or bad > 0"):
        world.watcher.rules.add(Condition(text))
    world.namespace["bad"] = 1
    world.namespace["x"] = 1
    world.tick(1.0)
    events = [m.params for m in world.recorder.messages if isinstance(m, messages.Event)]
    assert [event.message for event in events] == [
        "x > 0: x = 1",
        f"x > 0 or bad > 0: x = 1, bad: describing it raised {failure}",
    ]
    verdict = Condition("bad > 0").evaluate(facts)
    assert verdict.reason == f"looking at the variables raised {failure}"


def test_interrupt_of_a_rule_comes_through() -> None:
    """A rule that stops a cell raises where the name was stored."""
    world = make_watched_world()
    world.watcher.rules.add(Condition("x > 1"), "stop")
    cell = Running("id", 1, None)
    cell.filename = __file__
    with world.watcher.cells.running(cell):
        world.namespace["x"] = 1
        with pytest.raises(KeyboardInterrupt, match="Stopped by the rule x > 1"):
            world.namespace["x"] = 2


@pytest.mark.parametrize("place", ["fingerprint", "measure", "describe"])
def test_interrupt_in_the_middle_of_a_look_is_the_user_s(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for a failure of the value."""
    world = make_watched_world()
    world.tick(1.0)
    module = {
        "fingerprint": livens.watching.remembered,
        "measure": livens.watching.history,
        "describe": livens.watching.view,
    }
    failing_at(
        monkeypatch,
        module[place],
        place,
        KeyboardInterrupt,
        lambda *args: any(map(is_bad_value, args)),
    )

    def store() -> None:
        world.namespace["bad"] = Bad()
        world.tick(1.0)

    with pytest.raises(KeyboardInterrupt):
        store()


@pytest.mark.parametrize("failure", FAILURES)
def test_child_that_cannot_be_read_is_skipped(
    failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other columns of the page are listed."""

    def value(n: int) -> int:
        if n == 1:
            raise FAILURES[failure]()
        return n

    branches = children.Branches("column", 3, lambda n: f"c{n}", value)
    monkeypatch.setattr(children, "branches_of", lambda value: branches)
    page, total = children.children(Bad(), 0, 10)
    assert total == 3
    assert [(c.name, c.value, c.unread) for c in page] == [
        ("c0", 0, ""),
        ("c1", None, f"reading it raised {failure}"),
        ("c2", 2, ""),
    ]


def test_log_is_of_livens(caplog: pytest.LogCaptureFixture) -> None:
    """Words of ours are below one logger, which a kernel sends to its own log."""
    world = make_watched_world()
    with pytest.MonkeyPatch.context() as patch:
        failing_at(
            patch, livens.watching.view, "describe", KeyError, lambda *a: any(map(is_bad_value, a))
        )
        world.namespace["bad"] = Bad()
        world.tick(1.0)
    assert {record.name.split(".")[0] for record in caplog.records} == {"livens"}
    assert all(record.levelno == logging.WARNING for record in caplog.records)
