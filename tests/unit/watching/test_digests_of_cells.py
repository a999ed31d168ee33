"""The digests of small values that come with the update at the end of a cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from worlds import World, make_world

from livens.protocol.redaction import Redactor
from livens.protocol.types import Digest
from livens.testing import MessageLog
from livens.values import digests as value_digests
from livens.values.digests import digest_of
from livens.watching import digesting
from livens.watching.running import Running


@pytest.fixture
def world() -> World:
    made = make_world()
    made.recorder = made.subscribe(digests=True, interval_ms=100)
    return made


def run(world: World, **values: object) -> None:
    """Run a cell that stores values."""
    with world.watcher.cells.running(Running("m", 1)):
        for name, value in values.items():
            world.namespace[name] = value


def told(log: MessageLog) -> dict[str, Digest]:
    return {digest.name: digest for update in log.updates for digest in update.digests}


SMALL = {
    "array": np.arange(12.0),
    "series": pd.Series([1, 2, 3]),
    "frame": pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
    "list": [1, [2, "x"]],
    "dict": {"a": {1, 2}},
    "long_text": "x" * 400,
}
OTHERS = {
    "number": 5,
    "text": "short",
    "function": run,
    "large": np.zeros(5_000),
    "wide": np.zeros((10, 50)),
    "many": list(range(1_000)),
    "object": object(),
    "subclass": type("Mine", (list,), {})([1]),
}


def test_small_values_have_them(world: World) -> None:
    """They are those that a request would have answered; of large values and others none come."""
    run(world, **SMALL, **OTHERS)
    (update,) = [u for u in world.recorder.updates if u.digests]
    assert update.cell is not None
    assert (update.cell.msg_id, update.cell.running) == ("m", False)
    assert told(world.recorder) == {
        name: digest_of(name, value, Redactor().hides, int) for name, value in SMALL.items()
    }


def test_nobody_else_gets_them(world: World) -> None:
    """Who has not asked for digests is sent none, and none come between cells."""
    plain = world.subscribe()
    run(world, x=[1, 2])
    world.namespace["y"] = [3]
    world.tick(1)
    assert list(told(world.recorder)) == ["x"]
    assert "y" in world.recorder.replica.variables
    assert told(plain) == {}


def test_redacted_values_have_none(world: World) -> None:
    """The value of a name that is redacted is not read, and neither is a key of a dict."""
    run(world, password=["hunter2"], settings={"api_key": "hunter2", "n": [1]})
    found = told(world.recorder)
    assert found["settings"].gap == "what is redacted in it is not read"
    assert "password" not in found


def test_time_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes longer than a millisecond in all is left to a request."""
    first = digesting.digest_in

    def slow(*args: object) -> Digest:
        made = first(*args)  # type: ignore[arg-type]
        world.clock.push(digesting.SMALL_S * 2)
        return made

    monkeypatch.setattr(digesting, "digest_in", slow)
    run(world, a=[1], b=[2], c=[3])
    assert list(told(world.recorder)) == ["a"]
    assert {"a", "b", "c"} <= set(world.recorder.replica.variables)


def test_failure_is_a_gap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a library raises is told with the digest; the update comes all the same."""

    def fails(*_: object) -> Digest:
        raise MemoryError("no room")

    monkeypatch.setattr(value_digests, "digest_of", fails)
    run(world, a=[1])
    assert "MemoryError" in told(world.recorder)["a"].gap
    assert world.recorder.replica.variables["a"].preview == "[1]"
