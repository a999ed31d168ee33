"""A fleet tells what its members tell, and what becomes of them, and waits for none of them."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterable
from typing import Any

import pytest

from livens.cluster.fleet import Fleet
from livens.cluster.members import SILENT_S, Member
from livens.exceptions import KernelGone, LivensError, WatchClosed
from livens.protocol.types import Cell, ChangeSet, Frame, Point, Process, Variable


class ScriptedFeed:
    """A process that says what a test has it say."""

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.points: dict[str, list[Point]] = {}
        self.frames: list[Frame] = []
        self.process: Process | None = None
        self.silent_s = 0.0
        self.error: LivensError | None = None
        self.is_here = True
        self._told: deque[ChangeSet] = deque()

    def tell(self, seq: int, *changed: Variable, cell: Cell | None = None) -> None:
        self._told.append(ChangeSet("e", seq, list(changed), cell=cell))

    @property
    def pending(self) -> int:
        return len(self._told)

    def take(self) -> ChangeSet | None:
        return self._told.popleft() if self._told else None

    def is_open(self) -> bool:
        if self.error is not None:
            raise self.error
        return self.is_here


class ScriptedSource:
    """Members that a test has made; there is one socket, on which nothing comes."""

    def __init__(self, *feeds: ScriptedFeed) -> None:
        self.is_over = False
        self.others = 0
        self.has_looked = True
        self.members: dict[int | str, Member] = {
            number: Member(number, feed) for number, feed in enumerate(feeds)
        }
        self.is_closed = False
        self._ends = socket.socketpair()

    def waitables(self) -> Iterable[Any]:
        return (self._ends[0].fileno(),)

    def exchange(self, ready: set[Any] | None) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True
        for end in self._ends:
            end.close()


def test_news_of_all_members_come_with_their_keys() -> None:
    """In the order of the members, and of what each has told."""
    feeds = [ScriptedFeed(), ScriptedFeed()]
    feeds[0].tell(1)
    feeds[0].tell(2)
    feeds[1].tell(1)
    with Fleet(ScriptedSource(*feeds)) as fleet:
        assert [(key, told.seq) for key, told in fleet.wait(1.0)] == [(0, 1), (0, 2), (1, 1)]


def test_ends_and_silence_are_told_once_and_hold_up_nobody() -> None:
    """One that hangs and one that has died are told; the third goes on."""
    feeds = [ScriptedFeed(), ScriptedFeed(), ScriptedFeed()]
    told: list[tuple[int | str, str, str]] = []
    source = ScriptedSource(*feeds)
    with Fleet(source, lambda m: told.append((m.key, m.state, m.reason))) as fleet:
        fleet.wait(0.0)
        assert told == [(0, "watched", ""), (1, "watched", ""), (2, "watched", "")]
        told.clear()
        feeds[0].silent_s = SILENT_S
        feeds[1].error = KernelGone("It has ended")
        feeds[2].tell(1)
        assert [key for key, _ in fleet.wait(1.0)] == [2]
        fleet.wait(0.0)
        assert told == [(0, "silent", ""), (1, "ended", "it has ended")]
        feeds[0].silent_s = 0.0
        fleet.wait(0.0)
        assert told[2:] == [(0, "watched", "")]


def test_last_words_are_told_before_the_end() -> None:
    """What a process said before it died is not lost."""
    feed = ScriptedFeed()
    feed.tell(7)
    feed.error = KernelGone("It has ended")
    with Fleet(ScriptedSource(feed)) as fleet:
        assert fleet.next(1.0).change_set.seq == 7
        fleet.wait(0.0)
        assert fleet.members[0].state == "ended"


def test_no_answer_yet_is_joining() -> None:
    """Until the whole state has come, nothing is known."""
    feed = ScriptedFeed()
    feed.is_here = False
    with Fleet(ScriptedSource(feed)) as fleet:
        fleet.wait(0.0)
        assert fleet.members[0].state == "joining"


def test_time_runs_out_and_the_end_ends_the_iteration() -> None:
    """Nothing in time is an error; nothing ever again is the end."""
    source = ScriptedSource(ScriptedFeed())
    with Fleet(source) as fleet:
        with pytest.raises(TimeoutError, match=r"in 0.01 s"):
            fleet.next(0.01)
        source.is_over = True
        assert list(fleet) == []
    assert source.is_closed
    with pytest.raises(WatchClosed):
        fleet.next(0.0)


def test_forgotten_fleet_is_told_and_closed() -> None:
    """As a watch that was not closed."""
    source = ScriptedSource()
    fleet = Fleet(source)
    with pytest.warns(ResourceWarning, match="was not closed"):
        del fleet
    assert source.is_closed


def test_member_knows_what_changed_last_and_since_when_it_is_busy() -> None:
    """Another cell or task counts anew; the end of the last one is the end."""
    feed = ScriptedFeed()
    with Fleet(ScriptedSource(feed)) as fleet:
        x = Variable("x", [], "number", "int", preview="1", changed_at=10.0)
        y = Variable("y", [], "number", "int", preview="1", changed_at=12.0)
        feed.tell(1, y, x, cell=Cell("first", True))
        fleet.wait(1.0)
        member = fleet.members[0]
        assert (member.changed, member.changed_at, member.updates) == ("y", 12.0, 1)
        since = member.busy_since
        assert since is not None
        feed.tell(2, cell=Cell("first", True))
        fleet.wait(1.0)
        assert member.busy_since == since
        feed.tell(3, cell=Cell("first", False))
        fleet.wait(1.0)
        assert member.busy_since is None
