"""The snapshot finds what no store told, and keeps nothing alive."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livens.values.fingerprints import fingerprint
from livens.values.marks import is_harmless
from livens.watching.remembered import Remembered
from livens.watching.snapshot import Snapshot


def snapshot_of(**values: Any) -> tuple[Snapshot, dict[str, Any]]:
    """Make a snapshot that knows these values."""
    snapshot = Snapshot(values)
    snapshot.remember_all()
    return snapshot, values


class Plain:
    """A class of the user's."""

    def __init__(self, n: int) -> None:
        self.n = n


class Slotted:
    """A class with slots."""

    __slots__ = ("n",)

    def __init__(self, n: int) -> None:
        self.n = n


def set_item(value: Any) -> None:
    value[0] = 9


def set_attribute(value: Any) -> None:
    value.n = 9


def counter(count: int, seen: list[int]) -> Any:
    """Return a function of the user's with variables around it, one of which is itself."""

    def counts(is_seen: bool = False) -> Any:
        nonlocal count
        if is_seen:
            seen.append(count)
        else:
            count += 1
        return counts

    counts.__module__ = "__main__"
    return counts


@pytest.mark.parametrize(
    ("value", "change"),
    [
        (counter(1, []), lambda v: v()),
        (counter(1, []), lambda v: v(is_seen=True)),
        (counter(1, []), lambda v: setattr(v, "calls", 1)),
        ([1, 2], lambda v: v.append(3)),
        ([1, 2], set_item),
        ([[1], 2], set_item),
        ({"a": 1}, lambda v: v.update(b=2)),
        ({"a": 1}, lambda v: v.update(a=2)),
        ({"a": 1, "b": 2}, lambda v: v.pop("a")),
        ({1, 2}, lambda v: v.add(3)),
        (bytearray(b"abc"), set_item),
        (Plain(1), set_attribute),
        (Plain(1), lambda v: setattr(v, "new", 1)),
        (Slotted(1), set_attribute),
        ([1] * 1000, lambda v: v.append(1)),
        ({n: n for n in range(1000)}, lambda v: v.update(x=1)),
    ],
)
def test_change_in_place_is_found(value: Any, change: Any) -> None:
    """A value that is the same object with another content differs, once."""
    snapshot, _ = snapshot_of(x=value)
    assert snapshot.compare(["x"]) == []
    change(value)
    assert snapshot.compare(["x"]) == ["x"]
    assert snapshot.compare(["x"]) == []


def test_number_type_counts() -> None:
    """1, 1.0 and True are equal, and an item that turns from one to another has changed."""
    items: list[Any] = [1]
    before = fingerprint(items)
    items[0] = True
    assert fingerprint(items) != before


def test_all_names_are_compared_by_identity() -> None:
    """New, gone and rebound names are found, also those that nobody mentions."""
    snapshot, values = snapshot_of(a=1, b=[1], c="x", same=2)
    values.update(a=2, new=[])
    del values["c"]
    assert sorted(snapshot.compare_all()) == ["a", "c", "new"]
    assert snapshot.compare_all() == []


def test_renaming_the_last_name_is_found() -> None:
    """A name that takes another's object and place is not the same name."""
    snapshot, values = snapshot_of(a=[1])
    values["b"] = values.pop("a")
    assert sorted(snapshot.compare_all()) == ["a", "b"]


def test_what_was_just_looked_at_is_not_looked_at_again() -> None:
    """Its identity is compared all the same."""
    snapshot, values = snapshot_of(a=[1], b=[1])
    values["a"].append(2)
    values["b"].append(2)
    assert snapshot.compare_all({"a"}) == ["b"]
    values["a"] = []
    assert snapshot.compare_all({"a", "b"}) == ["a"]


def test_every_name_gets_its_turn() -> None:
    """A change in place that nobody mentions is found after a few rounds."""
    values: dict[str, Any] = {f"n{n}": [n] for n in range(100)}
    snapshot = Snapshot(values, rotation=10)
    snapshot.remember_all()
    values["n42"].append(1)
    found = [name for _ in range(11) for name in snapshot.compare_all()]
    assert found == ["n42"]


def test_reused_address_is_no_identity() -> None:
    """A new object at the address of a freed one is another object."""
    snapshot, values = snapshot_of(x=Plain(1))
    address = id(values["x"])
    for _ in range(1000):
        del values["x"]
        values["x"] = Plain(1)
        if id(values["x"]) == address:
            break
    assert snapshot.compare(["x"]) == ["x"]


def test_float_that_changes_every_time_is_never_missed() -> None:
    """Numbers whose addresses are used again at once are told apart by what is remembered."""
    snapshot, values = snapshot_of(x=0.0)
    for n in range(1, 1000):
        values["x"] = n / 7
        assert snapshot.compare(["x"]) == ["x"]


@pytest.mark.parametrize("make", [lambda: Plain(1), lambda: {Plain(1)}])
def test_nothing_is_kept_alive(make: Any) -> None:
    """After del the object is gone at once, without a garbage collection."""
    gc.disable()
    try:
        value = make()
        gone = weakref.ref(value)
        snapshot, values = snapshot_of(x=value)
        snapshot.compare_all()
        del value, values["x"]
        assert gone() is None
    finally:
        gc.enable()


def test_hostile_values_run_nothing() -> None:
    """Comparing calls no method of the value's class or metaclass."""

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            raise AssertionError(f"metaclass asked for {name}")

        def __eq__(cls, other: object) -> bool:
            raise AssertionError("metaclass compared")

        __hash__ = type.__hash__

    class Hostile(metaclass=Meta):
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        def __hash__(self) -> int:
            raise AssertionError("hashed")

    snapshot, values = snapshot_of(x=Hostile(), y=[Hostile()], z={"k": Hostile()})
    assert snapshot.compare_all() == []
    values["x"] = Hostile()
    assert snapshot.compare_all() == ["x"]


@given(st.recursive(
    st.one_of(st.integers(), st.floats(allow_nan=False), st.text(max_size=5), st.none()),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
))  # fmt: skip
def test_fingerprint_of_an_unchanged_value_stays(value: Any) -> None:
    """Nothing is ever said to have changed that has not."""
    assert fingerprint(value) == fingerprint(value)


@given(st.lists(st.integers(), max_size=200), st.data())
def test_short_lists_are_exact(items: list[int], data: Any) -> None:
    """In a list of up to 64 items every single change is found."""
    items = items[:64]
    before = fingerprint(items)
    if items:
        place = data.draw(st.integers(0, len(items) - 1))
        items[place] += 1
        assert fingerprint(items) != before


def test_only_small_scalars_are_held() -> None:
    """What is remembered by itself is small and immutable."""
    assert all(map(is_harmless, [1, 1.5, True, None, "short", b"short", 2j]))
    assert not any(map(is_harmless, [1 << 10_000, "x" * 1000, [], (), {}, object(), Plain(1)]))


def test_what_is_hidden_is_not_looked_into_until_it_is_the_user_s() -> None:
    """IPython's own list of cells grows with each cell, and nobody is told of it."""
    cells = ["x = 1"]
    values: dict[str, Any] = {"In": cells, "mine": cells}
    snapshot = Snapshot(values, hidden={"In": cells})
    snapshot.remember_all()
    cells.append("x = 2")
    assert snapshot.compare(["In", "mine"]) == ["mine"]
    assert snapshot.compare_all() == []
    values["In"] = [3]
    assert snapshot.compare_all() == ["In"]
    values["In"].append(4)
    assert snapshot.compare(["In"]) == ["In"]


def test_many_names_of_one_object_are_not_compared_with_each_other() -> None:
    """One more name takes as long as the first, for a notebook may make thousands in a loop."""
    compared = []

    class Name(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            compared.append(other)
            return str.__eq__(self, other)

    remembered = Remembered("first", 0)
    names = [Name(f"n{number}") for number in range(1_000)]
    for name in names:
        remembered.add(name)
    assert remembered.has_other("n5", lambda other: other == "first")
    assert len(compared) < len(names)
    assert remembered.first() == "first"
    assert len(remembered.others("first")) == len(names)
    assert [remembered.drop(name) for name in ["first", *names]] == [False] * len(names) + [True]


def test_object_that_lost_a_name_is_known_by_the_others() -> None:
    """Names come and go, in any order; a change is told of all that are left."""
    shared = [1]
    snapshot, values = snapshot_of(a=shared, b=shared, c=shared)
    values["a"] = 5
    assert snapshot.compare(["a"]) == ["a"]
    shared.append(2)
    assert sorted(snapshot.compare(["b"])) == ["b", "c"]
