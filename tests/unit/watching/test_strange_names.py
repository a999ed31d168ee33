"""Values and names that cannot be sent, counted or found as they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from worlds import World, make_watched_world

from livens.kernel.endpoint import Endpoint
from livens.protocol import messages, requests
from livens.rules.conditions import Condition
from livens.testing import Clock, MessageLog
from livens.values.descriptions import describe
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher

# -- what cannot be sent -----------------------------------------------------------------------

LONE = "\udcff"
Odd = type("Odd", (), {"__module__": f"mod{LONE}", "__qualname__": f"Odd.{LONE}"})


def serve(world: World) -> tuple[Endpoint, list[Any]]:
    """Open a client whose messages go out as JSON."""
    sent: list[Any] = []

    def send(data: bytes, cell: Any) -> None:
        sent.append(messages.msgspec.json.decode(data))

    endpoint = Endpoint(world.watcher, SimpleNamespace(), send)  # type: ignore[arg-type]
    endpoint.open({"history": 5, "names": ["*", "_*"]})
    return endpoint, sent


@pytest.mark.parametrize(
    "value",
    [
        Odd(),
        Odd,
        [Odd()],
        {LONE: 1},
        SimpleNamespace(**{LONE: 1}),
        LONE,
        Exception(LONE),
    ],
    ids=["instance", "class", "in a list", "key", "attribute", "text", "exception"],
)
def test_text_that_utf8_cannot_carry(value: Any) -> None:
    """Wherever it is in a message, it is escaped, and the message arrives."""
    world = make_watched_world()
    endpoint, sent = serve(world)
    world.namespace.update(before=1, odd=value, after=2)
    world.namespace[f"name{LONE}"] = value
    world.tick(1.0)
    endpoint.receive({"id": 1, "method": "inspect", "params": {"path": [["name", "odd"]]}})
    endpoint.receive({"id": 2, "method": "list"})
    del world.namespace[f"name{LONE}"]
    world.tick(1.0)
    updates = [message["params"] for message in sent if message.get("method") == "update"]
    changed = [update["changed"] for update in updates if "changed" in update]
    assert [each["name"] for each in changed[0]] == ["before", "odd", "after", "name\\udcff"]
    answers = {message["id"]: message for message in sent if "id" in message}
    assert answers[1]["result"]["variable"]["name"] == "odd"
    assert len(answers[2]["result"]["variables"]) == 4
    assert sent[-1]["params"]["removed"] == ["name\\udcff"]


# -- what is too long to be counted --------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "preview"),
    [
        (range(10**30), f"range(0, {10**30})"),
        (range(-(10**30), 10**30, 3), f"range({-(10**30)}, {10**30}, 3)"),
        (range(2**63), f"range(0, {2**63})"),
        (range(0, -(2**64), -1), f"range(0, {-(2**64)}, -1)"),
        (range(10**5000), "range(0, int of 16610 bits)"),
    ],
    ids=["huge", "with a step", "just too long", "backwards", "too many digits"],
)
def test_range_that_is_too_long_to_be_counted(value: range, preview: str) -> None:
    """The statement goes on; no length is told, rather than one that is not true."""
    world = make_watched_world(history=10)
    world.namespace.update(x=value, y=[value], z=1)
    world.tick(1.0)
    x = world.shown("x")
    assert (x.kind, x.preview, x.length, x.status) == ("sequence", preview, None, "current")
    assert world.recorder.previews["y"] == f"[{preview}]"
    assert [point.size for point in world.watcher.history.points("x")] == [None]
    verdict = Condition("len(x) > 5").evaluate(world.watcher.view.facts)
    assert verdict.reason == "'x': its length is not told: it is of type range"


def test_longest_range_that_can_be_counted() -> None:
    """Up to `sys.maxsize` the length is told."""
    assert describe("x", range(2**63 - 1)).length == 2**63 - 1


# -- names of subclasses of str ------------------------------------------------------------------


class Name(str):
    """A text that is asked for nothing but itself."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other)

    def startswith(self, *args: Any) -> bool:
        raise AssertionError("a method of the user's")

    __str__ = __repr__ = __getitem__ = __len__ = __iter__ = startswith  # type: ignore[assignment]


class Elsewhere(str):
    """A text that no code finds: it hashes otherwise."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        return self is other


def test_name_of_a_subclass_of_str_is_a_name() -> None:
    """Every client sees the variable, however it was stored, and when it changes or goes."""
    world = make_watched_world(history=10)
    world.watcher.rules.add(Condition("alpha > 1"))
    world.namespace[Name("alpha")] = 1
    world.tick(1.0)
    world.namespace.target[Name("beta")] = [1]  # as C code and ``globals()`` do
    world.tick(10)
    second = MessageLog()
    world.watcher.subscribe(requests.Subscription(), second)
    assert second.previews == world.recorder.previews == {"alpha": "1", "beta": "[1]"}
    endpoint, sent = serve(world)
    endpoint.receive({"id": 2, "method": "list"})
    assert [v["name"] for v in sent[-1]["result"]["variables"]] == ["alpha", "beta"]
    world.namespace.target["alpha"] = 2  # the key stays the one that it is
    world.namespace.target["beta"].append(2)
    for _ in range(2):
        world.tick(10)
    assert world.recorder.previews == {"alpha": "2", "beta": "[1, 2]"}
    assert [type(name) for name in world.recorder.replica.variables] == [str, str]
    assert [point.value for point in world.watcher.history.points("alpha")] == [1, 2]
    fired = [m.params.name for m in world.recorder.messages if isinstance(m, messages.Event)]
    assert fired == ["alpha"]
    del world.namespace.target["alpha"], world.namespace.target["beta"]
    world.tick(10)
    assert world.recorder.previews == {}


def test_names_that_were_there_before() -> None:
    """Whoever comes later sees them as well."""
    clock = Clock()
    watcher = Watcher(clock=clock, cpu_clock=clock)
    watcher.attach(MonitoredDict({Name("alpha"): [1], 5: "five", "x": 2}))
    recorder = MessageLog()
    watcher.subscribe(requests.Subscription(), recorder)
    assert recorder.previews == {"alpha": "[1]", "x": "2"}
    watcher.namespace.target[Name("alpha")].append(2)
    for _ in range(3):
        clock.push(10)
        watcher.tick()
    assert recorder.previews["alpha"] == "[1, 2]"
    assert len(recorder.messages) == 2


def test_keys_that_no_code_finds_are_no_variables() -> None:
    """Neither numbers nor texts that hash otherwise; and they are no news for ever."""
    world = make_watched_world()
    target = world.namespace.target
    target.update({"x": 1, Elsewhere("x"): 2, Elsewhere("y"): 3, 7: 4})
    world.tick(10)
    told = len(world.recorder.messages)
    for _ in range(5):
        world.tick(10)
    assert world.recorder.previews == {"x": "1"}
    assert len(world.recorder.messages) == told


def test_key_of_a_subclass_is_redacted_like_any_other() -> None:
    """A secret is one, whatever its key is made of."""
    shown = describe("x", {Name("password"): "s3cret"}, hides=lambda name: name == "password")
    assert "s3cret" not in shown.preview
