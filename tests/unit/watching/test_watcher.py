"""What subscribers are told of a namespace: the state, changes in time, and the end of a cell."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from worlds import World, make_watched_world, make_world

from livens.protocol import messages
from livens.protocol.types import Origin
from livens.testing import Clock
from livens.values import passive, registry
from livens.watching.budgets import Budgets
from livens.watching.running import Running


@pytest.fixture
def world() -> World:
    """A watched namespace that is empty."""
    return make_watched_world()


def test_subscriber_gets_the_whole_state_first() -> None:
    """The first message is a refresh with everything that is there, except IPython's own."""
    world = make_world(x=1, In=[], _private=2)
    recorder = world.subscribe()
    assert [type(m) for m in recorder.messages] == [messages.Refresh]
    assert recorder.previews == {"x": "1"}


def make_large_world() -> World:
    """Make a namespace that takes longer to compare than a cell's end may."""
    world = make_world(Budgets(settle_ms=0), **{f"v{i}": i for i in range(10)})
    world.recorder = world.subscribe()
    compare_all = world.watcher._poller._snapshot.compare_all

    def slowly(seen: set[str]) -> list[str]:
        world.clock.push(0.001)
        return compare_all(seen)

    world.watcher._poller._snapshot.compare_all = slowly  # type: ignore[method-assign]
    world.tick(10)  # between cells, once in 0.4 s
    return world


def test_change_that_nobody_mentions_is_told_right_after_the_cell() -> None:
    """In a namespace too large to compare at a cell's end, all of it is compared just after."""
    world = make_large_world()
    recorder = world.recorder
    with world.watcher.cells.running(Running("id", 7)):
        world.namespace.target["v3"] = "new"
    assert "v3" not in recorder.previews or recorder.previews["v3"] == "3"
    due = world.watcher.tick()
    assert due - world.clock() <= 0.1
    world.tick(due - world.clock())
    assert recorder.previews["v3"] == "'new'"
    assert recorder.updates[-1].changed[0].changed_by == Origin(7)


@pytest.mark.parametrize("code", ["globals()['v3'] = 'new'", "import m; setattr(m, 'v3', 'new')"])
def test_cell_that_may_store_any_name_is_compared_with_everything(code: str) -> None:
    """Who stores by ``globals()`` names nothing; the end of the cell tells it all the same."""
    world = make_large_world()
    cell = Running("id", 7)
    with world.watcher.cells.running(cell):
        world.watcher.cells.statement(compile(code, "cell", "exec"))
        world.namespace.target["v3"] = "new"
    assert world.recorder.previews["v3"] == "'new'"


def test_first_change_after_quiet_goes_out_at_once(world: World) -> None:
    """The leading edge waits for nothing."""
    woken = world.driver.woken
    woken.clear()
    world.tick(1)
    world.namespace["x"] = 1
    assert woken == [1.0]
    world.tick()
    assert world.recorder.previews == {"x": "1"}


def test_many_changes_are_one_update_with_the_latest_value(world: World) -> None:
    """After the first change the latest value wins, and the driver is woken once."""
    woken = world.driver.woken
    woken.clear()
    world.tick(1)
    for n in range(1000):
        world.namespace["x"] = n
    world.tick()
    for n in range(1000, 2000):
        world.namespace["x"] = n
    again = world.tick(0.01)
    assert again == pytest.approx(1.05)
    assert len(world.recorder.updates) == 1
    world.tick(0.04)
    assert [u.changed[0].preview for u in world.recorder.updates] == ["0", "1999"]
    assert woken == [1]


def test_first_change_of_a_cell_goes_out_at_once() -> None:
    """Also where the driver did not come to look between two cells."""
    world = make_world()
    recorder = world.subscribe()
    world.tick(1)
    for number in range(3):
        world.clock.push(0.001)
        with world.watcher.cells.running(Running(str(number), number)):
            world.namespace["x"] = number
            assert recorder.previews == {"x": str(number)}
            assert len(recorder.updates) == number + 1


def test_cell_that_mentions_thousands_of_names_is_looked_at_less_often() -> None:
    """Comparing what the code mentions keeps to its share of the time, too."""
    world = make_world(Budgets(time_share=0.01), x=0)
    world.subscribe()
    looks = []
    compare = world.watcher._poller._snapshot.compare

    def slowly(names: Any, *, closely: bool = True) -> list[str]:
        looks.append(world.clock())
        world.clock.push(0.002)
        return compare(names, closely=closely)

    world.watcher._poller._snapshot.compare = slowly  # type: ignore[method-assign]
    with world.watcher.cells.running(Running("id", 1)):
        world.watcher.cells.statement(compile("x", "cell", "exec"))
        began = world.clock()
        while world.clock() < began + 2:
            world.tick(0.02)
    assert 2 <= len(looks) <= 60


def test_names_of_ipython_do_not_delay_the_users() -> None:
    """What changed and is not told, such as ``In``, is no update: the next one need not wait."""
    world = make_world(In=[])
    recorder = world.subscribe()
    world.tick(1)
    world.namespace.target["In"].append("x = 1")
    world.tick(1)
    world.namespace["x"] = 1
    assert recorder.previews == {"x": "1"}


def test_every_subscriber_has_its_own_pace_and_choice() -> None:
    """Names, kinds and intervals are per subscriber; each counts its own messages."""
    world = make_world()
    all_of_it = world.subscribe()
    numbers = world.subscribe(kinds=["number"])
    slow = world.subscribe(names=["x"], interval_ms=1000)
    world.tick(1)
    world.namespace.update(x=1, y="text", z=2)
    world.tick()
    world.namespace["x"] = 3
    world.tick(0.1)
    assert all_of_it.previews == {"x": "3", "y": "'text'", "z": "2"}
    assert numbers.previews == {"x": "3", "z": "2"}
    assert slow.previews == {"x": "1"}
    world.tick(1)
    assert slow.previews == {"x": "3"}
    assert [m.params.seq for m in slow.messages] == [1, 2, 3]


def test_variable_that_becomes_another_kind_leaves(world: World) -> None:
    """For a subscriber of some kinds, a variable that turns into another kind is removed."""
    numbers = world.subscribe(kinds=["number"])
    world.namespace["x"] = 1
    world.tick(1)
    world.namespace["x"] = "text"
    world.tick(1)
    assert numbers.replica.variables == {}


def test_private_names_need_a_private_pattern(world: World) -> None:
    """`*` does not match _x, `_x*` does."""
    private = world.subscribe(names=["_x*"])
    world.namespace.update(_x=1, x=2)
    world.tick(1)
    assert world.recorder.previews == {"x": "2"}
    assert private.previews == {"_x": "1"}


def test_end_of_cell_flushes_whatever_the_interval() -> None:
    """When a cell ends, everything it changed is told, and marked as its end."""
    world = make_world()
    recorder = world.subscribe(interval_ms=60_000)
    world.tick(1)
    with world.watcher.cells.running(Running("m1", 7, "cell-7")):
        world.namespace["x"] = 1
        world.tick()
        world.namespace["x"] = 2
    last = recorder.updates[-1]
    assert last.changed[0].preview == "2"
    assert last.cell is not None
    assert (last.cell.msg_id, last.cell.running, last.cell.execution_count) == ("m1", False, 7)
    assert last.changed[0].changed_by is not None
    assert last.changed[0].changed_by.cell_id == "cell-7"


def test_next_cell_starts_with_a_leading_edge(world: World) -> None:
    """The flush at the end of a cell does not hold back the first change of the next one."""
    world.tick(1)
    for n in range(2):
        with world.watcher.cells.running(Running(f"m{n}")):
            world.namespace["x"] = n
            world.tick()
            assert world.recorder.previews == {"x": str(n)}


def test_who_asks_for_ten_updates_a_second_is_told_of_a_cell_at_its_end(world: World) -> None:
    """A short cell is one update for a recorder; the thread that stores sends to the hurried."""
    recorder = world.subscribe(interval_ms=100)
    world.tick(1)
    with world.watcher.cells.running(Running("m1")):
        world.namespace["x"] = 1
        assert (len(world.recorder.updates), len(recorder.updates)) == (1, 0)
        world.tick(0.02)
        assert len(recorder.updates) == 0
        world.tick(0.08)
        assert len(recorder.updates) == 1
    world.tick(1)
    world.watcher.unsubscribe(world.recorder.subscriber)
    with world.watcher.cells.running(Running("m2")):
        world.namespace["x"] = 2
        world.namespace["y"] = 3
        assert len(recorder.updates) == 1
    assert [v.name for v in recorder.updates[-1].changed] == ["x", "y"]


def test_driver_that_comes_soon_is_not_woken_by_a_cell(world: World) -> None:
    """Where one short cell follows the other it comes by every `poll_ms`, not for each of them."""
    woken = world.driver.woken
    woken.clear()
    world.tick(1)
    with world.watcher.cells.running(Running("m1")):
        assert woken == [1.0], "it would have come after idle_poll_ms"
        due = world.tick()
    with world.watcher.cells.running(Running("m2")):
        assert woken == [1.0]
        assert due == pytest.approx(1.0 + Budgets().poll_ms / 1000)


def test_cell_that_changes_nothing_sends_nothing(world: World) -> None:
    """No message without news."""
    with world.watcher.cells.running(Running("m1")):
        world.namespace["x"] = 1
    count = len(world.recorder.messages)
    with world.watcher.cells.running(Running("m2")):
        world.namespace["x"] = world.namespace["x"]
    world.tick(1)
    assert len(world.recorder.messages) == count


def test_stores_past_the_monitored_dict_are_found(world: World) -> None:
    """What only the poller can see is told at the next look, without a line."""
    world.namespace.target["x"] = 1
    world.tick(1)
    assert world.recorder.previews == {"x": "1"}
    assert world.recorder.updates[0].changed[0].changed_by is None


def test_nothing_happens_without_subscribers() -> None:
    """Nobody listens to the namespace, nothing is remembered, no cell is compared."""
    world = make_world(x=1)
    assert world.namespace.on_change is None
    recorder = world.subscribe()
    assert world.namespace.on_change is not None
    world.watcher.unsubscribe(recorder.subscriber)  # type: ignore[attr-defined]
    assert world.namespace.on_change is None
    assert world.driver.started == [True, False]
    with world.watcher.cells.running(Running("m1")):
        world.namespace["x"] = 2
    assert len(recorder.messages) == 1


def test_large_state_comes_in_parts() -> None:
    """A refresh larger than max_bytes is divided, and put together by the client."""
    world = make_world(**{f"name{n}": "x" * 100 for n in range(200)})
    recorder = world.subscribe(max_bytes=10_000)
    assert len(recorder.messages) > 3
    assert len(recorder.replica.variables) == 200
    world.namespace.update({f"name{n}": "y" * 100 for n in range(200)})
    world.watcher.flush()
    assert {v.preview[1] for v in recorder.replica.variables.values()} == {"y"}


@pytest.mark.parametrize("patience_s", [30.0, 0.001])
def test_cell_waits_for_a_step_but_not_for_long(
    monkeypatch: pytest.MonkeyPatch, patience_s: float
) -> None:
    """A cell starts when the look that is being taken has ended, or when it takes too long."""
    monkeypatch.setattr("livens.watching.watcher._STEP_PATIENCE_S", patience_s)
    world = make_world()
    world.subscribe()
    looks, has_started = threading.Event(), threading.Event()
    order: list[str] = []

    def look() -> None:
        with world.watcher._lock:
            looks.set()
            while not world.watcher.is_busy:
                pass
            if patience_s < 1:
                has_started.wait(30)
            order.append("look is over")

    thread = threading.Thread(target=look)
    thread.start()
    looks.wait()
    with world.watcher.cells.running(Running("m1")):
        order.append("cell starts")
        has_started.set()
        thread.join()
    assert (order[0] == "look is over") is (patience_s > 1)


def test_many_variables_come_in_small_messages() -> None:
    """However large messages may be, 3,000 variables are told in parts of about 40 kB."""
    world = make_world()
    recorder = world.subscribe(max_bytes=10_000_000)
    world.namespace.update({f"v{number}": number for number in range(3_000)})
    world.watcher.flush()
    sizes = [len(messages.encode_json(message)) for message in recorder.messages]
    assert len(sizes) > 4
    assert max(sizes) < 60_000
    assert sum(len(update.changed) for update in recorder.updates) == 3_000


def test_what_there_is_no_time_for_is_put_off() -> None:
    """An update that takes too long is cut; the rest follows, and the cell's end has it all."""

    class SlowClock(Clock):
        def __call__(self) -> float:
            self.now += 0.001
            return self.now

    world = make_world()
    world.watcher._publisher._cpu_clock = SlowClock()
    recorder = world.subscribe()
    world.tick(1)
    world.namespace.update({f"n{n}": n for n in range(100)})
    world.tick()
    assert 0 < len(recorder.replica.variables) < 100
    for _ in range(100):
        world.tick(10)
    assert len(recorder.replica.variables) == 100


def test_value_that_cannot_be_described_is_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is shown as skipped with the reason, told once, and the others go on."""

    class Broken:
        pass

    def fail(value: Any, limits: Any, preview: Any) -> Any:
        calls.append(1)
        raise RuntimeError("no")

    calls: list[int] = []
    name = passive.qualified_name(Broken)
    monkeypatch.setitem(registry._by_name, name, fail)
    world.namespace.update(bad=Broken(), good=1)
    world.tick(1)
    bad = world.recorder.replica.variables["bad"]
    assert (bad.status, bad.reason) == ("skipped", "describing it raised RuntimeError")
    assert world.recorder.previews["good"] == "1"
    events = [m.params for m in world.recorder.messages if isinstance(m, messages.Event)]
    assert [(e.kind, e.name) for e in events] == [("set-aside", "bad")]
    world.watcher.refresh(world.recorder.subscriber)  # type: ignore[attr-defined]
    assert calls == [1]
    world.namespace["bad"] = 2
    world.tick(1)
    assert world.recorder.replica.variables["bad"].status == "current"


def test_what_a_cell_on_another_shell_mentions_is_its_doing(world: World) -> None:
    """Two cells run: what only one of them mentions was changed by that one."""
    first, other = Running("1", 1), Running("2", 2)
    cells = world.watcher.cells
    with cells.running(first), cells.running(other):
        first.starts(compile("while True: n += 1", "a", "exec"))
        other.starts(compile("def f():\n    global g\n    g = 1\nf()", "b", "exec"))
        world.namespace.target.update(n=1, g=1)
        driver = threading.Thread(target=world.tick, args=(1,))
        driver.start()
        driver.join()
    variables = world.recorder.replica.variables
    makers = {name: variable.changed_by for name, variable in variables.items()}
    assert makers == {"n": Origin(1, line=1), "g": Origin(2)}
