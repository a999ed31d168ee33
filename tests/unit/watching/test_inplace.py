"""Changes in place: every one is seen, nothing else is, and nothing is kept or run."""

from __future__ import annotations

import array
import builtins
import gc
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livens.protocol import requests
from livens.testing import Clock, MessageLog
from livens.values import libraries
from livens.values.checksums import ChunkSums
from livens.values.content import Postponed
from livens.values.content_registry import content_of, register_reader
from livens.values.differences import difference
from livens.values.fingerprints import fingerprint
from livens.watching.budgets import Budgets
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running
from livens.watching.snapshot import Snapshot
from livens.watching.watcher import Watcher


def differing_places(sums: ChunkSums, value: object) -> list[tuple[Any, ...]]:
    """Make a whole round; return where the value differs."""
    places = []
    while True:
        step = sums.step(value)
        places += [step.place] if step.differs else []
        if step.is_over:
            return places


class Plain:
    """An object with attributes."""

    def __init__(self, value: Any = 0) -> None:
        self.value = value


class Slotted:
    """An object with slots."""

    __slots__ = ("a", "b")

    def __init__(self) -> None:
        self.b = 1


@dataclass
class Point:
    """A dataclass."""

    x: int
    y: int


# -- what is told ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "change", "told"),
    [
        ([1, 2, 3], lambda v: v.append(4), "len 3 → 4"),
        ([1, 2, 3], lambda v: v.__setitem__(1, 9), "item 1 changed"),
        ({"a": 1}, lambda v: v.update(k=2), "key 'k' added"),
        ({"a": 1, "b": 2}, lambda v: v.pop("a"), "key 'a' removed"),
        ({"a": 1}, lambda v: v.update(a=2), "key 'a' changed"),
        ({"a": {"b": {"c": 1}}}, lambda v: v["a"]["b"].update(c=2), "key 'a' changed"),
        ({n: n for n in range(9)}, lambda v: v.update(dict.fromkeys(v, -1)), "9 keys changed"),
        ({n: n for n in range(200)}, lambda v: v.update(k=2), "key 'k' added"),
        ({n: n for n in range(200)}, lambda v: v.pop(100), "len 200 → 199"),
        (defaultdict(int), lambda v: v["x"], "key 'x' added"),
        (OrderedDict(a=1), lambda v: v.update(a=2), "key 'a' changed"),
        ({1, 2}, lambda v: v.add(3), "len 2 → 3"),
        (deque([1, 2]), lambda v: v.appendleft(3), "len 2 → 3"),
        (deque([1, 2]), lambda v: v.rotate(), "items 0, 1 changed"),
        (OrderedDict(a=1, b=2), lambda v: v.move_to_end("a"), "order changed"),
        ({"a": 1, "b": 2}, lambda v: v.update(a=v.pop("a")), "order of keys changed"),
        ({(1, "a"): 1}, lambda v: v.update({(2, "b"): 1}), "key (2, 'b') added"),
        (array.array("d", [1]), lambda v: v.append(2), "len 1 → 2"),
        (bytearray(b"abc"), lambda v: v.extend(b"d"), "len 3 → 4"),
        (array.array("d", [1, 2]), lambda v: v.__setitem__(0, 5), "1 cell"),
        (memoryview(bytearray(8)), lambda v: v.__setitem__(0, 5), "1 cell"),
        ([0.0], lambda v: v.__setitem__(0, -0.0), "item 0 changed"),
        ([[-0.0]], lambda v: v[0].__setitem__(0, 0.0), "item 0 changed"),
        ([0j], lambda v: v.__setitem__(0, complex(0.0, -0.0)), "item 0 changed"),
        ({"a": (0.0,)}, lambda v: v.update(a=(-0.0,)), "key 'a' changed"),
        ({0.0: 1}, lambda v: v.update(a=1), "key 'a' added"),
        ({"a": 1}, lambda v: v.update({-0.0: 1}), "key -0.0 added"),
        (Plain(0.0), lambda v: setattr(v, "value", -0.0), "attribute 'value' changed"),
        (Plain(), lambda v: setattr(v, "value", 1), "attribute 'value' changed"),
        (Plain(), lambda v: setattr(v, "new", 1), "attribute 'new' added"),
        (Plain(), lambda v: delattr(v, "value"), "attribute 'value' removed"),
        (Plain([1]), lambda v: v.value.append(2), "attribute 'value' changed"),
        (Slotted(), lambda v: setattr(v, "a", 1), "attribute 'a' added"),
        (Point(1, 2), lambda v: setattr(v, "x", 3), "attribute 'x' changed"),
    ],
)
def test_difference_is_told(value: Any, change: Any, told: str) -> None:
    """What changed is told where a glance shows it, by the names of keys and never by values."""
    before = fingerprint(value)
    change(value)
    assert difference(before, fingerprint(value)) == told


def test_dict_that_is_emptied_in_the_middle_of_a_look_is_read_again() -> None:
    """Another thread may clear a large dict between its length and its newest key."""
    value = {n: n for n in range(200)}
    content = content_of(value)
    assert content is not None
    value.clear()
    with pytest.raises(RuntimeError):
        content.read(199, 200)


# -- exact within the budget -----------------------------------------------------------------

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
nested = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=5)
        | st.builds(Plain, inner)
    ),
    max_leaves=30,
)


def containers_in(value: Any, depth: int = 0) -> list[Any]:
    """Find the containers that are looked into."""
    found = []
    if depth < 5:
        if type(value) is list:
            found = [value] + [c for item in value for c in containers_in(item, depth + 1)]
        elif type(value) is dict:
            items = value.values()
            found = [value] + [c for item in items for c in containers_in(item, depth + 1)]
    return found


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(nested, max_size=4), st.data())
def test_random_changes_deep_inside_are_seen(value: list[Any], data: Any) -> None:
    """Whatever is changed in a nested container, a glance or a round of the checksums sees it."""
    sums = ChunkSums()
    differing_places(sums, value)
    before, copy = fingerprint(value), deepcopy(value)
    target = data.draw(st.sampled_from(containers_in(value)))
    new = data.draw(scalars)
    if type(target) is list:
        if target and data.draw(st.booleans()):
            target[data.draw(st.integers(0, len(target) - 1))] = new
        else:
            target.append(new)
    elif target and data.draw(st.booleans()):
        target.pop(data.draw(st.sampled_from(sorted(target, key=str))))
    else:
        target[data.draw(st.text(max_size=3))] = new
    is_seen = fingerprint(value) != before or bool(differing_places(sums, value))
    if repr(value) != repr(copy) and value != copy and "Plain" not in repr(value):
        assert is_seen


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(nested)
def test_nothing_changed_is_nothing_seen(value: Any) -> None:
    """Looking twice at what nobody changed finds no difference."""
    sums = ChunkSums()
    assert differing_places(sums, value) == []
    assert differing_places(sums, value) == []
    assert fingerprint(value) == fingerprint(value)


@pytest.mark.parametrize("size", [100, 1_000, 20_000])
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_every_item_of_a_large_container_counts(size: int, data: Any) -> None:
    """One changed item is found wherever it is, by where it is."""
    value = data.draw(
        st.sampled_from(
            [
                list(range(size)),
                dict(enumerate(range(size))),
                [[n] for n in range(size)],
                {"rows": [{"n": n} for n in range(size)]},
                array.array("q", range(size)),
                bytearray(size),
            ]
        )
    )
    sums = ChunkSums()
    differing_places(sums, value)
    at = data.draw(st.integers(0, size - 1))
    if type(value) is dict and "rows" in value:
        value["rows"][at]["n"] = -1
    elif type(value) is list and type(value[0]) is list:
        value[at].append(1)
    else:
        value[at] = 7 if value[at] != 7 else 8
    assert len(differing_places(sums, value)) == 1
    assert differing_places(sums, value) == []


def test_minus_one_is_not_minus_two() -> None:
    """Numbers that have the same hash are told apart."""
    value = [-1] * 1000
    sums = ChunkSums()
    differing_places(sums, value)
    value[500] = -2
    assert differing_places(sums, value) == [("items", 0, 512)]


def test_container_in_itself_ends() -> None:
    """Cycles and containers that share their items are walked once."""
    value: list[Any] = [1, {}]
    value.append(value)
    value[1]["up"] = value
    sums = ChunkSums()
    assert differing_places(sums, value) == []
    before = fingerprint(value)
    value[1]["new"] = 1
    assert fingerprint(value) != before
    assert differing_places(sums, value) != []


def test_value_that_shrinks_between_two_steps_is_no_trouble() -> None:
    """The checksums of a value that is cut short in the middle of a round end it."""
    value = [list(range(1000)) for _ in range(10)]
    sums = ChunkSums()
    for _ in range(5):
        sums.step(value)
    del value[1:]
    value[0].clear()
    for _ in range(2):
        differing_places(sums, value)
    assert differing_places(sums, value) == []


# -- nothing is kept, nothing is run ---------------------------------------------------------


def test_nothing_is_kept_between_two_steps() -> None:
    """An object that is deleted in the middle of a round is gone at once."""
    holder = Plain([Plain(n) for n in range(3000)])
    values = {"x": holder}
    snapshot = Snapshot(values)
    snapshot.remember_all()
    inner, outer = weakref.ref(holder.value[1500]), weakref.ref(holder)
    del holder
    gc.disable()
    try:
        for _ in range(3):
            assert snapshot.step("x") is not None
        del values["x"]
        assert outer() is None
        assert inner() is None
    finally:
        gc.enable()


def test_nothing_is_held_while_bytes_are_summed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Summing up releases the GIL: an array that is deleted in that moment is gone at once."""
    values = {"x": array.array("d", bytes(2_000_000))}
    gone = weakref.ref(values["x"])
    snapshot = Snapshot(values)
    snapshot.remember_all()
    found: list[object] = []

    def crc32(data: bytes) -> int:
        values.clear()
        found.append(gone())
        return 0

    monkeypatch.setattr("livens.values.checksums.zlib.crc32", crc32)
    assert snapshot.step("x") is not None
    assert found == [None]


@pytest.mark.parametrize("make", [dict.fromkeys, set])
def test_way_through_a_long_dict_can_be_put_off(make: Callable[[Any], Any]) -> None:
    """Who needs the time gets it every 50,000 items; what was put off is read all the same."""
    values = {"x": make(range(200_000))}
    snapshot = Snapshot(values)
    snapshot.remember_all()
    sums = snapshot.sums("x")
    assert sums is not None
    calls: list[None] = []
    while not snapshot.step("x", lambda: calls.append(None)).is_over:  # type: ignore[union-attr]
        pass
    assert len(calls) > 10

    def postpone() -> None:
        raise Postponed

    values["x"].remove(190_000) if make is set else values["x"].update({190_000: 1})
    values["x"].add(-1) if make is set else None
    was_put_off = differs = is_over = False
    while not is_over:
        try:
            step = snapshot.step("x", postpone)
        except Postponed:
            was_put_off = True
            step = snapshot.step("x")
        assert step is not None
        is_over, differs = step.is_over, differs or step.differs
    assert was_put_off
    assert differs


class Hostile:
    """Whatever is asked of it is the user's code, and is written down."""

    calls: ClassVar[list[str]] = []

    def __getattribute__(self, name: str) -> Any:
        Hostile.calls.append(name)
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        Hostile.calls.append("eq")
        raise RuntimeError

    def __hash__(self) -> int:
        Hostile.calls.append("hash")
        return 1

    def __len__(self) -> int:
        Hostile.calls.append("len")
        return 10**18

    def __iter__(self) -> Any:
        Hostile.calls.append("iter")
        raise RuntimeError

    def __repr__(self) -> str:
        Hostile.calls.append("repr")
        raise RuntimeError


class HostileList(list[Any]):
    """A list whose methods are the user's."""

    __getitem__ = __len__ = __iter__ = Hostile.__getattribute__  # type: ignore[assignment]


class HostileDict(dict[Any, Any]):
    """A dict whose methods are the user's."""

    items = keys = values = get = __getitem__ = __len__ = Hostile.__getattribute__  # type: ignore[assignment]


def test_no_code_of_the_values_runs() -> None:
    """Neither a glance nor a step calls anything of an unknown class, in any container."""
    hostile = Hostile()
    value = [hostile, {"h": hostile}, {hostile}, {hostile: 1}, HostileList([1]), HostileDict(a=1)]
    value += [Plain(hostile), deque([hostile]), (hostile,)] * 100
    Hostile.calls.clear()
    for item in (*value[:9], value, hostile):
        fingerprint(item)
        differing_places(ChunkSums(), item)
    assert Hostile.calls == []


# -- the whole of it -------------------------------------------------------------------------


class World:
    """A watcher with a clock that is pushed by hand, and what it told."""

    def __init__(
        self,
        budgets: Budgets = Budgets(),  # noqa: B008 - a tuple
        *,
        step_s: float = 0.0,  # what passes by the clock of work each time that it is read
    ) -> None:
        self.clock = Clock()
        work = count()
        self.watcher = Watcher(
            budgets,
            clock=self.clock,
            cpu_clock=lambda: self.clock() + step_s * next(work),
            wall_clock=self.clock,
        )
        self.namespace = MonitoredDict({})
        self.watcher.attach(self.namespace)
        self.told = MessageLog()
        self.watcher.subscribe(requests.Subscription(), self.told)

    def settle(self) -> None:
        """Let time pass until nothing is owed."""
        for _ in range(100):
            self.clock.push(1)
            self.watcher.tick()
            if self.watcher.is_settled:
                return
        raise AssertionError("not settled")

    def run(self, code: str) -> None:
        """Run a cell."""
        compiled = compile(code, "cell", "exec")
        with self.watcher.cells.running(Running("m", 1)):
            self.watcher.cells.statement(compiled)
            exec(compiled, self.namespace.target, self.namespace)

    @contextmanager
    def cell(self, code: str) -> Iterator[None]:
        """Run a cell whose stores go past the watcher, and stay in it."""
        compiled = compile(code, "cell", "exec")
        with self.watcher.cells.running(Running("m", 1)):
            self.watcher.cells.statement(compiled)
            exec(compiled, self.namespace.target)
            yield

    def pass_time(self, ticks: int, step_s: float = 0.1) -> None:
        """Let the driver come so often, after so many seconds each."""
        for _ in range(ticks):
            self.clock.push(step_s)
            self.watcher.tick()

    def unevaluated(self) -> dict[str, str]:
        """Return what was told as not compared."""
        return {u.name: u.reason for update in self.told.updates for u in update.unevaluated}


def test_aliases_are_told_together() -> None:
    """All names of an object that changed are in the same update, with what is different."""
    world = World()
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
    world = World()
    world.run("a = list(range(10_000)); b = a")
    world.settle()
    world.run("a[5_001] = -1")
    world.settle()
    changed = {v.name: v.change for v in world.told.updates[-1].changed}
    assert changed == dict.fromkeys("ab", "within items 4608 to 5119")


def test_change_before_another_name_is_given_is_told() -> None:
    """Whoever notes the second name of an object still tells what had changed under the first."""
    world = World()
    world.run("a = [1]")
    world.run("a.append(2); b = a")
    assert world.told.previews["a"] == "[1, 2]"
    assert world.told.replica.variables["a"].change == "len 1 → 2"


def test_rebinding_clears_what_was_different() -> None:
    """A new value is new, whatever the difference of the old one was."""
    world = World()
    world.run("a = [1]")
    world.run("a.append(2)")
    assert world.told.replica.variables["a"].change == "len 1 → 2"
    world.run("a = [1, 2]")
    assert world.told.replica.variables["a"].change == ""


NO_TIME = Budgets(settle_ms=0, baseline_ms=0)
TOO_EARLY = "not compared: the cell came before its content was known"


def test_what_came_before_its_baseline_is_unevaluated() -> None:
    """A large value that is changed before anybody could look at it is not guessed about."""
    world = World(NO_TIME)
    world.run("a = list(range(10_000))")
    world.run("a[int('5001')] = -1")
    assert world.unevaluated() == {"a": TOO_EARLY}


def test_statement_waits_for_the_baseline_as_long_as_the_budget_allows() -> None:
    """What the next cell is about to change is looked at before, wherever it changes it."""
    world = World(Budgets(settle_ms=0))
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
    world = World(NO_TIME)
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
    world = World(NO_TIME)
    world.run("a = list(range(10_000)); b = list(range(10_000))")
    versions = {name: world.told.replica.variables[name].version for name in "ab"}
    world.run("a[5_001] = 5_001; x = b[5_001]")
    assert world.unevaluated() == {"a": TOO_EARLY}
    assert {name: world.told.replica.variables[name].version for name in "ab"} == versions


def test_baseline_that_came_too_late_is_none() -> None:
    """One that is taken while the cell goes on does not hide what the cell did before."""
    world = World(NO_TIME)
    world.run("a = list(range(10_000))")
    with world.cell("a[int('5001')] = -1"):
        world.pass_time(100)
    assert world.unevaluated() == {"a": TOO_EARLY}


def test_glance_that_saw_it_is_enough() -> None:
    """A change that the glance saw while the cell ran is not told again for its position."""
    world = World(NO_TIME)
    world.run("a = list(range(10_000))")
    version = world.told.replica.variables["a"].version
    with world.cell("a[5] = -1"):
        world.pass_time(1)
    assert world.told.replica.variables["a"].version == version + 1


def test_value_made_and_changed_in_one_cell_is_right_at_its_end() -> None:
    """Whatever was told of it on the way, the last message of the cell shows what it holds."""
    world = World(Budgets(preview_items=100, preview_chars=2_000))
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
    world = World()
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


def test_nan_that_is_read_anew_is_no_change() -> None:
    """A reader may make another NaN of the same one each time; that is no difference."""
    one, other = [float("nan")], [float("nan")]
    assert fingerprint(one) == fingerprint(other) != fingerprint([1.5])


def test_what_is_owed_over_several_cells_is_answered() -> None:
    """A name told as not compared yet gets its answer, also if another cell ended meanwhile."""
    world = World(Budgets(settle_ms=0, content_items=5_000))
    world.run("a = list(range(10_000))")
    world.settle()
    world.run("a[5_001] = 5_001")
    world.run("x = 1")
    before = len(world.told.updates)
    world.settle()
    assert [v.name for u in world.told.updates[before:] for v in u.changed] == ["a"]


def test_reading_is_not_unevaluated() -> None:
    """A name that the code only reads from is not told."""
    world = World(Budgets(settle_ms=0))
    world.run("a = list(range(10_000))")
    world.run("x = a[5_001]")
    assert world.unevaluated() == {}


def test_what_is_beyond_the_budget_is_told_and_answered_later() -> None:
    """Beyond the budgets the name comes at once, and the answer when there is time."""
    world = World(Budgets(settle_ms=0, content_items=5_000))
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
    world = World(Budgets(settle_ms=0))
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
    world = World(Budgets(settle_ms=0))
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
    world = World()
    world.run("a = list(range(10_000))")
    world.settle()
    with world.cell(code):
        for _ in range(3):
            due = world.watcher.tick()
            assert due - world.clock() == pytest.approx(Budgets().poll_ms / 1000)
            world.clock.push(due - world.clock())


def test_live_change_in_the_middle_is_told_while_the_cell_runs() -> None:
    """What the running cell mentions is compared within the poller's share of the time."""
    world = World()
    world.run("a = list(range(10_000))")
    world.settle()
    with world.cell("for n in range(1): a[5_001] = -1"):
        world.pass_time(40)
        assert world.told.replica.variables["a"].change == "within items 4608 to 5119"


def test_rare_looks_find_a_change_as_soon() -> None:
    """A driver that comes seldom makes more steps each time, within the same share of the time."""
    seconds = []
    for poll_ms in (20, 100):
        world = World(Budgets(poll_ms=poll_ms), step_s=0.000_1)
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
    world = World()
    world.run("a = list(range(10_000))")
    world.settle()
    world.namespace.target["a"][5_001] = -1
    world.pass_time(60, 1)
    assert world.told.replica.variables["a"].change == "within items 4608 to 5119"
    assert world.told.replica.variables["a"].changed_by is None


def test_value_that_goes_while_it_is_owed_leaves_nothing_owed() -> None:
    """After the last large value is deleted in the middle of a round, all is settled."""
    world = World(NO_TIME)
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
    world = World()
    world.run(make)
    world.settle()
    world.run("y = x")
    assert world.unevaluated() == {}
    world.run(use)
    assert world.unevaluated() == {"x": reason}


def test_values_that_cannot_change_are_never_unevaluated() -> None:
    """Dates, exact numbers, paths, patterns, enumerations say all by their value."""
    world = World()
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
    world = World()
    world.run("import random\nclass Dice(random.Random): pass\nx = Dice(1)")
    world.settle()
    with world.cell("x.sides = 6; x.random()"):
        world.pass_time(3)
    assert [v.name for v in world.told.updates[-1].changed] == ["x"]
    assert world.told.updates[-1].unevaluated == []


def test_metaclass_runs_nothing() -> None:
    """Neither its comparison nor its hash is asked, wherever the class is met."""

    class Meta(type):
        def __eq__(cls, other: object) -> bool:
            raise AssertionError("compared")

        def __hash__(cls) -> int:
            raise AssertionError("hashed")

    class Odd(metaclass=Meta):
        def __init__(self) -> None:
            self.n = 1

    for value in (Odd(), Odd, [Odd(), Odd], {"a": Odd}, (x for x in [Odd()])):
        fingerprint(value)
        differing_places(ChunkSums(), value)


def test_object_of_another_library_keeps_its_locks_to_itself() -> None:
    """A lock that a library's object takes for itself is no change of the user's."""
    import threading
    import types

    cls = type("Pool", (), {"__module__": "library"})
    pool: Any = cls()
    pool.lock, pool.note = threading.Lock(), types.SimpleNamespace()
    before = fingerprint(pool)
    with pool.lock:
        assert fingerprint(pool) == before
    pool.size = 1
    assert fingerprint(pool) != before


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


def test_slots_and_many_attributes_are_read_from_where_they_are_asked() -> None:
    """Slots come first, then what the ``__dict__`` has; the newest is found at once."""

    class Both(Slotted):
        """A class with slots and a dict."""

    value = Both()
    vars(value).update({f"n{number}": number for number in range(100)})
    content = content_of(value)
    assert content is not None
    assert content.length == 101
    assert content.read(0, 3)[0] == ["b", "n0", "n1"]
    assert content.read(1, 2) == (["n0"], [0])
    assert content.read(100, 101) == (["n99"], [99])
    assert content.read(0, 101)[1] == [1, *range(100)]
    before = fingerprint(value)
    value.new = 1  # type: ignore[attr-defined]
    assert difference(before, fingerprint(value)) == "attribute 'new' added"


def test_namespace_of_many_attributes_is_not_copied() -> None:
    """A glance at it reads both ends of its ``__dict__``, as of any dict."""
    libraries.load()
    space = SimpleNamespace(**{f"n{number}": number for number in range(200)})
    content = content_of(space)
    assert content is not None
    assert (content.form, content.length, content.is_indexed) == ("attributes", 200, False)
    before = fingerprint(space)
    space.new = 1
    assert difference(before, fingerprint(space)) == "attribute 'new' added"
