"""Large values chunk by chunk: every item counts, and nothing is kept between two steps."""

from __future__ import annotations

import array
import gc
import weakref
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain import Plain
from rounds import differing_places

from livens.values.checksums import ChunkSums
from livens.values.content import Postponed
from livens.values.fingerprints import fingerprint
from livens.watching.snapshot import Snapshot

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
