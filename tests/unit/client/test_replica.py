"""A client's copy of the variables, fed by a kernel that is a list of messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from livens.client.replica import Replica
from livens.protocol import messages
from livens.protocol.capabilities import BEFORE_CAPABILITIES
from livens.protocol.types import Cell, ChangeSet, Frame, Origin, Point, Unevaluated, Variable


def variable(name: str, preview: str = "", version: int = 0) -> Variable:
    return Variable(name, [["name", name]], "number", "int", preview=preview, version=version)


class Kernel:
    """A namespace, and the messages that tell of it."""

    def __init__(self, epoch: str = "e1") -> None:
        self.epoch = epoch
        self.seq = 0
        self.variables: dict[str, Variable] = {}

    def set(self, name: str, preview: str = "") -> messages.Update:
        version = self.variables[name].version + 1 if name in self.variables else 0
        self.variables[name] = variable(name, preview, version)
        return self.update(changed=[self.variables[name]])

    def delete(self, name: str) -> messages.Update:
        self.variables.pop(name, None)
        return self.update(removed=[name])

    def update(self, **params: object) -> messages.Update:
        self.seq += 1
        return messages.Update(messages.UpdateParams(epoch=self.epoch, seq=self.seq, **params))

    def event(self) -> messages.Event:
        self.seq += 1
        return messages.Event(
            messages.EventParams(
                epoch=self.epoch, seq=self.seq, kind="set-aside", name="x", message="slow"
            )
        )

    def refresh(self, size: int = 1000) -> list[messages.Refresh]:
        every = list(self.variables.values())
        return [
            self.part(every[start : start + size], start, len(every))
            for start in range(0, max(1, len(every)), size)
        ]

    def part(self, variables: list[Variable], start: int, length: int) -> messages.Refresh:
        self.seq += 1
        return messages.Refresh(
            messages.RefreshParams(
                protocol=1,
                epoch=self.epoch,
                seq=self.seq,
                variables=variables,
                start=start,
                length=length,
            )
        )


def opened(kernel: Kernel) -> Replica:
    replica = Replica()
    for part in kernel.refresh():
        replica.apply(part)
    return replica


def test_newest_points_are_kept() -> None:
    """The points of updates add up, as many as were asked for, until another process begins."""
    kernel = Kernel()
    replica = Replica(max_points=3)
    for message in [*kernel.refresh(), kernel.set("x")]:
        replica.apply(message)
    for values in ([1], [2, 3], [4]):
        points = {"x": [Point(1.0, value) for value in values]}
        replica.apply(kernel.update(points=points))
    assert [point.value for point in replica.points["x"]] == [2, 3, 4]
    replica.apply(Kernel("e2").refresh()[0])
    assert replica.needs_refresh is False
    assert replica.points == {}


def test_refresh_is_the_whole_state() -> None:
    """The first refresh gives a complete change set with every variable."""
    kernel = Kernel()
    kernel.set("x", "1")
    (part,) = kernel.refresh()
    replica = Replica()
    assert replica.apply(part) == ChangeSet(
        "e1",
        2,
        [variable("x", "1")],
        complete=True,
        frames=[],
        capabilities=BEFORE_CAPABILITIES,
    )
    assert replica.variables == kernel.variables
    assert (replica.epoch, replica.seq) == ("e1", 2)


def test_refresh_of_an_empty_namespace_is_complete() -> None:
    """No variables are a state as well."""
    replica = Replica()
    change_set = replica.apply(Kernel().refresh()[0])
    assert change_set == ChangeSet(
        "e1", 1, complete=True, frames=[], capabilities=BEFORE_CAPABILITIES
    )


def test_capabilities_are_what_the_process_says() -> None:
    """Of an older kernel, which says nothing, everything; of another process, its own."""
    replica = Replica()
    assert replica.capabilities == {}
    kernel = Kernel()
    kernel.set("x")
    kernel.set("y")
    first, second = kernel.refresh(size=1)
    first.params.capabilities = {"list": 1, "table": 2}
    assert replica.apply(first) is None
    change_set = replica.apply(second)
    assert change_set is not None
    assert replica.capabilities == change_set.capabilities == {"list": 1, "table": 2}
    replica.apply(kernel.set("x"))
    assert replica.capabilities == {"list": 1, "table": 2}
    replica.apply(Kernel("e2").refresh()[0])
    assert replica.capabilities == BEFORE_CAPABILITIES


def test_message_of_an_older_kernel_is_read() -> None:
    """It has no capabilities, and the fields of today's are no reason to refuse it."""
    encoded = messages.encode(Kernel().refresh()[0])
    del encoded["params"]["capabilities"]
    message = messages.decode_message(encoded)
    assert isinstance(message, messages.Refresh)
    assert message.params.capabilities == {}


def test_update_is_applied_and_told_in_full() -> None:
    """A change set has all that the message had: changes, removals, what was not compared."""
    kernel = Kernel()
    kernel.set("y")
    replica = opened(kernel)
    params = messages.UpdateParams(
        epoch="e1",
        seq=kernel.seq + 1,
        changed=[variable("x", "5")],
        removed=["y"],
        unevaluated=[Unevaluated("df", "too large")],
        cell=Cell("m1", True, 3),
    )
    change_set = replica.apply(messages.Update(params))
    assert change_set == ChangeSet(
        "e1",
        params.seq,
        params.changed,
        ["y"],
        params.unevaluated,
        params.cell,
    )
    assert list(replica.variables) == ["x"]


def test_duplicate_is_ignored() -> None:
    """A message that came twice is told once."""
    kernel = Kernel()
    replica = opened(kernel)
    update = kernel.set("x", "1")
    assert replica.apply(update) is not None
    assert replica.apply(update) is None
    assert not replica.needs_refresh


def test_old_refresh_is_ignored() -> None:
    """A refresh from before what is known does not bring the past back."""
    kernel = Kernel()
    replica = opened(kernel)
    old = kernel.refresh()[0]
    replica.apply(old)
    replica.apply(kernel.set("x"))
    assert replica.apply(old) is None
    assert "x" in replica.variables


def test_gap_asks_for_a_refresh() -> None:
    """After a missing number nothing is trusted until a refresh comes."""
    kernel = Kernel()
    replica = opened(kernel)
    kernel.set("lost")
    assert replica.apply(kernel.set("x")) is None
    assert replica.needs_refresh
    assert replica.apply(kernel.set("z")) is None
    assert replica.variables == {}
    change_set = replica.apply(kernel.refresh()[0])
    assert change_set is not None
    assert change_set.complete
    assert not replica.needs_refresh
    assert replica.variables == kernel.variables


def test_refresh_tells_what_is_gone() -> None:
    """The names that a lost message removed are in the complete change set's `removed`."""
    kernel = Kernel()
    kernel.set("x")
    replica = opened(kernel)
    kernel.delete("x")
    change_set = replica.apply(kernel.refresh()[0])
    assert change_set is not None
    assert change_set.removed == ["x"]


def test_update_of_another_kernel_is_not_applied() -> None:
    """Another epoch without a refresh is a gap, whatever its number."""
    replica = opened(Kernel("e1"))
    other = Kernel("e2")
    other.seq = replica.seq
    assert replica.apply(other.set("x")) is None
    assert replica.needs_refresh


def test_update_before_any_refresh_is_a_gap() -> None:
    """A client that missed the first refresh asks for one."""
    replica = Replica()
    assert replica.apply(Kernel().set("x")) is None
    assert replica.needs_refresh


def test_event_counts() -> None:
    """An event has a number of its own and is no change."""
    kernel = Kernel()
    replica = opened(kernel)
    assert replica.apply(kernel.event()) is None
    assert replica.apply(kernel.set("x")) is not None
    assert not replica.needs_refresh


class TestParts:
    """A refresh that does not fit into one message."""

    def kernel(self) -> Kernel:
        kernel = Kernel()
        for name in "abcde":
            kernel.set(name, name)
        return kernel

    def test_only_the_last_part_completes(self) -> None:
        """Nothing is shown of a state until all of it is here."""
        kernel, replica = self.kernel(), Replica()
        first, second, third = kernel.refresh(size=2)
        assert replica.apply(first) is None
        assert replica.apply(second) is None
        assert replica.variables == {}
        change_set = replica.apply(third)
        assert change_set is not None
        assert [v.name for v in change_set.changed] == list("abcde")
        assert change_set.complete

    def test_lost_part_asks_for_another_refresh(self) -> None:
        """A state with a hole is no state."""
        kernel, replica = self.kernel(), Replica()
        first, _, third = kernel.refresh(size=2)
        replica.apply(first)
        assert replica.apply(third) is None
        assert replica.needs_refresh
        for part in kernel.refresh(size=2):
            replica.apply(part)
        assert replica.variables == kernel.variables

    def test_second_refresh_starts_anew(self) -> None:
        """A part with start 0 throws away the parts of the refresh before."""
        kernel, replica = self.kernel(), Replica()
        replica.apply(kernel.refresh(size=2)[0])
        kernel.seq = replica.seq
        for part in kernel.refresh(size=3):
            replica.apply(part)
        assert replica.variables == kernel.variables
        assert not replica.needs_refresh

    def test_update_between_parts_wins(self) -> None:
        """A change that came before the last part is in the complete state."""
        kernel, replica = self.kernel(), Replica()
        every = list(kernel.variables.values())
        replica.apply(kernel.part(every[:2], 0, 5))
        assert replica.apply(kernel.set("e", "new")) is None
        assert replica.apply(kernel.delete("a")) is None
        change_set = replica.apply(kernel.part(every[2:], 2, 5))
        assert change_set is not None
        assert replica.variables == kernel.variables
        assert {v.name: v.preview for v in change_set.changed}["e"] == "new"

    def test_part_that_is_newer_than_an_update_wins(self) -> None:
        """A kernel may describe a value again for a later part; the version tells."""
        kernel, replica = self.kernel(), Replica()
        every = list(kernel.variables.values())
        replica.apply(kernel.part(every[:4], 0, 5))
        replica.apply(kernel.set("e", "new"))
        newest = variable("e", "newest", version=9)
        replica.apply(kernel.part([newest], 4, 5))
        assert replica.variables["e"].preview == "newest"

    def test_part_out_of_place_is_no_state(self) -> None:
        """A part that does not follow the one before is a gap, even with the right number."""
        kernel, replica = self.kernel(), Replica()
        every = list(kernel.variables.values())
        replica.apply(kernel.part(every[:2], 0, 5))
        assert replica.apply(kernel.part(every[3:], 3, 5)) is None
        assert replica.needs_refresh


def test_reset_takes_any_refresh() -> None:
    """A comm that is opened again starts to count anew, in the same kernel too."""
    kernel = Kernel()
    kernel.set("x")
    replica = opened(kernel)
    replica.reset()
    kernel.seq = 0
    assert replica.apply(kernel.refresh()[0]) is not None


def test_whole_tells_all_that_was_missed() -> None:
    """A reader who missed change sets gets the newest values, and every name that went."""
    kernel = Kernel()
    kernel.set("a")
    replica = opened(kernel)
    missed = [
        replica.apply(message)
        for message in (kernel.set("b", "1"), kernel.delete("a"), kernel.set("b", "2"))
    ]
    whole = replica.whole([change_set for change_set in missed if change_set])
    assert whole.complete
    assert [v.preview for v in whole.changed] == ["2"]
    assert whole.removed == ["a"]
    assert whole.seq == kernel.seq


names = st.sampled_from("abcd")
steps = st.one_of(
    st.tuples(st.just("set"), names, st.text(max_size=2)),
    st.tuples(st.just("delete"), names, st.just("")),
    st.tuples(st.just("event"), names, st.just("")),
    st.tuples(st.just("restart"), names, st.just("")),
)
fates = st.sampled_from(["arrives", "arrives", "arrives", "is lost", "comes twice"])


@given(st.lists(st.tuples(steps, fates)), st.integers(1, 3), st.data())
def test_copy_and_replay_equal_the_namespace(
    history: list[tuple[tuple[str, str, str], str]], size: int, data: st.DataObject
) -> None:
    """Whatever is lost or doubled on the way, a refresh makes the copy right again.

    So it does for whoever follows the change sets only.
    """
    kernel, replica = Kernel("e0"), Replica()
    followed: dict[str, Variable] = {}

    def deliver(message: messages.Notification, fate: str) -> None:
        for _ in range({"arrives": 1, "is lost": 0, "comes twice": 2}[fate]):
            change_set = replica.apply(message)
            if change_set is not None:
                follow(followed, change_set)

    for (kind, name, text), fate in history:
        if kind == "restart":
            kernel = Kernel(f"{kernel.epoch}+")
            for part in kernel.refresh(size):
                deliver(part, fate)
            continue
        if kind == "set":
            deliver(kernel.set(name, text), fate)
        elif kind == "delete":
            deliver(kernel.delete(name), fate)
        else:
            deliver(kernel.event(), fate)
        if replica.needs_refresh:
            for part in kernel.refresh(size):
                deliver(part, data.draw(fates))
    deliver(kernel.set("last"), "arrives")
    if replica.needs_refresh:
        for part in kernel.refresh(size):
            deliver(part, "arrives")
    assert replica.variables == kernel.variables == followed


def follow(copy: dict[str, Variable], change_set: ChangeSet) -> None:
    """Do what a reader of change sets does."""
    if change_set.complete:
        copy.clear()
    copy.update({v.name: v for v in change_set.changed})
    for name in change_set.removed:
        copy.pop(name, None)


def test_points_and_origins_reach_the_reader() -> None:
    """A change set has what an update says besides, also where several become one."""
    kernel, replica = Kernel(), Replica()
    for refresh in kernel.refresh():
        replica.apply(refresh)
    point, later = Point(1.0, 5), Point(2.0, 6)
    first = replica.apply(kernel.update(points={"x": [point]}, origins={"y": Origin(3)}, frames=[]))
    second = replica.apply(kernel.update(points={"x": [later], "z": [point]}))
    assert first is not None
    assert second is not None
    assert (first.points, first.origins, first.frames) == ({"x": [point]}, {"y": Origin(3)}, [])
    assert replica.whole([first, second]).points == {"x": [point, later], "z": [point]}


def test_points_between_the_parts_of_a_refresh_are_kept() -> None:
    """An update that comes while a large state arrives loses no points."""
    kernel, replica = Kernel(), Replica()
    first, second = variable("a"), variable("b")
    replica.apply(kernel.part([first], 0, 2))
    replica.apply(kernel.update(points={"a": [Point(1.0, 5)]}))
    change_set = replica.apply(kernel.part([second], 1, 2))
    assert change_set is not None
    assert change_set.points == {"a": [Point(1.0, 5)]}


def test_complete_change_set_has_all_frames() -> None:
    """Neither parts of a refresh nor several change sets in one hide which functions run."""
    kernel, replica = Kernel(), Replica()
    frames = [Frame("train", "", 3, "", 1)]
    replica.apply(kernel.part([variable("a")], 0, 2))
    replica.apply(kernel.update(frames=frames))
    first = replica.apply(kernel.part([variable("b")], 1, 2))
    assert first is not None
    assert first.frames == frames
    last = replica.apply(kernel.set("a", "2"))
    assert last is not None
    assert last.frames is None
    assert replica.whole([first, last]).frames == frames
