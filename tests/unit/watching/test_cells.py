"""Who watches may come late: in the middle of a cell, of a statement, or never."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from livens.protocol import requests
from livens.protocol.types import Origin
from livens.rules.conditions import Condition
from livens.testing import Clock, MessageLog
from livens.watching.cells import Cells
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running
from livens.watching.watcher import Watcher


class World:
    """A namespace in which cells run, and a watcher for it when it is asked for."""

    def __init__(self) -> None:
        self.cells = Cells()
        self.namespace = MonitoredDict({})
        self.told = MessageLog()

    def run(self, source: str) -> None:
        code = compile(source, "<cell>", "exec")
        self.cells.statement(code)
        exec(code, self.namespace.target)
        self.cells.statement_ended(code)

    def watch(self) -> Watcher:
        clock = Clock()
        watcher = Watcher(clock=clock, cpu_clock=clock, cells=self.cells)
        watcher.attach(self.namespace)
        watcher.subscribe(requests.Subscription(), self.told)
        return watcher


def test_watcher_that_comes_in_the_middle_of_a_cell_knows_it() -> None:
    """What changes from then on is told with the cell, its line and the lines above its code."""
    world = World()
    with world.cells.running(Running("m", 7, "id", first_line=3)):
        world.run("x = 1")
        world.watch()
        world.run("\ny = 2")
    (update,) = world.told.updates
    assert [(v.name, v.changed_by) for v in update.changed] == [("y", Origin(7, "id", 4))]
    assert world.told.previews == {"x": "1", "y": "2"}


def test_watcher_that_comes_in_the_middle_of_a_statement_is_told_of_its_end() -> None:
    """What a loop stored that began before is compared when it ends."""
    world = World()
    code = compile("for x in range(3): pass", "<cell>", "exec")
    with world.cells.running(Running("m", 7)):
        world.cells.statement(code)
        world.watch()
        exec(code, world.namespace.target)
        world.cells.statement_ended(code)
    assert world.told.updates[0].changed[0].changed_by == Origin(7, None, 1)
    assert world.told.previews == {"x": "2"}


def test_rule_of_a_late_watcher_stops_a_statement_that_has_begun() -> None:
    """The statement can be interrupted, though nobody watched when it began."""
    world = World()

    def statement() -> None:
        with world.cells.interrupts.statement(world.cells.here()):
            watcher = world.watch()
            watcher.rules.add(Condition("x > 1"), "stop")
            world.namespace.target["x"] = 2
            watcher.tick()
            time.sleep(60)

    with world.cells.running(Running("m", 7)), pytest.raises(KeyboardInterrupt):
        statement()


def test_statement_is_stopped_at_its_own_store() -> None:
    """Not by a signal of the driver, who may see the store before its probe has told of it."""
    world = World()
    watcher = world.watch()
    watcher.rules.add(Condition("x > 1"), "stop")
    with world.cells.running(Running("m", 7)):
        world.cells.statement(compile("if True:\n    x = 2", "<cell>", "exec"))
        world.namespace.target["x"] = 2
        watcher.tick()
        with pytest.raises(KeyboardInterrupt, match=r"x > 1: x = 2 \(cell In \[7\], line 2\)"):
            world.cells.just_stored({"x": 2})
    assert world.told.previews == {"x": "2"}


def test_statement_is_stopped_by_the_second_look_where_no_probe_tells() -> None:
    """A function may store a name that the statement stores as well."""
    world = World()
    watcher = world.watch()
    watcher.rules.add(Condition("x > 1"), "stop")

    def statement() -> None:
        code = compile("if True:\n    f()\n    x = 2", "<cell>", "exec")
        with world.cells.statement(code):
            for value in (2, 3):  # another one at each look
                world.namespace.target["x"] = value
                watcher.tick()
            time.sleep(60)

    with world.cells.running(Running("m", 7)), pytest.raises(KeyboardInterrupt):
        statement()


def test_deletion_between_two_looks_is_no_store() -> None:
    """The driver takes the mark of a deletion while the name holds another object already."""
    world = World()
    watcher = world.watch()
    watcher.rules.add(Condition("x > 1000"), "notify")
    values = world.namespace.target
    with world.cells.running(Running("m", 7)):
        values["x"] = 1.5
        world.cells.just_stored({"x": 1})
        del values["x"]
        world.cells.just_stored({"x": 2})
        values["x"] = 2000.5
        watcher.tick()
        world.cells.just_stored({"x": 3})
    points = [point.value for point in watcher.history.points("x")]
    assert points == [1.5, None, 2000.5]
    assert world.told.previews == {"x": "2000.5"}


def test_deletion_that_no_probe_tells_is_told() -> None:
    """Of a name with a rule, in a function that is called by a statement which stores it."""
    world = World()
    world.namespace.target["x"] = 1
    watcher = world.watch()
    watcher.rules.add(Condition("x > 1000"), "notify")
    with world.cells.running(Running("m", 7)):
        world.cells.statement(compile("x = f()", "<cell>", "exec"))
        del world.namespace.target["x"]
        watcher.tick()
        watcher.tick()
    assert world.told.previews == {}


def test_traces_of_a_name_that_is_stored_again_and_again_are_dropped() -> None:
    """Also where it holds another object already when its mark is taken."""
    world = World()
    watcher = world.watch()
    watcher.rules.add(Condition("x > 1000"), "notify")
    kept = []
    with world.cells.running(Running("m", 7)):
        for number in range(100):
            world.namespace.target["x"] = [number]
            kept.append(world.namespace.target["x"])
            world.cells.just_stored({"x": 1})
            world.namespace.target["x"] = [number, 1]
            kept.append(world.namespace.target["x"])
            watcher.tick()
    assert len(watcher._poller._snapshot._by_id) <= 2


def test_object_with_two_names_that_a_loop_changed_is_told_with_both() -> None:
    """One of them is stored by the loop, the other is another name of the same list."""
    world = World()
    world.namespace.target["kept"] = kept = [1]
    world.namespace.target["x"] = kept
    world.watch()
    with world.cells.running(Running("m", 7)):
        world.run("for x in [kept]: x.append(2)")
    assert world.told.previews == {"x": "[1, 2]", "kept": "[1, 2]"}


def test_failing_look_at_what_was_stored_does_not_reach_the_statement(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever it runs into, at the end of a statement and in the middle of it; it is logged."""

    def fail(*args: object) -> None:
        raise RuntimeError

    world = World()
    watcher = world.watch()
    watcher.history.take = fail  # type: ignore[method-assign]
    with world.cells.running(Running("m", 7)):
        world.run("x = 1")
        world.run("for y in [1]: pass")
        world.cells.just_stored({"x": 1})
        world.namespace["z"] = 1
    assert [world.namespace[name] for name in "xyz"] == [1, 1, 1]
    logged = [record.getMessage() for record in caplog.records]
    assert "livens could not note that 'x' was stored" in logged
    assert "livens could not look at what a statement stored" in logged


def test_code_of_a_cell_is_read_when_somebody_asks() -> None:
    """The names of all of its statements are there, also of those that ran before."""
    cell = Running("m")
    cell.starts(compile("a = b", "<cell>", "exec"))
    assert cell.names == {"a", "b"}
    cell.starts(compile("c = a", "<cell>", "exec"))
    assert cell.names == {"a", "b", "c"}


def test_cells_need_nothing_that_only_watching_needs() -> None:
    """The shell of a kernel that nobody watches loads neither the watcher nor the protocol."""
    code = (
        "import sys\nfrom livens.kernel import magics, shell\n"
        "from livens.protocol import redaction\n"
        "from livens.watching import budgets, cells, namespace\n"
        "print([m for m in sys.modules\n"
        "       if m in ('livens.watching.watcher', 'livens.protocol.types', 'msgspec')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
