"""Whatever happens to a namespace and to the messages, updates rebuild it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World, make_watched_world, make_world

from livens.client.replica import Replica
from livens.protocol import messages, requests
from livens.testing import MessageLog
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running


@pytest.fixture
def world() -> World:
    """A watched namespace that is empty."""
    return make_watched_world()


def test_subscriber_whose_connection_breaks_gets_a_refresh_later(world: World) -> None:
    """What was lost in an error is made good by the whole state; the others are not touched."""
    recorder = MessageLog()
    state = {"is_broken": False}

    def send(message: Any, cell: Any) -> None:
        if state["is_broken"]:
            raise OSError("gone")
        recorder(message, cell)

    world.watcher.subscribe(requests.Subscription(), send)
    state["is_broken"] = True
    world.namespace["x"] = 1
    world.tick(1)
    assert world.recorder.previews == {"x": "1"}
    state["is_broken"] = False
    world.tick(1)
    assert recorder.previews == {"x": "1"}


def test_another_namespace_is_a_new_state(world: World) -> None:
    """When the shell gets another namespace, subscribers get it as a refresh."""
    world.namespace["x"] = 1
    world.tick(1)
    other = MonitoredDict({"y": 2})
    world.watcher.attach(other)
    assert world.recorder.previews == {"y": "2"}
    world.namespace["x"] = 3
    other["z"] = 4
    world.tick(1)
    assert world.recorder.previews == {"y": "2", "z": "4"}


def test_names_that_json_cannot_carry_are_escaped(world: World) -> None:
    """A lone surrogate in a name neither breaks a message nor gets lost."""
    world.namespace["bad\ud800"] = 1
    world.tick(1)
    assert world.recorder.previews == {"bad\\ud800": "1"}
    del world.namespace["bad\ud800"]
    world.tick(1)
    assert world.recorder.previews == {}


def test_names_that_are_no_text_are_left_out(world: World) -> None:
    """`globals()[5] = 1` is no variable."""
    world.namespace[5] = 1
    world.namespace["x"] = 1
    world.tick(1)
    assert world.recorder.previews == {"x": "1"}


def test_child_process_after_a_fork_is_watched_by_nobody(world: World) -> None:
    """abandon forgets all subscribers and tells none of them."""
    world.watcher.abandon()
    world.namespace["x"] = 1
    world.tick(1)
    assert world.recorder.previews == {}


NAMES = [f"n{n}" for n in range(30)]


def change_at_random(namespace: MonitoredDict, chance: random.Random) -> None:
    """Do one thing to a namespace, through the front door or past it."""
    name = chance.choice(NAMES)
    target = namespace.target
    value: Any = chance.choice([chance.random(), chance.randrange(5), [chance.randrange(9)], "t"])
    match chance.randrange(7):
        case 0 | 1:
            namespace[name] = value
        case 2:
            target[name] = value
        case 3:
            namespace.pop(name, None)
        case 4:
            target.pop(name, None)
        case 5 if type(target.get(name)) is list:
            target[name].append(chance.randrange(9))
        case _:
            namespace.update({name: value, chance.choice(NAMES): value})


@pytest.mark.parametrize("loss", [0.0, 0.1], ids=["all-arrive", "one-in-ten-is-lost"])
def test_replaying_the_updates_rebuilds_the_namespace(loss: float) -> None:
    """After 100,000 random changes a client that only saw updates equals the namespace.

    One that loses messages on purpose sees the gap, asks for a refresh, and is right again.
    """
    chance = random.Random(5)
    world = make_world()
    replica = Replica()

    def send(message: messages.Notification, cell: Any) -> None:
        if chance.random() >= loss:
            replica.apply(message)

    subscriber = world.watcher.subscribe(requests.Subscription(interval_ms=10), send)
    refreshed = 0
    for n in range(100_000):
        change_at_random(world.namespace, chance)
        if n % 20 == 0:
            world.tick(0.02)
            if replica.needs_refresh:
                refreshed += 1
                world.watcher.refresh(subscriber)
    loses, loss = loss > 0, 0.0
    world.tick(10)
    for _ in range(3):
        world.watcher.flush()
    if replica.needs_refresh:
        world.watcher.refresh(subscriber)
    described = {n: v.preview for n in NAMES if (v := world.watcher.view.describe(n))}
    assert {n: v.preview for n, v in replica.variables.items()} == described
    assert bool(refreshed) == loses


@pytest.mark.long_because("it plays 3,000 changes, under coverage")
@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_any_sequence_of_changes_is_replayed(seed: int) -> None:
    """Whatever the order of stores, looks and cells, the end of a cell has the truth."""
    chance = random.Random(seed)
    world = make_world()
    recorder = world.subscribe(interval_ms=chance.choice([10, 50, 1000]))
    for _ in range(5):
        with world.watcher.cells.running(Running("m")):
            for _ in range(20):
                change_at_random(world.namespace, chance)
                if chance.random() < 0.3:
                    world.tick(chance.random() / 10)
        described = {n: v.preview for n in NAMES if (v := world.watcher.view.describe(n))}
        assert recorder.previews == described
