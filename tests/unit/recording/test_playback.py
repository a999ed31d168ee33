"""A record that is played: what viewers are told, and what only a kernel could answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from livens_conformance import profiles
from recorded import change, header, number

from livens.client.replica import Replica
from livens.protocol import messages
from livens.protocol.types import ChangeSet, Point, Variable
from livens.recording.file import RecordFile
from livens.recording.playback import CAPABILITIES, PART, Playback
from livens.recording.reading import Record, read_record
from livens.recording.timeline import Timeline
from livens.testing import validate


def played(tmp_path: Path) -> Record:
    """The record of a run of two cells: x is 1 and y is 2, then x is 3 and y is gone."""
    file = RecordFile(tmp_path / "a")
    timeline = Timeline(file, header())
    timeline.cell_started(0, "x = 1; y = 2", at=101.0, cell_id="c1")
    points = {"x": [Point(101.5, 0), Point(101.6, 1)]}
    timeline.changed(change(number("x", 1, 1), number("y", 2, 1), points=points), at=102.0)
    timeline.cell_ended("ok", at=103.0, execution_count=7)
    timeline.cell_started(1, "x = 3; del y", at=104.0)
    timeline.changed(change(number("x", 3, 1), removed=["y"]), at=105.0)
    timeline.cell_ended("ok", at=106.0, execution_count=8)
    timeline.end("ok", [number("x", 3)], at=107.0)
    file.close()
    return read_record(tmp_path / "a")


class Client:
    """A viewer's end: a replica, and what it was told."""

    def __init__(self, playback: Playback, **subscription: Any) -> None:
        self.playback = playback
        self.replica = Replica()
        self.told: list[ChangeSet] = []
        self.answers: list[Any] = []
        self.take(playback.open("me", subscription))

    def take(self, sent: list[Any]) -> None:
        for comm_id, message in sent:
            assert comm_id == "me"
            validate(messages.encode(message))
            if isinstance(message, messages.Result | messages.Failure):
                self.answers.append(message)
            elif (change_set := self.replica.apply(message)) is not None:
                self.told.append(change_set)
        assert not self.replica.needs_refresh

    def play_all(self) -> None:
        while not self.playback.is_over:
            self.take(self.playback.play(1000.0))

    def ask(self, method: str, **params: Any) -> Any:
        self.take(self.playback.receive("me", {"method": method, "params": params, "id": 1}))
        answer = self.answers.pop()
        return answer.result if isinstance(answer, messages.Result) else answer.error


@pytest.fixture
def playback(tmp_path: Path) -> Playback:
    return Playback(played(tmp_path))


def test_viewer_sees_the_run(playback: Playback) -> None:
    """A viewer's replica goes through the states of the run, with the cells they belong to."""
    client = Client(playback, history=10)
    client.play_all()
    assert {name: v.preview for name, v in client.replica.variables.items()} == {"x": "3"}
    cells = [(t.cell.execution_count, t.cell.running) for t in client.told if t.cell]
    assert cells == [(7, True), (7, False), (8, True), (8, False)]
    assert [[p.value for p in told.points.get("x", [])] for told in client.told][1] == [0, 1]
    assert client.told[3].removed == ["y"]


def test_times_are_moved_to_now(playback: Playback) -> None:
    """What is played now happened now, so that "4 s ago" is right."""
    client = Client(playback, history=1)
    client.play_all()
    points = client.told[1].points["x"]
    assert [round(point.at, 3) for point in points] == [999.5, 999.6]


def test_late_viewer_gets_the_state(playback: Playback) -> None:
    """Who comes in the middle gets what there is then, and the rest as it comes."""
    for _ in range(3):
        playback.play(1.0)
    client = Client(playback)
    assert sorted(client.replica.variables) == ["x", "y"]
    client.play_all()
    assert sorted(client.replica.variables) == ["x"]


def test_subscription_is_kept(playback: Playback) -> None:
    """Names and kinds that were not asked for are not told."""
    client = Client(playback, names=["y"])
    client.play_all()
    assert {name for told in client.told for name in [v.name for v in told.changed]} == {"y"}
    client.ask("subscribe", names=["x"], kinds=["text"])
    assert client.replica.variables == {}


def test_large_state_comes_in_parts(tmp_path: Path) -> None:
    """A state of many variables is told in several messages that fit together."""
    file = RecordFile(tmp_path / "a")
    timeline = Timeline(file, header())
    many = [number(f"x{n}", n) for n in range(2 * PART + 1)]
    timeline.changed(change(*many), at=101.0)
    file.close()
    playback = Playback(read_record(tmp_path / "a"))
    playback.play(1.0)
    assert len(Client(playback).replica.variables) == 2 * PART + 1


def test_requests(playback: Playback) -> None:
    """What the record knows is answered, and what needs a kernel refused with a reason."""
    client = Client(playback, history=1)
    for _ in range(2):
        client.take(playback.play(1.0))
    assert [v["name"] for v in client.ask("list")["variables"]] == ["x", "y"]
    assert client.ask("inspect", path=[["name", "x"]])["variable"]["preview"] == "1"
    assert client.ask("history", name="x")["total"] == 2
    assert client.ask("inspect", path=[["name", "z"]]).code == -32001
    for method, params in (
        ("delete", {"names": ["x"]}),
        ("set", {"name": "x", "expression": "1"}),
        ("value", {"path": [["name", "x"]]}),
        ("inspect", {"path": [["name", "x"], ["index", 0]]}),
    ):
        error = client.ask(method, **params)
        assert error.code == -32003
        assert "replay of a record" in error.message


def test_what_it_says_that_it_can_is_answered_and_the_rest_refused(playback: Playback) -> None:
    """A client can know before it asks."""
    client = Client(playback)
    client.take(playback.play(1.0))
    client.take(playback.play(1.0))
    assert client.replica.capabilities == CAPABILITIES
    for method, params in profiles.load("python").requests.items():
        answer = client.ask(method, **params)
        assert isinstance(answer, dict) == (method in CAPABILITIES), method
        assert isinstance(answer, dict) or answer.code == -32003


@pytest.mark.parametrize("data", [None, [], "x", {"method": 1}, {"method": "nope", "id": 1}, {}])
def test_nonsense_is_answered(playback: Playback, data: object) -> None:
    """What is no request does not end the replay."""
    client = Client(playback)
    client.take(playback.receive("me", data))
    assert playback.receive("nobody", {"method": "list", "id": 1}) == []
    client.take(playback.open("me", {"interval_ms": 0}))
    assert client.answers[-1].error.code == -32602
    client.play_all()
    assert client.replica.variables["x"].preview == "3"


def test_nothing_promises_children(tmp_path: Path) -> None:
    """A value that had something below it has nothing to open in a replay."""
    file = RecordFile(tmp_path / "a")
    timeline = Timeline(file, header())
    items = Variable("a", [["name", "a"]], "sequence", "list", has_children=True)
    timeline.changed(change(items), at=101.0)
    file.close()
    client = Client(Playback(read_record(tmp_path / "a")))
    client.play_all()
    assert not client.replica.variables["a"].has_children
