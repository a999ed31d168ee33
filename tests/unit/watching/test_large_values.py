"""Large values that change in place: told when there is time, never guessed, never twice."""

from __future__ import annotations

import builtins

import pytest
from worlds import CellWorld

from livens.values.content_registry import register_reader
from livens.watching.budgets import Budgets
from livens.watching.running import Running
from livens.watching.snapshot import Snapshot


def test_aliases_are_told_together() -> None:
    """All names of an object that changed are in the same update, with what is different."""
    world = CellWorld()
    world.run("a = {'k': 1}; b = a; c = [a]")
    world.settle()
    world.run("a['k'] = 2")
    changed = {v.name: v.change for v in world.told.updates[-1].changed}
    assert changed == {
        "a": "key 'k' changed",
        "b": "key 'k' changed",
        "c": "item 0 changed",
    }


def test_aliases_of_a_large_object_are_told_together() -> None:
    """The same where it takes more than a glance."""
    world = CellWorld()
    world.run("a = list(range(10_000)); b = a")
    world.settle()
    world.run("a[5_001] = -1")
    world.settle()
    changed = {v.name: v.change for v in world.told.updates[-1].changed}
    assert changed == dict.fromkeys("ab", "within items 4608 to 5119")


def test_change_before_another_name_is_given_is_told() -> None:
    """Whoever notes the second name of an object still tells what had changed under the first."""
    world = CellWorld()
    world.run("a = [1]")
    world.run("a.append(2); b = a")
    assert world.told.previews["a"] == "[1, 2]"
    assert world.told.replica.variables["a"].change == "len 1 → 2"


def test_rebinding_clears_what_was_different() -> None:
    """A new value is new, whatever the difference of the old one was."""
    world = CellWorld()
    world.run("a = [1]")
    world.run("a.append(2)")
    assert world.told.replica.variables["a"].change == "len 1 → 2"
    world.run("a = [1, 2]")
    assert world.told.replica.variables["a"].change == ""


NO_TIME = Budgets(settle_ms=0, baseline_ms=0)
TOO_EARLY = "not compared: the cell came before its content was known"


def test_what_came_before_its_baseline_is_unevaluated() -> None:
    """A large value that is changed before anybody could look at it is not guessed about."""
    world = CellWorld(NO_TIME)
    world.run("a = list(range(10_000))")
    world.run("a[int('5001')] = -1")
    assert world.unevaluated() == {"a": TOO_EARLY}


def test_statement_waits_for_the_baseline_as_long_as_the_budget_allows() -> None:
    """What the next cell is about to change is looked at before, wherever it changes it."""
    world = CellWorld(Budgets(settle_ms=0))
    world.run("import array; a = array.array('q', range(10_000))")
    version = world.told.replica.variables["a"].version
    world.run("a[int('5001')] = -1")
    world.settle()
    variable = world.told.replica.variables["a"]
    assert (variable.version, variable.change) == (version + 1, "within elements 0 to 9999")
    assert world.unevaluated() == {}


@pytest.mark.parametrize(
    ("make", "change", "told"),
    [
        ("a = list(range(10_000))", "a[5_001] = -1", "item 5001 changed"),
        ("a = list(range(10_000)); i = 5_001", "a[i] = -1", "item 5001 changed"),
        ("a = list(range(10_000))", "a[-5_000:-4_999] = [0]", "item 5000 changed"),
        ("a = list(range(10_000))", "a[5_001] = [1]", "item 5001 changed"),
        (
            "import array; a = array.array('q', range(10_000))",
            "def f():\n    a[5_001] = -1\nf()",
            "element 5001 changed",
        ),
    ],
)
def test_place_that_the_code_names_is_looked_at_before(make: str, change: str, told: str) -> None:
    """Also without the time for a baseline, a change at a named position is told as one."""
    world = CellWorld(NO_TIME)
    world.run(make)
    version = world.told.replica.variables["a"].version
    world.run(change)
    variable = world.told.replica.variables["a"]
    assert (variable.version, variable.change) == (version + 1, told)
    world.settle()
    assert world.told.replica.variables["a"].version == version + 1
    assert world.unevaluated() == {}


def test_named_place_that_stays_the_same_is_no_change() -> None:
    """What was looked at and is as it was is told as not compared: the rest may differ."""
    world = CellWorld(NO_TIME)
    world.run("a = list(range(10_000)); b = list(range(10_000))")
    versions = {name: world.told.replica.variables[name].version for name in "ab"}
    world.run("a[5_001] = 5_001; x = b[5_001]")
    assert world.unevaluated() == {"a": TOO_EARLY}
    assert {name: world.told.replica.variables[name].version for name in "ab"} == versions


def test_baseline_that_came_too_late_is_none() -> None:
    """One that is taken while the cell goes on does not hide what the cell did before."""
    world = CellWorld(NO_TIME)
    world.run("a = list(range(10_000))")
    with world.cell("a[int('5001')] = -1"):
        world.pass_time(100)
    assert world.unevaluated() == {"a": TOO_EARLY}


def test_glance_that_saw_it_is_enough() -> None:
    """A change that the glance saw while the cell ran is not told again for its position."""
    world = CellWorld(NO_TIME)
    world.run("a = list(range(10_000))")
    version = world.told.replica.variables["a"].version
    with world.cell("a[5] = -1"):
        world.pass_time(1)
    assert world.told.replica.variables["a"].version == version + 1


def test_value_made_and_changed_in_one_cell_is_right_at_its_end() -> None:
    """Whatever was told of it on the way, the last message of the cell shows what it holds."""
    world = CellWorld(Budgets(preview_items=100, preview_chars=2_000))
    code = compile("d = {}; a = [0] * 10_000\nd['k'] = a[70] = 7", "cell", "exec")
    with world.watcher.cells.running(Running("m", 1)):
        world.watcher.cells.statement(code)
        world.namespace.update(d={}, a=[0] * 10_000)
        world.pass_time(1)
        assert world.told.previews["d"] == "{}"
        world.namespace["d"]["k"] = world.namespace["a"][70] = 7
    assert world.told.previews["d"] == "{'k': 7}"
    assert ", 7, " in world.told.previews["a"]
    assert world.unevaluated() == {}


def test_value_made_in_the_running_cell_is_compared_too() -> None:
    """Its baseline is taken while the cell runs, so that later changes in it are seen live."""
    world = CellWorld()
    code = compile(
        "a = list(range(10_000))\nfor n in range(2): a[5_001 + 0 * n] = -n", "cell", "exec"
    )
    with world.watcher.cells.running(Running("m", 1)):
        world.watcher.cells.statement(code)
        world.namespace["a"] = list(range(10_000))
        for change in (False, True):
            if change:
                world.namespace["a"][5_001] = -1
            world.pass_time(60)
        assert world.told.replica.variables["a"].change == "within items 4608 to 5119"


def test_what_is_owed_over_several_cells_is_answered() -> None:
    """A name told as not compared yet gets its answer, also if another cell ended meanwhile."""
    world = CellWorld(Budgets(settle_ms=0, content_items=5_000))
    world.run("a = list(range(10_000))")
    world.settle()
    world.run("a[5_001] = 5_001")
    world.run("x = 1")
    before = len(world.told.updates)
    world.settle()
    assert [v.name for u in world.told.updates[before:] for v in u.changed] == ["a"]


def test_reading_is_not_unevaluated() -> None:
    """A name that the code only reads from is not told."""
    world = CellWorld(Budgets(settle_ms=0))
    world.run("a = list(range(10_000))")
    world.run("x = a[5_001]")
    assert world.unevaluated() == {}


def test_what_is_beyond_the_budget_is_told_and_answered_later() -> None:
    """Beyond the budgets the name comes at once, and the answer when there is time."""
    world = CellWorld(Budgets(settle_ms=0, content_items=5_000))
    world.run("a = list(range(10_000)); b = list(range(10_000))")
    world.settle()
    seq = world.told.replica.seq
    versions = {name: world.told.replica.variables[name].version for name in "ab"}
    world.run("a[5_001] = -1; b[5_001] = 5_001")
    reason = "not compared yet: 10,000 items are more than content_items (5,000)"
    assert world.unevaluated() == {"a": reason, "b": reason}
    assert world.told.updates[-1].changed == []
    world.settle()
    assert world.told.replica.seq > seq
    variables = world.told.replica.variables
    assert variables["a"].version == versions["a"] + 1
    assert variables["a"].change == "within items 4608 to 5119"
    assert variables["b"].version == versions["b"]


def test_nothing_large_is_looked_at_right_after_a_cell() -> None:
    """The next cell often comes at once, and is not to wait for a step that has begun."""
    world = CellWorld(Budgets(settle_ms=0))
    world.run("a = list(range(10_000))")
    sums = world.watcher._poller._snapshot.sums("a")
    assert sums is not None
    for _ in range(100):
        world.clock.push(0.0001)
        world.watcher.tick()
    assert not sums.is_complete
    world.settle()
    assert sums.is_complete


def test_cells_that_follow_each_other_do_not_keep_large_values_unknown() -> None:
    """Who runs one cell after the other still gets to know what they hold."""
    world = CellWorld(Budgets(settle_ms=0))
    world.run("a = list(range(10_000))")
    sums = world.watcher._poller._snapshot.sums("a")
    assert sums is not None
    for number in range(10):
        world.run(f"b = {number}")
        world.clock.push(0.02)
        world.watcher.tick()
    assert sums.is_complete


@pytest.mark.parametrize("code", ["len([])", "len(a)"])
def test_running_cell_is_looked_at_every_poll_ms(code: str) -> None:
    """A large value is no reason to look more often, whether the cell mentions it or not."""
    world = CellWorld()
    world.run("a = list(range(10_000))")
    world.settle()
    with world.cell(code):
        for _ in range(3):
            due = world.watcher.tick()
            assert due - world.clock() == pytest.approx(Budgets().poll_ms / 1000)
            world.clock.push(due - world.clock())


def test_live_change_in_the_middle_is_told_while_the_cell_runs() -> None:
    """What the running cell mentions is compared within the poller's share of the time."""
    world = CellWorld()
    world.run("a = list(range(10_000))")
    world.settle()
    with world.cell("for n in range(1): a[5_001] = -1"):
        world.pass_time(40)
        assert world.told.replica.variables["a"].change == "within items 4608 to 5119"


def test_rare_looks_find_a_change_as_soon() -> None:
    """A driver that comes seldom makes more steps each time, within the same share of the time."""
    seconds = []
    for poll_ms in (20, 100):
        world = CellWorld(Budgets(poll_ms=poll_ms), step_s=0.000_1)
        world.run("a = list(range(100_000))")
        world.settle()
        with world.cell("for n in range(1): a[50_001] = -1"):
            began = world.clock()
            while "a" not in world.told.previews or world.told.replica.variables["a"].version < 2:
                world.pass_time(1, poll_ms / 1000)
            seconds.append(world.clock() - began)
    often, seldom = seconds
    assert often > 0.5, "it took many looks"
    assert seldom < 2 * often


def test_change_by_a_thread_is_found_in_turn() -> None:
    """Between cells every large value is looked at now and then."""
    world = CellWorld()
    world.run("a = list(range(10_000))")
    world.settle()
    world.namespace.target["a"][5_001] = -1
    world.pass_time(60, 1)
    assert world.told.replica.variables["a"].change == "within items 4608 to 5119"
    assert world.told.replica.variables["a"].changed_by is None


def test_value_that_goes_while_it_is_owed_leaves_nothing_owed() -> None:
    """After the last large value is deleted in the middle of a round, all is settled."""
    world = CellWorld(NO_TIME)
    world.namespace["__builtins__"] = builtins  # else `exec` puts something large there
    world.run("a = dict.fromkeys(range(10_000)); a[1] = 2")
    assert not world.watcher.is_settled
    world.run("del a")
    world.settle()


# -- what cannot be known --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "use", "reason"),
    [
        (
            "import random; x = random.Random(1)",
            "x.random()",
            "not compared: only the attributes of a Random are read",
        ),
        (
            "import hashlib; x = hashlib.sha256()",
            "x.update(b'a')",
            "not compared: nothing of a HASH can be read",
        ),
        (
            "import hashlib; x = {'sum': [hashlib.sha256()]}",
            "x['sum'][0].update(b'a')",
            "not compared: nothing of a HASH can be read",
        ),
    ],
)
def test_what_cannot_be_read_is_unevaluated(make: str, use: str, reason: str) -> None:
    """What code touched of which not all can be read is not taken for unchanged."""
    world = CellWorld()
    world.run(make)
    world.settle()
    world.run("y = x")
    assert world.unevaluated() == {}
    world.run(use)
    assert world.unevaluated() == {"x": reason}


def test_values_that_cannot_change_are_never_unevaluated() -> None:
    """Dates, exact numbers, paths, patterns, enumerations say all by their value."""
    world = CellWorld()
    world.run(
        "import datetime, decimal, enum, fractions, pathlib, re, uuid\n"
        "x = [datetime.date(2020, 1, 1), decimal.Decimal(1), fractions.Fraction(1),\n"
        "     re.compile('a'), pathlib.Path('a'), uuid.UUID(int=1), range(3), slice(1),\n"
        "     ..., object(), print, len, enum.Enum('Color', 'RED').RED,\n"
        "     datetime.timezone.utc, list[int], int | None]\n"
        "path = pathlib.Path('a')"
    )
    world.settle()
    told = len(world.told.updates)
    world.run("str(x), hash(path), str(path), path.name, path.parent, sorted([path])")
    world.settle()
    assert world.unevaluated() == {}
    assert [update.changed for update in world.told.updates[told:]] == []


def test_what_is_told_and_goes_on_unseen_is_told_again() -> None:
    """A value of which not all can be read is shown as it is at the end of the cell."""
    world = CellWorld()
    world.run("import random\nclass Dice(random.Random): pass\nx = Dice(1)")
    world.settle()
    with world.cell("x.sides = 6; x.random()"):
        world.pass_time(3)
    assert [v.name for v in world.told.updates[-1].changed] == ["x"]
    assert world.told.updates[-1].unevaluated == []


def test_reader_that_fails_costs_its_own_row() -> None:
    """A library that moved what its reader relies on: within another value it is a gap of that."""
    cls = type("Moved", (), {"__module__": "library"})
    register_reader("library.Moved", lambda value: value.gone)
    failed: dict[str, str] = {}
    values = {"x": cls(), "y": [1], "z": [cls()]}
    snapshot = Snapshot(values, on_failure=lambda name, value, why: failed.update({name: why}))
    snapshot.remember_all()
    assert snapshot.gap("z") == "a Moved in it: reading it raised AttributeError"
    assert snapshot.compare(["x", "y", "z"]) == []
    assert failed == {"x": "comparing it raised AttributeError"}
